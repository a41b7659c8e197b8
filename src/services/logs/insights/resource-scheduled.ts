import { listing } from '../../../kernel/listing.ts'
import { capitalised } from '../../../kernel/live-properties.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../../kernel/resource.ts'
import { removedTags, resourceTags, type TagProperty } from '../../../kernel/resource-tags.ts'
import { ignoreMissing } from '../resource-reads.ts'

interface ScheduledProperties {
  Name: string
  QueryString: string
  QueryLanguage: string
  ExecutionRoleArn: string
  ScheduleExpression: string
  Description?: string
  DestinationConfiguration?: { S3Configuration?: { DestinationIdentifier: string; RoleArn: string } }
  LogGroupIdentifiers?: string[]
  ScheduleStartTime?: number
  ScheduleEndTime?: number
  StartTimeOffset?: number
  State?: string
  Timezone?: string
  Tags?: TagProperty
}

interface Found {
  readonly scheduledQueryArn: string
  readonly destinationConfiguration?: {
    readonly s3Configuration?: { readonly destinationIdentifier: string; readonly roleArn: string }
  }
  readonly creationTime: number
  readonly lastUpdatedTime: number
  readonly lastTriggeredTime?: number
  readonly lastExecutionStatus?: string
}

const required = ['QueryString', 'QueryLanguage', 'ExecutionRoleArn', 'ScheduleExpression'] as const
const optional = [
  ...(['Description', 'LogGroupIdentifiers', 'ScheduleStartTime', 'ScheduleEndTime'] as const),
  ...(['StartTimeOffset', 'State', 'Timezone'] as const),
]

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-scheduledquery.html */
export const scheduledQuery = resource<ScheduledProperties>({
  properties: ['Name', ...required, ...optional, 'DestinationConfiguration', 'Tags'],
  async create(props, rx) {
    const tags = resourceTags(props.Tags, rx)
    const { scheduledQueryArn } = await rx.invoke<Found>('logs:CreateScheduledQuery', {
      ...{ name: props.Name, ...settings(props) },
      ...(Object.keys(tags).length > 0 && { tags }),
    })
    return state(scheduledQueryArn, rx)
  },
  async update(identifier, props, previous, rx) {
    await rx.invoke('logs:UpdateScheduledQuery', { identifier, ...settings(props) })
    const tagKeys = removedTags(props.Tags, previous.Tags, rx)
    if (tagKeys.length > 0) await rx.invoke('logs:UntagResource', { resourceArn: identifier, tagKeys })
    const tags = resourceTags(props.Tags, rx)
    if (Object.keys(tags).length > 0) await rx.invoke('logs:TagResource', { resourceArn: identifier, tags })
    return state(identifier, rx)
  },
  async delete(identifier, _props, rx) {
    await rx.invoke('logs:DeleteScheduledQuery', { identifier }).catch(ignoreMissing)
  },
  async read(identifier, _props, rx) {
    const found = await rx.invoke<Found>('logs:GetScheduledQuery', { identifier }).catch(ignoreMissing)
    if (!found) return undefined
    const { tags = {} } = await rx.invoke<{ tags?: Record<string, string> }>('logs:ListTagsForResource', {
      resourceArn: identifier,
    })
    const to = found.destinationConfiguration?.s3Configuration
    return {
      ...capitalised(found, ['Name', ...required, ...optional]),
      DestinationConfiguration: to && {
        S3Configuration: { DestinationIdentifier: to.destinationIdentifier, RoleArn: to.roleArn },
      },
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }
  },
  adopt: (identifier, rx) => state(identifier, rx).catch(ignoreMissing),
  list: listing('logs:ListScheduledQueries', {
    items: 'scheduledQueries',
    id: 'scheduledQueryArn',
    token: ['nextToken', 'nextToken'],
  }),
})

/** As the operations take them, whose update sets all of them. */
function settings(props: ScheduledProperties) {
  const to = props.DestinationConfiguration?.S3Configuration
  const given = [...required, ...optional].filter((name) => props[name] !== undefined)
  return {
    ...Object.fromEntries(given.map((name) => [name.charAt(0).toLowerCase() + name.slice(1), props[name]])),
    ...(to && {
      destinationConfiguration: {
        s3Configuration: { destinationIdentifier: to.DestinationIdentifier, roleArn: to.RoleArn },
      },
    }),
  }
}

async function state(id: string, rx: ResourceReader | ResourceCtx) {
  const found = await rx.invoke<Found>('logs:GetScheduledQuery', { identifier: id })
  return {
    id,
    attributes: {
      ...{ ScheduledQueryArn: id, CreationTime: found.creationTime, LastUpdatedTime: found.lastUpdatedTime },
      ...{ LastTriggeredTime: found.lastTriggeredTime, LastExecutionStatus: found.lastExecutionStatus },
    },
  }
}
