import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import type { Tx } from '../../kernel/records.ts'
import { entriesPerItem } from './entries.ts'
import { writeItem } from './item-writes.ts'
import type { Position } from './positions.ts'
import { letIn } from './restored-table.ts'
import { backup, backupItem, type Table, table } from './state.ts'
import { decodeItem, type StoredItem } from './stored-item.ts'
import { eachItem } from './table-walk.ts'

const itemsPerStep = 25
const retry = { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 }

interface BackupWork {
  readonly tableName: string
  readonly tableId: string
  readonly backupId: string
}
interface RestoreWork {
  readonly sourceName: string
  readonly backupId: string
  readonly targetName: string
  readonly targetId: string
}

/**
 * Before an item changes, its table's backups in progress keep what it is, unless they have it: so they hold what the
 * table held when they were asked for. Nothing there is kept too.
 */
export async function keepForBackups(
  tx: Tx,
  { copying = [] }: Table,
  { partition, sort }: Position,
  stored: StoredItem | undefined,
): Promise<void> {
  for (const id of copying) {
    const key = backupItem(id, partition, sort)
    if ((await tx.get(key)) === undefined) tx.set(key, stored ? { stored } : {})
  }
}

/** Copies what has not changed since the backup was asked for, then makes it AVAILABLE. */
export const backUp: Job<BackupWork> = {
  retry,
  async run({ tableName, tableId, backupId }, ctx) {
    await eachItem(ctx, tableName, tableId, async (tx, found, position, key) => {
      if (found.copying?.includes(backupId)) {
        await keepForBackups(tx, { ...found, copying: [backupId] }, position, await tx.get(key))
      }
    })
    await ctx.host.records.write(ctx.scope, async (tx) => {
      const made = await tx.get(backup(tableName, backupId))
      if (made) tx.set(backup(tableName, backupId), { ...made, status: 'AVAILABLE' })
      const found = await tx.get(table(tableName))
      if (found?.id !== tableId) return
      const { copying = [], ...rest } = found
      const left = copying.filter((id) => id !== backupId)
      tx.set(table(tableName), left.length > 0 ? { ...rest, copying: left } : rest)
    })
  },
}

/** Fills a table from a backup, then lets requests in. */
export const restore: Job<RestoreWork> = {
  retry,
  async run({ sourceName, backupId, targetName, targetId }, ctx: JobCtx) {
    let after: Position | undefined
    for (;;) {
      if (ctx.signal.aborted) throw new Retry(ctx.nowMs, 'the node is stopping', { counts: false })
      const nowMs = ctx.host.clock.nowMs()
      const last: Position | undefined = await ctx.host.records.write(ctx.scope, async (tx) => {
        const target = await tx.get(table(targetName))
        if (target?.id !== targetId) return undefined
        let at: Position | undefined
        const rest = backupItem.between([backupId], after ? { after: [after.partition, after.sort] } : {})
        // Each item is written once for the table and once for each index.
        const limit = Math.max(1, Math.floor(itemsPerStep / (1 + entriesPerItem(target))))
        for await (const { key, value } of tx.snapshot.range(rest, { limit })) {
          at = { partition: key[1], sort: key[2] }
          const { stored } = value
          if (!stored) continue
          const { item } = decodeItem(stored)
          await writeItem(tx, target, { position: at, next: () => item, tooLarge: '' }, { nowMs })
        }
        return at
      })
      if (!last) break
      after = last
    }
    await ctx.host.records.write(ctx.scope, async (tx) => {
      const source = await tx.get(backup(sourceName, backupId))
      if (source) {
        tx.set(backup(sourceName, backupId), {
          ...source,
          restoring: source.restoring.filter((id) => id !== targetId),
        })
      }
      await letIn(tx, targetName, targetId)
    })
  },
}
