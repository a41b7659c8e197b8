import { readdirSync, readFileSync } from 'node:fs'

/** Fields of /proc/PID/stat after the name, which may hold anything; undefined for a process that has ended. */
function statOf(pid: number | string): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

/** User and system time that a process has spent, all its threads, in seconds (the kernel counts ticks of 10 ms). */
export function cpuOfProcess(pid: number): number {
  const stat = statOf(pid)
  if (!stat) throw new Error(`process ${pid} has ended`)
  return (Number(stat[11]) + Number(stat[12])) / 100
}

/** The same of a process and all its descendants, with those that have ended and were waited for. */
export function cpuOfTree(pid: number): number {
  return (
    treeOf(pid).reduce((ticks, { stat }) => ticks + stat.slice(11, 15).reduce((sum, n) => sum + Number(n), 0), 0) / 100
  )
}

/** Ends a process and all its descendants at once. */
export function killTree(pid: number): void {
  for (const { id } of treeOf(pid)) {
    try {
      process.kill(id, 'SIGKILL')
    } catch {} // ended by itself in the meantime
  }
}

/** What a process holds in memory (resident), in MiB; the pages of the store's file that are mapped are in it. */
export const residentMb = (pid: number) => statusMb(pid, 'VmRSS')

/** The same without mapped files: the heap, buffers and stacks. */
export const anonymousMb = (pid: number) => statusMb(pid, 'RssAnon')

function statusMb(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
}

/** A process and its descendants. */
export function treeOf(pid: number): { readonly id: number; readonly stat: readonly string[] }[] {
  const all = readdirSync('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? statOf(name) : undefined
    return stat ? [{ id: Number(name), parent: Number(stat[1]), stat }] : []
  })
  const tree = all.filter(({ id }) => id === pid)
  for (const { id } of tree) tree.push(...all.filter(({ parent }) => parent === id))
  return tree
}
