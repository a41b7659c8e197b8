import type { LookupTables } from './lookup.ts'
import { parseQuery } from './parse.ts'
import type { QueryEvent } from './row.ts'
import { type Memory, newMemory, resultColumns, resultOfRow, take } from './run.ts'

/** Events for a query, newest first. What it remembers of the batches before comes along. */
export interface Batch {
  readonly query: string
  readonly memory?: Memory | undefined
  readonly events: readonly QueryEvent[]
  /** Nothing comes after these. */
  readonly last: boolean
  readonly nowMs: number
  /** Those that the query names. */
  readonly tables?: LookupTables | undefined
}

export interface BatchResult {
  readonly memory: Memory
  /** The rows that came out, each as its fields and their values. */
  readonly results: readonly (readonly [field: string, value: string][])[]
}

/**
 * Takes a batch of events through a query. For a worker thread: a user's patterns may backtrack without end. Throws
 * QueryTooLarge.
 */
export function runBatch({ query, memory: before, events, last, nowMs, tables }: Batch): BatchResult {
  const commands = parseQuery(query)
  const memory = before ?? newMemory(commands)
  const rows = events.map((event) => ({ event, fields: new Map() }))
  const columns = resultColumns(commands)
  return { memory, results: take(commands, memory, rows, nowMs, last, tables).map((row) => resultOfRow(row, columns)) }
}
