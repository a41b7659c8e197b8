import { isHttpTarget } from '../../delivery/http-target.ts'
import { parsePath } from '../../delivery/input-template.ts'
import { parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { toPageToken } from '../../kernel/page-token.ts'
import type { Api } from './api.ts'
import { changed } from './bus-rules.ts'
import { unknownName } from './input.ts'
import { logGroupOf } from './log-group.ts'
import { findRule, invalid, ownBus } from './names.ts'
import { arnOf, passRole, textOf } from './rules.ts'
import { rule, ruleOfTarget, type Target } from './state.ts'

type Given = InputFor<Api, 'PutTargets'>['Targets'][number]

const mostTargets = 5
/** Of kinds of targets that are not here. */
export const refusedParameters = [
  'RunCommandParameters',
  'EcsParameters',
  'BatchParameters',
  'RedshiftDataParameters',
  'SageMakerPipelineParameters',
  'AppSyncParameters',
] as const

/** Services whose ARNs can be targets, as far as they are theirs: functions, queues, topics, streams. */
const services = ['lambda', 'sqs', 'sns', 'kinesis', 'firehose']

/** Where the events of a rule go: functions, queues, topics, streams, log groups, APIs, API destinations and other buses so far. */
export const targets = operations<Api>()({
  PutTargets: {
    authorize: ({ Rule, EventBusName, Targets }, ctx) => [
      {
        action: 'events:PutTargets',
        resource: arnOf(EventBusName, Rule, ctx),
        context: { 'events:TargetArn': Targets.map(({ Arn }) => Arn) },
      },
      ...Targets.flatMap(({ RoleArn }) => passRole(RoleArn)),
    ],
    async write(tx, { Rule, EventBusName, Targets }, ctx) {
      const found = await findRule(tx, ownBus(EventBusName, ctx.scope), Rule)
      const next = new Map(found.targets.map((one) => [one.id, one]))
      for (const given of Targets) next.set(given.Id, parseTarget(given))
      if (next.size > mostTargets) {
        throw awsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.')
      }
      for (const { arn } of found.targets) tx.delete(ruleOfTarget(arn, found.bus, found.name))
      for (const { arn } of next.values()) tx.set(ruleOfTarget(arn, found.bus, found.name), true)
      tx.set(rule(found.bus, found.name), { ...found, targets: [...next.values()] })
      changed(tx, found.bus, () => ctx.newId())
      return { FailedEntryCount: 0, FailedEntries: [] }
    },
  },

  RemoveTargets: {
    authorize: ({ Rule, EventBusName }, ctx) => [
      { action: 'events:RemoveTargets', resource: arnOf(EventBusName, Rule, ctx) },
    ],
    async write(tx, { Rule, EventBusName, Ids }, ctx) {
      const found = await findRule(tx, ownBus(EventBusName, ctx.scope), Rule)
      const left = found.targets.filter(({ id }) => !Ids.includes(id))
      for (const { arn } of found.targets) tx.delete(ruleOfTarget(arn, found.bus, found.name))
      for (const { arn } of left) tx.set(ruleOfTarget(arn, found.bus, found.name), true)
      tx.set(rule(found.bus, found.name), { ...found, targets: left })
      changed(tx, found.bus, () => ctx.newId())
      return { FailedEntryCount: 0, FailedEntries: [] }
    },
  },

  ListTargetsByRule: {
    authorize: ({ Rule, EventBusName }, ctx) => [
      { action: 'events:ListTargetsByRule', resource: arnOf(EventBusName, Rule, ctx) },
    ],
    async read(tx, { Rule, EventBusName, NextToken, Limit = 100 }, ctx) {
      const found = await findRule(tx, ownBus(EventBusName, ctx.scope), Rule)
      const from = NextToken === undefined ? 0 : found.targets.findIndex(({ id }) => id === textOf(NextToken)) + 1
      const page = found.targets.slice(from, from + Limit)
      const more = from + Limit < found.targets.length
      return { Targets: page.map(describe), NextToken: more ? toPageToken(page.at(-1)?.id ?? '') : undefined }
    },
  },
})

function parseTarget(given: Given): Target {
  for (const name of refusedParameters) {
    if (given[name] !== undefined) throw invalid(`${name} of target ${given.Id} is not supported by Landfall so far.`)
  }
  const arn = parseArn(given.Arn)
  if (!arn) throw invalid(`Parameter ${given.Arn} is not valid. Reason: Provided Arn is not in correct format.`)
  const isBus = arn.service === 'events' && arn.resource.startsWith('event-bus/')
  const http = isHttpTarget(given.Arn)
  const stage = arn.service === 'execute-api'
  const known = services.includes(arn.service) || isBus || http || logGroupOf(given.Arn) !== undefined
  if (!known) {
    throw invalid(
      `Targets of ${arn.service} are not supported by Landfall so far: ${given.Arn}. Use Lambda, SQS, SNS, Kinesis, Firehose, a log group, an API's stage, an API destination or another bus.`,
    )
  }
  if (given.HttpParameters && !http) {
    throw invalid(`HttpParameters of target ${given.Id} are for targets that are APIs or API destinations.`)
  }
  if (stage) checkMethod(given, arn.resource)
  if (((http && !stage) || arn.service === 'kinesis' || arn.service === 'firehose') && given.RoleArn === undefined) {
    throw invalid(`RoleArn is required for target ${given.Arn}.`)
  }
  const partitionKeyPath = given.KinesisParameters?.PartitionKeyPath
  if (given.KinesisParameters && arn.service !== 'kinesis') {
    throw invalid(`KinesisParameters of target ${given.Id} are for targets that are Kinesis streams.`)
  }
  const fifo = arn.service === 'sqs' && arn.resource.endsWith('.fifo')
  if (arn.service === 'sns' && arn.resource.endsWith('.fifo')) {
    throw invalid(`FIFO topics are not supported as targets: ${given.Arn}.`)
  }
  const MessageGroupId = given.SqsParameters?.MessageGroupId
  if (fifo !== (MessageGroupId !== undefined)) {
    throw invalid('SqsParameters.MessageGroupId is for targets that are FIFO queues, and they need it.')
  }
  const inputs = [given.Input, given.InputPath, given.InputTransformer].filter((one) => one !== undefined)
  if (inputs.length > 1)
    throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${given.Id}.`)
  if (isBus && inputs.length > 0) {
    throw invalid(`An event bus gets events as they are: leave the input of target ${given.Id} out.`)
  }
  if (given.Input !== undefined && !isJson(given.Input)) throw invalid(`Input of target ${given.Id} is not JSON.`)
  const paths: Readonly<Record<string, string>> = given.InputTransformer?.InputPathsMap ?? {}
  for (const path of [given.InputPath, partitionKeyPath, ...Object.values(paths)]) {
    if (path !== undefined && !parsePath(path)) throw invalid(`Invalid JSON path ${path} for target ${given.Id}.`)
  }
  const template = given.InputTransformer?.InputTemplate
  const unknown = template === undefined ? undefined : unknownName(template, paths)
  if (unknown !== undefined)
    throw invalid(`Invalid InputTemplate for target ${given.Id}: <${unknown}> is not in InputPathsMap.`)
  const deadLetterArn = given.DeadLetterConfig?.Arn
  // Of a FIFO queue it would only be found out when an event is lost: dead letters are of no message group.
  if (deadLetterArn !== undefined && (parseArn(deadLetterArn)?.service !== 'sqs' || deadLetterArn.endsWith('.fifo'))) {
    throw invalid(
      `Parameter DeadLetterConfig.Arn of target ${given.Id} is not valid. It is the ARN of a standard queue.`,
    )
  }
  return {
    id: given.Id,
    arn: given.Arn,
    roleArn: given.RoleArn,
    input: given.Input,
    inputPath: given.InputPath,
    transformer: template === undefined ? undefined : { paths, template },
    messageGroupId: MessageGroupId,
    http: given.HttpParameters && {
      pathValues: given.HttpParameters.PathParameterValues ?? [],
      headers: given.HttpParameters.HeaderParameters ?? {},
      query: given.HttpParameters.QueryStringParameters ?? {},
    },
    partitionKeyPath,
    deadLetterArn,
    maxRetries: given.RetryPolicy?.MaximumRetryAttempts,
    maxAgeSec: given.RetryPolicy?.MaximumEventAgeInSeconds,
  }
}

/** An ARN of an API is down to a method and its path: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-gateway-target.html */
function checkMethod({ Id, Arn, HttpParameters }: Given, resource: string): void {
  const [apiId, stage, method, ...path] = resource.split('/')
  if (!apiId || !stage || !method || stage === '*') {
    throw invalid(`Parameter ${Arn} is not valid. Reason: It names an API, a stage, a method and a path.`)
  }
  const wildcards = path.join('/').split('*').length - 1
  if ((HttpParameters?.PathParameterValues ?? []).length !== wildcards) {
    throw invalid(`Target ${Id} needs as many PathParameterValues as its path has wildcards: ${wildcards}.`)
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function describe(one: Target) {
  const retries = one.maxRetries !== undefined || one.maxAgeSec !== undefined
  return {
    Id: one.id,
    Arn: one.arn,
    RoleArn: one.roleArn,
    Input: one.input,
    InputPath: one.inputPath,
    InputTransformer: one.transformer && {
      InputPathsMap: { ...one.transformer.paths },
      InputTemplate: one.transformer.template,
    },
    SqsParameters: one.messageGroupId === undefined ? undefined : { MessageGroupId: one.messageGroupId },
    KinesisParameters: one.partitionKeyPath === undefined ? undefined : { PartitionKeyPath: one.partitionKeyPath },
    HttpParameters: one.http && {
      PathParameterValues: [...(one.http.pathValues ?? [])],
      HeaderParameters: { ...one.http.headers },
      QueryStringParameters: { ...one.http.query },
    },
    DeadLetterConfig: one.deadLetterArn === undefined ? undefined : { Arn: one.deadLetterArn },
    RetryPolicy: retries
      ? { MaximumRetryAttempts: one.maxRetries, MaximumEventAgeInSeconds: one.maxAgeSec }
      : undefined,
  }
}
