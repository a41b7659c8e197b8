import { setImmediate as nextTurn } from 'node:timers/promises'
import type { KeyPart, KeyRange, ReadTx } from '../../kernel/records.ts'
import type { Item } from './attribute-value.ts'
import { Consumed, readUnits } from './capacity.ts'
import type { Condition } from './expressions/condition.ts'
import type { Projection } from './expressions/projection.ts'
import { currentItem } from './item-writes.ts'
import { keysOf } from './keys.ts'
import { partitionHash, sortBytes } from './positions.ts'
import { type Index, item as itemRecord, type Table } from './state.ts'
import type { StoredItem } from './stored-item.ts'
import { itemToWire, type SdkItem } from './wire-values.ts'

/** One page of a query or scan. */
export interface PageRequest {
  readonly table: Table
  readonly index: Index | undefined
  readonly range: KeyRange<StoredItem, readonly KeyPart[]>
  readonly reverse: boolean
  /** Items looked at, before the filter. */
  readonly limit: number | undefined
  readonly consistent: boolean | undefined
  readonly filter: Condition | undefined
  readonly projection: Projection | undefined
  readonly countOnly: boolean
  /** Whether whole items are needed where a local index holds parts. */
  readonly fetch: boolean
}

export interface Page {
  readonly items: SdkItem[]
  readonly count: number
  readonly scannedCount: number
  /** Where the next page goes on; undefined when the end was reached. */
  readonly lastKey: SdkItem | undefined
  readonly consumed: Consumed
}

/** A page ends after the item with which it has read this much. */
const maxPageBytes = 2 ** 20
/** Others get their turn after so many items. */
const itemsPerTurn = 256

export async function readPage(tx: ReadTx, request: PageRequest): Promise<Page> {
  const { table, index, filter, projection, limit } = request
  const items: SdkItem[] = []
  const consumed = new Consumed(table.name)
  let count = 0
  let scannedCount = 0
  let bytes = 0
  let lastKey: Item | undefined
  const options = { reverse: request.reverse, ...(limit === undefined ? {} : { limit }) }
  for await (const { value } of tx.range(request.range, options)) {
    scannedCount++
    bytes += value.sizeBytes
    const listed = currentItem(value)
    let current = listed
    if (request.fetch) {
      const whole = await wholeItem(tx, table, listed.item)
      if (whole) {
        consumed.addTable(readUnits(whole.sizeBytes, request.consistent))
        current = currentItem(whole)
      }
    }
    if (!filter || filter(current.item)) {
      count++
      if (!request.countOnly) {
        items.push(itemToWire(projection ? projection(current.item) : current.item, current.binary))
      }
    }
    if (scannedCount === limit || bytes >= maxPageBytes) {
      lastKey = index ? keysOf(listed.item, table.key, index.key) : keysOf(listed.item, table.key)
      break
    }
    if (scannedCount % itemsPerTurn === 0) await nextTurn()
  }
  const units = readUnits(bytes, request.consistent)
  if (index) consumed.addIndex(index, units)
  else consumed.addTable(units)
  return { items, count, scannedCount, lastKey: lastKey && itemToWire(lastKey, true), consumed }
}

function wholeItem(tx: ReadTx, table: Table, listed: Item): Promise<StoredItem | undefined> {
  const { partition, sort } = table.key
  return tx.get(
    itemRecord(
      table.id,
      partitionHash(listed[partition.name]!),
      sort ? sortBytes(listed[sort.name]!) : new Uint8Array(),
    ),
  )
}
