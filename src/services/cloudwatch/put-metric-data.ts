import type { MetricDatum } from '@aws-sdk/client-cloudwatch'
import { awsError } from '../../kernel/errors.ts'
import { type Input, operations } from '../../kernel/operation.ts'
import { addToMinute, addToSecond } from '../../telemetry/metric-sink.ts'
import { bucketOf, type MetricMinute, minuteMs } from '../../telemetry/metric-state.ts'
import type { Api } from './api.ts'
import { checkAscii, checkDimensions, readDimensions } from './metric-input.ts'

const dayMs = 86_400_000
/** Values are between this and its negative. */
const mostValue = 2 ** 360

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
      checkAscii(Namespace, 'Namespace')
      for (const [index, datum] of MetricData.entries()) {
        const path = `MetricData.member.${index + 1}`
        const atMs = datum.Timestamp?.getTime() ?? ctx.nowMs
        if (atMs < ctx.nowMs - 14 * dayMs || atMs > ctx.nowMs + 7_200_000) {
          throw awsError(
            'InvalidParameterValue',
            `The timestamp of ${datum.MetricName} must be at most two weeks in the past and two hours in the future.`,
          )
        }
        checkAscii(datum.MetricName, `${path}.MetricName`)
        checkDimensions(datum.Dimensions, path)
        const metric = { namespace: Namespace, name: datum.MetricName, dimensions: readDimensions(datum.Dimensions) }
        const stats = statistics(datum, path)
        if (datum.StorageResolution !== undefined && datum.StorageResolution !== 1 && datum.StorageResolution !== 60)
          throw awsError('InvalidParameterValue', 'The parameter StorageResolution must be 1 or 60.')
        if (datum.StorageResolution === 1) await addToSecond(tx, metric, Math.floor(atMs / 1_000) * 1_000, stats)
        await addToMinute(tx, metric, Math.floor(atMs / minuteMs) * minuteMs, stats, ctx.host.deliveries)
      }
      return {}
    },
  },
})

function statistics(datum: Input<MetricDatum>, path: string): MetricMinute {
  const unit = datum.Unit ?? 'None'
  const { Value, Values, Counts, StatisticValues } = datum
  for (const [name, other] of Object.entries({ Values, StatisticValues }))
    if (Value !== undefined && other) throw exclusive(`${path}.Value`, `${path}.${name}`)
  if (Values && StatisticValues) throw exclusive(`${path}.Values`, `${path}.StatisticValues`)
  if (StatisticValues) {
    const { Sum, Minimum, Maximum, SampleCount } = StatisticValues
    for (const [name, value] of Object.entries(StatisticValues)) checkValue(value, `${path}.StatisticValues.${name}`)
    if (SampleCount < 0) throw wrongValue(SampleCount, `${path}.StatisticValues.SampleCount`)
    if (Maximum < Minimum)
      throw awsError(
        'InvalidParameterValue',
        `The parameter ${path}.StatisticValues.Maximum must be greater than ${path}.StatisticValues.Minimum.`,
      )
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
  const values = Values ?? (Value === undefined ? [] : [Value])
  const counts = Counts ?? values.map(() => 1)
  if (values.length === 0)
    throw awsError('MissingParameter', `The metric ${datum.MetricName} needs Value, Values or StatisticValues.`)
  if (values.length > 150)
    throw awsError('InvalidParameterValue', 'The collection Values must not have a size greater than 150.')
  if (counts.length !== values.length)
    throw awsError(
      'InvalidParameterValue',
      `The parameters ${path}.Values and ${path}.Counts must be of the same size.`,
    )
  const total = { sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, count: 0 }
  const buckets: Record<string, number> = {}
  for (const [index, value] of values.entries()) {
    checkValue(value, Values ? `${path}.Values` : `${path}.Value`)
    const count = counts[index] ?? 1
    checkValue(count, `${path}.Counts`)
    if (count < 0) throw wrongValue(count, `${path}.Counts`)
    total.sum += value * count
    total.count += count
    total.min = Math.min(total.min, value)
    total.max = Math.max(total.max, value)
    buckets[bucketOf(value)] = (buckets[bucketOf(value)] ?? 0) + count
  }
  return { ...total, unit, buckets }
}

function checkValue(value: number, path: string): void {
  if (!(Math.abs(value) <= mostValue)) throw wrongValue(value, path)
}

function wrongValue(value: number, path: string): Error {
  return awsError('InvalidParameterValue', `The value ${value} for parameter ${path} is invalid.`)
}

function exclusive(one: string, other: string): Error {
  return awsError(
    'InvalidParameterCombination',
    `The parameters ${one} and ${other} are mutually exclusive and you have specified both.`,
  )
}
