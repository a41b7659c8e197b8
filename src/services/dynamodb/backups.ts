import { parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { tableAccess } from './access.ts'
import type { Api } from './api.ts'
import { backupSummary, describeBackup } from './backup-description.ts'
import { type Backup, backup, byteCount, itemCount, table } from './state.ts'
import { tableNameOf } from './table-lookup.ts'

const mostBackups = 100

/**
 * Backups on demand: what a table held when the backup was asked for. Writes go on meanwhile: they keep what they
 * change for the backup first, and the rest is copied in the background (backup-jobs.ts).
 */
export const backups = operations<Api>()({
  CreateBackup: {
    authorize: async ({ TableName }, ctx, tx) => [await tableAccess('CreateBackup', TableName, ctx, tx)],
    async write(tx, { TableName, BackupName }, ctx) {
      const name = tableNameOf(TableName, ctx)
      const found = await tx.get(table(name))
      if (!found) throw awsError('TableNotFoundException', `Table not found: ${name}`)
      if (found.restoring) throw awsError('TableInUseException', `Table is being restored: ${name}`)
      const id = `${String(ctx.nowMs).padStart(14, '0')}-${ctx.ids.token(8, '0123456789abcdef')}`
      const { copying: before = [], ...definition } = found
      const made: Backup = {
        id,
        name: BackupName,
        table: definition,
        createdAtMs: ctx.nowMs,
        status: 'CREATING',
        sizeBytes: await tx.snapshot.count(byteCount(found.id)),
        items: await tx.snapshot.count(itemCount(found.id)),
        restoring: [],
      }
      tx.set(backup(name, id), made)
      tx.set(table(name), { ...found, copying: [...before, id] })
      ctx.host.deliveries.schedule(tx, {
        kind: 'dynamodb:backUp',
        scope: ctx.scope,
        data: { tableName: name, tableId: found.id, backupId: id },
      })
      return { BackupDetails: describeBackup(made, ctx).BackupDetails }
    },
  },

  DescribeBackup: {
    authorize: ({ BackupArn }) => [{ action: 'dynamodb:DescribeBackup', resource: BackupArn }],
    async read(tx, { BackupArn }, ctx) {
      return { BackupDescription: describeBackup(await findBackup(tx, BackupArn, ctx), ctx) }
    },
  },

  DeleteBackup: {
    authorize: ({ BackupArn }) => [{ action: 'dynamodb:DeleteBackup', resource: BackupArn }],
    async write(tx, { BackupArn }, ctx) {
      const found = await findBackup(tx, BackupArn, ctx)
      if (found.status === 'CREATING' || found.restoring.length > 0) {
        throw awsError('BackupInUseException', `Backup is being created or restored: ${BackupArn}`)
      }
      tx.delete(backup(found.table.name, found.id))
      ctx.host.deliveries.schedule(tx, {
        kind: 'dynamodb:purge',
        scope: ctx.scope,
        data: { indexIds: [], backupId: found.id },
      })
      const { BackupDetails, ...rest } = describeBackup(found, ctx)
      return { BackupDescription: { ...rest, BackupDetails: { ...BackupDetails, BackupStatus: 'DELETED' as const } } }
    },
  },

  ListBackups: {
    authorize: () => [{ action: 'dynamodb:ListBackups', resource: '*' }],
    async read(tx, input, ctx) {
      const { TableName, Limit = mostBackups, BackupType = 'ALL', ExclusiveStartBackupArn } = input
      const lowMs = input.TimeRangeLowerBound?.getTime() ?? 0
      const highMs = input.TimeRangeUpperBound?.getTime() ?? Number.POSITIVE_INFINITY
      // Only users make backups here.
      if (BackupType !== 'ALL' && BackupType !== 'USER') return { BackupSummaries: [] }
      const start = ExclusiveStartBackupArn === undefined ? undefined : readBackupArn(ExclusiveStartBackupArn, ctx)
      const name = TableName === undefined ? undefined : tableNameOf(TableName, ctx)
      const after = start && { after: name === undefined ? [start.tableName, start.id] : [start.id] }
      const range = name === undefined ? backup.between([], after ?? {}) : backup.between([name], after ?? {})
      const found: Backup[] = []
      for await (const { value } of tx.range(range)) {
        if (value.createdAtMs < lowMs || value.createdAtMs >= highMs) continue
        found.push(value)
        if (found.length > Limit) break
      }
      const page = found.slice(0, Limit).map((each) => backupSummary(each, ctx))
      return {
        BackupSummaries: page,
        LastEvaluatedBackupArn: found.length > Limit ? page.at(-1)?.BackupArn : undefined,
      }
    },
  },
})

/** Throws BackupNotFoundException. */
export async function findBackup(tx: ReadTx, arn: string, ctx: Ctx): Promise<Backup> {
  const { tableName, id } = readBackupArn(arn, ctx)
  const found = await tx.get(backup(tableName, id))
  if (!found) throw awsError('BackupNotFoundException', `Backup not found: ${arn}`)
  return found
}

function readBackupArn(arn: string, ctx: Ctx): { tableName: string; id: string } {
  const parsed = parseArn(arn)
  const [, tableName, id] = /^table\/([^/]+)\/backup\/([^/]+)$/.exec(parsed?.resource ?? '') ?? []
  const ours = parsed?.service === 'dynamodb' && parsed.region === ctx.region && parsed.account === ctx.account
  if (!ours || tableName === undefined || id === undefined) {
    throw awsError('ValidationException', `Invalid BackupArn: ${arn}`)
  }
  return { tableName, id }
}
