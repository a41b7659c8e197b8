import { awsError, isAwsError } from '../../kernel/errors.ts'
import type { ResourceCtx, ResourceReader, ResourceState } from '../../kernel/resource.ts'
import { refuse } from './request.ts'
import { describe, same } from './resource-description.ts'
import { changeDestination, enableDestination, type KinesisProperties } from './resource-destination.ts'
import { type ImportProperties, importTable } from './resource-import.ts'
import { changeIndexes, type GlobalIndex, indexInput, type VectorIndexProperties } from './resource-indexes.ts'
import { changePolicy, changeStream, putPolicy, type StreamProperties, streamInput } from './resource-streams.ts'

/** A template's table (`AWS::DynamoDB::Table`); one in several regions is told as this one here. */
export interface TableProperties extends StreamProperties {
  TableName?: string
  AttributeDefinitions?: { AttributeName: string; AttributeType: string }[]
  KeySchema: object[]
  BillingMode?: string
  ProvisionedThroughput?: object
  OnDemandThroughput?: object
  GlobalSecondaryIndexes?: GlobalIndex[]
  LocalSecondaryIndexes?: object[]
  VectorIndexes?: VectorIndexProperties[]
  DeletionProtectionEnabled?: boolean
  TableClass?: string
  SSESpecification?: { SSEEnabled: boolean; SSEType?: string; KMSMasterKeyId?: string }
  TimeToLiveSpecification?: { Enabled: boolean; AttributeName?: string }
  PointInTimeRecoverySpecification?: { PointInTimeRecoveryEnabled?: boolean; RecoveryPeriodInDays?: number }
  ContributorInsightsSpecification?: { Enabled: boolean }
  KinesisStreamSpecification?: KinesisProperties
  ImportSourceSpecification?: ImportProperties
  Tags?: { Key: string; Value: string }[]
}

export async function createTable(props: TableProperties, rx: ResourceCtx): Promise<ResourceState> {
  refuseSwitchedOn(props)
  const name = props.TableName ?? rx.name({ maxLength: 255 })
  if (props.ImportSourceSpecification) return createImported(name, props, props.ImportSourceSpecification, rx)
  const {
    TimeToLiveSpecification,
    SSESpecification,
    PointInTimeRecoverySpecification: recovery,
    ContributorInsightsSpecification: _,
    Tags: __,
    KinesisStreamSpecification: kinesis,
    StreamSpecification: stream,
    ResourcePolicy: policy,
    GlobalSecondaryIndexes: indexes,
    ...same
  } = props
  const tags = tagList(props, rx)
  await rx.invoke('dynamodb:CreateTable', {
    ...same,
    TableName: name,
    ...(indexes ? { GlobalSecondaryIndexes: indexes.map(indexInput) } : {}),
    ...(SSESpecification ? { SSESpecification: encryption(SSESpecification) } : {}),
    ...(tags.length > 0 ? { Tags: tags } : {}),
    ...(stream ? { StreamSpecification: streamInput(stream) } : {}),
    ...(policy ? { ResourcePolicy: JSON.stringify(policy.PolicyDocument) } : {}),
  })
  if (stream?.ResourcePolicy) {
    rx.created(name)
    await putPolicy((await describe(name, rx)).LatestStreamArn, stream.ResourcePolicy, rx)
  }
  if (TimeToLiveSpecification?.Enabled) {
    rx.created(name)
    await setTimeToLive(name, TimeToLiveSpecification, rx)
  }
  if (recovery?.PointInTimeRecoveryEnabled) {
    rx.created(name)
    await setRecovery(name, recovery, rx)
  }
  if (kinesis) {
    rx.created(name)
    await enableDestination(name, kinesis, rx)
  }
  return state(name, rx)
}

