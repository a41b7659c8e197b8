import type { InputFor } from '../../kernel/operation.ts'
import { keyspace } from '../../store/keyspace.ts'
import type { Api } from './api.ts'

type Creation = InputFor<Api, 'CreateDeliveryStream'>

/** As they are asked for and described: https://docs.aws.amazon.com/firehose/latest/APIReference/API_ExtendedS3DestinationConfiguration.html */
export type S3Settings = NonNullable<Creation['S3DestinationConfiguration']>
export type ExtendedS3Settings = NonNullable<Creation['ExtendedS3DestinationConfiguration']>
export type HttpSettings = NonNullable<Creation['HttpEndpointDestinationConfiguration']>
export type ProcessingSettings = NonNullable<ExtendedS3Settings['ProcessingConfiguration']>
export type Processor = NonNullable<ProcessingSettings['Processors']>[number]

/** Where a stream's records go. The access key of an endpoint is sealed, and not among its settings. */
export type Destination =
  | { readonly type: 's3'; readonly settings: ExtendedS3Settings }
  | { readonly type: 'http'; readonly settings: HttpSettings; readonly accessKey?: Uint8Array | undefined }

export type DeliveryStreamType = 'DirectPut' | 'KinesisStreamAsSource'

export interface DeliveryStream {
  readonly name: string
  /** Differs for every stream ever made: its records are kept under it. */
  readonly id: string
  readonly createdAtMs: number
  readonly updatedAtMs?: number | undefined
  readonly status: 'ACTIVE' | 'DELETING'
  /** One more with every change of the destination, from 1. */
  readonly version: number
  readonly destination: Destination
  /** The Kinesis stream that is read; without it records are put directly. */
  readonly source?: { readonly streamArn: string; readonly roleArn: string } | undefined
  readonly throughputHint?: number | undefined
  readonly encryption?:
    | { readonly keyType: 'AWS_OWNED_CMK' | 'CUSTOMER_MANAGED_CMK'; readonly keyArn?: string | undefined }
    | undefined
  readonly tags: Readonly<Record<string, string>>
}

/** A record that waits to be delivered, written once; in the buffer of a partition, records one after the other. */
export interface Waiting {
  readonly data: Uint8Array
  /** When it arrived, or the oldest of them. */
  readonly atMs: number
  /** How many there are in it, when not one. */
  readonly records?: number
  /** Where it comes from, of those that were read from a Kinesis stream. */
  readonly origin?: Origin | undefined
  /** Not a record: more of the one before, which has more than an entry of the store takes. */
  readonly follows?: true
}

export interface Origin {
  readonly shard: string
  readonly key: string
  readonly sequence: string
  /** Which one it is of those that were aggregated. */
  readonly subsequence?: number
}

/** What the records of a partition have in common: the values of the keys that the prefix names, and the prefix as it was. */
export interface Partition {
  readonly prefix?: string | undefined
  readonly query: Readonly<Record<string, string>>
  readonly lambda: Readonly<Record<string, string>>
}

/** Of a buffer that has records waiting: what is to become of them. */
export interface Delivering {
  /** Whose buffer it is, of a stream with dynamic partitioning. */
  readonly partition?: Partition | undefined
  /** Waiting for more; to be delivered at once, as there is enough; or being delivered. */
  readonly phase: 'filling' | 'full' | 'running'
  /** Since when the destination does not take what is brought. */
  readonly failingSinceMs?: number | undefined
}

const firehose = keyspace('firehose')

export const deliveryStream = firehose.record<DeliveryStream, [name: string]>('stream')
/** The names of the streams of a type, which never changes: to list them without looking at the others. */
export const streamOfType = firehose.record<true, [type: string, name: string]>('of-type')
/** The buffer that a stream's records come into; those of its partitions are named by what the partitions are. */
export const whole = ''
/** The buffer of what a stream with dynamic partitioning backs up. Partitions have no such name: theirs are hexadecimal. */
export const backedUp = 'backup'
/** Records in their order, where they end. */
export const waiting = firehose.record<Waiting, [stream: string, buffer: string, position: Uint8Array]>('waiting')
/** Bytes of data that wait. */
export const waitingBytes = firehose.record<number, [stream: string, buffer: string]>('waiting-bytes')
/** Bytes of data that wait in partitions, all together. */
export const partitionedBytes = firehose.record<number, [stream: string]>('partitioned-bytes')
/** Absent while nothing waits. Whoever puts records reads it, and writes it only when that changes. */
export const delivering = firehose.record<Delivering, [stream: string, buffer: string]>('delivering')
/** Up to where a shard of the source has been read. */
export const readThrough = firehose.record<{ readonly after: string }, [stream: string, shard: string]>('read-through')
