import { formatArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, type ResourceReader, resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags, type TagProperty } from '../../kernel/resource-tags.ts'
import { listOfTags } from '../../kernel/tag-list.ts'
import { ignoreMissing, readBus, readRule } from './resource-reads.ts'

interface RuleProperties {
  readonly Name?: string
  readonly Description?: string
  readonly EventBusName?: string
  readonly EventPattern?: string | object
  readonly ScheduleExpression?: string
  readonly State?: string
  readonly RoleArn?: string
  readonly Tags?: TagProperty
  readonly Targets?: readonly { readonly Id: string }[]
}

interface BusProperties {
  readonly Name: string
  readonly Description?: string
  readonly Policy?: string | object
  readonly LogConfig?: { readonly Level?: string; readonly IncludeDetail?: string }
  readonly Tags?: TagProperty
}

interface PolicyProperties {
  readonly EventBusName?: string
  readonly StatementId: string
  readonly Action?: string
  readonly Principal?: string
  readonly Condition?: object
  readonly Statement?: object
}

interface BusStatement {
  readonly Sid?: string
  readonly Action?: string
  readonly Principal?: string | { readonly AWS?: string }
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export const resources = {
  'AWS::Events::Rule': resource<RuleProperties>({
    properties: [
      'Name',
      'Description',
      'EventBusName',
      'EventPattern',
      'ScheduleExpression',
      'State',
      'RoleArn',
      'Tags',
      'Targets',
    ],
    async create(props, rx) {
      const name = props.Name ?? rx.name({ maxLength: 64 })
      const given = { ...settings(props, name), Tags: listOfTags(resourceTags(props.Tags, rx)) }
      const Targets = targetsOf(props)
      const { RuleArn } = await rx.invoke<{ RuleArn: string }>('events:PutRule', given)
      rx.created(RuleArn)
      const of = { Rule: name, ...busOf(props) }
      if (Targets.length > 0) await rx.invoke('events:PutTargets', { ...of, Targets })
      return state(RuleArn, name)
    },
    async update(id, props, previous, rx) {
      const name = id.slice(id.lastIndexOf('/') + 1)
      await rx.invoke('events:PutRule', settings(props, name))
      await retag(id, props.Tags, previous.Tags, rx)
      const of = { Rule: name, ...busOf(props) }
      const Targets = targetsOf(props)
      const Ids = (previous.Targets ?? []).map(({ Id }) => Id).filter((one) => !Targets.some(({ Id }) => Id === one))
      if (Ids.length > 0) await rx.invoke('events:RemoveTargets', { ...of, Ids })
      if (Targets.length > 0) await rx.invoke('events:PutTargets', { ...of, Targets })
      return state(id, name)
    },
    async delete(id, props, rx) {
      const name = id.slice(id.lastIndexOf('/') + 1)
      const Ids = (props.Targets ?? []).map(({ Id }) => Id)
      if (Ids.length > 0) {
        await rx.invoke('events:RemoveTargets', { Rule: name, ...busOf(props), Ids }).catch(ignoreMissing)
      }
      await rx.invoke('events:DeleteRule', { Name: name, ...busOf(props) }).catch(ignoreMissing)
    },
    read: (id, { EventBusName }, rx) => readRule(id, EventBusName, rx),
    adopt: (arn) => state(arn, arn.slice(arn.lastIndexOf('/') + 1)),
    async *list(rx) {
      const buses = listing('events:ListEventBuses', { items: 'EventBuses', id: 'Name' })
      for await (const EventBusName of buses(rx))
        yield* listing('events:ListRules', { items: 'Rules', id: 'Arn', input: () => ({ EventBusName }) })(rx)
    },
  }),

  'AWS::Events::EventBus': resource<BusProperties>({
    properties: ['Name', 'Description', 'Policy', 'LogConfig', 'Tags'],
    async create({ Name, Description, Policy, LogConfig, Tags: own }, rx) {
      const Tags = listOfTags(resourceTags(own, rx))
      const settings = { ...(Description !== undefined && { Description }), ...(LogConfig && { LogConfig }) }
      await rx.invoke('events:CreateEventBus', { Name, ...settings, Tags })
      rx.created(Name)
      if (Policy !== undefined) await rx.invoke('events:PutPermission', { EventBusName: Name, Policy: textOf(Policy) })
      return busState(Name, rx)
    },
    async update(id, { Description = '', Policy, LogConfig, Tags }, previous, rx) {
      const log = LogConfig ?? (previous.LogConfig && { Level: 'OFF', IncludeDetail: 'NONE' })
      await rx.invoke('events:UpdateEventBus', { Name: id, Description, ...(log && { LogConfig: log }) })
      if (Policy !== undefined) await rx.invoke('events:PutPermission', { EventBusName: id, Policy: textOf(Policy) })
      else if (previous.Policy !== undefined) {
        await rx.invoke('events:RemovePermission', { EventBusName: id, RemoveAllPermissions: true })
      }
      const state = busState(id, rx)
      await retag(state.attributes.Arn, Tags, previous.Tags, rx)
      return state
    },
    async delete(id, _props, rx) {
      await rx.invoke('events:DeleteEventBus', { Name: id }).catch(ignoreMissing)
    },
    read: (id, props, rx) => readBus(id, props, rx),
    adopt: busState,
    list: listing('events:ListEventBuses', { items: 'EventBuses', id: 'Name' }),
  }),

  'AWS::Events::EventBusPolicy': resource<PolicyProperties>({
    properties: ['EventBusName', 'StatementId', 'Action', 'Principal', 'Condition', 'Statement'],
    create: (props, rx) => permit(props, rx),
    update: (_id, props, _previous, rx) => permit(props, rx),
    async delete(_id, { EventBusName, StatementId }, rx) {
      const of = EventBusName === undefined ? {} : { EventBusName }
      await rx.invoke('events:RemovePermission', { ...of, StatementId }).catch(ignoreMissing)
    },
    read: (_id, props, rx) => readStatement(props, rx),
  }),
}

async function permit(props: PolicyProperties, rx: ResourceCtx) {
  const { EventBusName, StatementId, Action, Principal, Condition, Statement } = props
  const of = EventBusName === undefined ? {} : { EventBusName }
  const given = { Action, Principal, Condition }
  await rx.invoke(
    'events:PutPermission',
    Statement === undefined
      ? { ...of, StatementId, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) }
      : { ...of, Policy: await policyWith(EventBusName, { Sid: StatementId, ...Statement }, rx) },
  )
  return { id: `${EventBusName ?? 'default'}|${StatementId}` }
}

