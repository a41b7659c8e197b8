import type { MetricDatum } from '@aws-sdk/client-cloudwatch'
import { awsError } from '../../kernel/errors.ts'
import { type Input, operations } from '../../kernel/operation.ts'
import { addToMinute, addToSecond } from '../../telemetry/metric-sink.ts'
import { bucketOf, type MetricMinute, minuteMs } from '../../telemetry/metric-state.ts'
import type { Api } from './api.ts'
import { readDimensions } from './metric-input.ts'

const dayMs = 86_400_000

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
export const putting = operations<Api>()({
  PutMetricData: {
    authorize: ({ Namespace }) => [
      { action: 'cloudwatch:PutMetricData', resource: '*', context: { 'cloudwatch:namespace': Namespace } },
    ],
    async write(tx, { Namespace, MetricData = [], EntityMetricData, StrictEntityValidation }, ctx) {
      if (EntityMetricData?.length || StrictEntityValidation)
        throw awsError('InvalidParameterValue', 'EntityMetricData is not supported by Landfall. Use MetricData.')
      if (MetricData.length === 0) throw awsError('MissingParameter', 'The parameter MetricData is required.')
      if (MetricData.length > 1_000)
        throw awsError('InvalidParameterValue', 'The collection MetricData must not have a size greater than 1000.')
      for (const datum of MetricData) {
        const atMs = datum.Timestamp?.getTime() ?? ctx.nowMs
        if (atMs < ctx.nowMs - 14 * dayMs || atMs > ctx.nowMs + 7_200_000) {
          throw awsError(
            'InvalidParameterValue',
            `The timestamp of ${datum.MetricName} must be at most two weeks in the past and two hours in the future.`,
          )
        }
        const metric = { namespace: Namespace, name: datum.MetricName, dimensions: readDimensions(datum.Dimensions) }
        const stats = statistics(datum)
        if (datum.StorageResolution !== undefined && datum.StorageResolution !== 1 && datum.StorageResolution !== 60)
          throw awsError('InvalidParameterValue', 'The parameter StorageResolution must be 1 or 60.')
        if (datum.StorageResolution === 1) await addToSecond(tx, metric, Math.floor(atMs / 1_000) * 1_000, stats)
        await addToMinute(tx, metric, Math.floor(atMs / minuteMs) * minuteMs, stats, ctx.host.deliveries)
      }
      return {}
    },
  },
})

function statistics(datum: Input<MetricDatum>): MetricMinute {
  const unit = datum.Unit ?? 'None'
  if (datum.StatisticValues) {
    if (datum.Value !== undefined || datum.Values) throw several(datum.MetricName)
    const { Sum, Minimum, Maximum, SampleCount } = datum.StatisticValues
    // What lies between is not known: percentiles treat all samples as the average.
    return {
      sum: Sum,
      min: Minimum,
      max: Maximum,
      count: SampleCount,
      unit,
      buckets: { [bucketOf(SampleCount > 0 ? Sum / SampleCount : 0)]: SampleCount },
    }
  }
  if (datum.Value !== undefined && datum.Values) throw several(datum.MetricName)
  const values = datum.Values ?? (datum.Value === undefined ? [] : [datum.Value])
  const counts = datum.Counts ?? values.map(() => 1)
  if (values.length === 0)
    throw awsError('MissingParameter', `The metric ${datum.MetricName} needs Value, Values or StatisticValues.`)
  if (values.length > 150)
    throw awsError('InvalidParameterValue', 'The collection Values must not have a size greater than 150.')
  if (counts.length !== values.length)
    throw awsError('InvalidParameterValue', `Values and Counts of ${datum.MetricName} must be of the same length.`)
  const total = { sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, count: 0 }
  const buckets: Record<string, number> = {}
  for (const [index, value] of values.entries()) {
    if (!Number.isFinite(value))
      throw awsError('InvalidParameterValue', `The value ${value} of ${datum.MetricName} is not a number.`)
    const count = counts[index] ?? 1
    total.sum += value * count
    total.count += count
    total.min = Math.min(total.min, value)
    total.max = Math.max(total.max, value)
    buckets[bucketOf(value)] = (buckets[bucketOf(value)] ?? 0) + count
  }
  return { ...total, unit, buckets }
}

function several(name: string): Error {
  return awsError(
    'InvalidParameterCombination',
    `The metric ${name} may have only one of Value, Values and StatisticValues.`,
  )
}
