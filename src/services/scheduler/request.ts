import { parseArn } from '../../kernel/arn.ts'
import type { Scope } from '../../kernel/records.ts'
import { scheduleArn } from './names.ts'
import type { Invocation } from './state.ts'

/** A call of an API: what a target comes to. Its input is JSON: text where the API has bytes. */
export interface TargetRequest {
  /** As universal targets name it: `sqs:sendMessage`. */
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
  /** Where the resource is. */
  readonly region: string
}

interface Place {
  readonly scope: Scope
  /** Begins the URLs of queues. */
  readonly endpoint: string
}

/** What is called for templated targets: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html */
const templated: Readonly<
  Record<string, { action: string; input(invocation: Invocation, body: string, place: Place): TargetRequest['input'] }>
> = {
  lambda: {
    action: 'lambda:invoke',
    input: ({ target }, Payload) => ({ FunctionName: target.arn, InvocationType: 'Event', Payload }),
  },
  sqs: {
    action: 'sqs:sendMessage',
    input({ target }, MessageBody, { endpoint }) {
      const { account, resource } = parseArn(target.arn) ?? { account: '', resource: '' }
      const group = target.messageGroupId === undefined ? {} : { MessageGroupId: target.messageGroupId }
      return { MessageBody, QueueUrl: `${endpoint}/${account}/${resource}`, ...group }
    },
  },
  sns: { action: 'sns:publish', input: ({ target }, Message) => ({ Message, TopicArn: target.arn }) },
  events: {
    action: 'eventbridge:putEvents',
    input: ({ target, scheduledAtMs, ...of }, Detail, { scope }) => ({
      Entries: [
        {
          Detail,
          DetailType: target.event?.detailType,
          EventBusName: target.arn,
          Resources: [scheduleArn(scope, of.group, of.name)],
          Source: target.event?.source,
          Time: new Date(scheduledAtMs).toISOString(),
        },
      ],
    }),
  },
  kinesis: {
    action: 'kinesis:putRecord',
    input: ({ target }, Data) => ({ Data, PartitionKey: target.partitionKey, StreamARN: target.arn }),
  },
  firehose: {
    action: 'firehose:putRecord',
    input: ({ target }, Data) => ({
      DeliveryStreamName: parseArn(target.arn)?.resource.replace(/^deliverystream\//, ''),
      Record: { Data },
    }),
  },
}

export const templatedServices = Object.keys(templated)

/** The service and operation of a universal target; undefined for other ARNs. */
export function universalAction(arn: string): string | undefined {
  return /^arn:aws:scheduler:::aws-sdk:([a-z0-9]+:[a-z][A-Za-z0-9]*)$/.exec(arn)?.[1]
}

/** The operation that a templated target calls; undefined when there is none for its ARN. */
export function templatedAction(arn: string): string | undefined {
  const service = parseArn(arn)?.service ?? ''
  return Object.hasOwn(templated, service) ? templated[service]?.action : undefined
}

/** By what SDKs call it: services that have another name here. */
const folders: Readonly<Record<string, string>> = { eventbridge: 'events', cloudwatchlogs: 'logs' }

/** The operation of this node that an action is: `events:PutEvents` for `eventbridge:putEvents`. */
export function operationOf(action: string): string {
  const [service = '', name = ''] = action.split(':')
  return `${folders[service] ?? service}:${name.charAt(0).toUpperCase()}${name.slice(1)}`
}

/** The call that a target comes to, at an attempt. Throws a plain Error when the input of a universal target is no JSON. */
export function requestOf(invocation: Invocation, attempt: number, place: Place): TargetRequest {
  const { arn, input } = invocation.target
  const { region = '', service = '' } = parseArn(arn) ?? {}
  const action = universalAction(arn)
  if (action !== undefined) {
    return { action, input: jsonObject(filled(input ?? '{}', invocation, attempt, place)), region: place.scope.region }
  }
  const kind = templated[service]
  if (!kind) throw new Error(`no target has the ARN ${arn}`)
  const body = filled(input ?? notification(invocation, place), invocation, attempt, place)
  return { action: kind.action, input: kind.input(invocation, body, place), region }
}

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  return JSON.parse(text) as Readonly<Record<string, unknown>>
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function filled(text: string, { scheduledAtMs, executionId, group, name }: Invocation, attempt: number, at: Place) {
  const known: Readonly<Record<string, string>> = {
    'schedule-arn': scheduleArn(at.scope, group, name),
    'scheduled-time': timeOf(scheduledAtMs),
    'execution-id': executionId,
    'attempt-number': String(attempt),
  }
  return text.replaceAll(/<aws\.scheduler\.([a-z-]+)>/g, (keyword, word: string) => known[word] ?? keyword)
}

/** What a target without an input is told. */
function notification({ scheduledAtMs, executionId, group, name }: Invocation, { scope }: Place): string {
  return JSON.stringify({
    version: '0',
    id: executionId,
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: scope.account,
    time: timeOf(scheduledAtMs),
    region: scope.region,
    resources: [scheduleArn(scope, group, name)],
    detail: '{}',
  })
}

export function timeOf(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
