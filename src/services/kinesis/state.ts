import { keyspace } from '../../store/keyspace.ts'

/** A data stream as configured. */
export interface Stream {
  readonly name: string
  /** Differs for every stream ever made: shards, records and consumers are kept under it. */
  readonly id: string
  readonly createdAtMs: number
  readonly mode: 'PROVISIONED' | 'ON_DEMAND'
  readonly status: 'ACTIVE' | 'DELETING'
  readonly retentionHours: number
  /** What was put until then was past the retention before it was made longer. */
  readonly goneMs?: number | undefined
  /** ARN, id or alias of the key, as it was given; undefined: not encrypted. */
  readonly keyId?: string | undefined
  /** Metrics that are also counted shard by shard. */
  readonly shardMetrics: readonly string[]
  /** Of a record with its partition key. Undefined: 1,024. */
  readonly maxRecordKib?: number | undefined
  /** Of a stream on demand: its records go to any shard, whatever their partition keys are. */
  readonly spreads?: true | undefined
  /** Of a stream on demand: the throughput that it was warmed for. */
  readonly warmMiBps?: number | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly policy?: string | undefined
  /** The open shards, by where their hash keys begin: who puts a record needs no more than this one value. */
  readonly open: readonly OpenShard[]
  /** Number of the next shard. */
  readonly nextShard: number
  readonly consumers: number
  /** Id of the channel that delivers its records to a bucket: there can be one. */
  readonly channel?: string | undefined
  /** When the number of shards was set, in the last 24 hours. */
  readonly resizedAtMs: readonly number[]
}

/** What a put has to know of a shard. Hash keys are 32 hexadecimal digits, so that they sort as texts. */
export interface OpenShard {
  readonly number: number
  readonly firstHash: string
  readonly lastHash: string
  readonly createdSec: number
}

export interface Shard extends OpenShard {
  readonly createdAtMs: number
  readonly parent?: number | undefined
  readonly adjacentParent?: number | undefined
  /** Of a closed shard: nothing is put into it any more. */
  readonly closedAtMs?: number | undefined
  /** Of a closed shard: where its hash keys went. */
  readonly children?: readonly number[] | undefined
}

/**
 * One data record, written once, where its shard ends: with its first MiB, which the others follow as entries of their
 * own in the same transaction, so that nothing stands between them.
 */
export interface DataRecord {
  readonly key: string
  readonly data: Uint8Array
  readonly atMs: number
  /** It was put while the stream was encrypted. */
  readonly encrypted?: true
  /** Bytes of data altogether, where that is more than this entry has. */
  readonly sizeBytes?: number
  /** Not a record: more of the one before. */
  readonly follows?: true
}

/** Who reads with a throughput of its own. */
export interface Consumer {
  readonly name: string
  readonly createdAtMs: number
  readonly tags: Readonly<Record<string, string>>
  readonly policy?: string | undefined
}

const kinesis = keyspace('kinesis')

export const stream = kinesis.record<Stream, [name: string]>('stream', { shared: true })
export const shard = kinesis.record<Shard, [streamId: string, number: number]>('shard')
/** Appended: a shard is read from front to back, and trimmed by ranges. */
export const dataRecord = kinesis.record<DataRecord, [streamId: string, shard: number, position: Uint8Array]>('record')
export const consumer = kinesis.record<Consumer, [streamId: string, name: string]>('consumer')
/** Of an account in a region, to a minimum of throughput on demand. */
export interface Commitment {
  readonly startedAtMs: number
  /** When it is to end, or has. */
  readonly endsAtMs?: number | undefined
}
export const commitment = kinesis.record<Commitment, []>('commitment')
/** Counters of a region: open shards of provisioned streams, and streams on demand. */
export const usage = kinesis.record<number, [what: 'open-shards' | 'on-demand-streams']>('usage')
