import type { BandComparison, Comparison, MetricCondition, StateValue } from './alarm-state.ts'

export interface Datapoint {
  readonly atMs: number
  readonly value: number
  readonly sampleCount?: number | undefined
  /** What it is compared with, where that is a band. */
  readonly band?: { readonly low: number; readonly high: number } | undefined
}

export interface Verdict {
  readonly value: StateValue
  readonly reason: string
  readonly evaluated: readonly (Datapoint | undefined)[]
}

/** Periods looked at besides those that count, for datapoints that make up for missing ones. */
export const extraPeriods = 2

const compare: Readonly<Record<Exclude<Comparison, BandComparison>, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
}

const compareWithBand: Readonly<Record<BandComparison, (value: number, low: number, high: number) => boolean>> = {
  LessThanLowerOrGreaterThanUpperThreshold: (value, low, high) => value < low || value > high,
  LessThanLowerThreshold: (value, low) => value < low,
  GreaterThanUpperThreshold: (value, _low, high) => value > high,
}

function breaches({ comparison, threshold = 0 }: MetricCondition, { value, band }: Datapoint): boolean {
  if (isOfBand(comparison)) return band !== undefined && compareWithBand[comparison](value, band.low, band.high)
  return breachesThreshold({ comparison, threshold }, value)
}

/** Whether a value is on the wrong side of a threshold; of comparisons with a band none is. */
export function breachesThreshold(
  { comparison, threshold }: { readonly comparison: Comparison; readonly threshold: number },
  value: number,
): boolean {
  return !isOfBand(comparison) && compare[comparison](value, threshold)
}

function isOfBand(comparison: Comparison): comparison is BandComparison {
  return Object.hasOwn(compareWithBand, comparison)
}

/** How reasons say a comparison. */
export const words: Readonly<Record<Comparison, string>> = {
  LessThanLowerOrGreaterThanUpperThreshold: 'less than the lower thresholds or greater than the upper thresholds',
  LessThanLowerThreshold: 'less than the lower thresholds',
  GreaterThanUpperThreshold: 'greater than the upper thresholds',
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
}

/**
 * What an alarm's state is by its datapoints, oldest first, undefined where there is none: those of its evaluation
 * periods, after `extraPeriods` more. Undefined when the state stays what it is.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function judge(
  condition: MetricCondition,
  datapoints: readonly (Datapoint | undefined)[],
  current: StateValue,
): Verdict | undefined {
  const { evaluationPeriods: periods, treatMissing: treat = 'missing' } = condition
  const needed = condition.datapointsToAlarm ?? periods
  const real = datapoints.filter((point) => point !== undefined)
  const recent = datapoints.slice(-periods)
  const used = recent.every((point) => point !== undefined)
    ? recent
    : real.length >= periods
      ? real.slice(-periods)
      : real
  const known = used.filter((point) => point !== undefined)
  const missing = Math.max(0, periods - known.length)
  const breaching = known.filter((point) => breaches(condition, point)).length
  const verdict = (value: StateValue, count: number): Verdict => ({
    value,
    reason: reasonFor(value, condition, known, missing, count, current),
    evaluated: used,
  })
  if (known.length === 0) {
    if (treat === 'missing') return verdict('INSUFFICIENT_DATA', 0)
    if (treat === 'ignore') return undefined
    return treat === 'breaching' ? verdict('ALARM', missing) : verdict('OK', missing)
  }
  if (breaching >= needed) return verdict('ALARM', breaching)
  if (treat === 'breaching' && breaching + missing >= needed) return verdict('ALARM', breaching + missing)
  // Some are missing and none of those there is good: as bad as can be seen, or what was before.
  if (missing > 0 && breaching === known.length) {
    if (treat === 'missing') return verdict('ALARM', breaching)
    if (treat === 'ignore') return undefined
  }
  return verdict('OK', known.length - breaching)
}

function reasonFor(
  value: StateValue,
  condition: MetricCondition,
  known: readonly Datapoint[],
  missing: number,
  count: number,
  current: StateValue,
): string {
  const { evaluationPeriods: periods, comparison, threshold = 0, treatMissing } = condition
  if (value === 'INSUFFICIENT_DATA')
    return `Insufficient Data: ${periods} ${periods === 1 ? 'datapoint was' : 'datapoints were'} unknown.`
  const not = value === 'ALARM' ? '' : 'not '
  if (known.length === 0)
    return `Threshold Crossed: no datapoints were received for ${periods} ${periods === 1 ? 'period' : 'periods'} and ${missing} missing ${missing === 1 ? 'datapoint was' : 'datapoints were'} treated as [${treatMissing === 'breaching' ? 'Breaching' : 'NonBreaching'}].`
  const shown = known
    .toReversed()
    .slice(0, 10)
    .map((point) => `${decimal(point.value)} (${stamp(point.atMs)})`)
    .join(', ')
  const needed =
    value === 'ALARM'
      ? (condition.datapointsToAlarm ?? periods)
      : periods - (condition.datapointsToAlarm ?? periods) + 1
  const were = count === 1 ? 'was' : 'were'
  const crossed = isOfBand(comparison)
    ? `${words[comparison]} [${known.toReversed().slice(0, 10).map(edges).join(', ')}]`
    : `${words[comparison]} the threshold (${decimal(threshold)})`
  return `${isOfBand(comparison) ? 'Thresholds' : 'Threshold'} Crossed: ${count} out of the last ${periods} datapoints [${shown}] ${were} ${not}${crossed} (minimum ${needed} ${needed === 1 ? 'datapoint' : 'datapoints'} for ${current} -> ${value} transition).`
}

function edges({ band }: Datapoint): string {
  return band ? `${decimal(band.low)} to ${decimal(band.high)}` : ''
}

/** `6.0`, as reasons have it. */
export function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value)
}

/** `22/11/26 05:54:00`, as reasons have it. */
export function stamp(atMs: number): string {
  const [date = '', time = ''] = new Date(atMs).toISOString().split('T')
  const [year = '', month, day] = date.split('-')
  return `${day}/${month}/${year.slice(2)} ${time.slice(0, 8)}`
}
