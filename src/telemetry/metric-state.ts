import { keyspace } from '../store/keyspace.ts'

/** One minute of one metric with one set of dimensions. */
export interface MetricMinute {
  readonly sum: number
  readonly min: number
  readonly max: number
  readonly count: number
  readonly unit: string
  /** How many samples fell into each bucket of `bucketOf`; for percentiles. */
  readonly buckets: Readonly<Record<string, number>>
  /** What came in other units than `unit`, which is not added to it. */
  readonly others?: readonly MetricMinute[] | undefined
}

export interface MetricInfo {
  readonly dimensions: Readonly<Record<string, string>>
  readonly lastAtMs: number
}

const cloudwatch = keyspace('cloudwatch')

/** Dimensions as one text: sorted `name=value` pairs, escaped. */
export const minute = cloudwatch.record<
  MetricMinute,
  [namespace: string, name: string, dimensions: string, atMs: number]
>('minute')
type Address = [namespace: string, name: string, dimensions: string, atMs: number]
/** Of metrics put with a resolution of one second, besides their minutes. */
export const second = cloudwatch.record<MetricMinute, Address>('second')
/** What minutes become after 15 days, and five minutes after 63. */
export const fiveMinutes = cloudwatch.record<MetricMinute, Address>('five-minutes')
export const hour = cloudwatch.record<MetricMinute, Address>('hour')
export const metric = cloudwatch.record<MetricInfo, [namespace: string, name: string, dimensions: string]>('metric')

/** What goes on by itself in this region, once the first metric has come. */
export const upkeep = cloudwatch.record<true, [name: string]>('upkeep')

/** Minutes that samples came for since metric streams last told of them; noted while `upkeep('stream')` is there. */
export const touched = cloudwatch.record<true, [atMs: number, namespace: string, name: string, dimensions: string]>(
  'touched',
)

export const minuteMs = 60_000

export function dimensionsText(dimensions: Readonly<Record<string, string>>): string {
  return Object.keys(dimensions)
    .sort()
    .map((name) => `${encodeURIComponent(name)}=${encodeURIComponent(dimensions[name]!)}`)
    .join('&')
}

/** Each bucket is 2 % wider than the one before: percentiles are right to within 1 %. */
const growth = Math.log(1.02)

export function bucketOf(value: number): string {
  // Most samples count something.
  if (value === 0) return '0'
  if (value === 1) return 'p0'
  const index = Math.round(Math.log(Math.abs(value)) / growth)
  return value > 0 ? `p${index}` : `n${index}`
}

/** The middle of a bucket. */
export function bucketValue(bucket: string): number {
  if (bucket === '0') return 0
  const value = Math.exp(Number(bucket.slice(1)) * growth)
  return bucket[0] === 'p' ? value : -value
}

/** The sums of each unit in which samples came. */
export function unitsOf(stats: MetricMinute): readonly MetricMinute[] {
  if (!stats.others) return [stats]
  const { others, ...own } = stats
  return [own, ...others]
}

/** Adds up; what is in another unit than `a` is kept apart. */
export function merge(a: MetricMinute, b: MetricMinute): MetricMinute {
  if (!a.others && !b.others && a.unit === b.unit) return mergeAlike(a, b)
  const units = new Map<string, MetricMinute>()
  for (const one of [...unitsOf(a), ...unitsOf(b)]) {
    const before = units.get(one.unit)
    units.set(one.unit, before ? mergeAlike(before, one) : one)
  }
  const [first, ...others] = units.values()
  return { ...first!, others }
}

/** Adds up whatever the units are. */
export function mergeAlike(a: MetricMinute, b: MetricMinute): MetricMinute {
  const buckets: Record<string, number> = { ...a.buckets }
  for (const [bucket, count] of Object.entries(b.buckets)) buckets[bucket] = (buckets[bucket] ?? 0) + count
  return {
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    count: a.count + b.count,
    unit: a.unit,
    buckets,
  }
}
