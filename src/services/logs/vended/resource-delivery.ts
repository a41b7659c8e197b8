import { listing } from '../../../kernel/listing.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../../kernel/resource.ts'
import type { TagProperty } from '../../../kernel/resource-tags.ts'
import { ignoreMissing } from '../resource-reads.ts'
import { listed, tagged, untag } from './resource-tags.ts'
import type { FoundSource } from './resources.ts'

interface DeliveryProperties {
  DeliverySourceName: string
  DeliveryDestinationArn: string
  RecordFields?: string[]
  FieldDelimiter?: string
  S3SuffixPath?: string
  S3EnableHiveCompatiblePath?: boolean
  Tags?: TagProperty
}

interface FoundDelivery {
  readonly delivery: {
    readonly id: string
    readonly arn: string
    readonly deliverySourceName: string
    readonly deliveryDestinationArn: string
    readonly deliveryDestinationType: string
    readonly recordFields: readonly string[]
    readonly fieldDelimiter?: string
    readonly s3DeliveryConfiguration?: { readonly suffixPath: string; readonly enableHiveCompatiblePath: boolean }
    readonly tags?: Record<string, string>
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-delivery.html */
export const delivery = resource<DeliveryProperties>({
  properties: [
    ...(['DeliverySourceName', 'DeliveryDestinationArn', 'RecordFields', 'FieldDelimiter'] as const),
    ...(['S3SuffixPath', 'S3EnableHiveCompatiblePath', 'Tags'] as const),
  ],
  async create(props, rx) {
    const { DeliverySourceName: deliverySourceName, DeliveryDestinationArn: deliveryDestinationArn } = props
    const input = { deliverySourceName, deliveryDestinationArn, ...settings(props), ...tagged(props, rx) }
    return deliveryState(await rx.invoke<FoundDelivery>('logs:CreateDelivery', input))
  },
  async update(id, props, previous, rx) {
    const found = await rx.invoke<FoundDelivery>('logs:GetDelivery', { id })
    const wanted = { ...(await defaultsFor(props, previous, found, rx)), ...props }
    await rx.invoke('logs:UpdateDeliveryConfiguration', { id, ...settings(wanted) })
    const resourceArn = found.delivery.arn
    await untag(resourceArn, props.Tags, previous.Tags, rx)
    const { tags } = tagged(props, rx)
    if (tags) await rx.invoke('logs:TagResource', { resourceArn, tags })
    return deliveryState(found)
  },
  async delete(id, _props, rx) {
    await rx.invoke('logs:DeleteDelivery', { id }).catch(ignoreMissing)
  },
  async read(id, _props, rx) {
    const found = await findDelivery(id, rx)
    if (!found) return undefined
    const one = found.delivery
    return {
      ...{ DeliverySourceName: one.deliverySourceName, DeliveryDestinationArn: one.deliveryDestinationArn },
      ...{ RecordFields: one.recordFields, FieldDelimiter: one.fieldDelimiter },
      S3SuffixPath: one.s3DeliveryConfiguration?.suffixPath,
      S3EnableHiveCompatiblePath: one.s3DeliveryConfiguration?.enableHiveCompatiblePath,
      Tags: listed(one.tags),
    }
  },
  async adopt(id, rx) {
    const found = await findDelivery(id, rx)
    return found && deliveryState(found)
  },
  list: listing('logs:DescribeDeliveries', { items: 'deliveries', id: 'id', token: ['nextToken', 'nextToken'] }),
})

function findDelivery(id: string, rx: ResourceReader): Promise<FoundDelivery | undefined> {
  return rx.invoke<FoundDelivery>('logs:GetDelivery', { id }).catch(ignoreMissing)
}

/** What the log has by default, of the settings that the delivery is to have no more: what is not given is kept. */
async function defaultsFor(
  props: DeliveryProperties,
  previous: DeliveryProperties,
  { delivery: { deliverySourceName: name, deliveryDestinationType: type } }: FoundDelivery,
  rx: ResourceCtx,
): Promise<Partial<DeliveryProperties>> {
  const names = ['RecordFields', 'FieldDelimiter', 'S3SuffixPath', 'S3EnableHiveCompatiblePath'] as const
  const gone = names.filter((one) => previous[one] !== undefined && props[one] === undefined)
  if (gone.length === 0) return {}
  const { service, logType } = (await rx.invoke<FoundSource>('logs:GetDeliverySource', { name })).deliverySource
  const asked = { service, logTypes: [logType], deliveryDestinationTypes: [type] }
  const { configurationTemplates: found } = await rx.invoke<{
    configurationTemplates: readonly { defaultDeliveryConfigValues: Defaults }[]
  }>('logs:DescribeConfigurationTemplates', asked)
  const { recordFields, fieldDelimiter, s3DeliveryConfiguration: s3 } = found[0]?.defaultDeliveryConfigValues ?? {}
  const defaults = {
    ...{ RecordFields: recordFields, FieldDelimiter: fieldDelimiter, S3SuffixPath: s3?.suffixPath },
    S3EnableHiveCompatiblePath: s3?.enableHiveCompatiblePath,
  }
  return Object.fromEntries(gone.map((one) => [one, defaults[one]]))
}

interface Defaults {
  readonly recordFields?: readonly string[]
  readonly fieldDelimiter?: string
  readonly s3DeliveryConfiguration?: { readonly suffixPath: string; readonly enableHiveCompatiblePath: boolean }
}

function settings(props: DeliveryProperties) {
  const { RecordFields: recordFields, FieldDelimiter: fieldDelimiter, S3SuffixPath: suffixPath } = props
  const s3DeliveryConfiguration = {
    ...(suffixPath !== undefined && { suffixPath }),
    ...(props.S3EnableHiveCompatiblePath !== undefined && {
      enableHiveCompatiblePath: props.S3EnableHiveCompatiblePath,
    }),
  }
  return {
    ...(recordFields && { recordFields }),
    ...(fieldDelimiter !== undefined && { fieldDelimiter }),
    ...(Object.keys(s3DeliveryConfiguration).length > 0 && { s3DeliveryConfiguration }),
  }
}

function deliveryState({ delivery: { id, arn, deliveryDestinationType } }: FoundDelivery) {
  return { id, attributes: { Arn: arn, DeliveryDestinationType: deliveryDestinationType, DeliveryId: id } }
}
