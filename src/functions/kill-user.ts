import { readdir, readFile } from 'node:fs/promises'

/** Ends every process of a user that only one instance has: also those that left the instance's process group. */
export async function killUser(uid: number): Promise<number> {
  let seen = 0
  // A process may fork between being listed and being killed, so until none is found; bounded, since nothing that has
  // RLIMIT_NPROC outruns this for long.
  for (let round = 0; round < 50; round += 1) {
    const pids = await livingProcesses(uid)
    if (pids.length === 0) return seen
    seen += pids.length
    for (const pid of pids) signalProcess(pid, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`processes of user ${uid} do not end`)
}

async function livingProcesses(uid: number): Promise<number[]> {
  const pids: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    // The status says whose it is even when the process made itself unreadable; one that has just ended says nothing.
    const status = await readFile(`/proc/${name}/status`, 'latin1').catch(() => '')
    const [, state, owner] = /^State:\t(\S)[\s\S]*^Uid:\t(\d+)/m.exec(status) ?? []
    if (Number(owner) === uid && state !== 'Z' && state !== 'X') pids.push(Number(name))
  }
  return pids
}

/** Signals a process (or, when negative, a process group); false when it is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
