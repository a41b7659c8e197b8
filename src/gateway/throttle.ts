import type { Throttle } from './state.ts'

interface Bucket {
  tokens: number
  atMs: number
}

/** Buckets that are kept; the one that was used longest ago goes first, and would be full again by and by. */
const mostBuckets = 20_000
const buckets = new Map<string, Bucket>()

/**
 * Takes a token from the bucket of that name: refilled at `rate` a second, by the node's clock, and holding `burst`.
 * False when there is none. Buckets are this process's own.
 */
export function takeToken(name: string, { rate, burst }: Throttle, nowMs: number): boolean {
  const before = buckets.get(name)
  const filled = before ? before.tokens + (Math.max(0, nowMs - before.atMs) / 1000) * rate : burst
  const tokens = Math.min(burst, filled)
  const taken = tokens >= 1
  buckets.delete(name)
  if (buckets.size >= mostBuckets) buckets.delete(buckets.keys().next().value!)
  buckets.set(name, { tokens: taken ? tokens - 1 : tokens, atMs: nowMs })
  return taken
}
