import type { Key, Tx } from '../../kernel/records.ts'
import { message, moved, place, type QueueSettings, total } from './state.ts'

/** Removes a message and its entry, `tx` being in the queue's scope. */
export function forget(tx: Tx, generation: string, id: string, entry: Key<unknown>): void {
  tx.delete(entry)
  tx.delete(message(generation, id))
  tx.delete(moved(generation, id))
  tx.delete(place(generation, id))
  tx.add(total(generation), -1)
}

/** Past its queue's retention period. */
export function retired({ sentAtMs }: { readonly sentAtMs: number }, settings: QueueSettings, nowMs: number): boolean {
  return sentAtMs + settings.retentionSec * 1000 <= nowMs
}
