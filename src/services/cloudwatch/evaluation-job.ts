import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import type { Host } from '../../kernel/host.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { dimensionsText, metric } from '../../telemetry/metric-state.ts'
import { type ContributorChanges, type Judge, judgeEach, keepChanges } from './alarm-contributors.ts'
import { type Alarm, alarm, type MetricCondition } from './alarm-state.ts'
import { type Datapoint, extraPeriods, judge, type Verdict } from './evaluate.ts'
import type { Series } from './expression.ts'
import { type Asked, isGrouped, readQueries, runQueries, type Trained } from './queries.ts'
import { reasonDataOf } from './reason-data.ts'
import { readPeriods, together } from './series.ts'
import { percentileOf, statistic } from './statistic.ts'
import { changeState } from './transition.ts'

/** Evaluations come this long after a minute has ended: its last samples are written by then. */
export const lagMs = 5_000
const minuteMs = 60_000
const shortMs = 10_000
const batch = 100
const hourMs = 3_600_000

/** The time of the next evaluation; `stepMs` is 10 s where there are alarms with periods that short. */
export function nextEvaluationMs(nowMs: number, stepMs = minuteMs): number {
  return Math.floor((nowMs - lagMs) / stepMs) * stepMs + stepMs + lagMs
}

/** The minute that a region's alarms were last evaluated for. */
const evaluated = new WeakMap<Host, Map<string, number>>()

/** Models of anomaly detection, which are the same for an hour: each is made of two weeks. */
const models = new WeakMap<Host, { readonly hour: number; readonly trained: Trained }>()

function trainedOf(host: Host, nowMs: number): Trained {
  const hour = Math.floor((nowMs - lagMs) / hourMs)
  const known = models.get(host)
  if (known?.hour === hour) return known.trained
  const made = { hour, trained: new Map() }
  models.set(host, made)
  return made.trained
}

/**
 * Evaluates a region's alarms: one piece of work a minute for all of them (every ten seconds, for those with shorter
 * periods), which reads what each looks at and writes only where a state changes.
 */
export const evaluationJob = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run(_: object, { host, scope, signal }: JobCtx) {
    const nowMs = host.clock.nowMs()
    const known = evaluated.get(host) ?? new Map<string, number>()
    evaluated.set(host, known)
    const key = `${scope.account}/${scope.region}`
    const minute = Math.floor((nowMs - lagMs) / minuteMs)
    const isFull = known.get(key) !== minute
    let after: string | undefined
    let count = 0
    let hasShort = false
    while (!signal.aborted) {
      const verdicts = await host.records.read(scope, async (tx) => {
        const found: { one: Alarm; seen: Seen | undefined }[] = []
        const bounds = after === undefined ? {} : { after: [after] }
        for await (const { value: one } of tx.range(alarm.between([], bounds), { limit: batch })) {
          const isShort = (one.condition?.periodSec ?? 60) < 60
          hasShort ||= isShort
          const seen = isFull || isShort ? await look(tx, host, one, nowMs) : undefined
          found.push({ one, seen })
        }
        return found
      })
      if (verdicts.length === 0) break
      count += verdicts.length
      after = verdicts.at(-1)?.one.name
      for (const { one, seen } of verdicts) if (seen && isNews(one, seen)) await settle(host, scope, one, seen)
    }
    known.set(key, minute)
    // The last alarm gone, nothing is to be done until another is put.
    if (count > 0) throw new Retry(nextEvaluationMs(nowMs, hasShort ? shortMs : minuteMs), 'again', { counts: false })
  },
} satisfies Job<object>

/** What was seen of an alarm; no verdict where its state stays what it is. */
interface Seen {
  readonly verdict: Verdict | undefined
  readonly changes?: ContributorChanges
}

function isNews({ state }: Alarm, { verdict, changes }: Seen): boolean {
  if (changes && changes.alarming.length + changes.recovered.length > 0) return true
  return verdict !== undefined && verdict.value !== state.value
}

