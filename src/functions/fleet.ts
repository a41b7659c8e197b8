import type { MovableClock } from '../kernel/clock.ts'
import type { FunctionSpec, Outcome, RunRequest } from '../kernel/functions.ts'
import type { Log } from '../kernel/log.ts'
import { type Instance, logFor } from './instance.ts'
import type { InvocationLog } from './invocation-log.ts'
import { notStarted } from './outcome.ts'
import type { StartInstance } from './start-instance.ts'

/** All instances of all functions, and the requests that wait for one. */
export interface Fleet extends AsyncDisposable {
  run(spec: FunctionSpec, request: RunRequest): Promise<Outcome>
  retire(functionArn: string): void
  count(functionArn?: string): number
}

export interface FleetOptions {
  readonly start: StartInstance
  readonly clock: MovableClock
  readonly log: Log
  readonly maxInstances: number
  readonly startsAtOnce: number
  readonly idleMs: number
}

/** Thrown when no instance can be had: more requests wait than would ever be served in time. */
export class FleetFull extends Error {
  override name = 'FleetFull'
}

interface Waiter {
  readonly spec: FunctionSpec
  readonly request: RunRequest
  resolve(outcome: Outcome | Promise<Outcome>): void
  reject(error: unknown): void
}

/** The instances of one version. */
interface Group {
  readonly functionArn: string
  readonly idle: { instance: Instance; sinceMs: number; sinceHost: number }[]
  readonly waiting: Waiter[]
  starting: number
  alive: number
  /** Instances taken on in an earlier generation end after their request. */
  generation: number
}

const mostWaiting = 10_000
const sweepEveryMs = 1_000
/** An instance without work is stopped (SIGSTOP) after this long, so that timers left behind do not run for ever. */
const freezeAfterMs = 1_000
/** Credentials are used up to this long before they expire, plus the function's time. */
const credentialMarginMs = 60_000

