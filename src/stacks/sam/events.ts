import { isList, isMap, own, type Value, type ValueMap } from '../value.ts'
import { mappingDestination } from './destinations.ts'
import { type Called, type Event, permission } from './event.ts'
import { add, type Declared, type Output, passed, pick, refOf, refuseOthers, samError, text } from './output.ts'
import { type Needed, servicePolicy } from './role.ts'
import { patternRule, scheduledRule } from './rule-events.ts'
import { scheduleEvent } from './schedule-v2.ts'
import { topicEvent } from './topic-event.ts'

/** Makes what a function's events need. Answers what its role needs for them. */
export function connectEvents(
  of: Declared,
  called: Called,
  template: ReadonlyMap<string, Declared>,
  out: Output,
): Needed {
  const events = own(of.properties, 'Events') ?? {}
  if (!isMap(events)) throw samError(of.id, "'Events' must be an object.")
  const needed = Object.entries(events).flatMap(([name, event]) => {
    const type = isMap(event) ? text(event, 'Type') : undefined
    if (!isMap(event) || type === undefined)
      throw samError(of.id, `Event with id [${name}] is invalid. It has no Type.`)
    const connect = Object.hasOwn(kinds, type) ? kinds[type] : undefined
    if (!connect)
      throw samError(of.id, `Event with id [${name}] has the type ${type}, which Landfall does not have yet.`)
    const properties = own(event, 'Properties') ?? {}
    if (!isMap(properties)) throw samError(of.id, `Event with id [${name}] is invalid. Properties must be an object.`)
    return connect({ of, name, type, properties, called, template, out }) ?? []
  })
  return { managed: needed.flatMap(({ managed }) => managed), inline: needed.flatMap(({ inline }) => inline) }
}

const polling = [
  ...[
    'BatchSize',
    'Enabled',
    'MaximumBatchingWindowInSeconds',
    'FilterCriteria',
    'FunctionResponseTypes',
    'ScalingConfig',
  ],
  ...['StartingPosition', 'StartingPositionTimestamp', 'ParallelizationFactor', 'MaximumRetryAttempts', 'KmsKeyArn'],
  ...[
    'BisectBatchOnFunctionError',
    'MaximumRecordAgeInSeconds',
    'TumblingWindowInSeconds',
    'DestinationConfig',
    'MetricsConfig',
    'ProvisionedPollerConfig',
  ],
]

const kinds: Readonly<Record<string, (event: Event) => Needed | undefined>> = {
  Api: (event) => route(event, 'ServerlessRestApi', 'RestApiId'),
  HttpApi: (event) => route(event, 'ServerlessHttpApi', 'ApiId'),
  SQS: (event) => mapping(event, 'Queue', 'AWSLambdaSQSQueueExecutionRole'),
  Kinesis: (event) => mapping(event, 'Stream', 'AWSLambdaKinesisExecutionRole'),
  DynamoDB: (event) => mapping(event, 'Stream', 'AWSLambdaDynamoDBExecutionRole'),
  S3: bucketEvent,
  SNS: topicEvent,
  Schedule: scheduledRule,
  ScheduleV2: scheduleEvent,
  EventBridgeRule: patternRule,
  CloudWatchEvent: patternRule,
  CloudWatchLogs: logsEvent,
  AlexaSkill: skillEvent,
}

function mapping({ of, name, properties, called, out }: Event, source: string, policy: string): Needed {
  refuseOthers(of.id, properties, [source, ...polling], `Events.${name}.`)
  const arn = own(properties, source)
  if (arn === undefined) throw samError(of.id, `Event with id [${name}] is invalid. No ${source} provided.`)
  const id = of.id + name
  const destination = own(properties, 'DestinationConfig')
  const destined = destination === undefined ? undefined : mappingDestination(of, id, destination)
  const made = {
    ...pick(properties, polling),
    ...(destined && { DestinationConfig: destined.config }),
    EventSourceArn: arn,
    FunctionName: called.ref,
  }
  add(out, id, 'AWS::Lambda::EventSourceMapping', made, passed(of.rest))
  return { managed: [servicePolicy(policy)], inline: destined?.policies ?? [] }
}

/** The bucket stands in the same template, and is told to call the function; it is made after it may. */
function bucketEvent(event: Event): undefined {
  const { of, name, properties, called, template, out } = event
  refuseOthers(of.id, properties, ['Bucket', 'Events', 'Filter'], `Events.${name}.`)
  refuseConditional(event)
  const id = refOf(own(properties, 'Bucket'))
  const bucket = id === undefined ? undefined : (out.resources.get(id) ?? asMade(template.get(id)))
  if (id === undefined || bucket === undefined || own(bucket, 'Type') !== 'AWS::S3::Bucket') {
    throw samError(
      of.id,
      `Event with id [${name}] is invalid. S3 events must reference an S3 bucket in the same template.`,
    )
  }
  const granted = permission(event, 's3.amazonaws.com', { SourceAccount: { Ref: 'AWS::AccountId' } })
  const filter = own(properties, 'Filter')
  const events = own(properties, 'Events') ?? []
  const configurations = (isList(events) ? events : [events]).map((one) => ({
    Event: one,
    Function: called.arn,
    ...(filter === undefined ? {} : { Filter: filter }),
  }))
  const settings = mapOf(own(bucket, 'Properties'))
  const notifications = mapOf(own(settings, 'NotificationConfiguration'))
  const before = own(notifications, 'LambdaConfigurations') ?? []
  const depends = own(bucket, 'DependsOn') ?? []
  out.resources.set(id, {
    ...bucket,
    DependsOn: [...(isList(depends) ? depends : [depends]), granted],
    Properties: {
      ...settings,
      NotificationConfiguration: {
        ...notifications,
        LambdaConfigurations: [...(isList(before) ? before : [before]), ...configurations],
      },
    },
  })
}

