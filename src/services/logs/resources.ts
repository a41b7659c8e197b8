import { formatArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags } from '../../kernel/resource-tags.ts'
import { anomalyDetector } from './anomalies/resource-detector.ts'
import { queryDefinition } from './insights/resource-definition.ts'
import { scheduledQuery } from './insights/resource-scheduled.ts'
import { accountPolicy } from './resource-account-policy.ts'
import { destination } from './resource-destination.ts'
import {
  ignoreMissing,
  readGroup,
  readMetricFilter,
  readResourcePolicy,
  readStream,
  readSubscriptionFilter,
} from './resource-reads.ts'
import { transformer } from './resource-transformer.ts'
import { delivery } from './vended/resource-delivery.ts'
import { deliveryDestination, deliverySource } from './vended/resources.ts'

interface GroupProperties {
  LogGroupName?: string
  RetentionInDays?: number
  KmsKeyId?: string
  LogGroupClass?: string
  DeletionProtectionEnabled?: boolean
  DataProtectionPolicy?: object
  FieldIndexPolicies?: object[]
  Tags?: { Key: string; Value: string }[]
}

interface MetricFilterProperties {
  FilterName?: string
  FilterPattern: string
  LogGroupName: string
  ApplyOnTransformedLogs?: boolean
  MetricTransformations: {
    MetricName: string
    MetricNamespace: string
    MetricValue: string
    DefaultValue?: number
    Dimensions?: { Key: string; Value: string }[]
    Unit?: string
  }[]
}

interface SubscriptionFilterProperties {
  FilterName?: string
  FilterPattern: string
  LogGroupName: string
  ApplyOnTransformedLogs?: boolean
  DestinationArn: string
  Distribution?: string
  RoleArn?: string
}

interface ResourcePolicyProperties {
  PolicyName: string
  PolicyDocument: string | object
}

interface StreamProperties {
  LogGroupName: string
  LogStreamName?: string
}

