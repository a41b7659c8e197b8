import type { JobCtx } from '../kernel/delivery.ts'
import type { Host } from '../kernel/host.ts'
import type { KeyPart, KeyRange, ReadTx } from '../kernel/records.ts'

/** Something that is polled for as long as it is switched on: a mapping, a pipe. */
export interface Poller<T> {
  /** Of the jobs of one key the later goes on. */
  readonly key: string
  /** As it is now; undefined when it is not polled (any more). */
  look(tx: ReadTx): Promise<T | undefined>
  /** Where it stands. */
  readonly range: KeyRange<unknown, readonly KeyPart[]>
  /** Whether polling may go on with what was looked at before. */
  isSame(before: T, now: T): boolean
  /** Polls until `signal` aborts, at a change or with `stop`: the node stops, or another job has taken over. */
  poll(current: T, signal: AbortSignal, stop: AbortSignal): Promise<void>
  /** Says why it does not get on. */
  explain(current: T, error: Error): Promise<void>
}

/** The pollers of a node: one that is switched off and on again is there once. */
const active = new WeakMap<Host, Map<string, AbortController>>()
const longestPauseMs = 60_000

/** Polls until that is switched off, beginning again when it changes, and ever more seldom when it fails. */
export async function keepPolling<T>({ host, scope, signal }: JobCtx, poller: Poller<T>): Promise<void> {
  const pollers = active.get(host) ?? new Map<string, AbortController>()
  active.set(host, pollers)
  pollers.get(poller.key)?.abort()
  const own = new AbortController()
  pollers.set(poller.key, own)
  const stop = AbortSignal.any([signal, own.signal])
  let failures = 0
  try {
    while (!stop.aborted) {
      const current = await host.records.read(scope, (tx) => poller.look(tx))
      if (current === undefined) return
      try {
        await pollUntilChanged(host, scope, poller, current, stop)
        failures = 0
      } catch (error) {
        if (stop.aborted) break
        failures += 1
        await poller.explain(current, error as Error)
        const pauseMs = Math.min(longestPauseMs, 1_000 * 2 ** Math.min(failures, 6))
        await host.clock.until(host.clock.nowMs() + pauseMs, stop).catch(() => undefined)
      }
    }
  } finally {
    if (pollers.get(poller.key) === own) pollers.delete(poller.key)
  }
}

async function pollUntilChanged<T>(
  host: Host,
  scope: JobCtx['scope'],
  { look, range, isSame, poll }: Poller<T>,
  current: T,
  stop: AbortSignal,
): Promise<void> {
  const changed = new AbortController()
  const signal = AbortSignal.any([stop, changed.signal])
  const watch = async () => {
    try {
      for await (const _ of host.records.watch(scope, range, signal)) {
        const now = await host.records.read(scope, look)
        if (now === undefined || !isSame(current, now)) return changed.abort()
      }
    } catch (error) {
      // Without the watch a change would go unnoticed: begin again.
      if (!signal.aborted) changed.abort(error)
    }
  }
  const watching = watch()
  try {
    await poll(current, signal, stop)
  } finally {
    changed.abort()
    await watching
  }
}
