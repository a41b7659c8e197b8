import { formatArn } from '../../kernel/arn.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { members } from '../../kernel/live-properties.ts'
import { type ResourceReader, resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags, type TagProperty } from '../../kernel/resource-tags.ts'
import { listOfTags } from '../../kernel/tag-list.ts'
import { invalid } from './names.ts'
import { refusedParameters } from './targets.ts'

interface ScheduleProperties {
  readonly Name?: string
  readonly GroupName?: string
  readonly Description?: string
  readonly ScheduleExpression: string
  readonly ScheduleExpressionTimezone?: string
  /** ISO 8601. */
  readonly StartDate?: string
  readonly EndDate?: string
  readonly FlexibleTimeWindow: object
  readonly State?: string
  readonly KmsKeyArn?: string
  readonly Target: { readonly RetryPolicy?: object }
}

interface GroupProperties {
  readonly Name?: string
  readonly Tags?: TagProperty
}

const scheduleMembers = [
  'Name',
  'GroupName',
  'Description',
  'ScheduleExpression',
  'ScheduleExpressionTimezone',
  'StartDate',
  'EndDate',
  'FlexibleTimeWindow',
  'State',
  'KmsKeyArn',
  'Target',
] as const

export const resources = {
  'AWS::Scheduler::Schedule': resource<ScheduleProperties>({
    properties: scheduleMembers,
    // A schedule does not move from group to group.
    replaceOn: ['GroupName'],
    async create(props, rx) {
      const name = props.Name ?? rx.name({ maxLength: 64 })
      const given = { ...settings(props, name), ClientToken: rx.clientToken.slice(0, 64) }
      const { ScheduleArn } = await rx.invoke<{ ScheduleArn: string }>('scheduler:CreateSchedule', given)
      return { id: name, attributes: { Arn: ScheduleArn } }
    },
    async update(id, props, _previous, rx) {
      const { ScheduleArn } = await rx.invoke<{ ScheduleArn: string }>('scheduler:UpdateSchedule', settings(props, id))
      return { id, attributes: { Arn: ScheduleArn } }
    },
    async delete(id, props, rx) {
      await rx.invoke('scheduler:DeleteSchedule', { Name: id, ...groupOf(props) }).catch(ignoreMissing)
    },
    async read(id, props, rx) {
      const of = { Name: id, ...groupOf(props) }
      const found = await rx.invoke<Found>('scheduler:GetSchedule', of).catch(ignoreMissing)
      if (!found) return undefined
      const { StartDate, EndDate } = found
      return {
        ...members(found, scheduleMembers),
        StartDate: sameTime(StartDate, props.StartDate),
        EndDate: sameTime(EndDate, props.EndDate),
        Target: targetAsGiven(found.Target, props.Target),
      }
    },
    // A name says nothing of the group: it is the default one.
    async adopt(id, rx) {
      const found = await rx.invoke<{ Arn: string }>('scheduler:GetSchedule', { Name: id }).catch(ignoreMissing)
      return found && { id, attributes: { Arn: found.Arn } }
    },
    list: listing('scheduler:ListSchedules', {
      items: 'Schedules',
      id: 'Name',
      input: () => ({ GroupName: 'default' }),
    }),
  }),

  'AWS::Scheduler::ScheduleGroup': resource<GroupProperties>({
    properties: ['Name', 'Tags'],
    async create({ Name, Tags: own }, rx) {
      const name = Name ?? rx.name({ maxLength: 64 })
      await rx.invoke('scheduler:CreateScheduleGroup', { Name: name, Tags: listOfTags(resourceTags(own, rx)) })
      return groupState(name, rx)
    },
    async update(id, { Tags }, previous, rx) {
      const ResourceArn = groupArnOf(id, rx)
      const TagKeys = removedTags(Tags, previous.Tags, rx)
      if (TagKeys.length > 0) await rx.invoke('scheduler:UntagResource', { ResourceArn, TagKeys })
      await rx.invoke('scheduler:TagResource', { ResourceArn, Tags: listOfTags(resourceTags(Tags, rx)) })
      return groupState(id, rx)
    },
    async delete(id, _props, rx) {
      await rx.invoke('scheduler:DeleteScheduleGroup', { Name: id }).catch(ignoreMissing)
    },
    async read(id, _props, rx) {
      const found = await rx.invoke<object>('scheduler:GetScheduleGroup', { Name: id }).catch(ignoreMissing)
      if (!found) return undefined
      const of = { ResourceArn: groupArnOf(id, rx) }
      const { Tags } = await rx.invoke<{ Tags?: unknown }>('scheduler:ListTagsForResource', of)
      return { ...members(found, ['Name']), Tags }
    },
    // The default group is nobody's, and has no times.
    adopt: (id, rx) => (id === 'default' ? undefined : groupState(id, rx).catch(ignoreMissing)),
    list: listing('scheduler:ListScheduleGroups', { items: 'ScheduleGroups', id: 'Name' }),
  }),
}

interface Found {
  readonly StartDate?: Date
  readonly EndDate?: Date
  readonly Target: { readonly RetryPolicy?: object }
}

/** Deleting what is gone already is done; reading it finds nothing. */
function ignoreMissing(error: unknown): undefined {
  if (!isAwsError(error, 'ResourceNotFoundException')) throw error
}

function settings(props: ScheduleProperties, Name: string) {
  const { StartDate, EndDate, ...rest } = props
  for (const name of refusedParameters) {
    // Its members have other names in the API, which would not know them.
    if (Object.hasOwn(props.Target, name)) throw invalid(`${name} of the target is not supported by Landfall so far.`)
  }
  return {
    ...rest,
    Name,
    ...(StartDate !== undefined && { StartDate: new Date(StartDate) }),
    ...(EndDate !== undefined && { EndDate: new Date(EndDate) }),
  }
}

const groupOf = ({ GroupName }: ScheduleProperties) => (GroupName === undefined ? {} : { GroupName })

/** A time as the template writes it, if it is still that. */
function sameTime(found: Date | undefined, given: string | undefined): string | undefined {
  return given !== undefined && found?.getTime() === Date.parse(given) ? given : found?.toISOString()
}

/** The API shows the default retry policy where none was given. */
function targetAsGiven(found: Found['Target'], given: ScheduleProperties['Target'] | undefined): object {
  const { RetryPolicy, ...target } = found
  return given && given.RetryPolicy === undefined ? target : { ...target, RetryPolicy }
}

function groupArnOf(name: string, rx: Pick<ResourceReader, 'account' | 'region'>): string {
  return formatArn('scheduler', rx.region, rx.account, `schedule-group/${name}`)
}

async function groupState(name: string, rx: ResourceReader) {
  const found = await rx.invoke<{ CreationDate: Date; LastModificationDate: Date; State: string }>(
    'scheduler:GetScheduleGroup',
    { Name: name },
  )
  const { CreationDate, LastModificationDate, State } = found
  const times = { CreationDate: CreationDate.toISOString(), LastModificationDate: LastModificationDate.toISOString() }
  return { id: name, attributes: { Arn: groupArnOf(name, rx), ...times, State } }
}