function logsEvent(event: Event): undefined {
  const { of, name, properties, called, out } = event
  refuseOthers(of.id, properties, ['LogGroupName', 'FilterPattern'], `Events.${name}.`)
  const [group, pattern] = [own(properties, 'LogGroupName'), own(properties, 'FilterPattern')]
  if (group === undefined || pattern === undefined)
    throw samError(of.id, `Event with id [${name}] is invalid. It needs LogGroupName and FilterPattern.`)
  const arn = 'arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${__LogGroupName__}:*'
  const granted = permission(event, 'logs.amazonaws.com', {
    SourceArn: { 'Fn::Sub': [arn, { __LogGroupName__: group }] },
  })
  const made = { LogGroupName: group, FilterPattern: pattern, DestinationArn: called.arn }
  add(out, of.id + name, 'AWS::Logs::SubscriptionFilter', made, { ...passed(of.rest), DependsOn: [granted] })
}

function skillEvent(event: Event): undefined {
  refuseOthers(event.of.id, event.properties, ['SkillId'], `Events.${event.name}.`)
  const skill = own(event.properties, 'SkillId')
  permission(event, 'alexa-appkit.amazon.com', skill === undefined ? {} : { EventSourceToken: skill })
}

/** A route of an API; of the template's implicit one when it names none. */
function route(event: Event, implicit: string, idProperty: string): undefined {
  const { of, name, type, properties, called, out } = event
  refuseConditional(event)
  const known =
    type === 'Api'
      ? ['Path', 'Method', 'RestApiId', 'Auth']
      : ['Path', 'Method', 'ApiId', 'PayloadFormatVersion', 'TimeoutInMillis', 'Auth']
  refuseOthers(of.id, properties, known, `Events.${name}.`)
  const given = own(properties, idProperty)
  const api = given === undefined ? implicit : refOf(given)
  if (api === undefined)
    throw samError(
      of.id,
      `Event with id [${name}] is invalid. ${idProperty} must be a Ref of an API in the same template.`,
    )
  const path = text(properties, 'Path')
  const method = (text(properties, 'Method') ?? (type === 'HttpApi' ? 'any' : '')).toLowerCase()
  if (type === 'Api' && (path === undefined || method === ''))
    throw samError(of.id, `Event with id [${name}] is missing 'Path' or 'Method'.`)
  const routes = out.routes.get(api) ?? []
  const full = path ?? '$default'
  if (routes.some((other) => other.path === full && other.method === method)) {
    throw samError(
      of.id,
      `Event with id [${name}] is invalid. API method "${method}" defined multiple times for path "${full}".`,
    )
  }
  const target = called.ref.Ref === of.id ? `\${${of.id}.Arn}` : `\${${String(called.ref.Ref)}}`
  const auth = own(properties, 'Auth')
  const [payloadFormat, timeoutMs] = [own(properties, 'PayloadFormatVersion'), own(properties, 'TimeoutInMillis')]
  routes.push({
    functionId: of.id,
    eventName: name,
    path: full,
    method: method === 'x-amazon-apigateway-any-method' ? 'any' : method,
    target,
    ...(payloadFormat === undefined ? {} : { payloadFormat }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(auth === undefined ? {} : { auth }),
  })
  out.routes.set(api, routes)
  const shownMethod = method === 'any' ? '*' : method.toUpperCase()
  const shown =
    path === undefined ? '*' : path === '$default' ? path : `${shownMethod}${path.replaceAll(/\{[^}]+\}/g, '*')}`
  const partition = type === 'Api' ? 'aws' : '${AWS::Partition}'
  const arn = `arn:${partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${__ApiId__}/\${__Stage__}/${shown}`
  const source = { SourceArn: { 'Fn::Sub': [arn, { __ApiId__: { Ref: api }, __Stage__: '*' }] } }
  permission(
    event,
    'apigateway.amazonaws.com',
    source,
    type === 'Api' ? `Permission${stageOf(event, api)}` : 'Permission',
  )
}

/** The stage's name, which a permission is named after. */
function stageOf({ template }: Event, api: string): string {
  const declared = template.get(api)
  if (!declared) return 'Prod'
  return text(declared.properties, 'StageName')?.replaceAll(/[^a-zA-Z0-9]/g, '') ?? 'Stage'
}

/** What is made in another resource for an event would have to be there only when the function is. */
function refuseConditional({ of, name, type }: Event): void {
  if (own(of.rest, 'Condition') === undefined) return
  throw samError(
    of.id,
    `Event with id [${name}]: ${type} events of functions with a Condition are not supported by Landfall yet.`,
  )
}

function asMade(declared: Declared | undefined): ValueMap | undefined {
  return declared && { Type: declared.type, Properties: declared.properties, ...declared.rest }
}

function mapOf(value: Value | undefined): ValueMap {
  return isMap(value) ? value : {}
}
