import type { Host } from '../../../kernel/host.ts'
import type { ReadTx, Scope, Tx } from '../../../kernel/records.ts'
import { horizonOf, type ReadRecord, readRecords } from '../reading.ts'
import { dataRecord, type Shard, type Stream, shard, stream } from '../state.ts'
import { type Channel, channel, deliveredThrough, deliveringThrough } from './state.ts'

/** One object has no more than this: data in memory, but for the last record; and records, however small they are. */
export const batchBytes = 32 * 1_048_576
const batchRecords = 50_000

/** A channel that may deliver, with its stream. */
export interface Delivering {
  readonly host: Host
  readonly scope: Scope
  readonly signal: AbortSignal
  readonly channel: Channel
  readonly stream: Stream
}

export interface Part {
  readonly shard: Shard
  /** Up to where it had been delivered when this was read. */
  readonly after: Uint8Array | undefined
  /** Up to where it is delivered with these records. */
  readonly through: Uint8Array
  readonly records: readonly ReadRecord[]
}

/** The stream of a channel, unless it is gone or another one has its name. */
export async function streamOf(tx: ReadTx, of: Channel): Promise<Stream | undefined> {
  const found = await tx.get(stream(of.stream.name))
  return found?.id === of.stream.id && found.status === 'ACTIVE' ? found : undefined
}

/** When the oldest record arrived that has not been delivered; undefined when all are. */
export async function oldestWaiting(tx: ReadTx, of: Channel, { id }: Stream): Promise<number | undefined> {
  let oldest: number | undefined
  for await (const { value: one } of tx.range(shard.under(id))) {
    const after = await tx.get(deliveredThrough(of.id, one.number))
    const rest = dataRecord.between([id, one.number], after ? { after: [after] } : {})
    for await (const { value } of tx.snapshot.range(rest, { limit: 1 }))
      oldest = Math.min(oldest ?? value.atMs, value.atMs)
  }
  return oldest
}

/**
 * The records that are next: of parents before those of their children, which have greater numbers. What they are is
 * written down before they are delivered: when that fails, or the node does, it is the same batch again, whatever has
 * come meanwhile. Undefined when there are none; without parts, when all of a batch that was begun are gone.
 */
export async function takeBatch(of: Delivering): Promise<readonly Part[] | undefined> {
  const { begun, parts } = await readBatch(of)
  if (begun) return parts
  if (parts.length === 0) return undefined
  const { host, scope, channel: own } = of
  await host.records.write(scope, async (tx) => {
    if (!(await tx.get(channel(own.id)))) throw new Error('The channel is gone.')
    for (const { shard: one, through } of parts) tx.set(deliveringThrough(own.id, one.number), through)
  })
  return parts
}

async function readBatch({ host, scope, channel: of, stream: source }: Delivering) {
  const nowMs = host.clock.nowMs()
  return await host.records.read(scope, async (tx) => {
    const ends = new Map<number, Uint8Array>()
    for await (const { key, value } of tx.range(deliveringThrough.under(of.id))) ends.set(key[1], value)
    const begun = ends.size > 0
    const parts: Part[] = []
    let [limit, maxBytes] = begun ? [Infinity, Infinity] : [batchRecords, batchBytes]
    for await (const { value: one } of tx.range(shard.under(source.id))) {
      if (limit <= 0 || maxBytes <= 0) break
      const end = ends.get(one.number)
      if (begun && !end) continue
      const after = await tx.get(deliveredThrough(of.id, one.number))
      const { records, bytes } = await readRecords(tx, source, one, { after, through: end, limit, maxBytes, nowMs })
      const through = end ?? records.at(-1)?.through
      if (through) parts.push({ shard: one, after, through, records })
      limit -= records.length
      maxBytes -= bytes
    }
    return { begun, parts }
  })
}

/** Writes down that a batch is delivered. Throws when somebody else has delivered it, or the channel is gone. */
export async function markDelivered({ host, scope, channel: of }: Delivering, parts: readonly Part[]): Promise<void> {
  await host.records.write(scope, async (tx) => {
    if (!(await tx.get(channel(of.id)))) throw new Error('The channel is gone.')
    for (const { shard: one, after, through } of parts) {
      const at = deliveredThrough(of.id, one.number)
      const now = await tx.get(at)
      if (hex(now) !== hex(after)) throw new Error('The records have been delivered already.')
      tx.set(at, through)
    }
    tx.clear(deliveringThrough.under(of.id))
  })
}

const hex = (position: Uint8Array | undefined) => (position ? Buffer.from(position).toString('hex') : '')

/** Has a channel begin behind what its stream has now: nothing is delivered that was put before. */
export async function beginHere(tx: Tx, of: Channel, { id }: Stream): Promise<void> {
  for await (const { value: one } of tx.range(shard.under(id))) {
    const newest = tx.snapshot.keys(dataRecord.under(id, one.number), { limit: 1, reverse: true })
    for await (const [, , position] of newest) tx.set(deliveredThrough(of.id, one.number), position)
  }
}

/** Whether all that waits is past its retention: it is not there any more. */
export function isGone(atMs: number, of: Stream, nowMs: number): boolean {
  return atMs <= horizonOf(of, nowMs)
}
