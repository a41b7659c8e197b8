import type { Command } from './query.ts'
import { fieldOf, type Row } from './row.ts'
import { textOf } from './values.ts'

/** A lookup table: the first row is the names of its fields. */
export type LookupTable = readonly (readonly string[])[]
export type LookupTables = Readonly<Record<string, LookupTable>>

type Lookup = Extract<Command, { kind: 'lookup' }>

/** Rows of a table by the values that a command looks for; made once for a batch. */
const indexes = new WeakMap<Lookup, Map<string, readonly string[]>>()

/** Gives a row the fields of the first row of the table that is like it, if there is one. */
export function lookUp(command: Lookup, row: Row, tables: LookupTables): void {
  // Tables may be called as what every object has.
  const table = (Object.hasOwn(tables, command.table) && tables[command.table]) || []
  const names = table[0] ?? []
  let index = indexes.get(command)
  if (!index) {
    index = indexOf(command, table)
    indexes.set(command, index)
  }
  const wanted = command.on.map(({ field }) => textOf(fieldOf(row, field)))
  const found = wanted.includes(undefined) ? undefined : index.get(JSON.stringify(wanted))
  for (const name of found ? command.output : []) row.fields.set(name, found?.[names.indexOf(name)])
}

function indexOf({ on }: Lookup, [names = [], ...rows]: LookupTable): Map<string, readonly string[]> {
  const columns = on.map(({ column }) => names.indexOf(column))
  const index = new Map<string, readonly string[]>()
  for (const row of rows) {
    const key = JSON.stringify(columns.map((at) => row[at] ?? ''))
    if (!index.has(key)) index.set(key, row)
  }
  return index
}
