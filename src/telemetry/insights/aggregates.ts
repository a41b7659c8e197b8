import type { Expression } from './query.ts'
import { compareValues, numberOf, textOf, type Value, weightOf } from './values.ts'

/**
 * What a group of rows has come to so far, as plain data: it travels between threads. Fields are there for the
 * functions that need them.
 */
export interface Sum {
  count: number
  total: number
  squares: number
  /** Least and greatest, or those of the earliest and latest row. */
  first?: Value
  last?: Value
  firstMs?: number
  lastMs?: number
  distinct?: Set<string>
  /** While there are few; then `buckets` by logarithm, whose values are right to a quarter of a percent. */
  values?: number[]
  buckets?: Map<number, number>
}

export const aggregateNames: ReadonlySet<string> = new Set([
  ...['count', 'count_distinct', 'sum', 'avg', 'min', 'max', 'pct', 'percentile', 'median', 'stddev'],
  ...['earliest', 'latest', 'sortsfirst', 'sortslast'],
])

const mostExact = 1_000
const growth = Math.log(1.005)

/** What is wrong with a call, if anything. */
export function checkAggregate(name: string, of: readonly Expression[]): string | undefined {
  const takes = name === 'count' ? [0, 1] : name === 'pct' || name === 'percentile' ? [2, 2] : [1, 1]
  if (of.length < takes[0]! || of.length > takes[1]!) return `it takes ${takes.join(' to ')} values`
  const share = of[1]
  if (share && (share.kind !== 'value' || !(Number(share.value) >= 0 && Number(share.value) <= 100)))
    return 'the percentile is a number from 0 to 100'
  return undefined
}

export function newSum(): Sum {
  return { count: 0, total: 0, squares: 0 }
}

/** Adds one row's value. Answers how much more there is to remember. */
export function addTo(sum: Sum, name: string, values: readonly Value[], atMs: number): number {
  const [value] = values
  if (values.length === 0) sum.count++
  if (value === undefined) return 0
  const heldBefore = weightOf(sum.first) + weightOf(sum.last)
  const heldMore = () => weightOf(sum.first) + weightOf(sum.last) - heldBefore
  switch (name) {
    case 'count':
      sum.count++
      return 0
    case 'count_distinct': {
      sum.distinct ??= new Set()
      const before = sum.distinct.size
      const text = textOf(value) ?? ''
      sum.distinct.add(text)
      return sum.distinct.size > before ? 1 + weightOf(text) : 0
    }
    case 'earliest':
    case 'latest':
      if (atMs < (sum.firstMs ?? Number.POSITIVE_INFINITY)) [sum.firstMs, sum.first] = [atMs, value]
      if (atMs >= (sum.lastMs ?? Number.NEGATIVE_INFINITY)) [sum.lastMs, sum.last] = [atMs, value]
      return heldMore()
    case 'min':
    case 'max':
    case 'sortsfirst':
    case 'sortslast':
      if (sum.first === undefined || compareValues(value, sum.first) < 0) sum.first = value
      if (sum.last === undefined || compareValues(value, sum.last) > 0) sum.last = value
      return heldMore()
    default:
      return addNumber(sum, numberOf(value), /^(?:pct|percentile|median)$/.test(name))
  }
}

function addNumber(sum: Sum, number: number | undefined, ranked: boolean): number {
  if (number === undefined) return 0
  sum.count++
  sum.total += number
  sum.squares += number * number
  if (!ranked) return 0
  sum.values ??= []
  if (!sum.buckets) {
    sum.values.push(number)
    if (sum.values.length <= mostExact) return 1
    sum.buckets = new Map()
    for (const one of sum.values.splice(0)) addToBucket(sum.buckets, one)
    return 0
  }
  return addToBucket(sum.buckets, number)
}

function addToBucket(buckets: Map<number, number>, number: number): number {
  // Odd numbers are of values below zero, even ones of those above.
  const index = number === 0 ? 0.5 : Math.round(Math.log(Math.abs(number)) / growth) * 2 + (number < 0 ? 1 : 0)
  const before = buckets.get(index)
  buckets.set(index, (before ?? 0) + 1)
  return before === undefined ? 1 : 0
}

const ofBucket = (index: number) =>
  index === 0.5 ? 0 : Math.abs(index % 2) === 1 ? -Math.exp(((index - 1) / 2) * growth) : Math.exp((index / 2) * growth)

/** What the rows came to. `share` is the percentile asked for. */
export function resultOf(sum: Sum, name: string, share: number): Value {
  const { count, total, squares } = sum
  switch (name) {
    case 'count':
      return count
    case 'count_distinct':
      return sum.distinct?.size ?? 0
    case 'sum':
      return total
    case 'avg':
      return count === 0 ? undefined : total / count
    case 'stddev':
      return count === 0 ? undefined : Math.sqrt(Math.max(0, squares / count - (total / count) ** 2))
    case 'min':
    case 'earliest':
    case 'sortsfirst':
      return sum.first
    case 'max':
    case 'latest':
    case 'sortslast':
      return sum.last
    default:
      return percentile(sum, name === 'median' ? 50 : share)
  }
}

/** The least value that at least so many of a hundred do not exceed. */
function percentile({ count, values = [], buckets }: Sum, share: number): Value {
  if (count === 0) return undefined
  const rank = Math.max(1, Math.ceil((share / 100) * count))
  if (!buckets) return [...values].sort((a, b) => a - b)[rank - 1]
  let seen = 0
  const sorted = [...buckets].map(([index, times]) => [ofBucket(index), times] as const).sort(([a], [b]) => a - b)
  for (const [value, times] of sorted) {
    seen += times
    if (seen >= rank) return value
  }
  return undefined
}
