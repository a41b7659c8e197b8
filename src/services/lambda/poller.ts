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
import { credentials, findTarget, watchForChange } from './polling.ts'
import { type EventSourceMapping, mapping } from './state.ts'
import { whileRunning } from './stopping.ts'
import { pollStream } from './stream-poller.ts'

/** Batches at a function at once, when the mapping does not say. */
const defaultConcurrency = 10
/** The pollers of this node, by mapping: a mapping that is switched off and on again has one. */
const active = new WeakMap<Host, Map<string, AbortController>>()

/** Polls a mapping's source while the mapping is enabled; runs for as long as the node does. */
export const pollJob: Job<{ id: string }> = {
  retry: { attempts: Number.POSITIVE_INFINITY, minMs: 1_000, maxMs: 60_000 },
  concurrency: 10_000,
  async run({ id }, ctx) {
    const { host, scope } = ctx
    const pollers = active.get(host) ?? new Map<string, AbortController>()
    active.set(host, pollers)
    pollers.get(id)?.abort()
    const own = new AbortController()
    pollers.set(id, own)
    const stop = AbortSignal.any([ctx.signal, own.signal])
    let failures = 0
    try {
      while (!stop.aborted) {
        const current = await host.records.read(scope, (tx) => tx.get(mapping(id)))
        if (!current?.enabled) return
        try {
          await (current.stream ? pollStream(ctx, current, current.stream, stop) : pollQueue(ctx, current, stop))
          failures = 0
        } catch (error) {
          if (stop.aborted) break
          failures += 1
          await explain(host, scope, id, error as Error)
          const againAtMs = host.clock.nowMs() + Math.min(60_000, 1_000 * 2 ** Math.min(failures, 6))
          await host.clock.until(againAtMs, stop).catch(() => undefined)
        }
      }
    } finally {
      if (pollers.get(id) === own) pollers.delete(id)
    }
  },
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

async function pollQueue(ctx: JobCtx, current: EventSourceMapping, stop: AbortSignal): Promise<void> {
  const { host, scope } = ctx
  const changed = new AbortController()
  const signal = AbortSignal.any([stop, changed.signal])
  const watching = watchForChange(host, scope, current, changed, signal)
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
      changed.abort()
      await watching
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
