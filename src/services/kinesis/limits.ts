import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { type Stream, usage } from './state.ts'

/** Per account and region. https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
const mostShards = 1_000
const mostOnDemandStreams = 50

/** What an account may have, and has. */
export const limits = operations<Api>()({
  DescribeLimits: {
    authorize: () => [{ action: 'kinesis:DescribeLimits', resource: '*' }],
    async read(tx) {
      return {
        ShardLimit: mostShards,
        OpenShardCount: await tx.count(usage('open-shards')),
        OnDemandStreamCount: await tx.count(usage('on-demand-streams')),
        OnDemandStreamCountLimit: mostOnDemandStreams,
      }
    },
  },
})

/**
 * Counts what a stream has become. Throws LimitExceededException when the account would have too many shards or streams:
 * shards of streams on demand are not counted.
 */
export async function countUsage(tx: Tx, before: Stream | undefined, after: Stream | undefined): Promise<void> {
  const shards = shardsOf(after) - shardsOf(before)
  const onDemand = onDemandOf(after) - onDemandOf(before)
  if (shards > 0) {
    const now = await tx.count(usage('open-shards'))
    if (now + shards > mostShards) {
      throw awsError(
        'LimitExceededException',
        `This request would exceed the shard limit for the account ${tx.scope.account} in ${tx.scope.region}. ` +
          `Current shard count for the account: ${now}. Limit: ${mostShards}. ` +
          `Number of additional shards that would have resulted from this request: ${shards}.`,
      )
    }
  }
  if (onDemand > 0 && (await tx.count(usage('on-demand-streams'))) >= mostOnDemandStreams) {
    throw awsError('LimitExceededException', `An account can have at most ${mostOnDemandStreams} streams on demand.`)
  }
  if (shards !== 0) tx.add(usage('open-shards'), shards)
  if (onDemand !== 0) tx.add(usage('on-demand-streams'), onDemand)
}

const shardsOf = (stream: Stream | undefined) => (stream?.mode === 'PROVISIONED' ? stream.open.length : 0)
const onDemandOf = (stream: Stream | undefined) => (stream?.mode === 'ON_DEMAND' ? 1 : 0)
