import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ReadTx } from '../../kernel/records.ts'
import { metric } from '../../telemetry/metric-state.ts'
import type { Series } from './expression.ts'
import { type MetricsQuery, queryFunctions, type Summed } from './metrics-query.ts'
import { type Place, readPeriods, timesOf, together, wrongQuery } from './series.ts'

/** The service's own bound; there what is beyond it is left out. */
const mostMetrics = 10_000
/** Values by time, of all time series before they are ordered. */
const mostValues = 500_000
/** Samples by time that may be looked at for one query, of all metrics. */
const mostEntries = 5_000_000
/** Metrics that are read between two chances for other requests. */
const metricsAtOnce = 100
/** When a metric last came is known to the hour. */
const lastKnownToMs = 3_660_000

interface Group {
  readonly labels: Readonly<Record<string, string>>
  readonly periods: Map<number, Summed>
}

/**
 * The time series that a query of Metrics Insights makes, one for each group. Throws ValidationError where more is to
 * be looked at than can be.
 */
export async function runMetricsQuery(
  tx: ReadTx,
  query: MetricsQuery,
  { label, periodSec }: { readonly label: string; readonly periodSec: number },
  place: Place,
): Promise<Series[]> {
  const periodMs = periodSec * 1000
  const span = { ...place(periodMs), periodMs }
  const { namespace, metricName: name } = query
  const groups = new Map<string, Group>()
  let looked = 0
  let values = 0
  let entries = 0
  for await (const { value } of tx.range(metric.between([namespace, name], {}))) {
    if (++looked > mostMetrics) throw wrongQuery(`There are more than ${mostMetrics} metrics ${namespace} ${name}.`)
    const { dimensions, lastAtMs } = value
    if (!matches(query, dimensions) || lastAtMs + lastKnownToMs < span.fromMs) continue
    const labels = Object.fromEntries(query.groupBy.map((one) => [one, dimensions[one] ?? '']))
    const key = JSON.stringify(labels)
    const group = groups.get(key) ?? { labels, periods: new Map() }
    groups.set(key, group)
    if (looked % metricsAtOnce === 0) await nextTurn()
    const budget = { left: mostEntries - entries }
    const periods = await readPeriods(tx, { namespace, name, dimensions }, span, budget)
    entries = mostEntries - budget.left
    if (budget.left <= 0)
      throw wrongQuery('The query has too many samples to look at. Ask for a longer Period or a shorter time.')
    for (const [atMs, stats] of periods) {
      const before = group.periods.get(atMs)
      if (!before && ++values > mostValues) throw wrongQuery(`The query makes more than ${mostValues} values.`)
      const { sum, count, min, max } = together(stats)
      group.periods.set(atMs, before ? added(before, { sum, count, min, max }) : { sum, count, min, max })
    }
  }
  const { orderBy } = query
  const found = [...groups.values()].filter(({ periods }) => periods.size > 0)
  if (orderBy) {
    const rank = ({ periods }: Group) => queryFunctions[orderBy.by]([...periods.values()].reduce(added)) ?? 0
    found.sort((a, b) => (orderBy.descending ? rank(b) - rank(a) : rank(a) - rank(b)))
  }
  const times = timesOf(span, periodMs)
  return found.slice(0, query.limit).map(({ labels, periods }) => ({
    label: query.groupBy.length > 0 ? query.groupBy.map((one) => labels[one]).join(' ') : label,
    labels,
    periodMs,
    points: pointsOf(query, periods),
    times,
  }))
}

function matches({ schema, where, groupBy }: MetricsQuery, dimensions: Readonly<Record<string, string>>): boolean {
  const has = (name: string) => Object.hasOwn(dimensions, name)
  if (schema && (schema.length !== Object.keys(dimensions).length || !schema.every(has))) return false
  return (
    groupBy.every(has) &&
    where.every(({ label, equal, value }) => has(label) && (dimensions[label] === value) === equal)
  )
}

function pointsOf({ of }: MetricsQuery, periods: ReadonlyMap<number, Summed>): Map<number, number> {
  const points = new Map<number, number>()
  for (const [atMs, summed] of [...periods].sort(([a], [b]) => a - b)) {
    const value = queryFunctions[of](summed)
    if (value !== undefined) points.set(atMs, value)
  }
  return points
}

function added(a: Summed, b: Summed): Summed {
  return {
    sum: a.sum + b.sum,
    count: a.count + b.count,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  }
}
