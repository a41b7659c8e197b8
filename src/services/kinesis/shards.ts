import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { fromPageToken, pageOf, toPageToken } from '../../kernel/page-token.ts'
import type { Api } from './api.ts'
import { describeShard } from './describe.ts'
import { arnOf, invalid, type Located, locateArn, refuse, shardNumber } from './names.ts'
import { horizonOf } from './reading.ts'
import { type Shard, shard } from './state.ts'

type Filter = NonNullable<InputFor<Api, 'ListShards'>['ShardFilter']>

const tokenMs = 300_000
const mostShards = 1_000

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html */
export const shards = operations<Api>()({
  ListShards: {
    authorize: (input, ctx) => [{ action: 'kinesis:ListShards', resource: listing(input, ctx).arn }],
    async read(tx, input, ctx) {
      const { arn, after, filter, untilMs } = listing(input, ctx)
      if (untilMs < ctx.nowMs) throw awsError('ExpiredNextTokenException', 'NextToken is more than 300 seconds old.')
      const at = await locateArn(tx, arn)
      const created = input.StreamCreationTimestamp
      if (created && Math.floor(created.getTime() / 1_000) !== Math.floor(at.stream.createdAtMs / 1_000)) {
        throw awsError('ResourceNotFoundException', `No stream ${at.stream.name} was created at that time.`)
      }
      const own = tx.in(at.scope)
      const range = shard.between([at.stream.id], after === undefined ? {} : { after: [after] })
      const wanted = wantedBy(filter, at, ctx.nowMs)
      const limit = Math.min(input.MaxResults ?? mostShards, mostShards)
      const { items, next } = await pageOf(only(own.range(range), wanted), limit, ({ number }) => [number])
      const last = items.at(-1)?.number
      return {
        Shards: items.map(describeShard),
        NextToken:
          next === undefined || last === undefined
            ? undefined
            : toPageToken(arn, last, JSON.stringify(filter ?? {}), ctx.nowMs + tokenMs),
      }
    },
  },
})

/** What is listed, by the request or by its token: beside a token the stream is not named. */
function listing(input: InputFor<Api, 'ListShards'>, ctx: Ctx) {
  const { NextToken, ExclusiveStartShardId: start, ShardFilter } = input
  if (NextToken === undefined) {
    const after = start ?? (ShardFilter?.Type === 'AFTER_SHARD_ID' ? ShardFilter.ShardId : undefined)
    const number = after === undefined ? undefined : shardNumber(after)
    if (after !== undefined && number === undefined) throw invalid(`${after} is not the id of a shard.`)
    const filter = ShardFilter && { Type: ShardFilter.Type, atMs: ShardFilter.Timestamp?.getTime() }
    if (ShardFilter?.Type.endsWith('_TIMESTAMP') && filter?.atMs === undefined) {
      throw invalid(`A ShardFilter of type ${ShardFilter.Type} needs a Timestamp.`)
    }
    if (ShardFilter?.Type === 'AFTER_SHARD_ID' && ShardFilter.ShardId === undefined) {
      throw invalid('A ShardFilter of type AFTER_SHARD_ID needs a ShardId.')
    }
    return { arn: arnOf(input, ctx.scope), after: number, filter, untilMs: Number.POSITIVE_INFINITY }
  }
  refuse(input, 'StreamId')
  if (input.StreamName !== undefined || input.StreamARN !== undefined) {
    throw invalid('NextToken and StreamName cannot be provided together.')
  }
  const parts = fromPageToken(NextToken, ['string', 'number', 'string', 'number'])
  if (!parts) throw invalid('NextToken is not one that this operation returned.')
  const [arn, after, filter, untilMs] = parts
  return { arn, after, filter: JSON.parse(filter) as Kept, untilMs }
}

interface Kept {
  readonly Type?: Filter['Type']
  readonly atMs?: number | undefined
}

async function* only(found: AsyncIterable<{ readonly value: Shard }>, wanted: (one: Shard) => boolean) {
  for await (const { value } of found) if (wanted(value)) yield value
}

/** Which shards a filter lets through: those open at a time, or from then on. */
function wantedBy(filter: Kept | undefined, { stream }: Located, nowMs: number): (one: Shard) => boolean {
  const horizonMs = Math.max(stream.createdAtMs, horizonOf(stream, nowMs))
  const openAfter = (atMs: number) => (one: Shard) => one.closedAtMs === undefined || one.closedAtMs > atMs
  const openAt = (atMs: number) => (one: Shard) => one.createdAtMs <= atMs && openAfter(atMs)(one)
  switch (filter?.Type) {
    case 'AT_LATEST':
      return (one) => one.closedAtMs === undefined
    case 'AT_TRIM_HORIZON':
      return openAt(horizonMs)
    case 'FROM_TRIM_HORIZON':
      return openAfter(horizonMs)
    case 'AT_TIMESTAMP':
      return openAt(Math.max(horizonMs, filter.atMs ?? 0))
    case 'FROM_TIMESTAMP':
      return openAfter(Math.max(horizonMs, filter.atMs ?? 0))
    default:
      return () => true
  }
}
