import type { JobCtx } from '../../kernel/delivery.ts'
import { awsError } from '../../kernel/errors.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Item } from './attribute-value.ts'
import { keepForBackups } from './backup-jobs.ts'
import { entryUnits, writeUnits } from './capacity.ts'
import { changeEntry, type EntryChange, entryOf, hasIndexKeys } from './entries.ts'
import type { Condition } from './expressions/condition.ts'
import { itemSizeBytes, maxItemBytes } from './item-size.ts'
import { sendChange } from './outgoing-changes.ts'
import { keepPast } from './past.ts'
import { type Position, positionHash } from './positions.ts'
import { byteCount, collectionBytes, itemCount, item as itemRecord, type Table } from './state.ts'
import { decodeItem, encodeItem, type StoredItem } from './stored-item.ts'
import { appendChange, changeRecord } from './stream-records.ts'
import type { Meter } from './throttling.ts'
import { changeExpiry } from './time-to-live.ts'
import { billedBytes, changeVectors, type VectorChange } from './vectors/entries.ts'
import { itemToWire, type SdkItem } from './wire-values.ts'

/** Of one partition of a table with local indexes, their entries counted. */
const maxCollectionBytes = 10 * 2 ** 30

/** A change to one item, the way all operations that write make it. */
export interface ItemChange {
  readonly position: Position
  /** Throws ConditionalCheckFailedException unless it holds of the item as it is (`{}` when there is none). */
  readonly condition?: Condition | undefined
  /** Whether that error carries the item. */
  readonly failWithItem?: boolean
  /** The item that is to be there, or undefined for none. */
  next(current: Current | undefined): Item | undefined
  /** True when only the condition matters and the item stays as it is; `next` is not called. */
  readonly checkOnly?: boolean
  /** When what `next` makes is too large. */
  readonly tooLarge: string
  /** The service does it by itself, and the stream says so: items whose time has come. */
  readonly byService?: boolean
}

/** An item as it is stored, parsed when it is first looked at. */
export interface Current {
  readonly item: Item
  /** Whether there may be binary in it. */
  readonly binary: boolean
  readonly stored: StoredItem
}

export interface Written {
  readonly before: Current | undefined
  readonly after: Item | undefined
  /** Write units of the table itself. */
  readonly tableUnits: number
  readonly entries: readonly EntryChange[]
  readonly vectors: readonly VectorChange[]
}

/** What a write is made under. */
export interface WriteCircumstances {
  readonly nowMs: number
  /** The operation or job. Absent while a table is being filled, when nobody is told of its items. */
  readonly by?: Pick<JobCtx, 'host' | 'scope'>
  /** Absent for what the service does by itself. */
  readonly meter?: Meter
  /** How many times the units of a plain write it costs. */
  readonly factor?: number
}

const nothing: Pick<Written, 'entries' | 'vectors'> = { entries: [], vectors: [] }

