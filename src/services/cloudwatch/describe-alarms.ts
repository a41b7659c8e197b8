import type { ComparisonOperator, StandardUnit, Statistic } from '@aws-sdk/client-cloudwatch'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { fromPageToken, toPageToken } from '../../kernel/page-token.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { dimensionsText } from '../../telemetry/metric-state.ts'
import { invalid } from './alarm-input.ts'
import { childrenOf, parseRule } from './alarm-rule.ts'
import { type Alarm, type AlarmType, alarm, alarmOfMetric, parentOf, typeOf } from './alarm-state.ts'
import type { Api } from './api.ts'
import { readDimensions, writeDimensions } from './metric-input.ts'
import { alarmArn } from './names.ts'
import { writeTags } from './tags.ts'

/** Alarms, told. */
export const describing = operations<Api>()({
  DescribeAlarms: {
    authorize: (_, ctx) => [{ action: 'cloudwatch:DescribeAlarms', resource: alarmArn(ctx.scope, '*') }],
    async read(tx, input, ctx) {
      const { AlarmNames, AlarmNamePrefix, ChildrenOfAlarmName, ParentsOfAlarmName, MaxRecords = 50, NextToken } = input
      if (AlarmNames && AlarmNamePrefix !== undefined)
        throw invalid('AlarmNamePrefix and AlarmNames cannot be given together.')
      if (ChildrenOfAlarmName !== undefined && ParentsOfAlarmName !== undefined)
        throw invalid('ChildrenOfAlarmName and ParentsOfAlarmName cannot be given together.')
      const types = new Set<string>(input.AlarmTypes ?? ['MetricAlarm'])
      const related =
        ChildrenOfAlarmName !== undefined || ParentsOfAlarmName !== undefined
          ? await relatedTo(tx, ChildrenOfAlarmName, ParentsOfAlarmName)
          : undefined
      const names = related ?? AlarmNames?.toSorted()
      const after = NextToken === undefined ? undefined : fromToken(NextToken)
      const { StateValue, ActionPrefix } = input
      const wanted = (one: Alarm) =>
        (related !== undefined || types.has(typeOf(one))) &&
        (StateValue === undefined || one.state.value === StateValue) &&
        (ActionPrefix === undefined ||
          Object.values(one.actions).some((arns) => arns.some((arn) => arn.startsWith(ActionPrefix))))
      const page: Alarm[] = []
      let more = false
      for await (const one of names ? listed(tx, names, after) : ranged(tx, AlarmNamePrefix ?? '', after)) {
        if (!wanted(one)) continue
        if (page.length === MaxRecords) {
          more = true
          break
        }
        page.push(one)
      }
      const of = <T>(type: AlarmType, describe: (one: Alarm, scope: Scope) => T) =>
        page.filter((one) => typeOf(one) === type).map((one) => describe(one, ctx.scope))
      return {
        MetricAlarms: of('MetricAlarm', describeMetric),
        CompositeAlarms: of('CompositeAlarm', describeComposite),
        LogAlarms: of('LogAlarm', describeLogs),
        NextToken: more ? toPageToken(page.at(-1)?.name ?? '') : undefined,
      }
    },
  },

  DescribeAlarmsForMetric: {
    authorize: () => [{ action: 'cloudwatch:DescribeAlarmsForMetric', resource: '*' }],
    async read(tx, input, ctx) {
      const dimensions = dimensionsText(readDimensions(input.Dimensions))
      const { Statistic, ExtendedStatistic, Period, Unit } = input
      const found: Alarm[] = []
      for await (const [, , name] of tx.keys(alarmOfMetric.under(input.Namespace, input.MetricName))) {
        const one = await tx.get(alarm(name))
        const condition = one?.condition
        if (!one || !condition || dimensionsText(condition.dimensions) !== dimensions) continue
        if (Statistic !== undefined && condition.statistic !== Statistic) continue
        if (ExtendedStatistic !== undefined && condition.extendedStatistic !== ExtendedStatistic) continue
        if (Period !== undefined && condition.periodSec !== Period) continue
        if (Unit !== undefined && condition.unit !== Unit) continue
        found.push(one)
      }
      return { MetricAlarms: found.map((one) => describeMetric(one, ctx.scope)) }
    },
  },
})

