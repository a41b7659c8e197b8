import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Folders and files that instances need, as the node sees them. */
export interface Assets {
  readonly nodeBinary: string
  /** The runtimes' bootstrap programs. */
  readonly runtimesDir: string
  /** `node_modules` with the SDK that Node functions get. */
  readonly modulesDir: string
  /** Where extracted code is. */
  readonly codeRoot: string
}

/** How instances are kept apart from the node and from each other on this host. */
export interface Isolation {
  readonly kind: 'uid' | 'none'
  /** One sentence: what is active, and why not more. */
  readonly reason: string
  /** The same assets as an instance sees them. */
  readonly inside: Assets
  /** The command that starts `argv` as instance `slot`. `tmpDir` becomes its `/tmp` where that can be done. */
  command(slot: number, tmpDir: string, cgroupProcs: string | undefined, argv: readonly string[]): SpawnCommand
  /** The folder of the host that an instance with this `tmpDir` has as its `/opt`; undefined where it has none. */
  optDir(tmpDir: string): string | undefined
  /** Makes the folders that are to be the instance's own. */
  makeTmp(slot: number, tmpDir: string): Promise<void>
  /** Kills whatever still runs as this instance's user. Resolves to how many processes there were. */
  sweep(slot: number): Promise<number>
}

export interface SpawnCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly uid?: number
  readonly gid?: number
  /** True when the program enters its control group by itself. */
  readonly joinsCgroup: boolean
  /** What `TMPDIR` is inside. */
  readonly tmpDir: string
}

/** Where the instance's view of the assets is mounted, in its own mount namespace. */
const hub = '/mnt'
/** Process and file limits of Lambda. dash and bash spell the first differently. */
const limits = 'ulimit -c 0; ulimit -n 1024; ulimit -u 1024 2>/dev/null || ulimit -p 1024 2>/dev/null || true'

/** The kernel ends an instance whose node is gone, so that a node killed with SIGKILL leaves nothing running. */
const guard = '--pdeathsig KILL'

/**
 * Run as root inside a fresh mount namespace: the assets are bound under a hub of their own, so that it does not matter
 * which of the folders above them others may enter; the instance's folder covers /tmp; then every privilege goes.
 */
const enter = `set -eu
stage=$1 tmp=$2 uid=$3 node=$4 runtimes=$5 modules=$6 code=$7 procs=$8 opt=$9
shift 9
if [ -n "$procs" ]; then echo $$ > "$procs"; fi
mount -t tmpfs -o mode=755,size=1m landfall "$stage"
mkdir "$stage/runtimes" "$stage/lib" "$stage/lib/node_modules" "$stage/code"
: > "$stage/node"
mount --bind "$node" "$stage/node"
mount --bind "$runtimes" "$stage/runtimes"
mount --bind "$modules" "$stage/lib/node_modules"
mount --bind "$code" "$stage/code"
mount --move "$stage" ${hub}
if [ -n "$opt" ]; then
  mkdir ${hub}/opt
  mount --bind "$opt" ${hub}/opt
fi
mount --bind "$tmp" /tmp
if [ -n "$opt" ]; then
  mount --move ${hub}/opt /opt
  export LD_LIBRARY_PATH=/opt/lib
fi
cd /tmp
unset PWD OLDPWD
${limits}
exec setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all ${guard} -- "$@"`

/** Used where there are no mount namespaces: the user is changed by the caller. The guard only where there is one. */
const limited = `${limits}
if setpriv --no-new-privs ${guard} true 2>/dev/null; then exec setpriv --no-new-privs ${guard} -- "$@"; fi
exec "$@"`
/** For the node's own user, whose other processes count against the same limits. */
const bare = `ulimit -c 0
if setpriv ${guard} true 2>/dev/null; then exec setpriv ${guard} -- "$@"; fi
exec "$@"`

export interface IsolationOptions {
  readonly assets: Assets
  /** An empty folder of the node's own, for mount points. */
  readonly stageDir: string
  /** User ids from here on are used, one per slot; no other node on this host may use the same. */
  readonly firstUid: number
  /** False: never try, as `--no-isolation` asks. */
  readonly wanted: boolean
}

/** Finds out what this host allows. */
export async function detectIsolation(options: IsolationOptions): Promise<Isolation> {
  const { assets, stageDir, firstUid } = options
  await mkdir(stageDir, { recursive: true, mode: 0o700 })
  if (!options.wanted) return none(assets, 'isolation was switched off with --no-isolation')
  if (process.platform !== 'linux') return none(assets, 'separate users per instance need Linux')
  if (process.getuid?.() !== 0)
    return none(assets, 'the node does not run as root, so it cannot start instances as other users')
  const namespaced = uidInNamespace(assets, stageDir, firstUid)
  const probeDir = join(stageDir, 'probe')
  await namespaced.makeTmp(0, probeDir)
  const probe = namespaced.command(0, probeDir, undefined, [namespaced.inside.nodeBinary, '-p', 'process.getuid()'])
  const tried = spawnSync(probe.file, probe.args, {
    encoding: 'utf8',
    timeout: 10_000,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  })
  for (const dir of [probeDir, namespaced.optDir(probeDir)]) {
    if (dir) await rm(dir, { recursive: true, force: true })
  }
  if (tried.status === 0 && tried.stdout.trim() === String(firstUid)) return namespaced
  const why = (tried.error?.message ?? tried.stderr.trim().split('\n').at(-1) ?? '').slice(0, 200)
  const closed = await closedToOthers([assets.nodeBinary, assets.runtimesDir, assets.modulesDir, assets.codeRoot])
  if (closed) return none(assets, `other users cannot enter ${closed}, and mount namespaces are not available (${why})`)
  return plainUid(
    assets,
    firstUid,
    `each instance runs as a user of its own but shares /tmp: mount namespaces are not available (${why})`,
  )
}

