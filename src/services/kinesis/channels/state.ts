import { keyspace } from '../../../store/keyspace.ts'

export type RecordFormat = 'JSON' | 'STRING' | 'BYTE_ARRAY'
export type Compression = 'NONE' | 'GZIP' | 'ZSTD'

/** Where objects are put. */
export interface Storage {
  readonly bucketArn: string
  readonly owner: string
  readonly template: string
  readonly storageClass: 'STANDARD' | 'INTELLIGENT_TIERING' | 'GLACIER_IR'
  readonly compression: Compression
}

/** Where it is told of records that could not be delivered. */
export interface DeadLetters {
  readonly bucketArn: string
  readonly owner: string
  readonly prefix: string
}

export interface Logging {
  readonly enabled: boolean
  readonly group: string
  readonly stream: string
}

/** A channel as configured: it brings the records of a stream to a bucket. */
export interface Channel {
  readonly id: string
  readonly name: string
  readonly createdAtMs: number
  readonly status: 'CREATING' | 'ACTIVE' | 'UPDATING' | 'FAILED'
  /** Why it has failed. */
  readonly reason?: string | undefined
  readonly roleArn: string
  readonly stream: { readonly name: string; readonly id: string; readonly createdAtMs: number }
  readonly format: RecordFormat
  /** How long a record may wait until it is delivered. */
  readonly freshnessSec: number
  readonly storage: Storage
  readonly deadLetters: DeadLetters
  /** ARN, id or alias of the key that objects are encrypted with, as it was given. */
  readonly keyId?: string | undefined
  readonly logging: Logging
  readonly tags: Readonly<Record<string, string>>
}

const kinesis = keyspace('kinesis')

export const channel = kinesis.record<Channel, [id: string]>('channel')
/** Ids by name, of which an account has each once in a region. */
export const channelNamed = kinesis.record<{ readonly id: string }, [name: string]>('channel-named')
/** Up to where a channel has delivered a shard. Of a shard that it has nothing of yet: absent. */
export const deliveredThrough = kinesis.record<Uint8Array, [channel: string, shard: number]>('delivered-through')
/** Up to where the batch goes that a channel has begun to deliver: of the shards that have a part in it. */
export const deliveringThrough = kinesis.record<Uint8Array, [channel: string, shard: number]>('delivering-through')
