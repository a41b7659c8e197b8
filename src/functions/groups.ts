import type { FunctionSpec, Provisioned, RunRequest } from '../kernel/functions.ts'
import type { Instance } from './instance.ts'
import type { Served } from './served.ts'

/** A request that waits for an instance. */
export interface Waiter {
  readonly spec: FunctionSpec
  readonly request: RunRequest
  readonly sinceHost: number
  resolve(served: Served | Promise<Served>): void
  reject(error: unknown): void
}

/** An instance without work. Times are the node's clock and the host's. */
export interface Idle {
  readonly instance: Instance
  readonly sinceMs: number
  readonly sinceHost: number
  /** What loading took, of an instance that was started ahead of its first request. */
  readonly initMs?: number | undefined
}

/** The instances of one version; those that are provisioned are a group of their own. */
export interface Group {
  readonly key: string
  readonly functionArn: string
  /** The last one to become idle is the first to work again, so that the others may go. */
  readonly idle: Idle[]
  readonly waiting: Waiter[]
  /** Of those alive, those that load and those that are being ended. */
  starting: number
  ending: number
  alive: number
  /** Instances taken on in an earlier generation end after their request. */
  generation: number
  /** How many are kept, whatever there is to do. */
  keep: number
  /** Why the last start ahead of need failed, and when (by the host) it may be tried again. */
  failure?: { readonly reason: string; readonly count: number; readonly againHost: number } | undefined
  /** Starts one for no request. */
  startAhead?: { readonly spec: FunctionSpec; readonly onLog: RunRequest['onLog'] } | undefined
}

/** Credentials are used up to this long before they expire, plus the function's time. */
const credentialMarginMs = 60_000

/** Whether an instance may serve another request. */
export function isFresh({ usable, credentialsExpireAtMs, spec }: Instance, nowMs: number): boolean {
  return usable && credentialsExpireAtMs - credentialMarginMs - spec.timeoutMs > nowMs
}

export function newGroup(key: string, functionArn: string): Group {
  return { key, functionArn, idle: [], waiting: [], starting: 0, ending: 0, alive: 0, generation: 0, keep: 0 }
}

/** Versions of one function do not share instances, and those that were provisioned through an alias are the alias's. */
export function groupKey(spec: FunctionSpec): string {
  return `${spec.functionArn} ${spec.version} ${spec.provisionedFor ?? ''}`
}

/** The instance that has been idle longest, of those that nobody asked to keep. */
export function longestIdle(groups: Iterable<Group>): { group: Group; entry: Idle } | undefined {
  let oldest: { group: Group; entry: Idle } | undefined
  for (const group of groups) {
    const [entry] = group.idle
    if (!entry || staying(group) <= group.keep) continue
    if (!oldest || entry.sinceHost < oldest.entry.sinceHost) oldest = { group, entry }
  }
  return oldest
}

/** The request that has waited longest of all functions that have no instance at all. */
export function longestWithout(groups: Iterable<Group>): Waiter | undefined {
  let longest: Waiter | undefined
  for (const group of groups) {
    const [waiter] = group.waiting
    if (!waiter || group.alive > 0) continue
    if (!longest || waiter.sinceHost < longest.sinceHost) longest = waiter
  }
  return longest
}

/** A start that nobody waits for has failed: it is tried again, later each time. */
export function noteFailure(group: Group, reason: string): void {
  const count = (group.failure?.count ?? 0) + 1
  group.failure = { reason, count, againHost: performance.now() + Math.min(60_000, 1_000 * 2 ** count) }
}

/** How many there will be when those under way have ended. */
export function staying({ alive, ending }: Group): number {
  return alive - ending
}

/** What has become of the instances that are to be kept. */
export function provisionedIn(group: Group | undefined): Provisioned {
  if (!group) return { ready: 0 }
  const ready = Math.min(group.keep, staying(group) - group.starting)
  return { ready, ...(group.failure && { failure: group.failure.reason }) }
}

/** Takes the request that an instance was started for, else the one that waits longest. */
export function takeWaiter({ waiting }: Group, trigger?: Waiter): Waiter | undefined {
  const at = trigger ? waiting.indexOf(trigger) : -1
  return at < 0 ? waiting.shift() : waiting.splice(at, 1)[0]
}

/** The instances of the function itself, or of all of its versions as well. */
export function groupsOf(groups: Iterable<Group>, functionArn: string, versions: boolean): Group[] {
  return [...groups].filter(
    (group) => group.functionArn === functionArn || (versions && group.functionArn.startsWith(`${functionArn}:`)),
  )
}
