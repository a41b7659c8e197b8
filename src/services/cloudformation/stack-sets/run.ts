import type { JobCtx } from '../../../kernel/delivery.ts'
import { type Claimed, claim, endOperation, finish, type Place } from './conclude.ts'
import { carryOut } from './deploy.ts'
import { concurrency, tolerance } from './preferences.ts'
import { type SetOperation, setOperation, target } from './state.ts'

/**
 * Carries an operation out to its end, wherever it was: what has ended stays, what had begun goes on, what waits begins
 * in its turn. All that it needs to know is in the store.
 */
export async function runOperation(
  { uuid, operation: id }: { uuid: string; operation: string },
  ctx: JobCtx,
): Promise<void> {
  const { host, scope } = ctx
  const operation = await host.records.read(scope, (tx) => tx.get(setOperation(uuid, id)))
  if (!operation || operation.endedAtMs !== undefined) return
  const regions = operation.regions.map((_, index) => index)
  if (operation.preferences.RegionConcurrencyType === 'PARALLEL') {
    const ended = await Promise.allSettled(regions.map((index) => runRegion(uuid, operation, index, ctx)))
    for (const one of ended) if (one.status === 'rejected') throw one.reason
  } else {
    for (const index of regions) await runRegion(uuid, operation, index, ctx)
  }
  await host.records.write(scope, (tx) => endOperation(tx, host, uuid, id, host.clock.nowMs()))
}

/** As many accounts at once as the preferences allow, until all have ended or were called off. */
async function runRegion(uuid: string, operation: SetOperation, regionIndex: number, ctx: JobCtx): Promise<void> {
  const { host, scope } = ctx
  const { begun, waiting } = await host.records.read(scope, async (tx) => {
    const found = { begun: [] as string[], waiting: [] as string[] }
    for await (const { key, value } of tx.range(target.under(uuid, operation.id, regionIndex))) {
      if (value.status === 'RUNNING') found.begun.push(key[3])
      else if (value.status === 'PENDING') found.waiting.push(key[3])
    }
    return found
  })
  const { accounts, failed: before } = operation.regions[regionIndex] ?? { accounts: 0, failed: 0 }
  const running = new Set<Promise<void>>()
  let failed = before
  const start = (account: string) => {
    const one = runOne({ uuid, operation: operation.id, regionIndex, account }, ctx).then((ok) => {
      running.delete(one)
      if (!ok) failed += 1
    })
    running.add(one)
  }
  try {
    for (const account of begun) start(account)
    while (waiting.length > 0 || running.size > 0) {
      // The rest has been called off with the last failure.
      if (failed > tolerance(operation, accounts)) waiting.length = 0
      while (running.size < concurrency(operation, accounts, failed)) {
        const next = waiting.shift()
        if (next === undefined) break
        start(next)
      }
      if (running.size > 0) await Promise.race(running)
    }
  } finally {
    await Promise.allSettled(running)
  }
}

/** One instance. False when it failed; what was called off did not. */
async function runOne(place: Place, { host, scope, signal }: JobCtx): Promise<boolean> {
  signal.throwIfAborted()
  const claimed: Claimed | undefined = await host.records.write(scope, (tx) => claim(tx, place, host))
  if (!claimed) return true
  const outcome = await carryOut({
    host,
    scope,
    signal,
    ...claimed,
    regionIndex: place.regionIndex,
  })
  return host.records.write(scope, (tx) => finish(tx, place, claimed, outcome, host.clock.nowMs()))
}