export const resources = {
  'AWS::Logs::QueryDefinition': queryDefinition,
  'AWS::Logs::Destination': destination,
  'AWS::Logs::AccountPolicy': accountPolicy,
  'AWS::Logs::Transformer': transformer,
  'AWS::Logs::LogAnomalyDetector': anomalyDetector,
  'AWS::Logs::ScheduledQuery': scheduledQuery,
  'AWS::Logs::DeliverySource': deliverySource,
  'AWS::Logs::DeliveryDestination': deliveryDestination,
  'AWS::Logs::Delivery': delivery,

  'AWS::Logs::LogGroup': resource<GroupProperties>({
    properties: [
      ...([
        'LogGroupName',
        'RetentionInDays',
        'KmsKeyId',
        'LogGroupClass',
        'DeletionProtectionEnabled',
        'Tags',
      ] as const),
      ...(['DataProtectionPolicy', 'FieldIndexPolicies'] as const),
    ],
    async create(props, rx) {
      const logGroupName = props.LogGroupName ?? rx.name({ maxLength: 512 })
      await rx.invoke('logs:CreateLogGroup', {
        logGroupName,
        ...(props.KmsKeyId === undefined ? {} : { kmsKeyId: props.KmsKeyId }),
        ...(props.LogGroupClass === undefined ? {} : { logGroupClass: props.LogGroupClass }),
        ...(props.DeletionProtectionEnabled === undefined
          ? {}
          : { deletionProtectionEnabled: props.DeletionProtectionEnabled }),
        ...tagInput(resourceTags(props.Tags, rx)),
      })
      if (props.RetentionInDays !== undefined)
        await rx.invoke('logs:PutRetentionPolicy', { logGroupName, retentionInDays: props.RetentionInDays })
      await putProtection(logGroupName, props, {}, rx)
      await putIndexes(logGroupName, props, {}, rx)
      return state(logGroupName, rx)
    },
    async update(id, props, previous, rx) {
      if ((props.LogGroupClass ?? 'STANDARD') !== (previous.LogGroupClass ?? 'STANDARD'))
        throw awsError('InvalidParameterException', 'LogGroupClass cannot be changed: give the group another name.')
      if (props.RetentionInDays !== undefined)
        await rx.invoke('logs:PutRetentionPolicy', { logGroupName: id, retentionInDays: props.RetentionInDays })
      else if (previous.RetentionInDays !== undefined)
        await rx.invoke('logs:DeleteRetentionPolicy', { logGroupName: id })
      if (props.KmsKeyId !== undefined && props.KmsKeyId !== previous.KmsKeyId)
        await rx.invoke('logs:AssociateKmsKey', { logGroupName: id, kmsKeyId: props.KmsKeyId })
      else if (props.KmsKeyId === undefined && previous.KmsKeyId !== undefined)
        await rx.invoke('logs:DisassociateKmsKey', { logGroupName: id })
      const protect = props.DeletionProtectionEnabled ?? false
      if (protect !== (previous.DeletionProtectionEnabled ?? false)) {
        await rx.invoke('logs:PutLogGroupDeletionProtection', {
          logGroupIdentifier: id,
          deletionProtectionEnabled: protect,
        })
      }
      await putProtection(id, props, previous, rx)
      await putIndexes(id, props, previous, rx)
      const resourceArn = formatArn('logs', rx.region, rx.account, `log-group:${id}`)
      const tags = resourceTags(props.Tags, rx)
      const gone = removedTags(props.Tags, previous.Tags, rx)
      if (gone.length > 0) await rx.invoke('logs:UntagResource', { resourceArn, tagKeys: gone })
      if (Object.keys(tags).length > 0) await rx.invoke('logs:TagResource', { resourceArn, tags })
      return state(id, rx)
    },
    async delete(id, _props, rx) {
      await rx.invoke('logs:DeleteLogGroup', { logGroupName: id }).catch(ignoreMissing)
    },
    read: (id, _props, rx) => readGroup(id, rx),
    adopt: state,
    list: listing('logs:DescribeLogGroups', {
      items: 'logGroups',
      id: 'logGroupName',
      token: ['nextToken', 'nextToken'],
    }),
  }),

  'AWS::Logs::LogStream': resource<StreamProperties>({
    properties: ['LogGroupName', 'LogStreamName'],
    async create(props, rx) {
      const logStreamName = props.LogStreamName ?? rx.name({ maxLength: 512 })
      await rx.invoke('logs:CreateLogStream', { logGroupName: props.LogGroupName, logStreamName })
      return { id: logStreamName }
    },
    async delete(id, props, rx) {
      await rx
        .invoke('logs:DeleteLogStream', { logGroupName: props.LogGroupName, logStreamName: id })
        .catch(ignoreMissing)
    },
    read: (id, { LogGroupName }, rx) => readStream(id, LogGroupName, rx),
  }),

  'AWS::Logs::MetricFilter': resource<MetricFilterProperties>({
    properties: ['FilterName', 'FilterPattern', 'LogGroupName', 'MetricTransformations', 'ApplyOnTransformedLogs'],
    create: (props, rx) => putMetricFilter(props.FilterName ?? rx.name({ maxLength: 512 }), props, rx),
    update: (id, props, _previous, rx) => putMetricFilter(id, props, rx),
    async delete(id, { LogGroupName }, rx) {
      await rx.invoke('logs:DeleteMetricFilter', { logGroupName: LogGroupName, filterName: id }).catch(ignoreMissing)
    },
    read: (id, { LogGroupName }, rx) => readMetricFilter(id, LogGroupName, rx),
  }),

  'AWS::Logs::SubscriptionFilter': resource<SubscriptionFilterProperties>({
    properties: [
      ...(['FilterName', 'FilterPattern', 'LogGroupName', 'DestinationArn', 'Distribution', 'RoleArn'] as const),
      'ApplyOnTransformedLogs',
    ],
    create: (props, rx) => putSubscriptionFilter(props.FilterName ?? rx.name({ maxLength: 512 }), props, rx),
    update: (id, props, _previous, rx) => putSubscriptionFilter(id, props, rx),
    async delete(id, { LogGroupName }, rx) {
      await rx
        .invoke('logs:DeleteSubscriptionFilter', { logGroupName: LogGroupName, filterName: id })
        .catch(ignoreMissing)
    },
    read: (id, { LogGroupName }, rx) => readSubscriptionFilter(id, LogGroupName, rx),
  }),

  'AWS::Logs::ResourcePolicy': resource<ResourcePolicyProperties>({
    properties: ['PolicyName', 'PolicyDocument'],
    create: putResourcePolicy,
    update: (_id, props, _previous, rx) => putResourcePolicy(props, rx),
    async delete(id, _props, rx) {
      await rx.invoke('logs:DeleteResourcePolicy', { policyName: id }).catch(ignoreMissing)
    },
    read: (id, _props, rx) => readResourcePolicy(id, rx),
    adopt: (id) => ({ id }),
  }),
}