async function relatedTo(tx: ReadTx, parent: string | undefined, child: string | undefined): Promise<string[]> {
  const found = await tx.get(alarm(parent ?? child ?? ''))
  if (!found) throw awsError('ResourceNotFound', `The alarm ${parent ?? child} does not exist.`, { status: 404 })
  if (parent !== undefined) return found.rule === undefined ? [] : childrenOf(parseRule(found.rule)).toSorted()
  const names: string[] = []
  for await (const [, name] of tx.keys(parentOf.under(found.name))) names.push(name)
  return names
}

async function* listed(tx: ReadTx, names: readonly string[], after: string | undefined): AsyncGenerator<Alarm> {
  const found = await tx.getMany(names.map((name) => alarm(name)))
  for (const one of found) if (one && (after === undefined || one.name > after)) yield one
}

async function* ranged(tx: ReadTx, prefix: string, after: string | undefined): AsyncGenerator<Alarm> {
  for await (const { value } of tx.range(
    alarm.between([], after === undefined ? { from: [prefix] } : { after: [after] }),
  )) {
    if (!value.name.startsWith(prefix)) return
    yield value
  }
}

function common(one: Alarm, scope: Scope) {
  return {
    AlarmName: one.name,
    AlarmArn: alarmArn(scope, one.name),
    AlarmDescription: one.description,
    AlarmConfigurationUpdatedTimestamp: new Date(one.configuredAtMs),
    ActionsEnabled: one.actionsEnabled,
    OKActions: [...one.actions.OK],
    AlarmActions: [...one.actions.ALARM],
    InsufficientDataActions: [...one.actions.INSUFFICIENT_DATA],
    StateValue: one.state.value,
    StateReason: one.state.reason,
    StateReasonData: one.state.reasonData,
    StateUpdatedTimestamp: new Date(one.state.updatedAtMs),
    StateTransitionedTimestamp: new Date(one.state.changedAtMs),
  }
}

function describeComposite(one: Alarm, scope: Scope) {
  return { ...common(one, scope), AlarmRule: one.rule }
}

function describeLogs(one: Alarm, scope: Scope) {
  const { logs, evaluation } = one
  if (!logs) return common(one, scope)
  const { warmUp } = logs
  return {
    ...common(one, scope),
    ScheduledQueryConfiguration: {
      QueryString: logs.query,
      LogGroupIdentifiers: [...logs.groups],
      ScheduledQueryRoleARN: logs.roleArn,
      ScheduleConfiguration: {
        ScheduleExpression: logs.expression,
        StartTimeOffset: logs.startOffsetSec,
        EndTimeOffset: logs.endOffsetSec,
      },
      AggregationExpression: logs.aggregation,
      Tags: logs.queryTags && writeTags(logs.queryTags),
    },
    QueryResultsToEvaluate: logs.results,
    QueryResultsToAlarm: logs.resultsToAlarm,
    Threshold: logs.threshold,
    ComparisonOperator: logs.comparison as ComparisonOperator,
    TreatMissingData: logs.treatMissing,
    EvaluationState: evaluation,
    ActionLogLineCount: logs.lines,
    ActionLogLineRoleArn: logs.linesRoleArn,
    WarmUpConfiguration: warmUp && {
      WarmUpPeriodDurationInMinutes: warmUp.minutes,
      OnlyStartEvaluatingAfterWarmUpPeriodEnds: warmUp.whole,
    },
  }
}

function describeMetric(one: Alarm, scope: Scope) {
  const { condition } = one
  return {
    ...common(one, scope),
    ...(condition && {
      MetricName: condition.metricName,
      Namespace: condition.namespace,
      Statistic: condition.statistic as Statistic | undefined,
      ExtendedStatistic: condition.extendedStatistic,
      Dimensions: writeDimensions(condition.dimensions),
      Period: condition.queries ? undefined : condition.periodSec,
      Unit: condition.unit as StandardUnit | undefined,
      EvaluationPeriods: condition.evaluationPeriods,
      DatapointsToAlarm: condition.datapointsToAlarm,
      Threshold: condition.threshold,
      ThresholdMetricId: condition.bandId,
      ComparisonOperator: condition.comparison as ComparisonOperator,
      TreatMissingData: condition.treatMissing,
      EvaluateLowSampleCountPercentile: condition.lowSample,
      Metrics: condition.queries && [...condition.queries],
    }),
  }
}

function fromToken(token: string): string {
  const parts = fromPageToken(token)
  if (!parts) throw awsError('InvalidNextToken', 'The next token is invalid.')
  return parts[0]
}
