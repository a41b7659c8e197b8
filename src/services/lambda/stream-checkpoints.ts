import type { Host } from '../../kernel/host.ts'
import type { Scope, Tx } from '../../kernel/records.ts'
import { type Checkpoint, checkpoint, mapping } from './state.ts'

/** One of the equal parts into which a shard's keys are shared out. */
export interface Lane {
  readonly scope: Scope
  readonly mappingId: string
  readonly shard: string
  readonly lanes: number
  readonly lane: number
}

const beginning: Checkpoint = { after: '', ends: [], attempts: 0 }

/**
 * Sees to it that every lane of a shard has a checkpoint. After a change of their number all begin where the slowest
 * one was: what others had done already is done again.
 */
export function openLanes(host: Host, { scope, mappingId, shard, lanes }: Omit<Lane, 'lane'>): Promise<void> {
  return host.records.write(scope, async (tx) => {
    if (!(await tx.get(mapping(mappingId)))) return
    let slowest: Checkpoint | undefined
    let open = 0
    for await (const { key, value } of tx.range(checkpoint.under(mappingId, shard))) {
      if (key[2] === lanes) {
        open++
        continue
      }
      if (!slowest || value.after < slowest.after) slowest = value
      tx.delete(checkpoint(...key))
    }
    if (open === lanes) return
    const from = { ...beginning, after: slowest?.after ?? '' }
    for (let lane = 0; lane < lanes; lane++) tx.set(checkpoint(mappingId, shard, lanes, lane), from)
  })
}

export async function readCheckpoint(host: Host, { scope, mappingId, shard, lanes, lane }: Lane): Promise<Checkpoint> {
  const found = await host.records.read(scope, (tx) => tx.get(checkpoint(mappingId, shard, lanes, lane)))
  return found ?? beginning
}

/**
 * Moves a lane on, together with what `also` writes. Does neither when the lane is no longer where it was: the mapping
 * is gone, or another poller has taken over.
 */
export function moveOn(
  host: Host,
  { scope, mappingId, shard, lanes, lane }: Lane,
  from: Checkpoint,
  to: Checkpoint,
  also?: (tx: Tx) => Promise<void>,
): Promise<void> {
  return host.records.write(scope, async (tx) => {
    const key = checkpoint(mappingId, shard, lanes, lane)
    const now = await tx.get(key)
    if (now?.after !== from.after || now.attempts !== from.attempts) return
    await also?.(tx)
    tx.set(key, to)
  })
}

/** Behind a record: batches that ended before it are done with. */
export function behind(position: string, { ends }: Checkpoint): Checkpoint {
  return { after: position, ends: ends.filter((end) => end > position), attempts: 0 }
}
