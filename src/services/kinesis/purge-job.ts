import { type Job, Retry } from '../../kernel/delivery.ts'
import { countUsage } from './limits.ts'
import { consumer, dataRecord, shard, stream } from './state.ts'

/** Records removed in one transaction. */
const perStep = 2_000

/** Removes a deleted stream's records, a part at a time, and in the end the stream. */
export const purge: Job<{ name: string }> = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run({ name }, { host, scope, signal }) {
    for (;;) {
      if (signal.aborted) throw new Retry(host.clock.nowMs(), 'the node is stopping', { counts: false })
      const left = await host.records.write(scope, async (tx) => {
        const found = await tx.get(stream(name))
        if (found?.status !== 'DELETING') return false
        let removed = 0
        for await (const key of tx.snapshot.keys(dataRecord.under(found.id), { limit: perStep })) {
          tx.delete(dataRecord(...key))
          removed++
        }
        if (removed === perStep) return true
        tx.clear(shard.under(found.id))
        tx.clear(consumer.under(found.id))
        tx.delete(stream(name))
        host.deliveries.cancel(tx, 'kinesis:trim', scope, found.id)
        await countUsage(tx, found, undefined)
        return false
      })
      if (!left) return
    }
  },
}
