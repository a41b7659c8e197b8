import { isDeepStrictEqual } from 'node:util'
import { parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { mixedAlphanumeric } from '../../kernel/ids.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { invalid, type LocatedTopic, locateTopic, lookUpSubscription, parseTopicArn, subscriptionArn } from './names.ts'
import { byEndpoint, counted, owned, type Protocol, type Subscription, subscription, topic } from './state.ts'
import { withAttributes } from './subscription-attributes.ts'

/** An unconfirmed subscription and its token last two days. */
const pendingMs = 172_800_000
const mostOfFifo = 100
const elsewhere = ['http', 'https', 'email', 'email-json', 'sms', 'application', 'firehose']

/** Subscriptions come and go. */
export const subscribing = operations<Api>()({
  Subscribe: {
    authorize: ({ TopicArn, Protocol, Endpoint }) => [
      {
        action: 'sns:Subscribe',
        resource: TopicArn,
        context: { 'sns:Protocol': Protocol, ...(Endpoint !== undefined && { 'sns:Endpoint': Endpoint }) },
      },
    ],
    async write(tx, input, ctx) {
      const at = await locateTopic(tx, input.TopicArn)
      const { protocol, endpoint, account } = endpointOf(input, at)
      const home = tx.in(at.scope)
      const { generation, fifo } = at.topic
      const none = { raw: false }
      const given = (input.Attributes ?? {}) as Record<string, string>
      const existingId = await home.get(byEndpoint(generation, protocol, endpoint))
      const existing = existingId === undefined ? undefined : await home.get(subscription(generation, existingId))
      if (existing) {
        const asked = withAttributes(existing.settings, given, { protocol, topicArn: at.arn })
        if (!isDeepStrictEqual(asked, existing.settings)) {
          throw invalid('Attributes Reason: Subscription already exists with different attributes')
        }
        return { SubscriptionArn: answered(existing, input.ReturnSubscriptionArn) }
      }
      if (fifo && (await home.count(counted(generation, 'confirmed'))) >= mostOfFifo) {
        throw awsError('SubscriptionLimitExceededException', `A FIFO topic can have ${mostOfFifo} subscriptions.`)
      }
      const id = ctx.newId()
      // Whoever owns the endpoint need not be asked; another account's has to agree.
      const pending =
        account === ctx.account
          ? undefined
          : { token: id.replaceAll('-', '') + ctx.ids.token(96, mixedAlphanumeric), untilMs: ctx.nowMs + pendingMs }
      const made: Subscription = {
        ...{ id, topicArn: at.arn, owner: ctx.account, protocol, endpoint, pending },
        authenticated: pending === undefined,
        settings: withAttributes(none, given, { protocol, topicArn: at.arn }),
      }
      home.set(subscription(generation, id), made)
      home.set(byEndpoint(generation, protocol, endpoint), id)
      home.add(counted(generation, pending ? 'pending' : 'confirmed'), 1)
      tx.in({ account: made.owner }).set(owned(subscriptionArn(made)), true)
      if (pending) ask(home, made, pending, ctx)
      return { SubscriptionArn: answered(made, input.ReturnSubscriptionArn) }
    },
  },

  ConfirmSubscription: {
    // The token is what permits it: only the endpoint was told. Of the topic's own account, permission is asked as well.
    authorize: ({ TopicArn }, ctx) =>
      parseArn(TopicArn)?.account === ctx.principal.account
        ? [{ action: 'sns:ConfirmSubscription', resource: TopicArn }]
        : [],
    async write(tx, { TopicArn, Token, AuthenticateOnUnsubscribe }, ctx) {
      if (AuthenticateOnUnsubscribe !== undefined && !/^(?:true|false)$/i.test(AuthenticateOnUnsubscribe)) {
        throw invalid('AuthenticateOnUnsubscribe')
      }
      const { topic: found, scope } = await locateTopic(tx, TopicArn)
      const home = tx.in(scope)
      const id = Token.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
      const waiting = await home.get(subscription(found.generation, id))
      if (!waiting?.pending || waiting.pending.token !== Token || waiting.pending.untilMs <= ctx.nowMs) {
        throw invalid('Token')
      }
      const { pending: _, ...rest } = waiting
      home.set(subscription(found.generation, id), rest)
      home.add(counted(found.generation, 'pending'), -1)
      home.add(counted(found.generation, 'confirmed'), 1)
      return { SubscriptionArn: subscriptionArn(waiting) }
    },
  },

  Unsubscribe: {
    authorize: async ({ SubscriptionArn }, ctx, tx) => [
      { action: 'sns:Unsubscribe', resource: await resourceOf(SubscriptionArn, ctx, tx) },
    ],
    async write(tx, { SubscriptionArn }) {
      const found = await lookUpSubscription(tx, SubscriptionArn)
      // Ending what has ended is done.
      if (found) forget(tx.in(found.scope), found.topic.generation, found.subscription)
      return {}
    },
  },
})

/** What permission on a subscription is asked for: its topic, or nothing in particular of those of the caller's account. */
export async function resourceOf(text: string, ctx: Ctx, tx: Parameters<typeof locateTopic>[0]): Promise<string> {
  const { scope } = parseTopicArn(text.slice(0, Math.max(text.lastIndexOf(':'), 0)), ctx.region, 'SubscriptionArn')
  const found = await lookUpSubscription(tx, text)
  const others = found && found.subscription.owner === ctx.account && scope.account !== ctx.account
  return others ? '*' : text.slice(0, text.lastIndexOf(':'))
}

/** Removes a subscription of a topic, `home` being the topic's scope. */
export function forget(home: Tx, generation: string, gone: Subscription): void {
  home.delete(subscription(generation, gone.id))
  home.delete(byEndpoint(generation, gone.protocol, gone.endpoint))
  home.add(counted(generation, gone.pending ? 'pending' : 'confirmed'), -1)
  if (!gone.pending) home.add(counted(generation, 'deleted'), 1)
  home.in({ account: gone.owner }).delete(owned(subscriptionArn(gone)))
}

/** Removes a subscription that nobody confirmed in time. */
export async function expire(home: Tx, topicName: string, id: string): Promise<void> {
  const of = await home.get(topic(topicName))
  const found = of && (await home.get(subscription(of.generation, id)))
  if (of && found?.pending) forget(home, of.generation, found)
}

function ask(home: Tx, made: Subscription, pending: NonNullable<Subscription['pending']>, ctx: Ctx): void {
  const { scope } = home
  const data = { subscriptionArn: subscriptionArn(made), endpoint: made.endpoint, protocol: made.protocol }
  const confirmation = { messageId: ctx.newId(), topicArn: made.topicArn, token: pending.token, atMs: ctx.nowMs }
  ctx.host.deliveries.schedule(home, { kind: 'sns:ask', scope, data: { ...data, ...confirmation } })
  const dueAtMs = pending.untilMs
  ctx.host.deliveries.schedule(home, {
    kind: 'sns:expire',
    scope,
    data: { subscriptionArn: data.subscriptionArn },
    dueAtMs,
  })
}

function answered(found: Subscription, wanted: boolean | undefined): string {
  return found.pending && !wanted ? 'pending confirmation' : subscriptionArn(found)
}

function endpointOf({ Protocol: protocol, Endpoint = '' }: InputFor<Api, 'Subscribe'>, { topic: of }: LocatedTopic) {
  if (elsewhere.includes(protocol)) {
    throw invalid(`Protocol Reason: ${protocol} is not supported by Landfall so far: sqs and lambda are.`)
  }
  if (protocol !== 'sqs' && protocol !== 'lambda') {
    throw invalid(`Does not support this protocol string: ${protocol.slice(0, 100)}`)
  }
  const arn = parseArn(Endpoint)
  const valid = /^\d{12}$/.test(arn?.account ?? '') && arn?.region !== '' && Endpoint.length <= 2_048
  if (protocol === 'sqs' && (arn?.service !== 'sqs' || !valid)) throw invalid('SQS endpoint ARN')
  if (protocol === 'lambda' && (arn?.service !== 'lambda' || !valid || !arn.resource.startsWith('function:'))) {
    throw invalid('Lambda endpoint ARN')
  }
  if (!of.fifo && arn?.resource.endsWith('.fifo')) {
    throw invalid('Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics')
  }
  if (of.fifo && protocol !== 'sqs') throw invalid('Endpoint Reason: Only queues can be subscribed to FIFO topics')
  return { protocol: protocol as Protocol, endpoint: Endpoint, account: arn?.account ?? '' }
}
