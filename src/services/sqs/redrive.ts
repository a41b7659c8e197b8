import type { Ids } from '../../kernel/ids.ts'
import type { Tx } from '../../kernel/records.ts'
import { enqueue } from './enqueue.ts'
import { allowsRedriveFrom } from './queue-attributes.ts'
import { locateArn, queueArn } from './queue-url.ts'
import type { Located, Message } from './state.ts'

/**
 * Puts a message into the dead-letter queue of `at`. False when that queue is gone or refuses: then the message stays
 * and goes on being delivered.
 */
export async function deadLetter(
  tx: Tx,
  at: Located,
  id: string,
  content: Message,
  now: { readonly nowMs: number; readonly ids: Ids },
): Promise<boolean> {
  const arn = at.queue.settings.redrive?.deadLetterTargetArn
  const target = arn === undefined ? undefined : await locateArn(tx, arn).catch(() => undefined)
  const sourceArn = queueArn(at.scope, at.queue.name)
  if (!target || target.queue.fifo !== at.queue.fifo || !allowsRedriveFrom(target.queue.settings, sourceArn))
    return false
  const { sequence: _, ...message } = content
  await enqueue(
    tx.in(target.scope),
    target,
    // The message moves under its own id and, in standard queues, with the time it was first sent: its retention goes on.
    {
      ...message,
      id,
      deadLetterSourceArn: sourceArn,
      ...(target.queue.fifo ? { deduplicationId: `${id}` } : { deduplicationId: undefined }),
      delaySec: 0,
    },
    now,
  )
  return true
}
