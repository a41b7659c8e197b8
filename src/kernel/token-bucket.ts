/** Tokens that come back at a steady rate, up to so many. One object, changed in place. */
export interface TokenBucket {
  tokens: number
  /** When that was so, epoch milliseconds. */
  atMs: number
}

/** A bucket that is full, however much it turns out to hold. */
export function fullBucket(): TokenBucket {
  return { tokens: Number.POSITIVE_INFINITY, atMs: 0 }
}

/**
 * Takes tokens: refilled at `perSec` a second, holding at most `burst`. False when there are not as many; a full bucket
 * gives more than it holds, and owes them.
 */
export function takeToken(bucket: TokenBucket, perSec: number, burst: number, nowMs: number, count = 1): boolean {
  if (!hasTokens(bucket, perSec, burst, nowMs, count)) return false
  bucket.tokens -= count
  return true
}

/** Whether `takeToken` would take them, without taking any. */
export function hasTokens(bucket: TokenBucket, perSec: number, burst: number, nowMs: number, count: number): boolean {
  refill(bucket, perSec, burst, nowMs)
  return burst > 0 && bucket.tokens >= Math.min(count, burst)
}

/** Takes tokens whether there are as many or not: those that are owed have to come back first. */
export function spendTokens(bucket: TokenBucket, perSec: number, burst: number, nowMs: number, count: number): void {
  refill(bucket, perSec, burst, nowMs)
  bucket.tokens -= count
}

function refill(bucket: TokenBucket, perSec: number, burst: number, nowMs: number): void {
  const refilled = (Math.max(0, nowMs - bucket.atMs) / 1000) * perSec
  bucket.tokens = Math.min(burst, bucket.tokens + refilled)
  bucket.atMs = nowMs
}
