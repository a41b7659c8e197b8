import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { Api } from './api.ts'
import { checkNoChannel } from './channels/channels.ts'
import { common, describeShard, describeSummary } from './describe.ts'
import { evenStarts, hexOfKey, lastKey } from './hash-keys.ts'
import { countUsage } from './limits.ts'
import { type Asked, arnOf, invalid, locate, locateActive, shardNumber, streamArn } from './names.ts'
import { spreadsBy } from './record-settings.ts'
import { shard, stream } from './state.ts'
import { checkTags } from './tags.ts'
import { scheduleTrim } from './trim-job.ts'
import { checkWarm } from './warm-throughput.ts'

const onDemandShards = 4
const leastHours = 24

/** Data streams. https://docs.aws.amazon.com/streams/latest/dev/working-with-streams.html */
export const streams = operations<Api>()({
  CreateStream: {
    authorize({ StreamName, Tags }, ctx) {
      const [resource, context] = [streamArn(ctx.scope, StreamName), requestTags(Tags)]
      const creating = { action: 'kinesis:CreateStream', resource, context }
      return Tags ? [creating, { action: 'kinesis:AddTagsToStream', resource, context }] : [creating]
    },
    async write(tx, input, ctx) {
      const { StreamName: name, ShardCount, StreamModeDetails, Tags = {}, WarmThroughputMiBps: warmMiBps } = input
      const mode = StreamModeDetails?.StreamMode ?? 'PROVISIONED'
      if (mode === 'PROVISIONED' && ShardCount === undefined) throw invalid('ShardCount is required in this mode.')
      if (mode === 'ON_DEMAND' && ShardCount !== undefined) {
        throw invalid('ShardCount is not a parameter of streams on demand. Leave it out.')
      }
      checkTags(Tags)
      const spreads = spreadsBy(input.RecordDistributionStrategy, name, mode)
      if (warmMiBps !== undefined) await checkWarm(tx, { name, mode }, warmMiBps, ctx.nowMs)
      if (await tx.get(stream(name))) {
        throw awsError('ResourceInUseException', `Stream ${name} under account ${ctx.account} already exists.`)
      }
      const starts = evenStarts(ShardCount ?? Math.max(onDemandShards, warmMiBps ?? 0))
      const createdSec = Math.floor(ctx.nowMs / 1_000)
      const open = starts.map((start, number) => ({
        number,
        createdSec,
        firstHash: hexOfKey(start),
        lastHash: number + 1 < starts.length ? hexOfKey(starts[number + 1]! - 1n) : lastKey,
      }))
      const made = {
        name,
        id: ctx.newId(),
        createdAtMs: ctx.nowMs,
        mode,
        status: 'ACTIVE' as const,
        retentionHours: leastHours,
        shardMetrics: [],
        maxRecordKib: input.MaxRecordSizeInKiB,
        ...{ spreads, warmMiBps },
        tags: Tags,
        open,
        nextShard: open.length,
        consumers: 0,
        resizedAtMs: [],
      }
      await countUsage(tx, undefined, made)
      tx.set(stream(name), made)
      for (const one of open) tx.set(shard(made.id, one.number), { ...one, createdAtMs: ctx.nowMs })
      scheduleTrim(tx, ctx.host, ctx.scope, made, ctx.nowMs)
      return {}
    },
  },

  DeleteStream: {
    authorize: (input, ctx) => asking('DeleteStream', input, ctx),
    async write(tx, input, ctx) {
      const at = await locateActive(tx, input)
      if (at.stream.consumers > 0 && !input.EnforceConsumerDeletion) {
        throw awsError(
          'ResourceInUseException',
          `Stream ${at.stream.name} under account ${at.scope.account} has consumers registered. ` +
            'Deregister them, or set EnforceConsumerDeletion.',
        )
      }
      await checkNoChannel(tx, at)
      tx.in(at.scope).set(stream(at.stream.name), { ...at.stream, status: 'DELETING' })
      ctx.host.deliveries.schedule(tx, { kind: 'kinesis:purge', scope: at.scope, data: { name: at.stream.name } })
      return {}
    },
  },

  DescribeStream: {
    authorize: (input, ctx) => asking('DescribeStream', input, ctx),
    async read(tx, input) {
      const at = await locate(tx, input)
      const after = input.ExclusiveStartShardId === undefined ? undefined : shardNumber(input.ExclusiveStartShardId)
      if (input.ExclusiveStartShardId !== undefined && after === undefined) {
        throw invalid(`ExclusiveStartShardId ${input.ExclusiveStartShardId} is not the id of a shard.`)
      }
      const limit = Math.min(input.Limit ?? 100, 100)
      const own = tx.in(at.scope)
      const range = shard.between([at.stream.id], after === undefined ? {} : { after: [after] })
      const { items, next } = await pageOf(own.range(range, { limit: limit + 1 }), limit, ({ key }) => [key[1]])
      const Shards = items.map(({ value }) => describeShard(value))
      return { StreamDescription: { ...common(at), Shards, HasMoreShards: next !== undefined } }
    },
  },

  DescribeStreamSummary: {
    authorize: (input, ctx) => asking('DescribeStreamSummary', input, ctx),
    read: async (tx, input) => ({ StreamDescriptionSummary: describeSummary(await locate(tx, input)) }),
  },

  ListStreams: {
    authorize: () => [{ action: 'kinesis:ListStreams', resource: '*' }],
    async read(tx, { Limit = 100, ExclusiveStartStreamName: start, NextToken }) {
      const asked = boundsOfPage(NextToken, () => invalid('NextToken is not one that this operation returned.'))
      const bounds = start !== undefined && NextToken === undefined ? { after: [start] } : asked
      const limit = Math.min(Limit, 100)
      const found = tx.range(stream.between([], bounds), { limit: limit + 1 })
      const { items, next } = await pageOf(found, limit, ({ key }) => key)
      return {
        StreamNames: items.map(({ value }) => value.name),
        HasMoreStreams: next !== undefined,
        NextToken: next,
        StreamSummaries: items.map(({ value }) => common({ scope: tx.scope, stream: value })),
      }
    },
  },
})

/** What a request on a stream needs to be allowed. */
export function asking(operation: string, input: Asked, ctx: Ctx) {
  return [{ action: `kinesis:${operation}`, resource: arnOf(input, ctx.scope) }]
}
