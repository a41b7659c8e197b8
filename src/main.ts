import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ensureAdminKey } from './admin-key.ts'
import { createFindKey } from './authn/find-key.ts'
import { openSealing } from './authn/sealing.ts'
import { createAccess } from './authz/access.ts'
import { openDiskBlobs } from './blobs/disk.ts'
import { keepSwept } from './blobs/sweeping.ts'
import { type Config, ConfigError, hostInUrl } from './config.ts'
import { createDeliveries } from './delivery/deliveries.ts'
import { type Engine, startEngine } from './delivery/engine.ts'
import type { FindJob } from './delivery/waiting.ts'
import { createDirectory } from './directory.ts'
import { createFaults } from './faults/faults.ts'
import { withFaults } from './faults/functions.ts'
import { deployedUrls } from './gateway/urls.ts'
import { createHost } from './host.ts'
import { createAdmin } from './http/admin.ts'
import { createControl } from './http/control.ts'
import { openFrontDoor } from './http/server.ts'
import { createAuthenticator, entranceAuthenticator, formAuthenticator } from './http/sign.ts'
import { createSteps } from './http/steps.ts'
import type { MovableClock } from './kernel/clock.ts'
import type { Host } from './kernel/host.ts'
import { systemIds } from './kernel/ids.ts'
import { lazyFunctions } from './lazy-functions.ts'
import { lazyPolicySource } from './lazy-policy-source.ts'
import { makeFolder } from './make-folder.ts'
import { createMover, openClock } from './node-clock.ts'
import { keyFileIn, leaveNodeRecord } from './node-record.ts'
import { createMailer } from './outbox/smtp.ts'
import { openLmdbStore } from './store/lmdb.ts'
import { createRecords } from './store/records.ts'
import { createLog } from './telemetry/log.ts'
import { createTelemetry } from './telemetry/telemetry.ts'
import { version } from './version.ts'
import { createWorkers } from './workers/pool.ts'

export interface StartOptions {
  /** The host's time, epoch milliseconds; tests open old data folders in their own time. */
  readonly hostMs?: () => number
}

export interface RunningNode extends AsyncDisposable {
  readonly endpoint: string
  readonly port: number
  readonly host: Host
  readonly clock: MovableClock
  /** The administrator key's file; undefined when the node has none (`--dev` works with `test`). */
  readonly adminKeyFile: string | undefined
  /** Whether commands find it by its data folder; one that keeps nothing leaves that to a node that lives there. */
  readonly recorded: boolean
  /** Stops accepting, lets what is in flight end, closes everything. Safe to call again. */
  close(): Promise<void>
}

/**
 * Starts a node. Rejects with a ConfigError when it may not start as configured, with a StoreError when the data
 * folder is in use or of an unknown format, and with EADDRINUSE when the port is taken.
 */
