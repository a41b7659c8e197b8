import { countUpTo } from '../../kernel/count-up-to.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { isTimeZone } from '../../kernel/time-zone.ts'
import { dimensionsText, fiveMinutes, minute } from '../../telemetry/metric-state.ts'
import { type AnomalyDetector, anomalyDetector } from './anomaly-detector-state.ts'
import { fewestPoints, trainingSpan } from './anomaly-model.ts'
import type { Api } from './api.ts'
import { readDimensions, writeDimensions } from './metric-input.ts'
import { statistic } from './statistic.ts'

type Given = InputFor<Api, 'DeleteAnomalyDetector'>

const mostExcluded = 10
const mostOfPage = 100

/** Anomaly detectors: how the model of a metric is made. What it says is asked for with ANOMALY_DETECTION_BAND. */
export const anomalyDetectors = operations<Api>()({
  PutAnomalyDetector: {
    authorize: () => [{ action: 'cloudwatch:PutAnomalyDetector', resource: '*' }],
    async write(tx, input, { nowMs }) {
      const {
        ExcludedTimeRanges = [],
        MetricTimezone,
        AdaptationSpeed,
        OutlierFilteringStrength,
      } = input.Configuration ?? {}
      if (AdaptationSpeed !== undefined || OutlierFilteringStrength !== undefined)
        throw invalid(
          'AdaptationSpeed and OutlierFilteringStrength are not supported by Landfall: its model has neither.',
        )
      if (ExcludedTimeRanges.length > mostExcluded)
        throw invalid(`At most ${mostExcluded} ExcludedTimeRanges can be given.`)
      if (ExcludedTimeRanges.some(({ StartTime, EndTime }) => StartTime >= EndTime))
        throw invalid('The StartTime of each of ExcludedTimeRanges must be before its EndTime.')
      if (MetricTimezone !== undefined && !isTimeZone(MetricTimezone))
        throw invalid(`The MetricTimezone ${MetricTimezone} is not the name of a time zone.`)
      const about = readAbout(input)
      tx.set(keyOf(about), {
        ...about,
        excluded: ExcludedTimeRanges.map(({ StartTime, EndTime }) => ({
          fromMs: StartTime.getTime(),
          toMs: EndTime.getTime(),
        })),
        timeZone: MetricTimezone,
        periodicSpikes: input.MetricCharacteristics?.PeriodicSpikes,
        changedAtMs: nowMs,
      })
      return {}
    },
  },

  DeleteAnomalyDetector: {
    authorize: () => [{ action: 'cloudwatch:DeleteAnomalyDetector', resource: '*' }],
    async write(tx, input) {
      if (input.AnomalyDetectorId !== undefined) throw withoutIds('AnomalyDetectorId')
      const about = readAbout(input)
      if (!(await tx.get(keyOf(about))))
        throw awsError('ResourceNotFoundException', 'There is no anomaly detector for this metric and statistic.', {
          status: 404,
        })
      tx.delete(keyOf(about))
      return {}
    },
  },

  DescribeAnomalyDetectors: {
    authorize: () => [{ action: 'cloudwatch:DescribeAnomalyDetectors', resource: '*' }],
    async read(tx, input, { nowMs }) {
      if (input.AnomalyDetectorIds !== undefined) throw withoutIds('AnomalyDetectorIds')
      const { Namespace, MetricName, Dimensions, AnomalyDetectorTypes = [], NextToken, MaxResults = mostOfPage } = input
      if (MaxResults > mostOfPage) throw invalid(`MaxResults can be at most ${mostOfPage}.`)
      // Those of metric math can't be put here.
      if (AnomalyDetectorTypes.length > 0 && !AnomalyDetectorTypes.includes('SINGLE_METRIC')) {
        return { AnomalyDetectors: [] }
      }
      const bounds = boundsOfPage(NextToken, badToken, ['string', 'string', 'string', 'string'])
      const dimensions = Dimensions && dimensionsText(readDimensions(Dimensions))
      const wanted = (one: AnomalyDetector) =>
        (Namespace === undefined || one.namespace === Namespace) &&
        (MetricName === undefined || one.metricName === MetricName) &&
        (dimensions === undefined || dimensionsText(one.dimensions) === dimensions)
      async function* found() {
        for await (const { key, value } of tx.range(anomalyDetector.between([], bounds)))
          if (wanted(value)) yield { key, value }
      }
      const { items, next } = await pageOf(found(), MaxResults, ({ key }) => key)
      const AnomalyDetectors = []
      for (const { value } of items) AnomalyDetectors.push(describe(value, await isTrained(tx, value, nowMs)))
      return { AnomalyDetectors, NextToken: next }
    },
  },
})

