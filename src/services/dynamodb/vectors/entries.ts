import { awsError } from '../../../kernel/errors.ts'
import type { Tx } from '../../../kernel/records.ts'
import { type AttributeValue, attribute, type Item, setAttribute, typeOf } from '../attribute-value.ts'
import { type CheckedUpdate, checkIndexKey, checkIndexKeyType, isIndexKey } from '../index-keys.ts'
import { itemSizeBytes, valueSizeBytes } from '../item-size.ts'
import { keysOf } from '../keys.ts'
import { type Position, partitionHash, positionHash } from '../positions.ts'
import { byteCount, itemCount, type Table } from '../state.ts'
import { encodeItem, type StoredItem, storedEqual } from '../stored-item.ts'
import { floatBytes, isFloat, packFloats } from './floats.ts'
import { type StoredVector, type VectorIndex, vector, vectorItem } from './state.ts'

/** What a vector index holds of one item. */
interface VectorEntry extends StoredVector {
  readonly partition: Uint8Array
  readonly stored: StoredItem
}

const noPartition = new Uint8Array()
/** A write of an entry counts as at least so many bytes. */
const leastWrittenBytes = 1_024

/** The partition that a value of the index's HASH attribute names; empty where the index has none. */
export function vectorPartition(value: AttributeValue | undefined): Uint8Array {
  return value ? partitionHash(value) : noPartition
}

/** The inline filter attributes as they are compared: in the order of the schema. */
export function filtersOf(index: VectorIndex, item: Item): Item {
  const filters: Item = {}
  for (const { name, role } of index.searchSchema) {
    const value = role === 'INLINE_FILTER' ? attribute(item, name) : undefined
    if (value) setAttribute(filters, name, value)
  }
  return filters
}

/** What the item puts into the index: nothing without a vector of the right length, or without the HASH attribute. */
function entryOf(table: Table, index: VectorIndex, item: Item): VectorEntry | undefined {
  const value = attribute(item, index.attribute)
  if (!value || !('L' in value) || value.L.length !== index.dimensions) return undefined
  const floats = packFloats(value.L)
  if (!floats) return undefined
  // Items from before the index may hold what could not be written now: they are left out.
  const fits = index.searchSchema.every((key) => {
    const found = attribute(item, key.name)
    return key.role === 'HASH' ? isIndexKey(found, key) : !found || typeOf(found) === key.type
  })
  if (!fits) return undefined
  const hash = index.searchSchema.find(({ role }) => role === 'HASH')
  const filters = filtersOf(index, item)
  const kept = projected(table, index, item)
  const sizeBytes = itemSizeBytes(kept) + Buffer.byteLength(index.attribute) + index.dimensions * floatBytes
  return {
    partition: vectorPartition(hash && item[hash.name]),
    floats,
    ...(Object.keys(filters).length > 0 ? { filters: JSON.stringify(filters) } : {}),
    stored: encodeItem(kept, sizeBytes),
  }
}

/** The attributes that the index holds beside the vector. */
function projected(table: Table, index: VectorIndex, item: Item): Item {
  if (index.projection.type === 'ALL') {
    const { [index.attribute]: _, ...rest } = item
    return rest
  }
  const kept = keysOf(item, table.key)
  const names = [
    ...index.searchSchema.map(({ name }) => name),
    ...(index.projection.type === 'INCLUDE' ? index.projection.attributes : []),
  ]
  for (const name of names) {
    const value = name === index.attribute ? undefined : attribute(item, name)
    if (value) setAttribute(kept, name, value)
  }
  return kept
}

/**
 * Throws ValidationException when `item` has a vector that an index cannot take, or a search attribute of another type.
 * Of an update only what it changed is looked at.
 */
export function checkVectors(indexes: readonly VectorIndex[], item: Item, update?: CheckedUpdate): void {
  for (const index of indexes) {
    checkVector(index, item, update)
    for (const key of index.searchSchema) {
      if (key.role === 'HASH') checkIndexKey(index.name, key, item, update)
      else checkIndexKeyType(index.name, key, item, update)
    }
  }
}

