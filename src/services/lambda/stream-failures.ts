import { parseArn } from '../../kernel/arn.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { SourceRecord, StreamSource } from '../../kernel/events.ts'
import type { Outcome } from '../../kernel/functions.ts'
import type { Host } from '../../kernel/host.ts'
import { keepInBucket } from './destination-targets.ts'
import type { Found } from './find.ts'
import { countEvent } from './metrics.ts'
import { functionArn, ownArn } from './names.ts'
import { credentials } from './polling.ts'
import type { Checkpoint } from './state.ts'
import { streamEvent } from './stream-batch.ts'
import { type Lane, moveOn } from './stream-checkpoints.ts'

/** Records that the function is not given again. */
export interface GivenUp {
  readonly batch: readonly SourceRecord[]
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded'
  readonly attempts: number
  readonly requestId: string
  readonly outcome?: Outcome | undefined
}

/**
 * Moves on past records that are given up, and tells the destination: a queue or a topic in the same transaction, a
 * bucket before it, so that a crash between the two leaves the batch there twice and never not at all.
 */
export async function giveUp(
  host: Host,
  found: Found,
  source: StreamSource,
  lane: Lane,
  destination: string | undefined,
  from: Checkpoint,
  to: Checkpoint,
  given: GivenUp,
): Promise<void> {
  if (destination === undefined) return moveOn(host, lane, from, to)
  try {
    const { principal } = await credentials(host, found)
    const nowMs = host.clock.nowMs()
    const record = failureRecord(found, source, lane, given, nowMs)
    if (parseArn(destination)?.service === 's3') {
      const body = JSON.stringify({ ...record, payload: JSON.stringify(streamEvent(given.batch)) })
      const { scope, mappingId, shard } = lane
      await keepInBucket({ host, scope, arn: destination, body, principal, nowMs, folder: `${mappingId}/${shard}` })
      return await moveOn(host, lane, from, to)
    }
    const target = await host.messageTarget(destination)
    const body = JSON.stringify(record)
    await moveOn(host, lane, from, to, (tx) => target.send(tx, { body, sourceArn: functionArn(found.name) }, principal))
  } catch (error) {
    if (!isAwsError(error)) throw error
    // As Lambda does: what can't be told is counted, and the records are gone.
    countEvent(host, found, 'DestinationDeliveryFailures')
    host.log.warn('lambda.batch-end-not-delivered', { mapping: lane.mappingId, destination, error: error.message })
    await moveOn(host, lane, from, to)
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
function failureRecord(found: Found, { arn, infoName }: StreamSource, { shard }: Lane, given: GivenUp, nowMs: number) {
  const { batch, condition, attempts, requestId, outcome } = given
  const first = batch[0]!
  const last = batch.at(-1)!
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
    [infoName]: {
      shardId: shard,
      startSequenceNumber: first.sequenceNumber,
      endSequenceNumber: last.sequenceNumber,
      approximateArrivalOfFirstRecord: isoSeconds(first.atMs),
      approximateArrivalOfLastRecord: isoSeconds(last.atMs),
      batchSize: batch.length,
      streamArn: arn,
    },
  }
}

/** `2019-11-14T00:13:19Z` */
function isoSeconds(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`
}
