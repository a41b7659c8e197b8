import {
  fullBucket,
  hasTokens as hasInside,
  spendTokens as spendFrom,
  type TokenBucket,
  takeToken as takeFrom,
} from '../kernel/token-bucket.ts'
import type { Throttle } from './state.ts'

/** Buckets that are kept; the one that was used longest ago goes first, and would be full again by and by. */
const mostBuckets = 20_000
const buckets = new Map<string, TokenBucket>()

/**
 * Takes tokens from the bucket of that name: refilled at `rate` a second, by the node's clock, and holding `burst`.
 * False when there are not as many. Buckets are this process's own.
 */
export function takeToken(name: string, { rate, burst }: Throttle, nowMs: number, count = 1): boolean {
  return takeFrom(bucketOf(name), rate, burst, nowMs, count)
}

/** Whether there are as many, of which none is taken: for transactions, which take them when they have committed. */
export function hasTokens(name: string, { rate, burst }: Throttle, nowMs: number, count = 1): boolean {
  return hasInside(bucketOf(name), rate, burst, nowMs, count)
}

/** Takes them whether there are as many or not, which later ones wait for. */
export function spendTokens(name: string, { rate, burst }: Throttle, nowMs: number, count: number): void {
  spendFrom(bucketOf(name), rate, burst, nowMs, count)
}

function bucketOf(name: string): TokenBucket {
  const bucket = buckets.get(name) ?? fullBucket()
  buckets.delete(name)
  if (buckets.size >= mostBuckets) buckets.delete(buckets.keys().next().value!)
  buckets.set(name, bucket)
  return bucket
}