export function createFleet(options: FleetOptions): Fleet {
  const { start, clock, log, maxInstances, startsAtOnce, idleMs } = options
  const groups = new Map<string, Group>()
  /** Starts and ends under way. */
  const tasks = new Set<Promise<void>>()
  const stop = new AbortController()
  let alive = 0
  let starts = 0
  let waiters = 0

  const end = (group: Group, instance: Instance) => {
    const done = instance
      .end()
      .catch((error: Error) => log.error('functions.instance-not-ended', { error: error.message }))
      .finally(() => {
        tasks.delete(done)
        group.alive -= 1
        alive -= 1
        pump()
      })
    tasks.add(done)
  }
  const fresh = (instance: Instance) =>
    instance.usable && instance.credentialsExpireAtMs - credentialMarginMs - instance.spec.timeoutMs > clock.nowMs()

  const takeIdle = (group: Group): Instance | undefined => {
    for (let entry = group.idle.pop(); entry; entry = group.idle.pop()) {
      if (fresh(entry.instance)) return entry.instance
      end(group, entry.instance)
    }
    return undefined
  }

  const serve = async (
    group: Group,
    instance: Instance,
    request: RunRequest,
    requestLog: InvocationLog,
    { initMs, generation = group.generation }: { initMs?: number; generation?: number } = {},
  ) => {
    try {
      return await instance.invoke(request, initMs, requestLog)
    } finally {
      if (stop.signal.aborted || !fresh(instance) || generation !== group.generation) end(group, instance)
      else give(group, instance)
    }
  }
  const logOf = (request: RunRequest, logStream: string) => logFor(request, logStream, () => clock.nowMs())
  /** Hands a free instance to who waits longest for its version. */
  const give = (group: Group, instance: Instance) => {
    const next = takeWaiter(group)
    if (next) {
      next.resolve(serve(group, instance, next.request, logOf(next.request, instance.logStream)))
      return
    }
    group.idle.push({ instance, sinceMs: clock.nowMs(), sinceHost: performance.now() })
    // Someone else may wait for room.
    if (waiters > 0) pump()
  }
  const takeWaiter = (group: Group) => {
    const waiter = group.waiting.shift()
    if (waiter) waiters -= 1
    return waiter
  }

  const begin = async (group: Group) => {
    const trigger = group.waiting[Math.min(group.starting, group.waiting.length - 1)]
    if (!trigger) return
    const { generation } = group
    group.starting += 1
    group.alive += 1
    alive += 1
    starts += 1
    try {
      const started = await start(trigger.spec, trigger.request)
      group.starting -= 1
      const waiter = stop.signal.aborted ? undefined : takeGiven(group, trigger)
      const requestLog = (logStream: string) =>
        !waiter || waiter === trigger ? started.log : logOf(waiter.request, logStream)
      if (started.kind === 'failed') {
        group.alive -= 1
        alive -= 1
        const { failure, initMs, logStream } = started
        const log = requestLog(logStream)
        waiter?.resolve(notStarted(waiter.spec, waiter.request, failure, initMs, logStream, log, () => clock.nowMs()))
        return
      }
      const { instance, initMs } = started
      started.log.flush()
      // Retired while it loaded, it still serves who waits: a changed function is another version, and another group.
      if (waiter) {
        const log = requestLog(instance.logStream)
        waiter.resolve(serve(group, instance, waiter.request, log, { initMs, generation }))
      } else if (stop.signal.aborted || generation !== group.generation) {
        end(group, instance)
      } else {
        give(group, instance)
      }
    } catch (error) {
      group.starting -= 1
      group.alive -= 1
      alive -= 1
      takeGiven(group, trigger)?.reject(error)
    } finally {
      starts -= 1
      pump()
    }
  }
  /** The request that an instance was started for, else the one that waits longest. */
  const takeGiven = (group: Group, trigger: Waiter): Waiter | undefined => {
    const at = group.waiting.indexOf(trigger)
    if (at < 0) return takeWaiter(group)
    group.waiting.splice(at, 1)
    waiters -= 1
    return trigger
  }

  const makeRoom = (): boolean => {
    if (alive < maxInstances) return true
    let oldest: { group: Group; at: number; sinceHost: number } | undefined
    for (const group of groups.values()) {
      const first = group.idle[0]
      if (first && (!oldest || first.sinceHost < oldest.sinceHost))
        oldest = { group, at: 0, sinceHost: first.sinceHost }
    }
    const evicted = oldest?.group.idle.shift()
    // Its end pumps again.
    if (oldest && evicted) end(oldest.group, evicted.instance)
    return false
  }
  const pump = () => {
    if (waiters === 0 || stop.signal.aborted) return
    for (const group of groups.values()) {
      while (group.waiting.length > group.starting) {
        if (starts >= startsAtOnce || !makeRoom()) return
        const task = begin(group).finally(() => tasks.delete(task))
        tasks.add(task)
      }
    }
  }

  const sweep = () => {
    const hostNow = performance.now()
    const now = clock.nowMs()
    for (const [key, group] of groups) {
      for (const entry of [...group.idle]) {
        if (now - entry.sinceMs >= idleMs || !fresh(entry.instance)) {
          group.idle.splice(group.idle.indexOf(entry), 1)
          end(group, entry.instance)
        } else if (hostNow - entry.sinceHost >= freezeAfterMs) {
          entry.instance.process.freeze()
        }
      }
      if (group.alive === 0 && group.waiting.length === 0) groups.delete(key)
    }
  }
  const timer = setInterval(sweep, sweepEveryMs)
  timer.unref()
  clock.onAdvance(sweep, stop.signal)

  return {
    run(spec, request) {
      if (stop.signal.aborted) return Promise.reject(new FleetFull('The node is stopping.'))
      const key = `${spec.functionArn} ${spec.version}`
      let group = groups.get(key)
      if (!group) {
        group = { functionArn: spec.functionArn, idle: [], waiting: [], starting: 0, alive: 0, generation: 0 }
        groups.set(key, group)
      }
      const instance = takeIdle(group)
      if (instance) {
        return serve(group, instance, request, logOf(request, instance.logStream))
      }
      if (waiters >= mostWaiting) {
        return Promise.reject(new FleetFull(`${mostWaiting} requests already wait for an instance.`))
      }
      const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
      group.waiting.push({ spec, request, resolve, reject })
      waiters += 1
      pump()
      return promise
    },
    retire(functionArn) {
      for (const group of groups.values()) {
        if (group.functionArn !== functionArn && !group.functionArn.startsWith(`${functionArn}:`)) continue
        group.generation += 1
        for (const { instance } of group.idle.splice(0)) end(group, instance)
      }
    },
    count(functionArn) {
      if (functionArn === undefined) return alive
      let sum = 0
      for (const group of groups.values()) if (group.functionArn === functionArn) sum += group.alive
      return sum
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      clearInterval(timer)
      for (const group of groups.values()) {
        for (const { instance } of group.idle.splice(0)) end(group, instance)
        for (const waiter of group.waiting.splice(0)) waiter.reject(new FleetFull('The node is stopping.'))
      }
      waiters = 0
      // Who owns the processes ends those that load or serve, and with that their starts and requests.
      while (alive > 0) {
        await Promise.all(tasks)
        if (alive > 0) await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
  }
}
