import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import type { KeyPart, RecordType, Tx } from '../../kernel/records.ts'
import { backUp, restore } from './backup-jobs.ts'
import { bulkPut } from './bulk/job.ts'
import { addMissingEntry } from './entries.ts'
import { exportJob } from './export-jobs.ts'
import { importJob } from './import-jobs.ts'
import { currentItem, writeItem } from './item-writes.ts'
import { tellKinesis } from './outgoing-changes.ts'
import { recover, trimPast } from './past-jobs.ts'
import { usedAttributes } from './schema.ts'
import {
  backupItem,
  byteCount,
  collectionBytes,
  entry,
  expiry,
  type Index,
  item,
  itemCount,
  past,
  pastInTime,
  type Table,
  type TimeToLive,
  table,
} from './state.ts'
import { trimStream } from './stream-trimming.ts'
import { eachItem } from './table-walk.ts'
import { changeExpiry, expiryWindowSec, isExpired } from './time-to-live.ts'
import { addMissingVector } from './vectors/entries.ts'
import { type VectorIndex, vector, vectorItem } from './vectors/state.ts'

/** Records changed in one transaction; items of 400 KB with all their index entries must fit into it. */
const keysPerStep = 500
const itemsPerStep = 25
const sweepEveryMs = 60_000
const retry = { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 }

interface IndexWork {
  readonly tableName: string
  readonly tableId: string
  readonly indexId: string
}
interface ExpiryWork {
  readonly tableName: string
  readonly timeToLiveId: string
}
interface PurgeWork {
  readonly tableId?: string
  readonly indexIds: readonly string[]
  readonly vectorIndexIds?: readonly string[]
  readonly timeToLiveId?: string
  readonly backupId?: string
  readonly recoveryId?: string
}

/** Background work of tables. Each step is a transaction of its own that looks again at what it is about. */
export const jobs = {
  trimStream,
  backUp,
  restore,
  trimPast,
  recover,
  export: exportJob,
  import: importJob,
  bulkPut,
  tellKinesis,

  /** Fills a new global or vector index from the table, then makes it ACTIVE. Writes keep it true from the moment it was made. */
  fill: {
    retry,
    async run({ tableName, tableId, indexId }: IndexWork, ctx: JobCtx) {
      await eachItem(ctx, tableName, tableId, async (tx, found, position, key) => {
        const index = found.indexes.find(({ id }) => id === indexId)
        const vectorIndex = found.vectorIndexes?.find(({ id }) => id === indexId)
        if (!index && !vectorIndex) return
        const stored = await tx.get(key)
        if (!stored) return
        const { item: whole } = currentItem(stored)
        if (index) await addMissingEntry(tx, found, index, position, whole)
        if (vectorIndex) await addMissingVector(tx, found, vectorIndex, position, whole)
      })
      await changeIndexes(ctx, tableName, tableId, {
        // One whose deletion was asked for meanwhile is left to that.
        change: (index) =>
          index.id === indexId && index.status === 'CREATING' ? { ...index, status: 'ACTIVE' } : index,
      })
    },
  } satisfies Job<IndexWork>,

  /** Empties a deleted index, then takes it off its table. */
  drop: {
    retry,
    async run({ tableName, tableId, indexId }: IndexWork, ctx: JobCtx) {
      for (const record of [entry, vector, vectorItem]) await clear(ctx, record, indexId)
      await ctx.host.records.write(ctx.scope, (tx) => dropCounters(tx, indexId))
      await changeIndexes(ctx, tableName, tableId, {
        change: (index) => (index.id === indexId ? undefined : index),
      })
    },
  } satisfies Job<IndexWork>,

  /** Removes what a deleted table, or a time to live that was switched off, left behind. */
  purge: {
    retry,
    async run({ tableId, indexIds, vectorIndexIds = [], timeToLiveId, backupId, recoveryId }: PurgeWork, ctx: JobCtx) {
      if (tableId !== undefined) {
        await clear(ctx, item, tableId)
        await clear(ctx, collectionBytes, tableId)
      }
      for (const id of indexIds) await clear(ctx, entry, id)
      for (const id of vectorIndexIds) {
        await clear(ctx, vector, id)
        await clear(ctx, vectorItem, id)
      }
      if (timeToLiveId !== undefined) await clear(ctx, expiry, timeToLiveId)
      if (backupId !== undefined) await clear(ctx, backupItem, backupId)
      if (recoveryId !== undefined) {
        await clear(ctx, past, recoveryId)
        await clear(ctx, pastInTime, recoveryId)
      }
      await ctx.host.records.write(ctx.scope, (tx) => {
        for (const id of [...(tableId === undefined ? [] : [tableId]), ...indexIds, ...vectorIndexIds]) {
          dropCounters(tx, id)
        }
      })
    },
  } satisfies Job<PurgeWork>,

  /** Puts the items that were there before time to live was switched on into the order of expiry. */
  orderExpiry: {
    retry,
    async run({ tableName, timeToLiveId }: ExpiryWork, ctx: JobCtx) {
      const found = await ctx.host.records.read(ctx.scope, (tx) => tx.get(table(tableName)))
      if (found?.timeToLive?.id !== timeToLiveId) return
      await eachItem(ctx, tableName, found.id, async (tx, current, position, key) => {
        if (current.timeToLive?.id !== timeToLiveId) return
        const stored = await tx.get(key)
        if (stored) changeExpiry(tx, current.timeToLive, position, undefined, currentItem(stored).item)
      })
    },
  } satisfies Job<ExpiryWork>,

  /** Deletes expired items, again and again while the table's time to live is on. */
  expire: {
    retry,
    async run({ tableName, timeToLiveId }: ExpiryWork, ctx: JobCtx) {
      for (;;) {
        if (ctx.signal.aborted) throw new Retry(ctx.nowMs, 'the node is stopping', { counts: false })
        const nowMs = ctx.host.clock.nowMs()
        const deleted = await ctx.host.records.write(ctx.scope, async (tx) => {
          const found = await tx.get(table(tableName))
          if (found?.timeToLive?.id !== timeToLiveId) return undefined
          return await deleteExpired(tx, found, found.timeToLive, nowMs, ctx)
        })
        if (deleted === undefined) return
        if (deleted < itemsPerStep) throw new Retry(nowMs + sweepEveryMs, 'the next sweep', { counts: false })
      }
    },
  } satisfies Job<ExpiryWork>,
}

