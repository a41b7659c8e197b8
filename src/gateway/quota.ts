import type { Host } from '../kernel/host.ts'
import type { Scope } from '../kernel/records.ts'
import { dayUsage, periodUsage, type Quota, type UsagePlan } from './usage-state.ts'

const dayMs = 86_400_000
/** Reads of a count before a request is decided by what is known. */
const mostReads = 20

/** `2026-05-01`, UTC. */
export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10)
}

/** The first day of the quota's period that `atMs` is in; weeks begin on Sunday. All UTC. */
export function periodStart({ period }: Quota, atMs: number): string {
  const day = dayOf(atMs)
  if (period === 'MONTH') return `${day.slice(0, 7)}-01`
  return period === 'DAY' ? day : dayOf(atMs - new Date(atMs).getUTCDay() * dayMs)
}

/** Requests that the plan lets a key make in the period of `atMs`. */
export function allowance(plan: UsagePlan, quota: Quota, atMs: number): number {
  const first = periodStart(quota, atMs) === periodStart(quota, plan.createdAtMs)
  return Math.max(0, quota.limit - (first ? quota.offset : 0))
}

interface Counted {
  readonly scope: Scope
  readonly planId: string
  readonly keyId: string
  readonly day: string
  readonly period: string
  readonly start: string
  n: number
}

interface Counting {
  waiting: Map<string, Counted>
  /** On its way to the store. */
  writing: Map<string, Counted>
  flight: Promise<void> | undefined
  /** The commit that is on its way. */
  commit: Promise<void>
  /** Counts the commits. */
  commits: number
}

const counting = new WeakMap<Host, Counting>()

/**
 * Whether the key has requests left in the plan's quota; counts this one when it has. Counts are written behind, one
 * commit at a time: a crash loses those of the last one (some milliseconds), and nodes that share a store may each let
 * in what the others have not written yet.
 */
export async function countRequest(host: Host, scope: Scope, plan: UsagePlan, keyId: string): Promise<boolean> {
  const nowMs = host.clock.nowMs()
  const { quota } = plan
  const state = counting.get(host) ?? {
    waiting: new Map(),
    writing: new Map(),
    flight: undefined,
    commit: Promise.resolve(),
    commits: 0,
  }
  counting.set(host, state)
  const period = quota?.period ?? ''
  const start = quota ? periodStart(quota, nowMs) : ''
  const id = [scope.account, scope.region, plan.id, keyId, dayOf(nowMs), period].join(' ')
  const count = () => {
    const known = state.waiting.get(id)
    if (known) known.n++
    else state.waiting.set(id, { scope, planId: plan.id, keyId, day: dayOf(nowMs), period, start, n: 1 })
    state.flight ??= write(host, state)
    return true
  }
  if (!quota) return count()
  const allowed = allowance(plan, quota, nowMs)
  const key = periodUsage(plan.id, keyId, period, start)
  for (let attempt = 0; ; attempt++) {
    const { commits } = state
    const stored = await host.records.read(scope, (tx) => tx.count(key))
    // From here to `count` nothing waits: requests that read at the same time see each other.
    const settled = commits === state.commits
    const used = stored + (state.waiting.get(id)?.n ?? 0) + (state.writing.get(id)?.n ?? 0)
    // What was written while we read may be missing in what we read; read again, though not for ever.
    if (!settled && attempt < mostReads) continue
    if (used < allowed) return count()
    // A commit can be read before its writer is told: then it was counted twice, and is not after it.
    if (!state.writing.has(id) || attempt >= mostReads) return false
    await state.commit
  }
}

async function write(host: Host, state: Counting): Promise<void> {
  while (state.waiting.size > 0) {
    state.writing = state.waiting
    state.waiting = new Map()
    state.commit = commit(host, state)
    await state.commit
  }
  state.flight = undefined
}

async function commit(host: Host, state: Counting): Promise<void> {
  const batch = [...state.writing.values()]
  try {
    await host.records.write({ account: '', region: '' }, (tx) => {
      for (const one of batch) {
        const own = tx.in(one.scope)
        own.add(dayUsage(one.planId, one.keyId, one.day), one.n)
        if (one.period) own.add(periodUsage(one.planId, one.keyId, one.period, one.start), one.n)
      }
    })
  } catch (error) {
    host.log.error('gateway: counts of API keys were lost', { entries: batch.length, error: String(error) })
  }
  state.writing = new Map()
  state.commits++
}
