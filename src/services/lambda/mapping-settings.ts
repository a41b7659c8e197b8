import { parseArn } from '../../kernel/arn.ts'
import type { InputFor } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { invalid, unsupported } from './errors.ts'
import { readPattern } from './filter-pattern.ts'
import type { EventSourceMapping } from './state.ts'

export type Asked = InputFor<Api, 'UpdateEventSourceMapping'> | InputFor<Api, 'CreateEventSourceMapping'>
export type MappingSettings = Pick<
  EventSourceMapping,
  | 'batchSize'
  | 'windowSec'
  | 'reportFailures'
  | 'filters'
  | 'maxConcurrency'
  | 'provisionedPollers'
  | 'enabled'
  | 'stream'
>

/** Parameters that other kinds of source have. */
const forOtherSources = [
  'ParallelizationFactor',
  'StartingPosition',
  'StartingPositionTimestamp',
  'DestinationConfig',
  'MaximumRecordAgeInSeconds',
  'BisectBatchOnFunctionError',
  'MaximumRetryAttempts',
  'TumblingWindowInSeconds',
  'Topics',
  'Queues',
  'SourceAccessConfigurations',
  'SelfManagedEventSource',
  'AmazonManagedKafkaEventSourceConfig',
  'SelfManagedKafkaEventSourceConfig',
  'DocumentDBEventSourceConfig',
] as const
export const notHere = ['KMSKeyArn', 'MetricsConfig', 'LoggingConfig'] as const

export const defaultMapping: MappingSettings = {
  enabled: true,
  batchSize: 10,
  windowSec: 0,
  reportFailures: false,
  filters: [],
}

/** The settings of a mapping with those that `input` names changed, for a source that is a queue. */
export function changedMapping(before: MappingSettings, input: Asked, sourceArn: string): MappingSettings {
  const given = input as Partial<Record<string, unknown>>
  for (const name of forOtherSources) {
    if (given[name] !== undefined) throw invalid(`${name} is not a parameter of mappings whose source is an SQS queue.`)
  }
  for (const name of notHere) if (given[name] !== undefined) throw unsupported(name, 'leave it out.')
  const next: MappingSettings = {
    enabled: input.Enabled ?? before.enabled,
    batchSize: input.BatchSize ?? before.batchSize,
    windowSec: input.MaximumBatchingWindowInSeconds ?? before.windowSec,
    reportFailures: input.FunctionResponseTypes
      ? input.FunctionResponseTypes.includes('ReportBatchItemFailures')
      : before.reportFailures,
    filters: input.FilterCriteria ? readFilters(input.FilterCriteria.Filters ?? []) : before.filters,
    maxConcurrency: input.ScalingConfig ? input.ScalingConfig.MaximumConcurrency : before.maxConcurrency,
    provisionedPollers: input.ProvisionedPollerConfig
      ? pollersOf(input.ProvisionedPollerConfig)
      : before.provisionedPollers,
  }
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
  if (next.provisionedPollers && next.maxConcurrency !== undefined) {
    throw invalid('ProvisionedPollerConfig and ScalingConfig.MaximumConcurrency exclude each other.')
  }
  const fifo = sourceArn.endsWith('.fifo')
  if (fifo && next.windowSec > 0) {
    throw invalid('Batching window is not supported for FIFO queues. Leave out MaximumBatchingWindowInSeconds.')
  }
  if (next.batchSize > 10 && (fifo || next.windowSec === 0)) {
    throw invalid(
      fifo
        ? 'Maximum batch size for FIFO queues is 10.'
        : 'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    )
  }
  return next
}

/**
 * Undefined for one without members, which ends the provisioned mode.
 * https://docs.aws.amazon.com/lambda/latest/api/API_ProvisionedPollerConfig.html
 */
function pollersOf(asked: NonNullable<Asked['ProvisionedPollerConfig']>): MappingSettings['provisionedPollers'] {
  const { MinimumPollers, MaximumPollers, PollerGroupName } = asked
  if (PollerGroupName !== undefined) throw invalid('ProvisionedPollerConfig.PollerGroupName is for Apache Kafka.')
  if (MinimumPollers === undefined && MaximumPollers === undefined) return undefined
  const [min, max] = [MinimumPollers ?? 2, MaximumPollers ?? 200]
  if (min < 2 || max < min) {
    throw invalid('A queue has at least 2 event pollers, and MaximumPollers is not less than MinimumPollers.')
  }
  return { min, max }
}

/** Throws InvalidParameterValueException for what is no pattern. */
export function readFilters(filters: readonly { Pattern?: string }[]): string[] {
  if (filters.length > 10) throw invalid('A mapping can have at most 10 filters.')
  return filters.map(({ Pattern = '' }) => {
    if (Pattern.length > 4096) throw invalid('A filter pattern can have at most 4096 characters.')
    readPattern(Pattern)
    return Pattern
  })
}

/** Throws unless the source is one that is polled here: a queue, or a stream. */
export function checkSource(arn: string | undefined): asserts arn is string {
  if (arn === undefined) throw invalid('EventSourceArn is required.')
  if (parseArn(arn)?.service === 'sqs' || isStream(arn)) return
  throw unsupported(
    `The event source ${arn}`,
    'sources are SQS queues, streams of DynamoDB tables, and streams and consumers of Kinesis.',
  )
}

/** Whether the source is a stream: of a table, or of Kinesis. */
export function isStream(arn: string): boolean {
  const parsed = parseArn(arn)
  return isKinesis(arn) || (parsed?.service === 'dynamodb' && /^table\/[^/]+\/stream\/[^/]+$/.test(parsed.resource))
}

/** Whether it is a stream of Kinesis, or a consumer of one. */
export function isKinesis(arn: string): boolean {
  const parsed = parseArn(arn)
  return parsed?.service === 'kinesis' && /^stream\/[^/]+(\/consumer\/[^/]+)?$/.test(parsed.resource)
}