/** An import says less of a table than its creation: the rest is set afterwards. */
async function createImported(
  TableName: string,
  props: TableProperties,
  source: ImportProperties,
  rx: ResourceCtx,
): Promise<ResourceState> {
  refuse(props, { LocalSecondaryIndexes: 'a table that is imported has none.' })
  const { AttributeDefinitions, KeySchema, BillingMode, ProvisionedThroughput, OnDemandThroughput } = props
  const { GlobalSecondaryIndexes: indexes, SSESpecification, VectorIndexes } = props
  const imported = {
    KeySchema,
    ...(VectorIndexes && { VectorIndexes }),
    ...(AttributeDefinitions && { AttributeDefinitions }),
    ...(BillingMode !== undefined && { BillingMode }),
    ...(ProvisionedThroughput && { ProvisionedThroughput }),
    ...(OnDemandThroughput && { OnDemandThroughput }),
  }
  const creation = {
    ...imported,
    ...(indexes && { GlobalSecondaryIndexes: indexes.map(indexInput) }),
    ...(SSESpecification && { SSESpecification: encryption(SSESpecification) }),
  }
  await importTable(TableName, creation, source, rx)
  const before = {
    ...imported,
    ...(indexes && { GlobalSecondaryIndexes: indexes }),
    ...(SSESpecification && { SSESpecification }),
  }
  return updateTable(TableName, props, before, rx)
}

export async function updateTable(
  name: string,
  props: TableProperties,
  previous: TableProperties,
  rx: ResourceCtx,
): Promise<ResourceState> {
  refuseSwitchedOn(props)
  refuseRetyped(props, previous)
  await changeSettings(name, props, previous, rx)
  await changeIndexes(name, props, previous, rx)
  await changeTimeToLive(name, props, previous, rx)
  await changeStream(name, props, previous, rx)
  await changePolicy(name, props, previous, rx)
  await changeRecovery(name, props, previous, rx)
  await changeDestination(name, props.KinesisStreamSpecification, previous.KinesisStreamSpecification, rx)
  await changeTags(name, props, previous, rx)
  return state(name, rx)
}

export async function deleteTable(name: string, rx: ResourceCtx): Promise<void> {
  try {
    await rx.invoke('dynamodb:DeleteTable', { TableName: name })
  } catch (error) {
    if (!isAwsError(error, 'ResourceNotFoundException')) throw error
  }
}

/** Templates often say that something is off; on is what we cannot do. */
function refuseSwitchedOn(props: TableProperties): void {
  refuse(props.StreamSpecification ?? {}, { Tags: 'streams have no tags here.' })
  if ([props, ...(props.GlobalSecondaryIndexes ?? [])].some((each) => each.ContributorInsightsSpecification?.Enabled)) {
    throw awsError(
      'ValidationException',
      'ContributorInsightsSpecification.Enabled is not supported. Set it to false, or leave the property out.',
    )
  }
}

/** The type of a key's attribute is fixed: AWS makes another table, which the stack can't under the same name. */
function refuseRetyped({ AttributeDefinitions: next = [] }: TableProperties, previous: TableProperties): void {
  const retyped = (previous.AttributeDefinitions ?? []).find((before) =>
    next.some((after) => after.AttributeName === before.AttributeName && after.AttributeType !== before.AttributeType),
  )
  if (retyped) {
    throw awsError(
      'ValidationException',
      `The type of the attribute ${retyped.AttributeName} can't be changed. Give the table another TableName.`,
    )
  }
}

/** A table that is there; undefined when there is none. */
export async function adoptTable(name: string, rx: ResourceReader): Promise<ResourceState | undefined> {
  try {
    return await state(name, rx)
  } catch (error) {
    if (isAwsError(error, 'ResourceNotFoundException')) return undefined
    throw error
  }
}

async function state(name: string, rx: ResourceReader): Promise<ResourceState> {
  const { TableArn, TableId, StreamSpecification, LatestStreamArn } = await describe(name, rx)
  const StreamArn = StreamSpecification && LatestStreamArn
  return { id: name, attributes: { Arn: TableArn, TableId, ...(StreamArn === undefined ? {} : { StreamArn }) } }
}

function encryption({ SSEEnabled, ...rest }: NonNullable<TableProperties['SSESpecification']>) {
  return { Enabled: SSEEnabled, ...rest }
}

/** What takes an earlier maximum away. */
const noMaximum = { MaxReadRequestUnits: -1, MaxWriteRequestUnits: -1 }

