import { Retry } from '../kernel/delivery.ts'
import type { Host } from '../kernel/host.ts'

const againMs = 100
const running = new WeakMap<Host, Set<string>>()

/**
 * Does the work of a job that this process may do once at a time for `key`. A record that takes the place of another of
 * its key may find that one claimed already, and at work: it waits for its end, by the Retry that is thrown, and does not
 * go, as what the first leaves undone is its to do.
 */
export async function oneAtATime<T>(host: Host, key: string, work: () => Promise<T>): Promise<T> {
  const keys = running.get(host) ?? new Set()
  running.set(host, keys)
  if (keys.has(key)) throw new Retry(host.clock.nowMs() + againMs, 'the same is being done', { counts: false })
  keys.add(key)
  try {
    return await work()
  } finally {
    keys.delete(key)
  }
}
