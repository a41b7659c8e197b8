import { deflateRawSync } from 'node:zlib'
import type { Deliveries } from '../kernel/delivery.ts'
import type { Ids } from '../kernel/ids.ts'
import type { Tx } from '../kernel/records.ts'
import type { LogLine } from '../kernel/telemetry.ts'
import { protectedBy } from './account-level.ts'
import { auditEvents } from './audit.ts'
import { type Indexed, indexedNames, indexLines, noteIndexed } from './field-index.ts'
import { followEvents, type Written } from './log-follow.ts'
import { asShown } from './log-read.ts'
import {
  chunk,
  type EventRow,
  type LogGroup,
  spanMs,
  storedBytes,
  stream,
  streamByTime,
  streamChunk,
} from './log-state.ts'

/** Of messages in one chunk: small enough to deflate without holding up requests, and for a transaction. */
const chunkBytes = 256 * 1024
/** What AWS counts for each event besides its message. */
export const eventOverheadBytes = 26

/**
 * Writes events of one stream (which exists), oldest first, `tx` being in the group's scope. Events keep the order
 * they were given in when their times are equal.
 */
export async function writeEvents(
  tx: Tx,
  group: LogGroup,
  streamName: string,
  lines: readonly LogLine[],
  { nowMs, ids, deliveries }: { readonly nowMs: number; readonly ids: Ids; readonly deliveries: Deliveries },
): Promise<void> {
  const sorted = lines.toSorted((a, b) => a.atMs - b.atMs)
  const first = sorted[0]
  const last = sorted.at(-1)
  if (!first || !last) return
  const { generation } = group
  const protect = await protectedBy(tx, group)
  const names = await indexedNames(tx, group)
  const written: Written[] = []
  const indexed: Indexed[] = []
  const found: Written[] = []
  let bytes = 0
  for (const batch of split(sorted)) {
    const firstAtMs = batch[0]!.atMs
    const lastAtMs = batch.at(-1)!.atMs
    // Ids sort by the time of writing, so that equal times keep the order of arrival.
    const id = `${nowMs.toString(36).padStart(9, '0')}${ids.uuid().slice(0, 8)}`
    const events = packEvents(batch.map(({ atMs, message }) => [atMs, nowMs, message]))
    let size = 0
    for (const { message } of batch) size += Buffer.byteLength(message) + eventOverheadBytes
    bytes += size
    const about = { stream: streamName, lastAtMs, count: batch.length, bytes: size }
    const shown = batch.map((line) => asShown(line, protect))
    const made = indexLines(names, shown)
    tx.set(chunk(generation, firstAtMs, id), { ...about, ...(protect && { protect }), index: made.index, events })
    tx.set(streamChunk(generation, streamName, firstAtMs, id), { lastAtMs })
    written.push({ firstAtMs, id, lines: shown })
    if (shown.some(({ message }, index) => message !== batch[index]?.message))
      found.push({ firstAtMs, id, lines: shown })
    indexed.push(made)
  }
  tx.add(storedBytes(generation), bytes)
  const before = await tx.get(stream(generation, streamName))
  const lastEventAtMs = Math.max(before?.lastEventAtMs ?? last.atMs, last.atMs)
  if (!before || (before.lastEventAtMs ?? 0) !== lastEventAtMs) {
    tx.delete(streamByTime(generation, before?.lastEventAtMs ?? 0, streamName))
    tx.set(streamByTime(generation, lastEventAtMs, streamName), true)
  }
  tx.set(stream(generation, streamName), {
    createdAtMs: before?.createdAtMs ?? nowMs,
    firstEventAtMs: Math.min(before?.firstEventAtMs ?? first.atMs, first.atMs),
    lastEventAtMs,
    lastIngestedAtMs: nowMs,
  })
  await noteIndexed(tx, group, indexed, nowMs)
  await followEvents(tx, group, written, deliveries)
  await auditEvents(tx, group, found, deliveries)
}

/** Events as a chunk keeps them. */
export function packEvents(rows: readonly EventRow[]): Uint8Array {
  return deflateRawSync(JSON.stringify(rows), { level: 1 })
}

function* split(sorted: readonly LogLine[]): Generator<LogLine[]> {
  let batch: LogLine[] = []
  let bytes = 0
  for (const line of sorted) {
    const size = line.message.length + eventOverheadBytes
    if (batch.length > 0 && (bytes + size > chunkBytes || line.atMs - batch[0]!.atMs > spanMs)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(line)
    bytes += size
  }
  if (batch.length > 0) yield batch
}
