import type { Tx } from '../../kernel/records.ts'
import type { KeyedChange } from './changes.ts'
import { hasCollections, type Written } from './item-writes.ts'
import { collectionBytes, type Table } from './state.ts'
import { itemToWire } from './wire-values.ts'

const gigabyte = 2 ** 30

/**
 * `ItemCollectionMetrics` when asked for, of tables with local indexes: the partition key and bounds of the size.
 * The size is an estimate: writes of the same moment may be missing.
 */
export async function collectionMetrics(
  tx: Tx,
  table: Table,
  { key, position }: KeyedChange,
  { entries, before, after }: Written,
  wanted: string | undefined,
) {
  if (wanted !== 'SIZE' || !hasCollections(table) || !(before || after || entries.length > 0)) return undefined
  const { name } = table.key.partition
  const bytes = await tx.snapshot.count(collectionBytes(table.id, position.partition))
  const wholeGb = Math.floor(bytes / gigabyte)
  return {
    ItemCollectionKey: itemToWire({ [name]: key[name]! }, true),
    SizeEstimateRangeGB: [wholeGb, wholeGb + 1],
  }
}
