import { formatArn } from '../../kernel/arn.ts'
import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../kernel/resource.ts'
import { resourceTags } from '../../kernel/resource-tags.ts'
import { anomalyResources } from './resource-anomaly-detector.ts'
import { insightRuleResources } from './resource-insight-rule.ts'
import { streamResources } from './resource-metric-stream.ts'
import { muteResources } from './resource-mute-rule.ts'
import { readAlarm, readDashboard } from './resource-reads.ts'
import { ignoreMissing, type Tags, tagInput, updateTags } from './resource-tagging.ts'

interface Common {
  AlarmName?: string
  AlarmDescription?: string
  ActionsEnabled?: boolean
  OKActions?: string[]
  AlarmActions?: string[]
  InsufficientDataActions?: string[]
  Tags?: Tags
}

interface AlarmProperties extends Common {
  MetricName?: string
  Namespace?: string
  Statistic?: string
  ExtendedStatistic?: string
  Dimensions?: { Name: string; Value: string }[]
  Period?: number
  Unit?: string
  EvaluationPeriods?: number
  DatapointsToAlarm?: number
  Threshold?: number
  ComparisonOperator?: string
  TreatMissingData?: string
  EvaluateLowSampleCountPercentile?: string
  Metrics?: object[]
}

interface CompositeProperties extends Common {
  AlarmRule: string
}

interface LogProperties extends Common {
  ScheduledQueryConfiguration: object
  QueryResultsToEvaluate: number
  QueryResultsToAlarm: number
  Threshold: number
  ComparisonOperator: string
  TreatMissingData?: string
  ActionLogLineCount?: number
  ActionLogLineRoleArn?: string
  WarmUpConfiguration?: object
}

interface DashboardProperties {
  DashboardName?: string
  DashboardBody: string
  Tags?: Tags
}

const commonProperties = [
  'AlarmName',
  'AlarmDescription',
  'ActionsEnabled',
  'OKActions',
  'AlarmActions',
  'InsufficientDataActions',
  'Tags',
] as const

const metricProperties = [
  'MetricName',
  'Namespace',
  'Statistic',
  'ExtendedStatistic',
  'Dimensions',
  'Period',
  'Unit',
  'EvaluationPeriods',
  'DatapointsToAlarm',
  'Threshold',
  'ComparisonOperator',
  'TreatMissingData',
  'EvaluateLowSampleCountPercentile',
  'Metrics',
] as const

const logProperties = [
  'ScheduledQueryConfiguration',
  'QueryResultsToEvaluate',
  'QueryResultsToAlarm',
  'Threshold',
  'ComparisonOperator',
  'TreatMissingData',
  'ActionLogLineCount',
  'ActionLogLineRoleArn',
  'WarmUpConfiguration',
] as const

export const resources = {
  ...streamResources,
  ...anomalyResources,
  ...muteResources,
  ...insightRuleResources,

  'AWS::CloudWatch::Alarm': resource<AlarmProperties>({
    properties: [...commonProperties, ...metricProperties],
    create: (props, rx) => createAlarm('cloudwatch:PutMetricAlarm', props, rx),
    update: (id, props, previous, rx) => updateAlarm('cloudwatch:PutMetricAlarm', id, props, previous, rx),
    delete: deleteAlarm,
    read: (id, _props, rx) => readAlarm('MetricAlarm', id, [...commonProperties, ...metricProperties], rx),
    adopt: state,
    list: listing('cloudwatch:DescribeAlarms', { items: 'MetricAlarms', id: 'AlarmName' }),
  }),

  'AWS::CloudWatch::CompositeAlarm': resource<CompositeProperties>({
    properties: [...commonProperties, 'AlarmRule'],
    create: (props, rx) => createAlarm('cloudwatch:PutCompositeAlarm', props, rx),
    update: (id, props, previous, rx) => updateAlarm('cloudwatch:PutCompositeAlarm', id, props, previous, rx),
    delete: deleteAlarm,
    read: (id, _props, rx) => readAlarm('CompositeAlarm', id, [...commonProperties, 'AlarmRule'], rx),
    adopt: state,
    list: listing('cloudwatch:DescribeAlarms', {
      items: 'CompositeAlarms',
      id: 'AlarmName',
      input: () => ({ AlarmTypes: ['CompositeAlarm'] }),
    }),
  }),

  'AWS::CloudWatch::LogAlarm': resource<LogProperties>({
    properties: [...commonProperties, ...logProperties],
    create: (props, rx) => createAlarm('cloudwatch:PutLogAlarm', props, rx),
    update: (id, props, previous, rx) => updateAlarm('cloudwatch:PutLogAlarm', id, props, previous, rx),
    delete: deleteAlarm,
    read: (id, _props, rx) => readAlarm('LogAlarm', id, [...commonProperties, ...logProperties], rx),
    adopt: state,
  }),

  'AWS::CloudWatch::Dashboard': resource<DashboardProperties>({
    properties: ['DashboardName', 'DashboardBody', 'Tags'],
    async create({ DashboardName, DashboardBody, Tags }, rx) {
      const name = DashboardName ?? rx.name({ maxLength: 255 })
      await rx.invoke('cloudwatch:PutDashboard', {
        DashboardName: name,
        DashboardBody,
        ...tagInput(resourceTags(Tags, rx)),
      })
      return { id: name }
    },
    async update(id, props, previous, rx) {
      await rx.invoke('cloudwatch:PutDashboard', { DashboardName: id, DashboardBody: props.DashboardBody })
      await updateTags(formatArn('cloudwatch', '', rx.account, `dashboard/${id}`), props.Tags, previous.Tags, rx)
      return { id }
    },
    async delete(id, _props, rx) {
      await rx.invoke('cloudwatch:DeleteDashboards', { DashboardNames: [id] }).catch(ignoreMissing)
    },
    read: (id, _props, rx) => readDashboard(id, rx),
    adopt: (id) => ({ id }),
    list: listing('cloudwatch:ListDashboards', { items: 'DashboardEntries', id: 'DashboardName' }),
  }),
}

async function createAlarm(operation: string, { AlarmName, Tags, ...props }: Common, rx: ResourceCtx) {
  const name = AlarmName ?? rx.name({ maxLength: 255 })
  await rx.invoke(operation, { ...props, AlarmName: name, ...tagInput(resourceTags(Tags, rx)) })
  return state(name, rx)
}

async function updateAlarm(operation: string, id: string, props: Common, previous: Common, rx: ResourceCtx) {
  const { AlarmName: _, Tags, ...rest } = props
  await rx.invoke(operation, { ...rest, AlarmName: id })
  await updateTags(arnOf(id, rx), Tags, previous.Tags, rx)
  return state(id, rx)
}

async function deleteAlarm(id: string, _props: Common, rx: ResourceCtx): Promise<void> {
  await rx.invoke('cloudwatch:DeleteAlarms', { AlarmNames: [id] }).catch(ignoreMissing)
}

const arnOf = (name: string, rx: ResourceReader) => formatArn('cloudwatch', rx.region, rx.account, `alarm:${name}`)

function state(name: string, rx: ResourceReader) {
  return { id: name, attributes: { Arn: arnOf(name, rx) } }
}
