import type { Store } from '../kernel/store.ts'

/** One committed transaction: what it read, and what it wrote. Every value names the transaction that wrote it. */
export interface Step {
  readonly id: string
  readonly reads: ReadonlyMap<string, string | undefined>
  /** Scans: everything that was there. */
  readonly scans: readonly ReadonlyMap<string, string>[]
  readonly writes: ReadonlyMap<string, string | undefined>
  /** Order in time: one that ended before another began comes before it. */
  readonly began: number
  readonly ended: number
}

const keyCount = 6
const allKeys = Array.from({ length: keyCount }, (_, i) => `h/${i}`)
const bytes = (text: string) => Buffer.from(text)

/** A small generator of repeatable randomness (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Runs concurrent random transactions over a few keys and records them. Starts from no keys at all. */
export async function checkedHistory(store: Store, seed: number): Promise<Step[]> {
  await store.write((tx) => tx.clearRange(bytes('h/'), bytes('h0')))
  const next = random(seed)
  const steps: Step[] = []
  let clock = 0
  const callers = Array.from({ length: 6 }, async (_, caller) => {
    for (let i = 0; i < 5; i++) {
      const id = `${seed}.${caller}.${i}`
      const began = clock++
      const step = await store.write(async (tx) => {
        const reads = new Map<string, string | undefined>()
        const scans: Map<string, string>[] = []
        const writes = new Map<string, string | undefined>()
        const actions = 1 + Math.floor(next() * 5)
        for (let action = 0; action < actions; action++) {
          const key = allKeys[Math.floor(next() * keyCount)]!
          const kind = next()
          if (kind < 0.4) {
            const value = await tx.get(bytes(key))
            if (!writes.has(key)) reads.set(key, value && Buffer.from(value).toString())
          } else if (kind < 0.5 && writes.size === 0) {
            const scan = new Map<string, string>()
            for await (const entry of tx.range({ gte: bytes('h/'), lt: bytes('h0') })) {
              scan.set(Buffer.from(entry.key).toString(), Buffer.from(entry.value).toString())
            }
            scans.push(scan)
          } else if (kind < 0.85) {
            tx.set(bytes(key), bytes(`${id}.${action}`))
            writes.set(key, `${id}.${action}`)
          } else if (kind < 0.95) {
            tx.delete(bytes(key))
            writes.set(key, undefined)
          } else {
            tx.clearRange(bytes('h/'), bytes('h0'))
            for (const each of allKeys) writes.set(each, undefined)
          }
          // Gives others the chance to come in between.
          if (next() < 0.5) await new Promise<void>((resolve) => setImmediate(resolve))
        }
        return { id, reads, scans, writes }
      })
      steps.push({ ...step, began, ended: clock++ })
    }
  })
  await Promise.all(callers)
  return steps
}

/**
 * Whether the steps can be put into one order that respects time and in which every read returns what the last write
 * before it wrote. Searches orders depth first, remembering the dead ends.
 */
export function serialOrder(steps: readonly Step[]): 'serializable' | 'no serial order' {
  const dead = new Set<string>()
  const placed = new Set<number>()

  const fits = (step: Step, state: ReadonlyMap<string, string>) => {
    for (const [key, value] of step.reads) if (state.get(key) !== value) return false
    for (const scan of step.scans) {
      if (scan.size !== state.size) return false
      for (const [key, value] of scan) if (state.get(key) !== value) return false
    }
    return true
  }

  const place = (state: Map<string, string>): boolean => {
    if (placed.size === steps.length) return true
    const situation = [...placed].sort((a, b) => a - b).join() + JSON.stringify([...state].sort())
    if (dead.has(situation)) return false
    let earliestEnd = Number.POSITIVE_INFINITY
    steps.forEach((step, i) => {
      if (!placed.has(i)) earliestEnd = Math.min(earliestEnd, step.ended)
    })
    for (const [i, step] of steps.entries()) {
      if (placed.has(i) || step.began > earliestEnd || !fits(step, state)) continue
      const after = new Map(state)
      for (const [key, value] of step.writes) {
        if (value === undefined) after.delete(key)
        else after.set(key, value)
      }
      placed.add(i)
      if (place(after)) return true
      placed.delete(i)
    }
    dead.add(situation)
    return false
  }
  return place(new Map()) ? 'serializable' : 'no serial order'
}