/** Messages: captures of https://github.com/paritysuite/dynamodb-conformance; for what no float can hold, by analogy. */
function checkVector({ name, attribute: of, dimensions }: VectorIndex, item: Item, update?: CheckedUpdate): void {
  const value = attribute(item, of)
  if (!value || value === update?.from?.[of]) return
  if (!('L' in value)) {
    throw wrong(`Invalid type for parameter ${of}, Expected: 32-bit floating point number list IndexName: ${name}`)
  }
  if (value.L.length !== dimensions) {
    throw wrong(
      `Invalid size for parameter ${of}, Expected: ${dimensions}, Actual: ${value.L.length} IndexName: ${name}`,
    )
  }
  const at = value.L.findIndex((element) => !isFloat(element))
  if (at < 0) return
  throw wrong(
    `Invalid type for parameter ${of}[${at}], Expected: 32-bit floating point number, ` +
      `Actual: ${typeOf(value.L[at]!)}. IndexName: ${name}`,
  )
}

function wrong(message: string) {
  return awsError('ValidationException', `One or more parameter values were invalid. ${message}`)
}

/** What a write did to one vector index: `VectorWriteRequestBytes`, zero when the index did not change. */
export interface VectorChange {
  readonly index: VectorIndex
  readonly writtenBytes: number
}

/** Brings a table's vector indexes up to date with an item that changed from `before` to `after`. */
export async function changeVectors(
  tx: Tx,
  table: Table,
  indexes: readonly VectorIndex[],
  position: Position,
  before: Item | undefined,
  after: Item | undefined,
): Promise<VectorChange[]> {
  const primary = positionHash(position)
  const changes: VectorChange[] = []
  for (const index of indexes) {
    if (index.status === 'DELETING') continue
    const old = before && entryOf(table, index, before)
    const fresh = after && entryOf(table, index, after)
    changes.push({ index, writtenBytes: await changeEntry(tx, index, primary, old, fresh) })
  }
  return changes
}

async function changeEntry(
  tx: Tx,
  index: VectorIndex,
  primary: Uint8Array,
  before: VectorEntry | undefined,
  after: VectorEntry | undefined,
): Promise<number> {
  // While the index is being filled, it may not hold an item that the table holds.
  const held = index.status === 'CREATING' && !(await tx.get(vectorItem(index.id, primary))) ? undefined : before
  if (held && after && sameEntry(held, after)) return 0
  if (held && (!after || Buffer.compare(held.partition, after.partition) !== 0)) {
    tx.delete(vector(index.id, held.partition, primary))
  }
  if (after) putEntry(tx, index, primary, after)
  else if (held) tx.delete(vectorItem(index.id, primary))
  const bytesAdded = (after?.stored.sizeBytes ?? 0) - (held?.stored.sizeBytes ?? 0)
  const added = (after ? 1 : 0) - (held ? 1 : 0)
  if (added !== 0) tx.add(itemCount(index.id), added)
  if (bytesAdded !== 0) tx.add(byteCount(index.id), bytesAdded)
  if (!held && !after) return 0
  return Math.max(leastWrittenBytes, held?.stored.sizeBytes ?? 0, after?.stored.sizeBytes ?? 0)
}

function putEntry(tx: Tx, index: VectorIndex, primary: Uint8Array, { partition, stored, ...entry }: VectorEntry) {
  tx.set(vector(index.id, partition, primary), entry)
  tx.set(vectorItem(index.id, primary), stored)
}

function sameEntry(a: VectorEntry, b: VectorEntry): boolean {
  return (
    Buffer.compare(a.partition, b.partition) === 0 &&
    Buffer.compare(a.floats, b.floats) === 0 &&
    a.filters === b.filters &&
    storedEqual(a.stored, b.stored)
  )
}

/** Writes the entry of an item that the index has not got yet. For filling a new index. */
export async function addMissingVector(tx: Tx, table: Table, index: VectorIndex, position: Position, item: Item) {
  const made = index.status === 'CREATING' ? entryOf(table, index, item) : undefined
  const primary = positionHash(position)
  if (!made || (await tx.get(vectorItem(index.id, primary)))) return
  putEntry(tx, index, primary, made)
  tx.add(itemCount(index.id), 1)
  tx.add(byteCount(index.id), made.stored.sizeBytes)
}

/** What a write of the item is billed at: an attribute that is a vector of an index by its dimensions, not its digits. */
export function billedBytes(indexes: readonly VectorIndex[], item: Item, sizeBytes: number): number {
  let billed = sizeBytes
  for (const [name, dimensions] of new Map(indexes.map((index) => [index.attribute, index.dimensions]))) {
    const value = attribute(item, name)
    if (value) billed += dimensions * floatBytes - valueSizeBytes(value)
  }
  return billed
}
