import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { bubblewrapped } from './bubblewrap.ts'
import { guard, hub, limits } from './isolation-limits.ts'
import { killUser } from './kill-user.ts'
import type { MemoryFigures } from './memory-figures.ts'

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
  readonly kind: 'bubblewrap' | 'uid' | 'none'
  /** One sentence: what is active, and why not more. */
  readonly reason: string
  /** The same assets as an instance sees them. */
  readonly inside: Assets
  /**
   * The command that starts `argv` as instance `slot`, with its `/tmp` where that can be done: of `tmpMb` in a sandbox,
   * else the folder `tmpDir`.
   */
  command(
    slot: number,
    tmpDir: string,
    cgroupProcs: string | undefined,
    argv: readonly string[],
    tmpMb: number,
  ): SpawnCommand
  /** The folder of the host that an instance with this `tmpDir` has as its `/opt`; undefined where it has none. */
  optDir(tmpDir: string): string | undefined
  /** The link of the host that leads an instance with this `tmpDir` to its code, and where it follows it; undefined where it sees the code's own path. */
  codeLink(tmpDir: string): { readonly path: string; readonly inside: string } | undefined
  /** Makes the folders that are to be the instance's own. */
  makeTmp(slot: number, tmpDir: string): Promise<void>
  /** Kills whatever still runs as this instance's user. Resolves to how many processes there were. */
  sweep(slot: number): Promise<number>
  /** What the instance with this `tmpDir` holds, where its processes are not below the one that was started. */
  memory?(tmpDir: string): MemoryFigures
  /** Calls back when a sweep that failed has been done after all. Absent where none fails. */
  whenSwept?(slot: number, then: () => Promise<void>): void
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
  /**
   * True when the process only waits for the program, two generations below it, and ends with 128 and a signal's
   * number when one ended that; `/tmp` is memory then.
   */
  readonly contained?: boolean
}

/**
 * Run as root inside a fresh mount namespace: the assets are bound under a hub of their own, so that it does not matter
 * which of the folders above them others may enter; the instance's folder covers /tmp; then every privilege goes.
 */
const enter = `set -eu
stage=$1 tmp=$2 uid=$3 node=$4 runtimes=$5 modules=$6 code=$7 procs=$8 opt=$9
shift 9
for group in $procs; do echo $$ > "$group"; done
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
  /** False: never try, as `--no-isolation` asks; `uid`: what hosts without a sandbox have. */
  readonly wanted: boolean | 'uid'
}

/** Finds out what this host allows: the sandbox, else users of their own, else nothing. */
export async function detectIsolation(options: IsolationOptions): Promise<Isolation> {
  const { assets, stageDir } = options
  await mkdir(stageDir, { recursive: true, mode: 0o700 })
  if (!options.wanted) return none(assets, 'isolation was switched off with --no-isolation')
  if (process.platform !== 'linux') return none(assets, 'sandboxes and separate users per instance need Linux')
  const isRoot = process.getuid?.() === 0
  const firstUid = isRoot ? options.firstUid : undefined
  const sweep = async (slot: number) => (firstUid === undefined ? 0 : killUser(firstUid + slot))
  const kitDir = join(dirname(stageDir), 'kit')
  const sandbox =
    options.wanted === 'uid' ? 'not wanted' : await bubblewrapped({ assets, stageDir, kitDir, firstUid, sweep })
  const noSandbox = typeof sandbox === 'string' ? sandbox : await refusal(sandbox, stageDir, sandboxProbe, 'sandboxed')
  if (typeof sandbox !== 'string' && noSandbox === undefined) return sandbox
  const withoutSandbox = `no sandbox: ${noSandbox}`
  if (firstUid === undefined) {
    return none(assets, `${withoutSandbox}; and only a node that runs as root can start instances as other users`)
  }
  const namespaced = uidInNamespace(assets, stageDir, firstUid, withoutSandbox)
  const why = await refusal(namespaced, stageDir, 'process.getuid()', String(firstUid))
  if (why === undefined) return namespaced
  const closed = await closedToOthers([assets.nodeBinary, assets.runtimesDir, assets.modulesDir, assets.codeRoot])
  if (closed) {
    return none(
      assets,
      `${withoutSandbox}; other users cannot enter ${closed}, and mount namespaces are not available (${why})`,
    )
  }
  return plainUid(
    assets,
    firstUid,
    `each instance runs as a user of its own but shares /tmp: ${withoutSandbox}; mount namespaces are not available (${why})`,
  )
}

/** Says what a program in a sandbox has to find: a user without rights, a filter, no way to become more. */
const sandboxProbe = `['Uid:\t993\t', 'Seccomp:\t2', 'NoNewPrivs:\t1', 'CapEff:\t0000000000000000']
  .every((line) => require('fs').readFileSync('/proc/self/status', 'utf8').includes(line)) ? 'sandboxed' : 'not closed'`

/** Evaluates `expression` in an instance. What went wrong if it is not `expected`, else nothing. */
async function refusal(isolation: Isolation, stageDir: string, expression: string, expected: string) {
  const tmpDir = join(dirname(stageDir), 'probe')
  await isolation.makeTmp(0, tmpDir)
  const argv = [isolation.inside.nodeBinary, '-p', expression]
  const { file, args } = isolation.command(0, tmpDir, undefined, argv, 1)
  const answered = await new Promise<string | undefined>((resolve) => {
    const env = { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }
    execFile(file, args, { env, timeout: 10_000 }, (error, stdout, stderr) => {
      if (!error) resolve(stdout.trim() === expected ? undefined : stdout.trim())
      else resolve(stderr.trim().split('\n').at(-1) || error.message)
    })
  })
  for (const dir of [tmpDir, isolation.optDir(tmpDir)]) {
    if (dir) await rm(dir, { recursive: true, force: true })
  }
  return answered?.slice(0, 200)
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
    codeLink: () => undefined,
    makeTmp: async (_slot, tmpDir) => void (await mkdir(tmpDir, { recursive: true, mode: 0o700 })),
    sweep: async () => 0,
  }
}

function uidInNamespace(assets: Assets, stageDir: string, firstUid: number, whyNotMore: string): Isolation {
  const optDir = existsSync('/opt') ? (tmpDir: string) => `${tmpDir}-opt` : () => undefined
  return {
    kind: 'uid',
    reason: `each instance runs as a user of its own, with its own /tmp, without any privilege; ${whyNotMore}`,
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
    codeLink: () => undefined,
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
    codeLink: () => undefined,
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
export async function closedToOthers(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    for (let at = path; ; at = dirname(at)) {
      const { mode } = await stat(at)
      if ((mode & 0o001) === 0) return at
      if (at === dirname(at)) break
    }
  }
  return undefined
}
