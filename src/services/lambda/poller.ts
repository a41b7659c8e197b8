import { keepPolling } from '../../delivery/poller.ts'
import { eventRecord, failedIds, messageFilter } from '../../delivery/queue-batch.ts'
import { deleteMessages, pollBatches, type QueuePolling } from '../../delivery/queue-polling.ts'
import type { Job, JobCtx } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { QueueSource, SourceMessage } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { Scope } from '../../kernel/records.ts'
import { execute } from './execute.ts'
import type { Found } from './find.ts'
import { longestWay } from './lineage.ts'
import { ownArn } from './names.ts'
import { credentials, findTarget } from './polling.ts'
import { type EventSourceMapping, mapping } from './state.ts'
import { whileRunning } from './stopping.ts'
import { pollStream } from './stream-poller.ts'

/** Batches at a function at once, when the mapping does not say. */
const defaultConcurrency = 10

/** Polls a mapping's source while the mapping is enabled; runs for as long as the node does. */
export const pollJob: Job<{ id: string }> = {
  retry: { attempts: Number.POSITIVE_INFINITY, minMs: 1_000, maxMs: 60_000 },
  concurrency: 10_000,
  run: ({ id }, ctx) =>
    keepPolling<EventSourceMapping>(ctx, {
      key: `lambda ${id}`,
      range: mapping.under(id),
      async look(tx) {
        const found = await tx.get(mapping(id))
        return found?.enabled ? found : undefined
      },
      isSame: (before, now) => before.modifiedAtMs === now.modifiedAtMs,
      poll: (current, signal, stop) =>
        current.stream ? pollStream(ctx, current, current.stream, signal, stop) : pollQueue(ctx, current, signal, stop),
      explain: (_, error) => explain(ctx.host, ctx.scope, id, error),
    }),
}

/** Says in the mapping why it does not work, when that is news. */
async function explain(host: Host, scope: Scope, id: string, error: Error): Promise<void> {
  const reason = isAwsError(error) ? `PROBLEM: ${error.message}` : 'PROBLEM: internal error'
  host.log.warn('lambda.poll-failed', { mapping: id, error: error.message })
  await host.records.write(scope, async (tx) => {
    const current = await tx.get(mapping(id))
    if (current && current.reason !== reason) tx.set(mapping(id), { ...current, reason })
  })
}

async function pollQueue(
  { host, scope }: JobCtx,
  current: EventSourceMapping,
  signal: AbortSignal,
  stop: AbortSignal,
): Promise<void> {
  const wanted = messageFilter(current.filters)
  const polling: QueuePolling = {
    host,
    sourceArn: current.sourceArn,
    batchSize: current.batchSize,
    windowSec: current.windowSec,
    concurrency: current.maxConcurrency ?? defaultConcurrency,
    async begin(source) {
      const found = await findTarget(host, scope, current)
      const { principal } = await credentials(host, found)
      return {
        principal,
        work: (batch, freed) => work(host, { source, found, principal, current, wanted, stop, freed }, batch),
      }
    },
    async end(busy) {
      await whileRunning(busy, host, stop).catch(() => undefined)
    },
  }
  await pollBatches(polling, signal)
}

interface Work {
  readonly source: QueueSource
  readonly found: Found
  readonly principal: Principal
  readonly current: EventSourceMapping
  readonly wanted: (message: SourceMessage) => boolean
  readonly stop: AbortSignal
  /** Resolves when another batch of this mapping has ended. */
  freed(): Promise<void>
}

/** Gives a batch to the function, and deletes what it dealt with. The rest becomes visible again in its own time. */
async function work(
  host: Host,
  { source, found, principal, current, wanted, stop, freed }: Work,
  received: SourceMessage[],
) {
  const untilMs = host.clock.nowMs() + source.visibilityTimeoutSec * 1000
  const batch = received.filter(wanted)
  const others = received.filter((message) => !batch.includes(message))
  if (others.length > 0) await deleteMessages(source, others, principal)
  if (batch.length === 0) return
  const event = { Records: batch.map((message) => eventRecord(message, current.sourceArn)) }
  const payload = Buffer.from(JSON.stringify(event))
  const headers = batch.map(({ attributes }) => attributes.AWSTraceHeader)
  const traceId = longestWay(headers, ownArn(found))
  for (let attempt = 0; ; attempt += 1) {
    try {
      const outcome = await execute(host, found, { requestId: host.ids.uuid(), payload, traceId })
      if (outcome.error !== undefined) return
      const failed = current.reportFailures ? failedIds(outcome.payload, batch) : new Set<string>()
      await deleteMessages(
        source,
        batch.filter(({ messageId }) => !failed.has(messageId)),
        principal,
      )
      return
    } catch (error) {
      // Received again, until the queue puts it with its dead letters.
      if (isAwsError(error, 'RecursiveInvocationException')) return
      if (!isAwsError(error, 'TooManyRequestsException')) throw error
      // Throttled: tried again while the messages are still ours, since each receive counts towards the dead letters.
      const againAtMs = host.clock.nowMs() + Math.min(5_000, 100 * 2 ** attempt)
      if (againAtMs + found.configuration.timeoutSec * 1000 > untilMs || stop.aborted) return
      const ended = new AbortController()
      const until = host.clock.until(againAtMs, AbortSignal.any([stop, ended.signal])).catch(() => undefined)
      await Promise.race([freed(), until])
      ended.abort()
    }
  }
}
