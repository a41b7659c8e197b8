import { awsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags, type TagProperty } from '../../kernel/resource-tags.ts'
import { listOfTags } from '../../kernel/tag-list.ts'
import { ignoreMissing, readPolicies, readSubscription, readTopic } from './resource-reads.ts'

type Document = string | object

interface TopicProperties {
  readonly TopicName?: string
  readonly DisplayName?: string
  readonly FifoTopic?: boolean
  readonly ContentBasedDeduplication?: boolean
  readonly FifoThroughputScope?: string
  readonly KmsMasterKeyId?: string
  readonly SignatureVersion?: string
  readonly TracingConfig?: string
  readonly ArchivePolicy?: Document
  readonly Subscription?: readonly Subscribed[]
  readonly Tags?: TagProperty
}

interface Subscribed {
  readonly Protocol: string
  readonly Endpoint: string
}

interface SubscriptionProperties extends Subscribed {
  readonly TopicArn: string
  readonly Region?: string
  readonly RawMessageDelivery?: boolean
  readonly FilterPolicy?: Document
  readonly FilterPolicyScope?: string
  readonly RedrivePolicy?: Document
  readonly DeliveryPolicy?: Document
  readonly ReplayPolicy?: Document
  readonly SubscriptionRoleArn?: string
}

interface PolicyProperties {
  readonly PolicyDocument: Document
  readonly Topics: readonly string[]
}

interface InlinePolicyProperties {
  readonly PolicyDocument: Document
  readonly TopicArn: string
}

/** What changes in place, and what it is when it is not given. */
const topicDefaults = {
  DisplayName: '',
  ContentBasedDeduplication: 'false',
  FifoThroughputScope: 'Topic',
  KmsMasterKeyId: '',
  SignatureVersion: '1',
  TracingConfig: 'PassThrough',
  ArchivePolicy: '',
} as const

export const resources = {
  'AWS::SNS::Topic': resource<TopicProperties>({
    properties: [
      ...['TopicName', 'DisplayName', 'FifoTopic', 'ContentBasedDeduplication', 'FifoThroughputScope'],
      ...['KmsMasterKeyId', 'SignatureVersion', 'TracingConfig', 'ArchivePolicy', 'Subscription', 'Tags'],
    ] as (keyof TopicProperties & string)[],
    async create(props, rx) {
      const Name = props.TopicName ?? rx.name({ maxLength: 256, ...(props.FifoTopic && { suffix: '.fifo' }) })
      const Attributes = {
        ...(props.FifoTopic && { FifoTopic: 'true' }),
        ...Object.fromEntries(attributesOf(props)),
      }
      const Tags = listOfTags(resourceTags(props.Tags, rx))
      const { TopicArn } = await rx.invoke<{ TopicArn: string }>('sns:CreateTopic', { Name, Attributes, Tags })
      rx.created(TopicArn)
      for (const one of props.Subscription ?? []) await subscribe(TopicArn, one, {}, rx)
      return topicState(TopicArn)
    },
    async update(id, props, previous, rx) {
      const before = new Map<string, string>(attributesOf(previous))
      const next = new Map<string, string>(attributesOf(props))
      for (const [name, value] of Object.entries(topicDefaults)) {
        const AttributeValue = next.get(name) ?? value
        if ((before.get(name) ?? value) === AttributeValue) continue
        await rx.invoke('sns:SetTopicAttributes', { TopicArn: id, AttributeName: name, AttributeValue })
      }
      const wanted = props.Subscription ?? []
      const same = (a: Subscribed) => (b: Subscribed) => a.Protocol === b.Protocol && a.Endpoint === b.Endpoint
      for (const gone of previous.Subscription ?? []) {
        if (wanted.some(same(gone))) continue
        // Asking for it again tells its ARN.
        const SubscriptionArn = await subscribe(id, gone, {}, rx)
        await rx.invoke('sns:Unsubscribe', { SubscriptionArn })
      }
      for (const one of wanted) {
        if (!previous.Subscription?.some(same(one))) await subscribe(id, one, {}, rx)
      }
      const TagKeys = removedTags(props.Tags, previous.Tags, rx)
      const Tags = listOfTags(resourceTags(props.Tags, rx))
      if (TagKeys.length > 0) await rx.invoke('sns:UntagResource', { ResourceArn: id, TagKeys })
      if (Tags.length > 0) await rx.invoke('sns:TagResource', { ResourceArn: id, Tags })
      return topicState(id)
    },
    async delete(id, _props, rx) {
      await rx.invoke('sns:DeleteTopic', { TopicArn: id })
    },
    read: (id, { Subscription = [] }, rx) => readTopic(id, Subscription, Object.keys(topicDefaults), rx),
    adopt: topicState,
    list: listing('sns:ListTopics', { items: 'Topics', id: 'TopicArn' }),
  }),

  'AWS::SNS::Subscription': resource<SubscriptionProperties>({
    properties: [
      ...['TopicArn', 'Protocol', 'Endpoint', 'Region', 'RawMessageDelivery'],
      ...['FilterPolicy', 'FilterPolicyScope', 'RedrivePolicy', 'DeliveryPolicy', 'SubscriptionRoleArn'],
      'ReplayPolicy',
    ] as (keyof SubscriptionProperties & string)[],
    async create(props, rx) {
      checkRegion(props, rx)
      const given = Object.entries(settingsOf(props)).filter(([, value]) => value !== '')
      const arn = await subscribe(props.TopicArn, props, Object.fromEntries(given), rx)
      return { id: arn, attributes: { Arn: arn } }
    },
    async update(id, props, previous, rx) {
      checkRegion(props, rx)
      const before = settingsOf(previous)
      const next = settingsOf(props)
      // A policy that only the new scope allows comes after it, one that only the old allows has to go before it.
      const changed = Object.entries(next).filter(([name, value]) => before[name as keyof typeof before] !== value)
      if (next.FilterPolicyScope !== before.FilterPolicyScope && before.FilterPolicy !== '') {
        await set(id, 'FilterPolicy', '', rx)
        if (next.FilterPolicy === before.FilterPolicy) changed.push(['FilterPolicy', next.FilterPolicy])
      }
      for (const [name, value] of changed.sort(([a], [b]) => order(a) - order(b))) await set(id, name, value, rx)
      return { id, attributes: { Arn: id } }
    },
    async delete(id, _props, rx) {
      await rx.invoke('sns:Unsubscribe', { SubscriptionArn: id })
    },
    read: (id, _props, rx) => readSubscription(id, rx),
    adopt: (id) => ({ id, attributes: { Arn: id } }),
    list: listing('sns:ListSubscriptions', {
      items: 'Subscriptions',
      id: 'SubscriptionArn',
      // One that nobody has confirmed has no ARN yet.
      only: ({ SubscriptionArn }) => SubscriptionArn !== 'PendingConfirmation',
    }),
  }),

  'AWS::SNS::TopicPolicy': resource<PolicyProperties>({
    properties: ['PolicyDocument', 'Topics'],
    async create({ PolicyDocument, Topics }, rx) {
      const id = rx.name()
      for (const [index, arn] of Topics.entries()) {
        await setPolicy(arn, textOf(PolicyDocument), rx)
        if (index === 0) rx.created(id)
      }
      return { id, attributes: { Id: id } }
    },
    async update(id, { PolicyDocument, Topics }, previous, rx) {
      for (const arn of previous.Topics) if (!Topics.includes(arn)) await setPolicy(arn, '', rx).catch(ignoreMissing)
      for (const arn of Topics) await setPolicy(arn, textOf(PolicyDocument), rx)
      return { id, attributes: { Id: id } }
    },
    async delete(_id, { Topics }, rx) {
      for (const arn of Topics) await setPolicy(arn, '', rx).catch(ignoreMissing)
    },
    read: (_id, { PolicyDocument, Topics }, rx) => readPolicies(Topics, PolicyDocument, rx),
  }),

  'AWS::SNS::TopicInlinePolicy': resource<InlinePolicyProperties>({
    properties: ['PolicyDocument', 'TopicArn'],
    async create({ PolicyDocument, TopicArn }, rx) {
      await setPolicy(TopicArn, textOf(PolicyDocument), rx)
      return { id: TopicArn }
    },
    async update(id, { PolicyDocument }, _previous, rx) {
      await setPolicy(id, textOf(PolicyDocument), rx)
      return { id }
    },
    async delete(id, _props, rx) {
      await setPolicy(id, '', rx).catch(ignoreMissing)
    },
    async read(id, { PolicyDocument }, rx) {
      const found = await readPolicies([id], PolicyDocument, rx)
      return found && { TopicArn: id, PolicyDocument: found.PolicyDocument }
    },
    adopt: (id) => ({ id }),
  }),
}

