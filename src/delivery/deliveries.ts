import type { Clock } from '../kernel/clock.ts'
import type { Deliveries } from '../kernel/delivery.ts'
import type { Ids } from '../kernel/ids.ts'
import { due, keyed } from './state.ts'

/** How operations hand over work: records in their own transaction, picked up by the engine after the commit. */
export function createDeliveries(clock: Clock, ids: Ids): Deliveries {
  return {
    schedule(tx, { kind, scope, dueAtMs, data, key }) {
      const now = clock.nowMs()
      const id = ids.uuid()
      tx.set(due(kind, Math.max(dueAtMs ?? now, 0), id), { scope, data, key, attempts: 0, createdAtMs: now })
      if (key !== undefined) tx.set(keyed(kind, scope.account, scope.region, key), { id })
    },
    cancel(tx, kind, scope, key) {
      tx.delete(keyed(kind, scope.account, scope.region, key))
    },
  }
}
