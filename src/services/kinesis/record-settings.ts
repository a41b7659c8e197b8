import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { invalid } from './names.ts'
import { change } from './settings.ts'
import type { Stream } from './state.ts'
import { asking } from './streams.ts'

/** How large records may be, and by what they go to shards: what is in a stream stays as it is. */
export const recordSettings = operations<Api>()({
  UpdateMaxRecordSize: {
    authorize: (input, ctx) => asking('UpdateMaxRecordSize', input, ctx),
    async write(tx, input) {
      await change(tx, input, () => ({ maxRecordKib: input.MaxRecordSizeInKiB }))
      return {}
    },
  },

  UpdateStreamRecordDistributionStrategy: {
    authorize: (input, ctx) => asking('UpdateStreamRecordDistributionStrategy', input, ctx),
    async write(tx, input) {
      const strategy = input.RecordDistributionStrategy
      await change(tx, input, ({ name, mode }) => ({ spreads: spreadsBy(strategy, name, mode) }))
      return {}
    },
  },
})

/** Whether records go to any shard. Throws InvalidArgumentException for a stream that is not on demand. */
export function spreadsBy(strategy: string | undefined, name: string, mode: Stream['mode']): true | undefined {
  if (strategy !== 'AUTO') return undefined
  if (mode === 'ON_DEMAND') return true
  throw invalid(`Stream ${name} is not on demand: its records go to shards by their partition keys.`)
}