/** Everything that one UpdateTable can change at once. */
async function changeSettings(name: string, props: TableProperties, previous: TableProperties, rx: ResourceCtx) {
  const changed = <N extends keyof TableProperties>(property: N) => !same(props[property], previous[property])
  const input: Record<string, unknown> = {}
  if (changed('BillingMode')) input.BillingMode = props.BillingMode ?? 'PROVISIONED'
  if (changed('ProvisionedThroughput') && props.ProvisionedThroughput)
    input.ProvisionedThroughput = props.ProvisionedThroughput
  if (changed('OnDemandThroughput') && props.BillingMode === 'PAY_PER_REQUEST')
    input.OnDemandThroughput = props.OnDemandThroughput ?? noMaximum
  if (changed('TableClass')) input.TableClass = props.TableClass ?? 'STANDARD'
  if (changed('DeletionProtectionEnabled')) input.DeletionProtectionEnabled = props.DeletionProtectionEnabled ?? false
  if (changed('SSESpecification')) {
    input.SSESpecification = props.SSESpecification ? encryption(props.SSESpecification) : { Enabled: false }
  }
  const kept = (props.GlobalSecondaryIndexes ?? []).filter((index) => {
    const before = previous.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === index.IndexName)
    return before && (!same(before, index) || input.BillingMode === 'PROVISIONED')
  })
  const updates = kept.flatMap(({ IndexName, ProvisionedThroughput, OnDemandThroughput }) =>
    ProvisionedThroughput || OnDemandThroughput
      ? [
          {
            Update: {
              IndexName,
              ...(ProvisionedThroughput ? { ProvisionedThroughput } : {}),
              ...(OnDemandThroughput ? { OnDemandThroughput } : {}),
            },
          },
        ]
      : [],
  )
  if (updates.length > 0) input.GlobalSecondaryIndexUpdates = updates
  if (Object.keys(input).length > 0) await rx.invoke('dynamodb:UpdateTable', { TableName: name, ...input })
}

async function changeTimeToLive(name: string, props: TableProperties, previous: TableProperties, rx: ResourceCtx) {
  const next = props.TimeToLiveSpecification
  const before = previous.TimeToLiveSpecification
  if (same(next, before)) return
  if (before?.Enabled) await setTimeToLive(name, { ...before, Enabled: false }, rx)
  if (next?.Enabled) await setTimeToLive(name, next, rx)
}

async function setTimeToLive(
  name: string,
  { Enabled, AttributeName }: NonNullable<TableProperties['TimeToLiveSpecification']>,
  rx: ResourceCtx,
): Promise<void> {
  if (AttributeName === undefined) {
    throw awsError('ValidationException', 'TimeToLiveSpecification needs AttributeName when Enabled is true.')
  }
  await rx.invoke('dynamodb:UpdateTimeToLive', {
    TableName: name,
    TimeToLiveSpecification: { Enabled, AttributeName },
  })
}

async function changeRecovery(name: string, props: TableProperties, previous: TableProperties, rx: ResourceCtx) {
  const next = props.PointInTimeRecoverySpecification
  if (same(next, previous.PointInTimeRecoverySpecification)) return
  await setRecovery(name, next ?? {}, rx)
}

async function setRecovery(
  TableName: string,
  specification: NonNullable<TableProperties['PointInTimeRecoverySpecification']>,
  rx: ResourceCtx,
): Promise<void> {
  await rx.invoke('dynamodb:UpdateContinuousBackups', {
    TableName,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false, ...specification },
  })
}

async function changeTags(name: string, props: TableProperties, previous: TableProperties, rx: ResourceCtx) {
  const next = tagList(props, rx)
  const keys = new Set(next.map(({ Key }) => Key))
  const gone = [...(previous.Tags ?? []).map(({ Key }) => Key), ...Object.keys(rx.previousTags)].filter(
    (key) => !keys.has(key),
  )
  const ResourceArn = (await describe(name, rx)).TableArn
  if (gone.length > 0) await rx.invoke('dynamodb:UntagResource', { ResourceArn, TagKeys: [...new Set(gone)] })
  if (next.length > 0) await rx.invoke('dynamodb:TagResource', { ResourceArn, Tags: next })
}

/** The stack's tags and the table's own, which win. */
function tagList(props: TableProperties, rx: ResourceCtx): { Key: string; Value: string }[] {
  const all = { ...rx.tags, ...Object.fromEntries((props.Tags ?? []).map(({ Key, Value }) => [Key, Value])) }
  return Object.entries(all).map(([Key, Value]) => ({ Key, Value }))
}
