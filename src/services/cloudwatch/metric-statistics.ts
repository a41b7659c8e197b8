import type { StandardUnit } from '@aws-sdk/client-cloudwatch'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import {
  bucketValue,
  dimensionsText,
  type MetricMinute,
  merge,
  minute,
  minuteMs,
} from '../../telemetry/metric-state.ts'
import type { Api } from './api.ts'
import { readDimensions } from './metric-input.ts'

const mostDatapoints = 1_440
/** Minutes read for one answer: half a year of one metric. */
const mostMinutes = 262_800

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html */
export const statistics = operations<Api>()({
  GetMetricStatistics: {
    authorize: () => [{ action: 'cloudwatch:GetMetricStatistics', resource: '*' }],
    async read(tx, input) {
      const { Namespace, MetricName, Period, Statistics = [], ExtendedStatistics = [], Unit } = input
      const startMs = Math.floor(input.StartTime.getTime() / minuteMs) * minuteMs
      const endMs = input.EndTime.getTime()
      if (Period < 60 || Period % 60 !== 0) {
        throw awsError(
          'InvalidParameterValue',
          'The parameter Period must be a multiple of 60: metrics are kept by the minute.',
        )
      }
      if (endMs <= startMs)
        throw awsError(
          'InvalidParameterCombination',
          'The parameter StartTime must be less than the parameter EndTime.',
        )
      if (Statistics.length === 0 && ExtendedStatistics.length === 0)
        throw awsError('MissingParameter', 'Either Statistics or ExtendedStatistics must be given.')
      if ((endMs - startMs) / (Period * 1000) > mostDatapoints) {
        throw awsError(
          'InvalidParameterCombination',
          `You have requested more than ${mostDatapoints} datapoints. Use a longer Period or a shorter time.`,
        )
      }
      const percentiles = ExtendedStatistics.map(percentile)
      const periods = new Map<number, MetricMinute>()
      const key = dimensionsText(readDimensions(input.Dimensions))
      const range = minute.between([Namespace, MetricName, key], { from: [startMs], to: [endMs] })
      for await (const {
        key: [, , , atMs],
        value,
      } of tx.range(range, { limit: mostMinutes })) {
        if (Unit !== undefined && value.unit !== Unit) continue
        const periodMs = startMs + Math.floor((atMs - startMs) / (Period * 1000)) * Period * 1000
        const before = periods.get(periodMs)
        periods.set(periodMs, before ? merge(before, value) : value)
      }
      const wants = new Set<string>(Statistics)
      return {
        Label: MetricName,
        Datapoints: [...periods].map(([atMs, stats]) => ({
          Timestamp: new Date(atMs),
          ...(wants.has('SampleCount') && { SampleCount: stats.count }),
          ...(wants.has('Average') && { Average: stats.sum / stats.count }),
          ...(wants.has('Sum') && { Sum: stats.sum }),
          ...(wants.has('Minimum') && { Minimum: stats.min }),
          ...(wants.has('Maximum') && { Maximum: stats.max }),
          ...(percentiles.length > 0 && {
            ExtendedStatistics: Object.fromEntries(percentiles.map(({ name, share }) => [name, at(stats, share)])),
          }),
          Unit: stats.unit as StandardUnit,
        })),
      }
    },
  },
})

function percentile(name: string): { name: string; share: number } {
  const match = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name)
  if (!match)
    throw awsError(
      'InvalidParameterValue',
      `The value ${name} for ExtendedStatistics is not supported: use percentiles from p0 to p100.`,
    )
  return { name, share: Number(match[1]) / 100 }
}

/** The value below which `share` of the samples lie, to within a percent. */
function at(stats: MetricMinute, share: number): number {
  const sorted = Object.entries(stats.buckets)
    .map(([bucket, count]) => [bucketValue(bucket), count] as const)
    .sort((a, b) => a[0] - b[0])
  let left = share * stats.count
  for (const [value, count] of sorted) {
    left -= count
    if (left <= 0) return Math.min(stats.max, Math.max(stats.min, value))
  }
  return stats.max
}
