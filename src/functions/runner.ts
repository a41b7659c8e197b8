import { randomBytes, randomInt } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import type { BlobStore } from '../kernel/blobs.ts'
import type { MovableClock } from '../kernel/clock.ts'
import type { FunctionRunner, FunctionSpec } from '../kernel/functions.ts'
import type { Log } from '../kernel/log.ts'
import { createAddedRuntimes } from './added-runtimes.ts'
import { assetsOfHost } from './assets.ts'
import { cgroupName, openCgroups } from './cgroup.ts'
import { createCodeStore } from './code-store.ts'
import { bringsExtensions } from './code-traits.ts'
import { createContainers } from './containers.ts'
import type { CpuMode } from './cpu-share.ts'
import { createFleet } from './fleet.ts'
import { hostMemoryIsShort } from './host-memory.ts'
import { inheritedDescriptors } from './inherited-descriptors.ts'
import { createInspections } from './inspections.ts'
import { detectIsolation } from './isolation.ts'
import { createLanguages, type Language } from './languages.ts'
import { networkSaid, networksFor } from './network.ts'
import { createPool, startReady } from './pool.ts'
import type { InstanceProcess } from './process.ts'
import { planFor } from './runtimes.ts'
import { untilBegun } from './served.ts'
import { createSlots } from './slots.ts'
import { startInstance } from './start-instance.ts'

export interface RunnerOptions {
  readonly blobs: BlobStore
  /** A folder of the runner's own: extracted code and the instances' folders. It begins empty at every start. */
  readonly codeDir: string
  /** What functions reach the node at: `http://127.0.0.1:<port>`. Asked for when an instance starts. */
  readonly endpoint: string | (() => string)
  readonly clock: MovableClock
  readonly log: Log
  /** False: instances run as the node's own user even where more could be done; `uid`: in no sandbox, but as users of their own. */
  readonly isolation?: boolean | 'uid'
  /** What `landfall runtimes add` has brought. Default: the folder `runtimes` beside `codeDir`. */
  readonly runtimesDir?: string
  /** `host`: instances share the network of the host even where they could have their own. */
  readonly network?: 'own' | 'host'
  /** Stack traces of Node functions name their sources. Default: only where the function asks for it, as on Lambda. */
  readonly sourceMaps?: boolean
  /** Instances alive at once, over all functions. Default: what half of the host's memory holds. */
  readonly maxInstances?: number
  /** An instance without work ends after this long, by the node's clock. Default: 10 minutes. */
  readonly idleMs?: number
  /** What loading the code may take before a request is charged for it. Default: 10 s, as Lambda's. */
  readonly initLimitMs?: number
  /** How processors are shared out. Default: shared. */
  readonly cpu?: CpuMode
  /** Whether the host runs out of memory. Default: by what it says is available. */
  readonly memoryIsShort?: () => boolean
  /** Programs that may be the container engine, in order. Default: podman, then docker, where programs usually are. */
  readonly containerEngines?: readonly string[]
  /** Requests that an account may have running at once in a region. Default: 1,000, as Lambda's. */
  readonly concurrency?: number
}

/** User ids of instances are drawn from 2^28 up, a block per node, so that two nodes on one host never share one. */
const firstBlock = 0x1000_0000
const uidsPerNode = 1024
const mostPrepared = 1_000