async function look(tx: ReadTx, host: Host, one: Alarm, nowMs: number): Promise<Seen | undefined> {
  const { condition } = one
  if (!condition) return undefined
  const periodMs = (condition.periodSec ?? 60) * 1000
  const grainMs = Math.min(periodMs, minuteMs)
  const toMs = Math.floor((nowMs - lagMs) / grainMs) * grainMs
  const fromMs = toMs - (condition.evaluationPeriods + extraPeriods) * periodMs
  try {
    const inOrder = (found: Points) => {
      const points: (Datapoint | undefined)[] = []
      for (let atMs = fromMs; atMs < toMs; atMs += periodMs) points.push(found.get(atMs))
      return points
    }
    if (!condition.queries) {
      const found = await ofMetric(tx, one, { fromMs, toMs, periodMs })
      return found && { verdict: judge(condition, inOrder(found), one.state.value) }
    }
    const asked = { place: () => ({ fromMs, toMs }), nowMs, trained: trainedOf(host, nowMs) }
    const { points, grouped } = await ofQueries(tx, condition, asked)
    if (!grouped) return { verdict: judge(condition, inOrder(points), one.state.value) }
    const watched = grouped.map(({ labels = {}, points }) => ({
      labels,
      datapoints: inOrder(new Map([...points].map(([atMs, value]) => [atMs, { atMs, value }]))),
    }))
    const judging: Judge = (datapoints, current) => judge(condition, datapoints, current)
    const length = watched[0]?.datapoints.length ?? condition.evaluationPeriods
    return await judgeEach(tx, one.name, judging, watched, length, one.state.value)
  } catch (error) {
    host.log.warn('cloudwatch.alarm-not-evaluated', { alarm: one.name, error: String(error) })
    return undefined
  }
}

type Points = ReadonlyMap<number, Datapoint>

async function ofMetric(
  tx: ReadTx,
  { condition }: Alarm,
  span: { fromMs: number; toMs: number; periodMs: number },
): Promise<Points | undefined> {
  if (!condition) return undefined
  const { namespace = '', metricName: name = '', dimensions } = condition
  const points = new Map<number, Datapoint>()
  // When the metric last came is known to the hour: an idle alarm costs this one look.
  const info = await tx.get(metric(namespace, name, dimensionsText(dimensions)))
  if (!info || info.lastAtMs + hourMs + minuteMs < span.fromMs) return points
  const of = statistic(condition.statistic ?? condition.extendedStatistic ?? '')
  const percentile = percentileOf(condition.extendedStatistic ?? '')
  for (const [atMs, all] of await readPeriods(tx, { namespace, name, dimensions }, { ...span, unit: condition.unit })) {
    const stats = together(all)
    // Too few samples for what the percentile says: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
    if (
      percentile !== undefined &&
      condition.lowSample === 'ignore' &&
      stats.count < 10 / Math.max(1e-9, percentile >= 0.5 ? 1 - percentile : percentile)
    )
      return undefined
    const value = of(stats)
    if (value !== undefined) points.set(atMs, { atMs, value, sampleCount: stats.count })
  }
  return points
}

async function ofQueries(
  tx: ReadTx,
  { queries: given = [], bandId }: MetricCondition,
  asked: Asked,
): Promise<{ points: Points; grouped?: readonly Series[] }> {
  // A band is needed whether or not it is to be returned.
  const queries = readQueries(given).map((query) => (query.id === bandId ? { ...query, returned: true } : query))
  const results = await runQueries(tx, queries, asked)
  const result = results.find(({ query }) => query.id !== bandId)
  const points = new Map<number, Datapoint>()
  if (result && isGrouped(result.query)) return { points, grouped: result.series }
  const series = result?.series[0]
  const [low, high] = results.find(({ query }) => query.id === bandId)?.series ?? []
  for (const [atMs, value] of series?.points ?? []) {
    if (bandId === undefined) points.set(atMs, { atMs, value })
    const edges = { low: low?.points.get(atMs), high: high?.points.get(atMs) }
    // Where nothing is known of what is usual, a value says nothing.
    if (edges.low !== undefined && edges.high !== undefined)
      points.set(atMs, { atMs, value, band: { low: edges.low, high: edges.high } })
  }
  return { points }
}

async function settle(host: Host, scope: Scope, seen: Alarm, { verdict, changes }: Seen): Promise<void> {
  await host.records.write(scope, async (tx) => {
    const now = await tx.get(alarm(seen.name))
    // Changed since it was looked at: the next minute decides.
    if (!now || now.configuredAtMs !== seen.configuredAtMs || now.state.updatedAtMs !== seen.state.updatedAtMs) return
    if (changes) keepChanges(tx, now.name, changes, host.clock.nowMs())
    if (!verdict || verdict.value === now.state.value) return
    const { condition } = now
    const points = verdict.evaluated.filter((point) => point !== undefined)
    const about = {
      ...{ statistic: condition?.statistic, unit: condition?.unit, period: condition?.periodSec },
      threshold: condition?.threshold,
    }
    const reasonData = reasonDataOf(host.clock.nowMs(), points, about)
    await changeState(tx, host, now, { value: verdict.value, reason: verdict.reason, reasonData })
  })
}
