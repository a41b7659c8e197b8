import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Cgroup, memoryGroupOf } from './cgroup.ts'
import { type MemoryFigures, statusBytes } from './memory-figures.ts'

/** The file that tells the first process of the container of the instance with this folder. */
export const pidFileIn = (tmpDir: string) => join(tmpDir, 'pid')

/** What a container holds, once the engine has written its first process into the file. Its `/tmp`, which is memory as well, is not counted. */
export function containerMemory(pidFile: string): MemoryFigures {
  let found: { pid: number; group: Pick<Cgroup, 'heldBytes'> | undefined } | undefined
  let peak = 0
  const look = () => {
    found ??= read(pidFile)
    return found
  }
  const residentBytes = () => look()?.group?.heldBytes() ?? 0
  return {
    residentBytes,
    peakBytes() {
      const pid = look()?.pid
      if (pid !== undefined) peak = Math.max(peak, statusBytes(pid, 'VmHWM'), residentBytes())
      return peak
    },
  }
}

function read(pidFile: string) {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'))
    return pid > 0 ? { pid, group: memoryGroupOf(pid) } : undefined
  } catch {
    // Not started yet, or an engine that tells nothing.
    return undefined
  }
}
