import { signalProcess } from './kill-user.ts'
import { descendant } from './program-pid.ts'

/** Stops and continues an instance's processes. */
export interface Freezer {
  freeze(): void
  thaw(): void
}

export interface FreezerOptions {
  /** The process that was started, which leads its group. */
  readonly pid: number
  /** How many generations below it the program is: those above only wait for its end. */
  readonly generations: number
  /** Everything that belongs to the instance; absent where that is not known, and then its process group is stopped. */
  pids?(): readonly number[]
}

/** A program that forks while it is being stopped is met again; bounded, since each round stops who could fork. */
const mostRounds = 10

/**
 * SIGSTOP for each process, and not the kernel's freezer: it costs a tenth, an end by SIGKILL is not put off (so nothing
 * is left of a node that is killed), and those that watch the program go on, so that its end is noticed meanwhile.
 */
export function createFreezer({ pid, generations, pids }: FreezerOptions): Freezer {
  const stopped = new Set<number>()
  const stopAll = (list: () => readonly number[]) => {
    const watchers = new Set<number>()
    for (let above = 0; above < generations; above += 1) watchers.add(descendant(pid, above) ?? pid)
    for (let round = 0; round < mostRounds; round += 1) {
      const found = list().filter((one) => !watchers.has(one) && !stopped.has(one))
      if (found.length === 0) return
      for (const one of found) {
        stopped.add(one)
        signalProcess(one, 'SIGSTOP')
      }
    }
  }
  return {
    freeze() {
      if (stopped.size > 0) return
      if (pids) stopAll(pids)
      else if (signalProcess(-pid, 'SIGSTOP')) stopped.add(-pid)
    },
    thaw() {
      for (const one of stopped) signalProcess(one, 'SIGCONT')
      stopped.clear()
    },
  }
}
