import type { StandardUnit } from '@aws-sdk/client-cloudwatch'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { minuteMs, unitsOf } from '../../telemetry/metric-state.ts'
import type { Api } from './api.ts'
import { readDimensions } from './metric-input.ts'
import { checkPeriod, readPeriods } from './series.ts'
import { statistic } from './statistic.ts'

const mostDatapoints = 1_440

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html */
export const statistics = operations<Api>()({
  GetMetricStatistics: {
    authorize: () => [{ action: 'cloudwatch:GetMetricStatistics', resource: '*' }],
    async read(tx, input) {
      const { Namespace, MetricName, Period, Statistics = [], ExtendedStatistics = [], Unit } = input
      checkPeriod(Period)
      const grainMs = Period < 60 ? 1_000 : minuteMs
      const startMs = Math.floor(input.StartTime.getTime() / grainMs) * grainMs
      const endMs = input.EndTime.getTime()
      if (endMs <= startMs)
        throw awsError(
          'InvalidParameterCombination',
          'The parameter StartTime must be less than the parameter EndTime.',
        )
      if (Statistics.length === 0 && ExtendedStatistics.length === 0)
        throw awsError('MissingParameter', 'Either Statistics or ExtendedStatistics must be given.')
      if (Statistics.length > 5 || ExtendedStatistics.length > 10)
        throw awsError('InvalidParameterValue', 'At most 5 Statistics and 10 ExtendedStatistics can be given.')
      if ((endMs - startMs) / (Period * 1000) > mostDatapoints) {
        throw awsError(
          'InvalidParameterCombination',
          `You have requested more than ${mostDatapoints} datapoints. Use a longer Period or a shorter time.`,
        )
      }
      const extended = ExtendedStatistics.map((name) => [name, statistic(name)] as const)
      const metric = { namespace: Namespace, name: MetricName, dimensions: readDimensions(input.Dimensions) }
      const span = { fromMs: startMs, toMs: endMs, periodMs: Period * 1000, unit: Unit }
      const periods = await readPeriods(tx, metric, span)
      return {
        Label: MetricName,
        // Samples of different units are different datapoints.
        Datapoints: [...periods].flatMap(([atMs, all]) =>
          unitsOf(all).map((stats) => ({
            Timestamp: new Date(atMs),
            ...Object.fromEntries(Statistics.map((name) => [name, statistic(name)(stats)])),
            ...(extended.length > 0 && {
              ExtendedStatistics: Object.fromEntries(
                extended.flatMap(([name, of]) => {
                  const value = of(stats)
                  return value === undefined ? [] : [[name, value]]
                }),
              ),
            }),
            Unit: stats.unit as StandardUnit,
          })),
        ),
      }
    },
  },
})
