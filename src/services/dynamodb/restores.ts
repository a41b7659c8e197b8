import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { tableAccess } from './access.ts'
import type { Api } from './api.ts'
import { backupArn } from './backup-description.ts'
import { findBackup } from './backups.ts'
import { billedIndex, billingOf } from './billing.ts'
import { refuse } from './request.ts'
import { checkTableName, usedAttributes } from './schema.ts'
import { backup, type Index, type Table, table } from './state.ts'
import { describeKey, describeTable } from './table-description.ts'
import { tableArn } from './table-lookup.ts'
import { encryptionOf, newId, unsupportedOfTables } from './tables.ts'

/** Tables made from backups. As on AWS, tags, streams, time to live and policies are not restored. */
export const restores = operations<Api>()({
  RestoreTableFromBackup: {
    authorize: async ({ BackupArn, TargetTableName }, ctx, tx) => [
      { action: 'dynamodb:RestoreTableFromBackup', resource: BackupArn },
      await tableAccess('RestoreTableFromBackup', TargetTableName, ctx, tx),
    ],
    async write(tx, input, ctx) {
      refuse(input, { VectorIndexOverride: unsupportedOfTables.VectorIndexes })
      for (const index of input.GlobalSecondaryIndexOverride ?? []) {
        refuse(index, { WarmThroughput: unsupportedOfTables.WarmThroughput })
      }
      const { TargetTableName: name } = input
      checkTableName(name)
      const source = await findBackup(tx, input.BackupArn, ctx)
      if (source.status !== 'AVAILABLE') {
        throw awsError('BackupInUseException', `Backup is being created: ${input.BackupArn}`)
      }
      if (await tx.get(table(name))) throw awsError('TableAlreadyExistsException', `Table already exists: ${name}`)
      const { ProvisionedThroughputOverride, OnDemandThroughputOverride, BillingModeOverride } = input
      const overridden =
        ProvisionedThroughputOverride !== undefined ||
        OnDemandThroughputOverride !== undefined ||
        BillingModeOverride !== undefined
      const mode = BillingModeOverride ?? source.table.billing.mode
      const billing = overridden
        ? billingOf(
            {
              BillingMode: mode,
              ...(ProvisionedThroughputOverride ? { ProvisionedThroughput: ProvisionedThroughputOverride } : {}),
              ...(OnDemandThroughputOverride ? { OnDemandThroughput: OnDemandThroughputOverride } : {}),
            },
            ctx.nowMs,
          )
        : source.table.billing
      const local = keptIndexes(source.table, 'local', input.LocalSecondaryIndexOverride)
      const global = keptIndexes(source.table, 'global', input.GlobalSecondaryIndexOverride).map((index) => {
        const given = input.GlobalSecondaryIndexOverride?.find(({ IndexName }) => IndexName === index.name)
        return given && overridden ? billedIndex({ ...index }, given, billing) : index
      })
      const indexes = [...local, ...global].map((index): Index => ({ ...index, id: newId(ctx), status: 'ACTIVE' }))
      const { key, attributeTypes, encryption: before } = source.table
      const encryption = input.SSESpecificationOverride ? encryptionOf(input.SSESpecificationOverride) : before
      const made: Table = {
        name,
        id: newId(ctx),
        uuid: ctx.newId(),
        createdAtMs: ctx.nowMs,
        key,
        attributeTypes: usedAttributes(attributeTypes, key, indexes),
        indexes,
        billing,
        deletionProtection: false,
        ...(encryption ? { encryption } : {}),
        restored: {
          backupArn: backupArn(ctx, source),
          tableArn: tableArn(ctx, source.table.name),
          atMs: ctx.nowMs,
        },
        restoring: true,
      }
      tx.set(table(name), made)
      tx.set(backup(source.table.name, source.id), { ...source, restoring: [...source.restoring, made.id] })
      ctx.host.deliveries.schedule(tx, {
        kind: 'dynamodb:restore',
        scope: ctx.scope,
        data: { sourceName: source.table.name, backupId: source.id, targetName: name, targetId: made.id },
      })
      return { TableDescription: await describeTable(tx, made, ctx) }
    },
  },
})

interface IndexOverride {
  readonly IndexName?: string
  readonly KeySchema?: readonly object[]
  readonly Projection?: { readonly ProjectionType?: string; readonly NonKeyAttributes?: readonly string[] }
}

/** All indexes of the backup, or those that are asked for, which must be among them. */
function keptIndexes({ indexes }: Table, kind: Index['kind'], asked: readonly IndexOverride[] | undefined): Index[] {
  const there = indexes.filter((index) => index.kind === kind && index.status !== 'DELETING')
  if (!asked) return there
  return asked.map((request) => {
    const { IndexName, KeySchema, Projection } = request
    const index = there.find(({ name }) => name === IndexName)
    const isSame =
      index &&
      JSON.stringify(KeySchema) === JSON.stringify(describeKey(index.key)) &&
      Projection?.ProjectionType === index.projection.type
    if (isSame) return index
    throw awsError(
      'ValidationException',
      `One or more parameter values were invalid: the backup has no such index: ${IndexName}`,
    )
  })
}
