import { type JobCtx, Retry } from '../kernel/delivery.ts'
import { isAwsError } from '../kernel/errors.ts'
import type { Host } from '../kernel/host.ts'
import { backoffMs } from './backoff.ts'

/** How often, and for how long, a target is tried: EventBridge's and Scheduler's policy, with their defaults. */
export interface RetryPolicy {
  readonly maxRetries?: number | undefined
  readonly maxAgeSec?: number | undefined
}

export const mostRetries = 185
const defaultAgeSec = 86_400
const minBackoffMs = 1_000
const maxBackoffMs = 600_000

/** For jobs whose own policy says how often: this is the most that one can say. */
export const policyDecides = { attempts: mostRetries + 2, minMs: minBackoffMs, maxMs: maxBackoffMs } as const

/**
 * What becomes of work after an attempt that failed. Throws Retry when it is to be tried again; else answers which
 * limit is used up, or undefined when trying again would change nothing.
 */
export function retryOrGiveUp(
  error: unknown,
  { maxRetries = mostRetries, maxAgeSec = defaultAgeSec }: RetryPolicy,
  { attempt, createdAtMs, host }: JobCtx,
): 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' | undefined {
  if (isFinal(error)) return undefined
  if (attempt > maxRetries) return 'MaximumRetryAttempts'
  if (isOver({ maxAgeSec }, { createdAtMs, host })) return 'MaximumEventAgeInSeconds'
  const nowMs = host.clock.nowMs()
  const waitMs = backoffMs(attempt, minBackoffMs, maxBackoffMs, () => fraction(host))
  throw new Retry(nowMs + waitMs, 'the target did not take the event', { cause: error })
}

/** Whether the work is older than its policy lets it become. */
export function isOver(
  { maxAgeSec = defaultAgeSec }: RetryPolicy,
  { createdAtMs, host }: Pick<JobCtx, 'createdAtMs' | 'host'>,
): boolean {
  return host.clock.nowMs() - createdAtMs >= maxAgeSec * 1_000
}

/** What trying again would not change: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html */
function isFinal(error: unknown): boolean {
  return (
    isAwsError(error) &&
    /AccessDenied|NotFound|DoesNotExist|NonExistentQueue|Invalid(Parameter|Message)|MissingParameter|TooLarge|Validation|NotImplemented/.test(
      error.code,
    )
  )
}

function fraction({ ids }: Host): number {
  return Number(ids.token(6, '0123456789')) / 1_000_000
}
