import { hasTokens, spendTokens, takeToken } from '../../gateway/throttle.ts'
import { type AwsError, awsError } from '../../kernel/errors.ts'
import { type Located, shardId } from './names.ts'
import type { Stream } from './state.ts'

const mebibyte = 1_048_576
/** What a shard takes and gives in a second. https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
export const shardBytesPerSec = mebibyte
export const shardRecordsPerSec = 1_000
const writtenRecords = { rate: shardRecordsPerSec, burst: shardRecordsPerSec }
export const readBytes = { rate: 2 * mebibyte, burst: 2 * mebibyte }
const reads = { rate: 5, burst: 5 }

export const leastRecordKib = 1_024

/** How large a record may be, with its partition key. */
export function maxRecordBytes({ maxRecordKib = leastRecordKib }: Pick<Stream, 'maxRecordKib'>): number {
  return maxRecordKib * 1_024
}

/**
 * What a shard takes at once after a while of less: as much as the largest record has, of which all but what comes in
 * that second is owed. https://docs.aws.amazon.com/streams/latest/dev/large-records.html
 */
function writtenBytes(of: Stream) {
  return { rate: shardBytesPerSec, burst: maxRecordBytes(of) }
}

/** Whether a record may be put into a shard now; of a stream on demand, too, which gets more shards (scale-job.ts). */
export function admitsRecord({ stream }: Located, shard: number, bytes: number, nowMs: number): boolean {
  const name = `kinesis ${stream.id} ${shard}`
  return (
    takeToken(`${name} written bytes`, writtenBytes(stream), nowMs, bytes) &&
    takeToken(`${name} written records`, writtenRecords, nowMs)
  )
}

/** The same without taking it, for a transaction that may not commit: when it has, it is `countWritten`. */
export function hasRoom({ stream }: Located, shard: number, bytes: number, nowMs: number): boolean {
  const name = `kinesis ${stream.id} ${shard}`
  return (
    hasTokens(`${name} written bytes`, writtenBytes(stream), nowMs, bytes) &&
    hasTokens(`${name} written records`, writtenRecords, nowMs)
  )
}

export function countWritten({ stream }: Located, shard: number, bytes: number, nowMs: number): void {
  const name = `kinesis ${stream.id} ${shard}`
  spendTokens(`${name} written bytes`, writtenBytes(stream), nowMs, bytes)
  spendTokens(`${name} written records`, writtenRecords, nowMs, 1)
}

/** Throws ProvisionedThroughputExceededException when a shard was read too often, or too much was. */
export function admitRead(at: Located, shard: number, nowMs: number): void {
  const name = `kinesis ${at.stream.id} ${shard}`
  if (takeToken(`${name} reads`, reads, nowMs) && takeToken(`${name} read bytes`, readBytes, nowMs, 0)) return
  throw rateExceeded(at, shard)
}

/** What a read turned out to be: up to 10 MB, for which later ones wait. */
export function countRead({ stream }: Located, shard: number, bytes: number, nowMs: number): void {
  spendTokens(`kinesis ${stream.id} ${shard} read bytes`, readBytes, nowMs, bytes)
}

export function rateExceeded({ scope, stream }: Located, shard: number): AwsError {
  return awsError(
    'ProvisionedThroughputExceededException',
    `Rate exceeded for shard ${shardId(shard)} in stream ${stream.name} under account ${scope.account}.`,
  )
}
