import { itemSizeBytes } from '../item-size.ts'
import type { Written } from '../item-writes.ts'
import type { Table } from '../state.ts'
import { billedBytes } from '../vectors/entries.ts'
import type { BulkUsage } from './state.ts'

/**
 * What a put adds to the bytes that an operation used: the sizes of the item and of the entries that it changed, as they
 * are billed otherwise, without rounding (the documents do not say how the service rounds).
 */
export function usedBy(
  usage: BulkUsage,
  { vectorIndexes = [] }: Table,
  { after, entries, vectors }: Written,
): BulkUsage {
  const size = after ? billedBytes(vectorIndexes, after, itemSizeBytes(after)) : 0
  const used = { local: { ...usage.local }, global: { ...usage.global }, vectors: { ...usage.vectors } }
  for (const { index, writtenBytes } of entries) {
    const bytes = writtenBytes.reduce((sum, each) => sum + each, 0)
    if (bytes > 0) add(used[index.kind], index.name, bytes)
  }
  for (const { index, writtenBytes } of vectors) if (writtenBytes > 0) add(used.vectors, index.name, writtenBytes)
  return { table: usage.table + size, ...used }
}

/** Indexes may have names that every object has something under. */
function add(to: Record<string, number>, name: string, bytes: number): void {
  const value = (Object.hasOwn(to, name) ? to[name]! : 0) + bytes
  Object.defineProperty(to, name, { value, enumerable: true, configurable: true, writable: true })
}
