import { type Job, Retry } from '../../kernel/delivery.ts'
import type { Host } from '../../kernel/host.ts'
import type { ReadTx, Scope, Tx } from '../../kernel/records.ts'
import { horizonOf, positionBefore } from './reading.ts'
import { dataRecord, type Shard, type Stream, shard, stream } from './state.ts'

const hourMs = 3_600_000
/** Records removed in one transaction. */
const perStep = 2_000

/** Has a stream trimmed when its oldest record may be past its retention. */
export function scheduleTrim(tx: Tx, host: Host, scope: Scope, of: Stream, dueAtMs: number): void {
  host.deliveries.schedule(tx, { kind: 'kinesis:trim', scope, key: of.id, dueAtMs, data: { name: of.name, id: of.id } })
}

/** Removes what is past its retention from a stream, by ranges; and closed shards that have nothing left. */
export const trim: Job<{ name: string; id: string }> = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run({ name, id }, { host, scope, signal }) {
    const nowMs = host.clock.nowMs()
    const found = await host.records.read(scope, (tx) => tx.get(stream(name)))
    if (found?.id !== id || found.status !== 'ACTIVE') return
    let againAtMs = nowMs + found.retentionHours * hourMs
    for (const one of await host.records.read(scope, (tx) => shardsOf(tx, id))) {
      for (;;) {
        if (signal.aborted) throw new Retry(nowMs, 'the node is stopping', { counts: false })
        const oldestMs = await host.records.write(scope, (tx) => trimShard(tx, found, one, nowMs))
        if (oldestMs === 'more') continue
        if (oldestMs !== undefined) againAtMs = Math.min(againAtMs, oldestMs + found.retentionHours * hourMs + 1)
        break
      }
    }
    throw new Retry(Math.max(againAtMs, nowMs + 1_000), 'the next record to be trimmed', { counts: false })
  },
}

async function shardsOf(tx: ReadTx, id: string): Promise<Shard[]> {
  const found: Shard[] = []
  for await (const { value } of tx.range(shard.under(id))) found.push(value)
  return found
}

/** Removes some of a shard's records; when all are gone that have to, answers when the oldest one left was put. */
async function trimShard(tx: Tx, of: Stream, one: Shard, nowMs: number): Promise<number | 'more' | undefined> {
  const own = dataRecord.under(of.id, one.number)
  const horizonMs = horizonOf(of, nowMs)
  const through = await positionBefore(tx.snapshot, of, one, horizonMs + 1)
  const gone = dataRecord.between([of.id, one.number], { through: [through] })
  let removed = 0
  for await (const key of tx.snapshot.keys(gone, { limit: perStep })) {
    tx.delete(dataRecord(...key))
    removed++
  }
  if (removed > 0) return 'more'
  for await (const { value } of tx.snapshot.range(own, { limit: 1 })) return value.atMs
  if (one.closedAtMs !== undefined && one.closedAtMs <= horizonMs) tx.delete(shard(of.id, one.number))
  return undefined
}
