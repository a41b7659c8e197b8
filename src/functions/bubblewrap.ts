import { lstatSync, readlinkSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Assets, Isolation, SpawnCommand } from './isolation.ts'
import { guard, hub, limits } from './isolation-limits.ts'
import { resolvers } from './resolvers.ts'
import { seccompFilter } from './seccomp.ts'

/** Who an instance is in its own eyes: the user that Lambda has. */
const user = { uid: 993, gid: 990 }
/** Lambda has no `/dev/shm` worth the name; what forks workers wants a little. */
export const sharedMemoryBytes = 64 * 1024 * 1024

const passwd = `root:x:0:0:root:/:/sbin/nologin
sbx_user1051:x:${user.uid}:${user.gid}::/tmp:/sbin/nologin
nobody:x:65534:65534:nobody:/:/sbin/nologin
`
const group = `root:x:0:\nsbx_user1051:x:${user.gid}:\nnogroup:x:65534:\n`
const hosts = '127.0.0.1\tlocalhost lambda sandbox sandbox.localdomain\n::1\tlocalhost lambda\n'
const nsswitch = 'passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n'
const etcFiles = { passwd, group, hosts, 'nsswitch.conf': nsswitch }
/** Of the host's own `/etc`, where it has them: what libraries, certificates and names are found by. No secrets in them. */
const etcOfHost = [
  ...['ld.so.cache', 'alternatives', 'ssl/certs', 'ssl/openssl.cnf', 'pki/tls', 'pki/ca-trust', 'ca-certificates'],
  ...['localtime', 'mime.types', 'services', 'protocols'],
  // Where Debian keeps what a Java virtual machine does not begin without.
  ...[8, 11, 17, 21, 25].map((major) => `java-${major}-openjdk`),
]

/**
 * Run as root inside a fresh mount namespace, before bubblewrap: binds what instances need under a hub, so that it does
 * not matter which of the folders above others may enter, and then becomes the instance's own unprivileged user. That
 * order matters: a sandbox that root starts still is root to the host's /proc/sys.
 */
const enter = `set -eu
stage=$1 slot=$2 uid=$3 node=$4 runtimes=$5 modules=$6 code=$7 kit=$8 procs=$9
shift 9
for group in $procs; do echo $$ > "$group"; done
mount -t tmpfs -o mode=755,size=1m landfall "$stage"
mkdir "$stage/slot" "$stage/runtimes" "$stage/modules" "$stage/code" "$stage/kit"
: > "$stage/node"
mount --bind "$slot" "$stage/slot"
mount --bind "$node" "$stage/node"
mount --bind "$runtimes" "$stage/runtimes"
mount --bind "$modules" "$stage/modules"
mount --bind "$code" "$stage/code"
mount --bind "$kit" "$stage/kit"
mount --move "$stage" ${hub}
exec 5< ${hub}/kit/filter
cd /
unset PWD OLDPWD
exec setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all ${guard} -- "$@"`

/** A node that is not root starts it as its own user, which the sandbox keeps from everything that user may do. */
const enterAsSelf = `set -eu
for group in $2; do echo $$ > "$group"; done
exec 5< "$1"
shift 2
cd /
unset PWD OLDPWD
exec "$@"`

/** Inside: the limits count the processes of the sandbox alone there. */
const run = `${limits}
exec "$@"`

export interface SandboxOptions {
  readonly assets: Assets
  readonly stageDir: string
  /** A folder for what all instances share: the filter and the files of `/etc`. */
  readonly kitDir: string
  /** The first user id of instances; undefined when they run as the node's own user. */
  readonly firstUid: number | undefined
  sweep(slot: number): Promise<number>
}

