import { type Job, Retry } from '../kernel/delivery.ts'
import type { Host } from '../kernel/host.ts'
import type { Scope } from '../kernel/records.ts'
import { backoffMs } from './backoff.ts'
import { type Claimed, claim, earliest, everywhere, takeUpAbandoned } from './claim.ts'
import { faultPlace, runWithFaults } from './faults.ts'
import { createDeliveryMeter } from './meter.ts'
import { due, keyed, lease } from './state.ts'
import type { FindJob } from './waiting.ts'

const defaultLeaseMs = 30_000
const defaultConcurrency = 64

export interface EngineOptions {
  readonly host: Host
  /** Unique to this process. */
  readonly node: string
  /** Whose metrics tell of the engine. */
  readonly home: Scope
  /** Finds a job, loading its service when need be; undefined when nothing of that name exists (any more). */
  readonly job: FindJob
}

export interface Engine {
  /** Ids of the work that is being done, but for what runs on as long as the node does. */
  inFlight(): ReadonlySet<string>
  /** Looking for work: some may be claimed that is not in flight yet. */
  isLooking(): boolean
  readonly stopped: Promise<void>
}

/** Runs due work until the host's signal aborts: claims it under a lease, retries with backoff, gives up into `exhausted`. */
export function startEngine({ host, node, home, job }: EngineOptions): Engine {
  const { records, clock, log, signal } = host
  const meter = createDeliveryMeter(host, home, job)
  const running = new Map<string, number>()
  const inFlight = new Set<Promise<void>>()
  const held = new Map<string, Claimed>()
  const ending = new Set<string>()
  let looking = false
  let wake: () => void = () => {}
  let woken = false
  const nudge = () => {
    woken = true
    wake()
  }

  clock.onAdvance(nudge, signal)
  const watching = (async () => {
    for await (const _ of records.watch(everywhere, due.under(), signal)) nudge()
  })().catch((error: unknown) => {
    if (!signal.aborted) log.error('delivery watch failed', { error: String(error) })
  })

  async function poll(): Promise<number> {
    let nextMs = Number.POSITIVE_INFINITY
    const kinds = await earliest(records)
    for (const { kind, dueAtMs } of kinds) {
      const now = clock.nowMs()
      if (dueAtMs > now) {
        nextMs = Math.min(nextMs, dueAtMs)
        continue
      }
      const found = await job(kind)
      if (!found) {
        log.warn('work of an unknown kind is left waiting', { kind })
        continue
      }
      const free = (found.concurrency ?? defaultConcurrency) - (running.get(kind) ?? 0)
      // At the limit: whatever ends will nudge.
      if (free <= 0) continue
      const claimed = await claim(records, kind, {
        node,
        nowMs: now,
        leaseMs: found.leaseMs ?? defaultLeaseMs,
        max: Math.min(free, 100),
        held,
      })
      for (const item of claimed) start(item, found)
      if (claimed.length > 0) woken = true
    }
    const names = kinds.map(({ kind }) => kind)
    return Math.min(nextMs, await meter.sample(names, clock.nowMs()))
  }

  function start(item: Claimed, found: Job<never>): void {
    running.set(item.kind, (running.get(item.kind) ?? 0) + 1)
    held.set(item.id, item)
    if (Number.isFinite(found.retry.attempts)) ending.add(item.id)
    const done = attempt(item, found)
      .catch((error: unknown) => {
        // The store refused the outcome: the lease runs out and the work is done again.
        if (!signal.aborted) log.error('work could not be settled', { kind: item.kind, error: String(error) })
      })
      .finally(() => {
        running.set(item.kind, (running.get(item.kind) ?? 1) - 1)
        inFlight.delete(done)
        held.delete(item.id)
        ending.delete(item.id)
        nudge()
      })
    inFlight.add(done)
  }

  async function attempt(item: Claimed, found: Job<never>): Promise<void> {
    const leaseMs = found.leaseMs ?? defaultLeaseMs
    const stop = new AbortController()
    const attemptSignal = AbortSignal.any([signal, stop.signal])
    const renewal = setInterval(() => {
      // Once more: a claim of this node, its clock having been moved, may have renewed it at the same time.
      renew(item, leaseMs)
        .catch(() => renew(item, leaseMs))
        .catch(() => stop.abort(new Error('the lease was lost')))
    }, leaseMs / 3)
    const ctx = {
      host,
      scope: item.work.scope,
      nowMs: clock.nowMs(),
      attempt: item.work.attempts + 1,
      createdAtMs: item.work.createdAtMs,
      signal: attemptSignal,
    }
    let failure: Error | undefined
    let afterwards: (() => void) | undefined
    try {
      const work = () => found.run(item.work.data as never, ctx)
      const place = host.faults?.active ? faultPlace(item, found) : undefined
      if (place) await runWithFaults(host, place, work, (then) => (afterwards = then))
      else await work()
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
    } finally {
      clearInterval(renewal)
    }
    // Stopping, or the lease lost: what did not finish stays leased, and is taken up by the next process or claim.
    if (attemptSignal.aborted && (failure || found.retry.attempts === Number.POSITIVE_INFINITY)) return
    await settle(item, found, failure, ctx)
    afterwards?.()
  }

  async function settle(
    item: Claimed,
    found: Job<never>,
    failure: Error | undefined,
    ctx: Parameters<Job['run']>[1],
  ): Promise<void> {
    const { kind, id, work } = item
    const counts = !(failure instanceof Retry) || failure.counts
    const attempts = work.attempts + (counts ? 1 : 0)
    if (found.target) meter.attempted(kind, failure !== undefined, clock.nowMs())
    const giveUp = failure !== undefined && counts && attempts >= found.retry.attempts
    if (failure && (giveUp || !(failure instanceof Retry))) {
      log.warn(giveUp ? 'work given up' : 'work failed, to be retried', {
        kind,
        id,
        attempt: attempts,
        error: failure.message,
      })
    }
    await host.records.write(work.scope, async (tx) => {
      // Where it stands the lease says: a claim of this node that has just renewed it may not have come back yet.
      const leased = await tx.get(lease(node, id))
      const held = leased && (await tx.get(due(kind, leased.dueAtMs, id)))
      // Somebody else took it after the lease ran out: the outcome is theirs to settle.
      if (!leased || held?.node !== node) return
      tx.delete(due(kind, leased.dueAtMs, id))
      tx.delete(lease(node, id))
      if (failure && !giveUp) {
        const atMs =
          failure instanceof Retry
            ? failure.atMs
            : clock.nowMs() + backoffMs(attempts, found.retry.minMs, found.retry.maxMs, Math.random)
        tx.set(due(kind, atMs, id), { ...work, attempts, lastError: reasonOf(failure), node: undefined })
        return
      }
      if (work.key !== undefined) {
        const address = keyed(kind, work.scope.account, work.scope.region, work.key)
        if ((await tx.get(address))?.id === id) tx.delete(address)
      }
      if (failure) await found.exhausted?.(tx, work.data as never, failure, ctx)
    })
  }

  async function renew(item: Claimed, leaseMs: number): Promise<void> {
    const untilMs = clock.nowMs() + leaseMs
    await records.write(everywhere, async (tx) => {
      const held = await tx.get(due(item.kind, item.leaseUntilMs, item.id))
      if (held?.node !== node) throw new Error('the lease was lost')
      tx.delete(due(item.kind, item.leaseUntilMs, item.id))
      tx.set(due(item.kind, untilMs, item.id), held)
      tx.set(lease(node, item.id), { kind: item.kind, dueAtMs: untilMs })
    })
    item.leaseUntilMs = untilMs
  }

  const looping = (async () => {
    const taken = await takeUpAbandoned(records, node, clock.nowMs())
    if (taken > 0) log.info('work of an earlier process taken up', { count: taken })
    while (!signal.aborted) {
      woken = false
      looking = true
      const nextMs = await poll().catch((error: unknown) => {
        // A store that refuses is not hammered, and work that it refused is still there when it recovers.
        if (!signal.aborted) log.error('the delivery engine could not poll', { error: String(error) })
        return clock.nowMs() + 1_000
      })
      looking = false
      if (woken) continue
      const sleep = new AbortController()
      wake = () => sleep.abort()
      const until = nextMs === Number.POSITIVE_INFINITY ? clock.nowMs() + 3_600_000 : nextMs
      await clock.until(until, AbortSignal.any([signal, sleep.signal])).catch(() => undefined)
    }
  })().catch((error: unknown) => {
    if (!signal.aborted) log.error('the delivery engine stopped', { error: String(error) })
  })

  return {
    inFlight: () => new Set(ending),
    isLooking: () => looking,
    stopped: (async () => {
      await Promise.all([looping, watching])
      await Promise.allSettled(inFlight)
    })(),
  }
}

/** What an operator is shown of a failure, its cause included. */
function reasonOf({ message, cause }: Error): string {
  return (cause instanceof Error ? `${message}: ${cause.message}` : message).slice(0, 500)
}
