import type { LogGroupClass, Processor } from '@aws-sdk/client-cloudwatch-logs'
import { keyspace } from '../store/keyspace.ts'

export interface LogGroup {
  readonly name: string
  readonly createdAtMs: number
  readonly retentionDays?: number | undefined
  readonly kmsKeyId?: string | undefined
  readonly logClass: LogGroupClass
  readonly deletionProtection: boolean
  readonly tags: Readonly<Record<string, string>>
  /** Differs for every group ever made: chunks are kept under it, so that a deletion just leaves them behind. */
  readonly generation: string
  /** At most 100, by name. Here, since every write of events looks at them. */
  readonly metricFilters?: readonly MetricFilter[] | undefined
  /** At most two. */
  readonly subscriptions?: readonly SubscriptionFilter[] | undefined
  readonly transformer?: Transformer | undefined
  readonly protection?: Protection | undefined
  readonly indexPolicy?: IndexPolicy | undefined
}

/** Which fields of events are indexed as they come. */
export interface IndexPolicy {
  /** The policy as it was given, JSON text. */
  readonly document: string
  /** At most 20. */
  readonly fields: readonly IndexedField[]
  readonly updatedAtMs: number
}

export interface IndexedField {
  readonly name: string
  readonly type: 'FIELD_INDEX' | 'FACET'
}

/** An index policy of the account's groups whose names begin so, where they have none of their own. */
export interface AccountIndexPolicy extends IndexPolicy {
  readonly name: string
  /** Empty: of all groups. */
  readonly prefix: string
  /** The text that says so. */
  readonly criteria?: string | undefined
}

/** For each indexed field a Bloom filter of the values that it has in a chunk's events. */
export type ChunkIndex = readonly (readonly [field: string, values: Uint8Array])[]

/** What of a group's events is masked. */
export interface Protection {
  /** The policy as it was given, JSON text. */
  readonly document: string
  /** Names of data identifiers (protection/identifiers.ts). */
  readonly identifiers: readonly string[]
  /** Who is told what is found. */
  readonly findings?: readonly FindingsTo[] | undefined
  readonly updatedAtMs: number
}

/** A log group, a bucket or a Firehose of the account, by name. */
export interface FindingsTo {
  readonly type: 'CWL' | 'S3' | 'FH'
  readonly name: string
}

/** Makes JSON of a common form of a group's events as they come. */
export interface Transformer {
  readonly config: readonly Processor[]
  readonly createdAtMs: number
  readonly modifiedAtMs: number
}

/** What is masked in the events of all of an account's groups, besides what their own policies say. */
export interface AccountProtection extends Protection {
  readonly name: string
}

/** A transformer of the account's groups whose names begin so, where they have none of their own. */
export interface AccountTransformer {
  readonly name: string
  /** The policy as it was given, JSON text. */
  readonly document: string
  /** Empty: of all groups. */
  readonly prefix: string
  /** The text that says so. */
  readonly criteria?: string | undefined
  readonly config: readonly Processor[]
  readonly updatedAtMs: number
}

/** Turns events that match into samples of a metric. */
export interface MetricFilter {
  readonly name: string
  readonly pattern: string
  readonly createdAtMs: number
  readonly metricName: string
  readonly namespace: string
  /** A number, or where one is in the event: `$.ms`, `$bytes`. */
  readonly value: string
  /** Counted in a minute with events of which none matches. */
  readonly defaultValue?: number | undefined
  /** Names of dimensions, and where their values are in the event. */
  readonly dimensions?: Readonly<Record<string, string>> | undefined
  readonly unit?: string | undefined
  /** It sees events as the group's transformer makes them. */
  readonly onTransformed?: boolean | undefined
}

/** Hands events that match on to a function or a stream. */
export interface SubscriptionFilter {
  readonly name: string
  readonly pattern: string
  readonly createdAtMs: number
  readonly destinationArn: string
  /** As whom a stream is given events; functions have a policy that says who may. */
  readonly roleArn?: string | undefined
  readonly distribution: 'ByLogStream' | 'Random'
  /** It sees and hands on events as the group's transformer makes them. */
  readonly onTransformed?: boolean | undefined
}

/** A subscription filter of all of an account's groups in a region but those that are left out. */
export interface AccountSubscription extends SubscriptionFilter {
  /** The policy as it was given, JSON text. */
  readonly document: string
  /** The text that names groups to leave out. */
  readonly criteria?: string | undefined
  /** Names of groups that are left out. */
  readonly except: readonly string[]
}

export interface LogStream {
  readonly createdAtMs: number
  readonly firstEventAtMs?: number | undefined
  readonly lastEventAtMs?: number | undefined
  readonly lastIngestedAtMs?: number | undefined
}

/** Events of one stream, oldest first, none later than `spanMs` after the first. */
export interface Chunk {
  readonly stream: string
  readonly lastAtMs: number
  readonly count: number
  /** As AWS counts them; absent in chunks of earlier versions. */
  readonly bytes?: number | undefined
  /** Deflated JSON of `[atMs, ingestedAtMs, message, transformed?]`. */
  readonly events: Uint8Array
  /** The group's transformer has been at it. */
  readonly transformed?: boolean | undefined
  /** The data identifiers whose finds are masked in them: those of the group's policy when they came. */
  readonly protect?: readonly string[] | undefined
  /** Of its events as queries see them; absent in chunks of earlier versions. */
  readonly index?: ChunkIndex | undefined
}

/** An event as it is kept in a chunk. */
export type EventRow = [atMs: number, ingestedAtMs: number, message: string, transformed?: string]

/** A chunk covers at most this much time, so that a reader knows how far back to look for events of a given time. */
export const spanMs = 60_000

const logs = keyspace('logs')

export const group = logs.record<LogGroup, [name: string]>('group')
export const stream = logs.record<LogStream, [generation: string, name: string]>('stream')
export const accountSubscription = logs.record<AccountSubscription, []>('account-subscription')
export const accountProtection = logs.record<AccountProtection, []>('account-protection', { shared: true })
/** At most 20. */
export const accountTransformers = logs.record<readonly AccountTransformer[], []>('account-transformers', {
  shared: true,
})
/** At most 20. */
export const accountIndexPolicies = logs.record<readonly AccountIndexPolicy[], []>('account-index-policies')
/** When indexed fields were met, in time of the events, and when events were last looked at for them. */
export const fieldTimes = logs.record<
  { scannedAtMs: number; fields: readonly (readonly [name: string, firstAtMs: number, lastAtMs: number])[] },
  [generation: string]
>('field-times')
/** All chunks of a group in order of their first event. */
export const chunk = logs.record<Chunk, [generation: string, firstAtMs: number, id: string]>('chunk')
/** The same by stream. */
export const streamChunk = logs.record<
  { lastAtMs: number },
  [generation: string, stream: string, firstAtMs: number, id: string]
>('stream-chunk')
export const storedBytes = logs.record<number, [generation: string]>('stored-bytes')
/** Streams in order of their last event, for lists; those that have none yet at 0. */
export const streamByTime = logs.record<true, [generation: string, lastEventAtMs: number, name: string]>(
  'stream-by-time',
)
