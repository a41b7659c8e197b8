import { policyDecides, retryOrGiveUp } from '../../delivery/retry-policy.ts'
import type { Job, JobCtx } from '../../kernel/delivery.ts'
import { awsError, isThrottling } from '../../kernel/errors.ts'
import { bury } from './dead-letter.ts'
import { countFigure } from './metrics.ts'
import { operationOf, requestOf } from './request.ts'
import { principalOf } from './role.ts'
import type { Invocation } from './state.ts'

/** Calls the target as its role, until that succeeds or the retries or the age of the target's policy are used up. */
export const deliver: Job<Invocation> = {
  retry: policyDecides,
  // A call may wait for a function for as long as that runs: the others are not to wait for it.
  concurrency: 500,
  target: ({ target }) => target.arn,
  async run(invocation, ctx) {
    const count = (name: Parameters<typeof countFigure>[3]) => countFigure(ctx.host, ctx.scope, invocation.group, name)
    count('InvocationAttemptCount')
    try {
      await call(invocation, ctx)
    } catch (error) {
      if (ctx.signal.aborted) throw error
      count('TargetErrorCount')
      if (isThrottling(error)) count('TargetErrorThrottledCount')
      const condition = retryOrGiveUp(error, invocation.target, ctx)
      count('InvocationDroppedCount')
      await bury(invocation, error, condition, ctx)
    }
  },
}

async function call(invocation: Invocation, { host, scope, attempt, signal }: JobCtx): Promise<void> {
  const as = await principalOf(invocation, { host, scope })
  const { action, input, region } = requestOf(invocation, attempt, { scope, endpoint: host.endpoint })
  const at = { as, scope: { account: scope.account, region }, signal, plain: true }
  const answer = await host.invoke(operationOf(action), input, at)
  const [failed] = failedEntries(answer)
  // PutEvents succeeds when its only event was not taken.
  if (failed) throw awsError(failed.ErrorCode, failed.ErrorMessage ?? failed.ErrorCode)
}

interface FailedEntry {
  readonly ErrorCode: string
  readonly ErrorMessage?: string
}

function failedEntries({ Entries }: Record<string, unknown>): FailedEntry[] {
  if (!Array.isArray(Entries)) return []
  return (Entries as Partial<FailedEntry>[]).filter((one): one is FailedEntry => one.ErrorCode !== undefined)
}