/** The function engine: docs/decisions/004-functions.md says how it works and why. */
export async function createFunctionRunner(options: RunnerOptions): Promise<FunctionRunner> {
  const { blobs, codeDir, clock, log } = options
  await rm(join(codeDir, 'instances'), { recursive: true, force: true })
  await mkdir(join(codeDir, 'instances'), { recursive: true, mode: 0o711 })
  const code = await createCodeStore({ blobs, dir: join(codeDir, 'code'), keep: 64, log })
  const assets = assetsOfHost(code.root)
  const firstUid = firstBlock + randomInt(1 << 20) * uidsPerNode
  const isolation = await detectIsolation({
    wanted: options.isolation ?? true,
    stageDir: join(codeDir, 'instances', 'stage'),
    firstUid,
    assets,
  })
  if (isolation.kind === 'none') log.warn('functions.not-isolated', { reason: isolation.reason })
  const groupName = cgroupName(process.pid, randomBytes(4).toString('hex'))
  const opened = isolation.kind === 'none' ? 'instances are not isolated' : openCgroups(groupName)
  const cgroups = typeof opened === 'string' ? undefined : opened
  if (typeof opened === 'string') log.info('functions.memory-polled', { reason: opened })
  const endpoint = () => (typeof options.endpoint === 'string' ? options.endpoint : options.endpoint())
  const ownNetworks = await networksFor(isolation, options.network ?? 'own', endpoint)
  const networks = typeof ownNetworks === 'string' ? undefined : ownNetworks
  if (typeof ownNetworks === 'string') log.info('functions.network-shared', { reason: ownNetworks })
  const inherited = await inheritedDescriptors()
  const languages = createLanguages(options.runtimesDir ?? join(codeDir, '..', 'runtimes'))
  const added = createAddedRuntimes(code.root, isolation)
  const programs = async (runtime: string) => {
    const language = await languages.find(runtime, isolation.kind)
    const sourceMaps = options.sourceMaps ?? false
    return {
      isolation,
      inherited,
      sourceMaps,
      language: typeof language === 'string' ? language : await added.shown(language),
    }
  }
  const live = new Set<InstanceProcess>()
  const closing = new AbortController()
  const memoryIsShort = options.memoryIsShort ?? hostMemoryIsShort
  const launcher = { isolation, cgroups, networks, slots: createSlots(), tmpRoot: join(codeDir, 'instances'), live }
  const containers = createContainers({
    ...{ assets, codeDir, firstUid, inherited, log, programs: options.containerEngines },
    ownNetworks: networks !== undefined,
  })
  const containerLauncher = { ...launcher, cgroups: undefined, isolation: containers.isolation }
  const pool = createPool(launcher, { plans: 4, log, isShort: memoryIsShort })
  const inspections = createInspections({ start: (plan) => startReady(plan, launcher), log })
  /** What was last prepared of each function: a function that is inspected from now on is started with it. */
  const prepared = new Map<string, FunctionSpec>()
  const announced = new Set<string>()
  const announce = (runtime: string, language: Language | string) => {
    if (announced.has(runtime)) return
    announced.add(runtime)
    if (typeof language !== 'string' && language.differs) {
      log.warn('functions.runtime-differs', { runtime, runsOn: language.version })
    }
  }
  const start = startInstance({
    code,
    isolation,
    take: (plan, spec) =>
      spec.image
        ? startReady(plan, containerLauncher)
        : (inspections.of(spec.functionArn)?.take(plan) ?? pool.take(plan)),
    clock,
    endpoint,
    initLimitMs: options.initLimitMs ?? 10_000,
    closing: closing.signal,
    cpu: options.cpu,
    async plan(spec, traits) {
      if (spec.image) return containers.plan(spec, spec.image)
      const found = await programs(spec.runtime)
      announce(spec.runtime, found.language)
      return planFor(spec, traits, found)
    },
  })
  const fleet = createFleet({
    start,
    clock,
    log,
    maxInstances: Math.min(options.maxInstances ?? defaultInstances(), uidsPerNode / 2),
    startsAtOnce: Math.max(2, availableParallelism() * 2),
    idleMs: options.idleMs ?? 600_000,
    isShort: memoryIsShort,
  })
  const prepare: NonNullable<FunctionRunner['prepare']> = async (spec, { onLog } = {}) => {
    prepared.delete(spec.functionArn)
    prepared.set(spec.functionArn, spec)
    if (prepared.size > mostPrepared) prepared.delete(prepared.keys().next().value ?? '')
    try {
      if (spec.image) return fleet.startSpare(spec, onLog)
      const lease = await code.acquire(spec.code, spec.codeSha256, spec.functionArn)
      lease.release()
      const layers = spec.layers?.length ? await code.acquireLayers(spec.layers) : undefined
      const extensions = await bringsExtensions(layers?.dir).finally(() => layers?.release())
      const plan = planFor(spec, { ...lease.traits, extensions }, await programs(spec.runtime))
      if (typeof plan === 'string') return
      const inspected = inspections.of(spec.functionArn)
      if (inspected) inspected.prepare(plan)
      else fleet.startSpare(spec, onLog)
    } catch (error) {
      // The first request meets the same, and its caller is told.
      log.info('functions.not-prepared', { functionArn: spec.functionArn, error: (error as Error).message })
    }
  }
  return {
    isolation: { kind: isolation.kind, reason: isolation.reason },
    network: async () => networkSaid(ownNetworks),
    run(spec, request) {
      const run = () => untilBegun(() => fleet.run(spec, request))
      return inspections.of(spec.functionArn)?.inTurn(run) ?? run()
    },
    unavailable: languages.unavailable,
    knownImage: containers.knownImage,
    image: containers.image,
    retire: (functionArn, options) => fleet.retire(functionArn, options),
    count: (functionArn) => fleet.count(functionArn),
    prepare,
    provision: async (spec, provisioning) => fleet.provision(spec, provisioning),
    provisioned: fleet.provisioned,
    concurrency: options.concurrency ?? 1000,
    async inspect(functionArn, port) {
      const inspected = await inspections.begin(functionArn, port)
      // Instances that run already have no inspector.
      fleet.retire(functionArn)
      const spec = prepared.get(functionArn)
      if (spec) await prepare(spec)
      return inspected
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      const stopped = fleet[Symbol.asyncDispose]()
      await inspections[Symbol.asyncDispose]()
      await pool[Symbol.asyncDispose]()
      // Those that load, or serve: their ends are what the fleet waits for.
      await Promise.all([...live].map((one) => one.shutdown()))
      await stopped
      await code[Symbol.asyncDispose]()
      await rm(join(codeDir, 'instances'), { recursive: true, force: true })
      cgroups?.close()
      await networks?.close()
    },
  }
}

/** An idle Node instance with the SDK holds about 60 MB of its own; half of the memory is left to the rest. */
function defaultInstances(): number {
  return Math.max(4, Math.floor(totalmem() / 2 / 100_000_000))
}
