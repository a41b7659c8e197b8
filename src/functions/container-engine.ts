import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import type { ContainerImage, ImageProblem, ImageRequest } from '../kernel/container-image.ts'
import { type EngineManner, tryManners, usualManner } from './container-confinement.ts'
import { lookInto, type Within } from './container-extensions.ts'
import { baseEnvironment } from './environment.ts'

/** A program that runs containers, found to work. */
export interface ContainerEngine {
  readonly kind: 'podman' | 'docker'
  readonly program: string
  readonly version: string
  readonly manner: EngineManner
  /** What the program itself is run with: nothing of the node's environment, nothing of a function's. */
  readonly environment: Readonly<Record<string, string>>
  /** The image of that name that the engine has; undefined: none. A sentence when that cannot be the name of one. */
  knownImage(uri: string): Promise<ContainerImage | string | undefined>
  /** The same, pulled when the engine has none, and looked into. Rejects when a registry could not be asked. */
  image(uri: string, request?: ImageRequest): Promise<ContainerImage | ImageProblem>
  /** Paths of the external extensions of an image that `image` answered. A sentence when it cannot be looked into. */
  extensions(id: string): Promise<readonly string[] | string>
  /** The file of the seccomp profile that it gives containers, where it has one in a file. */
  seccompProfile(): Promise<string | undefined>
  /** Ends a container, if there is one of that name. Rejects when it cannot be ended. */
  remove(name: string): Promise<void>
  /** Ends all containers that carry the label. */
  removeLabelled(label: string): Promise<void>
}

const names = ['podman', 'docker'] as const
const noEngine = 'neither podman nor docker is on this host'
/** Of one attempt: what layers have come until then, the engine has at the next. */
const pullMs = 900_000
const askMs = 20_000
/** `registry:5000/path/name:tag@sha256:…`: never something that the engine's program would take for an option. */
const reference = /^[a-z0-9][a-z0-9._:/-]*(@sha256:[0-9a-f]{64})?$/i

/** The engine of this host, or a sentence on why there is none. `programs`: where to look, in order; default: podman, then docker. */
export async function findContainerEngine(programs?: readonly string[]): Promise<ContainerEngine | string> {
  const reasons: string[] = []
  for (const program of programs ?? onPath()) {
    const kind = program.endsWith('docker') ? 'docker' : 'podman'
    const environment = engineEnvironment()
    const run: Run = (args, { timeout = askMs, signal } = {}) => execute(program, args, environment, timeout, signal)
    // A client without its daemon, or without what it needs of the host, has a version and no engine.
    const asked =
      kind === 'docker' ? ['version', '--format', '{{.Server.Version}}'] : ['info', '--format', '{{.Version.Version}}']
    const { error, output } = await run(asked)
    const works = error === undefined && output !== ''
    const manner = works && kind === 'podman' ? await tryManners(run) : usualManner
    if (works && typeof manner !== 'string') return engine({ kind, program, version: output, manner, environment }, run)
    const reason = typeof manner === 'string' ? manner : (error ?? 'it tells no version')
    reasons.push(`${kind} does not work here: ${reason}`)
  }
  return reasons.length > 0 ? reasons.join('; ') : noEngine
}

/** The same, if it can be used where instances have networks of their own; a sentence with what to do otherwise. */
export async function usableContainerEngine(ownNetworks: boolean, programs?: readonly string[]) {
  const engine = await findContainerEngine(programs)
  if (typeof engine === 'string') {
    const next = engine === noEngine ? 'Install podman' : 'Mend that'
    return `Functions that are container images need podman or docker (${engine}). ${next}, or deploy a zip package.`
  }
  if (engine.kind === 'docker' && ownNetworks) {
    return 'Docker cannot run a container in the network of its own that functions of this node have: install podman, or start the node with --host-network.'
  }
  return engine
}

function onPath(): string[] {
  const folders = (baseEnvironment.PATH ?? '').split(delimiter)
  return names.flatMap((name) =>
    folders
      .map((folder) => join(folder, name))
      .filter((path) => existsSync(path))
      .slice(0, 1),
  )
}

function engineEnvironment(): Record<string, string> {
  const runtimeDir = `/run/user/${process.getuid?.() ?? 0}`
  return {
    PATH: baseEnvironment.PATH ?? '',
    HOME: homedir(),
    ...(existsSync(runtimeDir) && { XDG_RUNTIME_DIR: runtimeDir }),
  }
}

interface Ran {
  readonly output: string
  readonly bytes: Buffer
  /** -1 when it did not end by itself. */
  readonly status: number
  /** The last that it said, when it failed. */
  readonly error?: string
}
type Run = (args: readonly string[], options?: { timeout?: number; signal?: AbortSignal | undefined }) => Promise<Ran>

