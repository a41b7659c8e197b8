import { awsError, isAwsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { members } from '../../kernel/live-properties.ts'
import { lookUntil } from '../../kernel/look-again.ts'
import { type ResourceCtx, ResourceFailure, type ResourceReader, resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags, type TagProperty } from '../../kernel/resource-tags.ts'
import { refusedParameters } from './settings.ts'

interface PipeProperties {
  readonly Name?: string
  readonly Description?: string
  readonly DesiredState?: string
  readonly Source: string
  readonly SourceParameters?: object
  readonly Enrichment?: string
  readonly EnrichmentParameters?: object
  readonly Target: string
  readonly TargetParameters?: object
  readonly RoleArn: string
  readonly KmsKeyIdentifier?: string
  readonly Tags?: TagProperty
}

interface Found {
  readonly Arn: string
  readonly CurrentState: string
  readonly StateReason?: string
  readonly CreationTime: Date
  readonly LastModifiedTime: Date
}

const pipeMembers = [
  ...(['Description', 'DesiredState', 'Enrichment', 'EnrichmentParameters', 'KmsKeyIdentifier', 'Name'] as const),
  ...(['RoleArn', 'Source', 'SourceParameters', 'Tags', 'Target', 'TargetParameters'] as const),
]
const changing = /^(CREATING|UPDATING|STARTING|STOPPING)$/

export const resources = {
  'AWS::Pipes::Pipe': resource<PipeProperties>({
    properties: pipeMembers,
    async create({ Tags, ...props }, rx) {
      checkParameters(props)
      const Name = props.Name ?? rx.name({ maxLength: 64 })
      const tags = resourceTags(Tags, rx)
      const given = { ...props, ...timed(props), Name, ...(Object.keys(tags).length > 0 && { Tags: tags }) }
      await rx.invoke('pipes:CreatePipe', given)
      rx.created(Name)
      return settled(Name, rx)
    },
    async update(id, { Tags, Source: _, ...props }, previous, rx) {
      checkParameters(props)
      // What the template has no more goes back to nothing.
      const cleared = {
        Description: '',
        Enrichment: '',
        KmsKeyIdentifier: '',
        SourceParameters: {},
        TargetParameters: {},
      }
      const given = {
        ...cleared,
        EnrichmentParameters: {},
        DesiredState: 'RUNNING',
        ...props,
        ...begun(props, previous),
        Name: id,
      }
      const { Arn: resourceArn } = await rx.invoke<{ Arn: string }>('pipes:UpdatePipe', given)
      const tagKeys = removedTags(Tags, previous.Tags, rx)
      if (tagKeys.length > 0) await rx.invoke('pipes:UntagResource', { resourceArn, tagKeys })
      const tags = resourceTags(Tags, rx)
      if (Object.keys(tags).length > 0) await rx.invoke('pipes:TagResource', { resourceArn, tags })
      return settled(id, rx)
    },
    async delete(id, _props, rx) {
      try {
        await rx.invoke('pipes:DeletePipe', { Name: id })
        await lookUntil(rx, async () => (await describe(id, rx))?.CurrentState !== 'DELETING' || undefined)
      } catch (error) {
        ignoreMissing(error)
      }
    },
    async read(id, _props, rx) {
      const found = await describe(id, rx)
      return found && members(found, pipeMembers)
    },
    async adopt(id, rx) {
      const found = await describe(id, rx)
      return found && state(id, found)
    },
    list: listing('pipes:ListPipes', { items: 'Pipes', id: 'Name' }),
  }),
}

/** Waits until a pipe is as it was asked to be. Throws when it can't be. */
async function settled(Name: string, rx: ResourceCtx) {
  return lookUntil(rx, async () => {
    const found = await rx.invoke<Found>('pipes:DescribePipe', { Name })
    const { CurrentState, StateReason } = found
    if (/_FAILED$/.test(CurrentState)) throw new ResourceFailure(StateReason ?? CurrentState)
    if (changing.test(CurrentState)) return undefined
    return state(Name, found)
  })
}

function state(id: string, { Arn, CurrentState, StateReason = '', CreationTime, LastModifiedTime }: Found) {
  const times = { CreationTime: CreationTime.toISOString(), LastModifiedTime: LastModifiedTime.toISOString() }
  return { id, attributes: { Arn, CurrentState, StateReason, ...times } }
}

async function describe(Name: string, rx: ResourceReader): Promise<Found | undefined> {
  return rx.invoke<Found>('pipes:DescribePipe', { Name }).catch(ignoreMissing)
}

/** Deleting what is gone already is done; reading it finds nothing. */
function ignoreMissing(error: unknown): undefined {
  if (!isAwsError(error, 'NotFoundException')) throw error
}

/** Parameters that are for what is not here have other names in the API, which would not know them. */
function checkParameters(props: Omit<PipeProperties, 'Tags' | 'Source'>): void {
  for (const [group, names] of Object.entries(refusedParameters)) {
    const given = props[group as keyof typeof refusedParameters]
    const found = given && names.find((name) => Object.hasOwn(given, name))
    if (found) throw awsError('ValidationException', `${group}.${found} is not supported by Landfall so far.`)
  }
}

const positions = ['StartingPosition', 'StartingPositionTimestamp'] as const
type Group = Readonly<Record<string, unknown>>
type OfSource = Pick<PipeProperties, 'SourceParameters'>

function streamsOf({ SourceParameters }: OfSource): [name: string, group: Group][] {
  const all: [string, Group][] = Object.entries(SourceParameters ?? {})
  return all.filter(([name]) => name === 'KinesisStreamParameters' || name === 'DynamoDBStreamParameters')
}

/** A time of a template is text. */
function timed(props: OfSource): OfSource {
  const streams = streamsOf(props).map(([name, group]) => {
    const { StartingPositionTimestamp: at } = group
    return [name, { ...group, ...(typeof at === 'string' && { StartingPositionTimestamp: new Date(at) }) }]
  })
  return props.SourceParameters
    ? { SourceParameters: { ...props.SourceParameters, ...Object.fromEntries(streams) } }
    : {}
}

/** Where a stream was begun is no parameter of a change, and can't be changed. */
function begun(props: OfSource, previous: OfSource): OfSource {
  const before: Readonly<Record<string, Group>> = Object.fromEntries(streamsOf(previous))
  const streams = streamsOf(props).map(([name, group]) => {
    const moved = positions.find((position) => group[position] !== before[name]?.[position])
    if (moved) throw awsError('ValidationException', `${name}.${moved} can't be changed: give the pipe another Name.`)
    return [name, Object.fromEntries(Object.entries(group).filter(([member]) => !positions.includes(member as never)))]
  })
  return props.SourceParameters
    ? { SourceParameters: { ...props.SourceParameters, ...Object.fromEntries(streams) } }
    : {}
}
