import { eventRecord, messageFilter } from '../../delivery/queue-batch.ts'
import { deleteMessages, pollBatches } from '../../delivery/queue-polling.ts'
import type { JobCtx } from '../../kernel/delivery.ts'
import type { QueueSource, SourceMessage } from '../../kernel/events.ts'
import type { Principal } from '../../kernel/principal.ts'
import { carry, isCustomerFailure, isThrottled } from './carry.ts'
import { patternsOf, principalOf } from './names.ts'
import { explain, recovered } from './reason.ts'
import { batchSizeOf } from './source.ts'
import type { Pipe } from './state.ts'

/** Batches at the target at once. */
const concurrency = 10
const longestPauseMs = 5_000

/** Carries the messages of a queue until the signal aborts. */
export async function pollQueue(ctx: JobCtx, current: Pipe, signal: AbortSignal): Promise<void> {
  const wanted = messageFilter(patternsOf(current.sourceParameters))
  await pollBatches(
    {
      host: ctx.host,
      sourceArn: current.source,
      batchSize: batchSizeOf(current),
      windowSec: current.sourceParameters?.SqsQueueParameters?.MaximumBatchingWindowInSeconds ?? 0,
      concurrency,
      async begin(source) {
        const principal = await principalOf(current, ctx)
        return { principal, work: (batch) => work(ctx, { source, current, principal, wanted, signal }, batch) }
      },
      async end(busy) {
        await busy.catch(() => undefined)
      },
    },
    signal,
  )
}

interface Working {
  readonly source: QueueSource
  readonly current: Pipe
  readonly principal: Principal
  readonly wanted: (message: SourceMessage) => boolean
  readonly signal: AbortSignal
}

/** Carries a batch, and deletes what was dealt with. What was not becomes visible again in its own time. */
async function work(ctx: JobCtx, working: Working, received: SourceMessage[]): Promise<void> {
  const { source, current, principal, wanted, signal } = working
  const { clock } = ctx.host
  const untilMs = clock.nowMs() + source.visibilityTimeoutSec * 1_000
  const batch = received.filter(wanted)
  const others = received.filter((message) => !batch.includes(message))
  if (others.length > 0) await deleteMessages(source, others, principal)
  if (batch.length === 0) return
  const carried = batch.map((message) => ({ id: message.messageId, event: eventRecord(message, current.source) }))
  for (let attempt = 0; ; attempt++) {
    try {
      const failed = await carry(ctx, { pipe: current, principal }, carried)
      const done = batch.filter(({ messageId }) => !failed.has(messageId))
      await deleteMessages(source, done, principal)
      return await recovered(ctx, current)
    } catch (error) {
      // Throttled: tried again while the messages are still ours, since each receive counts towards the dead letters.
      const againAtMs = clock.nowMs() + Math.min(longestPauseMs, 100 * 2 ** attempt)
      if (!isThrottled(error) || againAtMs >= untilMs || signal.aborted) {
        if (!isThrottled(error) && !isCustomerFailure(error)) throw error
        return await explain(ctx, current, error)
      }
      await clock.until(againAtMs, signal).catch(() => undefined)
    }
  }
}
