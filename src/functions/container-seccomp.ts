import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A profile as podman and docker take it: https://docs.docker.com/engine/security/seccomp/ */
interface Profile {
  readonly archMap?: readonly { readonly architecture: string; readonly subArchitectures?: readonly string[] }[]
  readonly syscalls: readonly Rule[]
}
interface Rule {
  readonly names: readonly string[]
  readonly action: string
  readonly args?: readonly { readonly index: number; readonly value: number; readonly op: string }[] | null
}

const families = { unix: 1, inet: 2, inet6: 10 }
const netlink = 16
const netlinkRoute = 0

const is = (index: number, value: number) => ({ index, value, op: 'SCMP_CMP_EQ' })
const allowed = (...args: NonNullable<Rule['args']>): Rule => ({ names: ['socket'], action: 'SCMP_ACT_ALLOW', args })

/**
 * The profile with sockets of those families only that other functions have as well. Podman's own of 4.3 allows AF_VSOCK,
 * which is in no network namespace and leads to the machine's hypervisor past every rule. Calls of 32-bit programs, which
 * make sockets by another call, are refused as in the sandbox.
 */
export function withNamespacedSockets<P extends Profile>(profile: P): P {
  const kept = profile.syscalls.map((rule) => ({ ...rule, names: rule.names.filter((name) => name !== 'socket') }))
  return {
    ...profile,
    archMap: (profile.archMap ?? []).map((one) => ({ ...one, subArchitectures: [] })),
    syscalls: [
      ...kept.filter(({ names }) => names.length > 0),
      ...Object.values(families).map((family) => allowed(is(0, family))),
      allowed(is(0, netlink), is(2, netlinkRoute)),
    ],
  }
}

/** Writes that profile into the folder. Resolves to its path; undefined when the engine has its own in no file, which then applies. */
export async function writeProfile(enginesOwn: string | undefined, dir: string): Promise<string | undefined> {
  if (enginesOwn === undefined) return undefined
  const profile = JSON.parse(await readFile(enginesOwn, 'utf8')) as Profile
  const path = join(dir, 'container-seccomp.json')
  await writeFile(path, JSON.stringify(withNamespacedSockets(profile)))
  return path
}
