import { resource } from '../../kernel/resource.ts'
import { resourceTags, type TagProperty } from '../../kernel/resource-tags.ts'
import { channelResource } from './channels/resource.ts'
import { ignoreMissing, streamResource } from './resource-stream.ts'

interface ConsumerProperties {
  readonly ConsumerName: string
  readonly StreamARN: string
  readonly Tags?: TagProperty
}

interface PolicyProperties {
  readonly ResourceArn: string
  readonly ResourcePolicy: object | string
}

interface Described {
  readonly ConsumerName: string
  readonly ConsumerARN: string
  readonly ConsumerStatus: string
  readonly ConsumerCreationTimestamp: Date
}

export const resources = {
  'AWS::Kinesis::Stream': streamResource,

  'AWS::Kinesis::Channel': channelResource,

  'AWS::Kinesis::StreamConsumer': resource<ConsumerProperties>({
    properties: ['ConsumerName', 'StreamARN', 'Tags'],
    async create({ ConsumerName, StreamARN, Tags }, rx) {
      const asked = { ConsumerName, StreamARN, Tags: resourceTags(Tags, rx) }
      const { Consumer } = await rx.invoke<{ Consumer: Described }>('kinesis:RegisterStreamConsumer', asked)
      return consumerState({ ...Consumer, StreamARN })
    },
    async delete(ConsumerARN, _props, rx) {
      await rx.invoke('kinesis:DeregisterStreamConsumer', { ConsumerARN }).catch(ignoreMissing)
    },
    async read(ConsumerARN, _props, rx) {
      const found = await rx
        .invoke<{ ConsumerDescription: ConsumerProperties }>('kinesis:DescribeStreamConsumer', { ConsumerARN })
        .catch(ignoreMissing)
      if (!found) return undefined
      const asked = { ResourceARN: ConsumerARN }
      const { Tags } = await rx.invoke<{ Tags: unknown }>('kinesis:ListTagsForResource', asked)
      const { ConsumerName, StreamARN } = found.ConsumerDescription
      return { ConsumerName, StreamARN, Tags }
    },
    async adopt(ConsumerARN, rx) {
      const found = await rx
        .invoke<{ ConsumerDescription: Described & { StreamARN: string } }>('kinesis:DescribeStreamConsumer', {
          ConsumerARN,
        })
        .catch(ignoreMissing)
      return found && consumerState(found.ConsumerDescription)
    },
  }),

  'AWS::Kinesis::ResourcePolicy': resource<PolicyProperties>({
    properties: ['ResourceArn', 'ResourcePolicy'],
    async create(props, rx) {
      await rx.invoke('kinesis:PutResourcePolicy', policyOf(props))
      return { id: props.ResourceArn }
    },
    async update(id, props, _previous, rx) {
      await rx.invoke('kinesis:PutResourcePolicy', policyOf(props))
      return { id }
    },
    async delete(ResourceARN, _props, rx) {
      await rx.invoke('kinesis:DeleteResourcePolicy', { ResourceARN }).catch(ignoreMissing)
    },
    async read(ResourceARN, _props, rx) {
      const found = await rx
        .invoke<{ Policy: string }>('kinesis:GetResourcePolicy', { ResourceARN })
        .catch(ignoreMissing)
      return !found || found.Policy === '{}' ? undefined : { ResourceArn: ResourceARN, ResourcePolicy: found.Policy }
    },
    adopt: (id) => ({ id }),
  }),
}

function consumerState(consumer: Described & { readonly StreamARN: string }) {
  const { ConsumerName, StreamARN, ConsumerARN, ConsumerStatus, ConsumerCreationTimestamp: made } = consumer
  const attributes = { ConsumerName, StreamARN, ConsumerARN, ConsumerStatus }
  const seconds = String(Math.floor(made.getTime() / 1_000))
  return { id: ConsumerARN, attributes: { ...attributes, ConsumerCreationTimestamp: seconds } }
}

function policyOf({ ResourceArn: ResourceARN, ResourcePolicy: policy }: PolicyProperties) {
  return { ResourceARN, Policy: typeof policy === 'string' ? policy : JSON.stringify(policy) }
}