/** Instances in bubblewrap with a seccomp filter; a sentence on why not, where that is known without trying. */
export async function bubblewrapped(options: SandboxOptions): Promise<Isolation | string> {
  const { assets, stageDir, kitDir, firstUid } = options
  const filter = seccompFilter()
  if (!filter) return `no seccomp filter is written for ${process.arch}`
  await mkdir(join(kitDir, 'etc'), { recursive: true })
  for (const dir of [kitDir, join(kitDir, 'etc')]) await chmod(dir, 0o755)
  await readable(join(kitDir, 'filter'), filter)
  for (const [name, text] of Object.entries(etcFiles)) await readable(join(kitDir, 'etc', name), text)
  const asRoot = firstUid !== undefined
  const places = (tmpDir: string): Places =>
    asRoot
      ? {
          node: `${hub}/node`,
          runtimes: `${hub}/runtimes`,
          modules: `${hub}/modules`,
          code: `${hub}/code`,
          kit: `${hub}/kit`,
          slot: `${hub}/slot`,
        }
      : {
          node: assets.nodeBinary,
          runtimes: assets.runtimesDir,
          modules: assets.modulesDir,
          code: assets.codeRoot,
          kit: kitDir,
          slot: tmpDir,
        }

  const command: Isolation['command'] = (slot, tmpDir, procs, argv, tmpMb): SpawnCommand => {
    const inner = [...bubblewrap(places(tmpDir), tmpMb), ...['/bin/sh', '-c', run, 'landfall', ...argv]]
    const around = [assets.nodeBinary, assets.runtimesDir, assets.modulesDir, assets.codeRoot, kitDir, procs ?? '']
    return {
      ...(asRoot
        ? {
            file: 'unshare',
            args: [
              ...['--mount', '/bin/sh', '-c', enter, 'landfall', stageDir, tmpDir, String(firstUid + slot)],
              ...[...around, ...inner],
            ],
          }
        : { file: '/bin/sh', args: ['-c', enterAsSelf, 'landfall', join(kitDir, 'filter'), procs ?? '', ...inner] }),
      tmpDir: '/tmp',
      joinsCgroup: true,
      contained: true,
    }
  }

  return {
    kind: 'bubblewrap',
    reason: asRoot
      ? 'each instance runs in a sandbox (bubblewrap, seccomp) as a user of its own'
      : 'each instance runs in a sandbox (bubblewrap, seccomp) as the node’s own user',
    inside: {
      nodeBinary: '/var/lang/bin/node',
      runtimesDir: '/var/runtime',
      modulesDir: '/var/lang/lib/node_modules',
      codeRoot: '/var/code',
    },
    command,
    optDir: (tmpDir) => join(tmpDir, 'opt'),
    codeLink: (tmpDir) => ({ path: join(tmpDir, 'code', 'task'), inside: '/var/task' }),
    async makeTmp(_slot, tmpDir) {
      // All of it is the node's own and read-only inside: the instance's /tmp is memory, and goes with it.
      for (const dir of [tmpDir, join(tmpDir, 'code'), join(tmpDir, 'opt'), join(tmpDir, 'opt', 'lib')]) {
        await mkdir(dir, { recursive: true })
        await chmod(dir, 0o755)
      }
    },
    sweep: options.sweep,
  }
}

/** Where bubblewrap finds what it binds. */
interface Places {
  readonly node: string
  readonly runtimes: string
  readonly modules: string
  readonly code: string
  readonly kit: string
  readonly slot: string
}

/** https://github.com/containers/bubblewrap: the world of one instance, in the order in which it is made. */
function bubblewrap(from: Places, tmpMb: number): string[] {
  return [
    ...['bwrap', '--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--uid', String(user.uid), '--gid', String(user.gid), '--hostname', 'lambda', '--cap-drop', 'ALL'],
    // No --new-session: the launcher is a session of its own already, and its group is how an instance is stopped.
    ...['--die-with-parent', '--seccomp', '5'],
    ...systemFolders(),
    ...['--proc', '/proc', '--dev', '/dev', '--size', String(sharedMemoryBytes), '--tmpfs', '/dev/shm'],
    ...['--remount-ro', '/dev', '--size', String(tmpMb * 1024 * 1024), '--tmpfs', '/tmp'],
    ...Object.keys(etcFiles).flatMap((name) => ['--ro-bind', join(from.kit, 'etc', name), join('/etc', name)]),
    ...etcOfHost.flatMap((name) => ['--ro-bind-try', join('/etc', name), join('/etc', name)]),
    ...['--ro-bind-try', resolvers().path, '/etc/resolv.conf'],
    ...['--ro-bind', from.node, '/var/lang/bin/node', '--ro-bind', from.modules, '/var/lang/lib/node_modules'],
    ...['--ro-bind', from.runtimes, '/var/runtime', '--ro-bind', from.code, '/var/code'],
    // What a function brings is linked to from here once it is known; the node makes the links, the instance follows.
    ...['--ro-bind', join(from.slot, 'code'), '/var/slot', '--symlink', 'slot/task', '/var/task'],
    ...['--ro-bind', join(from.slot, 'opt'), '/opt', '--setenv', 'LD_LIBRARY_PATH', '/opt/lib'],
    ...['--chdir', '/tmp', '--remount-ro', '/', '--'],
  ]
}

/** The host's programs and libraries, read-only, with the links or folders that lead to them. */
function systemFolders(): string[] {
  return ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].flatMap((path) => {
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (!found) return []
    return found.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path]
  })
}

async function readable(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(path, content)
  await chmod(path, 0o644)
}
