import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { subscriptionArn } from './names.ts'
import { type Published, type Subscription, waiting } from './state.ts'

/** Has a message of a FIFO topic wait for a subscription, behind those of its group that were published before it. */
export async function enqueue(
  tx: Tx,
  one: Subscription,
  published: Published,
  { deliveries }: Pick<Host, 'deliveries'>,
): Promise<void> {
  const { groupId = '', sequence = '' } = published
  // While anything waits, the work that brings it is there as well: it goes on until nothing waits.
  let busy = false
  for await (const _ of tx.keys(waiting.under(one.id, groupId), { limit: 1 })) busy = true
  tx.set(waiting(one.id, groupId, sequence), published)
  if (busy) return
  const data = { subscriptionArn: subscriptionArn(one), groupId }
  deliveries.schedule(tx, { kind: 'sns:drain', scope: tx.scope, data })
}
