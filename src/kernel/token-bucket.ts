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

/** Takes a token: refilled at `perSec` a second, holding at most `burst`. False when there is none. */
export function takeToken(bucket: TokenBucket, perSec: number, burst: number, nowMs: number): boolean {
  const refilled = (Math.max(0, nowMs - bucket.atMs) / 1000) * perSec
  bucket.tokens = Math.min(burst, bucket.tokens + refilled)
  bucket.atMs = nowMs
  if (bucket.tokens < 1) return false
  bucket.tokens -= 1
  return true
}
