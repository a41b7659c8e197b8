import type { Host } from '../../../kernel/host.ts'
import type { ReadTx, Scope, Tx } from '../../../kernel/records.ts'
import { horizonOf, type ReadRecord, readRecords } from '../reading.ts'
import { dataRecord, type Shard, type Stream, shard, stream } from '../state.ts'
import { type Channel, channel, deliveredThrough } from './state.ts'

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

/** The records that are next: of parents before those of their children, which have greater numbers. */
export async function takeBatch({ host, scope, channel: of, stream: source }: Delivering): Promise<Part[]> {
  const nowMs = host.clock.nowMs()
  const parts: Part[] = []
  let [limit, maxBytes] = [batchRecords, batchBytes]
  await host.records.read(scope, async (tx) => {
    for await (const { value: one } of tx.range(shard.under(source.id))) {
      if (limit <= 0 || maxBytes <= 0) return
      const after = await tx.get(deliveredThrough(of.id, one.number))
      const { records, bytes } = await readRecords(tx, source, one, { after, limit, maxBytes, nowMs })
      if (records.length === 0) continue
      parts.push({ shard: one, after, records })
      limit -= records.length
      maxBytes -= bytes
    }
  })
  return parts
}

/** Writes down that records are delivered. Throws when somebody else has delivered them, or the channel is gone. */
export async function markDelivered({ host, scope, channel: of }: Delivering, parts: readonly Part[]): Promise<void> {
  await host.records.write(scope, async (tx) => {
    if (!(await tx.get(channel(of.id)))) throw new Error('The channel is gone.')
    for (const { shard: one, after, records } of parts) {
      const at = deliveredThrough(of.id, one.number)
      const now = await tx.get(at)
      if (hex(now) !== hex(after)) throw new Error('The records have been delivered already.')
      tx.set(at, records.at(-1)!.through)
    }
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
