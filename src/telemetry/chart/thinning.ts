import type { Point } from './canvas.ts'

/**
 * A line with at most four points to each column of pixels that it goes through: where it comes in, the highest, the
 * lowest, and where it goes out. It looks the same, and costs what the picture is wide, not what it shows.
 */
export function thinned(points: readonly Point[]): readonly Point[] {
  const found: Point[] = []
  for (let from = 0; from < points.length; ) {
    const to = columnEnd(points, from)
    for (const at of extremes(points, from, to)) found.push(points[at] as Point)
    from = to
  }
  return found
}

/** Where the points end that lie in the column of the one at `from`. */
function columnEnd(points: readonly Point[], from: number): number {
  const column = Math.floor(points[from]?.[0] ?? 0)
  let to = from + 1
  while (to < points.length && Math.floor(points[to]?.[0] ?? 0) === column) to++
  return to
}

/** The first, the highest, the lowest and the last of some points, in their order. */
function extremes(points: readonly Point[], from: number, to: number): Iterable<number> {
  let [high, low] = [from, from]
  for (let at = from + 1; at < to; at++) {
    const y = points[at]?.[1] ?? 0
    if (y < (points[high]?.[1] ?? 0)) high = at
    if (y > (points[low]?.[1] ?? 0)) low = at
  }
  return new Set([from, Math.min(high, low), Math.max(high, low), to - 1])
}
