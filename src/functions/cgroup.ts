import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CpuShare } from './cpu-share.ts'
import { signalProcess } from './kill-user.ts'

/** The control group of one instance: bounds and measures the memory and processor time of it and of all it starts. */
export interface Cgroup {
  /** A process that writes its id to each of these is in the group, and so is whatever it starts. No spaces in them. */
  readonly procsFiles: readonly string[]
  /** Bounds memory (no swap). Throws when more is in use already. A group that exceeds it has processes killed by the kernel. */
  limit(bytes: number): void
  /** Gives it processors: a share of 1 is as much as any process of the host gets when they are scarce. */
  limitCpu(limit: CpuShare): void
  /** The processes in it, by the ids of the host. */
  pids(): number[]
  /** Bytes of memory that are no files (and so neither caches nor a `/tmp` in memory), 0 when unknown. */
  heldBytes(): number
  /** Bytes in use at the highest, 0 when unknown. */
  peakBytes(): number
  /** Removes the group. False while processes are still ending in it. */
  remove(): boolean
}

export interface Cgroups {
  readonly version: 1 | 2
  /** False where only memory can be bounded. */
  readonly cpu: boolean
  create(name: string): Cgroup
  /** Removes the folders of the node's own, when they are empty. */
  close(): void
}

/** Over which the kernel counts a group's processor time. */
const periodUs = 100_000

const read = (path: string) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // A file that this kernel does not have, or a group that is gone: no figure.
    return ''
  }
}
/** One line of a file of `name number` lines. */
const figure = (path: string, name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(read(path))?.[1] ?? 0)
const writeIfThere = (path: string, text: string) => {
  if (existsSync(path)) writeFileSync(path, text)
}
/** The processes that a file names. Those of other pid namespaces are all 0 in it, which no signal may be sent to: it is our own group. */
export const idsIn = (procsFile: string) =>
  read(procsFile)
    .split('\n')
    .map(Number)
    .filter((id) => id > 0)

/** Which processes this one's ids are of: containers have ids of their own, and may all the same share the folder of groups. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
  } catch {
    return '0' // no Linux, no groups
  }
}

/** A name for a node's groups that says whose they are. */
export function cgroupName(pid: number, nonce: string): string {
  return `landfall-${pidNamespace()}-${pid}-${nonce}`
}

/** Ends what nodes that were killed have left running, and removes their groups; of those whose ids mean the same here. */
export function removeStale(root: string): void {
  const own = pidNamespace()
  for (const name of readdirSync(root)) {
    const [, namespace, pid] = /^landfall-(\d+)-(\d+)-/.exec(name) ?? []
    if (namespace !== own || existsSync(`/proc/${pid}`)) continue
    for (const child of readdirSync(join(root, name), { withFileTypes: true })) {
      if (!child.isDirectory()) continue
      const dir = join(root, name, child.name)
      for (const left of idsIn(join(dir, 'cgroup.procs'))) signalProcess(left, 'SIGKILL')
      removed(dir)
    }
    removed(join(root, name))
  }
}

/** The controllers of memory and processors, if this process may make groups in them; a sentence on why not otherwise. */
export function openCgroups(name: string): Cgroups | string {
  const v2 = '/sys/fs/cgroup'
  const v1 = join(v2, 'memory')
  try {
    if (existsSync(join(v1, 'memory.limit_in_bytes'))) {
      const memory = folderIn(v1, name)
      const cpu = cpuFolder1(join(v2, 'cpu'), name)
      return {
        version: 1,
        cpu: cpu !== undefined,
        create: (child) => group1(join(memory, child), cpu && join(cpu, child)),
        close() {
          for (const dir of [memory, cpu]) if (dir) removed(dir)
        },
      }
    }
    const controllers = read(join(v2, 'cgroup.controllers')).split(/\s/)
    if (controllers.includes('memory')) {
      const cpu = controllers.includes('cpu')
      const wanted = cpu ? '+memory +cpu' : '+memory'
      const dir = folderIn(delegated(v2, name, wanted), name)
      writeFileSync(join(dir, 'cgroup.subtree_control'), wanted)
      return { version: 2, cpu, create: (child) => group2(join(dir, child)), close: () => void removed(dir) }
    }
    return 'the kernel offers no memory controller'
  } catch (error) {
    return `control groups are not ours to make (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`
  }
}

