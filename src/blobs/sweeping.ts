import type { Clock } from '../kernel/clock.ts'
import type { Log } from '../kernel/log.ts'
import type { DiskBlobs } from './disk.ts'

const everyMs = 5 * 60_000

/** Sweeps now and then until the signal aborts; a sweep that fails is told and tried again the next time. */
export async function keepSweeping(blobs: DiskBlobs, clock: Clock, log: Log, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await clock.until(clock.nowMs() + everyMs, signal)
      await blobs.sweep(clock.nowMs())
    } catch (error) {
      if (!signal.aborted) log.error('blobs could not be swept', { error: String(error) })
    }
  }
}
