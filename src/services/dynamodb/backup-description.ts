import type { Ctx } from '../../kernel/context.ts'
import type { Backup } from './state.ts'
import { describeKey, describeOnDemand, describeProjection, describeThroughput } from './table-description.ts'
import { tableArn } from './table-lookup.ts'
import { describeVectorDefinition } from './vectors/definition.ts'

export function backupArn(ctx: Pick<Ctx, 'arn'>, { table, id }: Backup): string {
  return `${tableArn(ctx, table.name)}/backup/${id}`
}

/** What the API says of a backup: itself, and the table as it was. */
export function describeBackup(of: Backup, ctx: Ctx) {
  const { table } = of
  const { billing, timeToLive, stream, encryption } = table
  const indexes = (kind: 'global' | 'local') =>
    table.indexes
      .filter((index) => index.kind === kind)
      .map((index) => ({
        IndexName: index.name,
        KeySchema: describeKey(index.key),
        Projection: describeProjection(index),
        ...(kind === 'global' ? { ProvisionedThroughput: describeThroughput(index.throughput) } : {}),
        ...(index.onDemand ? { OnDemandThroughput: describeOnDemand(index.onDemand) } : {}),
      }))
  return {
    BackupDetails: {
      BackupArn: backupArn(ctx, of),
      BackupName: of.name,
      BackupStatus: of.status,
      BackupType: 'USER' as const,
      BackupCreationDateTime: new Date(of.createdAtMs),
      BackupSizeBytes: of.sizeBytes,
    },
    SourceTableDetails: {
      TableName: table.name,
      TableId: table.uuid,
      TableArn: tableArn(ctx, table.name),
      KeySchema: describeKey(table.key),
      TableCreationDateTime: new Date(table.createdAtMs),
      ProvisionedThroughput: describeThroughput(billing.throughput),
      ...(billing.onDemand ? { OnDemandThroughput: describeOnDemand(billing.onDemand) } : {}),
      TableSizeBytes: of.sizeBytes,
      ItemCount: of.items,
      BillingMode: billing.mode,
    },
    SourceTableFeatureDetails: {
      LocalSecondaryIndexes: indexes('local'),
      GlobalSecondaryIndexes: indexes('global'),
      ...(table.vectorIndexes ? { VectorIndexes: table.vectorIndexes.map(describeVectorDefinition) } : {}),
      ...(stream ? { StreamDescription: { StreamEnabled: true, StreamViewType: stream.view } } : {}),
      TimeToLiveDescription: timeToLive
        ? { TimeToLiveStatus: 'ENABLED' as const, AttributeName: timeToLive.attribute }
        : { TimeToLiveStatus: 'DISABLED' as const },
      ...(encryption ? { SSEDescription: { Status: 'ENABLED' as const, SSEType: 'KMS' as const } } : {}),
    },
  }
}

export function backupSummary(of: Backup, ctx: Ctx) {
  const { BackupDetails, SourceTableDetails } = describeBackup(of, ctx)
  const { TableName, TableId, TableArn } = SourceTableDetails
  return { TableName, TableId, TableArn, ...BackupDetails }
}
