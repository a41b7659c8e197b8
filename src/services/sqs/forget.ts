import type { Key, Tx } from '../../kernel/records.ts'
import { fifo, message, moved, place, type QueueSettings, total } from './state.ts'

/** Removes a message and its entry, `tx` being in the queue's scope. */
export function forget(tx: Tx, generation: string, id: string, entry: Key<unknown>): void {
  tx.delete(entry)
  tx.delete(message(generation, id))
  // Each is a write to the disk: only FIFO messages have a place, only others are moved.
  tx.delete(entry.record === fifo ? place(generation, id) : moved(generation, id))
  tx.add(total(generation), -1)
}

/** Past its queue's retention period. */
export function retired({ sentAtMs }: { readonly sentAtMs: number }, settings: QueueSettings, nowMs: number): boolean {
  return sentAtMs + settings.retentionSec * 1000 <= nowMs
}
