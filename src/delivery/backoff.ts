/**
 * Full-jitter exponential backoff: a random time between `minMs` and the doubled ceiling, so that work that failed
 * together does not come back together.
 */
export function backoffMs(attempt: number, minMs: number, maxMs: number, random: () => number): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30))
  return Math.round(minMs + random() * Math.max(0, ceiling - minMs))
}
