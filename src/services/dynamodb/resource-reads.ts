import { isAwsError } from '../../kernel/errors.ts'
import { members } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../kernel/resource.ts'

interface Index {
  readonly OnDemandThroughput?: object
  readonly ProvisionedThroughput?: object
}

interface Described {
  readonly TableArn: string
  readonly LatestStreamArn?: string
  readonly StreamSpecification?: { readonly StreamViewType?: string }
  readonly BillingModeSummary?: { readonly BillingMode: string }
  readonly TableClassSummary?: { readonly TableClass: string }
  readonly SSEDescription?: { readonly SSEType: string; readonly KMSMasterKeyArn?: string }
  readonly GlobalSecondaryIndexes?: readonly Index[]
  readonly LocalSecondaryIndexes?: readonly Index[]
  readonly VectorIndexes?: readonly object[]
}

const indexMembers = ['IndexName', 'KeySchema', 'Projection', 'ProvisionedThroughput', 'OnDemandThroughput']

const vectorMembers = ['IndexName', 'VectorAttribute', 'Dimensions', 'DistanceFunction', 'Projection', 'SearchSchema']

/** A table as its properties would say it. */
export async function readTable(TableName: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const found = await rx
    .invoke<{ Table: Described }>('dynamodb:DescribeTable', { TableName })
    .catch(unless('ResourceNotFoundException'))
  if (!found) return undefined
  const { Table } = found
  const { TimeToLiveDescription: ttl } = await rx.invoke<{
    TimeToLiveDescription: { TimeToLiveStatus: string; AttributeName?: string }
  }>('dynamodb:DescribeTimeToLive', { TableName })
  const recovery = await recoveryOf(TableName, rx)
  const { KinesisDataStreamDestinations: destinations } = await rx.invoke<{
    KinesisDataStreamDestinations: { DestinationStatus: string }[]
  }>('dynamodb:DescribeKinesisStreamingDestination', { TableName })
  const destination = destinations.find(({ DestinationStatus }) => DestinationStatus === 'ACTIVE')
  const { Tags } = await rx.invoke<{ Tags?: unknown }>('dynamodb:ListTagsOfResource', { ResourceArn: Table.TableArn })
  const stream = Table.StreamSpecification
  const streamPolicy = stream && (await policyOf(Table.LatestStreamArn, rx))
  const indexes = (list: readonly Index[] | undefined) => list?.map((index) => members(index, indexMembers))
  const enabled = /^ENABL/.test(ttl.TimeToLiveStatus)
  return {
    ...members(Table, ['TableName', 'AttributeDefinitions', 'KeySchema', 'ProvisionedThroughput']),
    ...members(Table, ['OnDemandThroughput', 'DeletionProtectionEnabled']),
    BillingMode: Table.BillingModeSummary?.BillingMode ?? 'PROVISIONED',
    TableClass: Table.TableClassSummary?.TableClass ?? 'STANDARD',
    GlobalSecondaryIndexes: indexes(Table.GlobalSecondaryIndexes),
    LocalSecondaryIndexes: indexes(Table.LocalSecondaryIndexes),
    VectorIndexes: Table.VectorIndexes?.map((index) => members(index, vectorMembers)),
    SSESpecification: {
      SSEEnabled: Table.SSEDescription !== undefined,
      SSEType: Table.SSEDescription?.SSEType,
      KMSMasterKeyId: Table.SSEDescription?.KMSMasterKeyArn,
    },
    StreamSpecification: stream && {
      StreamViewType: stream.StreamViewType,
      ResourcePolicy: streamPolicy && { PolicyDocument: streamPolicy },
    },
    ResourcePolicy: await asProperty(Table.TableArn, rx),
    TimeToLiveSpecification: { Enabled: enabled, AttributeName: ttl.AttributeName },
    PointInTimeRecoverySpecification: recovery,
    KinesisStreamSpecification:
      destination && members(destination, ['StreamArn', 'ApproximateCreationDateTimePrecision']),
    Tags,
  }
}

async function asProperty(arn: string, rx: ResourceReader) {
  const PolicyDocument = await policyOf(arn, rx)
  return PolicyDocument === undefined ? undefined : { PolicyDocument }
}

async function policyOf(ResourceArn: string | undefined, rx: ResourceReader): Promise<string | undefined> {
  const found = await rx
    .invoke<{ Policy: string }>('dynamodb:GetResourcePolicy', { ResourceArn })
    .catch(unless('PolicyNotFoundException', 'ResourceNotFoundException'))
  return found?.Policy
}

async function recoveryOf(TableName: string, rx: ResourceReader) {
  const { ContinuousBackupsDescription: described } = await rx.invoke<{
    ContinuousBackupsDescription: {
      PointInTimeRecoveryDescription?: { PointInTimeRecoveryStatus: string; RecoveryPeriodInDays?: number }
    }
  }>('dynamodb:DescribeContinuousBackups', { TableName })
  const status = described.PointInTimeRecoveryDescription
  return {
    PointInTimeRecoveryEnabled: status?.PointInTimeRecoveryStatus === 'ENABLED',
    RecoveryPeriodInDays: status?.RecoveryPeriodInDays,
  }
}

function unless(...codes: string[]) {
  return (error: unknown): undefined => {
    if (!isAwsError(error, ...codes)) throw error
  }
}

interface Tagged {
  readonly Tags?: readonly { readonly Key: string }[]
}

const replicaMembers = [
  ...['DeletionProtectionEnabled', 'KinesisStreamSpecification', 'PointInTimeRecoverySpecification'],
  ...['ResourcePolicy', 'TableClass'],
]

/** A table with replicas (of which there is one, here) as its properties would say it. */
export async function readGlobalTable(
  name: string,
  { Tags: wanted = [] }: Tagged,
  rx: ResourceReader,
): Promise<LiveProperties | undefined> {
  const found = await readTable(name, rx)
  if (!found) return undefined
  const tags = (found.Tags ?? []) as readonly { readonly Key: string }[]
  const { KMSMasterKeyId, ...encryption } = found.SSESpecification as Record<string, unknown>
  return {
    ...members(found, ['TableName', 'AttributeDefinitions', 'KeySchema', 'BillingMode', 'GlobalSecondaryIndexes']),
    ...members(found, ['LocalSecondaryIndexes', 'VectorIndexes', 'StreamSpecification', 'TimeToLiveSpecification']),
    SSESpecification: encryption,
    Replicas: [
      {
        Region: rx.region,
        ...members(found, replicaMembers),
        // The stack's own are among them, which a list inside of a property can't be told from.
        Tags: tags.filter(({ Key }) => wanted.some((tag) => tag.Key === Key)),
        SSESpecification: { KMSMasterKeyId },
      },
    ],
    ...onDemand(found.OnDemandThroughput as Record<string, unknown> | undefined),
  }
}

function onDemand(given: Readonly<Record<string, unknown>> | undefined) {
  return {
    ReadOnDemandThroughputSettings: given && members(given, ['MaxReadRequestUnits']),
    WriteOnDemandThroughputSettings: given && members(given, ['MaxWriteRequestUnits']),
  }
}
