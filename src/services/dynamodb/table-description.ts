import type { TableDescription } from '@aws-sdk/client-dynamodb'
import type { Ctx } from '../../kernel/context.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { KeySchema } from './keys.ts'
import { byteCount, type Index, itemCount, type OnDemand, type Table, type Throughput } from './state.ts'
import { tableArn } from './table-lookup.ts'
import { describeVectorDefinition } from './vectors/definition.ts'

type Status = 'CREATING' | 'UPDATING' | 'DELETING' | 'ACTIVE'
type Indexes<K extends 'GlobalSecondaryIndexes' | 'LocalSecondaryIndexes'> = NonNullable<TableDescription[K]>

/** What the API says of a table. Sizes and counts are those of this moment, not six hours old as on AWS. */
export async function describeTable(tx: ReadTx, table: Table, ctx: Ctx, asked: Status = 'ACTIVE') {
  const arn = tableArn(ctx, table.name)
  const { billing, encryption, restored } = table
  const status = table.restoring ? 'CREATING' : asked
  const global: Indexes<'GlobalSecondaryIndexes'> = []
  const local: Indexes<'LocalSecondaryIndexes'> = []
  for (const index of table.indexes) {
    const described = {
      IndexName: index.name,
      IndexArn: `${arn}/index/${index.name}`,
      KeySchema: describeKey(index.key),
      Projection: describeProjection(index),
      ...(await sizes(tx, index.id, 'IndexSizeBytes')),
    }
    if (index.kind === 'local') {
      local.push(described)
      continue
    }
    global.push({
      ...described,
      IndexStatus: index.status,
      ...(index.status === 'CREATING' ? { Backfilling: true } : {}),
      ProvisionedThroughput: describeThroughput(index.throughput),
      ...(index.onDemand ? { OnDemandThroughput: describeOnDemand(index.onDemand) } : {}),
    })
  }
  const vectors: NonNullable<TableDescription['VectorIndexes']> = []
  for (const index of table.vectorIndexes ?? []) {
    vectors.push({
      ...describeVectorDefinition(index),
      IndexArn: `${arn}/index/${index.name}`,
      IndexStatus: index.status,
      ...(index.status === 'CREATING' ? { Backfilling: true } : {}),
      ...(await sizes(tx, index.id, 'IndexSizeBytes')),
    })
  }
  return {
    TableName: table.name,
    TableArn: arn,
    TableId: table.uuid,
    TableStatus: status,
    CreationDateTime: new Date(table.createdAtMs),
    AttributeDefinitions: Object.entries(table.attributeTypes).map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
    KeySchema: describeKey(table.key),
    ...(await sizes(tx, table.id, 'TableSizeBytes')),
    ProvisionedThroughput: describeThroughput(billing.throughput),
    ...(table.stream ? { StreamSpecification: { StreamEnabled: true, StreamViewType: table.stream.view } } : {}),
    ...(table.latestStreamLabel === undefined
      ? {}
      : { LatestStreamLabel: table.latestStreamLabel, LatestStreamArn: `${arn}/stream/${table.latestStreamLabel}` }),
    ...(billing.onDemandSinceMs === undefined
      ? {}
      : {
          BillingModeSummary: {
            BillingMode: billing.mode,
            LastUpdateToPayPerRequestDateTime: new Date(billing.onDemandSinceMs),
          },
        }),
    ...(billing.onDemand ? { OnDemandThroughput: describeOnDemand(billing.onDemand) } : {}),
    ...(global.length > 0 ? { GlobalSecondaryIndexes: global } : {}),
    ...(local.length > 0 ? { LocalSecondaryIndexes: local } : {}),
    ...(vectors.length > 0 ? { VectorIndexes: vectors } : {}),
    ...(encryption
      ? { SSEDescription: { Status: 'ENABLED' as const, SSEType: 'KMS' as const, ...describeKmsKey(encryption) } }
      : {}),
    ...(table.tableClass
      ? {
          TableClassSummary: {
            TableClass: table.tableClass,
            ...(table.tableClassChangedAtMs === undefined
              ? {}
              : { LastUpdateDateTime: new Date(table.tableClassChangedAtMs) }),
          },
        }
      : {}),
    ...(restored
      ? {
          RestoreSummary: {
            ...(restored.backupArn === undefined ? {} : { SourceBackupArn: restored.backupArn }),
            SourceTableArn: restored.tableArn,
            RestoreDateTime: new Date(restored.atMs),
            RestoreInProgress: table.restoring === true,
          },
        }
      : {}),
    DeletionProtectionEnabled: table.deletionProtection,
  }
}

async function sizes<B extends string>(tx: ReadTx, id: string, bytesName: B) {
  const [items, bytes] = await Promise.all([tx.count(itemCount(id)), tx.count(byteCount(id))])
  return { ItemCount: items, [bytesName]: bytes } as { ItemCount: number } & Record<B, number>
}

export function describeKey({ partition, sort }: KeySchema) {
  return [
    { AttributeName: partition.name, KeyType: 'HASH' as const },
    ...(sort ? [{ AttributeName: sort.name, KeyType: 'RANGE' as const }] : []),
  ]
}

export function describeProjection({ projection }: Pick<Index, 'projection'>) {
  return {
    ProjectionType: projection.type,
    ...(projection.type === 'INCLUDE' ? { NonKeyAttributes: [...projection.attributes] } : {}),
  }
}

/** On-demand tables say zero. */
export function describeThroughput(throughput: Throughput | undefined) {
  return {
    NumberOfDecreasesToday: 0,
    ReadCapacityUnits: throughput?.read ?? 0,
    WriteCapacityUnits: throughput?.write ?? 0,
    ...(throughput?.increasedAtMs === undefined ? {} : { LastIncreaseDateTime: new Date(throughput.increasedAtMs) }),
    ...(throughput?.decreasedAtMs === undefined ? {} : { LastDecreaseDateTime: new Date(throughput.decreasedAtMs) }),
  }
}

export function describeOnDemand({ maxRead, maxWrite }: OnDemand) {
  return {
    ...(maxRead === undefined ? {} : { MaxReadRequestUnits: maxRead }),
    ...(maxWrite === undefined ? {} : { MaxWriteRequestUnits: maxWrite }),
  }
}

function describeKmsKey({ keyArn }: NonNullable<Table['encryption']>) {
  return keyArn === undefined ? {} : { KMSMasterKeyArn: keyArn }
}
