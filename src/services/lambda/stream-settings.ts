import type { InputFor } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { invalid, unsupported } from './errors.ts'
import { type Asked, isKinesis, type MappingSettings, notHere, readFilters } from './mapping-settings.ts'
import type { StreamMapping } from './state.ts'

/** Parameters that other kinds of source have. */
const forOtherSources = [
  'ScalingConfig',
  'ProvisionedPollerConfig',
  'Topics',
  'Queues',
  'SourceAccessConfigurations',
  'SelfManagedEventSource',
  'AmazonManagedKafkaEventSourceConfig',
  'SelfManagedKafkaEventSourceConfig',
  'DocumentDBEventSourceConfig',
] as const
const maxBatch = 10_000
const leastAgeSec = 60

/**
 * The settings of a new mapping whose source is a table's stream or a stream of Kinesis.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
 */
export function newStreamMapping(input: InputFor<Api, 'CreateEventSourceMapping'>): MappingSettings {
  const { StartingPosition, StartingPositionTimestamp: startingAt } = input
  if (StartingPosition === undefined) {
    throw invalid(
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
    )
  }
  if (StartingPosition === 'AT_TIMESTAMP' && !isKinesis(input.EventSourceArn ?? '')) {
    throw invalid(
      `Unsupported starting position for arn type: ${input.EventSourceArn}. Please specify either LATEST or TRIM_HORIZON`,
    )
  }
  if ((StartingPosition === 'AT_TIMESTAMP') !== (startingAt !== undefined)) {
    throw invalid('StartingPositionTimestamp goes with the StartingPosition AT_TIMESTAMP, which needs it.')
  }
  const settings = { enabled: true, batchSize: 100, windowSec: 0, reportFailures: false, filters: [] }
  const stream: StreamMapping = {
    startingPosition: StartingPosition,
    startingAtMs: startingAt?.getTime(),
    lanes: 1,
    bisect: false,
    maxRetries: -1,
    maxAgeSec: -1,
  }
  return changedStreamMapping(settings, stream, input)
}

/** The settings with those that `input` names changed. */
export function changedStreamMapping(before: MappingSettings, stream: StreamMapping, input: Asked): MappingSettings {
  const given = input as Partial<Record<string, unknown>>
  for (const name of forOtherSources) {
    if (given[name] !== undefined) throw invalid(`${name} is not a parameter of mappings whose source is a stream.`)
  }
  for (const name of notHere) if (given[name] !== undefined) throw unsupported(name, 'leave it out.')
  const batchSize = input.BatchSize ?? before.batchSize
  if (batchSize > maxBatch) throw invalid(`Maximum batch size for streams is ${maxBatch}.`)
  const maxAgeSec = input.MaximumRecordAgeInSeconds ?? stream.maxAgeSec
  if (maxAgeSec !== -1 && maxAgeSec < leastAgeSec) {
    throw invalid(`MaximumRecordAgeInSeconds must be -1, or ${leastAgeSec} and more.`)
  }
  const lanes = input.ParallelizationFactor ?? stream.lanes
  const tumblingSec = input.TumblingWindowInSeconds ?? stream.tumblingSec
  // https://github.com/terraform-aws-modules/terraform-aws-lambda/issues/619
  if (tumblingSec && lanes > 1) throw invalid('TumblingWindowInSeconds goes with a ParallelizationFactor of 1 only.')
  const onFailure = input.DestinationConfig ? destinationOf(input.DestinationConfig) : stream.onFailure
  return {
    enabled: input.Enabled ?? before.enabled,
    batchSize,
    windowSec: input.MaximumBatchingWindowInSeconds ?? before.windowSec,
    reportFailures: input.FunctionResponseTypes
      ? input.FunctionResponseTypes.includes('ReportBatchItemFailures')
      : before.reportFailures,
    filters: input.FilterCriteria ? readFilters(input.FilterCriteria.Filters ?? []) : before.filters,
    stream: {
      startingPosition: stream.startingPosition,
      startingAtMs: stream.startingAtMs,
      lanes,
      bisect: input.BisectBatchOnFunctionError ?? stream.bisect,
      maxRetries: input.MaximumRetryAttempts ?? stream.maxRetries,
      maxAgeSec,
      onFailure,
      tumblingSec: tumblingSec || undefined,
    },
  }
}

function destinationOf({ OnSuccess, OnFailure }: NonNullable<Asked['DestinationConfig']>): string | undefined {
  if (OnSuccess?.Destination) throw invalid('DestinationConfig.OnSuccess is not a parameter of event source mappings.')
  // An empty text takes the destination away.
  return OnFailure?.Destination || undefined
}

/** What the API says of them. */
export function describeStream(mapping: StreamMapping) {
  const { startingPosition, startingAtMs, lanes, bisect, maxRetries, maxAgeSec, onFailure, tumblingSec = 0 } = mapping
  return {
    StartingPosition: startingPosition,
    StartingPositionTimestamp: startingAtMs === undefined ? undefined : new Date(startingAtMs),
    ParallelizationFactor: lanes,
    BisectBatchOnFunctionError: bisect,
    MaximumRetryAttempts: maxRetries,
    MaximumRecordAgeInSeconds: maxAgeSec,
    TumblingWindowInSeconds: tumblingSec,
    DestinationConfig: { OnFailure: onFailure === undefined ? {} : { Destination: onFailure } },
  }
}
