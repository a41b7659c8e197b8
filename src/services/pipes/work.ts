import { eventRecord, failedIds, messageFilter } from '../../delivery/queue-batch.ts'
import { deleteMessages, pollBatches } from '../../delivery/queue-polling.ts'
import type { Job, JobCtx } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { QueueSource, SourceMessage } from '../../kernel/events.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalOf } from './names.ts'
import { patternsOf } from './settings.ts'
import { type Pipe, pipe } from './state.ts'
import { enrich, type Sending, send } from './targets.ts'
import { transformed } from './template.ts'

const concurrency = 10

/** Carries messages from the source of a pipe to its target while it runs. */
export const pollJob: Job<{ name: string }> = {
  retry: { attempts: Number.POSITIVE_INFINITY, minMs: 1_000, maxMs: 60_000 },
  concurrency: 10_000,
  async run({ name }, ctx) {
    const { host, scope } = ctx
    let failures = 0
    while (!ctx.signal.aborted) {
      const current = await host.records.read(scope, (tx) => tx.get(pipe(name)))
      if (current?.current !== 'RUNNING') return
      try {
        await poll(ctx, current)
        failures = 0
      } catch (error) {
        if (ctx.signal.aborted) return
        failures += 1
        await explain(ctx, current, error)
        const againAtMs = host.clock.nowMs() + Math.min(60_000, 1_000 * 2 ** Math.min(failures, 6))
        await host.clock.until(againAtMs, ctx.signal).catch(() => undefined)
      }
    }
  },
}

/** Polls until the pipe is changed or the node stops. */
async function poll(ctx: JobCtx, current: Pipe): Promise<void> {
  const { host } = ctx
  const changed = new AbortController()
  const signal = AbortSignal.any([ctx.signal, changed.signal])
  const watching = watchForChange(ctx, current, changed, signal)
  const { BatchSize = 10, MaximumBatchingWindowInSeconds = 0 } = current.sourceParameters?.SqsQueueParameters ?? {}
  const wanted = messageFilter(patternsOf(current.sourceParameters))
  await pollBatches(
    {
      host,
      sourceArn: current.source,
      batchSize: BatchSize,
      windowSec: MaximumBatchingWindowInSeconds,
      concurrency,
      async begin(source) {
        const principal = await principalOf(current, ctx)
        return { principal, work: (batch) => carry(ctx, { source, current, principal, wanted }, batch) }
      },
      async end(busy) {
        changed.abort()
        await watching
        await busy.catch(() => undefined)
      },
    },
    signal,
  )
}

interface Carrying {
  readonly source: QueueSource
  readonly current: Pipe
  readonly principal: Principal
  readonly wanted: (message: SourceMessage) => boolean
}

/** Filters, enriches and sends a batch, and deletes what was dealt with. What was not becomes visible again. */
async function carry(ctx: JobCtx, { source, current, principal, wanted }: Carrying, received: SourceMessage[]) {
  const { host, scope } = ctx
  const batch = received.filter(wanted)
  const others = received.filter((message) => !batch.includes(message))
  if (others.length > 0) await deleteMessages(source, others, principal)
  if (batch.length === 0) return
  const by = { pipe: current, scope, atMs: host.clock.nowMs() }
  const records = batch.map((message) => eventRecord(message, current.source))
  const given = records.map((event) => transformed(current.enrichmentParameters?.InputTemplate, event, by))
  const sending: Sending = { host, scope, pipe: current, principal, events: given, originals: records }
  try {
    const originals = current.enrichment ? await enrich(sending) : records
    let failed: ReadonlySet<string> = new Set()
    if (originals.length > 0) {
      const template = current.targetParameters?.InputTemplate
      const at = { ...by, atMs: host.clock.nowMs() }
      const events = originals.map((event) => transformed(template, event, at))
      const answer = await send({ ...sending, events, originals })
      if (answer) failed = reported(answer, batch)
    }
    const done = batch.filter(({ messageId }) => !failed.has(messageId))
    await deleteMessages(source, done, principal)
    if (current.reason !== undefined) await tell(ctx, current, undefined)
  } catch (error) {
    if (!isAwsError(error) && !(error instanceof SyntaxError)) throw error
    await explain(ctx, current, error)
  }
}

/** What a function says it has not dealt with; one that says nothing of it has dealt with all. */
function reported(answer: Uint8Array, batch: readonly SourceMessage[]): ReadonlySet<string> {
  return Buffer.from(answer).includes('batchItemFailures') ? failedIds(answer, batch) : new Set()
}

async function explain(ctx: JobCtx, current: Pipe, error: unknown): Promise<void> {
  const message = isAwsError(error) || error instanceof SyntaxError ? error.message : 'internal error'
  ctx.host.log.warn('pipes.failed', { pipe: current.name, error: String(error) })
  await tell(ctx, current, `PROBLEM: ${message}`)
}

/** Says in the pipe why it does not get on, when that is news. */
async function tell({ host, scope }: JobCtx, { name }: Pipe, reason: string | undefined): Promise<void> {
  await host.records.write(scope, async (tx) => {
    const now = await tx.get(pipe(name))
    if (now && now.reason !== reason) tx.set(pipe(name), { ...now, reason })
  })
}

/** Aborts when the pipe is no longer what it was, but for its reason. */
async function watchForChange(
  { host, scope }: JobCtx,
  current: Pipe,
  changed: AbortController,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const _ of host.records.watch(scope, pipe.under(current.name), signal)) {
      const now = await host.records.read(scope, (tx) => tx.get(pipe(current.name)))
      if (now?.modifiedAtMs !== current.modifiedAtMs || now.current !== current.current) return changed.abort()
    }
  } catch (error) {
    // Without the watch a change would go unnoticed: begin again.
    if (!signal.aborted) changed.abort(error)
  }
}
