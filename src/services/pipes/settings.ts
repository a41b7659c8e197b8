import { PatternError } from '../../delivery/event-pattern.ts'
import { messageFilter } from '../../delivery/queue-batch.ts'
import { parseArn } from '../../kernel/arn.ts'
import { invalid } from './names.ts'
import type { Pipe, SourceParameters, TargetParameters } from './state.ts'

/** Of sources, enrichments and targets that are not here. */
export const refusedParameters = {
  SourceParameters: [
    'KinesisStreamParameters',
    'DynamoDBStreamParameters',
    'ActiveMQBrokerParameters',
    'RabbitMQBrokerParameters',
    'ManagedStreamingKafkaParameters',
    'SelfManagedKafkaParameters',
  ],
  EnrichmentParameters: ['HttpParameters'],
  TargetParameters: [
    'StepFunctionStateMachineParameters',
    'KinesisStreamParameters',
    'EcsTaskParameters',
    'BatchJobParameters',
    'HttpParameters',
    'RedshiftDataParameters',
    'SageMakerPipelineParameters',
    'TimestreamParameters',
  ],
} as const

/** Which member of the target's parameters is for which kind of target. */
const ofTarget: Readonly<Record<string, keyof TargetParameters>> = {
  lambda: 'LambdaFunctionParameters',
  sqs: 'SqsQueueParameters',
  events: 'EventBridgeEventBusParameters',
  logs: 'CloudWatchLogsParameters',
}
const targets = ['lambda', 'sqs', 'sns', 'events', 'logs']

/** Throws ValidationException for parameters that are for what is not here, by name. */
export function refuseParameters(given: Readonly<Record<keyof typeof refusedParameters, object | undefined>>): void {
  for (const [group, names] of Object.entries(refusedParameters)) {
    const members = given[group as keyof typeof refusedParameters]
    const found = members && names.find((name) => (members as Readonly<Record<string, unknown>>)[name] !== undefined)
    if (found) throw invalid(`${group}.${found} is not supported by Landfall so far.`)
  }
}

/** Throws ValidationException unless a pipe can be so. */
export function checkPipe(wanted: Pipe): void {
  const source = parseArn(wanted.source)
  if (source?.service !== 'sqs') {
    throw invalid(`The source ${wanted.source} is not supported by Landfall so far: it is the ARN of a queue.`)
  }
  if (wanted.enrichment && parseArn(wanted.enrichment)?.service !== 'lambda') {
    throw invalid(`The enrichment ${wanted.enrichment} is not supported by Landfall so far: it is a function.`)
  }
  checkSource(wanted.sourceParameters, source.resource.endsWith('.fifo'))
  checkTarget(wanted)
}

function checkSource(given: SourceParameters = {}, fifo: boolean): void {
  const { SqsQueueParameters = {} } = given
  const { BatchSize = 10, MaximumBatchingWindowInSeconds = 0 } = SqsQueueParameters
  if (fifo && (BatchSize > 10 || MaximumBatchingWindowInSeconds > 0)) {
    throw invalid('Of a FIFO queue a pipe takes at most 10 messages at once, and has no batching window.')
  }
  if (BatchSize > 10 && MaximumBatchingWindowInSeconds === 0) {
    throw invalid('A BatchSize over 10 needs a MaximumBatchingWindowInSeconds of at least 1.')
  }
  try {
    messageFilter(patternsOf(given))
  } catch (error) {
    if (!(error instanceof PatternError) && !(error instanceof SyntaxError)) throw error
    throw invalid(`Invalid filter pattern. ${error.message}`)
  }
}

export function patternsOf({ FilterCriteria }: SourceParameters = {}): string[] {
  return (FilterCriteria?.Filters ?? []).map(({ Pattern = '' }) => Pattern)
}

function checkTarget({ target, targetParameters = {} }: Pipe): void {
  const { service = '', resource = '' } = parseArn(target) ?? {}
  if (!targets.includes(service)) {
    throw invalid(`The target ${target} is not supported by Landfall so far. Use one of ${targets.join(', ')}.`)
  }
  for (const [of, member] of Object.entries(ofTarget)) {
    if (of !== service && targetParameters[member]) throw invalid(`${member} is not for the target ${target}.`)
  }
  if (resource.endsWith('.fifo') && service === 'sns') throw invalid(`FIFO topics are not supported: ${target}.`)
  const group = targetParameters.SqsQueueParameters?.MessageGroupId
  if (service === 'sqs' && resource.endsWith('.fifo') !== (group !== undefined)) {
    throw invalid('SqsQueueParameters.MessageGroupId is for targets that are FIFO queues, and they need it.')
  }
  if (service === 'logs' && targetParameters.CloudWatchLogsParameters?.LogStreamName === undefined) {
    throw invalid('CloudWatchLogsParameters.LogStreamName is needed for a target that is a log group.')
  }
}
