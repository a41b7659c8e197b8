import type { Tx } from '../../kernel/records.ts'
import { attribute, type Item, setAttribute } from './attribute-value.ts'
import { type CheckedUpdate, checkIndexKey, isIndexKey } from './index-keys.ts'
import { itemSizeBytes } from './item-size.ts'
import { checkKeySize, keyAttributes, keysOf } from './keys.ts'
import { type Position, partitionHash, positionHash, sortBytes } from './positions.ts'
import { byteCount, entry, type Index, itemCount, type Table } from './state.ts'
import { encodeItem, type StoredItem, storedEqual } from './stored-item.ts'
import { checkVectors } from './vectors/entries.ts'

/** How many entries a table's indexes may hold of one item. */
export function entriesPerItem({ indexes, vectorIndexes = [] }: Table): number {
  return indexes.length + vectorIndexes.length
}

/** What an index holds of one item. */
export interface Entry {
  readonly position: Position
  readonly stored: StoredItem
}

/** What `item` puts into the index: nothing when it lacks one of the index's keys. `stored` is the whole item's. */
export function entryOf(table: Table, index: Index, item: Item, stored: StoredItem): Entry | undefined {
  if (!hasIndexKeys(index, item)) return undefined
  const { partition, sort } = index.key
  return {
    position: {
      partition: partitionHash(item[partition.name]!),
      sort: sort ? sortBytes(item[sort.name]!) : new Uint8Array(),
    },
    stored: index.projection.type === 'ALL' ? stored : encodeItem(projected(table, index, item)),
  }
}

/** Whether the item has a place in the index. */
export function hasIndexKeys(index: Index, item: Item): boolean {
  return keyAttributes(index.key).every((key) => isIndexKey(attribute(item, key.name), key))
}

/** The attributes of an item that the index holds. */
function projected(table: Table, index: Index, item: Item): Item {
  const kept = keysOf(item, table.key, index.key)
  if (index.projection.type === 'INCLUDE') {
    for (const name of index.projection.attributes) {
      const value = attribute(item, name)
      if (value) setAttribute(kept, name, value)
    }
  }
  return kept
}

/** Whether the index holds the attribute of every item that has it. */
export function isProjected(table: Table, index: Index, name: string): boolean {
  if (index.projection.type === 'ALL') return true
  if ([...keyAttributes(table.key), ...keyAttributes(index.key)].some((key) => key.name === name)) return true
  return index.projection.type === 'INCLUDE' && index.projection.attributes.includes(name)
}

/**
 * Throws ValidationException when `item` has a value that an index cannot take for a key. Of an update only what it
 * changed `from` is looked at, and a value that the request gave is told from one that comes of the item.
 */
export function checkIndexKeys(table: Table, item: Item, update?: CheckedUpdate): void {
  if (table.vectorIndexes) checkVectors(table.vectorIndexes, item, update)
  try {
    for (const index of table.indexes) checkKeysOfIndex(index, item, update)
  } catch (error) {
    // Where several are wrong, the service names the first by name.
    for (const index of [...table.indexes].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      checkKeysOfIndex(index, item, update)
    }
    throw error
  }
}

function checkKeysOfIndex(index: Index, item: Item, update: CheckedUpdate | undefined): void {
  const { sort } = index.key
  for (const key of keyAttributes(index.key)) {
    const given = checkIndexKey(index.name, key, item, update)
    if (given && key.name === sort?.name) checkKeySize({ partition: sort, sort }, item)
  }
}

/** What a write did to one index. */
export interface EntryChange {
  readonly index: Index
  /** Entries written, with the larger of the sizes before and after. Empty when the index did not change. */
  readonly writtenBytes: readonly number[]
  readonly bytesAdded: number
}

/** Brings one index up to date with an item that changed from `before` to `after`. */
export async function changeEntry(
  tx: Tx,
  index: Index,
  primary: Uint8Array,
  before: Entry | undefined,
  after: Entry | undefined,
): Promise<EntryChange> {
  const oldKey = before && entry(index.id, before.position.partition, before.position.sort, primary)
  // While the index is being filled, it may not hold an item that the table holds.
  const held =
    oldKey && (index.status === 'CREATING' ? (await tx.get(oldKey)) !== undefined : true) ? before : undefined
  const stays = held && after && samePosition(held.position, after.position)
  if (stays && storedEqual(held.stored, after.stored)) return { index, writtenBytes: [], bytesAdded: 0 }
  if (held && oldKey && !stays) tx.delete(oldKey)
  if (after) tx.set(entry(index.id, after.position.partition, after.position.sort, primary), after.stored)
  const bytesAdded = (after?.stored.sizeBytes ?? 0) - (held?.stored.sizeBytes ?? 0)
  const added = (after ? 1 : 0) - (held ? 1 : 0)
  if (added !== 0) tx.add(itemCount(index.id), added)
  if (bytesAdded !== 0) tx.add(byteCount(index.id), bytesAdded)
  const sizes = [held, after].flatMap((side) => (side ? [side.stored.sizeBytes] : []))
  return { index, writtenBytes: stays ? [Math.max(...sizes)] : sizes, bytesAdded }
}

function samePosition(a: Position, b: Position): boolean {
  return Buffer.compare(a.partition, b.partition) === 0 && Buffer.compare(a.sort, b.sort) === 0
}

/** Writes the entry of an item that the index has not got yet. For filling a new index. */
export async function addMissingEntry(tx: Tx, table: Table, index: Index, position: Position, item: Item) {
  const made = entryOf(table, index, item, encodeItem(item, itemSizeBytes(item)))
  if (!made) return
  const key = entry(index.id, made.position.partition, made.position.sort, positionHash(position))
  if (await tx.get(key)) return
  tx.set(key, made.stored)
  tx.add(itemCount(index.id), 1)
  tx.add(byteCount(index.id), made.stored.sizeBytes)
}
