import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What one container may use. */
export interface Confines {
  readonly memoryMb: number
  readonly tmpMb: number
  readonly processors: number
}

/** How the engine's program has to be asked on this host. */
export interface EngineManner {
  /** Options of the program itself, before its command. */
  readonly global: readonly string[]
  /** False where the host lets this user bound everything but processor time: rootless podman, as systemd sets it up. */
  readonly boundsProcessors: boolean
}

export const usualManner: EngineManner = { global: [], boundsProcessors: true }

const mostProcesses = 1_024
const mostFiles = 1_024

/** The words that run a container with nothing of the host and no more than its share. */
export function confinedRun(kind: 'podman' | 'docker', manner: EngineManner, confines: Confines): string[] {
  const { memoryMb, tmpMb, processors } = confines
  const root = process.getuid?.() === 0
  return [
    ...[...manner.global, 'run', '--rm', '--pull=never'],
    // Who removes one has waited for it already; most programs have no handler for SIGTERM, and engines wait 10 seconds.
    '--stop-signal=SIGKILL',
    // The engine would keep what is printed in a file without bound; the supervisor reads it.
    '--log-driver=none',
    // Podman would copy what the image has at /tmp into it, and give memory to write to at /run and /var/tmp as well.
    ...['--read-only', '--tmpfs', `/tmp:rw,mode=1777,size=${tmpMb}m${kind === 'podman' ? ',notmpcopyup' : ''}`],
    ...(kind === 'podman' ? ['--read-only-tmpfs=false'] : []),
    ...['--cap-drop=all', '--security-opt=no-new-privileges'],
    ...[`--pids-limit=${mostProcesses}`, `--ulimit=nofile=${mostFiles}:${mostFiles}`],
    // Counted by user: of a node that is not root, everything else of that user would count as well.
    ...(root ? [`--ulimit=nproc=${mostProcesses}:${mostProcesses}`] : []),
    // The kernel does not tell memory from files in memory: it bounds both together, and the first is watched.
    ...[`--memory=${memoryMb + tmpMb}m`, `--memory-swap=${memoryMb + tmpMb}m`],
    ...(manner.boundsProcessors ? [`--cpus=${processors}`] : []),
    ...(root || kind === 'docker' ? [] : ['--userns=keep-id']),
  ]
}

/** Podman's answer when a container was set up whole, and the program in it is not there. */
const notFound = 127
/** Podman's own choice first; runc where crun refuses the host (control groups v1 and v2 at once, for one). */
const manners: readonly EngineManner[] = [
  usualManner,
  { global: ['--runtime', 'runc'], boundsProcessors: true },
  { global: [], boundsProcessors: false },
]

/**
 * Finds out how podman starts containers on this host, by starting one of an empty folder, which ends at once since nothing
 * is in it; a sentence when it starts none. That podman itself works says little: what refuses is the kernel, or the OCI runtime.
 */
export async function tryManners(
  run: (args: readonly string[]) => Promise<{ status: number; error?: string }>,
): Promise<EngineManner | string> {
  const dir = await mkdtemp(join(tmpdir(), 'landfall-container-'))
  try {
    const reasons: string[] = []
    for (const manner of manners) {
      const words = confinedRun('podman', manner, { memoryMb: 64, tmpMb: 1, processors: 1 })
      const { status, error } = await run([...words, '--network=host', '--rootfs', dir, '/landfall-asks'])
      if (status === notFound) return manner
      reasons.push(error ?? `exit status ${status}`)
    }
    return `it starts no container: ${reasons[0]}`
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
