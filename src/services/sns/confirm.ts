import type { Ctx } from '../../kernel/context.ts'
import type { Host } from '../../kernel/host.ts'
import { mixedAlphanumeric } from '../../kernel/ids.ts'
import type { Tx } from '../../kernel/records.ts'
import { isUnsubscribeToken } from './links.ts'
import { invalid, locateTopic, lookUpSubscription, subscriptionArn } from './names.ts'
import type { Asked } from './signed-envelope.ts'
import { counted, type Subscription, subscription } from './state.ts'

/** An unconfirmed subscription and its token last two days. */
const pendingMs = 172_800_000

type Pending = NonNullable<Subscription['pending']>

/** What is to confirm a subscription. Its token begins with the id, which finds it. */
export function pendingOf({ ids, clock }: Pick<Ctx, 'ids' | 'clock'>, id: string): Pending {
  return { token: id.replaceAll('-', '') + ids.token(96, mixedAlphanumeric), untilMs: clock.nowMs() + pendingMs }
}

/**
 * Confirms the subscription whose token it is, which only its endpoint was told. `signed`: from now on it is ended by
 * signed requests alone. Answers its ARN. Throws InvalidParameter for a token that is none, or is over.
 */
export async function confirm(
  tx: Tx,
  topicArn: string,
  token: string,
  nowMs: number,
  { signed = false } = {},
): Promise<string> {
  const { topic: found, scope } = await locateTopic(tx, topicArn)
  const home = tx.in(scope)
  const id = token.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  const waiting = await home.get(subscription(found.generation, id))
  if (!waiting?.pending || waiting.pending.token !== token || waiting.pending.untilMs <= nowMs) {
    throw invalid('Token')
  }
  const { pending: _, ...rest } = waiting
  home.set(subscription(found.generation, id), { ...rest, authenticated: signed })
  home.add(counted(found.generation, 'pending'), -1)
  home.add(counted(found.generation, 'confirmed'), 1)
  return subscriptionArn(waiting)
}

/**
 * Ends a subscription for whom its messages came to. It waits for a confirmation again, and its endpoint is told how:
 * following a link may have been a mistake. Throws InvalidParameter when the link is not of one of its messages.
 */
export async function unsubscribeByLink(tx: Tx, arn: string, token: string, host: Host): Promise<void> {
  const found = await lookUpSubscription(tx, arn)
  if (!isUnsubscribeToken(host, arn, token) || found?.subscription.authenticated) throw invalid('Token')
  // Ending what has ended is done.
  if (!found || found.subscription.pending) return
  const home = tx.in(found.scope)
  const { generation } = found.topic
  const ended = { ...found.subscription, pending: pendingOf(host, found.subscription.id) }
  home.set(subscription(generation, ended.id), ended)
  home.add(counted(generation, 'confirmed'), -1)
  home.add(counted(generation, 'pending'), 1)
  ask(home, ended, ended.pending, host, 'UnsubscribeConfirmation')
}

/** Has the endpoint asked, in the transaction that makes the subscription wait, and the waiting ended when its time is over. */
export function ask(home: Tx, made: Subscription, pending: Pending, host: Host, type: Asked): void {
  const { scope } = home
  const arn = subscriptionArn(made)
  const { protocol, endpoint, topicArn } = made
  const confirmation = { messageId: host.ids.uuid(), topicArn, token: pending.token, atMs: host.clock.nowMs() }
  const data = { subscriptionArn: arn, endpoint, protocol, type, ...confirmation }
  host.deliveries.schedule(home, { kind: 'sns:ask', scope, data })
  const dueAtMs = pending.untilMs
  host.deliveries.schedule(home, { kind: 'sns:expire', scope, key: arn, data: { subscriptionArn: arn }, dueAtMs })
}
