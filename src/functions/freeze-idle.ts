import type { Idle } from './groups.ts'

/** An instance without work is stopped after this long: one that is busy is spared what stopping costs. */
const freezeAfterMs = 100

/** Freezes what stays idle. Nothing runs while everything is busy or frozen. */
export interface FreezeIdle {
  add(entry: Idle): void
  /** It has work, or ends. */
  remove(entry: Idle): void
  stop(): void
}

export function createFreezeIdle(): FreezeIdle {
  /** Idle instances that still run, the longest idle one first. */
  const thawed = new Set<Idle>()
  let timer: NodeJS.Timeout | undefined
  const freeze = () => {
    const hostNow = performance.now()
    for (const entry of thawed) {
      if (hostNow - entry.sinceHost < freezeAfterMs) break
      thawed.delete(entry)
      entry.instance.process.freeze()
    }
    timer = thawed.size > 0 ? setTimeout(freeze, freezeAfterMs) : undefined
  }
  return {
    add(entry) {
      thawed.add(entry)
      timer ??= setTimeout(freeze, freezeAfterMs)
    },
    remove: (entry) => void thawed.delete(entry),
    stop: () => clearTimeout(timer),
  }
}