/** Gives a group the data protection policy of its properties, or takes away the one that it had. */
async function putProtection(
  logGroupIdentifier: string,
  props: GroupProperties,
  before: GroupProperties,
  rx: ResourceCtx,
) {
  if (props.DataProtectionPolicy !== undefined) {
    const policyDocument = JSON.stringify(props.DataProtectionPolicy)
    await rx.invoke('logs:PutDataProtectionPolicy', { logGroupIdentifier, policyDocument })
  } else if (before.DataProtectionPolicy !== undefined)
    await rx.invoke('logs:DeleteDataProtectionPolicy', { logGroupIdentifier }).catch(ignoreMissing)
}

/** Gives a group the index policy of its properties, of which there can be one, or takes away the one that it had. */
async function putIndexes(
  logGroupIdentifier: string,
  props: GroupProperties,
  before: GroupProperties,
  rx: ResourceCtx,
) {
  const [policy, second] = props.FieldIndexPolicies ?? []
  if (second) throw awsError('InvalidParameterException', 'FieldIndexPolicies can have one policy.')
  if (policy) {
    await rx.invoke('logs:PutIndexPolicy', { logGroupIdentifier, policyDocument: JSON.stringify(policy) })
  } else if (before.FieldIndexPolicies?.length)
    await rx.invoke('logs:DeleteIndexPolicy', { logGroupIdentifier }).catch(ignoreMissing)
}

async function putMetricFilter(filterName: string, props: MetricFilterProperties, rx: ResourceCtx) {
  await rx.invoke('logs:PutMetricFilter', {
    logGroupName: props.LogGroupName,
    filterName,
    filterPattern: props.FilterPattern,
    ...(props.ApplyOnTransformedLogs !== undefined && { applyOnTransformedLogs: props.ApplyOnTransformedLogs }),
    metricTransformations: props.MetricTransformations.map((one) => ({
      metricName: one.MetricName,
      metricNamespace: one.MetricNamespace,
      metricValue: one.MetricValue,
      ...(one.DefaultValue !== undefined && { defaultValue: one.DefaultValue }),
      ...(one.Dimensions && { dimensions: Object.fromEntries(one.Dimensions.map(({ Key, Value }) => [Key, Value])) }),
      ...(one.Unit !== undefined && { unit: one.Unit }),
    })),
  })
  return { id: filterName }
}

async function putSubscriptionFilter(filterName: string, props: SubscriptionFilterProperties, rx: ResourceCtx) {
  await rx.invoke('logs:PutSubscriptionFilter', {
    logGroupName: props.LogGroupName,
    filterName,
    filterPattern: props.FilterPattern,
    destinationArn: props.DestinationArn,
    ...(props.ApplyOnTransformedLogs !== undefined && { applyOnTransformedLogs: props.ApplyOnTransformedLogs }),
    ...(props.Distribution !== undefined && { distribution: props.Distribution }),
    ...(props.RoleArn !== undefined && { roleArn: props.RoleArn }),
  })
  return { id: filterName }
}

async function putResourcePolicy({ PolicyName, PolicyDocument }: ResourcePolicyProperties, rx: ResourceCtx) {
  const policyDocument = typeof PolicyDocument === 'string' ? PolicyDocument : JSON.stringify(PolicyDocument)
  await rx.invoke('logs:PutResourcePolicy', { policyName: PolicyName, policyDocument })
  return { id: PolicyName }
}

function state(name: string, rx: ResourceReader) {
  return { id: name, attributes: { Arn: `${formatArn('logs', rx.region, rx.account, `log-group:${name}`)}:*` } }
}

/** CreateLogGroup takes tags or none, not an empty set. */
function tagInput(tags: Record<string, string>): { tags?: Record<string, string> } {
  return Object.keys(tags).length === 0 ? {} : { tags }
}
