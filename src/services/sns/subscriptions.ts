import { operations } from '../../kernel/operation.ts'
import { toPageToken } from '../../kernel/page-token.ts'
import type { Api } from './api.ts'
import { locateSubscription, locateTopic, lookUpSubscription, subscriptionArn } from './names.ts'
import { withReplay } from './replay.ts'
import { owned, type Subscription, subscription } from './state.ts'
import { passedRole, resourceOf } from './subscribe.ts'
import { describeSettings, withAttributes } from './subscription-attributes.ts'
import { pageStart } from './topics.ts'

const pageSize = 100

/** Subscriptions as they are: listed, described, configured. */
export const subscriptions = operations<Api>()({
  GetSubscriptionAttributes: {
    authorize: async ({ SubscriptionArn }, ctx, tx) => [
      { action: 'sns:GetSubscriptionAttributes', resource: await resourceOf(SubscriptionArn, ctx, tx) },
    ],
    async read(tx, { SubscriptionArn }) {
      const { subscription: found, topic } = await locateSubscription(tx, SubscriptionArn)
      return {
        Attributes: {
          ...{ SubscriptionArn, TopicArn: found.topicArn, Owner: found.owner },
          ...{ Protocol: found.protocol, Endpoint: shown(found.endpoint) },
          PendingConfirmation: String(found.pending !== undefined),
          ConfirmationWasAuthenticated: String(found.authenticated),
          ...describeSettings(found, topic),
        },
      }
    },
  },

  SetSubscriptionAttributes: {
    authorize: async ({ SubscriptionArn, AttributeName, AttributeValue }, ctx, tx) => [
      ...passedRole(AttributeName === 'SubscriptionRoleArn' ? AttributeValue : undefined),
      { action: 'sns:SetSubscriptionAttributes', resource: await resourceOf(SubscriptionArn, ctx, tx) },
    ],
    async write(tx, { SubscriptionArn, AttributeName, AttributeValue = '' }, ctx) {
      const at = await locateSubscription(tx, SubscriptionArn)
      const { topic, scope, subscription: found } = at
      const settings = withAttributes(found.settings, { [AttributeName]: AttributeValue }, found)
      const home = tx.in(scope)
      const changed = { ...found, settings }
      // Setting the policy again begins anew.
      const next = AttributeName === 'ReplayPolicy' ? withReplay(home, at, changed, ctx.host) : changed
      home.set(subscription(topic.generation, found.id), next)
      return {}
    },
  },

  ListSubscriptions: {
    authorize: () => [{ action: 'sns:ListSubscriptions', resource: '*' }],
    async read(tx, { NextToken }) {
      const range = NextToken === undefined ? owned.under() : owned.between([], { after: [pageStart(NextToken)] })
      const arns: string[] = []
      for await (const [arn] of tx.keys(range, { limit: pageSize + 1 })) arns.push(arn)
      const page = arns.slice(0, pageSize)
      const found = await Promise.all(page.map((arn) => lookUpSubscription(tx, arn)))
      return {
        Subscriptions: found.flatMap((one) => (one ? [describe(one.subscription)] : [])),
        NextToken: arns.length > pageSize ? toPageToken(page.at(-1) ?? '') : undefined,
      }
    },
  },

  ListSubscriptionsByTopic: {
    authorize: ({ TopicArn }) => [{ action: 'sns:ListSubscriptionsByTopic', resource: TopicArn }],
    async read(tx, { TopicArn, NextToken }) {
      const { topic, scope } = await locateTopic(tx, TopicArn)
      const { generation } = topic
      const after = NextToken === undefined ? {} : { after: [pageStart(NextToken)] }
      const found: Subscription[] = []
      const range = subscription.between([generation], after)
      for await (const { value } of tx.in(scope).range(range, { limit: pageSize + 1 })) found.push(value)
      const page = found.slice(0, pageSize)
      return {
        Subscriptions: page.map(describe),
        NextToken: found.length > pageSize ? toPageToken(page.at(-1)?.id ?? '') : undefined,
      }
    },
  },
})

function describe(found: Subscription) {
  return {
    SubscriptionArn: found.pending ? 'PendingConfirmation' : subscriptionArn(found),
    Owner: found.owner,
    Protocol: found.protocol,
    Endpoint: shown(found.endpoint),
    TopicArn: found.topicArn,
  }
}

/** Who may list subscriptions does not learn the passwords in their URLs. */
function shown(endpoint: string): string {
  return endpoint.replace(/^(https?:\/\/[^/@]*:)[^/@]*@/, '$1****@')
}
