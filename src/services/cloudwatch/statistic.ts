import { awsError } from '../../kernel/errors.ts'
import { bucketValue, type MetricMinute } from '../../telemetry/metric-state.ts'

/** A statistic by its name: what it makes of the samples of a period. Undefined where it has no value. */
export type Statistic = (stats: MetricMinute) => number | undefined

const simple: Readonly<Record<string, Statistic>> = {
  SampleCount: ({ count }) => count,
  Average: ({ sum, count }) => (count === 0 ? undefined : sum / count),
  Sum: ({ sum }) => sum,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
}

/** One end of a range: a percentile, a value, or open. */
type End = { readonly percent: number } | { readonly value: number } | undefined

/**
 * `Average`, `p95`, `tm90`, `TM(10%:90%)`, `PR(:300)`, `IQM`, …: those that look at the order of samples are right to
 * within a percent, as the samples are kept in buckets.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
 */
export function statistic(name: string, parameter = 'ExtendedStatistics'): Statistic {
  const known = Object.hasOwn(simple, name) ? simple[name] : undefined
  if (known) return known
  const percentile = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/i.exec(name)
  if (percentile) {
    const share = Number(percentile[1]) / 100
    return (stats) => valueAt(stats, share)
  }
  const range = rangeOf(name)
  if (range) return (stats) => ofRange(range, stats)
  throw awsError(
    'InvalidParameterValue',
    `The value ${name} for parameter ${parameter} is not supported. It must be SampleCount, Average, Sum, Minimum, Maximum, IQM, or a percentile or range such as p95, tm90, TC(10%:90%) or PR(:300).`,
  )
}

/** The percentile that a name asks for, from 0 to 1. */
export function percentileOf(name: string): number | undefined {
  const match = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/i.exec(name)
  return match ? Number(match[1]) / 100 : undefined
}

/** The value below which `share` of the samples lie, to within a percent. */
export function valueAt(stats: MetricMinute, share: number): number | undefined {
  if (stats.count === 0) return undefined
  let left = share * stats.count
  for (const [value, count] of sorted(stats)) {
    left -= count
    if (left <= 0) return clamp(value, stats)
  }
  return stats.max
}

interface Range {
  readonly kind: 'tm' | 'wm' | 'tc' | 'ts' | 'pr'
  readonly low: End
  readonly high: End
}

function rangeOf(name: string): Range | undefined {
  if (name.toUpperCase() === 'IQM') return { kind: 'tm', low: { percent: 25 }, high: { percent: 75 } }
  const short = /^(tm|wm|tc|ts)(\d{1,2}(?:\.\d{1,10})?|100)$/i.exec(name)
  if (short) return { kind: kindOf(short[1]!), low: undefined, high: { percent: Number(short[2]) } }
  const long = /^(TM|WM|TC|TS|PR)\(([^:()]{0,24}):([^:()]{0,24})\)$/i.exec(name)
  if (!long) return undefined
  const [low, high] = [endOf(long[2]!), endOf(long[3]!)]
  if (low === null || high === null || (low === undefined && high === undefined)) return undefined
  const percents = [low, high].filter((end) => end && 'percent' in end).length
  // A rank is of values; of the others both ends are of one kind.
  if (kindOf(long[1]!) === 'pr' ? percents > 0 : percents === 1 && low && high) return undefined
  return { kind: kindOf(long[1]!), low, high }
}

const kindOf = (text: string) => text.toLowerCase() as Range['kind']

function endOf(text: string): End | null {
  if (text === '') return undefined
  const number = Number(text.replace(/%$/, ''))
  if (!Number.isFinite(number) || text === '%') return null
  if (!text.endsWith('%')) return { value: number }
  return number >= 0 && number <= 100 ? { percent: number } : null
}

function ofRange({ kind, low, high }: Range, stats: MetricMinute): number | undefined {
  if (stats.count === 0) return undefined
  const from = low && 'percent' in low ? (low.percent / 100) * stats.count : 0
  const to = high && 'percent' in high ? (high.percent / 100) * stats.count : stats.count
  const above = low && 'value' in low ? low.value : Number.NEGATIVE_INFINITY
  const upTo = high && 'value' in high ? high.value : Number.POSITIVE_INFINITY
  let [count, sum, passed] = [0, 0, 0]
  let first: number | undefined
  let last = stats.max
  for (const [bucket, size] of sorted(stats)) {
    const value = clamp(bucket, stats)
    const within = value > above && value <= upTo ? Math.min(to, passed + size) - Math.max(from, passed) : 0
    passed += size
    if (within <= 0) continue
    first ??= value
    last = value
    count += within
    sum += value * within
  }
  if (kind === 'tc') return count
  if (kind === 'ts') return sum
  if (kind === 'pr') return (count / stats.count) * 100
  if (count === 0) return undefined
  if (kind === 'tm') return sum / count
  // Winsorized: what lies outside counts as the value at the edge.
  return (sum + from * (first ?? 0) + (stats.count - from - count) * last) / stats.count
}

function sorted({ buckets }: MetricMinute): (readonly [value: number, count: number])[] {
  return Object.entries(buckets)
    .map(([bucket, count]) => [bucketValue(bucket), count] as const)
    .sort((a, b) => a[0] - b[0])
}

function clamp(value: number, { min, max }: MetricMinute): number {
  return Math.min(max, Math.max(min, value))
}