/** A statement of a bus's policy as the properties would say it, in whichever of the two ways they do. */
async function readStatement({ EventBusName, StatementId, Statement }: PolicyProperties, rx: ResourceReader) {
  const of = EventBusName === undefined ? {} : { Name: EventBusName }
  const bus = await rx.invoke<{ Policy?: string }>('events:DescribeEventBus', of).catch(ignoreMissing)
  const found = statementsOf(bus?.Policy ?? '').find(({ Sid }) => Sid === StatementId)
  if (!found) return undefined
  const { Sid: _, ...statement } = found
  const said = Statement && Object.hasOwn(Statement, 'Sid') ? found : statement
  return { EventBusName, StatementId, ...(Statement ? { Statement: said } : shortForm(found)) }
}

/** A statement that PutPermission made of an action, an account and a condition. */
function shortForm({ Action, Principal, Condition = {} }: BusStatement) {
  const [Type, of] = Object.entries(Condition)[0] ?? []
  const [Key, Value] = Object.entries(of ?? {})[0] ?? []
  const aws = typeof Principal === 'object' ? Principal.AWS : Principal
  return {
    Action,
    Principal: /^arn:aws:iam::(\d{12}):root$/.exec(aws ?? '')?.[1] ?? aws,
    Condition: Type === undefined ? undefined : { Type, Key, Value },
  }
}

/** The policy of a bus with one statement more, or in the place of one with its id. */
async function policyWith(name: string | undefined, statement: { readonly Sid: string }, rx: ResourceCtx) {
  const of = name === undefined ? {} : { Name: name }
  const { Policy } = await rx.invoke<{ Policy?: string }>('events:DescribeEventBus', of)
  const others = statementsOf(Policy ?? '').filter(({ Sid }) => Sid !== statement.Sid)
  return JSON.stringify({ Version: '2012-10-17', Statement: [...others, statement] })
}

/** Of a policy that EventBridge has checked when it was put. */
function statementsOf(policy: string): BusStatement[] {
  try {
    const { Statement } = JSON.parse(policy) as { Statement: BusStatement | BusStatement[] }
    return Array.isArray(Statement) ? Statement : [Statement]
  } catch {
    return []
  }
}

/** Parameters that are for targets which are not here. */
const targetMembers = ['Id', 'Arn', 'RoleArn', 'Input', 'InputPath', 'InputTransformer', 'SqsParameters'].concat([
  'KinesisParameters',
  'DeadLetterConfig',
  'RetryPolicy',
])

/** The targets as the API takes them. What it would refuse is refused here, where its members have other names. */
function targetsOf({ Targets = [] }: RuleProperties) {
  for (const target of Targets) {
    const other = Object.keys(target).find((name) => !targetMembers.includes(name))
    if (other !== undefined) {
      throw awsError('ValidationException', `${other} of target ${target.Id} is not supported by Landfall so far.`)
    }
  }
  return Targets
}

function settings(props: RuleProperties, Name: string) {
  const { Description, EventPattern, ScheduleExpression, State, RoleArn } = props
  return {
    Name,
    ...busOf(props),
    ...(Description !== undefined && { Description }),
    ...(EventPattern !== undefined && { EventPattern: textOf(EventPattern) }),
    ...(ScheduleExpression !== undefined && { ScheduleExpression }),
    ...(State !== undefined && { State }),
    ...(RoleArn !== undefined && { RoleArn }),
  }
}

const busOf = ({ EventBusName }: RuleProperties) => (EventBusName === undefined ? {} : { EventBusName })

function state(arn: string, name: string) {
  // Ref of a rule of another bus is `bus|rule`.
  const path = arn.slice(arn.indexOf(':rule/') + ':rule/'.length).split('/')
  return { id: arn, ref: path.join('|'), attributes: { Arn: arn, RuleName: name } }
}

function busState(name: string, rx: ResourceReader) {
  const Arn = formatArn('events', rx.region, rx.account, `event-bus/${name}`)
  return { id: name, attributes: { Arn, Name: name } }
}

async function retag(arn: string, own: TagProperty | undefined, previous: TagProperty | undefined, rx: ResourceCtx) {
  const TagKeys = removedTags(own, previous, rx)
  const Tags = listOfTags(resourceTags(own, rx))
  if (TagKeys.length > 0) await rx.invoke('events:UntagResource', { ResourceARN: arn, TagKeys })
  if (Tags.length > 0) await rx.invoke('events:TagResource', { ResourceARN: arn, Tags })
}

function textOf(value: string | object): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
