import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { decimalOfHex, evenStarts } from './hash-keys.ts'
import { countUsage } from './limits.ts'
import { adjoin, Lineage, reshape } from './lineage.ts'
import { findShard, invalid, type Located, locateActive, streamArn } from './names.ts'
import { type Shard, type Stream, shard, stream } from './state.ts'
import { asking } from './streams.ts'

const dayMs = 86_400_000
const resizesADay = 10

/** https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-resharding.html */
export const resharding = operations<Api>()({
  SplitShard: {
    authorize: (input, ctx) => asking('SplitShard', input, ctx),
    async write(tx, input, ctx) {
      const at = await locateProvisioned(tx, input)
      const parent = await findOpen(tx, at, input.ShardToSplit)
      const key = BigInt(input.NewStartingHashKey)
      const [first, last] = [decimalOfHex(parent.firstHash), decimalOfHex(parent.lastHash)]
      if (key <= BigInt(first) + 1n || key >= BigInt(last)) {
        throw invalid(
          `NewStartingHashKey ${key} used in SplitShard() on shard ${input.ShardToSplit} in stream ${at.stream.name} ` +
            `under account ${at.scope.account} is not both greater than one plus the shard's StartingHashKey ${first} ` +
            `and less than the shard's EndingHashKey ${last}.`,
        )
      }
      await reshard(tx, at, ctx.nowMs, (lineage) => lineage.split(parent, key))
      return {}
    },
  },

  MergeShards: {
    authorize: (input, ctx) => asking('MergeShards', input, ctx),
    async write(tx, input, ctx) {
      const at = await locateProvisioned(tx, input)
      const one = await findOpen(tx, at, input.ShardToMerge)
      const other = await findOpen(tx, at, input.AdjacentShardToMerge)
      if (!adjoin(one, other)) {
        throw invalid(
          `Shards ${input.ShardToMerge} and ${input.AdjacentShardToMerge} in stream ${at.stream.name} under account ` +
            `${at.scope.account} are not an adjacent pair of shards eligible for merging`,
        )
      }
      await reshard(tx, at, ctx.nowMs, (lineage) => lineage.merge(one, other))
      return {}
    },
  },

  UpdateShardCount: {
    authorize: () => [{ action: 'kinesis:UpdateShardCount', resource: '*' }],
    async write(tx, input, ctx) {
      const at = await locateProvisioned(tx, input)
      const [now, target] = [at.stream.open.length, input.TargetShardCount]
      if (target > 2 * now || target < now / 2) {
        throw invalid(
          `UpdateShardCount cannot scale ${target > now ? 'up over double' : 'down below half'} your current open ` +
            `shard count. Current open shard count: ${now} Target shard count: ${target}`,
        )
      }
      const resizedAtMs = at.stream.resizedAtMs.filter((atMs) => atMs > ctx.nowMs - dayMs)
      if (resizedAtMs.length >= resizesADay) {
        throw awsError(
          'LimitExceededException',
          `The shards of stream ${at.stream.name} can be counted anew ${resizesADay} times in 24 hours.`,
        )
      }
      const resized = { resizedAtMs: [...resizedAtMs, ctx.nowMs] }
      await reshard(tx, at, ctx.nowMs, (lineage) => reshape(lineage, evenStarts(target)), resized)
      return {
        StreamName: at.stream.name,
        StreamARN: streamArn(at.scope, at.stream.name),
        CurrentShardCount: now,
        TargetShardCount: target,
      }
    },
  },
})

async function locateProvisioned(tx: Tx, input: Parameters<typeof locateActive>[1]): Promise<Located> {
  const at = await locateActive(tx, input)
  if (at.stream.mode === 'PROVISIONED') return at
  throw awsError('ValidationException', `Stream ${at.stream.name} is on demand: its shards are not set by request.`)
}

async function findOpen(tx: Tx, at: Located, id: string): Promise<Shard> {
  const found = await findShard(tx, at, id)
  if (found.closedAtMs === undefined) return found
  throw awsError(
    'ResourceInUseException',
    `Shard ${id} in stream ${at.stream.name} under account ${at.scope.account} has already been merged or split, ` +
      'and thus is not eligible for merging or splitting.',
  )
}

/** Writes what `change` makes of the open shards: puts that come meanwhile are made again, into the new ones. */
export async function reshard(
  tx: Tx,
  { scope, stream: before }: Located,
  nowMs: number,
  change: (lineage: Lineage) => void,
  also: Partial<Stream> = {},
): Promise<void> {
  const own = tx.in(scope)
  const found = await own.getMany(before.open.map(({ number }) => shard(before.id, number)))
  const open = found.filter((one) => one !== undefined)
  const lineage = new Lineage(open, before.nextShard, nowMs)
  change(lineage)
  const after: Stream = {
    ...before,
    ...also,
    nextShard: lineage.nextShard,
    open: lineage.open.map(({ number, createdSec, firstHash, lastHash }) => ({
      ...{ number, createdSec, firstHash, lastHash },
    })),
  }
  await countUsage(own, before, after)
  own.set(stream(after.name), after)
  for (const one of lineage.changed.values()) own.set(shard(before.id, one.number), one)
}
