import { type GivenUp, givenUpInfo } from '../../delivery/stream-polling.ts'
import { parseArn } from '../../kernel/arn.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { SourceRecord } from '../../kernel/events.ts'
import type { Outcome } from '../../kernel/functions.ts'
import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { Tx } from '../../kernel/records.ts'
import { keepInBucket } from './destination-targets.ts'
import type { Found } from './find.ts'
import { countEvent } from './metrics.ts'
import { functionArn, ownArn } from './names.ts'
import type { EventSourceMapping } from './state.ts'

/** What the function is called with. */
export function streamEvent(batch: readonly SourceRecord[]) {
  return { Records: batch.map(({ event }) => event) }
}

interface GivingUp {
  readonly host: Host
  readonly found: Found
  /** The execution role. */
  readonly principal: Principal
  readonly current: EventSourceMapping
  move(also?: (tx: Tx) => Promise<void>): Promise<void>
}

/**
 * Moves on past records that are given up, and tells the destination: a queue or a topic in the same transaction, a
 * bucket before it, so that a crash between the two leaves the batch there twice and never not at all.
 */
export async function giveUp(
  { host, found, principal, current, move }: GivingUp,
  given: GivenUp<Outcome>,
): Promise<void> {
  const destination = current.stream?.onFailure
  if (destination === undefined) return move()
  try {
    const nowMs = host.clock.nowMs()
    const record = failureRecord(found, given, nowMs)
    if (parseArn(destination)?.service === 's3') {
      const body = JSON.stringify({ ...record, payload: JSON.stringify(streamEvent(given.batch)) })
      const folder = `${current.id}/${given.shard}`
      await keepInBucket({ host, scope: found.name.scope, arn: destination, body, principal, nowMs, folder })
      return await move()
    }
    const target = await host.messageTarget(destination)
    const body = JSON.stringify(record)
    await move((tx) => target.send(tx, { body, sourceArn: functionArn(found.name) }, principal))
  } catch (error) {
    if (!isAwsError(error)) throw error
    // As Lambda does: what can't be told is counted, and the records are gone.
    countEvent(host, found, 'DestinationDeliveryFailures')
    host.log.warn('lambda.batch-end-not-delivered', { mapping: current.id, destination, error: error.message })
    await move()
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
function failureRecord(found: Found, given: GivenUp<Outcome>, nowMs: number) {
  const { condition, attempts, requestId, outcome } = given
  return {
    requestContext: { requestId, functionArn: ownArn(found), condition, approximateInvokeCount: attempts },
    ...(outcome
      ? {
          responseContext: {
            statusCode: 200,
            executedVersion: found.version,
            ...(outcome.error ? { functionError: outcome.error } : {}),
          },
        }
      : {}),
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    ...givenUpInfo(given),
  }
}