function none(assets: Assets, reason: string): Isolation {
  return {
    kind: 'none',
    reason: `instances run as the node's own user: ${reason}`,
    inside: assets,
    command: (_slot, tmpDir, _procs, argv) => ({
      file: '/bin/sh',
      args: ['-c', bare, 'landfall', ...argv],
      tmpDir,
      joinsCgroup: false,
    }),
    optDir: () => undefined,
    makeTmp: async (_slot, tmpDir) => void (await mkdir(tmpDir, { recursive: true, mode: 0o700 })),
    sweep: async () => 0,
  }
}

function uidInNamespace(assets: Assets, stageDir: string, firstUid: number): Isolation {
  const optDir = existsSync('/opt') ? (tmpDir: string) => `${tmpDir}-opt` : () => undefined
  return {
    kind: 'uid',
    reason:
      'each instance runs as a user of its own, with its own /tmp, without any privilege (the full sandbox is to come)',
    inside: {
      nodeBinary: `${hub}/node`,
      runtimesDir: `${hub}/runtimes`,
      modulesDir: `${hub}/lib/node_modules`,
      codeRoot: `${hub}/code`,
    },
    command: (slot, tmpDir, procs, argv) => ({
      file: 'unshare',
      args: [
        ...['--mount', '/bin/sh', '-c', enter, 'landfall', stageDir, tmpDir, String(firstUid + slot)],
        ...[assets.nodeBinary, assets.runtimesDir, assets.modulesDir, assets.codeRoot, procs ?? ''],
        ...[optDir(tmpDir) ?? '', ...argv],
      ],
      tmpDir: '/tmp',
      joinsCgroup: true,
    }),
    optDir,
    async makeTmp(slot, tmpDir) {
      await ownFolder(tmpDir, firstUid + slot)
      const opt = optDir(tmpDir)
      // Root's: what layers bring is not the instance's to change.
      if (opt) await mkdir(join(opt, 'lib'), { recursive: true, mode: 0o755 })
    },
    sweep: (slot) => killUser(firstUid + slot),
  }
}

function plainUid(assets: Assets, firstUid: number, reason: string): Isolation {
  return {
    kind: 'uid',
    reason,
    inside: assets,
    command: (slot, tmpDir, _procs, argv) => ({
      file: '/bin/sh',
      args: ['-c', limited, 'landfall', ...argv],
      uid: firstUid + slot,
      gid: firstUid + slot,
      tmpDir,
      joinsCgroup: false,
    }),
    optDir: () => undefined,
    makeTmp: (slot, tmpDir) => ownFolder(tmpDir, firstUid + slot),
    sweep: (slot) => killUser(firstUid + slot),
  }
}

async function ownFolder(path: string, uid: number): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await chown(path, uid, uid)
  await chmod(path, 0o700)
}

/** The first folder on the way to one of `paths` that other users may not pass, or file that they may not read. */
async function closedToOthers(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    for (let at = path; ; at = dirname(at)) {
      const { mode } = await stat(at)
      if ((mode & 0o001) === 0) return at
      if (at === dirname(at)) break
    }
  }
  return undefined
}

/** Ends every process of a user that only one instance has: also those that left the instance's process group. */
async function killUser(uid: number): Promise<number> {
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

/**
 * The host's Python 3: the distribution's rather than a version manager's shim, which is several times slower; and one
 * that instances may run, when they are other users (`shared`).
 */
export async function findPython(shared: boolean): Promise<string | undefined> {
  for (const path of ['/usr/bin/python3', '/usr/local/bin/python3', '/opt/homebrew/bin/python3']) {
    if (existsSync(path)) return path
  }
  const found = await new Promise<string | undefined>((resolve) => {
    const child = spawn('python3', ['-c', 'import sys; print(sys.executable)'], { stdio: ['ignore', 'pipe', 'ignore'] })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk
    })
    child.on('error', () => resolve(undefined))
    child.on('close', (code) => resolve(code === 0 ? out.trim() : undefined))
  })
  return found && shared && (await closedToOthers([found])) ? undefined : found
}

/** A descriptor by number and by what it is open on, so that another of the same number is not taken for it. */
export type Inherited = readonly [fd: number, dev: number, ino: number]

/**
 * Descriptors above the channel's that this process hands to its children: those it was itself started with. Node marks
 * its own so that they are not; devices and event queues, which nothing can be learnt from, are left out.
 */
export async function inheritedDescriptors(): Promise<Inherited[]> {
  const names = await readdir('/proc/self/fdinfo').catch(() => [])
  const found: Inherited[] = []
  for (const name of names) {
    const fd = Number(name)
    // Those that the looking itself opens are gone again.
    const info = await readFile(`/proc/self/fdinfo/${name}`, 'latin1').catch(() => '')
    const target = await readlink(`/proc/self/fd/${name}`).catch(() => '')
    const at = await stat(`/proc/self/fd/${name}`).catch(() => undefined)
    const flags = /^flags:\s+([0-7]+)/m.exec(info)?.[1]
    const closeOnExec = 0o2000000
    if (fd <= 4 || !flags || (Number.parseInt(flags, 8) & closeOnExec) !== 0) continue
    if (at && !at.isCharacterDevice() && !target.startsWith('anon_inode:')) found.push([fd, at.dev, at.ino])
  }
  return found
}
