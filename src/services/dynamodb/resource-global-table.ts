import { awsError } from '../../kernel/errors.ts'
import { refuse } from './request.ts'
import type { GlobalIndex } from './resource-indexes.ts'
import type { TableProperties } from './resource-table.ts'

interface ReadOnDemand {
  readonly MaxReadRequestUnits?: number
}
interface WriteOnDemand {
  readonly MaxWriteRequestUnits?: number
}
interface IndexProperties {
  readonly IndexName: string
  readonly KeySchema: object[]
  readonly Projection: object
  readonly ReadOnDemandThroughputSettings?: ReadOnDemand
  readonly WriteOnDemandThroughputSettings?: WriteOnDemand
}
interface Replica
  extends Pick<
    TableProperties,
    | 'ContributorInsightsSpecification'
    | 'DeletionProtectionEnabled'
    | 'KinesisStreamSpecification'
    | 'PointInTimeRecoverySpecification'
    | 'ResourcePolicy'
    | 'TableClass'
    | 'Tags'
  > {
  readonly Region: string
  readonly GlobalSecondaryIndexes?: {
    readonly IndexName: string
    readonly ContributorInsightsSpecification?: { readonly Enabled: boolean }
    readonly ReadOnDemandThroughputSettings?: ReadOnDemand
  }[]
  readonly ReadOnDemandThroughputSettings?: ReadOnDemand
  readonly ReplicaStreamSpecification?: { readonly ResourcePolicy?: { readonly PolicyDocument: object } }
  readonly SSESpecification?: { readonly KMSMasterKeyId: string }
}

/** A template's table in one region or several (`AWS::DynamoDB::GlobalTable`, which CDK's `TableV2` makes). */
export interface GlobalTableProperties
  extends Pick<
    TableProperties,
    | 'TableName'
    | 'AttributeDefinitions'
    | 'KeySchema'
    | 'BillingMode'
    | 'LocalSecondaryIndexes'
    | 'TimeToLiveSpecification'
    | 'VectorIndexes'
  > {
  GlobalSecondaryIndexes?: IndexProperties[]
  Replicas: Replica[]
  SSESpecification?: { SSEEnabled: boolean; SSEType?: string }
  StreamSpecification?: { StreamViewType: string }
  ReadOnDemandThroughputSettings?: ReadOnDemand
  WriteOnDemandThroughputSettings?: WriteOnDemand
}

const noScaling = 'throughput does not follow load by itself here. Set BillingMode to PAY_PER_REQUEST.'
const unsupportedThroughput = {
  ReadProvisionedThroughputSettings: noScaling,
  WriteProvisionedThroughputSettings: noScaling,
  WarmThroughput: 'tables take any load from the start. Leave it out.',
}
const unsupportedOfReplicas = {
  GlobalTableSettingsReplicationMode: 'there are no replicas in other regions here.',
}

/**
 * The same table without other regions. A template may name one replica, in the stack's own region: throws
 * ValidationException for more, as nothing is copied between regions here.
 */
export function asTable(props: GlobalTableProperties, region: string): TableProperties {
  const { Replicas, GlobalSecondaryIndexes: indexes, SSESpecification, StreamSpecification, ...shared } = props
  const { ReadOnDemandThroughputSettings, WriteOnDemandThroughputSettings, ...same } = shared
  const [replica, another] = Replicas
  if (!replica || another || replica.Region !== region) {
    throw awsError(
      'ValidationException',
      `Replicas must name one replica in ${region}, the region of the stack: nothing is copied to other regions here.`,
    )
  }
  refuse(props, unsupportedThroughput)
  refuse(replica.ReplicaStreamSpecification ?? {}, { Tags: 'streams have no tags here.' })
  refuse(replica, { ...unsupportedThroughput, ...unsupportedOfReplicas })
  const { SSESpecification: replicaKey, ReplicaStreamSpecification, GlobalSecondaryIndexes: ofReplica = [] } = replica
  const policy = ReplicaStreamSpecification?.ResourcePolicy
  const onDemand = onDemandOf(
    replica.ReadOnDemandThroughputSettings ?? ReadOnDemandThroughputSettings,
    WriteOnDemandThroughputSettings,
  )
  return {
    ...same,
    BillingMode: props.BillingMode ?? 'PROVISIONED',
    ...pick(replica, [
      'ContributorInsightsSpecification',
      'DeletionProtectionEnabled',
      'KinesisStreamSpecification',
      'PointInTimeRecoverySpecification',
      'ResourcePolicy',
      'TableClass',
      'Tags',
    ]),
    ...onDemand,
    ...(indexes ? { GlobalSecondaryIndexes: indexes.map((index) => asIndex(index, ofReplica)) } : {}),
    ...(SSESpecification ? { SSESpecification: { ...SSESpecification, ...replicaKey } } : {}),
    ...(StreamSpecification
      ? { StreamSpecification: { ...StreamSpecification, ...(policy ? { ResourcePolicy: policy } : {}) } }
      : {}),
  }
}

function asIndex(index: IndexProperties, ofReplica: NonNullable<Replica['GlobalSecondaryIndexes']>): GlobalIndex {
  refuse(index, unsupportedThroughput)
  const own = ofReplica.find(({ IndexName }) => IndexName === index.IndexName)
  if (own) refuse(own, unsupportedThroughput)
  const { ReadOnDemandThroughputSettings: read, WriteOnDemandThroughputSettings: write, ...same } = index
  const insights = own?.ContributorInsightsSpecification
  return {
    ...same,
    ...onDemandOf(own?.ReadOnDemandThroughputSettings ?? read, write),
    ...(insights ? { ContributorInsightsSpecification: insights } : {}),
  }
}

function onDemandOf(read: ReadOnDemand | undefined, write: WriteOnDemand | undefined): { OnDemandThroughput?: object } {
  return read || write ? { OnDemandThroughput: { ...read, ...write } } : {}
}

/** Those of the members that are there. */
function pick<T extends object, N extends keyof T>(from: T, names: readonly N[]): Pick<T, N> {
  return Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]]))) as Pick<
    T,
    N
  >
}
