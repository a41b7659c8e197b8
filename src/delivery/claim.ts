import type { Records, Scope } from '../kernel/records.ts'
import { due, keyed, lease, type Work } from './state.ts'

export interface Claimed {
  readonly kind: string
  readonly id: string
  readonly work: Work
  /** Where the entry stands now: the time at which the lease ends. */
  leaseUntilMs: number
}

export const everywhere: Scope = { account: '', region: '' }

/** The kinds that have work waiting, with the time of the earliest: one seek each, however much waits. */
export async function earliest(records: Records): Promise<{ kind: string; dueAtMs: number }[]> {
  return records.read(everywhere, async (tx) => {
    const found: { kind: string; dueAtMs: number }[] = []
    let range = due.under()
    for (;;) {
      let next: { kind: string; dueAtMs: number } | undefined
      for await (const [kind, dueAtMs] of tx.snapshot.keys(range, { limit: 1 })) next = { kind, dueAtMs }
      if (!next) return found
      found.push(next)
      range = due.between([], { after: [next.kind] })
    }
  })
}

export interface ClaimOptions {
  readonly node: string
  readonly nowMs: number
  readonly leaseMs: number
  readonly max: number
  /** What this node is doing already: a lease that ran out under it (the clock was moved) is renewed, not claimed again. */
  readonly held: ReadonlyMap<string, Claimed>
}

/** Takes up to `max` pieces of due work of a kind for `node`, each until `leaseMs` from now. */
export async function claim(
  records: Records,
  kind: string,
  { node, nowMs, leaseMs, max, held }: ClaimOptions,
): Promise<Claimed[]> {
  const leaseUntilMs = nowMs + leaseMs
  const result = await records.write(everywhere, async (tx) => {
    const claimed: Claimed[] = []
    const renewed: Claimed[] = []
    // The scan itself must not conflict with new work arriving; each entry taken is read again, which does.
    for await (const { key } of tx.snapshot.range(due.between([kind], { to: [nowMs + 1] }), { limit: max })) {
      const [, dueAtMs, id] = key
      const work = await tx.get(due(kind, dueAtMs, id))
      if (!work) continue
      tx.delete(due(kind, dueAtMs, id))
      if (work.node) tx.delete(lease(work.node, id))
      if (work.key !== undefined) {
        const current = await tx.get(keyed(kind, work.scope.account, work.scope.region, work.key))
        if (current?.id !== id) continue
      }
      tx.set(due(kind, leaseUntilMs, id), { ...work, node })
      tx.set(lease(node, id), { kind, dueAtMs: leaseUntilMs })
      const mine = held.get(id)
      if (mine) renewed.push(mine)
      else claimed.push({ kind, id, work, leaseUntilMs })
    }
    return { claimed, renewed }
  })
  for (const item of result.renewed) item.leaseUntilMs = leaseUntilMs
  return result.claimed
}

/** Makes what earlier processes held due at once. Only for a store that no other live node shares. */
export async function takeUpAbandoned(records: Records, node: string, nowMs: number): Promise<number> {
  let taken = 0
  for (;;) {
    const batch = await records.write(everywhere, async (tx) => {
      let count = 0
      for await (const { key, value } of tx.range(lease.under(), { limit: 500 })) {
        const [holder, id] = key
        if (holder === node) continue
        const work = await tx.get(due(value.kind, value.dueAtMs, id))
        tx.delete(lease(holder, id))
        count++
        if (!work) continue
        tx.delete(due(value.kind, value.dueAtMs, id))
        tx.set(due(value.kind, nowMs, id), { ...work, node: undefined })
      }
      return count
    })
    taken += batch
    if (batch === 0) return taken
  }
}