/** Reads the item, checks the condition, writes what `next` makes of it, and everything that goes with the item. */
export async function writeItem(
  tx: Tx,
  table: Table,
  change: ItemChange,
  { nowMs, by, meter, factor = 1 }: WriteCircumstances,
): Promise<Written> {
  const { position } = change
  meter?.admit(table, undefined, 'write')
  const key = itemRecord(table.id, position.partition, position.sort)
  const stored = await tx.get(key)
  const before = stored && currentItem(stored)
  if (change.condition && !change.condition(before?.item ?? {})) {
    meter?.take(table, undefined, 'write', writeUnits(stored?.sizeBytes ?? 0) * factor)
    throw conditionFailed(change, before)
  }
  if (change.checkOnly) {
    meter?.take(table, undefined, 'write', writeUnits(stored?.sizeBytes ?? 0) * factor)
    return { before, after: before?.item, tableUnits: writeUnits(stored?.sizeBytes ?? 0), ...nothing }
  }
  const after = change.next(before)
  const sizeBytes = after ? itemSizeBytes(after) : 0
  if (sizeBytes > maxItemBytes) throw awsError('ValidationException', change.tooLarge)
  const kept = after && encodeItem(after, sizeBytes)
  if (meter) admitEntries(meter, table, before, after)
  if (table.copying) await keepForBackups(tx, table, position, stored)
  if (table.recovery && (stored || kept)) await keepPast(tx, table.recovery, position, stored, nowMs)
  if (kept) tx.set(key, kept)
  else if (before) tx.delete(key)

  const bytesBefore = stored?.sizeBytes ?? 0
  const added = (kept ? 1 : 0) - (stored ? 1 : 0)
  if (added !== 0) tx.add(itemCount(table.id), added)
  if (sizeBytes !== bytesBefore) tx.add(byteCount(table.id), sizeBytes - bytesBefore)
  const entries = table.indexes.length === 0 ? [] : await changeEntries(tx, table, position, before, after, kept)
  const { vectorIndexes } = table
  const vectors = vectorIndexes
    ? await changeVectors(tx, table, vectorIndexes, position, before?.item, after)
    : nothing.vectors
  if (table.timeToLive) changeExpiry(tx, table.timeToLive, position, before?.item, after)
  if (table.stream)
    appendChange(tx, table, table.stream, before, after, kept, { atMs: nowMs, byService: change.byService })
  if (table.destination?.active && by) {
    const circumstances = { atMs: nowMs, byService: change.byService }
    const record = changeRecord(table, 'NEW_AND_OLD_IMAGES', before, after, kept, circumstances)
    if (record) sendChange(tx, table, table.destination, record, by)
  }
  if (hasCollections(table)) {
    const ofEntries = entries.reduce((sum, { index, bytesAdded }) => sum + (index.kind === 'local' ? bytesAdded : 0), 0)
    const bytesAdded = sizeBytes - bytesBefore + ofEntries
    if (bytesAdded > 0) await checkCollection(tx, table, position, bytesAdded)
    if (bytesAdded !== 0) tx.add(collectionBytes(table.id, position.partition), bytesAdded)
  }
  const tableUnits = vectorIndexes
    ? writeUnits(
        Math.max(
          after ? billedBytes(vectorIndexes, after, sizeBytes) : 0,
          before ? billedBytes(vectorIndexes, before.item, bytesBefore) : 0,
        ),
      )
    : writeUnits(Math.max(sizeBytes, bytesBefore))
  if (meter) {
    meter.take(table, undefined, 'write', tableUnits * factor)
    for (const entry of entries) meter.take(table, entry.index, 'write', entryUnits(entry) * factor)
  }
  return { before, after, tableUnits, entries, vectors }
}

/** A write waits for the throughput of the indexes that it may change, before it changes anything. */
function admitEntries(meter: Meter, table: Table, before: Current | undefined, after: Item | undefined): void {
  for (const index of table.indexes) {
    if (index.kind === 'local' || index.status === 'DELETING') continue
    const touched = [before?.item, after].some((item) => item && hasIndexKeys(index, item))
    if (touched) meter.admit(table, index, 'write')
  }
}

async function changeEntries(
  tx: Tx,
  table: Table,
  position: Position,
  before: Current | undefined,
  after: Item | undefined,
  kept: StoredItem | undefined,
): Promise<EntryChange[]> {
  const primary = positionHash(position)
  const changes: EntryChange[] = []
  for (const index of table.indexes) {
    if (index.status === 'DELETING') continue
    const old = before && entryOf(table, index, before.item, before.stored)
    const fresh = after && kept && entryOf(table, index, after, kept)
    changes.push(await changeEntry(tx, index, primary, old, fresh))
  }
  return changes
}

/** The size is read without taking part in conflict detection: writes of the same moment may pass it together. */
async function checkCollection(tx: Tx, table: Table, { partition }: Position, bytesAdded: number): Promise<void> {
  const bytes = await tx.snapshot.count(collectionBytes(table.id, partition))
  if (bytes + bytesAdded <= maxCollectionBytes) return
  throw awsError('ItemCollectionSizeLimitExceededException', 'Collection size exceeded.')
}

/** Whether items of one partition form collections, whose sizes are told (tables with local indexes). */
export function hasCollections(table: Table): boolean {
  return table.indexes.some((index) => index.kind === 'local')
}

export function currentItem(stored: StoredItem): Current {
  let decoded: ReturnType<typeof decodeItem> | undefined
  const parsed = () => {
    decoded ??= decodeItem(stored)
    return decoded
  }
  return {
    stored,
    get item() {
      return parsed().item
    },
    get binary() {
      return parsed().binary
    },
  }
}

function conditionFailed(change: ItemChange, before: Current | undefined) {
  const shown: { Item?: SdkItem } =
    change.failWithItem && before ? { Item: itemToWire(before.item, before.binary) } : {}
  return awsError('ConditionalCheckFailedException', 'The conditional request failed', { members: shown })
}
