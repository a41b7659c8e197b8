import { type Job, type JobCtx, Retry } from '../../../kernel/delivery.ts'
import type { Host } from '../../../kernel/host.ts'
import type { Tx } from '../../../kernel/records.ts'
import { parseFilter } from '../../../telemetry/filter/pattern.ts'
import { type LogEvent, type Position, readEvents } from '../../../telemetry/log-read.ts'
import { group } from '../../../telemetry/log-state.ts'
import { fewestWindows } from './habit.ts'
import { judge, learnAll, type Met } from './judge.ts'
import { type Detector, detector, frequencyMs } from './state.ts'
import { beginningOf, patternId, patternOf } from './template.ts'

/** After a window's end, for events that come late. */
const lagMs = 60_000
/** Windows that passed while nobody looked: of more, only the last are looked at. */
const mostBehind = 60
const pastMs = 14 * 86_400_000
const mostEvents = 100_000
const pageEvents = 2_000
const pageChars = 8 * 1024 * 1024
const mostPatterns = 500
const mostSamples = 5
const mostSampleChars = 1_000

/** Waits for the end of the window that a detector looks at next, or for nothing while it is paused. */
export function awaitWindow(
  tx: Tx,
  { id, enabled, stage, frequency, fromMs }: Detector,
  { deliveries }: Pick<Host, 'deliveries'>,
): void {
  const work = { kind: 'logs:detect', scope: tx.scope, key: id }
  // What was there before is learned at once.
  const due = stage === 'past' ? {} : { dueAtMs: fromMs + frequencyMs[frequency] + lagMs }
  if (enabled) deliveries.schedule(tx, { ...work, data: { id }, ...due })
  else deliveries.cancel(tx, work.kind, work.scope, id)
}

/**
 * Looks at one window of a detector: what it finds, what it learns and the wait for the next window are one transaction.
 * The first time it learns from the two weeks before. docs/decisions/016-log-anomalies.md
 */
export const detectJob = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  concurrency: 2,
  async run({ id }: { id: string }, ctx: JobCtx) {
    const { host, scope } = ctx
    const found = await host.records.read(scope, (tx) => tx.get(detector(id)))
    if (!found?.enabled) return
    const { fromMs, stage, frequency } = found
    const stepMs = frequencyMs[frequency]
    const past = stage === 'past'
    const span = past ? { fromMs: fromMs - pastMs, toMs: fromMs } : { fromMs, toMs: fromMs + stepMs }
    if (!past && span.toMs + lagMs > host.clock.nowMs()) return
    const windows = await windowsOf(found, span, ctx)
    const firstAt = found.firstAt ?? (windows.size > 0 ? Math.min(...windows.keys()) : undefined)
    const trained = firstAt !== undefined && span.toMs / stepMs - firstAt >= fewestWindows
    await host.records.write(scope, async (tx) => {
      const current = await tx.get(detector(id))
      if (!current?.enabled || current.fromMs !== fromMs || current.stage !== stage) return
      const room = mostPatterns - current.patterns
      const at = fromMs / stepMs
      const made =
        stage === 'analyzing'
          ? await judge(tx, { detector: current, at, met: windows.get(at) ?? new Map(), room, host })
          : await learnAll(tx, id, windows, room)
      const lastMs = Math.floor((host.clock.nowMs() - lagMs) / stepMs) * stepMs
      const next: Detector = {
        ...{ ...current, firstAt, patterns: current.patterns + made },
        stage: stage === 'analyzing' || trained ? 'analyzing' : 'training',
        fromMs: past ? fromMs : Math.max(fromMs + stepMs, lastMs - mostBehind * stepMs),
      }
      tx.set(detector(id), next)
      awaitWindow(tx, next, host)
    })
  },
} satisfies Job<{ id: string }>

/** How often patterns come in each window of a span, by the windows' numbers since 1970; of many events the newest. */
async function windowsOf(
  { group: name, filterPattern = '', frequency, stage }: Detector,
  span: { fromMs: number; toMs: number },
  { host, scope, signal }: JobCtx,
): Promise<Map<number, Map<string, Met>>> {
  const matches = parseFilter(filterPattern)
  const windows = new Map<number, Map<string, Met>>()
  const known = new Set<string>()
  let after: Position | undefined
  for (let looked = 0; looked < mostEvents; ) {
    if (signal.aborted) throw new Retry(0, 'the node is stopping', { counts: false })
    const from = after
    const events = await host.records.read(scope, async (tx) => {
      const owner = await tx.get(group(name))
      const page: LogEvent[] = []
      if (!owner) return page
      let chars = 0
      for await (const event of readEvents(tx, owner.generation, { ...span, after: from, reverse: true })) {
        page.push(event)
        chars += event.message.length
        if (page.length === pageEvents || chars >= pageChars) break
      }
      return page
    })
    if (events.length === 0) break
    looked += events.length
    for (const { atMs, message } of events) {
      if (!matches(message)) continue
      const text = patternOf(message)
      const id = patternId(text)
      if (!known.has(id) && known.size >= mostPatterns) continue
      known.add(id)
      const at = Math.floor(atMs / frequencyMs[frequency])
      const met = windows.get(at) ?? new Map<string, Met>()
      windows.set(at, met)
      const { count, samples, lastAtMs } = met.get(id) ?? { count: 0, samples: [], lastAtMs: atMs }
      // What is only learned from shows no samples.
      const kept =
        stage === 'analyzing' && samples.length < mostSamples
          ? [...samples, { timestamp: atMs, message: beginningOf(message, mostSampleChars) }]
          : samples
      met.set(id, { text, count: count + 1, samples: kept, firstAtMs: atMs, lastAtMs })
    }
    after = events.at(-1)?.position
  }
  return windows
}
