import type { PipeState, RequestedPipeState } from '@aws-sdk/client-pipes'
import type { Checkpoint } from '../../delivery/stream-checkpoints.ts'
import type { Tags } from '../../kernel/tag-list.ts'
import { keyspace } from '../../store/keyspace.ts'

export interface Pipe {
  readonly name: string
  readonly description?: string | undefined
  readonly desired: RequestedPipeState
  readonly current: PipeState
  /** Why it is not as desired, or does not get on. */
  readonly reason?: string | undefined
  readonly source: string
  readonly sourceParameters?: SourceParameters | undefined
  readonly enrichment?: string | undefined
  readonly enrichmentParameters?: { readonly InputTemplate?: string; readonly HttpParameters?: Http } | undefined
  readonly target: string
  readonly targetParameters?: TargetParameters | undefined
  readonly roleArn: string
  readonly kmsKey?: string | undefined
  readonly tags: Tags
  /** Whether the stream that is its source is read: where that begins is found out once. */
  readonly begun?: boolean | undefined
  readonly createdAtMs: number
  /** Of the last request to change it. */
  readonly modifiedAtMs: number
}

/** As the API has them: shown as they were given. */
export interface SourceParameters {
  readonly FilterCriteria?: { readonly Filters?: readonly { readonly Pattern?: string }[] }
  readonly SqsQueueParameters?: { readonly BatchSize?: number; readonly MaximumBatchingWindowInSeconds?: number }
  readonly KinesisStreamParameters?: StreamParameters
  readonly DynamoDBStreamParameters?: StreamParameters
}

export interface StreamParameters {
  readonly BatchSize?: number
  readonly MaximumBatchingWindowInSeconds?: number
  readonly StartingPosition: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP'
  /** Epoch milliseconds, of AT_TIMESTAMP. */
  readonly StartingPositionTimestamp?: number
  readonly ParallelizationFactor?: number
  readonly OnPartialBatchItemFailure?: string
  readonly MaximumRetryAttempts?: number
  readonly MaximumRecordAgeInSeconds?: number
  readonly DeadLetterConfig?: { readonly Arn?: string }
}

export interface TargetParameters {
  readonly InputTemplate?: string
  readonly LambdaFunctionParameters?: { readonly InvocationType?: string }
  readonly SqsQueueParameters?: { readonly MessageGroupId?: string; readonly MessageDeduplicationId?: string }
  readonly KinesisStreamParameters?: { readonly PartitionKey?: string }
  readonly HttpParameters?: Http
  readonly EventBridgeEventBusParameters?: BusParameters
  readonly CloudWatchLogsParameters?: { readonly LogStreamName?: string; readonly Timestamp?: string }
}

export interface Http {
  readonly PathParameterValues?: readonly string[]
  readonly HeaderParameters?: Readonly<Record<string, string>>
  readonly QueryStringParameters?: Readonly<Record<string, string>>
}

interface BusParameters {
  /** Refused. */
  readonly EndpointId?: string
  readonly DetailType?: string
  readonly Source?: string
  readonly Resources?: readonly string[]
  readonly Time?: string
}

const pipes = keyspace('pipes')

export const pipe = pipes.record<Pipe, [name: string]>('pipe')
export const checkpoint = pipes.record<Checkpoint, [pipe: string, shard: string, lanes: number, lane: number]>(
  'checkpoint',
)
