import { hash } from 'node:crypto'
import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { enqueue } from './fifo.ts'
import { wants } from './filter-policy.ts'
import { invalid, type LocatedTopic } from './names.ts'
import { isCatchingUp } from './replay.ts'
import { archived, counted, type Published, sent, sentOrder, sequence, subscription } from './state.ts'

/** How long the same deduplication id means the same message. */
const deduplicationMs = 300_000

export type Draft = Omit<Published, 'messageId' | 'topicArn' | 'atMs' | 'sequence'>

/**
 * Takes a message for a topic, `tx` being in the topic's scope: that it is to be brought to its subscriptions is written
 * with it. A FIFO topic that took it already answers as it did then.
 */
export async function accept(
  tx: Tx,
  at: LocatedTopic,
  draft: Draft,
  host: Host,
): Promise<Pick<Published, 'messageId' | 'sequence'>> {
  const nowMs = host.clock.nowMs()
  const fresh = { ...draft, messageId: host.ids.uuid(), topicArn: at.arn, atMs: nowMs }
  if (at.topic.fifo) return acceptFifo(tx, at, fresh, host)
  if (draft.deduplicationId !== undefined) {
    throw invalid(
      'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
    )
  }
  const { generation } = at.topic
  if ((await tx.snapshot.count(counted(generation, 'confirmed'))) > 0) {
    host.deliveries.schedule(tx, { kind: 'sns:spread', scope: tx.scope, data: { generation, published: fresh } })
  }
  return { messageId: fresh.messageId }
}

async function acceptFifo(tx: Tx, { topic }: LocatedTopic, fresh: Published, host: Host) {
  const { generation, settings } = topic
  const { groupId, messageId, atMs } = fresh
  if (groupId === undefined) throw invalid('The MessageGroupId parameter is required for FIFO topics')
  const deduplicationId =
    fresh.deduplicationId ?? (settings.contentBasedDeduplication ? hash('sha256', fresh.message) : undefined)
  if (deduplicationId === undefined) {
    throw invalid(
      'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    )
  }
  const scope = settings.throughputScope === 'MessageGroup' ? groupId : ''
  const before = await tx.get(sent(generation, scope, deduplicationId))
  if (before && before.atMs + deduplicationMs > atMs) return before
  const number = ((await tx.get(sequence(generation))) ?? 0) + 1
  tx.set(sequence(generation), number)
  // 20 digits, as the real service's.
  const text = String(10_000_000_000_000_000_000n + BigInt(number))
  const published: Published = { ...fresh, deduplicationId, sequence: text }
  await forgetSent(tx, atMs)
  tx.set(sent(generation, scope, deduplicationId), { messageId, sequence: text, atMs })
  tx.set(sentOrder(atMs, messageId), { generation, scope, deduplicationId })
  if (settings.archiveDays !== undefined) tx.set(archived(generation, atMs, text), published)
  for await (const { value: one } of tx.snapshot.range(subscription.under(generation))) {
    if (one.pending || !wants(one.settings, published)) continue
    // Read in conflict detection, so that its replay either comes to this message, or is known to have ended.
    if (isCatchingUp(one)) {
      const now = await tx.get(subscription(generation, one.id))
      if (now && isCatchingUp(now)) continue
    }
    await enqueue(tx, one, published, host)
  }
  return { messageId, sequence: text }
}

/** Forgets a few deduplication ids whose time is over: more than each message adds, so that they don't pile up. */
async function forgetSent(tx: Tx, nowMs: number): Promise<void> {
  const range = sentOrder.between([], { to: [Math.max(0, nowMs - deduplicationMs)] })
  for await (const { key, value } of tx.snapshot.range(range, { limit: 2 })) {
    const address = sent(value.generation, value.scope, value.deduplicationId)
    if ((await tx.get(address))?.messageId === key[1]) tx.delete(address)
    tx.delete(sentOrder(...key))
  }
}
