import { hash } from 'node:crypto'
import { awsError } from '../../kernel/errors.ts'
import type { Ids } from '../../kernel/ids.ts'
import type { Tx } from '../../kernel/records.ts'
import {
  fifo,
  group,
  type Located,
  type Message,
  message,
  open,
  place,
  type Queue,
  ready,
  sent,
  sentOrder,
  sequence,
  total,
} from './state.ts'

/** How long the same deduplication id means the same message. */
export const deduplicationMs = 300_000

export interface Outgoing extends Omit<Message, 'sentAtMs' | 'sequence'> {
  readonly delaySec?: number | undefined
  /** For messages moved from another queue, which keep the time they were first sent. */
  readonly sentAtMs?: number | undefined
  /** A moved message keeps its id. */
  readonly id?: string | undefined
}

export interface Sent {
  readonly id: string
  readonly sequence?: string | undefined
  /** It is known: nothing was put into the queue. */
  readonly repeated?: boolean
}

/** Puts a message into its queue, `tx` being in the queue's scope. A repeated FIFO message answers the first one's id. */
export function enqueue(
  tx: Tx,
  at: Located,
  outgoing: Outgoing,
  now: { readonly nowMs: number; readonly ids: Ids },
): Sent | Promise<Sent> {
  return at.queue.fifo ? enqueueFifo(tx, at.queue, outgoing, now) : enqueueStandard(tx, at.queue, outgoing, now)
}

function enqueueStandard(tx: Tx, queue: Queue, outgoing: Outgoing, { nowMs, ids }: { nowMs: number; ids: Ids }): Sent {
  if (outgoing.deduplicationId !== undefined) {
    throw awsError(
      'InvalidParameterValue',
      'Value for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter that is not valid for this queue type.',
    )
  }
  const { delaySec = queue.settings.delaySec, id = messageId(nowMs, ids), ...content } = outgoing
  const sentAtMs = outgoing.sentAtMs ?? nowMs
  tx.set(message(queue.generation, id), { ...content, sentAtMs })
  const { groupId } = content
  const entry = groupId === undefined ? { sentAtMs, receives: 0 } : { sentAtMs, receives: 0, groupId }
  tx.set(ready(queue.generation, nowMs + delaySec * 1000, id), entry)
  tx.add(total(queue.generation), 1)
  return { id }
}

async function enqueueFifo(
  tx: Tx,
  queue: Queue,
  outgoing: Outgoing,
  { nowMs, ids }: { nowMs: number; ids: Ids },
): Promise<Sent> {
  const { delaySec: _, id: movedId, ...content } = outgoing
  const { settings, generation, name } = queue
  const groupId = outgoing.groupId
  if (groupId === undefined)
    throw awsError('MissingParameter', 'The request must contain the parameter MessageGroupId.')
  const deduplicationId =
    outgoing.deduplicationId ?? (settings.contentBasedDeduplication ? hash('sha256', outgoing.body) : undefined)
  if (deduplicationId === undefined) {
    throw awsError(
      'InvalidParameterValue',
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    )
  }
  const dedupScope = settings.deduplicationScope === 'messageGroup' ? groupId : ''
  const before = await tx.get(sent(name, dedupScope, deduplicationId))
  // Of an earlier queue of the name it says nothing; nor what is from the future, after the clock was set back.
  const isSame = before?.queueMadeAtMs === undefined || before.queueMadeAtMs === queue.createdAtMs
  if (before && isSame && Math.abs(nowMs - before.atMs) < deduplicationMs)
    return { id: before.id, sequence: before.sequence, repeated: true }

  const number = ((await tx.get(sequence(name))) ?? 0) + 1
  tx.set(sequence(name), number)
  // 20 digits, as the real service's; queues that are made again start anew.
  const text = String(18_000_000_000_000_000_000n + BigInt(number))
  const id = movedId ?? messageId(nowMs, ids)
  const visibleAtMs = nowMs + settings.delaySec * 1000
  const sentAtMs = nowMs
  tx.set(message(generation, id), { ...content, deduplicationId, sequence: text, sentAtMs })
  tx.set(fifo(generation, groupId, text), { id, visibleAtMs, sentAtMs, receives: 0 })
  tx.set(place(generation, id), { groupId, sequence: text })
  await forgetSent(tx, nowMs)
  const queueMadeAtMs = queue.createdAtMs
  tx.set(sent(name, dedupScope, deduplicationId), { id, sequence: text, atMs: nowMs, queueMadeAtMs })
  tx.set(sentOrder(nowMs, id), { queueName: name, scope: dedupScope, deduplicationId })
  tx.add(total(generation), 1)
  if (!(await tx.get(group(generation, groupId)))) {
    tx.set(group(generation, groupId), { openAtMs: visibleAtMs, inFlight: {} })
    tx.set(open(generation, visibleAtMs, groupId), true)
  }
  return { id, sequence: text }
}

/**
 * A UUID of version 7: valid as a message id, and ordered by time, so that a queue's oldest messages are its first.
 */
export function messageId(nowMs: number, ids: Ids): string {
  const time = nowMs.toString(16).padStart(12, '0')
  const random = ids.uuid()
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`
}

/** Less than every message id of that time, and greater than every one before it. */
export function idAt(atMs: number): string {
  const time = atMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}`
}

/** Forgets a few deduplication ids whose time is over: each send more than it adds, so that they don't pile up. */
async function forgetSent(tx: Tx, nowMs: number): Promise<void> {
  const range = sentOrder.between([], { to: [Math.max(0, nowMs - deduplicationMs)] })
  for await (const { key, value } of tx.snapshot.range(range, { limit: 2 })) {
    const address = sent(value.queueName, value.scope, value.deduplicationId)
    if ((await tx.get(address))?.id === key[1]) tx.delete(address)
    tx.delete(sentOrder(...key))
  }
}
