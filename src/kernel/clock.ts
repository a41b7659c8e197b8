/**
 * The node's time. Everything that waits asks it, so that moving it (in `--dev`) fires schedules, visibility
 * timeouts and retries. Signature freshness and limits of running functions use the wall clock instead.
 */
export interface Clock {
  /**
   * Epoch milliseconds. Never goes backwards within one process, even if the host's clock does: it goes on from where
   * it was then, at half the pace until the host has caught up, so that nothing happens twice and nothing stands still.
   */
  nowMs(): number
  /**
   * Resolves when the node's time reaches `atMs` or is moved past it, or rejects with the signal's reason.
   * Costs one host timer per call: waits on stored things belong in a due record, not here.
   */
  until(atMs: number, signal: AbortSignal): Promise<void>
}

/** A clock whose offset from the host's can be moved forwards. */
export interface MovableClock extends Clock {
  /** Moves the node's time `byMs` (> 0) forwards and wakes whatever that makes due. */
  advance(byMs: number): void
  readonly offsetMs: number
  /** Calls `fn` after every `advance`, until the signal aborts. */
  onAdvance(fn: () => void, signal: AbortSignal): void
}

interface Waiter {
  atMs: number
  wake(): void
}

const longestTimerMs = 2 ** 31 - 1

/** The clock of a node, `offsetMs` ahead of the host's. */
export function createClock(offsetMs = 0, host: () => number = Date.now): MovableClock {
  let offset = offsetMs
  /** What the host's clock said last, and how far it went back that has not been caught up with. */
  let before = 0
  let behindMs = 0
  const waiters = new Set<Waiter>()
  const listeners = new Set<() => void>()

  const clock: MovableClock = {
    get offsetMs() {
      return offset
    },
    nowMs() {
      const now = host()
      if (now < before) behindMs += before - now
      else if (behindMs > 0) behindMs = Math.max(0, behindMs - (now - before) / 2)
      before = now
      return now + offset + Math.ceil(behindMs)
    },
    advance(byMs) {
      if (!(byMs > 0)) throw new RangeError('the clock only moves forwards')
      offset += byMs
      for (const waiter of waiters) waiter.wake()
      for (const listener of listeners) listener()
    },
    onAdvance(fn, signal) {
      if (signal.aborted) return
      listeners.add(fn)
      signal.addEventListener('abort', () => listeners.delete(fn), { once: true })
    },
    until(atMs, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        let timer: NodeJS.Timeout | undefined
        const done = () => {
          clearTimeout(timer)
          waiters.delete(waiter)
          signal.removeEventListener('abort', aborted)
        }
        const aborted = () => {
          done()
          reject(signal.reason)
        }
        const waiter: Waiter = {
          atMs,
          wake() {
            clearTimeout(timer)
            const leftMs = atMs - clock.nowMs()
            if (leftMs <= 0) {
              done()
              resolve()
            } else {
              timer = setTimeout(waiter.wake, Math.min(leftMs, longestTimerMs))
            }
          },
        }
        waiters.add(waiter)
        signal.addEventListener('abort', aborted, { once: true })
        waiter.wake()
      })
    },
  }
  return clock
}
