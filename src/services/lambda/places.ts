import type { Host } from '../../kernel/host.ts'
import type { Scope } from '../../kernel/records.ts'
import { fullBucket, type TokenBucket, takeToken } from '../../kernel/token-bucket.ts'
import { accountLimits } from './concurrency.ts'
import { tooManyRequests } from './errors.ts'
import type { Found } from './find.ts'
import { usage } from './state.ts'

/** Synchronous requests a second for each that may run at once. */
const requestsPerPlace = 10
/** How fast the instances of one function may become more: so many at once, and a tenth of it more each second. */
const growth = { burst: 1_000, perSec: 100 }
/** An instance without work is kept so long, and need not be started again. */
const keptMs = 600_000
/** Above this many, functions without a request for that long are looked for, and forgotten. */
const fewFunctions = 1_000

/** What runs of one function, and how much of it has come lately. */
interface InUse {
  /** All requests, and those that run on provisioned instances. */
  total: number
  provisioned: number
  /** By alias or version that instances are provisioned for. */
  readonly byQualifier: Map<string, { inUse: number; readonly requests: TokenBucket }>
  readonly requests: TokenBucket
  /** How many instances without provision there are, as Lambda has it: one for each request at once. */
  instances: number
  readonly newInstances: TokenBucket
  usedAtMs: number
}

interface Region {
  /** Requests of functions without a reservation that run on no provisioned instance. */
  unreserved: number
  readonly requests: TokenBucket
  readonly functions: Map<string, InUse>
  forgetAbove: number
}

/** A request that was counted in. */
export interface Place {
  /** How many of the function run, this one included. */
  readonly inUse: number
  /** Present when it runs on a provisioned instance: how many of how many are in use. */
  readonly provisioned?: { readonly inUse: number; readonly of: number } | undefined
  leave(): void
}

const regions = new WeakMap<Host, Map<string, Region>>()

/**
 * Counts a request in, or throws TooManyRequestsException. The counts are this node's. A request takes one of the `ready`
 * provisioned instances of the alias or version that it names, as long as there is one and not more requests come than
 * those can serve. Requests a second are bounded for who waits for an answer; events (`asynchronous`) are not.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html#concurrency-vs-requests-per-second
 */
export async function enter(
  host: Host,
  { name, record }: Found,
  { ready = 0, asynchronous = false }: { readonly ready?: number; readonly asynchronous?: boolean } = {},
): Promise<Place> {
  const nowMs = host.clock.nowMs()
  const region = regionOf(host, name.scope)
  const { concurrency } = host.functions
  const { reservedConcurrency: reserved, provisionedConcurrency = 0 } = record
  if (reserved === 0) throw tooManyRequests('ReservedFunctionConcurrentInvocationLimitExceeded')
  // However much is reserved, the least is left; only above that the rest is asked for.
  let { leastUnreserved: unreserved } = accountLimits(concurrency)
  if (reserved === undefined && region.unreserved >= unreserved) {
    unreserved = concurrency - (await takenPlaces(host, name.scope))
  }
  // No more waiting: what is found free below is taken before anyone else looks.
  const own = region.functions.get(record.name) ?? add(region, record.name, nowMs)
  const kept = ready > 0 ? keptFor(own, name.qualifier ?? '') : undefined
  const provisioned =
    kept && kept.inUse < ready && (asynchronous || takeRequest(kept.requests, ready, nowMs)) ? kept : undefined
  const onDemand = own.total - own.provisioned
  if (!provisioned) {
    // What is provisioned is kept out of what the function's other requests may take.
    if (reserved !== undefined && onDemand >= reserved - provisionedConcurrency) {
      throw tooManyRequests('ReservedFunctionConcurrentInvocationLimitExceeded')
    }
    if (reserved === undefined && region.unreserved >= unreserved) {
      throw tooManyRequests('ConcurrentInvocationLimitExceeded')
    }
  }
  if (!asynchronous) {
    if (reserved !== undefined) {
      if (!takeRequest(own.requests, reserved, nowMs)) {
        throw tooManyRequests('ReservedFunctionInvocationRateLimitExceeded')
      }
    } else if (!provisioned) {
      if (!takeRequest(own.requests, concurrency, nowMs)) throw tooManyRequests('FunctionInvocationRateLimitExceeded')
      if (!takeRequest(region.requests, concurrency, nowMs)) throw tooManyRequests('CallerRateLimitExceeded')
    }
  }
  if (!provisioned && !hasInstance(own, onDemand, nowMs)) {
    throw tooManyRequests(
      reserved === undefined
        ? 'ConcurrentInvocationLimitExceeded'
        : 'ReservedFunctionConcurrentInvocationLimitExceeded',
    )
  }
  own.usedAtMs = nowMs
  const isUnreserved = reserved === undefined && !provisioned
  const count = (by: 1 | -1) => {
    own.total += by
    if (provisioned) {
      own.provisioned += by
      provisioned.inUse += by
    }
    if (isUnreserved) region.unreserved += by
  }
  count(1)
  return {
    inUse: own.total,
    provisioned: provisioned && { inUse: provisioned.inUse, of: ready },
    leave: () => count(-1),
  }
}

/** Takes one of a second's requests of what may run `places` at once. */
function takeRequest(bucket: TokenBucket, places: number, nowMs: number): boolean {
  const perSec = places * requestsPerPlace
  return takeToken(bucket, perSec, perSec, nowMs)
}

/**
 * Whether one more request has an instance, or may have one started.
 * https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html
 */
function hasInstance(own: InUse, inUse: number, nowMs: number): boolean {
  if (nowMs - own.usedAtMs > keptMs) own.instances = inUse
  if (inUse < own.instances) return true
  if (!takeToken(own.newInstances, growth.perSec, growth.burst, nowMs)) return false
  own.instances = inUse + 1
  return true
}

/** What is reserved for functions, or provisioned. */
function takenPlaces(host: Host, scope: Scope): Promise<number> {
  return host.records.read(
    scope,
    async (tx) => (await tx.count(usage('reserved'))) + (await tx.count(usage('provisioned'))),
  )
}

function regionOf(host: Host, { account, region }: Scope): Region {
  const known = regions.get(host) ?? new Map<string, Region>()
  regions.set(host, known)
  const key = `${account} ${region}`
  const before = known.get(key)
  if (before) return before
  const made = { unreserved: 0, requests: fullBucket(), functions: new Map(), forgetAbove: fewFunctions }
  known.set(key, made)
  return made
}

function add(region: Region, name: string, nowMs: number): InUse {
  const { functions } = region
  if (functions.size >= region.forgetAbove) {
    for (const [other, { total, usedAtMs }] of functions) {
      if (total === 0 && nowMs - usedAtMs > keptMs) functions.delete(other)
    }
    // Twice what is left: what is looked through is paid for by as many that were added.
    region.forgetAbove = Math.max(fewFunctions, functions.size * 2)
  }
  const own: InUse = {
    ...{ total: 0, provisioned: 0, byQualifier: new Map() },
    ...{ requests: fullBucket(), instances: 0, newInstances: fullBucket(), usedAtMs: nowMs },
  }
  functions.set(name, own)
  return own
}

function keptFor(own: InUse, qualifier: string) {
  const before = own.byQualifier.get(qualifier)
  if (before) return before
  const made = { inUse: 0, requests: fullBucket() }
  own.byQualifier.set(qualifier, made)
  return made
}
