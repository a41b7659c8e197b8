import type { Host } from '../../../kernel/host.ts'
import type { Tx } from '../../../kernel/records.ts'
import { addToMinute } from '../../../telemetry/metric-sink.ts'
import { bucketOf, minuteMs } from '../../../telemetry/metric-state.ts'
import { excess, learned } from './habit.ts'
import {
  type Anomaly,
  anomaly,
  type Detector,
  frequencyMs,
  isBaseline,
  isSuppressed,
  type Pattern,
  pattern,
} from './state.ts'

/** How often a pattern came in a window. */
export interface Met {
  readonly text: string
  readonly count: number
  readonly firstAtMs: number
  readonly lastAtMs: number
  readonly samples: Anomaly['samples']
}

export interface Window {
  readonly detector: Detector
  /** Its number since 1970. */
  readonly at: number
  readonly met: ReadonlyMap<string, Met>
  /** How many patterns more may be remembered. */
  readonly room: number
  readonly host: Host
}

const mostHistogram = 100
const grave = /\b(?:fatal|critical|emergency|error|exception|panic)\b/i
const doubtful = /\bwarn(?:ing)?\b/i
const farOut = 6

/** Learns what is usual from windows, by their numbers. Answers how many patterns are new. */
export async function learnAll(
  tx: Tx,
  detectorId: string,
  windows: ReadonlyMap<number, ReadonlyMap<string, Met>>,
  room: number,
): Promise<number> {
  const patterns = new Map<string, Pattern>()
  let made = 0
  for (const [at, met] of [...windows].sort(([a], [b]) => a - b)) {
    for (const [id, { text, count }] of met) {
      const known = patterns.get(id) ?? (await tx.get(pattern(detectorId, id)))
      if (!known && made >= room) continue
      if (!known) made++
      patterns.set(id, { text, habit: learned(known?.habit, at, count) })
    }
  }
  for (const [id, one] of patterns) tx.set(pattern(detectorId, id), one)
  return made
}

/** Tells what is unusual in a window of a detector, and learns from it. Answers how many patterns are new. */
export async function judge(tx: Tx, { detector, at, met, room, host }: Window): Promise<number> {
  const nowMs = host.clock.nowMs()
  const found = new Map<Anomaly['priority'], number>()
  let made = 0
  for (const [id, one] of met) {
    const known = await tx.get(pattern(detector.id, id))
    if (!known && made >= room) continue
    if (!known) made++
    tx.set(pattern(detector.id, id), { text: one.text, habit: learned(known?.habit, at, one.count) })
    const before = await tx.get(anomaly(detector.id, id))
    const usual = before && isBaseline(before, detector, nowMs)
    const kind = unusual(known, usual ? undefined : before, one.count, at)
    if (!kind || (before && isSuppressed(before, nowMs))) continue
    // What is worse than what is usual now is another.
    if (usual && one.count <= Math.max(...before.histogram.map(([, count]) => count))) continue
    const goesOn = before && !usual ? before : { id: host.ids.uuid(), suppression: before?.suppression }
    const next = anomalyOf(kind, one, at, detector, goesOn)
    tx.set(anomaly(detector.id, id), next)
    found.set(next.priority, (found.get(next.priority) ?? 0) + 1)
  }
  for (const [priority, count] of found) await countMetric(tx, detector, priority, count, host)
  return made
}

interface Unusual {
  readonly kind: Anomaly['kind']
  readonly deviations: number
}

function unusual(
  known: Pattern | undefined,
  open: Anomaly | undefined,
  count: number,
  at: number,
): Unusual | undefined {
  if (!known || open?.kind === 'new') return { kind: 'new', deviations: 0 }
  const deviations = excess(known.habit, at, count)
  return deviations === undefined ? undefined : { kind: 'spike', deviations }
}

function anomalyOf(
  { kind, deviations }: Unusual,
  { text, count, samples, firstAtMs, lastAtMs }: Met,
  at: number,
  { group, frequency }: Detector,
  before: Pick<Anomaly, 'id' | 'suppression'> & Partial<Anomaly>,
): Anomaly {
  const all = samples.map(({ message }) => message).join('\n')
  const priority = grave.test(all) ? 'HIGH' : doubtful.test(all) || deviations > farOut ? 'MEDIUM' : 'LOW'
  const histogram = [...(before.histogram ?? []), [at * frequencyMs[frequency], count] as const].slice(-mostHistogram)
  const first = before.firstAtMs ?? firstAtMs
  return { ...{ id: before.id, text, kind, priority, group }, firstAtMs: first, lastAtMs, histogram, samples }
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/LogsAnomalyDetection.html: by detector and priority. */
async function countMetric(tx: Tx, { id, name }: Detector, priority: string, count: number, host: Host): Promise<void> {
  const dimensions = { LogAnomalyDetector: name ?? id, LogAnomalyPriority: priority }
  const about = { namespace: 'AWS/Logs', name: 'AnomalyCount', dimensions }
  const stats = { sum: count, min: count, max: count, count: 1, unit: 'None', buckets: { [bucketOf(count)]: 1 } }
  const atMs = Math.floor(host.clock.nowMs() / minuteMs) * minuteMs
  await addToMinute(tx, about, atMs, stats, host.deliveries)
}
