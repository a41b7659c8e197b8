import type { ReadTx, Tx } from '../../kernel/records.ts'
import { comparePositions, type Position } from './positions.ts'
import { item, past, pastInTime, type Recovery, type Table } from './state.ts'
import type { StoredItem } from './stored-item.ts'

export const dayMs = 86_400_000

/**
 * Keeps what an item is before it changes, for tables with point-in-time recovery. Time does not go back for an item:
 * a change that commits after a later one counts as made at the same moment as that.
 */
export async function keepPast(
  tx: Tx,
  { id }: Recovery,
  { partition, sort }: Position,
  stored: StoredItem | undefined,
  nowMs: number,
): Promise<void> {
  for await (const [, , , latestMs] of tx.keys(past.under(id, partition, sort), { limit: 1, reverse: true })) {
    if (latestMs >= nowMs) return
  }
  tx.set(past(id, partition, sort, nowMs), stored ? { stored } : {})
  tx.set(pastInTime(id, nowMs, partition, sort), true)
}

/** The times that a table can be restored to, both ends included. */
export function restorableMs({ sinceMs, days }: Recovery, nowMs: number): { fromMs: number; toMs: number } {
  return { fromMs: Math.max(sinceMs, nowMs - days * dayMs), toMs: nowMs }
}

/**
 * What stood there at that time: what the first change since then replaced, else what stands there. The same whenever
 * it is asked, so a table can be read as it was while it is written.
 */
export async function itemAt(
  tx: ReadTx,
  table: Pick<Table, 'id'>,
  recoveryId: string,
  { partition, sort }: Position,
  atMs: number,
): Promise<StoredItem | undefined> {
  const since = past.between([recoveryId, partition, sort], { after: [atMs] })
  for await (const { value } of tx.snapshot.range(since, { limit: 1 })) return value.stored
  return tx.snapshot.get(item(table.id, partition, sort))
}

/** The next positions, in order, where something is or was: at least one, and about `limit`, unless there are no more. */
export async function positionsAfter(
  tx: ReadTx,
  table: Pick<Table, 'id'>,
  recoveryId: string,
  after: Position | undefined,
  limit: number,
): Promise<Position[]> {
  const bounds = after ? { after: [after.partition, after.sort] } : {}
  const present: Position[] = []
  for await (const [, partition, sort] of tx.snapshot.keys(item.between([table.id], bounds), { limit })) {
    present.push({ partition, sort })
  }
  const changed: Position[] = []
  for await (const [, partition, sort] of tx.snapshot.keys(past.between([recoveryId], bounds), { limit })) {
    changed.push({ partition, sort })
  }
  // Beyond the end of a list that was cut off, there may be more of its kind in between.
  const ends = [present, changed].flatMap((list) => (list.length === limit ? [list.at(-1)!] : []))
  const found: Position[] = []
  for (const position of [...present, ...changed].sort(comparePositions)) {
    if (ends.some((end) => comparePositions(position, end) > 0)) break
    const last = found.at(-1)
    if (!last || comparePositions(last, position) !== 0) found.push(position)
  }
  return found
}
