import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { type Archive, archive, archived, archivedCount } from './state.ts'

const retry = { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 }
const dayMs = 86_400_000
const hourMs = 3_600_000
const pageSize = 200

/** Has the events of an archive forgotten when their days are over: one record waits for the oldest of them. */
export function keepFor(
  tx: Tx,
  { name, retentionDays }: Archive,
  { deliveries, clock }: Host,
  oldestMs?: number,
): void {
  if (retentionDays === 0) {
    deliveries.cancel(tx, 'events:trim', tx.scope, name)
    return
  }
  const nowMs = clock.nowMs()
  const overMs = (oldestMs ?? nowMs) + retentionDays * dayMs
  // Not for each event by itself: once an hour at most.
  const dueAtMs = oldestMs === undefined ? overMs : Math.max(overMs, nowMs + hourMs)
  deliveries.schedule(tx, { kind: 'events:trim', scope: tx.scope, key: name, data: { name }, dueAtMs })
}

/** Forgets what an archive has kept for its days. */
export const trim: Job<{ name: string }> = {
  retry,
  async run({ name }, { host, scope, signal }: JobCtx) {
    for (;;) {
      if (signal.aborted) throw new Retry(0, 'the node is stopping', { counts: false })
      const count = await host.records.write(scope, async (tx) => {
        const found = await tx.get(archive(name))
        if (!found || found.retentionDays === 0) return 0
        const { generation, retentionDays } = found
        const endMs = host.clock.nowMs() - retentionDays * dayMs
        const gone = await forget(tx, generation, Math.max(0, endMs))
        if (gone < pageSize) {
          let oldestMs = host.clock.nowMs()
          for await (const [, atMs] of tx.snapshot.keys(archived.under(generation), { limit: 1 })) oldestMs = atMs
          keepFor(tx, found, host, oldestMs)
        }
        return gone
      })
      if (count < pageSize) return
    }
  },
}

/** Forgets the events of an archive that was deleted. */
export const dropArchived: Job<{ generation: string }> = {
  retry,
  async run({ generation }, { host, scope, signal }: JobCtx) {
    for (;;) {
      if (signal.aborted) throw new Retry(0, 'the node is stopping', { counts: false })
      const count = await host.records.write(scope, (tx) => forget(tx, generation, Number.MAX_SAFE_INTEGER))
      if (count < pageSize) break
    }
    await host.records.write(scope, (tx) => tx.clear(archivedCount.under(generation)))
  },
}

/** A page of the events from before a time. */
async function forget(tx: Tx, generation: string, endMs: number): Promise<number> {
  let gone = 0
  let bytes = 0
  for await (const { key, value } of tx.snapshot.range(archived.between([generation], { to: [endMs] }), {
    limit: pageSize,
  })) {
    tx.delete(archived(...key))
    gone++
    bytes += value.sizeBytes
  }
  tx.add(archivedCount(generation, 'events'), -gone)
  tx.add(archivedCount(generation, 'bytes'), -bytes)
  return gone
}
