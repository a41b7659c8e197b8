import type { ChartSeries } from './spec.ts'

/** Of a series in a stack: what it stands on. */
export type Stacked = ChartSeries & { readonly base?: readonly number[] }

/** Series on top of each other, of each axis for itself: where one has no value it adds nothing. */
export function stackedOf(series: readonly ChartSeries[]): Stacked[] {
  const sums = { left: new Map<number, number>(), right: new Map<number, number>() }
  return series.map((one) => {
    const sum = sums[one.axis]
    const base: number[] = []
    const points = one.points.map(([atMs, value]) => {
      const below = sum.get(atMs) ?? 0
      base.push(below)
      sum.set(atMs, below + value)
      return [atMs, below + value] as const
    })
    return { ...one, points, base }
  })
}
