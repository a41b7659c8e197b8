import { awsError } from '../kernel/errors.ts'
import type { Throttle } from './state.ts'

/** Undefined for one that limits nothing. A limit that is not given does not limit. */
export function throttleOf(
  given: { rateLimit?: number | undefined; burstLimit?: number | undefined } | undefined,
): Throttle | undefined {
  if (!given || (given.rateLimit === undefined && given.burstLimit === undefined)) return undefined
  const { rateLimit: rate = Number.MAX_SAFE_INTEGER, burstLimit: burst = Math.max(1, Math.ceil(rate)) } = given
  if (rate < 0 || burst < 0) throw awsError('BadRequestException', 'Throttle limits must not be negative.')
  return { rate, burst }
}
