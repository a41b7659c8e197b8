import type { ReadTx } from '../../kernel/records.ts'
import { keysOf } from './keys.ts'
import { itemAt, positionsAfter } from './past.ts'
import type { Position } from './positions.ts'
import { type Export, past } from './state.ts'
import { decodeItem, itemJson, type StoredItem } from './stored-item.ts'

/**
 * The lines of an export for the next positions, and the last of those; none when there are no more.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
export async function linesAfter(
  tx: ReadTx,
  of: Export,
  after: Position | undefined,
  limit: number,
): Promise<{ readonly lines: string[]; readonly last: Position | undefined }> {
  const positions = await positionsAfter(tx, of.table, of.recoveryId, after, limit)
  const lines: string[] = []
  for (const position of positions) {
    const line = of.changes ? await changeLine(tx, of, of.changes, position) : await itemLine(tx, of, position)
    if (line !== undefined) lines.push(`${line}\n`)
  }
  return { lines, last: positions.at(-1) }
}

async function itemLine(tx: ReadTx, { table, recoveryId, atMs }: Export, position: Position) {
  const stored = await itemAt(tx, table, recoveryId, position, atMs)
  return stored && `{"Item":${itemJson(stored)}}`
}

/** What became of an item between two times, when anything did. One that came and went has no images. */
async function changeLine(
  tx: ReadTx,
  { table, recoveryId, atMs }: Export,
  { sinceMs, view }: NonNullable<Export['changes']>,
  position: Position,
): Promise<string | undefined> {
  const { partition, sort } = position
  let changedAtMs: number | undefined
  let between: StoredItem | undefined
  const changes = past.between([recoveryId, partition, sort], { after: [sinceMs], through: [atMs] })
  for await (const { key, value } of tx.snapshot.range(changes)) {
    changedAtMs = key[3]
    between ??= value.stored
  }
  if (changedAtMs === undefined) return undefined
  const before = await itemAt(tx, table, recoveryId, position, sinceMs)
  const after = await itemAt(tx, table, recoveryId, position, atMs)
  const some = after ?? before ?? between
  // Made and deleted within one millisecond.
  if (!some) return undefined
  const members = [
    `"Metadata":{"WriteTimestampMicros":{"N":"${changedAtMs * 1_000}"}}`,
    `"Keys":${JSON.stringify(keysOf(decodeItem(some).item, table.key))}`,
    ...(before && view === 'NEW_AND_OLD_IMAGES' ? [`"OldImage":${itemJson(before)}`] : []),
    ...(after ? [`"NewImage":${itemJson(after)}`] : []),
  ]
  return `{${members.join(',')}}`
}
