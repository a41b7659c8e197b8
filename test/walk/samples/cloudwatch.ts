import { type Samples, tags, to } from '../sample.ts'

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
  'AWS::CloudWatch::Dashboard': {
    base: { DashboardBody: '{"widgets":[]}' },
    changes: {
      DashboardName: to('walked-dashboard'),
      DashboardBody: to('{"widgets":[],"start":"-PT6H"}'),
      Tags: to(tags),
    },
  },
}
