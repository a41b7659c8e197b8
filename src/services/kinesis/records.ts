import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { describeChild } from './describe.ts'
import { iteratorText, readIterator, validMs } from './iterator.ts'
import { measure, measureShard } from './metrics.ts'
import { arnOf, findShard, invalid, type Located, locate, refuse, shardId, streamArn } from './names.ts'
import { type Page, readRecords } from './reading.ts'
import { sequenceNumber } from './sequence.ts'
import { startOf } from './starting.ts'
import { type Shard, shard } from './state.ts'
import { asking } from './streams.ts'
import { admitRead, countRead } from './throughput.ts'

const mostRecords = 10_000
const mostBytes = 10 * 1_048_576

/** Reading a shard from front to back. */
export const records = operations<Api>()({
  GetShardIterator: {
    authorize: (input, ctx) => asking('GetShardIterator', input, ctx),
    async read(tx, input, ctx) {
      refuse(input, 'DryRun')
      const at = await locate(tx, input)
      const own = tx.in(at.scope)
      const found = await findShard(tx, at, input.ShardId)
      const position = {
        type: input.ShardIteratorType,
        sequenceNumber: input.StartingSequenceNumber,
        atMs: input.Timestamp?.getTime(),
      }
      return {
        ShardIterator: iteratorText({
          streamArn: streamArn(at.scope, at.stream.name),
          streamId: at.stream.id,
          shard: found.number,
          after: await startOf(own, at.stream, found, position, ctx.nowMs),
          expiresAtMs: ctx.nowMs + validMs,
        }),
      }
    },
  },

  GetRecords: {
    authorize: (input, ctx) => [
      {
        action: 'kinesis:GetRecords',
        resource: input.StreamARN ? arnOf(input, ctx.scope) : readIterator(input.ShardIterator).streamArn,
      },
    ],
    async read(tx, input, ctx) {
      refuse(input, 'StreamId', 'DryRun')
      const from = readIterator(input.ShardIterator)
      if (input.StreamARN !== undefined && input.StreamARN !== from.streamArn) {
        throw invalid('The ShardIterator is not one of the stream that StreamARN names.')
      }
      if (from.expiresAtMs < ctx.nowMs) {
        throw awsError(
          'ExpiredIteratorException',
          'Iterator expired. The iterator is more than 5 minutes old: get another one with GetShardIterator.',
        )
      }
      const at = await locate(tx, { StreamARN: from.streamArn })
      if (at.stream.id !== from.streamId) {
        throw awsError('ResourceNotFoundException', `The stream ${at.stream.name} that the iterator is of is gone.`)
      }
      const own = tx.in(at.scope)
      const found = await findShard(tx, at, shardId(from.shard))
      try {
        admitRead(at, from.shard, ctx.nowMs)
      } catch (error) {
        measure(ctx.host, at, 'ReadProvisionedThroughputExceeded', 1)
        measureShard(ctx.host, at, from.shard, 'ReadProvisionedThroughputExceeded', 1)
        throw error
      }
      const want = { after: from.after, limit: input.Limit ?? mostRecords, maxBytes: mostBytes, nowMs: ctx.nowMs }
      const page = await readRecords(own, at.stream, found, want)
      countRead(at, from.shard, page.bytes, ctx.nowMs)
      const count = (name: string, value: number, unit?: 'Bytes' | 'Milliseconds') =>
        measure(ctx.host, at, `GetRecords.${name}`, value, unit)
      count('Success', 1)
      count('Records', page.records.length)
      count('Bytes', page.bytes, 'Bytes')
      count('IteratorAgeMilliseconds', page.behindMs, 'Milliseconds')
      measureShard(ctx.host, at, from.shard, 'OutgoingRecords', page.records.length)
      measureShard(ctx.host, at, from.shard, 'OutgoingBytes', page.bytes, 'Bytes')
      measureShard(ctx.host, at, from.shard, 'IteratorAgeMilliseconds', page.behindMs, 'Milliseconds')
      const next = { ...from, after: page.records.at(-1)?.through ?? from.after, expiresAtMs: ctx.nowMs + validMs }
      return {
        Records: describeRecords(found, page),
        NextShardIterator: page.ended ? undefined : iteratorText(next),
        MillisBehindLatest: page.behindMs,
        ChildShards: page.ended ? await childrenOf(own, at, found) : undefined,
      }
    },
  },
})

export function describeRecords(of: Shard, { records: found }: Page) {
  return found.map(({ position, record }) => ({
    SequenceNumber: sequenceNumber(of, position),
    ApproximateArrivalTimestamp: new Date(record.atMs),
    Data: record.data,
    PartitionKey: record.key,
    EncryptionType: record.encrypted ? ('KMS' as const) : undefined,
  }))
}

/** Where to read on when a shard has ended. */
export async function childrenOf(tx: ReadTx, { stream }: Located, { number }: Shard) {
  const now = await tx.get(shard(stream.id, number))
  const found = await tx.getMany((now?.children ?? []).map((child) => shard(stream.id, child)))
  return found.filter((one) => one !== undefined).map(describeChild)
}
