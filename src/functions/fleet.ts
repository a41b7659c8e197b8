import { randomUUID } from 'node:crypto'
import type { FunctionSpec, RunRequest } from '../kernel/functions.ts'
import { type Fleet, FleetFull, type FleetOptions } from './fleet-contract.ts'
import { createFreezeIdle } from './freeze-idle.ts'
import {
  type Group,
  groupKey,
  groupsOf,
  type Idle,
  isFresh,
  longestIdle,
  longestWithout,
  newGroup,
  noteFailure,
  provisionedIn,
  staying,
  takeWaiter,
  type Waiter,
} from './groups.ts'
import { type Instance, logFor } from './instance.ts'
import type { InvocationLog } from './invocation-log.ts'
import { notStarted } from './outcome.ts'
import type { Served } from './served.ts'

const mostWaiting = 10_000
const sweepEveryMs = 1_000
/** A function with no instance gets the room of another that is busy without end, after this long. */
const starvedAfterMs = 250
/** How many idle instances end each second while the host is short of memory. */
const givenUpAtOnce = 8
/** Of the room that there is, what may be taken by instances that nobody waits for. */
const spareShare = 0.5

export function createFleet(options: FleetOptions): Fleet {
  const { start, clock, log, maxInstances, startsAtOnce, idleMs } = options
  const groups = new Map<string, Group>()
  /** Starts and ends under way. */
  const tasks = new Set<Promise<void>>()
  const freezeIdle = createFreezeIdle()
  const stop = new AbortController()
  let alive = 0
  let starts = 0
  let waiters = 0

  const groupOf = (spec: FunctionSpec) => {
    const key = groupKey(spec)
    let group = groups.get(key)
    if (!group) {
      group = newGroup(key, spec.functionArn)
      groups.set(key, group)
    }
    return group
  }
  const end = (group: Group, instance: Instance) => {
    group.ending += 1
    const done = instance
      .end()
      .catch((error: Error) => log.error('functions.instance-not-ended', { error: error.message }))
      .finally(() => {
        tasks.delete(done)
        group.ending -= 1
        group.alive -= 1
        alive -= 1
        pump()
      })
    tasks.add(done)
  }
  const fresh = (instance: Instance) => isFresh(instance, clock.nowMs())

  const addIdle = (group: Group, instance: Instance, initMs?: number) => {
    const entry = { instance, sinceMs: clock.nowMs(), sinceHost: performance.now(), initMs }
    group.idle.push(entry)
    freezeIdle.add(entry)
  }
  const removeIdle = (group: Group, entry: Idle) => {
    group.idle.splice(group.idle.indexOf(entry), 1)
    freezeIdle.remove(entry)
    end(group, entry.instance)
  }
  const takeIdle = (group: Group): Idle | undefined => {
    for (let entry = group.idle.pop(); entry; entry = group.idle.pop()) {
      freezeIdle.remove(entry)
      if (fresh(entry.instance)) return entry
      end(group, entry.instance)
    }
    return undefined
  }

  const serve = (
    group: Group,
    instance: Instance,
    request: RunRequest,
    requestLog: InvocationLog,
    { initMs, generation = group.generation }: { initMs?: number | undefined; generation?: number } = {},
  ) => {
    return instance.invoke(request, initMs, requestLog, () => {
      if (stop.signal.aborted || !fresh(instance) || generation !== group.generation) end(group, instance)
      else give(group, instance)
    })
  }
  const logOf = (request: RunRequest, logStream: string) => logFor(request, logStream, () => clock.nowMs())
  const take = (group: Group, trigger?: Waiter) => {
    const waiter = takeWaiter(group, trigger)
    if (waiter) waiters -= 1
    return waiter
  }
  /** Hands a free instance to who waits longest for its version. */
  const give = (group: Group, instance: Instance, initMs?: number) => {
    if (group.waiting.length > 0 && alive >= maxInstances && waiters > group.waiting.length) {
      const other = longestWithout(groups.values())
      if (other && performance.now() - other.sinceHost > starvedAfterMs) return end(group, instance)
    }
    const next = take(group)
    if (next) {
      next.resolve(serve(group, instance, next.request, logOf(next.request, instance.logStream), { initMs }))
      return
    }
    addIdle(group, instance, initMs)
    // Someone else may wait for room.
    if (waiters > 0) pump()
  }
  /** Starts an instance for who waits for one, or for nobody (yet). */
  const begin = async (group: Group, spec: FunctionSpec, trigger: Waiter | undefined) => {
    const { generation } = group
    group.starting += 1
    group.alive += 1
    alive += 1
    starts += 1
    const failed = (reason: string) => {
      group.alive -= 1
      alive -= 1
      if (!trigger) noteFailure(group, reason)
    }
    try {
      const { onLog } = group.startAhead ?? {}
      const started = await start(spec, trigger?.request ?? { requestId: randomUUID(), ...(onLog && { onLog }) })
      group.starting -= 1
      const waiter = stop.signal.aborted ? undefined : take(group, trigger)
      const requestLog = (logStream: string) =>
        waiter === trigger || !waiter ? started.log : logOf(waiter.request, logStream)
      if (started.kind === 'failed') {
        failed(started.failure.errorMessage)
        started.log.flush()
        const log = requestLog(started.logStream)
        waiter?.resolve(notStarted(waiter.spec, waiter.request, started, log, () => clock.nowMs()))
        return
      }
      const { instance, initMs } = started
      started.log.flush()
      group.failure = undefined
      // One that ends while it has nothing to do is not found out by the next request.
      void instance.process.exited.then(() => {
        const entry = group.idle.find((one) => one.instance === instance)
        if (entry) removeIdle(group, entry)
      })
      // Retired while it loaded, it still serves who waits: a changed function is another version, and another group.
      if (waiter) {
        const log = requestLog(instance.logStream)
        waiter.resolve(serve(group, instance, waiter.request, log, { initMs, generation }))
        if (generation === group.generation && staying(group) > 1) stayAhead(group, waiter.spec, waiter.request.onLog)
      } else if (stop.signal.aborted || generation !== group.generation) {
        end(group, instance)
      } else {
        give(group, instance, initMs)
      }
    } catch (error) {
      group.starting -= 1
      failed((error as Error).message)
      take(group, trigger)?.reject(error)
    } finally {
      starts -= 1
      pump()
    }
  }
  const beginTask = (group: Group, spec: FunctionSpec, trigger?: Waiter) => {
    const task = begin(group, spec, trigger).finally(() => tasks.delete(task))
    tasks.add(task)
  }
  const makeRoom = (): boolean => {
    if (alive < maxInstances) return true
    const oldest = longestIdle(groups.values())
    // Its end pumps again.
    if (oldest) removeIdle(oldest.group, oldest.entry)
    return false
  }
  const pump = () => {
    if (stop.signal.aborted) return
    for (let started = true; started && waiters > 0; ) {
      started = false
      for (const group of [...groups.values()]) {
        if (group.waiting.length <= group.starting) continue
        if (starts >= startsAtOnce || !makeRoom()) return
        const trigger = group.waiting[group.starting] as Waiter
        beginTask(group, trigger.spec, trigger)
        // Functions take turns: the next one's first instance comes before this one's second.
        groups.delete(group.key)
        groups.set(group.key, group)
        started = true
      }
    }
    for (const group of groups.values()) keepUp(group)
  }
  /** Starts what the group is to have without being asked. */
  const keepUp = (group: Group) => {
    const { startAhead, failure } = group
    if (!startAhead || stop.signal.aborted || performance.now() < (failure?.againHost ?? 0)) return
    while (staying(group) < group.keep && starts < startsAtOnce) {
      if (!makeRoom()) {
        if (tasks.size === 0) noteFailure(group, 'The node has no room for more instances.')
        return
      }
      beginTask(group, startAhead.spec)
    }
  }
  /** While requests come faster than instances become free, one is started before it is asked for. */
  const stayAhead = (group: Group, spec: FunctionSpec, onLog: RunRequest['onLog']) => {
    if (group.keep > 0 || group.idle.length > 0 || group.starting > 0 || group.failure) return
    if (alive >= maxInstances * spareShare || starts >= startsAtOnce || waiters > 0 || options.isShort()) return
    group.startAhead = { spec, onLog }
    beginTask(group, spec)
  }

  const sweep = () => {
    const now = clock.nowMs()
    for (const [key, group] of groups) {
      const isOver = (entry: Idle) => now - entry.sinceMs >= idleMs && staying(group) > group.keep
      for (const entry of [...group.idle]) if (isOver(entry) || !fresh(entry.instance)) removeIdle(group, entry)
      keepUp(group)
      if (group.alive === 0 && group.waiting.length === 0 && group.keep === 0) groups.delete(key)
    }
    for (let left = options.isShort() ? givenUpAtOnce : 0; left > 0; left -= 1) {
      const oldest = longestIdle(groups.values())
      if (oldest) removeIdle(oldest.group, oldest.entry)
    }
  }
  const timer = setInterval(sweep, sweepEveryMs)
  timer.unref()
  clock.onAdvance(sweep, stop.signal)

  return {
    run(spec, request) {
      if (stop.signal.aborted) return Promise.reject(new FleetFull('The node is stopping.'))
      const group = groupOf(spec)
      const idle = takeIdle(group)
      if (idle) {
        const { instance, initMs } = idle
        const outcome = serve(group, instance, request, logOf(request, instance.logStream), { initMs })
        if (staying(group) > 1) stayAhead(group, spec, request.onLog)
        return outcome
      }
      if (waiters >= mostWaiting) return Promise.reject(new FleetFull('Too many requests wait for an instance.'))
      const { promise, resolve, reject } = Promise.withResolvers<Served>()
      group.waiting.push({ spec, request, sinceHost: performance.now(), resolve, reject })
      waiters += 1
      pump()
      return promise
    },
    startSpare(spec, onLog) {
      const group = groupOf(spec)
      if (group.alive === 0 && !stop.signal.aborted) stayAhead(group, spec, onLog)
    },
    provision(spec, { count, onLog }) {
      const group = groupOf(spec)
      group.keep = Math.max(0, count)
      group.failure = undefined
      group.startAhead = { spec, onLog }
      for (const entry of group.idle.slice(0, Math.max(0, staying(group) - group.keep))) removeIdle(group, entry)
      keepUp(group)
    },
    provisioned: (spec) => provisionedIn(groups.get(groupKey(spec))),
    retire(functionArn, { versions } = { versions: false }) {
      for (const group of groupsOf(groups.values(), functionArn, versions)) {
        // Published versions do not change: what is kept is so until somebody says otherwise.
        if (group.keep > 0) continue
        group.generation += 1
        for (const entry of [...group.idle]) removeIdle(group, entry)
      }
    },
    count(functionArn) {
      if (functionArn === undefined) return alive
      return groupsOf(groups.values(), functionArn, false).reduce((sum, group) => sum + group.alive, 0)
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      clearInterval(timer)
      freezeIdle.stop()
      for (const group of groups.values()) {
        for (const entry of [...group.idle]) removeIdle(group, entry)
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
