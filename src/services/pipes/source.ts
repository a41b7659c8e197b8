import type { StreamLimits } from '../../delivery/stream-polling.ts'
import { parseArn } from '../../kernel/arn.ts'
import { invalid } from './names.ts'
import type { Pipe, SourceParameters, StreamParameters } from './state.ts'
import { largestBatch } from './targets.ts'

const streamGroups = ['KinesisStreamParameters', 'DynamoDBStreamParameters'] as const
const leastAgeSec = 60

/** Which member of the source's parameters is for a source; undefined for one that is not here. */
export function sourceGroup(arn: string): Exclude<keyof SourceParameters, 'FilterCriteria'> | undefined {
  const { service, resource = '' } = parseArn(arn) ?? {}
  if (service === 'sqs') return 'SqsQueueParameters'
  if (service === 'kinesis' && /^stream\/[^/]+(\/consumer\/[^/]+)?$/.test(resource)) return 'KinesisStreamParameters'
  if (service === 'dynamodb' && /^table\/[^/]+\/stream\/[^/]+$/.test(resource)) return 'DynamoDBStreamParameters'
  return undefined
}

/** What the pipe says of the stream that is its source; undefined when that is a queue. */
export function streamOf({ source, sourceParameters }: Pick<Pipe, 'source' | 'sourceParameters'>) {
  const group = sourceGroup(source)
  return group === undefined || group === 'SqsQueueParameters' ? undefined : sourceParameters?.[group]
}

/** How the stream is read. */
export function limitsOf(current: Pipe, stream: StreamParameters): StreamLimits {
  return {
    batchSize: batchSizeOf(current),
    windowSec: stream.MaximumBatchingWindowInSeconds ?? 0,
    lanes: stream.ParallelizationFactor ?? 1,
    bisect: stream.OnPartialBatchItemFailure === 'AUTOMATIC_BISECT',
    maxRetries: stream.MaximumRetryAttempts ?? -1,
    maxAgeSec: stream.MaximumRecordAgeInSeconds ?? -1,
  }
}

/** As many as were asked for, or else as the kind of source has it, where the target takes as many. */
export function batchSizeOf(current: Pipe): number {
  const group = sourceGroup(current.source) ?? 'SqsQueueParameters'
  const usual = Math.min(group === 'SqsQueueParameters' ? 10 : 100, largestBatch(current))
  return current.sourceParameters?.[group]?.BatchSize ?? usual
}

type StreamGroup = (typeof streamGroups)[number]
type Given = Pick<SourceParameters, 'FilterCriteria' | 'SqsQueueParameters' | 'DynamoDBStreamParameters'> & {
  readonly KinesisStreamParameters?: Omit<StreamParameters, 'StartingPositionTimestamp'> & {
    readonly StartingPositionTimestamp?: Date
  }
}
type Changed = Omit<SourceParameters, StreamGroup> & {
  readonly [G in StreamGroup]?: Omit<StreamParameters, 'StartingPosition' | 'StartingPositionTimestamp'>
}

/** The parameters of a new pipe, as they are kept. */
export function newSource(given: Given | undefined): SourceParameters | undefined {
  const { KinesisStreamParameters: kinesis, ...others } = given ?? {}
  if (!kinesis) return given && others
  const { StartingPositionTimestamp: at, ...rest } = kinesis
  return { ...others, KinesisStreamParameters: { ...rest, ...(at && { StartingPositionTimestamp: at.getTime() }) } }
}

/** Those of a changed one, replaced as a whole, but for where the stream was begun, which stays. */
export function changedSource(
  { source, sourceParameters: before }: Pipe,
  given: Changed | undefined,
): SourceParameters | undefined {
  if (given === undefined) return before
  const { KinesisStreamParameters, DynamoDBStreamParameters, ...others } = given
  const streams = { KinesisStreamParameters, DynamoDBStreamParameters }
  const group = sourceGroup(source)
  for (const other of streamGroups) {
    if (other !== group && streams[other]) throw invalid(`${other} is not for the source ${source}.`)
  }
  if (group === undefined || group === 'SqsQueueParameters') return others
  const { StartingPosition = 'LATEST', StartingPositionTimestamp: at } = before?.[group] ?? {}
  const begun = { StartingPosition, ...(at !== undefined && { StartingPositionTimestamp: at }) }
  return { ...others, [group]: { ...streams[group], ...begun } }
}

/** As the API shows them. */
export function shownSource(given: SourceParameters | undefined): object | undefined {
  const at = given?.KinesisStreamParameters?.StartingPositionTimestamp
  if (at === undefined) return given
  return {
    ...given,
    KinesisStreamParameters: { ...given?.KinesisStreamParameters, StartingPositionTimestamp: new Date(at) },
  }
}

/** Throws ValidationException unless a source can be read so. */
export function checkSource(wanted: Pipe): void {
  const { source, sourceParameters = {} } = wanted
  const group = sourceGroup(source)
  if (group === undefined) {
    throw invalid(
      `The source ${source} is not supported by Landfall so far: it is a queue, or a stream of Kinesis or DynamoDB.`,
    )
  }
  for (const other of ['SqsQueueParameters', ...streamGroups] as const) {
    if (other !== group && sourceParameters[other]) throw invalid(`${other} is not for the source ${source}.`)
  }
  const batchSize = batchSizeOf(wanted)
  if (batchSize > largestBatch(wanted)) {
    throw invalid(`The target ${wanted.target} takes at most ${largestBatch(wanted)} at once: lower the BatchSize.`)
  }
  if (group === 'SqsQueueParameters') checkQueue(source, batchSize, sourceParameters)
  else checkStream(group, sourceParameters[group], wanted.modifiedAtMs)
}

function checkQueue(source: string, batchSize: number, { SqsQueueParameters = {} }: SourceParameters): void {
  const { MaximumBatchingWindowInSeconds: windowSec = 0 } = SqsQueueParameters
  if (source.endsWith('.fifo') && (batchSize > 10 || windowSec > 0)) {
    throw invalid('Of a FIFO queue a pipe takes at most 10 messages at once, and has no batching window.')
  }
  if (batchSize > 10 && windowSec === 0) {
    throw invalid('A BatchSize over 10 needs a MaximumBatchingWindowInSeconds of at least 1.')
  }
}

function checkStream(group: string, stream: StreamParameters | undefined, nowMs: number): void {
  if (!stream) throw invalid(`${group}.StartingPosition is needed for a source that is a stream.`)
  const {
    StartingPosition,
    StartingPositionTimestamp,
    MaximumRecordAgeInSeconds: ageSec = -1,
    DeadLetterConfig,
  } = stream
  if ((StartingPosition === 'AT_TIMESTAMP') !== (StartingPositionTimestamp !== undefined)) {
    throw invalid('StartingPositionTimestamp goes with the StartingPosition AT_TIMESTAMP, which needs it.')
  }
  if ((StartingPositionTimestamp ?? 0) > nowMs) throw invalid('StartingPositionTimestamp cannot be in the future.')
  if (ageSec !== -1 && ageSec < leastAgeSec) {
    throw invalid(`MaximumRecordAgeInSeconds is -1, or ${leastAgeSec} and more.`)
  }
  const dead = DeadLetterConfig?.Arn
  if (dead !== undefined && !['sqs', 'sns'].includes(parseArn(dead)?.service ?? '')) {
    throw invalid(`DeadLetterConfig.Arn ${dead} is not the ARN of a queue or a topic.`)
  }
  if (dead?.endsWith('.fifo')) throw invalid(`DeadLetterConfig.Arn ${dead} is to be a standard queue or topic.`)
}
