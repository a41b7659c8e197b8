import type { ReadTx } from '../../kernel/records.ts'
import { beforeFirst, bytesOf } from './sequence.ts'
import { type DataRecord, dataRecord, type Shard, type Stream, shard } from './state.ts'

const hourMs = 3_600_000

export interface ReadFrom {
  /** Undefined for the oldest record there is. */
  readonly after: Uint8Array | undefined
  readonly limit: number
  /** Of data; the first record is answered however large it is. */
  readonly maxBytes: number
  readonly nowMs: number
  /** The last position that is wanted, where it is not that of the newest record. */
  readonly through?: Uint8Array | undefined
}

export interface ReadRecord {
  readonly position: Uint8Array
  /** Where it ends: who reads on from there skips nothing. */
  readonly through: Uint8Array
  readonly record: DataRecord
}

export interface Page {
  readonly records: readonly ReadRecord[]
  readonly bytes: number
  /** How far the last record is behind now; 0 when it is the shard's newest. */
  readonly behindMs: number
  /** Nothing is left in the shard, and nothing will come. */
  readonly ended: boolean
}

/** The next records of a shard, from front to back. What is past its retention is not there any more. */
export async function readRecords(
  tx: ReadTx,
  stream: Stream,
  { number }: Shard,
  { after, limit, maxBytes, nowMs, through }: ReadFrom,
): Promise<Page> {
  // Read again with the records: one that is closed gets no more of them.
  const closed = (await tx.snapshot.get(shard(stream.id, number)))?.closedAtMs !== undefined
  const found: Gathering[] = []
  let bytes = 0
  const rest = dataRecord.between([stream.id, number], after ? { after: [after] } : {})
  for await (const { key, value } of tx.snapshot.range(rest)) {
    if (through && Buffer.compare(key[2], through) > 0) break
    if (value.atMs <= horizonOf(stream, nowMs)) continue
    const last = found.at(-1)
    if (value.follows) {
      // Without a record before it, it is of the one that the reader has behind it.
      last?.parts.push(value.data)
      if (last) last.through = key[2]
      continue
    }
    const sizeBytes = value.sizeBytes ?? value.data.length
    if (last && (found.length >= limit || bytes + sizeBytes > maxBytes)) {
      const behindMs = Math.max(1, nowMs - last.head.atMs)
      return { records: found.map(whole), bytes, behindMs, ended: false }
    }
    bytes += sizeBytes
    found.push({ position: key[2], through: key[2], head: value, parts: [value.data] })
  }
  return { records: found.map(whole), bytes, behindMs: 0, ended: closed }
}

interface Gathering {
  readonly position: Uint8Array
  through: Uint8Array
  readonly head: DataRecord
  readonly parts: Uint8Array[]
}

function whole({ position, through, head, parts }: Gathering): ReadRecord {
  return { position, through, record: parts.length === 1 ? head : { ...head, data: Buffer.concat(parts) } }
}

/** What was put until then is past its retention. */
export function horizonOf({ retentionHours, goneMs = 0 }: Stream, nowMs: number): number {
  return Math.max(goneMs, nowMs - retentionHours * hourMs)
}

/** The position of a shard's newest record; undefined when it has none. */
export async function lastPosition(tx: ReadTx, { id }: Stream, { number }: Shard): Promise<Uint8Array | undefined> {
  const newest = tx.snapshot.keys(dataRecord.under(id, number), { limit: 1, reverse: true })
  for await (const [, , position] of newest) return position
  return undefined
}

/**
 * A position with every record of before a time at or below it, and the others above. Found by halving the positions:
 * records are in the order of their commits, which within the length of a request is that of their times.
 */
export async function positionBefore(tx: ReadTx, of: Stream, shard: Shard, atMs: number): Promise<Uint8Array> {
  const last = await lastPosition(tx, of, shard)
  let [low, high] = [numberOf(beforeFirst), last ? numberOf(last) : 0n]
  while (low < high) {
    const middle = (low + high) >> 1n
    const next = await firstAfter(tx, of, shard, bytesOf(middle))
    if (next && next.record.atMs < atMs) low = numberOf(next.position)
    else high = middle
  }
  return bytesOf(low)
}

async function firstAfter(tx: ReadTx, { id }: Stream, { number }: Shard, after: Uint8Array) {
  const range = dataRecord.between([id, number], { after: [after] })
  for await (const { key, value } of tx.snapshot.range(range, { limit: 1 })) return { position: key[2], record: value }
  return undefined
}

const numberOf = (position: Uint8Array): bigint => BigInt(`0x${Buffer.from(position).toString('hex')}`)