export async function startNode(config: Config, { hostMs = Date.now }: StartOptions = {}): Promise<RunningNode> {
  const stack = new AsyncDisposableStack()
  try {
    return await start(config, stack, hostMs)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function start(config: Config, stack: AsyncDisposableStack, hostMs: () => number): Promise<RunningNode> {
  const stopping = new AbortController()
  const stop = () => stopping.abort(new Error('the node is stopping'))
  /** Work that goes on until it is told to stop, which it is also when a later step of the start fails. */
  const endsWithNode = (work: Promise<unknown>) =>
    stack.defer(async () => {
      stop()
      await work
    })
  const log = createLog(config.logLevel, (line) => void process.stderr.write(line), Date.now)
  makeFolder(resolve(config.dataDir))
  const store = stack.use(await openLmdbStore({ path: join(config.dataDir, 'store'), ephemeral: config.ephemeral }))
  const records = createRecords(store)
  const clock = await openClock(records, hostMs)
  const bodiesDir = config.ephemeral ? await temporaryFolder(stack) : config.dataDir
  const blobs = stack.use(await openDiskBlobs({ path: join(bodiesDir, 'blobs'), records, clock }))
  const sealing = openSealing(records, clock)
  stack.defer(() =>
    sealing.opened.then(
      () => undefined,
      () => undefined,
    ),
  )
  const workers = stack.use(
    createWorkers(Math.max(1, availableParallelism() - 1), new URL('./workers/thread.ts', import.meta.url)),
  )
  const directory = createDirectory({ started: (service) => service.start?.(host) })
  const crash = () => void process.kill(process.pid, 'SIGKILL')
  const faults = config.faults ? createFaults({ clock, ids: systemIds, crash }) : undefined
  const budget = { used: 0, max: config.limits.bufferedBytes }
  const inFlight = { count: 0, max: config.limits.inFlight }
  let port = config.port

  const endpoint = () => `http://${hostInUrl(config.host)}:${port}`
  const deliveries = createDeliveries(clock, systemIds)
  // Before what writes to it, so that it closes after: the last lines of a function are kept too.
  const telemetry = stack.use(
    createTelemetry({
      records,
      clock,
      ids: systemIds,
      deliveries,
      log,
      sealing,
      recordInvocations: config.recordInvocations,
    }),
  )
  const runtimesDir = join(config.dataDir, 'runtimes')
  const whyUnavailable = async (runtime: string) => {
    const { createLanguages } = await import('./functions/languages.ts')
    return createLanguages(runtimesDir).unavailable(runtime)
  }
  const functions = stack.use(
    lazyFunctions(
      async () => {
        const { createFunctionRunner } = await import('./functions/runner.ts')
        return createFunctionRunner({
          runtimesDir,
          blobs,
          codeDir: join(bodiesDir, 'functions'),
          endpoint,
          clock,
          log,
          isolation: config.isolation,
          sourceMaps: config.sourceMaps,
          network: config.functionNetwork,
          cpu: config.functions.cpu,
          concurrency: config.functions.concurrency,
          ...(config.functions.containerEngine !== undefined && {
            containerEngines: [config.functions.containerEngine],
          }),
          ...(config.functions.instances !== undefined && { maxInstances: config.functions.instances }),
        })
      },
      { unavailable: whyUnavailable, concurrency: config.functions.concurrency },
    ),
  )
  if (config.isolation && !config.dev) await refuseWithoutIsolation(functions)

  const policySource = lazyPolicySource(directory)
  const access = createAccess({
    policySource,
    clock,
    resourcePolicy(tx, arn) {
      const entry = directory.byArnService(arn.split(':', 3)[2] ?? '')
      if (!entry) return undefined
      const service = directory.loaded(entry)
      if (service) return service.resourcePolicy?.(tx, arn)
      return directory.load(entry).then((loaded) => loaded.resourcePolicy?.(tx, arn))
    },
  })
  const findKey = createFindKey({ records, sealing, policySource, clock, dev: config.dev })
  const host: Host = createHost(
    {
      records,
      sealing,
      blobs,
      clock,
      ids: systemIds,
      log,
      workers,
      deliveries,
      logs: telemetry.logs,
      metrics: telemetry.metrics,
      usage: telemetry.usage,
      invocations: telemetry.invocations,
      functions: faults ? withFaults(functions, faults) : functions,
      ...(faults && { faults }),
      ...(config.mailServer && { mailer: createMailer(config.mailServer) }),
      authenticate: entranceAuthenticator(findKey, Date.now),
      authenticateForm: formAuthenticator(findKey, Date.now),
      signal: stopping.signal,
      dev: config.dev,
      endpoint,
      publicUrl: config.publicUrl,
    },
    directory,
    () => access,
  )

  const keyFile = keyFileIn(bodiesDir)
  const adminKeyFile = config.dev ? undefined : await ensureAdminKey(keyFile, config.account, host)
  const job: FindJob = async (kind) => {
    const [id = '', name = ''] = kind.split(':')
    const entry = directory.byId(id)
    return entry && (await directory.load(entry)).jobs?.[name]
  }
  let engine: Engine | undefined
  const services = directory.entries.map(({ id }) => id)
  const admin = createAdmin({
    version,
    dev: config.dev,
    clock,
    names: [config.host, ...config.names],
    budget,
    idleMs: config.limits.idleMs,
    services,
    advance: createMover(records, clock, () => engine),
    isDraining: () => stopping.signal.aborted,
    deployed: () => deployedUrls(records, 50),
    control: createControl({
      host,
      faults,
      job,
      services,
      budget,
      idleMs: config.limits.idleMs,
      region: config.region,
    }),
  })
  const door = await openFrontDoor({
    port: config.port,
    host: config.host,
    log,
    admin,
    inFlight,
    budget,
    limits: config.limits,
    opened: sealing.opened,
    steps: createSteps({
      host,
      directory,
      authenticator: createAuthenticator({
        findKey,
        wallNowMs: Date.now,
        idleMs: config.limits.idleMs,
        maxStreamBytes: maxStreamBytes,
      }),
      admin,
      names: [config.host, ...config.names],
      defaultScope: { account: config.account, region: config.region },
      inFlight,
      budget,
      idleMs: config.limits.idleMs,
      secure: false,
    }),
  })
  stack.defer(() => door.drain())
  port = door.port
  const { recorded, unrecord } = leaveNodeRecord(config, endpoint(), keyFile)
  const work = async () => {
    await sealing.opened
    engine = startEngine({
      host,
      // Of all that ever ran on this folder, no other had this process id at this microsecond.
      node: `${process.pid}-${(performance.timeOrigin + performance.now()).toFixed(3)}`,
      home: { account: config.account, region: config.region },
      job,
    })
    await Promise.all([engine.stopped, keepSwept(blobs, clock, log, stopping.signal)])
  }
  // Nobody waits for this: requests that come before the keys are there wait for them, and are told when they can't be had.
  endsWithNode(
    work().catch((error: unknown) =>
      log.error('the node cannot work: its keys were not opened', { error: String(error) }),
    ),
  )

  let closing: Promise<void> | undefined
  const close = () =>
    (closing ??= (async () => {
      stop()
      await door.drain()
      await stack.disposeAsync()
      unrecord()
    })())
  return { endpoint: endpoint(), port, host, clock, adminKeyFile, recorded, close, [Symbol.asyncDispose]: close }
}

/** An object of 5 TB, the largest there is. */
const maxStreamBytes = 5 * 2 ** 40

/** Bodies and code of a node that keeps nothing: gone when it closes. */
async function temporaryFolder(stack: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-ephemeral-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function refuseWithoutIsolation(functions: ReturnType<typeof lazyFunctions>): Promise<void> {
  await functions.ready()
  if (functions.isolation.kind !== 'none') return
  throw new ConfigError(
    `Functions would run unisolated, as the user of the node: ${functions.isolation.reason} See how to change that with landfall doctor, or accept it with --no-isolation.`,
  )
}
