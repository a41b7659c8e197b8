import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { statusBytes } from './memory-figures.ts'

const mb = 1_048_576
/**
 * Beside a function's memory, for stacks of threads (8 MB each) and what programs that it starts reserve: RLIMIT_DATA counts
 * private mappings that may be written, touched or not, and holds for each process by itself.
 */
const roomMb = 640
/**
 * Worker threads that a Node function may have: each reserves about what the program reserved at its start. Measured
 * (VmData): 47 MB and 15 for each worker with Node 20.20 and 22.23, 560 MB and 526 with Node 24.21, whose V8 maps all
 * of its 512 MB for code so that they may be written.
 */
const nodeWorkers = 8

/** What a process of a function may reserve, where no control group bounds what it holds. `startedWith`: what it had reserved before. */
export function dataLimitBytes(memoryMb: number, runtime: string, startedWith: number): number {
  const workers = runtime.startsWith('nodejs') ? nodeWorkers : 0
  return (memoryMb + roomMb) * mb + startedWith * (1 + workers)
}

/**
 * Bounds what a running program, and each that it starts from now on, may reserve; where less is allowed, that stays. From
 * outside, since a pooled process learns late whose it is, and Node cannot bound itself. Does nothing where there is no
 * prlimit (util-linux): memory is watched all the same. Resolves when it holds: what the program has started before is not bounded.
 */
export async function limitData(pid: number, limit: (startedWith: number) => number): Promise<void> {
  const bytes = limit(statusBytes(pid, 'VmData'))
  if (bytes >= allowed(pid)) return
  await new Promise<void>((done) => void execFile('prlimit', ['--pid', String(pid), `--data=${bytes}`], () => done()))
}

function allowed(pid: number): number {
  try {
    const [, hard] = /^Max data size\s+\S+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'latin1')) ?? []
    return Number(hard ?? Number.POSITIVE_INFINITY)
  } catch {
    return 0 // it has ended, or the host has no /proc: there is nothing to bound
  }
}
