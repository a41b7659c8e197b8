import { PatternError, parsePattern } from '../../delivery/event-pattern.ts'
import { isHttpTarget } from '../../delivery/http-target.ts'
import { parseArn } from '../../kernel/arn.ts'
import { invalid, patternsOf } from './names.ts'
import { checkSource } from './source.ts'
import type { Pipe, TargetParameters } from './state.ts'

/** Of sources, enrichments and targets that are not here. */
export const refusedParameters = {
  SourceParameters: [
    'ActiveMQBrokerParameters',
    'RabbitMQBrokerParameters',
    'ManagedStreamingKafkaParameters',
    'SelfManagedKafkaParameters',
  ],
  EnrichmentParameters: [],
  TargetParameters: [
    'StepFunctionStateMachineParameters',
    'EcsTaskParameters',
    'BatchJobParameters',
    'RedshiftDataParameters',
    'SageMakerPipelineParameters',
    'TimestreamParameters',
  ],
} as const

/** Which member of the target's parameters is for which kind of target. */
const ofTarget: Readonly<Record<string, keyof TargetParameters>> = {
  lambda: 'LambdaFunctionParameters',
  kinesis: 'KinesisStreamParameters',
  sqs: 'SqsQueueParameters',
  events: 'EventBridgeEventBusParameters',
  logs: 'CloudWatchLogsParameters',
}
const targets = ['lambda', 'sqs', 'sns', 'kinesis', 'firehose', 'events', 'execute-api', 'logs']

/** Throws ValidationException for parameters that are for what is not here, by name. */
export function refuseParameters(given: Readonly<Record<keyof typeof refusedParameters, object | undefined>>): void {
  for (const [group, names] of Object.entries(refusedParameters)) {
    const members = given[group as keyof typeof refusedParameters]
    const found =
      members && names.find((name: string) => (members as Readonly<Record<string, unknown>>)[name] !== undefined)
    if (found) throw invalid(`${group}.${found} is not supported by Landfall so far.`)
  }
}

/** Throws ValidationException unless a pipe can be so. */
export function checkPipe(wanted: Pipe): void {
  const { enrichment, enrichmentParameters } = wanted
  if (enrichment && parseArn(enrichment)?.service !== 'lambda' && !isHttpTarget(enrichment)) {
    throw invalid(
      `The enrichment ${enrichment} is not supported by Landfall so far: it is a function, an API or an API destination.`,
    )
  }
  if (enrichmentParameters?.HttpParameters && !(enrichment && isHttpTarget(enrichment))) {
    throw invalid('EnrichmentParameters.HttpParameters is for an enrichment that is an API or an API destination.')
  }
  checkSource(wanted)
  checkPatterns(wanted)
  checkTarget(wanted)
}

function checkPatterns({ sourceParameters }: Pipe): void {
  const patterns = patternsOf(sourceParameters)
  try {
    for (const pattern of patterns) parsePattern(pattern)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    throw invalid(`Invalid filter pattern. ${error.message}`)
  }
}

function checkTarget({ target, targetParameters = {} }: Pipe): void {
  const { service = '', resource = '' } = parseArn(target) ?? {}
  if (!targets.includes(service)) {
    throw invalid(`The target ${target} is not supported by Landfall so far. Use one of ${targets.join(', ')}.`)
  }
  for (const [of, member] of Object.entries(ofTarget)) {
    if ((of !== service || isHttpTarget(target)) && targetParameters[member])
      throw invalid(`${member} is not for the target ${target}.`)
  }
  if (targetParameters.EventBridgeEventBusParameters?.EndpointId !== undefined) {
    throw invalid('EventBridgeEventBusParameters.EndpointId is not supported by Landfall so far.')
  }
  if (targetParameters.HttpParameters && !isHttpTarget(target)) {
    throw invalid(`HttpParameters is not for the target ${target}.`)
  }
  if (resource.endsWith('.fifo') && service === 'sns') throw invalid(`FIFO topics are not supported: ${target}.`)
  const group = targetParameters.SqsQueueParameters?.MessageGroupId
  if (service === 'sqs' && resource.endsWith('.fifo') !== (group !== undefined)) {
    throw invalid('SqsQueueParameters.MessageGroupId is for targets that are FIFO queues, and they need it.')
  }
  if (service === 'kinesis' && !targetParameters.KinesisStreamParameters?.PartitionKey) {
    throw invalid('KinesisStreamParameters.PartitionKey is needed for a target that is a stream.')
  }
  if (service === 'logs' && targetParameters.CloudWatchLogsParameters?.LogStreamName === undefined) {
    throw invalid('CloudWatchLogsParameters.LogStreamName is needed for a target that is a log group.')
  }
}