function engine(
  found: Pick<ContainerEngine, 'kind' | 'program' | 'version' | 'manner' | 'environment'>,
  run: Run,
): ContainerEngine {
  const { kind } = found
  const inspect = async (uri: string) => {
    const { error, output } = await run(['image', 'inspect', uri])
    return error === undefined ? imageOf(uri, output) : undefined
  }
  /** By id, which is of one content for ever. */
  const known = new Map<string, Within>()
  const within = async (id: string) => {
    const found = known.get(id) ?? (await lookInto(id, run))
    if (typeof found === 'string') return `${kind} cannot look into ${id}: ${found}`
    known.set(id, found)
    return found
  }
  const runnable = async (uri: string, image: ContainerImage): Promise<ContainerImage | ImageProblem> => {
    const found = await within(image.id)
    if (typeof found === 'string') throw new Error(found)
    const { extensions, shell } = found
    const why =
      kind === 'docker' ? 'which docker gives no channel to start them by' : 'and no /bin/sh, which starts them'
    if (extensions.length === 0 || (kind === 'podman' && shell)) return image
    const message = `The image ${uri} has extensions (${extensions.slice(0, 5).join(', ')}), ${why}: take them out of /opt/extensions, or deploy a zip package with layers.`
    return { problem: 'InvalidImage', message }
  }
  /** Engines that are asked for much at once fail now and then: they are asked again. */
  const remove = async (container: string, tries = 3): Promise<void> => {
    const { error } = await run(['rm', '--force', container])
    // Gone already, which is what was wanted.
    if (error === undefined || /no such container|no container with/i.test(error)) return
    if (tries === 1) throw new Error(`${kind} rm --force ${container}: ${error}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await remove(container, tries - 1)
  }
  return {
    ...found,
    async knownImage(uri) {
      if (uri.length > 512 || !reference.test(uri)) return `${uri} is not the name of an image.`
      return inspect(uri)
    },
    async image(uri, { id, signal } = {}) {
      const here = await inspect(id ?? uri)
      if (here) return runnable(uri, here)
      if (id !== undefined) {
        return { problem: 'ImageDeleted', message: `The image ${uri} (${id}) has been removed from ${kind}.` }
      }
      const { error } = await run(['pull', '--quiet', uri], { timeout: pullMs, signal })
      if (error !== undefined) return notPulled(kind, uri, error)
      const pulled = await inspect(uri)
      if (!pulled) throw new Error(`${kind} pulled ${uri} and does not have it.`)
      return runnable(uri, pulled)
    },
    async extensions(id) {
      const found = await within(id)
      return typeof found === 'string' ? found : found.extensions
    },
    async seccompProfile() {
      if (kind !== 'podman') return undefined
      const { output } = await run(['info', '--format', '{{.Host.Security.SECCOMPProfilePath}}'])
      return isAbsolute(output) ? output : undefined
    },
    remove: (container) => remove(container),
    async removeLabelled(label) {
      const { error, output } = await run(['ps', '--all', '--quiet', '--filter', `label=${label}`])
      if (error !== undefined) throw new Error(`${kind} ps: ${error}`)
      for (const id of output.split('\n').filter(Boolean)) await remove(id)
    },
  }
}

/** What registries answer for good. Throws for what may be otherwise the next time, as a network that is down. */
function notPulled(kind: string, uri: string, error: string): ImageProblem {
  // First: registries that would not say whether there is one answer both at once.
  if (/unauthorized|denied|forbidden|authentication required/i.test(error)) {
    const message = `The image ${uri} may not be pulled (${error}). Run "${kind} login" or "${kind} pull ${uri}" on this host.`
    return { problem: 'ImageAccessDenied', message }
  }
  if (/manifest unknown|name unknown|not found|does not exist/i.test(error)) {
    return { problem: 'ImageDeleted', message: `Source image ${uri} does not exist (${error}).` }
  }
  if (/no image found in|no matching manifest|unsupported/i.test(error)) {
    return { problem: 'InvalidImage', message: `The image ${uri} is none that can be run here (${error}).` }
  }
  throw new Error(`${kind} could not pull ${uri} (${error}). Run "${kind} pull ${uri}" on this host.`)
}

interface Inspected {
  readonly Id: string
  readonly RepoDigests?: readonly string[] | null
  readonly Architecture?: string
  readonly Config?: { readonly Entrypoint?: readonly string[] | null; readonly Cmd?: readonly string[] | null } | null
}

function imageOf(uri: string, output: string): ContainerImage | undefined {
  const [found] = JSON.parse(output) as Inspected[]
  if (!found) return undefined
  const id = found.Id.startsWith('sha256:') ? found.Id : `sha256:${found.Id}`
  const repository = uri.replace(/@.*$/, '').replace(/:[^/:]*$/, '')
  const digests = found.RepoDigests ?? []
  const resolvedUri =
    digests.find((digest) => digest.startsWith(`${repository}@`)) ?? digests[0] ?? `${repository}@${id}`
  return {
    id,
    resolvedUri,
    sha256: resolvedUri.slice(resolvedUri.lastIndexOf(':') + 1),
    architecture: found.Architecture === 'arm64' ? 'arm64' : 'x86_64',
    entryPoint: found.Config?.Entrypoint ?? [],
    command: found.Config?.Cmd ?? [],
  }
}

function execute(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  timeout: number,
  signal?: AbortSignal,
) {
  return new Promise<Ran>((resolve) => {
    execFile(
      file,
      args,
      { timeout, cwd: '/', env, maxBuffer: 4_194_304, encoding: 'buffer', ...(signal && { signal }) },
      (error, stdout, stderr) => {
        const gone =
          error?.code === 'ENOENT' ? `${file} cannot be started: it, or what it is run with, is not there` : ''
        const failed = error && { error: stderr.toString().trim().split('\n').at(-1) || gone || error.message }
        const status = typeof error?.code === 'number' ? error.code : error ? -1 : 0
        resolve({ output: stdout.toString().trim(), bytes: stdout, status, ...failed })
      },
    )
  })
}
