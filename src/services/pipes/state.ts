import type { PipeState, RequestedPipeState } from '@aws-sdk/client-pipes'
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
  readonly enrichmentParameters?: { readonly InputTemplate?: string } | undefined
  readonly target: string
  readonly targetParameters?: TargetParameters | undefined
  readonly roleArn: string
  readonly kmsKey?: string | undefined
  readonly tags: Tags
  readonly createdAtMs: number
  /** Of the last request to change it. */
  readonly modifiedAtMs: number
}

/** As the API has them: shown as they were given. */
export interface SourceParameters {
  readonly FilterCriteria?: { readonly Filters?: readonly { readonly Pattern?: string }[] }
  readonly SqsQueueParameters?: { readonly BatchSize?: number; readonly MaximumBatchingWindowInSeconds?: number }
}

export interface TargetParameters {
  readonly InputTemplate?: string
  readonly LambdaFunctionParameters?: { readonly InvocationType?: string }
  readonly SqsQueueParameters?: { readonly MessageGroupId?: string; readonly MessageDeduplicationId?: string }
  readonly EventBridgeEventBusParameters?: BusParameters
  readonly CloudWatchLogsParameters?: { readonly LogStreamName?: string; readonly Timestamp?: string }
}

interface BusParameters {
  readonly DetailType?: string
  readonly Source?: string
  readonly Resources?: readonly string[]
  readonly Time?: string
}

export const pipe = keyspace('pipes').record<Pipe, [name: string]>('pipe')
