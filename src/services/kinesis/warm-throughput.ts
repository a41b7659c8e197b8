import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { isCommitted } from './account-settings.ts'
import type { Api } from './api.ts'
import { evenStarts } from './hash-keys.ts'
import { type Lineage, reshape } from './lineage.ts'
import { invalid, type Located, locateActive, streamArn } from './names.ts'
import { reshard } from './resharding.ts'
import { mostOnDemandShards } from './scale-job.ts'
import type { Stream } from './state.ts'
import { asking } from './streams.ts'

/** Shards for what is expected: each takes 1 MiB a second. */
export const warmThroughput = operations<Api>()({
  UpdateStreamWarmThroughput: {
    authorize: (input, ctx) => asking('UpdateStreamWarmThroughput', input, ctx),
    async write(tx, input, ctx) {
      const at = await locateActive(tx, input)
      const { name: StreamName, open } = at.stream
      const TargetMiBps = input.WarmThroughputMiBps
      await warm(tx, at, TargetMiBps, ctx.nowMs)
      const CurrentMiBps = Math.max(open.length, TargetMiBps)
      return { StreamName, StreamARN: streamArn(at.scope, StreamName), WarmThroughput: { TargetMiBps, CurrentMiBps } }
    },
  },
})

/** Gives a stream on demand the shards for a throughput; it keeps those that it has. */
export async function warm(tx: Tx, at: Located, warmMiBps: number, nowMs: number): Promise<void> {
  await checkWarm(tx.in(at.scope), at.stream, warmMiBps, nowMs)
  const grow = (lineage: Lineage) => {
    if (warmMiBps > lineage.open.length) reshape(lineage, evenStarts(warmMiBps))
  }
  await reshard(tx, at, nowMs, grow, { warmMiBps })
}

/** Throws InvalidArgumentException, LimitExceededException for a stream that can't be warmed for that. */
export async function checkWarm(tx: ReadTx, { name, mode }: Pick<Stream, 'name' | 'mode'>, mib: number, nowMs: number) {
  if (mode !== 'ON_DEMAND') throw invalid(`Stream ${name} is not on demand: its shards are its throughput.`)
  if (!(await isCommitted(tx, nowMs))) {
    throw invalid('Warm throughput needs MinimumThroughputBillingCommitment: enable it with UpdateAccountSettings.')
  }
  if (mib <= mostOnDemandShards) return
  throw awsError('LimitExceededException', `A stream can be warmed for at most ${mostOnDemandShards} MiB a second.`)
}
