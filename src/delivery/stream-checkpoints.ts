import type { Host } from '../kernel/host.ts'
import type { ReadTx, RecordType, Scope, Tx } from '../kernel/records.ts'
import type { TumblingWindow } from './stream-windows.ts'

/** How far whoever reads a stream has got in one lane of a shard. */
export interface Checkpoint {
  /** The position of the last record that is done with. */
  readonly after: string
  /** Where the batch that failed ends, cut smaller first: it is tried again with the same records. */
  readonly ends: readonly string[]
  /** Failed tries of the batch that is next. */
  readonly attempts: number
  /** The tumbling window that is open. */
  readonly window?: TumblingWindow | undefined
}

/** Whose checkpoints: a mapping's, a pipe's. */
export interface StreamReader {
  readonly scope: Scope
  readonly id: string
  readonly checkpoint: RecordType<Checkpoint, [reader: string, shard: string, lanes: number, lane: number]>
  /** Whether the reader is there: what is gone gets no more checkpoints. */
  isThere(tx: ReadTx): Promise<boolean>
}

/** One of the equal parts into which a shard's keys are shared out. */
export interface Lane {
  readonly reader: StreamReader
  readonly shard: string
  readonly lanes: number
  readonly lane: number
}

const beginning: Checkpoint = { after: '', ends: [], attempts: 0 }

/** Has every lane of these shards begin behind a position. */
export function beginAt(
  tx: Tx,
  { id, checkpoint }: Pick<StreamReader, 'id' | 'checkpoint'>,
  lanes: number,
  positions: ReadonlyMap<string, string>,
): void {
  for (const [shard, after] of positions) {
    for (let lane = 0; lane < lanes; lane++) tx.set(checkpoint(id, shard, lanes, lane), { ...beginning, after })
  }
}

/**
 * Sees to it that every lane of a shard has a checkpoint. After a change of their number all begin where the slowest
 * one was: what others had done already is done again.
 */
export function openLanes(host: Host, { reader, shard, lanes }: Omit<Lane, 'lane'>): Promise<void> {
  const { scope, id, checkpoint } = reader
  return host.records.write(scope, async (tx) => {
    if (!(await reader.isThere(tx))) return
    let slowest: Checkpoint | undefined
    let open = 0
    for await (const { key, value } of tx.range(checkpoint.under(id, shard))) {
      if (key[2] === lanes) {
        open++
        continue
      }
      if (!slowest || value.after < slowest.after) slowest = value
      tx.delete(checkpoint(...key))
    }
    if (open === lanes) return
    const from = { ...beginning, after: slowest?.after ?? '' }
    for (let lane = 0; lane < lanes; lane++) tx.set(checkpoint(id, shard, lanes, lane), from)
    // Windows are of one lane: what is open is closed by the first.
    if (slowest?.window) tx.set(checkpoint(id, shard, lanes, 0), { ...from, window: slowest.window })
  })
}

export async function readCheckpoint(host: Host, { reader, shard, lanes, lane }: Lane): Promise<Checkpoint> {
  const found = await host.records.read(reader.scope, (tx) => tx.get(reader.checkpoint(reader.id, shard, lanes, lane)))
  return found ?? beginning
}

/**
 * Moves a lane on, together with what `also` writes. Does neither when the lane is no longer where it was: the reader
 * is gone, or another poller has taken over.
 */
export function moveOn(
  host: Host,
  { reader, shard, lanes, lane }: Lane,
  from: Checkpoint,
  to: Checkpoint,
  also?: (tx: Tx) => Promise<void>,
): Promise<void> {
  return host.records.write(reader.scope, async (tx) => {
    const key = reader.checkpoint(reader.id, shard, lanes, lane)
    const now = await tx.get(key)
    if (now?.after !== from.after || now.attempts !== from.attempts) return
    await also?.(tx)
    tx.set(key, to)
  })
}

/** Behind a record: batches that ended before it are done with. */
export function behind(position: string, { ends, window }: Checkpoint): Checkpoint {
  return { after: position, ends: ends.filter((end) => end > position), attempts: 0, window }
}
