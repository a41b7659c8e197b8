import { awsError } from '../../../kernel/errors.ts'
import { listing } from '../../../kernel/listing.ts'
import { type ResourceCtx, resource } from '../../../kernel/resource.ts'
import type { TagProperty } from '../../../kernel/resource-tags.ts'
import { ignoreMissing } from '../resource-reads.ts'
import { listed, tagged, untag } from './resource-tags.ts'

interface SourceProperties {
  Name: string
  ResourceArn?: string
  LogType?: string
  DeliverySourceConfiguration?: Record<string, string>
  Tags?: TagProperty
}

interface DestinationProperties {
  Name: string
  DestinationResourceArn?: string
  DeliveryDestinationType?: string
  OutputFormat?: string
  DeliveryDestinationPolicy?: { DeliveryDestinationName?: string; DeliveryDestinationPolicy?: object | string }
  Tags?: TagProperty
}

export interface FoundSource {
  readonly deliverySource: {
    readonly arn: string
    readonly service: string
    readonly logType: string
    readonly resourceArns: readonly string[]
    readonly tags?: Record<string, string>
  }
}

interface FoundDestination {
  readonly deliveryDestination: {
    readonly arn: string
    readonly deliveryDestinationType: string
    readonly outputFormat?: string
    readonly deliveryDestinationConfiguration: { readonly destinationResourceArn: string }
    readonly tags?: Record<string, string>
  }
}

const token = ['nextToken', 'nextToken'] as const

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-deliverysource.html */
export const deliverySource = resource<SourceProperties>({
  properties: ['Name', 'ResourceArn', 'LogType', 'DeliverySourceConfiguration', 'Tags'],
  create: (props, rx) => putSource(props, rx, true),
  async update(_id, props, previous, rx) {
    const state = await putSource(props, rx)
    await untag(state.attributes.Arn, props.Tags, previous.Tags, rx)
    return state
  },
  async delete(name, _props, rx) {
    await rx.invoke('logs:DeleteDeliverySource', { name }).catch(ignoreMissing)
  },
  async read(name, _props, rx) {
    const found = await rx.invoke<FoundSource>('logs:GetDeliverySource', { name }).catch(ignoreMissing)
    if (!found) return undefined
    const { resourceArns, logType, tags } = found.deliverySource
    return { Name: name, ResourceArn: resourceArns[0], LogType: logType, Tags: listed(tags) }
  },
  async adopt(name, rx) {
    const found = await rx.invoke<FoundSource>('logs:GetDeliverySource', { name }).catch(ignoreMissing)
    return found && sourceState(name, found)
  },
  list: listing('logs:DescribeDeliverySources', { items: 'deliverySources', id: 'name', token }),
})

async function putSource(props: SourceProperties, rx: ResourceCtx, anew = false) {
  const { Name: name, ResourceArn: resourceArn, LogType: logType, DeliverySourceConfiguration: more } = props
  const settings = { resourceArn, logType, ...(more && { deliverySourceConfiguration: more }) }
  const input = { name, ...settings, ...tagged(props, rx) }
  if (anew) await mustBeFree('DeliverySource', name, rx)
  return sourceState(name, await rx.invoke<FoundSource>('logs:PutDeliverySource', input))
}

function sourceState(id: string, { deliverySource: { arn, resourceArns, service } }: FoundSource) {
  return { id, attributes: { Arn: arn, ResourceArns: [...resourceArns], Service: service } }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-deliverydestination.html */
export const deliveryDestination = resource<DestinationProperties>({
  properties: [
    ...(['Name', 'DestinationResourceArn', 'DeliveryDestinationType', 'OutputFormat'] as const),
    ...(['DeliveryDestinationPolicy', 'Tags'] as const),
  ],
  create: (props, rx) => putDestination(props, undefined, rx),
  async update(_id, props, previous, rx) {
    const state = await putDestination(props, previous, rx)
    await untag(state.attributes.Arn, props.Tags, previous.Tags, rx)
    return state
  },
  async delete(name, _props, rx) {
    await rx.invoke('logs:DeleteDeliveryDestination', { name }).catch(ignoreMissing)
  },
  async read(name, _props, rx) {
    const found = await rx.invoke<FoundDestination>('logs:GetDeliveryDestination', { name }).catch(ignoreMissing)
    if (!found) return undefined
    const named = { deliveryDestinationName: name }
    const { policy } = await rx.invoke<{ policy?: { deliveryDestinationPolicy?: string } }>(
      'logs:GetDeliveryDestinationPolicy',
      named,
    )
    const text = policy?.deliveryDestinationPolicy
    const {
      deliveryDestinationType,
      outputFormat,
      deliveryDestinationConfiguration: to,
      tags,
    } = found.deliveryDestination
    return {
      ...{ Name: name, DestinationResourceArn: to.destinationResourceArn, OutputFormat: outputFormat },
      DeliveryDestinationType: deliveryDestinationType,
      DeliveryDestinationPolicy:
        text === undefined
          ? undefined
          : { DeliveryDestinationName: name, DeliveryDestinationPolicy: JSON.parse(text) as unknown },
      Tags: listed(tags),
    }
  },
  async adopt(name, rx) {
    const found = await rx.invoke<FoundDestination>('logs:GetDeliveryDestination', { name }).catch(ignoreMissing)
    return found && { id: name, attributes: { Arn: found.deliveryDestination.arn } }
  },
  list: listing('logs:DescribeDeliveryDestinations', { items: 'deliveryDestinations', id: 'name', token }),
})

async function putDestination(
  props: DestinationProperties,
  before: DestinationProperties | undefined,
  rx: ResourceCtx,
) {
  const { Name: name, DestinationResourceArn: destinationResourceArn, DeliveryDestinationType: type } = props
  const input = {
    name,
    ...(destinationResourceArn !== undefined && { deliveryDestinationConfiguration: { destinationResourceArn } }),
    ...(type !== undefined && { deliveryDestinationType: type }),
    ...(props.OutputFormat !== undefined && { outputFormat: props.OutputFormat }),
    ...tagged(props, rx),
  }
  const policy = props.DeliveryDestinationPolicy?.DeliveryDestinationPolicy
  if (!before) await mustBeFree('DeliveryDestination', name, rx)
  const { deliveryDestination: made } = await rx.invoke<FoundDestination>('logs:PutDeliveryDestination', input)
  const named = { deliveryDestinationName: name }
  if (policy !== undefined) {
    const deliveryDestinationPolicy = typeof policy === 'string' ? policy : JSON.stringify(policy)
    await rx.invoke('logs:PutDeliveryDestinationPolicy', { ...named, deliveryDestinationPolicy })
  } else if (before?.DeliveryDestinationPolicy?.DeliveryDestinationPolicy !== undefined)
    await rx.invoke('logs:DeleteDeliveryDestinationPolicy', named).catch(ignoreMissing)
  return { id: name, attributes: { Arn: made.arn } }
}

/** What a stack makes is its own: putting would overwrite another's. */
async function mustBeFree(
  what: 'DeliverySource' | 'DeliveryDestination',
  name: string,
  rx: ResourceCtx,
): Promise<void> {
  if (await rx.invoke(`logs:Get${what}`, { name }).catch(ignoreMissing))
    throw awsError('ResourceAlreadyExistsException', `${what} ${name} already exists.`)
}
