import type { Datapoint } from './evaluate.ts'
import { iso } from './names.ts'

/** As much as an alarm's StateReasonData can have. */
const mostCharacters = 4_000
/** No datapoint is told in fewer characters. */
const fewestOfOne = 40

interface Compared {
  readonly threshold: number | undefined
  readonly statistic?: string | undefined
  readonly unit?: string | undefined
  readonly period?: number | undefined
}

/**
 * What a reason rests on, as JSON text: when it was looked at, what it was compared with, and the datapoints, oldest
 * first as they are given, of which the newest are told as far as there is room.
 */
export function reasonDataOf(nowMs: number, points: readonly Datapoint[], { threshold, ...about }: Compared): string {
  for (let count = Math.min(points.length, mostCharacters / fewestOfOne); ; count--) {
    const shown = points.slice(points.length - count)
    const text = JSON.stringify({
      version: '1.0',
      queryDate: iso(nowMs),
      ...(points[0] && { startDate: iso(points[0].atMs) }),
      ...about,
      recentDatapoints: shown.map(({ value }) => value),
      threshold,
      evaluatedDatapoints: shown
        .toReversed()
        .map(({ atMs, value, sampleCount }) => ({ timestamp: iso(atMs), sampleCount, value })),
    })
    if (text.length <= mostCharacters || count === 0) return text
  }
}
