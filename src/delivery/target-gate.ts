import { Retry } from '../kernel/delivery.ts'
import type { Host } from '../kernel/host.ts'
import { fullBucket, type TokenBucket, takeToken } from '../kernel/token-bucket.ts'

export interface GateLimits {
  /** Calls of one target at once on this node. */
  readonly concurrency: number
  /** Calls a second. Absent: as many as there are. */
  readonly perSec?: number | undefined
}

/** A call that was let through. One of them is to be said, once. */
export interface Pass {
  /** The target is there, whatever it said of the call. */
  answered(): void
  /** The target is down or overloaded. */
  failed(): void
  /** Nothing was learnt of the target: the node is stopping. */
  abandoned(): void
}

/** The target failed so often that it is left alone: who cannot wait any longer need not. */
export class TargetDown extends Retry {}

interface Target {
  running: number
  /** In a row. */
  failures: number
  openUntilMs: number
  /** How long a call takes lately. */
  typicalMs: number
  /** The turn of the last call that was told to come again. */
  lastTurnMs: number
  readonly bucket: TokenBucket
}

const opensAfter = 10
const shortestOpenMs = 5_000
const longestOpenMs = 60_000
const shortestWaitMs = 100
const mostTargets = 10_000
const gates = new WeakMap<Host, Map<string, Target>>()

/**
 * Lets a job call a target that is outside of the node, or throws the `Retry` that brings it back when its turn comes,
 * which is no attempt: when the target has as many calls as it may have at once or a second, and, after ten failures
 * in a row, for a while that doubles up to a minute, after which one call at a time tries it. Those that wait get
 * turns one after the other, at the pace of the target, so that a slow one is not asked about by all at once.
 */
export function enterTarget(host: Host, key: string, { concurrency, perSec }: GateLimits): Pass {
  const target = targetOf(host, key)
  const startedAtMs = host.clock.nowMs()
  if (target.openUntilMs > startedAtMs)
    throw new TargetDown(target.openUntilMs, 'the target is down', { counts: false })
  const most = target.failures >= opensAfter ? 1 : concurrency
  if (target.running >= most) {
    throw turn(target, startedAtMs + shortestWaitMs, target.typicalMs / most, 'the target is busy')
  }
  if (perSec !== undefined && !takeToken(target.bucket, perSec, Math.max(1, perSec), startedAtMs)) {
    throw turn(target, startedAtMs + 1_000 / perSec, 1_000 / perSec, 'the target gets no more calls this second')
  }
  target.running++
  const left = () => {
    target.running--
    return host.clock.nowMs()
  }
  return {
    answered() {
      target.typicalMs += (left() - startedAtMs - target.typicalMs) / 8
      target.failures = 0
    },
    failed() {
      const nowMs = left()
      target.failures++
      if (target.failures < opensAfter) return
      const doubled = shortestOpenMs * 2 ** Math.min(target.failures - opensAfter, 10)
      target.openUntilMs = nowMs + Math.min(longestOpenMs, doubled)
    },
    abandoned: left,
  }
}

function turn(target: Target, earliestMs: number, paceMs: number, why: string): Retry {
  target.lastTurnMs = Math.max(earliestMs, target.lastTurnMs + paceMs)
  return new Retry(Math.ceil(target.lastTurnMs), why, { counts: false })
}

function targetOf(host: Host, key: string): Target {
  const all = gates.get(host) ?? new Map<string, Target>()
  gates.set(host, all)
  const known = all.get(key)
  if (known) return known
  if (all.size >= mostTargets) {
    // The oldest that nobody calls: forgetting costs a target that is down a few more tries.
    for (const [oldest, { running }] of all) {
      if (running > 0) continue
      all.delete(oldest)
      break
    }
  }
  const made = { running: 0, failures: 0, openUntilMs: 0, typicalMs: 0, lastTurnMs: 0, bucket: fullBucket() }
  all.set(key, made)
  return made
}
