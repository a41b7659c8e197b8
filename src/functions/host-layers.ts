import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assetsOfHost } from './assets.ts'
import { cgroupName, openCgroups } from './cgroup.ts'
import { usableContainerEngine } from './container-engine.ts'
import { detectIsolation, type Isolation } from './isolation.ts'
import { networkSaid, networksFor } from './network.ts'
import { seccompFilter } from './seccomp.ts'

/** One thing that keeps functions apart, or could. */
export interface Layer {
  readonly name: string
  readonly active: boolean
  /** What there is, in a sentence. */
  readonly detail: string
  /** How to get it, where there is a way. */
  readonly next?: string
}

export interface HostLayers {
  readonly isolation: Pick<Isolation, 'kind' | 'reason'>
  readonly layers: readonly Layer[]
}

/** Finds out, by trying, how functions would be kept apart by a node that this user starts on this host. `engine`: the program that runs containers, where one is named. */
export async function inspectHost(engine?: string): Promise<HostLayers> {
  const dir = await mkdtemp(join(tmpdir(), 'landfall-doctor-'))
  try {
    await chmod(dir, 0o711)
    const assets = assetsOfHost(join(dir, 'code'))
    await mkdir(assets.codeRoot, { recursive: true })
    const { kind, reason } = await detectIsolation({
      wanted: true,
      stageDir: join(dir, 'stage'),
      // Nobody's: beside the blocks that nodes draw.
      firstUid: 0x0fff_0000,
      assets,
    })
    const sandboxed = kind === 'bubblewrap'
    const networks = await network(kind)
    const layers = [await userNamespaces(sandboxed), await bubblewrap(sandboxed), seccomp(sandboxed)]
    return {
      isolation: { kind, reason },
      layers: [
        ...layers,
        users(kind),
        ...resources(kind),
        networks,
        files(kind),
        await images(engine, networks.active),
      ],
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function userNamespaces(active: boolean): Promise<Layer> {
  const name = 'user namespaces'
  if (process.platform !== 'linux') return { name, active: false, detail: 'they need Linux' }
  // As an instance would: without root's rights.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const failed = await run('unshare', ['--user', 'true'], user)
  if (failed.error === undefined) return { name, active, detail: 'an unprivileged user may make them' }
  if (sysctl('kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return {
      name,
      active: false,
      detail: 'AppArmor keeps unprivileged users from them',
      next: 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile that gives bwrap "userns"',
    }
  }
  if (sysctl('kernel/unprivileged_userns_clone') === '0') {
    return { name, active: false, detail: 'switched off', next: 'sysctl -w kernel.unprivileged_userns_clone=1' }
  }
  if (sysctl('user/max_user_namespaces') === '0') {
    return { name, active: false, detail: 'none are allowed', next: 'sysctl -w user.max_user_namespaces=10000' }
  }
  return {
    name,
    active: false,
    detail: failed.error,
    next: 'in a container, its engine has to allow unshare and mounting /proc (docker: --security-opt seccomp=unconfined --security-opt systempaths=unconfined)',
  }
}

async function bubblewrap(active: boolean): Promise<Layer> {
  const { error, output } = await run('bwrap', ['--version'])
  return error === undefined
    ? { name: 'bubblewrap', active, detail: output }
    : {
        name: 'bubblewrap',
        active: false,
        detail: 'not found',
        next: 'install it (Debian, Ubuntu, Fedora: bubblewrap)',
      }
}

function seccomp(active: boolean): Layer {
  const name = 'seccomp filter'
  if (!seccompFilter())
    return { name, active: false, detail: `none is written for ${process.arch} on ${process.platform}` }
  const kernel = sysctl('kernel/seccomp/actions_avail')
  if (kernel === '') return { name, active: false, detail: 'this kernel has no seccomp' }
  return { name, active, detail: `the kernel takes filters; there is one for ${process.arch}` }
}

function users(kind: Isolation['kind']): Layer {
  const name = 'a user per instance'
  if (process.getuid?.() === 0)
    return { name, active: kind !== 'none', detail: 'the node can start instances as others' }
  return {
    name,
    active: false,
    detail: 'this user is not root',
    next: 'start the node as root; a sandbox does without',
  }
}

function resources(kind: Isolation['kind']): Layer[] {
  const group = cgroupName(process.pid, randomBytes(4).toString('hex'))
  const opened = kind === 'none' ? 'instances are not isolated' : openCgroups(group)
  if (typeof opened === 'string') {
    const given = 'a control group that is its own (systemd: Delegate=yes)'
    const next = process.getuid?.() === 0 ? `give the node ${given}` : `start the node as root, or give it ${given}`
    return [
      { name: 'memory limit', active: true, detail: `by looking every 50 ms: ${opened}`, next },
      { name: 'processor share', active: false, detail: opened, next },
      freezer('its process group, which a process may leave'),
    ]
  }
  opened.close()
  const detail = `by control groups v${opened.version}`
  return [
    { name: 'memory limit', active: true, detail },
    { name: 'processor share', active: opened.cpu, detail: opened.cpu ? detail : 'the kernel offers no controller' },
    freezer('each process of its control group'),
  ]
}

function freezer(which: string): Layer {
  return { name: 'freezing when idle', active: true, detail: `by signal (SIGSTOP) to ${which}` }
}

async function network(kind: Isolation['kind']): Promise<Layer> {
  const networks = await networksFor({ kind }, 'own', () => 'http://127.0.0.1')
  const { reason: detail } = networkSaid(networks)
  const name = 'network of its own'
  if (typeof networks !== 'string') {
    await networks.close()
    return { name, active: true, detail }
  }
  const next =
    'start the node as root, with bubblewrap, iproute2 and nftables installed; VpcConfig is refused until then'
  return { name, active: false, detail, next }
}

function files(kind: Isolation['kind']): Layer {
  const detail = {
    bubblewrap: 'only the runtime, its own code and layers, read-only; /tmp of the size asked for, in memory',
    uid: 'what other users of the host may read; /tmp of its own where mounts are possible, as large as the disk',
    none: 'all that the user of the node may read',
  }[kind]
  return { name: 'files', active: kind === 'bubblewrap', detail }
}

async function images(program: string | undefined, ownNetworks: boolean): Promise<Layer> {
  const engine = await usableContainerEngine(ownNetworks, program === undefined ? undefined : [program])
  const name = 'container images'
  if (typeof engine === 'string') {
    const next = 'podman, or docker and its daemon; functions with PackageType Image are refused until then'
    return { name, active: false, detail: engine, next }
  }
  const { kind, version, manner } = engine
  const [, runtime] = manner.global
  const without = manner.boundsProcessors ? '' : '; this user cannot bound their processor time'
  return { name, active: true, detail: `by ${kind} ${version}${runtime ? ` with ${runtime}` : ''}${without}` }
}

function sysctl(name: string): string {
  const path = join('/proc/sys', name)
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
}

function run(file: string, args: readonly string[], user: { uid?: number; gid?: number } = {}) {
  return new Promise<{ error?: string; output: string }>((resolve) => {
    execFile(file, args, { timeout: 10_000, cwd: '/', ...user }, (error, stdout, stderr) => {
      resolve({ output: stdout.trim(), ...(error && { error: stderr.trim().split('\n').at(-1) || error.message }) })
    })
  })
}
