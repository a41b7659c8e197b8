import type { Host } from '../../kernel/host.ts'

/** When the node stops, what it has at functions may still end and be settled. */
const drainMs = 3_000

/**
 * What `work` resolves to; once `signal` has aborted, only if that comes soon. Rejects otherwise, and the work is done
 * again by the next process.
 */
export async function whileRunning<T>(work: Promise<T>, host: Host, signal: AbortSignal): Promise<T> {
  const settled = new AbortController()
  const stopped = (async () => {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true, signal: settled.signal })
    })
    await host.clock.until(host.clock.nowMs() + drainMs, settled.signal)
    throw new Error('the node stops')
  })()
  try {
    return await Promise.race([work, stopped])
  } finally {
    settled.abort()
    stopped.catch(() => undefined)
    work.catch(() => undefined)
  }
}
