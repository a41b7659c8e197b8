import { fullBucket, type TokenBucket, takeToken as takeFrom } from '../kernel/token-bucket.ts'
import type { Throttle } from './state.ts'

/** Buckets that are kept; the one that was used longest ago goes first, and would be full again by and by. */
const mostBuckets = 20_000
const buckets = new Map<string, TokenBucket>()

/**
 * Takes a token from the bucket of that name: refilled at `rate` a second, by the node's clock, and holding `burst`.
 * False when there is none. Buckets are this process's own.
 */
export function takeToken(name: string, { rate, burst }: Throttle, nowMs: number): boolean {
  const bucket = buckets.get(name) ?? fullBucket()
  buckets.delete(name)
  if (buckets.size >= mostBuckets) buckets.delete(buckets.keys().next().value!)
  buckets.set(name, bucket)
  return takeFrom(bucket, rate, burst, nowMs)
}
