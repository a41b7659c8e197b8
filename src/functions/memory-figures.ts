import { readFileSync } from 'node:fs'
import type { Cgroup } from './cgroup.ts'
import { descendant } from './program-pid.ts'

/** What an instance holds of memory, in bytes; 0 when unknown. */
export interface MemoryFigures {
  peakBytes(): number
  residentBytes(): number
}

export interface Measured {
  readonly pid: number
  /** How many generations below `pid` the program is. */
  readonly generations: number
  readonly cgroup: Cgroup | undefined
  /** The part of its memory that is the program's and not the function's. */
  readonly overheadBytes: number
  alive(): boolean
}

type StatusFigure = 'VmHWM' | 'VmRSS' | 'VmData'

/** What the kernel tells of one process's memory; 0 when it has ended, or the host has no /proc. */
export function statusBytes(pid: number, name: StatusFigure): number {
  try {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
    return Number(found?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

/** How long a reading of the peak memory serves. */
const peakReadEveryMs = 250

/** Reads the figures of one instance: its program's own where that is the function, else its group's. */
export function memoryFigures({ pid, generations, cgroup, overheadBytes, alive }: Measured): MemoryFigures {
  let program = generations === 0 ? pid : undefined
  let peak = { bytes: 0, readAtMs: 0 }
  const status = (name: StatusFigure) => {
    program ??= descendant(pid, generations)
    return program === undefined ? 0 : statusBytes(program, name)
  }
  return {
    peakBytes() {
      const nowMs = performance.now()
      // It only grows: calls that follow at once share a reading, which costs as much as the rest of a short call.
      if (alive() && peak.bytes > 0 && nowMs - peak.readAtMs < peakReadEveryMs) return peak.bytes
      // An ended program has no status, and one with overhead is not the function: the group knows of all in it.
      const own = overheadBytes === 0 ? status('VmHWM') : 0
      peak = { bytes: own || Math.max(0, (cgroup?.peakBytes() ?? 0) - overheadBytes), readAtMs: nowMs }
      return peak.bytes
    },
    residentBytes: () =>
      Math.max(0, (generations > 0 && cgroup ? cgroup.heldBytes() : status('VmRSS')) - overheadBytes),
  }
}