type About = Pick<AnomalyDetector, 'namespace' | 'metricName' | 'dimensions' | 'stat'>

function readAbout(input: Given): About {
  if (input.MetricMathAnomalyDetector !== undefined)
    throw invalid(
      'MetricMathAnomalyDetector is not supported by Landfall: ANOMALY_DETECTION_BAND(e1) needs no detector.',
    )
  const single = input.SingleMetricAnomalyDetector
  if (single && [input.Namespace, input.MetricName, input.Dimensions, input.Stat].some((one) => one !== undefined)) {
    const problem =
      'SingleMetricAnomalyDetector cannot be given together with Namespace, MetricName, Dimensions or Stat.'
    throw awsError('InvalidParameterCombination', problem)
  }
  if (single?.AccountId !== undefined)
    throw invalid('AccountId needs cross-account observability, which Landfall does not have.')
  const { Namespace, MetricName, Dimensions, Stat } = single ?? input
  if (Namespace === undefined || MetricName === undefined || Stat === undefined)
    throw awsError('MissingParameter', 'Namespace, MetricName and Stat must be given.')
  statistic(Stat, 'Stat')
  return { namespace: Namespace, metricName: MetricName, dimensions: readDimensions(Dimensions), stat: Stat }
}

function keyOf({ namespace, metricName, dimensions, stat }: About) {
  return anomalyDetector(namespace, metricName, dimensionsText(dimensions), stat)
}

/** A model is made when it is asked for, so that none is ever pending; there may be too little to make it of. */
async function isTrained(tx: ReadTx, { namespace, metricName, dimensions }: About, nowMs: number): Promise<boolean> {
  const { fromMs, toMs } = trainingSpan(nowMs, 60_000)
  let count = 0
  for (const record of [minute, fiveMinutes]) {
    const range = record.between([namespace, metricName, dimensionsText(dimensions)], { from: [fromMs], to: [toMs] })
    count += await countUpTo(tx, range, fewestPoints - count)
    if (count >= fewestPoints) return true
  }
  return false
}

function describe(one: AnomalyDetector, trained: boolean) {
  const about = {
    Namespace: one.namespace,
    MetricName: one.metricName,
    Dimensions: writeDimensions(one.dimensions),
    Stat: one.stat,
  }
  return {
    ...about,
    SingleMetricAnomalyDetector: about,
    Configuration: {
      ExcludedTimeRanges: one.excluded.map(({ fromMs, toMs }) => ({
        StartTime: new Date(fromMs),
        EndTime: new Date(toMs),
      })),
      MetricTimezone: one.timeZone,
    },
    MetricCharacteristics: one.periodicSpikes === undefined ? undefined : { PeriodicSpikes: one.periodicSpikes },
    StateValue: trained ? ('TRAINED' as const) : ('TRAINED_INSUFFICIENT_DATA' as const),
  }
}

function withoutIds(parameter: string): Error {
  return invalid(`${parameter} is not supported by Landfall: name the metric and the statistic.`)
}

function badToken(): Error {
  return awsError('InvalidNextToken', 'The next token is invalid.')
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterValue', problem)
}
