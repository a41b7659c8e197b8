import { formatArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags } from '../../kernel/resource-tags.ts'
import { ignoreMissing, readPolicies, readQueue } from './resource-reads.ts'

interface QueueProperties {
  QueueName?: string
  FifoQueue?: boolean
  ContentBasedDeduplication?: boolean
  DeduplicationScope?: string
  DelaySeconds?: number
  FifoThroughputLimit?: string
  KmsDataKeyReusePeriodSeconds?: number
  KmsMasterKeyId?: string
  MaximumMessageSize?: number
  MessageRetentionPeriod?: number
  ReceiveMessageWaitTimeSeconds?: number
  RedriveAllowPolicy?: object
  RedrivePolicy?: object
  SqsManagedSseEnabled?: boolean
  VisibilityTimeout?: number
  Tags?: { Key: string; Value: string }[]
}

interface PolicyProperties {
  PolicyDocument: object | string
  Queues: string[]
}

interface InlinePolicyProperties {
  PolicyDocument: object | string
  Queue: string
}

const attributeProperties = [
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'DelaySeconds',
  'FifoThroughputLimit',
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedriveAllowPolicy',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
  'VisibilityTimeout',
] as const

/** What an attribute goes back to when its property is removed from the template. */
const defaults: Readonly<Record<string, string>> = {
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  DelaySeconds: '0',
  FifoThroughputLimit: 'perQueue',
  KmsMasterKeyId: '',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  RedriveAllowPolicy: '',
  RedrivePolicy: '',
  SqsManagedSseEnabled: 'true',
  VisibilityTimeout: '30',
  KmsDataKeyReusePeriodSeconds: '300',
}

export const resources = {
  'AWS::SQS::Queue': resource<QueueProperties>({
    properties: ['QueueName', 'FifoQueue', 'Tags', ...attributeProperties],
    async create(props, rx) {
      const name = props.QueueName ?? rx.name({ maxLength: 80, ...(props.FifoQueue ? { suffix: '.fifo' } : {}) })
      const Attributes = { ...attributes(props), ...(props.FifoQueue ? { FifoQueue: 'true' } : {}) }
      const tags = resourceTags(props.Tags, rx)
      // A queue of another's making may be like it: asking for it again would answer it.
      if (props.QueueName !== undefined) await refuseExisting(name, rx)
      const { QueueUrl } = await rx.invoke<{ QueueUrl: string }>('sqs:CreateQueue', {
        QueueName: name,
        Attributes,
        tags,
      })
      return state(QueueUrl, rx)
    },
    async update(id, props, previous, rx) {
      const next = attributes(props)
      for (const name of Object.keys(attributes(previous))) next[name] ??= defaults[name]!
      if (Object.keys(next).length > 0) await rx.invoke('sqs:SetQueueAttributes', { QueueUrl: id, Attributes: next })
      const tags = resourceTags(props.Tags, rx)
      const gone = removedTags(props.Tags, previous.Tags, rx)
      if (gone.length > 0) await rx.invoke('sqs:UntagQueue', { QueueUrl: id, TagKeys: gone })
      if (Object.keys(tags).length > 0) await rx.invoke('sqs:TagQueue', { QueueUrl: id, Tags: tags })
      return state(id, rx)
    },
    async delete(id, _props, rx) {
      await rx.invoke('sqs:DeleteQueue', { QueueUrl: id }).catch(ignoreMissing)
    },
    read: (id, _props, rx) => readQueue(id, attributeProperties, rx),
    adopt: async (url, rx) => ((await isOwnUrl(url, rx)) ? state(url, rx) : undefined),
    list: listing('sqs:ListQueues', { items: 'QueueUrls', input: () => ({ MaxResults: 1_000 }) }),
  }),

  'AWS::SQS::QueuePolicy': resource<PolicyProperties>({
    properties: ['PolicyDocument', 'Queues'],
    async create(props, rx) {
      await putPolicy(props, rx)
      const id = rx.name({ maxLength: 120 })
      return { id, attributes: { Id: id } }
    },
    async update(id, props, previous, rx) {
      await putPolicy(props, rx)
      await dropPolicy(
        previous.Queues.filter((url) => !props.Queues.includes(url)),
        rx,
      )
      return { id, attributes: { Id: id } }
    },
    async delete(_id, props, rx) {
      await dropPolicy(props.Queues, rx)
    },
    read: (_id, { PolicyDocument, Queues }, rx) => readPolicies(Queues, PolicyDocument, rx),
  }),

  'AWS::SQS::QueueInlinePolicy': resource<InlinePolicyProperties>({
    properties: ['PolicyDocument', 'Queue'],
    async create({ PolicyDocument, Queue }, rx) {
      await putPolicy({ PolicyDocument, Queues: [Queue] }, rx)
      return { id: Queue }
    },
    async update(id, { PolicyDocument, Queue }, _previous, rx) {
      await putPolicy({ PolicyDocument, Queues: [Queue] }, rx)
      return { id }
    },
    async delete(_id, { Queue }, rx) {
      await dropPolicy([Queue], rx)
    },
    async read(_id, { PolicyDocument, Queue }, rx) {
      const found = await readPolicies([Queue], PolicyDocument, rx)
      return found && { Queue, PolicyDocument: found.PolicyDocument }
    },
    adopt: async (url, rx) => ((await isOwnUrl(url, rx)) ? { id: url } : undefined),
  }),
}

/** A queue has more URLs than the one that it is known by. */
async function isOwnUrl(url: string, rx: ResourceReader): Promise<boolean> {
  const asked = { QueueName: url.slice(url.lastIndexOf('/') + 1) }
  const found = await rx.invoke<{ QueueUrl: string }>('sqs:GetQueueUrl', asked).catch(ignoreMissing)
  return found?.QueueUrl === url
}

function attributes(props: QueueProperties): Record<string, string> {
  const out: Record<string, string> = {}
  for (const name of attributeProperties) {
    const value = props[name]
    if (value !== undefined) out[name] = typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
  return out
}

async function refuseExisting(name: string, rx: ResourceCtx): Promise<void> {
  const found = await rx.invoke('sqs:GetQueueUrl', { QueueName: name }).catch(ignoreMissing)
  if (found)
    throw awsError('AlreadyExists', `Resource of type 'AWS::SQS::Queue' with identifier '${name}' already exists.`)
}

function state(url: string, rx: ResourceReader) {
  const name = url.slice(url.lastIndexOf('/') + 1)
  return { id: url, attributes: { Arn: formatArn('sqs', rx.region, rx.account, name), QueueName: name, QueueUrl: url } }
}

async function putPolicy({ PolicyDocument, Queues }: PolicyProperties, rx: ResourceCtx): Promise<void> {
  const Policy = typeof PolicyDocument === 'string' ? PolicyDocument : JSON.stringify(PolicyDocument)
  for (const QueueUrl of Queues) await rx.invoke('sqs:SetQueueAttributes', { QueueUrl, Attributes: { Policy } })
}

async function dropPolicy(queues: readonly string[], rx: ResourceCtx): Promise<void> {
  for (const QueueUrl of queues)
    await rx.invoke('sqs:SetQueueAttributes', { QueueUrl, Attributes: { Policy: '' } }).catch(ignoreMissing)
}
