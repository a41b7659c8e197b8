import type { EntryChange } from './entries.ts'
import type { Written } from './item-writes.ts'
import type { Table } from './state.ts'
import type { Meter } from './throttling.ts'

/*
 * Capacity units: told when asked for, and held against the throughput (throttling.ts).
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */

/** Of writing an item of that size, before or after, whichever is larger. */
export function writeUnits(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / 1_024))
}

/** Of reading that many bytes; nothing found costs as the smallest read. */
export function readUnits(sizeBytes: number, consistent: boolean | undefined): number {
  return Math.max(1, Math.ceil(sizeBytes / 4_096)) * (consistent ? 1 : 0.5)
}

/** What operations on one table have consumed. */
export class Consumed {
  #table = 0
  readonly #indexes = new Map<string, { kind: 'global' | 'local'; units: number }>()
  readonly #vectors = new Map<string, number>()
  readonly #tableName: string

  constructor(tableName: string) {
    this.#tableName = tableName
  }

  addTable(units: number): void {
    this.#table += units
  }

  addIndex(index: { name: string; kind: 'global' | 'local' }, units: number): void {
    const known = this.#indexes.get(index.name)
    this.#indexes.set(index.name, { kind: index.kind, units: (known?.units ?? 0) + units })
  }

  addWrite(written: Pick<Written, 'tableUnits' | 'entries' | 'vectors'>, factor = 1): void {
    this.addTable(written.tableUnits * factor)
    for (const change of written.entries) {
      const units = entryUnits(change)
      if (units > 0) this.addIndex(change.index, units * factor)
    }
    for (const { index, writtenBytes } of written.vectors) {
      if (writtenBytes > 0) this.#vectors.set(index.name, (this.#vectors.get(index.name) ?? 0) + writtenBytes)
    }
  }

  /** Takes it all from the throughput of the table and its indexes. */
  takeFrom(meter: Meter, table: Table, kind: 'read' | 'write'): void {
    meter.take(table, undefined, kind, this.#table)
    for (const [name, { units }] of this.#indexes) {
      const index = table.indexes.find((each) => each.name === name)
      if (index) meter.take(table, index, kind, units)
    }
  }

  /** `ConsumedCapacity` as ReturnConsumedCapacity asks for it; `as` also names the kind of units (transactions do). */
  describe(detail: string | undefined, as?: 'read' | 'write') {
    if (detail !== 'TOTAL' && detail !== 'INDEXES') return undefined
    const capacity = (units: number) => ({
      CapacityUnits: units,
      ...(as === 'read' ? { ReadCapacityUnits: units } : {}),
      ...(as === 'write' ? { WriteCapacityUnits: units } : {}),
    })
    const indexes = [...this.#indexes]
    const total = indexes.reduce((sum, [, { units }]) => sum + units, this.#table)
    if (detail === 'TOTAL') return { TableName: this.#tableName, ...capacity(total) }
    const ofKind = (kind: 'global' | 'local') =>
      Object.fromEntries(indexes.flatMap(([name, used]) => (used.kind === kind ? [[name, capacity(used.units)]] : [])))
    const global = ofKind('global')
    const local = ofKind('local')
    // Told in bytes beside the units, which do not count them.
    const vectors = [...this.#vectors].map(([name, bytes]) => [name, { VectorWriteRequestBytes: bytes }] as const)
    return {
      TableName: this.#tableName,
      ...capacity(total),
      Table: capacity(this.#table),
      ...(Object.keys(global).length > 0 ? { GlobalSecondaryIndexes: global } : {}),
      ...(Object.keys(local).length > 0 ? { LocalSecondaryIndexes: local } : {}),
      ...(vectors.length > 0 ? { VectorIndexes: Object.fromEntries(vectors) } : {}),
    }
  }
}

/** Of what a write did to an index. */
export function entryUnits({ writtenBytes }: EntryChange): number {
  return writtenBytes.reduce((sum, sizeBytes) => sum + writeUnits(sizeBytes), 0)
}

/** What a write consumed, as ReturnConsumedCapacity asks for it. */
export function writeCapacity(table: Table, written: Written, detail: string | undefined) {
  if (detail !== 'TOTAL' && detail !== 'INDEXES') return undefined
  const consumed = new Consumed(table.name)
  consumed.addWrite(written)
  return consumed.describe(detail)
}
