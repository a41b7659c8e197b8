import { wallTimeOf } from '../../kernel/time-zone.ts'
import type { AnomalyDetector } from './anomaly-detector-state.ts'

/** The function of metric math that makes a band. */
export const bandFunction = 'ANOMALY_DETECTION_BAND'

const hourMs = 3_600_000
const trainingMs = 14 * 24 * hourMs
/** Fewer values say nothing. */
export const fewestPoints = 30
/** An hour of the day with fewer values is taken for like the others. */
const fewestOfHour = 3
/** Makes of the median deviation what the standard deviation is where values are spread normally. */
const normal = 1.4826
/** What never changed may still change by a hundredth of itself. */
const leastShare = 0.01

/** What is usual at a time: the middle, and how far values are from it. */
export interface Usual {
  readonly middle: number
  readonly deviation: number
}

export interface AnomalyModel {
  at(atMs: number): Usual
}

/** Of what time values are looked at for a band up to `toMs`: two weeks up to the beginning of that hour. */
export function trainingSpan(toMs: number, periodMs: number): { fromMs: number; toMs: number } {
  const endMs = Math.floor(toMs / hourMs) * hourMs
  return { fromMs: Math.floor((endMs - trainingMs) / periodMs) * periodMs, toMs: endMs }
}

/**
 * Landfall's own model, not the real service's, which is not published: for each hour of the day the median of what was
 * there in two weeks, and the median distance from it. Neither is moved by a few odd values, and the same data always
 * makes the same band. Undefined where there are fewer than `fewestPoints` values.
 */
export function trainModel(
  points: ReadonlyMap<number, number>,
  { excluded = [], timeZone = 'UTC' }: Partial<Pick<AnomalyDetector, 'excluded' | 'timeZone'>> = {},
): AnomalyModel | undefined {
  const all: number[] = []
  const byHour = new Map<number, number[]>()
  const hourOf = hoursIn(timeZone)
  for (const [atMs, value] of points) {
    if (excluded.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)) continue
    all.push(value)
    const hour = hourOf(atMs)
    const known = byHour.get(hour)
    if (known) known.push(value)
    else byHour.set(hour, [value])
  }
  if (all.length < fewestPoints) return undefined
  const overall = usualOf(all)
  const hours = new Map<number, Usual>()
  for (const [hour, values] of byHour) if (values.length >= fewestOfHour) hours.set(hour, usualOf(values))
  // Models are kept: not with what was found out of two weeks of quarters.
  const hourAt = hoursIn(timeZone)
  return { at: (atMs) => hours.get(hourAt(atMs)) ?? overall }
}

/** The hour of the day, known for a quarter of an hour at a time: no time zone changes within one. */
function hoursIn(timeZone: string): (atMs: number) => number {
  const known = new Map<number, number>()
  return (atMs) => {
    const quarter = Math.floor(atMs / (hourMs / 4))
    const hour = known.get(quarter) ?? new Date(wallTimeOf(timeZone, quarter * (hourMs / 4))).getUTCHours()
    known.set(quarter, hour)
    return hour
  }
}

function usualOf(values: readonly number[]): Usual {
  const middle = median(values)
  const spread = normal * median(values.map((value) => Math.abs(value - middle)))
  // More than half are the same: the others count, too.
  const deviation =
    spread > 0 ? spread : Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / values.length)
  return { middle, deviation: Math.max(deviation, leastShare * Math.abs(middle)) }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2
}
