import { setImmediate as nextTurn } from 'node:timers/promises'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx } from '../../kernel/records.ts'
import {
  dimensionsText,
  fiveMinutes,
  hour,
  type MetricMinute,
  merge,
  mergeAlike,
  minute,
  second,
  unitsOf,
} from '../../telemetry/metric-state.ts'

export interface MetricName {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
}

export interface Span {
  /** Periods begin here and every `periodMs` after. */
  readonly fromMs: number
  readonly toMs: number
  readonly periodMs: number
  readonly unit?: string | undefined
}

/** Entries read for one answer: half a year of one metric by the minute. */
const mostEntries = 262_800

/** Of them, those that are read between two chances for other requests. */
const entriesAtOnce = 2_000

const mostTimes = 100_800

/**
 * The sums of each period that has samples, by the time it begins; units apart, unless one is asked for. What is read
 * is taken from a `budget`; once that is used up, the rest is left out.
 */
export async function readPeriods(
  tx: ReadTx,
  { namespace, name, dimensions }: MetricName,
  { fromMs, toMs, periodMs, unit }: Span,
  budget: { left: number } = { left: Number.POSITIVE_INFINITY },
): Promise<Map<number, MetricMinute>> {
  const periods = new Map<number, MetricMinute>()
  const text = dimensionsText(dimensions)
  let looked = 0
  for (const record of recordsFor(periodMs)) {
    const range = record.between([namespace, name, text], { from: [fromMs], to: [toMs] })
    for await (const { key, value } of tx.range(range, { limit: mostEntries })) {
      if (--budget.left < 0) return periods
      if (++looked % entriesAtOnce === 0) await nextTurn()
      const wanted = unit === undefined ? value : unitsOf(value).find((one) => one.unit === unit)
      if (!wanted) continue
      const startMs = fromMs + Math.floor((key[3] - fromMs) / periodMs) * periodMs
      const before = periods.get(startMs)
      periods.set(startMs, before ? merge(before, wanted) : wanted)
    }
  }
  return periods
}

/** What is rolled up can't be told in finer periods: then there is no data, as in the real service. */
function recordsFor(periodMs: number) {
  if (periodMs < 60_000) return [second]
  if (periodMs % 300_000 !== 0) return [minute]
  return periodMs % 3_600_000 === 0 ? [hour, fiveMinutes, minute] : [fiveMinutes, minute]
}

/** How the periods of a query lie in the time asked for. */
export type Place = (periodMs: number) => { readonly fromMs: number; readonly toMs: number }

/** The beginnings of periods, as many as one answer may have. */
export function timesOf({ fromMs, toMs }: ReturnType<Place>, periodMs: number): number[] {
  const times: number[] = []
  for (let atMs = fromMs; atMs < toMs && times.length < mostTimes; atMs += periodMs) times.push(atMs)
  return times
}

/** All units taken together. */
export function together(stats: MetricMinute): MetricMinute {
  return unitsOf(stats).reduce(mergeAlike)
}

/** 1, 5, 10, 20, 30 or a multiple of 60 seconds. Throws InvalidParameterValue. */
export function checkPeriod(sec: number): void {
  if ([1, 5, 10, 20, 30].includes(sec) || (sec >= 60 && sec % 60 === 0)) return
  throw awsError('InvalidParameterValue', 'The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.')
}

export function wrongQuery(problem: string): Error {
  return awsError('ValidationError', problem)
}
