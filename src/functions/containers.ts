import { createHash, randomBytes } from 'node:crypto'
import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContainerImage, ImageProblem, ImageRequest, ImageRun } from '../kernel/container-image.ts'
import type { FunctionSpec } from '../kernel/functions.ts'
import type { Log } from '../kernel/log.ts'
import { confinedRun } from './container-confinement.ts'
import { usableContainerEngine } from './container-engine.ts'
import { containerMemory, pidFileIn } from './container-memory.ts'
import { writeProfile } from './container-seccomp.ts'
import { baseEnvironment } from './environment.ts'
import type { Inherited } from './inherited-descriptors.ts'
import type { Assets, Isolation } from './isolation.ts'
import type { LaunchPlan } from './launch-plan.ts'

/** What the supervisor, which runs outside of the container, takes. */
const supervisorMb = 64
/** As Lambda's: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const mbPerProcessor = 1_769

export interface ContainersOptions {
  readonly assets: Assets
  /** The folder of this node's functions: containers that an earlier node left are told by it. */
  readonly codeDir: string
  readonly firstUid: number
  /** Whether instances have networks of their own, which docker's containers cannot be put into. */
  readonly ownNetworks: boolean
  readonly inherited: readonly Inherited[]
  /** Where to look for an engine. */
  readonly programs?: readonly string[] | undefined
  readonly log: Log
}

/** Runs functions that are container images, with the engine of the host. */
export interface Containers {
  /** See `FunctionRunner`. */
  knownImage(uri: string): Promise<ContainerImage | string | undefined>
  /** See `FunctionRunner`. */
  image(uri: string, request?: ImageRequest): Promise<ContainerImage | ImageProblem>
  /** How an instance is started; a sentence when nothing can. */
  plan(spec: FunctionSpec, run: ImageRun): Promise<LaunchPlan | string>
  /** What keeps such an instance apart is its container: its supervisor runs as the node does. */
  readonly isolation: Isolation
}

/**
 * The engine is looked for once, when the first image is named, and what an earlier node of this folder left is removed
 * then. docs/decisions/004-functions.md says why it is made so.
 */
export function createContainers(options: ContainersOptions): Containers {
  const { assets, codeDir, firstUid, inherited, log } = options
  /** Of the container in each slot: another one for each, since an engine may be slow to forget one. */
  const containerNames = new Map<number, string>()
  /** Of slots whose containers the engine did not remove: what is to be done once it has. */
  const left = new Map<number, () => Promise<void>>()
  let found: ReturnType<typeof open> | undefined
  const open = async () => {
    const engine = await usableContainerEngine(options.ownNetworks, options.programs)
    if (typeof engine === 'string') return engine
    await engine.removeLabelled(await labelOf(codeDir))
    return { ...engine, profile: await writeProfile(await engine.seccompProfile(), codeDir) }
  }
  /** An engine that starts containers removes them as well, most likely: it is then that the rest goes. */
  const sweepLeft = async () => {
    for (const [slot, release] of left) {
      left.delete(slot)
      try {
        await isolation.sweep(slot)
        await release()
      } catch (error) {
        left.set(slot, release)
        log.warn('functions.container-left', { container: containerNames.get(slot), error: (error as Error).message })
        return
      }
    }
  }
  const engineHere = async () => {
    found ??= open()
    const engine = await found.catch((error: Error) => error.message)
    // One that is installed later is found then.
    if (typeof engine === 'string') found = undefined
    return engine
  }
  const isolation: Isolation = {
    kind: 'none',
    reason: 'a container keeps the instance apart',
    inside: assets,
    command(slot, tmpDir, _group, [file = '', ...args]) {
      const uid = process.getuid?.() === 0 ? firstUid + slot : process.getuid?.()
      const name = `landfall-${randomBytes(10).toString('hex')}`
      containerNames.set(slot, name)
      const own = { name, uid, environmentFile: join(tmpDir, 'environment'), pidFile: pidFileIn(tmpDir) }
      return { file, args: [...args, JSON.stringify(own)], joinsCgroup: false, tmpDir, contained: false }
    },
    optDir: () => undefined,
    codeLink: () => undefined,
    makeTmp: async (_slot, tmpDir) => void (await mkdir(tmpDir, { recursive: true, mode: 0o700 })),
    async sweep(slot) {
      const name = containerNames.get(slot)
      const engine = await engineHere()
      if (name === undefined || typeof engine === 'string') return 0
      await engine.remove(name)
      // The slot may be another instance's by now.
      if (containerNames.get(slot) === name) containerNames.delete(slot)
      return 1
    },
    memory: (tmpDir) => containerMemory(pidFileIn(tmpDir)),
    whenSwept: (slot, then) => void left.set(slot, then),
  }
  return {
    async knownImage(uri) {
      const engine = await engineHere()
      return typeof engine === 'string' ? engine : engine.knownImage(uri)
    },
    async image(uri, request) {
      const engine = await engineHere()
      if (typeof engine === 'string') throw new Error(engine)
      return engine.image(uri, request)
    },
    async plan(spec, { id, argv, workingDirectory }) {
      const engine = await engineHere()
      if (typeof engine === 'string') return engine
      await sweepLeft()
      const extensions = await engine.extensions(id)
      if (typeof extensions === 'string') return extensions
      const container = {
        program: engine.program,
        environment: engine.environment,
        ownNetwork: options.ownNetworks,
        tellsPid: engine.kind === 'podman',
        options: [
          ...confinedRun(engine.kind, engine.manner, {
            memoryMb: spec.memoryMb,
            tmpMb: spec.ephemeralStorageMb,
            processors: Math.max(1, Math.ceil(spec.memoryMb / mbPerProcessor)),
          }),
          ...(engine.profile === undefined ? [] : [`--security-opt=seccomp=${engine.profile}`]),
          ...['--label', await labelOf(codeDir)],
          ...(workingDirectory === undefined ? [] : ['--workdir', workingDirectory]),
        ],
        image: id,
        argv,
        extensions,
      }
      return {
        key: JSON.stringify(['container', container]),
        tmpMb: spec.ephemeralStorageMb,
        overheadMb: supervisorMb,
        argv: [
          assets.nodeBinary,
          '--max-old-space-size=48',
          join(assets.runtimesDir, 'supervisor.mjs'),
          JSON.stringify({ inherited, sandbox: false, container }),
        ],
        environment: baseEnvironment,
      }
    },
    isolation,
  }
}

/** What the containers of the nodes of one data folder carry; no two nodes have one at once. */
async function labelOf(codeDir: string): Promise<string> {
  return `landfall=${createHash('sha256')
    .update(await realpath(codeDir))
    .digest('hex')
    .slice(0, 20)}`
}
