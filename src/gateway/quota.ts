import type { Host } from '../kernel/host.ts'
import type { Scope } from '../kernel/records.ts'
import { dayUsage, periodUsage, type Quota, type UsagePlan } from './usage-state.ts'

const dayMs = 86_400_000

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
  const state = counting.get(host) ?? { waiting: new Map(), writing: new Map(), flight: undefined, commits: 0 }
  counting.set(host, state)
  const period = quota?.period ?? ''
  const start = quota ? periodStart(quota, nowMs) : ''
  const id = [scope.account, scope.region, plan.id, keyId, dayOf(nowMs), period].join(' ')
  if (quota) {
    const key = periodUsage(plan.id, keyId, period, start)
    const used = async () => {
      for (;;) {
        const { commits } = state
        const stored = await host.records.read(scope, (tx) => tx.count(key))
        // What was on its way when we read is in what we read, or on its way still.
        if (commits === state.commits) return stored + (state.waiting.get(id)?.n ?? 0) + (state.writing.get(id)?.n ?? 0)
      }
    }
    const allowed = allowance(plan, quota, nowMs)
    if ((await used()) >= allowed) {
      // A commit may be readable before we are told: counted twice. Then the count after it is the right one.
      if (!state.writing.has(id)) return false
      await state.flight
      if ((await used()) >= allowed) return false
    }
  }
  const known = state.waiting.get(id)
  if (known) known.n++
  else {
    state.waiting.set(id, { scope, planId: plan.id, keyId, day: dayOf(nowMs), period, start, n: 1 })
  }
  state.flight ??= write(host, state)
  return true
}

async function write(host: Host, state: Counting): Promise<void> {
  try {
    while (state.waiting.size > 0) {
      state.writing = state.waiting
      state.waiting = new Map()
      const batch = [...state.writing.values()]
      await host.records.write({ account: '', region: '' }, (tx) => {
        for (const one of batch) {
          const own = tx.in(one.scope)
          own.add(dayUsage(one.planId, one.keyId, one.day), one.n)
          if (one.period) own.add(periodUsage(one.planId, one.keyId, one.period, one.start), one.n)
        }
      })
      state.writing = new Map()
      state.commits++
    }
  } catch (error) {
    host.log.error('gateway: counts of API keys were lost', { entries: state.writing.size, error: String(error) })
    state.writing = new Map()
  } finally {
    state.flight = undefined
  }
}
