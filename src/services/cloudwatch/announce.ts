import type { ServiceEvent } from '../../kernel/events.ts'
import type { Scope } from '../../kernel/records.ts'
import type { Alarm, AlarmState, Announcement } from './alarm-state.ts'
import type { LogCondition } from './log-alarm-state.ts'
import { alarmArn, iso } from './names.ts'

/** What an alarm's state change says to functions and rules. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html */
export function alarmData({ alarm, previous, logLines }: Announcement) {
  return {
    alarmName: alarm.name,
    state: stateData(alarm.state),
    previousState: stateData(previous),
    configuration: {
      ...(alarm.description !== undefined && { description: alarm.description }),
      ...configurationData(alarm),
    },
    ...(logLines && { logLines }),
  }
}

/** It as an event. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html */
export function alarmEvent(announcement: Announcement, scope: Scope): ServiceEvent {
  return {
    source: 'aws.cloudwatch',
    detailType: 'CloudWatch Alarm State Change',
    resources: [alarmArn(scope, announcement.alarm.name)],
    detail: alarmData(announcement),
  }
}

/** What heads it: at most the 100 characters of a subject. */
export function topicSubject({ alarm }: Announcement, { region }: Scope): string {
  return `${alarm.state.value}: "${alarm.name.replace(/\p{Cc}/gu, ' ')}" in ${region}`.slice(0, 100)
}

/** What a topic's subscribers get: JSON text. */
export function topicMessage({ alarm, previous, logLines }: Announcement, scope: Scope): string {
  const { condition, logs, state } = alarm
  return JSON.stringify({
    AlarmName: alarm.name,
    AlarmDescription: alarm.description ?? null,
    AWSAccountId: scope.account,
    AlarmConfigurationUpdatedTimestamp: iso(alarm.configuredAtMs),
    NewStateValue: state.value,
    NewStateReason: state.reason,
    StateChangeTime: iso(state.changedAtMs),
    Region: scope.region,
    AlarmArn: alarmArn(scope, alarm.name),
    OldStateValue: previous.value,
    OKActions: alarm.actions.OK,
    AlarmActions: alarm.actions.ALARM,
    InsufficientDataActions: alarm.actions.INSUFFICIENT_DATA,
    ...(condition
      ? {
          Trigger: {
            ...(condition.queries
              ? { Metrics: condition.queries }
              : {
                  MetricName: condition.metricName,
                  Namespace: condition.namespace,
                  ...(condition.statistic === undefined
                    ? { StatisticType: 'ExtendedStatistic', ExtendedStatistic: condition.extendedStatistic }
                    : { StatisticType: 'Statistic', Statistic: condition.statistic.toUpperCase() }),
                  Unit: condition.unit ?? null,
                  Dimensions: Object.entries(condition.dimensions).map(([name, value]) => ({ value, name })),
                }),
            Period: condition.periodSec,
            EvaluationPeriods: condition.evaluationPeriods,
            DatapointsToAlarm: condition.datapointsToAlarm,
            ComparisonOperator: condition.comparison,
            ...(condition.bandId === undefined
              ? { Threshold: condition.threshold }
              : { ThresholdMetricId: condition.bandId }),
            TreatMissingData: condition.treatMissing ?? 'missing',
            EvaluateLowSampleCountPercentile: condition.lowSample ?? '',
          },
        }
      : logs
        ? { Trigger: logsTrigger(logs), ...(logLines && { LogLines: logLines }) }
        : { AlarmRule: alarm.rule }),
  })
}

function logsTrigger(logs: LogCondition) {
  return {
    ScheduledQueryConfiguration: {
      QueryString: logs.query,
      LogGroupIdentifiers: logs.groups,
      AggregationExpression: logs.aggregation,
      ScheduleConfiguration: {
        ScheduleExpression: logs.expression,
        StartTimeOffset: logs.startOffsetSec,
        EndTimeOffset: logs.endOffsetSec,
      },
    },
    QueryResultsToEvaluate: logs.results,
    QueryResultsToAlarm: logs.resultsToAlarm,
    ComparisonOperator: logs.comparison,
    Threshold: logs.threshold,
    TreatMissingData: logs.treatMissing ?? 'missing',
  }
}

function configurationData(alarm: Alarm) {
  if (alarm.logs) return { scheduledQueryConfiguration: queryData(alarm.logs) }
  return alarm.rule === undefined ? { metrics: metricsData(alarm) } : { alarmRule: alarm.rule }
}

/** AWS does not document how notifications tell of a query: it is told as the API has it. */
function queryData(logs: LogCondition) {
  return {
    queryString: logs.query,
    logGroupIdentifiers: logs.groups,
    aggregationExpression: logs.aggregation,
    scheduleConfiguration: {
      scheduleExpression: logs.expression,
      startTimeOffset: logs.startOffsetSec,
      endTimeOffset: logs.endOffsetSec,
    },
  }
}

function stateData({ value, reason, reasonData, updatedAtMs }: AlarmState) {
  return { value, reason, ...(reasonData !== undefined && { reasonData }), timestamp: iso(updatedAtMs) }
}

function metricsData({ name, condition }: Alarm) {
  if (!condition) return []
  if (condition.queries) {
    return condition.queries.map(({ Id, Expression, Label, MetricStat, ReturnData = true }) => ({
      id: Id,
      ...(Label !== undefined && { label: Label }),
      ...(Expression !== undefined && { expression: Expression }),
      ...(MetricStat && {
        metricStat: {
          metric: {
            namespace: MetricStat.Metric?.Namespace,
            name: MetricStat.Metric?.MetricName,
            dimensions: Object.fromEntries((MetricStat.Metric?.Dimensions ?? []).map((one) => [one.Name, one.Value])),
          },
          period: MetricStat.Period,
          stat: MetricStat.Stat,
        },
      }),
      returnData: ReturnData,
    }))
  }
  return [
    {
      // The real service makes an id up; ours is the same for the same alarm.
      id: `m_${Buffer.from(name).toString('hex').slice(0, 32)}`,
      metricStat: {
        metric: { namespace: condition.namespace, name: condition.metricName, dimensions: condition.dimensions },
        period: condition.periodSec,
        stat: condition.statistic ?? condition.extendedStatistic,
        ...(condition.unit !== undefined && { unit: condition.unit }),
      },
      returnData: true,
    },
  ]
}
