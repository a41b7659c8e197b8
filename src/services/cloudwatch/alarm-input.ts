import { parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import type { InputFor } from '../../kernel/operation.ts'
import type { Alarm, Comparison, MetricCondition, StateValue } from './alarm-state.ts'
import { bandFunction } from './anomaly-model.ts'
import type { Api } from './api.ts'
import { readDimensions } from './metric-input.ts'
import { readQueries } from './queries.ts'
import { checkPeriod } from './series.ts'
import { statistic } from './statistic.ts'

type PutAlarm = InputFor<Api, 'PutMetricAlarm'>
/** With a threshold. */
export const comparisons: readonly string[] = [
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
]
const bandComparisons: readonly string[] = [
  'LessThanLowerOrGreaterThanUpperThreshold',
  'LessThanLowerThreshold',
  'GreaterThanUpperThreshold',
]
/** What TreatMissingData can be. */
export const missing: readonly string[] = ['breaching', 'notBreaching', 'ignore', 'missing']
const daySec = 86_400
/** Of the Metrics of an alarm, each. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html */
const mostOfMetrics = { MetricStat: 10, Expression: 10 } as const

/** Checks what a metric alarm is to look at. Throws ValidationError naming what is wrong or not supported. */
export function readCondition(input: PutAlarm): MetricCondition {
  refuseConfiguration(input)
  for (const name of ['EvaluationCriteria', 'EvaluationInterval', 'EvaluationWindow', 'WarmUpConfiguration'] as const) {
    if (name in input && input[name as keyof PutAlarm] !== undefined)
      throw invalid(`${name} is not supported by Landfall: alarms compare with a threshold, each minute.`)
  }
  const { Metrics, ComparisonOperator = '', EvaluationPeriods, Threshold, DatapointsToAlarm, TreatMissingData } = input
  const { ThresholdMetricId } = input
  const allowed = ThresholdMetricId === undefined ? comparisons : bandComparisons
  if (!allowed.includes(ComparisonOperator))
    throw invalid(
      `ComparisonOperator must be one of ${allowed.join(', ')} ${ThresholdMetricId === undefined ? 'without' : 'with'} a ThresholdMetricId.`,
    )
  if (EvaluationPeriods === undefined || EvaluationPeriods < 1) throw invalid('EvaluationPeriods must be 1 or more.')
  if (ThresholdMetricId !== undefined && Threshold !== undefined)
    throw invalid('Threshold and ThresholdMetricId cannot be given together.')
  if (ThresholdMetricId === undefined && !Number.isFinite(Threshold))
    throw invalid('Threshold must be given, as a number.')
  if (DatapointsToAlarm !== undefined && (DatapointsToAlarm < 1 || DatapointsToAlarm > EvaluationPeriods))
    throw invalid('DatapointsToAlarm must be between 1 and EvaluationPeriods.')
  if (TreatMissingData !== undefined && !missing.includes(TreatMissingData))
    throw invalid(`TreatMissingData must be one of ${missing.join(', ')}.`)
  const lowSample = input.EvaluateLowSampleCountPercentile
  if (lowSample !== undefined && lowSample !== 'evaluate' && lowSample !== 'ignore')
    throw invalid('EvaluateLowSampleCountPercentile must be evaluate or ignore.')
  if (ThresholdMetricId !== undefined && !Metrics) throw invalid('ThresholdMetricId needs Metrics.')
  const source = Metrics ? readMetrics(input) : readMetric(input)
  const periodSec = source.periodSec ?? 60
  if (periodSec * EvaluationPeriods > (periodSec >= 3_600 ? 7 : 1) * daySec)
    throw invalid('Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).')
  return {
    ...source,
    evaluationPeriods: EvaluationPeriods,
    datapointsToAlarm: DatapointsToAlarm,
    threshold: Threshold,
    bandId: ThresholdMetricId,
    comparison: ComparisonOperator as Comparison,
    treatMissing: TreatMissingData as MetricCondition['treatMissing'],
    lowSample,
  }
}

type Source = Pick<
  MetricCondition,
  'namespace' | 'metricName' | 'dimensions' | 'statistic' | 'extendedStatistic' | 'periodSec' | 'unit' | 'queries'
>

function readMetric({
  Namespace,
  MetricName,
  Dimensions,
  Statistic,
  ExtendedStatistic,
  Period,
  Unit,
}: PutAlarm): Source {
  if (MetricName === undefined || Namespace === undefined)
    throw invalid('MetricName and Namespace, or Metrics, must be given.')
  if ((Statistic === undefined) === (ExtendedStatistic === undefined))
    throw invalid('Exactly one of Statistic and ExtendedStatistic must be given.')
  if (Period === undefined) throw invalid('Period must be given.')
  checkPeriod(Period)
  statistic(Statistic ?? ExtendedStatistic ?? '', 'ExtendedStatistic')
  return {
    namespace: Namespace,
    metricName: MetricName,
    dimensions: readDimensions(Dimensions as Parameters<typeof readDimensions>[0]),
    statistic: Statistic,
    extendedStatistic: ExtendedStatistic,
    periodSec: Period,
    unit: Unit,
  }
}

function readMetrics(input: PutAlarm): Source {
  for (const name of [
    'Namespace',
    'MetricName',
    'Dimensions',
    'Period',
    'Unit',
    'Statistic',
    'ExtendedStatistic',
  ] as const) {
    if (input[name] !== undefined) throw invalid(`${name} cannot be given together with Metrics.`)
  }
  const given = input.Metrics ?? []
  for (const name of ['MetricStat', 'Expression'] as const)
    if (given.filter((one) => one[name] !== undefined).length > mostOfMetrics[name])
      throw invalid(`Metrics can have at most ${mostOfMetrics[name]} elements with ${name}.`)
  const queries = readQueries(given)
  const bandId = input.ThresholdMetricId
  const band = queries.find(({ id }) => id === bandId)
  const isBand =
    band && 'expression' in band && band.expression.kind === 'call' && band.expression.name === bandFunction
  if (bandId !== undefined && !isBand)
    throw invalid(`ThresholdMetricId must be the Id of one of Metrics whose Expression is ${bandFunction}(…).`)
  if (queries.filter(({ id, returned }) => returned && id !== bandId).length !== 1)
    throw invalid('Exactly one element of the metrics list should return data.')
  const periods = given.flatMap(({ MetricStat, Period }) => MetricStat?.Period ?? Period ?? [])
  return { dimensions: {}, queries: given, periodSec: periods.length > 0 ? Math.max(...periods) : 60 }
}

/** What an alarm tells whom. Throws for actions that do not exist here. */
export function readActions(
  input: Pick<PutAlarm, 'OKActions' | 'AlarmActions' | 'InsufficientDataActions' | 'ActionConfiguration'>,
): Alarm['actions'] {
  refuseConfiguration(input)
  const actions: Record<StateValue, readonly string[]> = {
    OK: input.OKActions ?? [],
    ALARM: input.AlarmActions ?? [],
    INSUFFICIENT_DATA: input.InsufficientDataActions ?? [],
  }
  for (const [state, arns] of Object.entries(actions)) {
    if (arns.length > 5) throw invalid(`At most 5 actions can be given for ${state}.`)
    for (const arn of arns) {
      const service = parseArn(arn)?.service
      if (service === undefined) throw invalid(`Invalid arn syntax: ${arn}`)
      if (service !== 'lambda' && service !== 'sns')
        throw invalid(`The action ${arn} is not supported by Landfall: functions and topics are.`)
    }
  }
  return actions
}

function refuseConfiguration({ ActionConfiguration }: Pick<PutAlarm, 'ActionConfiguration'>): void {
  if (ActionConfiguration !== undefined)
    throw invalid('ActionConfiguration is not supported by Landfall. Leave it out.')
}

export function invalid(problem: string): Error {
  return awsError('ValidationError', problem)
}
