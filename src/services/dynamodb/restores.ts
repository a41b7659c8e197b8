import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { tableAccess } from './access.ts'
import type { Api } from './api.ts'
import { backupArn } from './backup-description.ts'
import { findBackup } from './backups.ts'
import { recoveryOf, timeWithin } from './continuous-backups.ts'
import { checkTargetName, refuseOverrides, restoredTable } from './restored-table.ts'
import { backup, pastReader, table } from './state.ts'
import { describeTable } from './table-description.ts'
import { tableArn, tableNameOf } from './table-lookup.ts'

/** Tables made from backups, and from what other tables were. */
export const restores = operations<Api>()({
  RestoreTableFromBackup: {
    authorize: async ({ BackupArn, TargetTableName }, ctx, tx) => [
      { action: 'dynamodb:RestoreTableFromBackup', resource: BackupArn },
      await tableAccess('RestoreTableFromBackup', TargetTableName, ctx, tx),
    ],
    async write(tx, input, ctx) {
      refuseOverrides(input)
      const { TargetTableName: name } = input
      const source = await findBackup(tx, input.BackupArn, ctx)
      if (source.status !== 'AVAILABLE') {
        throw awsError('BackupInUseException', `Backup is being created: ${input.BackupArn}`)
      }
      await checkTargetName(tx, name)
      const from = {
        backupArn: backupArn(ctx, source),
        tableArn: tableArn(ctx, source.table.name),
        atMs: source.createdAtMs,
      }
      const made = restoredTable(source.table, input, from, ctx)
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

  RestoreTableToPointInTime: {
    authorize: async ({ SourceTableName, SourceTableArn, TargetTableName }, ctx, tx) =>
      Promise.all(
        [SourceTableName ?? SourceTableArn, TargetTableName].flatMap((name) =>
          name === undefined ? [] : [tableAccess('RestoreTableToPointInTime', name, ctx, tx)],
        ),
      ),
    async write(tx, input, ctx) {
      refuseOverrides(input)
      const { SourceTableName, SourceTableArn, TargetTableName: name, UseLatestRestorableTime, RestoreDateTime } = input
      const sourceName = tableNameOf(one({ SourceTableName, SourceTableArn }), ctx)
      const source = await tx.get(table(sourceName))
      if (!source) throw awsError('TableNotFoundException', `Table not found: ${sourceName}`)
      if ((UseLatestRestorableTime === true) === (RestoreDateTime !== undefined)) {
        throw awsError('ValidationException', 'Give either RestoreDateTime or UseLatestRestorableTime, and not both.')
      }
      const recovery = recoveryOf(source)
      const atMs = timeWithin(recovery, RestoreDateTime, ctx.nowMs, 'InvalidRestoreTimeException', 'RestoreDateTime')
      await checkTargetName(tx, name)
      const made = restoredTable(source, input, { tableArn: tableArn(ctx, source.name), atMs }, ctx)
      tx.set(table(name), made)
      tx.set(pastReader(recovery.id, made.id), atMs)
      ctx.host.deliveries.schedule(tx, {
        kind: 'dynamodb:recover',
        scope: ctx.scope,
        data: { sourceId: source.id, recoveryId: recovery.id, atMs, targetName: name, targetId: made.id },
      })
      return { TableDescription: await describeTable(tx, made, ctx) }
    },
  },
})

/** The one of these parameters that is given. Throws ValidationException when none is, or both. */
function one(given: Readonly<Record<string, string | undefined>>): string {
  const values = Object.values(given).filter((value) => value !== undefined)
  if (values.length === 1) return values[0]!
  throw awsError('ValidationException', `Give one of ${Object.keys(given).join(' and ')}.`)
}
