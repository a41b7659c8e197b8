import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { type Commitment, commitment } from './state.ts'

const leastMs = 24 * 3_600_000

/** What an account commits itself to, which warm throughput depends on. Nothing is billed. */
export const accountSettings = operations<Api>()({
  DescribeAccountSettings: {
    authorize: () => [{ action: 'kinesis:DescribeAccountSettings', resource: '*' }],
    read: async (tx, _input, ctx) => ({
      MinimumThroughputBillingCommitment: describe(await tx.get(commitment()), ctx.nowMs),
    }),
  },

  UpdateAccountSettings: {
    authorize: () => [{ action: 'kinesis:UpdateAccountSettings', resource: '*' }],
    async write(tx, { MinimumThroughputBillingCommitment: { Status } }, ctx) {
      const before = await tx.get(commitment())
      const after = Status === 'ENABLED' ? enabled(before, ctx.nowMs) : disabled(before, ctx.nowMs)
      if (after) tx.set(commitment(), after)
      return { MinimumThroughputBillingCommitment: describe(after, ctx.nowMs) }
    },
  },
})

/** Whether streams of the account may have a warm throughput. */
export async function isCommitted(tx: ReadTx, nowMs: number): Promise<boolean> {
  const found = await tx.get(commitment())
  return found !== undefined && isOn(found, nowMs)
}

function isOn({ endsAtMs }: Commitment, nowMs: number): boolean {
  return endsAtMs === undefined || nowMs < endsAtMs
}

/** Goes on when it was going to end. */
function enabled(before: Commitment | undefined, nowMs: number): Commitment {
  return { startedAtMs: before && isOn(before, nowMs) ? before.startedAtMs : nowMs }
}

/** Ends at once, or when its first day is over. */
function disabled(before: Commitment | undefined, nowMs: number): Commitment | undefined {
  if (!before || !isOn(before, nowMs)) return before
  return { startedAtMs: before.startedAtMs, endsAtMs: Math.max(nowMs, before.startedAtMs + leastMs) }
}

function describe(found: Commitment | undefined, nowMs: number) {
  if (!found) return { Status: 'DISABLED' as const }
  const { startedAtMs, endsAtMs } = found
  const StartedAt = new Date(startedAtMs)
  const EarliestAllowedEndAt = new Date(startedAtMs + leastMs)
  if (endsAtMs === undefined) return { Status: 'ENABLED' as const, StartedAt, EarliestAllowedEndAt }
  return endsAtMs > nowMs
    ? { Status: 'ENABLED_UNTIL_EARLIEST_ALLOWED_END' as const, StartedAt, EarliestAllowedEndAt }
    : { Status: 'DISABLED' as const, StartedAt, EndedAt: new Date(endsAtMs) }
}