/** The group that a program of somebody else's was put in, as far as its memory goes; undefined when it has none of its own. */
export function memoryGroupOf(pid: number): Pick<Cgroup, 'heldBytes'> | undefined {
  const of = (process: number | 'self', group: RegExp) => group.exec(read(`/proc/${process}/cgroup`))?.[1]
  const [v1, v2] = [/^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m, /^0::(.*)$/m]
  const group = of(pid, v1) === undefined ? v2 : v1
  const path = of(pid, group)
  if (path === undefined || path === of('self', group)) return undefined
  return group === v1 ? group1Memory(join('/sys/fs/cgroup/memory', path)) : group2Memory(join('/sys/fs/cgroup', path))
}

const group1Memory = (dir: string) => ({ heldBytes: () => figure(join(dir, 'memory.stat'), 'total_rss') })
const group2Memory = (dir: string) => ({ heldBytes: () => figure(join(dir, 'memory.stat'), 'anon') })

/**
 * The group below which the node may make its own: the root of what it sees, or else the one that it was given
 * (`Delegate=yes` of systemd, a container). A group shares out what it has only when no process is in it itself, so
 * that those of one that was given move to a group below it.
 * https://docs.kernel.org/admin-guide/cgroup-v2.html#no-internal-process-constraint
 */
function delegated(root: string, name: string, wanted: string): string {
  const share = (group: string) => writeFileSync(join(group, 'cgroup.subtree_control'), wanted)
  try {
    share(root)
    return root
  } catch {
    const own = /^0::(.*)$/m.exec(read('/proc/self/cgroup'))?.[1] ?? ''
    // The shell that starts this node may have been moved by one before.
    const given = join(root, own.replace(/\/landfall-[\w-]+-node$/, ''))
    const ids = idsIn(join(given, 'cgroup.procs'))
    const within = join(given, `${name}-node`)
    if (ids.length > 0) mkdirSync(within)
    for (const id of ids) writeFileSync(join(within, 'cgroup.procs'), String(id))
    share(given)
    return given
  }
}

function folderIn(root: string, name: string): string {
  removeStale(root)
  mkdirSync(join(root, name), { recursive: true })
  return join(root, name)
}

/** Undefined where processors are not ours to share out: memory still is bounded then. */
function cpuFolder1(root: string, name: string): string | undefined {
  try {
    return existsSync(join(root, 'cpu.shares')) ? folderIn(root, name) : undefined
  } catch {
    return undefined
  }
}

function removed(dir: string): boolean {
  try {
    rmdirSync(dir)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

function group1(dir: string, cpuDir: string | undefined): Cgroup {
  const dirs = cpuDir ? [dir, cpuDir] : [dir]
  for (const one of dirs) mkdirSync(one, { recursive: true })
  return {
    procsFiles: dirs.map((one) => join(one, 'cgroup.procs')),
    limit(bytes) {
      writeFileSync(join(dir, 'memory.limit_in_bytes'), String(bytes))
      writeIfThere(join(dir, 'memory.memsw.limit_in_bytes'), String(bytes))
    },
    limitCpu({ share, cores }) {
      if (!cpuDir) return
      writeFileSync(join(cpuDir, 'cpu.shares'), String(Math.max(2, Math.round(1024 * share))))
      writeIfThere(join(cpuDir, 'cpu.cfs_quota_us'), quota(cores))
    },
    pids: () => idsIn(join(dir, 'cgroup.procs')),
    ...group1Memory(dir),
    peakBytes: () => Number(read(join(dir, 'memory.max_usage_in_bytes'))) || 0,
    remove: () => dirs.map(removed).every(Boolean),
  }
}

function group2(dir: string): Cgroup {
  mkdirSync(dir, { recursive: true })
  return {
    procsFiles: [join(dir, 'cgroup.procs')],
    limit(bytes) {
      writeFileSync(join(dir, 'memory.max'), String(bytes))
      writeIfThere(join(dir, 'memory.swap.max'), '0')
    },
    limitCpu({ share, cores }) {
      writeIfThere(join(dir, 'cpu.weight'), String(Math.min(10_000, Math.max(1, Math.round(100 * share)))))
      writeIfThere(join(dir, 'cpu.max'), `${quota(cores)} ${periodUs}`)
    },
    pids: () => idsIn(join(dir, 'cgroup.procs')),
    ...group2Memory(dir),
    peakBytes: () => Number(read(join(dir, 'memory.peak'))) || 0,
    remove: () => removed(dir),
  }
}

/** Removes the group of an instance that has ended: the last processes leave it a moment later. */
export async function removeEmptied(cgroup: Cgroup): Promise<void> {
  for (let tries = 0; !cgroup.remove() && tries < 100; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The kernel takes no less than a hundredth of a core. */
const quota = (cores: number) => String(Math.max(1_000, Math.round(cores * periodUs)))
