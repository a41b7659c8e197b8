import { randomBytes } from 'node:crypto'
import { symlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import type { FunctionSpec, RunRequest } from '../kernel/functions.ts'
import type { CodeLease, CodeStore } from './code-store.ts'
import { bringsExtensions, type CodeTraits } from './code-traits.ts'
import type { CpuMode } from './cpu-share.ts'
import { functionEnvironment } from './environment.ts'
import { NotStarted } from './exit.ts'
import { exitMessage, type Failure, failureOf } from './failure.ts'
import { createInstance, type Instance, logFor } from './instance.ts'
import type { InvocationLog } from './invocation-log.ts'
import type { Isolation } from './isolation.ts'
import type { LaunchPlan } from './launch-plan.ts'
import { linkLayers } from './layers.ts'
import type { InstanceProcess } from './process.ts'
import { mostTries } from './served.ts'
import { ZipError } from './zip-directory.ts'

export interface StartDeps {
  readonly code: CodeStore
  readonly isolation: Isolation
  readonly clock: Clock
  readonly initLimitMs: number
  /** Once the node stops, what it ends is not begun anew. */
  readonly closing: AbortSignal
  readonly cpu?: CpuMode | undefined
  endpoint(): string
  /** A process that waits for its function. */
  take(plan: LaunchPlan, spec: FunctionSpec): Promise<InstanceProcess>
  plan(spec: FunctionSpec, traits: CodeTraits): Promise<LaunchPlan | string>
}

export type Started =
  | { readonly kind: 'ready'; readonly instance: Instance; readonly initMs: number; readonly log: InvocationLog }
  | {
      readonly kind: 'failed'
      readonly failure: Failure
      readonly initMs: number
      /** 0: there was no process yet. */
      readonly maxMemoryMb: number
      readonly logStream: string
      readonly log: InvocationLog
    }

/** Starts one instance of a version, on behalf of `request`, whose log gets what loading prints. */
export type StartInstance = (spec: FunctionSpec, request: Pick<RunRequest, 'requestId' | 'onLog'>) => Promise<Started>

/**
 * Makes the function that starts instances. It rejects only for reasons that are not the function's: no credentials
 * to be had, a host that cannot start processes.
 */
export function startInstance(deps: StartDeps): StartInstance {
  const nowMs = () => deps.clock.nowMs()

  const attempt = async (locked: FunctionSpec, request: Parameters<StartInstance>[1], limitMs: number) => {
    const environment = await locked.decryptEnvironment?.()
    const spec = environment ? { ...locked, environment } : locked
    const logStream = streamName(nowMs(), spec.qualifier)
    const log = logFor(request, logStream, nowMs)
    const failed = (failure: Failure, loaded = { initMs: 0, maxMemoryMb: 0 }, killed = false) =>
      ({ kind: 'failed', failure, ...loaded, killed, logStream, log }) as const
    const [lease, credentials] = await leaseAndCredentials(deps.code, spec)
    if (lease instanceof ZipError) return failed(failureOf('InvalidZipFileException', lease.message))
    try {
      const extensions = await bringsExtensions(lease.layersDir)
      const plan = await deps.plan(spec, { ...lease.traits, extensions })
      if (typeof plan === 'string') {
        lease.release()
        return failed(failureOf('Runtime.Unavailable', plan))
      }
      const inside = (path: string) => join(deps.isolation.inside.codeRoot, relative(deps.code.root, path))
      const process = await deps.take(plan, spec).catch((error: unknown) => {
        if (!(error instanceof NotStarted)) throw error
        // Options of the function's own are the one thing of it that a program meets this early.
        if (error.exit.signal !== 'SIGKILL' && plan.environment.NODE_OPTIONS === undefined) throw error
        return error
      })
      if (process instanceof NotStarted && process.exit.signal === 'SIGKILL') {
        lease.release()
        return { kind: 'lost', error: process } as const
      }
      if (process instanceof NotStarted) {
        for (const line of process.said) log.add(line)
        lease.release()
        return failed(addRequestId(failureOf('Runtime.ExitError', exitMessage(process.exit)), request.requestId))
      }
      const { layersDir } = lease
      const { codeLink } = process
      try {
        if (layersDir !== undefined && process.optDir !== undefined) {
          await linkLayers(layersDir, inside(layersDir), process.optDir)
        }
        if (codeLink) await symlink(inside(lease.dir), codeLink.path)
        if (spec.egress) await process.restrict(spec.egress)
      } catch (error) {
        const { alive } = process
        await process.end()
        if (alive) throw error
        // It has ended, and its folders and its network with it.
        lease.release()
        return { kind: 'lost', error } as const
      }
      const layersRoot = process.optDir !== undefined ? '/opt' : layersDir && inside(layersDir)
      const instance = createInstance({
        spec,
        process,
        lease,
        logStream,
        credentialsExpireAtMs: credentials.expiresAtMs,
        cpu: deps.cpu,
        nowMs,
      })
      const taskRoot = spec.image ? '/var/task' : (codeLink?.inside ?? inside(lease.dir))
      const runtimeDir = deps.isolation.inside.runtimesDir
      const init = await instance.initialise(
        {
          environment: functionEnvironment(spec, {
            taskRoot,
            layersRoot,
            runtimeDir,
            logStream,
            endpoint: deps.endpoint(),
            credentials,
          }),
          taskRoot,
          layersRoot,
          compiledFile: lease.compiledFile && inside(lease.compiledFile),
          keepsCompiled: lease.compiledFile === undefined,
          handler: spec.handler,
          account: spec.account,
          logFormat: spec.logFormat,
          logLevel: spec.applicationLogLevel ?? 'INFO',
        },
        limitMs,
        log,
      )
      if (init.kind === 'ready') return { kind: 'ready', instance, initMs: init.initMs, log } as const
      await instance.end()
      if (init.kind === 'lost') return { kind: 'lost', error: new Error('it ended while it was taken') } as const
      const { initMs, maxMemoryMb } = init
      if (init.kind === 'failed') {
        return failed(addRequestId(init.failure, request.requestId), { initMs, maxMemoryMb }, init.killed)
      }
      return { kind: 'timeout', initMs, maxMemoryMb, logStream, log } as const
    } catch (error) {
      lease.release()
      throw error
    }
  }

  /** A process that was ended from outside, before it was told what to load, is no answer to anybody: another is taken. */
  const untilTold = async (...[spec, request, limitMs]: Parameters<typeof attempt>) => {
    for (let tries = 1; ; tries += 1) {
      const tried = await attempt(spec, request, limitMs)
      if (tried.kind !== 'lost') return tried
      if (tries === mostTries || deps.closing.aborted) throw tried.error
    }
  }

  return async (spec, request) => {
    const first = await untilTold(spec, request, deps.initLimitMs)
    if (first.kind === 'ready') return first
    if (first.kind === 'failed' && (!first.killed || deps.closing.aborted)) return first
    // As Lambda does: what takes too long ahead of the request is done again as part of it, within its time. So is what
    // was killed meanwhile, of which nobody can tell whether it was the code's own doing.
    const second = await untilTold(spec, request, spec.timeoutMs)
    if (second.kind !== 'timeout') return second
    const message = `RequestId: ${request.requestId} Error: Task timed out after ${(spec.timeoutMs / 1000).toFixed(2)} seconds`
    return { ...second, kind: 'failed', failure: failureOf('Sandbox.Timedout', message) }
  }
}

async function leaseAndCredentials(code: CodeStore, spec: FunctionSpec) {
  const leasing = leaseAll(code, spec).catch((error: unknown) => {
    if (error instanceof ZipError) return error
    throw error
  })
  const [lease, credentials] = await Promise.allSettled([leasing, spec.credentials()])
  if (lease.status === 'rejected') throw lease.reason
  if (credentials.status === 'rejected') {
    if (!(lease.value instanceof ZipError)) lease.value.release()
    throw credentials.reason
  }
  return [lease.value, credentials.value] as const
}

/** The code of an image is in the image. */
const nothingLeased: CodeLease = {
  dir: '/',
  compiledFile: undefined,
  traits: { sdkPackages: [], usesRuntimeApi: false },
  keepCompiled: () => undefined,
  release: () => undefined,
}

/** The function's own code and, where it has some, its layers, as one thing to release. */
async function leaseAll(code: CodeStore, spec: FunctionSpec): Promise<CodeLease & { layersDir?: string }> {
  if (spec.image) return nothingLeased
  const { layers = [] } = spec
  const own = await code.acquire(spec.code, spec.codeSha256, spec.functionArn)
  if (layers.length === 0) return own
  const joined = await code.acquireLayers(layers).catch((error: unknown) => {
    own.release()
    throw error
  })
  const release = () => {
    own.release()
    joined.release()
  }
  return { ...own, layersDir: joined.dir, release }
}

/** What the platform itself says of an instance that ended while it loaded names the request; programs don't know it yet. */
function addRequestId(failure: Failure, requestId: string): Failure {
  if (failure.errorType !== 'Runtime.ExitError' || failure.errorMessage.startsWith('RequestId:')) return failure
  return failureOf(failure.errorType, `RequestId: ${requestId} Error: ${failure.errorMessage}`)
}

/** `2026/11/22/[$LATEST]0123…`, as Lambda names them. */
export function streamName(nowMs: number, qualifier: string): string {
  return `${new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/')}/[${qualifier}]${randomBytes(16).toString('hex')}`
}
