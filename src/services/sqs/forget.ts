import type { Host } from '../../kernel/host.ts'
import type { Key, Tx } from '../../kernel/records.ts'
import { fifo, message, moved, place, type QueueSettings, total } from './state.ts'

const hourMs = 3_600_000

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

/**
 * Has what is past its retention removed at the next full hour, `tx` being in the queues' scope. Each hour has a key of
 * its own: what is due, and not begun yet, is not put off by a queue that is made meanwhile.
 */
export function scheduleRetention(tx: Tx, { deliveries }: Pick<Host, 'deliveries'>, nowMs: number): void {
  const dueAtMs = (Math.floor(nowMs / hourMs) + 1) * hourMs
  deliveries.schedule(tx, { kind: 'sqs:retain', scope: tx.scope, key: String(dueAtMs), data: {}, dueAtMs })
}
