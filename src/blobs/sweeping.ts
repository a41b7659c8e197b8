import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { DiskBlobs } from './disk.ts'

const everyMs = 60_000

/** Sweeps now and then every minute of the node's time until the signal aborts; then resolves. A failure is logged, and tried again. */
export async function keepSwept(
  blobs: Pick<DiskBlobs, 'sweep'>,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  // A node that starts has better things to do first.
  await new Promise((resolve) => setImmediate(resolve))
  while (!signal.aborted) {
    try {
      const removed = await blobs.sweep(clock.nowMs())
      if (removed > 0) log.debug('blobs.swept', { removed })
    } catch (error) {
      if (!signal.aborted)
        log.error('blobs.sweep.failed', { error: error instanceof Error ? error.message : String(error) })
    }
    await clock.until(clock.nowMs() + everyMs, signal).catch(() => undefined)
  }
}
