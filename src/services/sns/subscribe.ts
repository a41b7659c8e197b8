import { isDeepStrictEqual } from 'node:util'
import { parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { ask, confirm, pendingOf } from './confirm.ts'
import { invalid, type LocatedTopic, locateTopic, lookUpSubscription, parseTopicArn, subscriptionArn } from './names.ts'
import {
  byEndpoint,
  counted,
  owned,
  type Protocol,
  type Subscription,
  subscription,
  type Topic,
  topic,
} from './state.ts'
import { withAttributes } from './subscription-attributes.ts'

const mostOfFifo = 100
const elsewhere = ['email', 'email-json', 'sms', 'application', 'firehose']

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
        // Asking again is how an endpoint that missed the first message gets another.
        if (existing.pending) ask(home, existing, existing.pending, ctx.host, 'SubscriptionConfirmation')
        return { SubscriptionArn: answered(existing, input.ReturnSubscriptionArn) }
      }
      if (fifo && (await home.count(counted(generation, 'confirmed'))) >= mostOfFifo) {
        throw awsError('SubscriptionLimitExceededException', `A FIFO topic can have ${mostOfFifo} subscriptions.`)
      }
      const id = ctx.newId()
      // Whoever owns the endpoint need not be asked; another account's, and who answers at a URL, have to agree.
      const pending = account === ctx.account ? undefined : pendingOf(ctx, id)
      const made: Subscription = {
        ...{ id, topicArn: at.arn, owner: ctx.account, protocol, endpoint, pending },
        authenticated: pending === undefined,
        settings: withAttributes(none, given, { protocol, topicArn: at.arn }),
      }
      home.set(subscription(generation, id), made)
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

interface Endpoint {
  readonly protocol: Protocol
  readonly endpoint: string
  /** Whose it is; nobody's that we know when it is a URL. */
  readonly account: string | undefined
}

function endpointOf(
  { Protocol: protocol, Endpoint = '' }: InputFor<Api, 'Subscribe'>,
  { topic: of }: LocatedTopic,
): Endpoint {
  if (elsewhere.includes(protocol)) {
    throw invalid(`Protocol Reason: ${protocol} is not supported by Landfall so far: sqs, lambda, http and https are.`)
  }
  if (protocol === 'http' || protocol === 'https') return urlOf(protocol, Endpoint, of)
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
  return { protocol, endpoint: Endpoint, account: arn?.account ?? '' }
}

function urlOf(protocol: 'http' | 'https', endpoint: string, { fifo }: Topic): Endpoint {
  if (!endpoint.startsWith(`${protocol}://`)) throw invalid('Endpoint must match the specified protocol')
  if (!URL.canParse(endpoint) || endpoint.length > 2_048) throw invalid('HTTP(S) Endpoint')
  if (fifo) throw invalid('Endpoint Reason: Only queues can be subscribed to FIFO topics')
  return { protocol, endpoint, account: undefined }
}
