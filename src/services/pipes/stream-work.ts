import { type GivenUp, givenUpInfo, pollShards, type StreamWork } from '../../delivery/stream-polling.ts'
import type { JobCtx } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { SourceRecord } from '../../kernel/events.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { carry, isCustomerFailure, isThrottled } from './carry.ts'
import { patternsOf, pipeArn, principalOf } from './names.ts'
import { explain, recovered } from './reason.ts'
import { limitsOf } from './source.ts'
import { checkpoint, type Pipe, pipe, type StreamParameters } from './state.ts'
import type { PipeEvent } from './template.ts'

/** Carries the records of a stream, each shard's in order, until the signal aborts. */
export async function pollStream(ctx: JobCtx, current: Pipe, stream: StreamParameters, signal: AbortSignal) {
  const { host, scope } = ctx
  const isThere = async (tx: ReadTx) => (await tx.get(pipe(current.name))) !== undefined
  await pollShards<never>(
    {
      ...limitsOf(current, stream),
      host,
      sourceArn: current.source,
      patterns: patternsOf(current.sourceParameters),
      reader: { scope, id: current.name, checkpoint, isThere },
      begin: async () => workAs(ctx, current, stream, await principalOf(current, ctx)),
      async end(busy) {
        await busy.catch(() => undefined)
      },
    },
    signal,
  )
}

function workAs(ctx: JobCtx, current: Pipe, stream: StreamParameters, principal: Principal): StreamWork<never> {
  return {
    principal,
    async work(batch) {
      const carried = batch.map((record) => ({ id: record.sequenceNumber, event: pipeEvent(record) }))
      try {
        const failed = await carry(ctx, { pipe: current, principal }, carried)
        const first = carried.findIndex(({ id }) => failed.has(id))
        if (first < 0) await recovered(ctx, current)
        return { done: first < 0 ? batch.length : first }
      } catch (error) {
        if (isThrottled(error)) return 'throttled'
        if (!isCustomerFailure(error)) throw error
        await explain(ctx, current, error)
        return { done: 0 }
      }
    },
    giveUp: (given, move) =>
      giveUp(ctx, { current, principal, destination: stream.DeadLetterConfig?.Arn }, given, move),
  }
}

/** A record of Kinesis without the frame that functions get it in: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html */
function pipeEvent({ event }: SourceRecord): PipeEvent {
  const { kinesis, ...rest } = event
  return typeof kinesis === 'object' ? { ...kinesis, ...rest } : event
}

interface GivingUp {
  readonly current: Pipe
  readonly principal: Principal
  readonly destination: string | undefined
}

/** Moves on past records that are given up, and tells the dead-letter queue in the same transaction. */
async function giveUp(
  { host, scope }: JobCtx,
  { current, principal, destination }: GivingUp,
  given: GivenUp<never>,
  move: (also?: (tx: Tx) => Promise<void>) => Promise<void>,
): Promise<void> {
  const sourceArn = pipeArn(scope, current.name)
  host.log.warn('pipes.given-up', { pipe: current.name, condition: given.condition, count: given.batch.length })
  if (destination === undefined) return move()
  const body = JSON.stringify({
    context: { partnerResourceArn: sourceArn, condition: given.condition },
    version: '1.0',
    timestamp: new Date(host.clock.nowMs()).toISOString(),
    ...givenUpInfo(given),
  })
  try {
    const target = await host.messageTarget(destination)
    await move((tx) => target.send(tx, { body, sourceArn }, principal))
  } catch (error) {
    if (!isAwsError(error)) throw error
    host.log.warn('pipes.dead-letter-not-delivered', { pipe: current.name, destination, error: error.message })
    await move()
  }
}
