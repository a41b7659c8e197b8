import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The control group of one instance: bounds and measures the memory of it and of all it starts. */
export interface Cgroup {
  /** A process that writes its id here is in the group, and so is whatever it starts. */
  readonly procsFile: string
  /** Bounds memory (no swap). Throws when more is in use already. A group that exceeds it has processes killed by the kernel. */
  limit(bytes: number): void
  /** Bytes of memory that are no files (and so neither caches nor a `/tmp` in memory), 0 when unknown. */
  heldBytes(): number
  /** Bytes in use at the highest, 0 when unknown. */
  peakBytes(): number
  /** Removes the group. False while processes are still ending in it. */
  remove(): boolean
}

export interface Cgroups {
  readonly version: 1 | 2
  create(name: string): Cgroup
}

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

/** A name for a node's groups that says whose they are. */
export function cgroupName(pid: number, nonce: string): string {
  return `landfall-${pid}-${nonce}`
}

/** Removes the groups of nodes that were killed. */
function removeStale(root: string): void {
  for (const name of readdirSync(root)) {
    const pid = /^landfall-(\d+)-/.exec(name)?.[1]
    if (!pid || existsSync(`/proc/${pid}`)) continue
    for (const child of readdirSync(join(root, name), { withFileTypes: true })) {
      if (child.isDirectory()) removed(join(root, name, child.name))
    }
    removed(join(root, name))
  }
}

/** The memory controller, if this process may make groups in it; a sentence on why not otherwise. */
export function openCgroups(name: string): Cgroups | string {
  const v2 = '/sys/fs/cgroup'
  const v1 = '/sys/fs/cgroup/memory'
  try {
    if (existsSync(join(v1, 'memory.limit_in_bytes'))) {
      removeStale(v1)
      mkdirSync(join(v1, name), { recursive: true })
      return { version: 1, create: (child) => group1(join(v1, name, child)) }
    }
    if (read(join(v2, 'cgroup.controllers')).split(/\s/).includes('memory')) {
      writeFileSync(join(v2, 'cgroup.subtree_control'), '+memory')
      removeStale(v2)
      mkdirSync(join(v2, name), { recursive: true })
      writeFileSync(join(v2, name, 'cgroup.subtree_control'), '+memory')
      return { version: 2, create: (child) => group2(join(v2, name, child)) }
    }
    return 'the kernel offers no memory controller'
  } catch (error) {
    return `control groups are not ours to make (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`
  }
}

/** Removes the folder that `openCgroups` made, when it is empty. */
export function closeCgroups(cgroups: Cgroups, name: string): void {
  removed(join(cgroups.version === 1 ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup', name))
}

function removed(dir: string): boolean {
  try {
    rmdirSync(dir)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

function group1(dir: string): Cgroup {
  mkdirSync(dir, { recursive: true })
  return {
    procsFile: join(dir, 'cgroup.procs'),
    limit(bytes) {
      writeFileSync(join(dir, 'memory.limit_in_bytes'), String(bytes))
      writeIfThere(join(dir, 'memory.memsw.limit_in_bytes'), String(bytes))
    },
    heldBytes: () => figure(join(dir, 'memory.stat'), 'total_rss'),
    peakBytes: () => Number(read(join(dir, 'memory.max_usage_in_bytes'))) || 0,
    remove: () => removed(dir),
  }
}

function group2(dir: string): Cgroup {
  mkdirSync(dir, { recursive: true })
  return {
    procsFile: join(dir, 'cgroup.procs'),
    limit(bytes) {
      writeFileSync(join(dir, 'memory.max'), String(bytes))
      writeIfThere(join(dir, 'memory.swap.max'), '0')
    },
    heldBytes: () => figure(join(dir, 'memory.stat'), 'anon'),
    peakBytes: () => Number(read(join(dir, 'memory.peak'))) || 0,
    remove: () => removed(dir),
  }
}
