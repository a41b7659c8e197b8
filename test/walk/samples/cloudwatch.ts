import { att, roleOf, type Samples, tags, to } from '../sample.ts'

const action = ['arn:aws:sns:us-east-1:000000000000:walked']
const common = {
  AlarmName: to('walked-alarm'),
  AlarmDescription: to('too many errors'),
  ActionsEnabled: to(false),
  OKActions: to(action),
  AlarmActions: to(action),
  InsufficientDataActions: to(action),
  Tags: to(tags),
}
const metric = (Stat: string) => [
  {
    Id: 'm1',
    ReturnData: true,
    MetricStat: { Metric: { Namespace: 'Walk', MetricName: 'Errors' }, Period: 60, Stat },
  },
]
const percentile = { Statistic: undefined, ExtendedStatistic: 'p50' }
const evaluated = { EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' }
const firehose = (name: string) => `arn:aws:firehose:us-east-1:000000000000:deliverystream/${name}`
const ruleBody = (AggregateOn: string, Contribution: object) =>
  JSON.stringify({
    Schema: { Name: 'CloudWatchLogRule', Version: 1 },
    LogGroupNames: ['/walk/*'],
    LogFormat: 'JSON',
    ...{ Contribution, AggregateOn },
  })
const watched = { Namespace: 'Walk', MetricName: 'Errors' }

const logQuery = (role: string) => ({
  ...{ QueryString: 'fields @message', AggregationExpression: 'count(*)', LogGroupIdentifiers: ['/walked'] },
  ScheduledQueryRoleARN: att(role, 'Arn'),
  ScheduleConfiguration: { ScheduleExpression: 'rate(5 minutes)', StartTimeOffset: 300 },
})

export const cloudwatch: Samples = {
  'AWS::CloudWatch::Alarm': {
    base: { ...evaluated, MetricName: 'Errors', Namespace: 'Walk', Statistic: 'Sum', Period: 60 },
    changes: {
      ...common,
      MetricName: to('Faults'),
      Namespace: to('Elsewhere'),
      Statistic: to('Average'),
      Dimensions: to([{ Name: 'FunctionName', Value: 'f' }]),
      Period: to(120),
      Unit: to('Count'),
      EvaluationPeriods: to(3),
      DatapointsToAlarm: to(2, { EvaluationPeriods: 3 }),
      Threshold: to(5),
      ComparisonOperator: to('LessThanThreshold'),
      TreatMissingData: to('breaching'),
      ExtendedStatistic: to('p90', percentile),
      EvaluateLowSampleCountPercentile: to('ignore', percentile),
      Metrics: to(metric('Average'), {
        MetricName: undefined,
        Namespace: undefined,
        Statistic: undefined,
        Period: undefined,
        Metrics: metric('Sum'),
      }),
    },
  },
  'AWS::CloudWatch::CompositeAlarm': {
    base: { AlarmRule: 'TRUE' },
    changes: { ...common, AlarmName: to('walked-composite'), AlarmRule: to('FALSE') },
  },
  'AWS::CloudWatch::LogAlarm': {
    beside: {
      Role: roleOf('logs.amazonaws.com'),
      Other: roleOf('logs.amazonaws.com'),
      Lines: roleOf('cloudwatch.amazonaws.com'),
    },
    base: {
      ...{ QueryResultsToEvaluate: 2, QueryResultsToAlarm: 1, Threshold: 1 },
      ...{ ComparisonOperator: 'GreaterThanThreshold', ScheduledQueryConfiguration: logQuery('Role') },
    },
    changes: {
      ...common,
      AlarmName: to('walked-log-alarm'),
      ActionLogLineCount: to(3, { ActionLogLineRoleArn: att('Lines', 'Arn') }),
      ActionLogLineRoleArn: to(att('Lines', 'Arn')),
      ComparisonOperator: to('LessThanThreshold'),
      QueryResultsToEvaluate: to(3),
      QueryResultsToAlarm: to(2),
      ScheduledQueryConfiguration: to({
        ...logQuery('Other'),
        AggregationExpression: 'max(ms) by host | sort desc',
        QueryString: 'fields ms',
        LogGroupIdentifiers: ['/walked/other'],
        ScheduleConfiguration: { ScheduleExpression: 'rate(1 hour)', StartTimeOffset: 3_600, EndTimeOffset: 60 },
        Tags: tags,
      }),
      Threshold: to(5),
      TreatMissingData: to('breaching'),
      WarmUpConfiguration: to({ WarmUpPeriodDurationInMinutes: 5, OnlyStartEvaluatingAfterWarmUpPeriodEnds: true }),
    },
  },
  'AWS::CloudWatch::Dashboard': {
    base: { DashboardBody: '{"widgets":[]}' },
    changes: {
      DashboardName: to('walked-dashboard'),
      DashboardBody: to('{"widgets":[],"start":"-PT6H"}'),
      Tags: to(tags),
    },
  },
  'AWS::CloudWatch::MetricStream': {
    beside: {
      Role: roleOf('streams.metrics.cloudwatch.amazonaws.com'),
      Other: roleOf('streams.metrics.cloudwatch.amazonaws.com'),
    },
    base: { FirehoseArn: firehose('a'), RoleArn: att('Role', 'Arn'), OutputFormat: 'json' },
    changes: {
      Name: to('walked-metric-stream'),
      FirehoseArn: to(firehose('b')),
      RoleArn: to(att('Other', 'Arn')),
      IncludeFilters: to([{ Namespace: 'Walk', MetricNames: ['Errors'] }]),
      ExcludeFilters: to([{ Namespace: 'Walk' }]),
      StatisticsConfigurations: to([
        { IncludeMetrics: [{ Namespace: 'Walk', MetricName: 'Errors' }], AdditionalStatistics: ['p90'] },
      ]),
      Tags: to(tags),
    },
    still: {
      OutputFormat: 'JSON is the only one.',
      IncludeLinkedAccountsMetrics: 'There are no linked accounts.',
    },
  },
  // There is one detector of a metric and a statistic: each change is of a metric of its own.
  'AWS::CloudWatch::AnomalyDetector': {
    base: { ...watched, Stat: 'Average' },
    changes: {
      Namespace: to('Elsewhere', { MetricName: 'A' }),
      MetricName: to('Faults', { MetricName: 'B' }),
      Dimensions: to([{ Name: 'FunctionName', Value: 'f' }], { MetricName: 'C' }),
      Stat: to('Sum', { MetricName: 'D' }),
      SingleMetricAnomalyDetector: to(
        { ...watched, Stat: 'Maximum' },
        {
          ...{ Namespace: undefined, MetricName: undefined, Stat: undefined },
          SingleMetricAnomalyDetector: { ...watched, Stat: 'Minimum' },
        },
      ),
      Configuration: to(
        {
          MetricTimeZone: 'Europe/Vienna',
          ExcludedTimeRanges: [{ StartTime: '2026-01-01T00:00:00.000Z', EndTime: '2026-01-02T00:00:00.000Z' }],
        },
        { MetricName: 'E' },
      ),
      MetricCharacteristics: to({ PeriodicSpikes: true }, { MetricName: 'F' }),
    },
  },
  'AWS::CloudWatch::AlarmMuteRule': {
    base: { Rule: { Schedule: { Expression: 'cron(0 2 * * *)', Duration: 'PT1H' } } },
    changes: {
      Name: to('walked-mute-rule'),
      Description: to('nights'),
      Rule: to({ Schedule: { Expression: 'cron(0 3 * * SUN)', Duration: 'PT2H', Timezone: 'Europe/Vienna' } }),
      MuteTargets: to({ AlarmNames: ['walked'] }),
      StartDate: to('2030-01-01T00:00:00.000Z'),
      ExpireDate: to('2031-01-01T00:00:00.000Z'),
      Tags: to(tags),
    },
  },
  'AWS::CloudWatch::InsightRule': {
    base: { RuleName: 'walked', RuleState: 'ENABLED', RuleBody: ruleBody('Count', { Keys: ['$.ip'] }) },
    changes: {
      RuleName: to('walked-again', { RuleName: 'e' }),
      RuleState: to('DISABLED', { RuleName: 'a' }),
      RuleBody: to(ruleBody('Sum', { Keys: ['$.ip'], ValueOf: '$.bytes' }), { RuleName: 'b' }),
      ApplyOnTransformedLogs: to(true, { RuleName: 'c' }),
      Tags: to(tags, { RuleName: 'd' }),
    },
  },
}