function attributesOf(props: TopicProperties): [string, string][] {
  return (Object.keys(topicDefaults) as (keyof typeof topicDefaults)[]).flatMap((name) => {
    const value = props[name]
    return value === undefined
      ? []
      : [[name, typeof value === 'object' ? textOf(value) : String(value)] as [string, string]]
  })
}

/** As the API takes them; empty where nothing is given. */
function settingsOf(props: SubscriptionProperties) {
  const { RawMessageDelivery = false, FilterPolicy, FilterPolicyScope = 'MessageAttributes' } = props
  const { RedrivePolicy, DeliveryPolicy, ReplayPolicy, SubscriptionRoleArn = '' } = props
  return {
    FilterPolicyScope,
    FilterPolicy: FilterPolicy === undefined ? '' : textOf(FilterPolicy),
    RawMessageDelivery: String(RawMessageDelivery),
    RedrivePolicy: RedrivePolicy === undefined ? '' : textOf(RedrivePolicy),
    DeliveryPolicy: DeliveryPolicy === undefined ? '' : textOf(DeliveryPolicy),
    ReplayPolicy: ReplayPolicy === undefined ? '' : textOf(ReplayPolicy),
    SubscriptionRoleArn,
  }
}

const order = (name: string) => (name === 'FilterPolicyScope' ? 0 : 1)

async function subscribe(TopicArn: string, one: Subscribed, Attributes: object, rx: ResourceCtx): Promise<string> {
  const { Protocol, Endpoint } = one
  const given = { TopicArn, Protocol, Endpoint, Attributes, ReturnSubscriptionArn: true }
  return (await rx.invoke<{ SubscriptionArn: string }>('sns:Subscribe', given)).SubscriptionArn
}

function set(SubscriptionArn: string, AttributeName: string, AttributeValue: string, rx: ResourceCtx) {
  return rx.invoke('sns:SetSubscriptionAttributes', { SubscriptionArn, AttributeName, AttributeValue })
}

/** An empty policy is the one that every topic begins with. */
function setPolicy(TopicArn: string, AttributeValue: string, rx: ResourceCtx) {
  return rx.invoke('sns:SetTopicAttributes', { TopicArn, AttributeName: 'Policy', AttributeValue })
}

function checkRegion({ Region }: SubscriptionProperties, rx: ResourceCtx): void {
  if (Region !== undefined && Region !== rx.region) {
    throw awsError(
      'InvalidParameterException',
      `Invalid parameter: Region Reason: Landfall supports ${rx.region} here.`,
    )
  }
}

function topicState(arn: string) {
  return { id: arn, attributes: { TopicArn: arn, TopicName: arn.slice(arn.lastIndexOf(':') + 1) } }
}

function textOf(value: Document): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
