import type { QueueSource, SourceMessage } from '../kernel/events.ts'
import type { Host } from '../kernel/host.ts'
import type { Principal } from '../kernel/principal.ts'
import { aborted } from './aborted.ts'
import { batchBytes, cutBatches } from './queue-batch.ts'

const waitMs = 20_000

/** How a queue is polled, for an event source mapping or a pipe. */
export interface QueuePolling {
  readonly host: Host
  readonly sourceArn: string
  readonly batchSize: number
  /** For how long messages are waited for after the first of a batch. */
  readonly windowSec: number
  /** Batches at work at once. */
  readonly concurrency: number
  /** Before messages are asked for: as whom, and what is done with them. A throw ends the polling. */
  begin(source: QueueSource): Promise<BatchWork>
  /** Waits for the batches that are at work when the polling ends. */
  end(busy: Promise<unknown>): Promise<void>
}

export interface BatchWork {
  readonly principal: Principal
  /** Deletes what was dealt with: the rest becomes visible again. `freed` resolves when another batch has ended. */
  work(batch: SourceMessage[], freed: () => Promise<void>): Promise<void>
}

/** Takes messages in batches until the signal aborts. Throws what the work of a batch threw. */
export async function pollBatches(polling: QueuePolling, signal: AbortSignal): Promise<void> {
  const { host, concurrency } = polling
  const busy = new Set<Promise<void>>()
  let freed = Promise.withResolvers<void>()
  let failure: unknown
  const ended = aborted(signal)
  try {
    while (!signal.aborted) {
      if (failure !== undefined) throw failure
      if (busy.size >= concurrency) {
        await Promise.race([freed.promise, ended])
        continue
      }
      const source = await host.queueSource(polling.sourceArn)
      const { principal, work } = await polling.begin(source)
      const messages = await gather(source, polling, principal, signal)
      for (const batch of cutBatches(messages)) {
        const done = work(batch, () => freed.promise)
          .catch((error: unknown) => {
            failure = error
          })
          .finally(() => {
            busy.delete(done)
            freed.resolve()
            freed = Promise.withResolvers<void>()
          })
        busy.add(done)
      }
    }
  } finally {
    await polling.end(Promise.all(busy))
  }
}

/** Waits for messages: up to a batch, or as many as come within the window after the first. */
async function gather(
  source: QueueSource,
  { host, batchSize, windowSec }: QueuePolling,
  principal: Principal,
  signal: AbortSignal,
): Promise<SourceMessage[]> {
  const asked = { mostBytes: batchBytes, principal, signal }
  const messages = await source.receive({ ...asked, max: Math.min(batchSize, 10), waitMs })
  if (messages.length === 0) return messages
  const untilMs = host.clock.nowMs() + windowSec * 1000
  while (messages.length < batchSize && !signal.aborted) {
    const leftMs = untilMs - host.clock.nowMs()
    if (leftMs <= 0) break
    const max = Math.min(batchSize - messages.length, 10)
    messages.push(...(await source.receive({ ...asked, max, waitMs: Math.min(leftMs, waitMs) })))
  }
  return messages
}

/** Deletes messages, as many at a time as a queue takes. */
export async function deleteMessages(
  source: QueueSource,
  messages: readonly SourceMessage[],
  principal: Principal,
): Promise<void> {
  for (let at = 0; at < messages.length; at += 10) {
    await source.delete(
      messages.slice(at, at + 10).map(({ receiptHandle }) => receiptHandle),
      principal,
    )
  }
}
