import { parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { stream } from '../dynamodb/state.ts'
import { findStream, lastPosition, streamArn, streamName } from '../dynamodb/stream-reading.ts'
import { firstSequenceNumber, sequenceNumber } from '../dynamodb/stream-records.ts'
import { describeKey } from '../dynamodb/table-description.ts'
import type { Api } from './api.ts'

const mostStreams = 100

/** Which streams there are, and what they consist of. */
export const streams = operations<Api>()({
  ListStreams: {
    authorize: () => [{ action: 'dynamodb:ListStreams', resource: '*' }],
    async read(tx, { TableName, Limit = mostStreams, ExclusiveStartStreamArn }, ctx) {
      const limit = Math.min(Limit, mostStreams)
      const start =
        ExclusiveStartStreamArn === undefined
          ? undefined
          : streamName(parseArn(ExclusiveStartStreamArn)?.resource ?? '')
      if (ExclusiveStartStreamArn !== undefined && !start) {
        throw awsError('ValidationException', `Invalid ExclusiveStartStreamArn: ${ExclusiveStartStreamArn}`)
      }
      const after = !start ? undefined : TableName === undefined ? [start.tableName, start.label] : [start.label]
      const bounds = after ? { after } : {}
      const range = TableName === undefined ? stream.between([], bounds) : stream.between([TableName], bounds)
      const found: { tableName: string; label: string }[] = []
      for await (const [tableName, label] of tx.keys(range, { limit: limit + 1 })) found.push({ tableName, label })
      const page = found.slice(0, limit)
      const last = found.length > limit ? page.at(-1) : undefined
      return {
        Streams: page.map((each) => ({
          StreamArn: streamArn(ctx, each),
          TableName: each.tableName,
          StreamLabel: each.label,
        })),
        LastEvaluatedStreamArn: last && streamArn(ctx, last),
      }
    },
  },

  DescribeStream: {
    authorize: ({ StreamArn }) => [{ action: 'dynamodb:DescribeStream', resource: StreamArn }],
    async read(tx, { StreamArn, Limit: _, ExclusiveStartShardId, ShardFilter }, ctx) {
      const found = await findStream(tx, streamName(parseArn(StreamArn)?.resource ?? ''), StreamArn)
      if (ShardFilter && (ShardFilter.Type === undefined || ShardFilter.ShardId === undefined)) {
        throw awsError('ValidationException', 'A ShardFilter needs both Type and ShardId.')
      }
      // The one shard has no children, and none comes after it.
      const wanted = ShardFilter === undefined && ExclusiveStartShardId === undefined
      const last = await lastPosition(tx, found)
      return {
        StreamDescription: {
          StreamArn: streamArn(ctx, found),
          StreamLabel: found.label,
          StreamStatus: found.disabledAtMs === undefined ? 'ENABLED' : 'DISABLED',
          StreamViewType: found.view,
          CreationRequestDateTime: new Date(found.createdAtMs),
          TableName: found.tableName,
          KeySchema: describeKey(found.key),
          Shards: wanted
            ? [
                {
                  ShardId: found.shardId,
                  SequenceNumberRange: {
                    StartingSequenceNumber: firstSequenceNumber,
                    ...(found.disabledAtMs === undefined
                      ? {}
                      : { EndingSequenceNumber: last ? sequenceNumber(last) : firstSequenceNumber }),
                  },
                },
              ]
            : [],
        },
      }
    },
  },
})
