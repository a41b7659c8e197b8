import { parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { type Stream, streamTrimmed } from '../dynamodb/state.ts'
import { findStream, lastPosition, readChanges, streamName } from '../dynamodb/stream-reading.ts'
import { type Change, firstSequenceNumber, positionOfSequence } from '../dynamodb/stream-records.ts'
import { itemToWire } from '../dynamodb/wire-values.ts'
import type { Api } from './api.ts'
import { iteratorText, readIterator } from './iterator.ts'

const mostRecords = 1_000

/** Reading a stream's shard from front to back. */
export const records = operations<Api>()({
  GetShardIterator: {
    authorize: ({ StreamArn }) => [{ action: 'dynamodb:GetShardIterator', resource: StreamArn }],
    async read(tx, { StreamArn, ShardId, ShardIteratorType, SequenceNumber }, ctx) {
      const found = await streamOf(tx, StreamArn)
      if (ShardId !== found.shardId) {
        throw awsError(
          'ResourceNotFoundException',
          `Requested resource not found: Shard: ${ShardId} in Stream: ${StreamArn} not found`,
        )
      }
      const bySequence = ShardIteratorType === 'AT_SEQUENCE_NUMBER' || ShardIteratorType === 'AFTER_SEQUENCE_NUMBER'
      if (bySequence !== (SequenceNumber !== undefined)) {
        throw awsError(
          'ValidationException',
          bySequence
            ? `Shard iterators of type ${ShardIteratorType} need a SequenceNumber.`
            : `Shard iterators of type ${ShardIteratorType} take no SequenceNumber.`,
        )
      }
      const after = bySequence
        ? await sequencePosition(tx, found, SequenceNumber!, ShardIteratorType === 'AT_SEQUENCE_NUMBER')
        : ShardIteratorType === 'LATEST'
          ? ((await lastPosition(tx, found)) ?? (await tx.get(streamTrimmed(found.id))))
          : undefined
      return { ShardIterator: iteratorText(StreamArn, after, ctx.nowMs) }
    },
  },

  GetRecords: {
    authorize: ({ ShardIterator }) => [
      { action: 'dynamodb:GetRecords', resource: readIterator(ShardIterator).streamArn },
    ],
    async read(tx, { ShardIterator, Limit = mostRecords }, ctx) {
      const { streamArn, after, expiresAtMs } = readIterator(ShardIterator)
      if (Limit > mostRecords) {
        throw awsError(
          'ValidationException',
          `1 validation error detected: Value '${Limit}' at 'limit' failed to satisfy constraint: ` +
            `Member must have value less than or equal to ${mostRecords}`,
        )
      }
      if (expiresAtMs < ctx.nowMs) {
        throw awsError(
          'ExpiredIteratorException',
          'Iterator expired. The iterator is more than 15 minutes old: get another one with GetShardIterator.',
        )
      }
      const found = await streamOf(tx, streamArn)
      const changes = await readChanges(tx, found, { after, limit: Limit, nowMs: ctx.nowMs })
      const ended = found.disabledAtMs !== undefined && changes.length === 0
      return {
        Records: changes.map(({ change }) => describeChange(change, found, ctx.region)),
        NextShardIterator: ended ? undefined : iteratorText(streamArn, changes.at(-1)?.position ?? after, ctx.nowMs),
      }
    },
  },
})

function streamOf(tx: ReadTx, arn: string): Promise<Stream> {
  return findStream(tx, streamName(parseArn(arn)?.resource ?? ''), arn)
}

/** The position to read after, to begin at or behind a sequence number. */
async function sequencePosition(tx: ReadTx, found: Stream, text: string, at: boolean): Promise<Uint8Array | undefined> {
  if (text === firstSequenceNumber) return undefined
  const position = positionOfSequence(text)
  if (!position) throw awsError('ValidationException', `Invalid SequenceNumber: ${text}`)
  const trimmed = await tx.get(streamTrimmed(found.id))
  if (trimmed && Buffer.compare(position, trimmed) <= 0) {
    throw awsError(
      'TrimmedDataAccessException',
      'The operation attempted to read past the oldest stream record in a shard: that record is older than 24 hours.',
    )
  }
  return at ? before(position) : position
}

/** The greatest position below this one that could be a record's. */
function before(position: Uint8Array): Uint8Array {
  const below = BigInt(`0x${Buffer.from(position).toString('hex')}`) - 1n
  return Buffer.from(below.toString(16).padStart(2 * position.length, '0'), 'hex')
}

function describeChange(change: Change, { view }: Stream, awsRegion: string) {
  return {
    eventID: change.eventID,
    eventName: change.name,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion,
    dynamodb: {
      ApproximateCreationDateTime: new Date(change.atSec * 1_000),
      Keys: itemToWire(change.keys, true),
      ...(change.after ? { NewImage: itemToWire(change.after, true) } : {}),
      ...(change.before ? { OldImage: itemToWire(change.before, true) } : {}),
      SequenceNumber: change.sequenceNumber,
      SizeBytes: change.sizeBytes,
      StreamViewType: view,
    },
    ...(change.byService ? { userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' } } : {}),
  }
}
