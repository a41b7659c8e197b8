import { isAwsError } from '../../kernel/errors.ts'
import { members, oddOne } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../kernel/resource.ts'

type Attributes = Readonly<Record<string, string>>

interface Subscribed {
  readonly Protocol: string
  readonly Endpoint: string
}

/** Taking a policy from what is gone already is done; reading it finds nothing. */
export function ignoreMissing(error: unknown): undefined {
  if (!isAwsError(error, 'NotFoundException', 'NotFound')) throw error
}

async function topicAttributes(TopicArn: string, rx: ResourceReader): Promise<Attributes | undefined> {
  const found = await rx.invoke<{ Attributes: Attributes }>('sns:GetTopicAttributes', { TopicArn }).catch(ignoreMissing)
  return found?.Attributes
}

/** A topic as its properties would say it. Of its subscriptions those that the template names: others are not its matter. */
export async function readTopic(
  TopicArn: string,
  wanted: readonly Subscribed[],
  names: readonly string[],
  rx: ResourceReader,
): Promise<LiveProperties | undefined> {
  const attributes = await topicAttributes(TopicArn, rx)
  if (!attributes) return undefined
  const { Tags } = await rx.invoke<{ Tags?: unknown }>('sns:ListTagsForResource', { ResourceArn: TopicArn })
  return {
    ...members(attributes, names),
    FifoTopic: attributes.FifoTopic,
    TopicName: TopicArn.slice(TopicArn.lastIndexOf(':') + 1),
    Subscription: await subscribed(TopicArn, wanted, rx),
    Tags,
  }
}

async function subscribed(TopicArn: string, wanted: readonly Subscribed[], rx: ResourceReader) {
  const there = new Set<string>()
  let NextToken: string | undefined
  do {
    const page = await rx.invoke<{ Subscriptions?: Subscribed[]; NextToken?: string }>('sns:ListSubscriptionsByTopic', {
      TopicArn,
      ...(NextToken !== undefined && { NextToken }),
    })
    for (const { Protocol, Endpoint } of page.Subscriptions ?? []) there.add(`${Protocol} ${Endpoint}`)
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  return wanted.filter(({ Protocol, Endpoint }) => there.has(`${Protocol} ${Endpoint}`))
}

/** A subscription as its properties would say it. */
export async function readSubscription(SubscriptionArn: string, rx: ResourceReader) {
  const found = await rx
    .invoke<{ Attributes: Attributes }>('sns:GetSubscriptionAttributes', { SubscriptionArn })
    .catch(ignoreMissing)
  if (!found) return undefined
  const names = ['TopicArn', 'Protocol', 'Endpoint', 'RawMessageDelivery', 'FilterPolicy', 'FilterPolicyScope']
  return {
    ...members(found.Attributes, [...names, 'RedrivePolicy', 'DeliveryPolicy', 'ReplayPolicy', 'SubscriptionRoleArn']),
    Region: rx.region,
  }
}

/** The policy of topics that share one: the topics that have one of their own, and one that differs if there is such. */
export async function readPolicies(topics: readonly string[], wanted: object | string, rx: ResourceReader) {
  const policies = new Map<string, string>()
  for (const arn of topics) {
    const text = (await topicAttributes(arn, rx))?.Policy
    if (text !== undefined && !isDefault(text)) policies.set(arn, text)
  }
  if (policies.size === 0) return undefined
  return { Topics: [...policies.keys()], PolicyDocument: oddOne([...policies.values()], wanted) }
}

/** The policy that every topic begins with. */
function isDefault(text: string): boolean {
  return (JSON.parse(text) as { Id?: string }).Id === '__default_policy_ID'
}
