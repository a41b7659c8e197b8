import { type Job, Retry } from '../../kernel/delivery.ts'
import { deliveryKey } from './buffer.ts'
import {
  delivering,
  deliveryStream,
  partitionedBytes,
  readThrough,
  streamOfType,
  waiting,
  waitingBytes,
} from './state.ts'
import { typeOf } from './streams.ts'

/** Records removed in one transaction. */
const perStep = 2_000

/** Removes what a deleted stream has not delivered, a part at a time, and in the end the stream. */
export const purgeJob: Job<{ name: string; id: string }> = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run({ name, id }, { host, scope, signal }) {
    for (;;) {
      if (signal.aborted) throw new Retry(host.clock.nowMs(), 'the node is stopping', { counts: false })
      const left = await host.records.write(scope, async (tx) => {
        let removed = 0
        for await (const key of tx.snapshot.keys(waiting.under(id), { limit: perStep })) {
          tx.delete(waiting(...key))
          removed++
        }
        if (removed === perStep) return true
        tx.clear(readThrough.under(id))
        for await (const [, buffer] of tx.keys(delivering.under(id))) {
          host.deliveries.cancel(tx, 'firehose:deliver', scope, deliveryKey(id, buffer))
        }
        host.deliveries.cancel(tx, 'firehose:read', scope, id)
        tx.clear(delivering.under(id))
        tx.clear(waitingBytes.under(id))
        tx.delete(partitionedBytes(id))
        const found = await tx.get(deliveryStream(name))
        if (found?.id === id) {
          tx.delete(deliveryStream(name))
          tx.delete(streamOfType(typeOf(found), name))
        }
        return false
      })
      if (!left) return
    }
  },
}
