import { parseArn } from '../../kernel/arn.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { InputFor } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { invalid } from './names.ts'
import { operationOf, templatedAction, templatedServices, universalAction } from './request.ts'
import type { Target } from './state.ts'

type Given = InputFor<Api, 'CreateSchedule'>['Target']

/** Of targets that are not here. */
export const refusedParameters = [
  'EcsParameters',
  'SageMakerPipelineParameters',
  'EventBridgePutEventsV2Parameters',
  'EventBridgePutRawEventsParameters',
] as const
const mostInputBytes = 262_144
const retryDefaults = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 }

/** Actions that only read: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html#unsupported-api-actions */
const readOnly = new RegExp(
  `^(${[
    'get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|validate|batchGet|batchDescribe',
    'batchRead|transactGet|adminGet|adminList|testMigration|retrieve|testConnection|translateDocument|isAuthorized',
    'invokeModel',
  ].join('|')})`,
)

/** The target, checked. Throws ValidationException for what can't be called, by name. */
export async function parseTarget(given: Given, host: Host): Promise<Target> {
  for (const name of refusedParameters) {
    if (given[name] !== undefined) throw invalid(`${name} of the target is not supported by Landfall so far.`)
  }
  const { Arn, Input } = given
  const deadLetterArn = given.DeadLetterConfig?.Arn
  const event = given.EventBridgeParameters
  const universal = universalAction(Arn)
  const action = universal ?? templatedAction(Arn)
  if (action === undefined) throw unsupported(Arn)
  if (Input !== undefined && Buffer.byteLength(Input) > mostInputBytes) {
    throw invalid(`The Input of the target is larger than ${mostInputBytes} bytes.`)
  }
  if (universal !== undefined) checkUniversal(universal, Input)
  else checkTemplated(given)
  await host.operationKind(operationOf(action)).catch((error: unknown) => {
    if (!isAwsError(error, 'NotImplemented')) throw error
    throw unsupported(Arn)
  })
  return {
    arn: Arn,
    roleArn: given.RoleArn,
    input: Input,
    deadLetterArn,
    maxRetries: given.RetryPolicy?.MaximumRetryAttempts,
    maxAgeSec: given.RetryPolicy?.MaximumEventAgeInSeconds,
    messageGroupId: given.SqsParameters?.MessageGroupId,
    event: event && { detailType: event.DetailType, source: event.Source },
    partitionKey: given.KinesisParameters?.PartitionKey,
  }
}

/** The target as the API shows it: with the retry policy that it has when none was given. */
export function describeTarget({ arn, roleArn, input, event, ...target }: Target) {
  return {
    Arn: arn,
    RoleArn: roleArn,
    Input: input,
    DeadLetterConfig: target.deadLetterArn === undefined ? undefined : { Arn: target.deadLetterArn },
    RetryPolicy: {
      MaximumEventAgeInSeconds: target.maxAgeSec ?? retryDefaults.MaximumEventAgeInSeconds,
      MaximumRetryAttempts: target.maxRetries ?? retryDefaults.MaximumRetryAttempts,
    },
    SqsParameters: target.messageGroupId === undefined ? undefined : { MessageGroupId: target.messageGroupId },
    EventBridgeParameters: event && { DetailType: event.detailType, Source: event.source },
    KinesisParameters: target.partitionKey === undefined ? undefined : { PartitionKey: target.partitionKey },
  }
}

function checkUniversal(action: string, Input: string | undefined): void {
  const name = action.slice(action.indexOf(':') + 1)
  if (readOnly.test(name)) throw invalid(`${action} only reads: a schedule can't have it as its target.`)
  const input = parsed(Input ?? '{}')
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw invalid('The Input of a universal target is the JSON of its request.')
  }
}

function checkTemplated({ Arn, Input, SqsParameters, EventBridgeParameters, KinesisParameters }: Given): void {
  const { service = '', resource = '' } = parseArn(Arn) ?? {}
  if ((service === 'lambda' || service === 'events') && Input !== undefined && parsed(Input) === undefined) {
    throw invalid(`The Input of a target of ${service} is well-formed JSON.`)
  }
  if (service === 'sqs' && resource.endsWith('.fifo') !== (SqsParameters?.MessageGroupId !== undefined)) {
    throw invalid('SqsParameters.MessageGroupId is for targets that are FIFO queues, and they need it.')
  }
  if (service === 'sns' && resource.endsWith('.fifo')) {
    throw invalid(`FIFO topics are not supported as templated targets: ${Arn}. Use the universal target sns:publish.`)
  }
  if (service !== 'sqs' && SqsParameters) throw invalid('SqsParameters is for targets that are queues.')
  if ((service === 'events') !== (EventBridgeParameters !== undefined)) {
    throw invalid('EventBridgeParameters is for targets that are event buses, and they need it.')
  }
  if ((service === 'kinesis') !== (KinesisParameters !== undefined)) {
    throw invalid('KinesisParameters is for targets that are streams, and they need it.')
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function unsupported(arn: string): Error {
  return invalid(
    `${arn} is not supported by Landfall as a target so far. Templated targets are those of ` +
      `${templatedServices.join(', ')}; universal ones name an operation that docs/parity.md lists.`,
  )
}