async function deleteExpired(tx: Tx, found: Table, setting: TimeToLive, nowMs: number, by: JobCtx): Promise<number> {
  const { fromSec, toSec } = expiryWindowSec(nowMs)
  const due = expiry.between([setting.id], { from: [fromSec], through: [toSec] })
  let deleted = 0
  for await (const [, atSec, partition, sort] of tx.snapshot.keys(due, { limit: itemsPerStep })) {
    deleted++
    const stored = await tx.get(item(found.id, partition, sort))
    if (stored && isExpired(setting, currentItem(stored).item, nowMs)) {
      await writeItem(
        tx,
        found,
        { position: { partition, sort }, next: () => undefined, tooLarge: '', byService: true },
        { nowMs, by },
      )
    } else {
      tx.delete(expiry(setting.id, atSec, partition, sort))
    }
  }
  return deleted
}

interface IndexChange {
  /** What each index is to be; undefined when it goes. */
  change<I extends Index | VectorIndex>(index: I): I | undefined
}

function changeIndexes(
  { host, scope }: JobCtx,
  tableName: string,
  tableId: string,
  { change }: IndexChange,
): Promise<void> {
  return host.records.write(scope, async (tx) => {
    const found = await tx.get(table(tableName))
    if (found?.id !== tableId) return
    const { vectorIndexes: before = [], ...rest } = found
    const vectorIndexes = before.flatMap((index) => change(index) ?? [])
    const indexes = found.indexes.flatMap((index) => change(index) ?? [])
    const next = { ...rest, indexes, ...(vectorIndexes.length > 0 ? { vectorIndexes } : {}) }
    tx.set(table(tableName), { ...next, attributeTypes: usedAttributes(found.attributeTypes, next) })
  })
}

async function clear(
  { host, scope, signal, nowMs }: JobCtx,
  record:
    | typeof item
    | typeof backupItem
    | typeof entry
    | typeof vector
    | typeof vectorItem
    | typeof expiry
    | typeof collectionBytes
    | typeof past
    | typeof pastInTime,
  id: string,
): Promise<void> {
  // Of a union of types of records TypeScript calls no method; all are cleared alike, by their first part.
  const all = record as unknown as RecordType<unknown, [id: string, ...KeyPart[]]>
  for (;;) {
    if (signal.aborted) throw new Retry(nowMs, 'the node is stopping', { counts: false })
    const cleared = await host.records.write(scope, async (tx) => {
      let count = 0
      for await (const parts of tx.snapshot.keys(all.under(id), { limit: keysPerStep })) {
        count++
        tx.delete(all(...parts))
      }
      return count
    })
    if (cleared < keysPerStep) return
  }
}

function dropCounters(tx: Tx, id: string): void {
  tx.delete(itemCount(id))
  tx.delete(byteCount(id))
}
