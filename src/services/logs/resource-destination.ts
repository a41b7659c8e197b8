import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags } from '../../kernel/resource-tags.ts'
import { findListed, ignoreMissing } from './resource-reads.ts'

interface DestinationProperties {
  DestinationName: string
  DestinationPolicy?: string
  RoleArn: string
  TargetArn: string
  Tags?: { Key: string; Value: string }[]
}

interface Described {
  readonly destinationName: string
  readonly targetArn: string
  readonly roleArn: string
  readonly accessPolicy?: string
  readonly arn: string
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-destination.html */
export const destination = resource<DestinationProperties>({
  properties: ['DestinationName', 'DestinationPolicy', 'RoleArn', 'TargetArn', 'Tags'],
  create: put,
  async update(name, props, previous, rx) {
    // A policy is not taken from a destination but with it: who is not to subscribe any more must not.
    if (props.DestinationPolicy === undefined && previous.DestinationPolicy !== undefined)
      await rx.invoke('logs:DeleteDestination', { destinationName: name }).catch(ignoreMissing)
    const made = await put(props, rx)
    const tagKeys = removedTags(props.Tags, previous.Tags, rx)
    if (tagKeys.length > 0) await rx.invoke('logs:UntagResource', { resourceArn: made.attributes.Arn, tagKeys })
    return made
  },
  async delete(destinationName, _props, rx) {
    await rx.invoke('logs:DeleteDestination', { destinationName }).catch(ignoreMissing)
  },
  async read(name, _props, rx) {
    const found = await described(name, rx)
    if (!found) return undefined
    const { tags = {} } = await rx.invoke<{ tags?: Record<string, string> }>('logs:ListTagsForResource', {
      resourceArn: found.arn,
    })
    return {
      DestinationName: name,
      DestinationPolicy: found.accessPolicy,
      RoleArn: found.roleArn,
      TargetArn: found.targetArn,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }
  },
  async adopt(name, rx) {
    const found = await described(name, rx)
    return found && { id: name, attributes: { Arn: found.arn } }
  },
  list: listing('logs:DescribeDestinations', {
    items: 'destinations',
    id: 'destinationName',
    token: ['nextToken', 'nextToken'],
  }),
})

async function put(props: DestinationProperties, rx: ResourceCtx) {
  const tags = resourceTags(props.Tags, rx)
  const { destination: made } = await rx.invoke<{ destination: Described }>('logs:PutDestination', {
    ...{ destinationName: props.DestinationName, targetArn: props.TargetArn, roleArn: props.RoleArn },
    ...(Object.keys(tags).length > 0 && { tags }),
  })
  if (props.DestinationPolicy !== undefined) {
    const policy = { destinationName: props.DestinationName, accessPolicy: props.DestinationPolicy }
    await rx.invoke('logs:PutDestinationPolicy', policy)
  }
  return { id: props.DestinationName, attributes: { Arn: made.arn } }
}

function described(name: string, rx: ResourceReader): Promise<Described | undefined> {
  const asked = { DestinationNamePrefix: name }
  return findListed<Described>(
    rx,
    'logs:DescribeDestinations',
    asked,
    'destinations',
    (one) => one.destinationName === name,
  )
}
