import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { tableAccess } from './access.ts'
import type { Api } from './api.ts'
import { dayMs, restorableMs } from './past.ts'
import { pastReader, type Recovery, type Table, table } from './state.ts'
import { tableNameOf } from './table-lookup.ts'
import { newId } from './tables.ts'

/** Days for which the past is kept, unless fewer are asked for. */
const mostDays = 35

/**
 * Point-in-time recovery: while it is on, writes keep what they replace (past.ts), for the days that are asked for. The
 * latest time is this moment, and not five minutes ago as on AWS: the past is there as soon as a write is.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
 */
export const continuousBackups = operations<Api>()({
  DescribeContinuousBackups: {
    authorize: async ({ TableName }, ctx, tx) => [await tableAccess('DescribeContinuousBackups', TableName, ctx, tx)],
    async read(tx, { TableName }, ctx) {
      return { ContinuousBackupsDescription: describe(await existing(tx, TableName, ctx), ctx.nowMs) }
    },
  },

  UpdateContinuousBackups: {
    authorize: async ({ TableName }, ctx, tx) => [await tableAccess('UpdateContinuousBackups', TableName, ctx, tx)],
    async write(tx, { TableName, PointInTimeRecoverySpecification }, ctx) {
      const { PointInTimeRecoveryEnabled, RecoveryPeriodInDays } = PointInTimeRecoverySpecification
      const { recovery: before, ...rest } = await existing(tx, TableName, ctx)
      if (rest.restoring) {
        throw awsError('ContinuousBackupsUnavailableException', `Backups are being enabled for the table: ${rest.name}`)
      }
      if (!PointInTimeRecoveryEnabled) {
        if (RecoveryPeriodInDays !== undefined) {
          throw awsError(
            'ValidationException',
            'RecoveryPeriodInDays can only be given when PointInTimeRecoveryEnabled is true.',
          )
        }
        if (before) await endRecovery(tx, rest.name, before, ctx)
        tx.set(table(rest.name), rest)
        return { ContinuousBackupsDescription: describe(rest, ctx.nowMs) }
      }
      const recovery: Recovery = {
        id: before?.id ?? newId(ctx),
        sinceMs: before?.sinceMs ?? ctx.nowMs,
        days: RecoveryPeriodInDays ?? before?.days ?? mostDays,
      }
      const next = { ...rest, recovery }
      tx.set(table(rest.name), next)
      ctx.host.deliveries.schedule(tx, {
        kind: 'dynamodb:trimPast',
        scope: ctx.scope,
        dueAtMs: before ? ctx.nowMs : ctx.nowMs + recovery.days * dayMs,
        data: { tableName: rest.name, recoveryId: recovery.id },
        key: recovery.id,
      })
      return { ContinuousBackupsDescription: describe(next, ctx.nowMs) }
    },
  },
})

/** Forgets the past of a table. Throws ResourceInUseException while it is being read. */
export async function endRecovery(tx: Tx, tableName: string, { id }: Recovery, ctx: Ctx): Promise<void> {
  for await (const _ of tx.keys(pastReader.under(id), { limit: 1 })) {
    throw awsError(
      'ResourceInUseException',
      `Attempt to change a resource which is still in use: Table is being restored or exported: ${tableName}`,
    )
  }
  ctx.host.deliveries.cancel(tx, 'dynamodb:trimPast', ctx.scope, id)
  ctx.host.deliveries.schedule(tx, {
    kind: 'dynamodb:purge',
    scope: ctx.scope,
    data: { indexIds: [], recoveryId: id },
  })
}

/** Throws PointInTimeRecoveryUnavailableException. */
export function recoveryOf({ name, recovery }: Table): Recovery {
  if (recovery) return recovery
  throw awsError('PointInTimeRecoveryUnavailableException', `Point in time recovery is not enabled for table '${name}'`)
}

/**
 * The time asked for, or now. Clients may send whole seconds (boto3 does): one that the past begins in means where it
 * begins. Throws `code` when the past is not kept from then.
 */
export function timeWithin(
  recovery: Recovery,
  asked: Date | undefined,
  nowMs: number,
  code: 'InvalidRestoreTimeException' | 'InvalidExportTimeException',
  parameter: string,
): number {
  const { fromMs, toMs } = restorableMs(recovery, nowMs)
  const atMs = asked?.getTime() ?? toMs
  if (atMs > fromMs - 1_000 && atMs <= toMs) return Math.max(atMs, fromMs)
  const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString())
  throw awsError(
    code,
    `${parameter} must be between EarliestRestorableDateTime (${from}) and LatestRestorableDateTime (${to}).`,
  )
}

async function existing(tx: ReadTx, nameOrArn: string, ctx: Ctx): Promise<Table> {
  const name = tableNameOf(nameOrArn, ctx)
  const found = await tx.get(table(name))
  if (!found) throw awsError('TableNotFoundException', `Table not found: ${name}`)
  return found
}

function describe({ recovery }: Table, nowMs: number) {
  const restorable = recovery && restorableMs(recovery, nowMs)
  return {
    // Every table can have them; whether it has is told below.
    ContinuousBackupsStatus: 'ENABLED' as const,
    PointInTimeRecoveryDescription:
      recovery && restorable
        ? {
            PointInTimeRecoveryStatus: 'ENABLED' as const,
            RecoveryPeriodInDays: recovery.days,
            EarliestRestorableDateTime: new Date(restorable.fromMs),
            LatestRestorableDateTime: new Date(restorable.toMs),
          }
        : { PointInTimeRecoveryStatus: 'DISABLED' as const },
  }
}
