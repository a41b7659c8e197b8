import { isDeepStrictEqual } from 'node:util'
import { parseArn } from '../../kernel/arn.ts'
import { passingRole } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { ask, confirm, pendingOf } from './confirm.ts'
import { endpointOf } from './endpoints.ts'
import { invalid, locateTopic, lookUpSubscription, parseTopicArn, subscriptionArn } from './names.ts'
import { checkSubscribed } from './push.ts'
import { withReplay } from './replay.ts'
import { byEndpoint, counted, owned, type Subscription, subscription, topic } from './state.ts'
import { withAttributes } from './subscription-attributes.ts'

const mostOfFifo = 100

/** Subscriptions come and go. */
export const subscribing = operations<Api>()({
  Subscribe: {
    authorize: ({ TopicArn, Protocol, Endpoint, Attributes }) => [
      ...passedRole(Attributes?.SubscriptionRoleArn),
      {
        action: 'sns:Subscribe',
        resource: TopicArn,
        context: { 'sns:Protocol': Protocol, ...(Endpoint !== undefined && { 'sns:Endpoint': Endpoint }) },
      },
    ],
    async write(tx, input, ctx) {
      const at = await locateTopic(tx, input.TopicArn)
      const { protocol, endpoint, account, unasked } = endpointOf(input, at.topic)
      if (protocol === 'application') await checkSubscribed(tx, endpoint)
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
        // Asking again is how an endpoint that missed the first message gets another.
        if (existing.pending) ask(home, existing, existing.pending, ctx.host, 'SubscriptionConfirmation')
        return { SubscriptionArn: answered(existing, input.ReturnSubscriptionArn) }
      }
      if (fifo && (await home.count(counted(generation, 'confirmed'))) >= mostOfFifo) {
        throw awsError('SubscriptionLimitExceededException', `A FIFO topic can have ${mostOfFifo} subscriptions.`)
      }
      const id = ctx.newId()
      // Whoever owns the endpoint need not be asked; another account's, and who answers at a URL or an address, have to agree.
      const pending = unasked || account === ctx.account ? undefined : pendingOf(ctx, id)
      const made: Subscription = {
        ...{ id, topicArn: at.arn, owner: ctx.account, protocol, endpoint, pending },
        authenticated: pending === undefined,
        settings: withAttributes(none, given, { protocol, topicArn: at.arn }),
      }
      home.set(subscription(generation, id), withReplay(home, at, made, ctx.host))
      home.set(byEndpoint(generation, protocol, endpoint), id)
      home.add(counted(generation, pending ? 'pending' : 'confirmed'), 1)
      tx.in({ account: made.owner }).set(owned(subscriptionArn(made)), true)
      if (pending) ask(home, made, pending, ctx.host, 'SubscriptionConfirmation')
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
      const signed = AuthenticateOnUnsubscribe?.toLowerCase() === 'true'
      return { SubscriptionArn: await confirm(tx, TopicArn, Token, ctx.nowMs, { signed }) }
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

/** What handing SNS the role that gives a Firehose its messages needs. */
export function passedRole(roleArn: string | undefined) {
  return roleArn === undefined ? [] : [passingRole(roleArn, 'sns.amazonaws.com')]
}

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

function answered(found: Subscription, wanted: boolean | undefined): string {
  return found.pending && !wanted ? 'pending confirmation' : subscriptionArn(found)
}
