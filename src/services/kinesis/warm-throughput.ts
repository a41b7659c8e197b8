import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { isCommitted } from './account-settings.ts'
import type { Api } from './api.ts'
import { evenStarts } from './hash-keys.ts'
import { reshape } from './lineage.ts'
import { invalid, locateActive, streamArn } from './names.ts'
import { reshard } from './resharding.ts'
import { mostOnDemandShards } from './scale-job.ts'
import { asking } from './streams.ts'

/** Shards for what is expected: each takes 1 MiB a second. */
export const warmThroughput = operations<Api>()({
  UpdateStreamWarmThroughput: {
    authorize: (input, ctx) => asking('UpdateStreamWarmThroughput', input, ctx),
    async write(tx, input, ctx) {
      const at = await locateActive(tx, input)
      const { stream, scope } = at
      if (stream.mode !== 'ON_DEMAND')
        throw invalid(`Stream ${stream.name} is not on demand: its shards are its throughput.`)
      if (!(await isCommitted(tx.in(scope), ctx.nowMs))) {
        throw invalid('Warm throughput needs MinimumThroughputBillingCommitment: enable it with UpdateAccountSettings.')
      }
      const TargetMiBps = input.WarmThroughputMiBps
      if (TargetMiBps > mostOnDemandShards) {
        throw awsError(
          'LimitExceededException',
          `A stream can be warmed for at most ${mostOnDemandShards} MiB a second.`,
        )
      }
      const now = stream.open.length
      if (TargetMiBps > now) await reshard(tx, at, ctx.nowMs, (lineage) => reshape(lineage, evenStarts(TargetMiBps)))
      return {
        StreamName: stream.name,
        StreamARN: streamArn(scope, stream.name),
        WarmThroughput: { TargetMiBps, CurrentMiBps: Math.max(now, TargetMiBps) },
      }
    },
  },
})
