import type { Host } from '../../kernel/host.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { invalid, tooManyRequests } from './errors.ts'
import { type Found, findFunction } from './find.ts'
import { arnOf } from './functions.ts'
import { readName } from './names.ts'
import { type LambdaFunction, lambdaFunction, usage } from './state.ts'

/** Concurrent requests of an account in a region, and how many of them can't be reserved. */
export function accountLimits(concurrency: number): { account: number; leastUnreserved: number } {
  return { account: concurrency, leastUnreserved: Math.min(100, Math.ceil(concurrency / 10)) }
}

/** Reserved concurrency: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
export const concurrency = operations<Api>()({
  PutFunctionConcurrency: {
    authorize: ({ FunctionName }, ctx) => [
      { action: 'lambda:PutFunctionConcurrency', resource: arnOf(FunctionName, ctx) },
    ],
    async write(tx, { FunctionName, ReservedConcurrentExecutions }, ctx) {
      const name = readName(FunctionName, ctx.scope)
      const home = tx.in(name.scope)
      const record = await findFunction(tx, name)
      const { reservedConcurrency, provisionedConcurrency = 0 } = record
      if (ReservedConcurrentExecutions < provisionedConcurrency) {
        throw invalid(
          `ReservedConcurrentExecutions cannot be less than the function's provisioned concurrency of ${provisionedConcurrency}. Lower that first.`,
        )
      }
      // What was provisioned out of everyone's is now part of what is reserved.
      const provisionedBefore = reservedConcurrency === undefined ? provisionedConcurrency : 0
      const change = ReservedConcurrentExecutions - (reservedConcurrency ?? 0)
      const { account, leastUnreserved } = accountLimits(ctx.host.functions.concurrency)
      const taken = (await home.count(usage('reserved'))) + (await home.count(usage('provisioned')))
      if (account - (taken + change - provisionedBefore) < leastUnreserved) {
        throw invalid(
          `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${leastUnreserved}].`,
        )
      }
      home.set(lambdaFunction(record.name), { ...record, reservedConcurrency: ReservedConcurrentExecutions })
      home.add(usage('reserved'), change)
      home.add(usage('provisioned'), -provisionedBefore)
      return { ReservedConcurrentExecutions }
    },
  },

  GetFunctionConcurrency: {
    authorize: ({ FunctionName }, ctx) => [
      { action: 'lambda:GetFunctionConcurrency', resource: arnOf(FunctionName, ctx) },
    ],
    async read(tx, { FunctionName }, ctx) {
      const { reservedConcurrency } = await findFunction(tx, readName(FunctionName, ctx.scope))
      return { ReservedConcurrentExecutions: reservedConcurrency }
    },
  },

  DeleteFunctionConcurrency: {
    authorize: ({ FunctionName }, ctx) => [
      { action: 'lambda:DeleteFunctionConcurrency', resource: arnOf(FunctionName, ctx) },
    ],
    async write(tx, { FunctionName }, ctx) {
      const name = readName(FunctionName, ctx.scope)
      const home = tx.in(name.scope)
      const record = await findFunction(tx, name)
      if (record.reservedConcurrency === undefined) return {}
      home.set(lambdaFunction(record.name), { ...record, reservedConcurrency: undefined })
      home.add(usage('reserved'), -record.reservedConcurrency)
      home.add(usage('provisioned'), record.provisionedConcurrency ?? 0)
      return {}
    },
  },
})

/** What the requests of one function take up. */
interface InUse {
  /** All of them, and those that run on provisioned instances, by alias or version. */
  total: number
  provisioned: number
  readonly byQualifier: Map<string, number>
}

interface Running {
  /** Requests of functions without a reservation that run on no provisioned instance. */
  unreserved: number
  readonly functions: Map<string, InUse>
}

/** A request that was counted in. */
export interface Place {
  /** How many of the function run, this one included. */
  readonly inUse: number
  /** Present when it runs on a provisioned instance: how many of how many are in use. */
  readonly provisioned?: { readonly inUse: number; readonly of: number } | undefined
  leave(): void
}

const running = new WeakMap<Host, Map<string, Running>>()

/**
 * Counts a request in, or throws TooManyRequestsException. The counts are this node's. A request takes one of the `ready`
 * provisioned instances of the alias or version that it names, as long as there is one.
 */
export async function enter(host: Host, { name, record }: Found, ready = 0): Promise<Place> {
  const regions = running.get(host) ?? new Map<string, Running>()
  running.set(host, regions)
  const place = `${name.scope.account} ${name.scope.region}`
  const region = regions.get(place) ?? { unreserved: 0, functions: new Map<string, InUse>() }
  regions.set(place, region)
  const qualifier = name.qualifier ?? ''
  const own = () => region.functions.get(record.name)
  const provisionedInUse = own()?.byQualifier.get(qualifier) ?? 0
  const isProvisioned = provisionedInUse < ready
  const { reservedConcurrency: reserved } = record
  if (reserved === 0) throw tooManyRequests('ReservedFunctionConcurrentInvocationLimitExceeded')
  if (!isProvisioned) {
    if (reserved !== undefined) checkReserved(own(), record, reserved)
    else await checkUnreserved(host, name.scope, region)
  }
  const counted = own() ?? { total: 0, provisioned: 0, byQualifier: new Map<string, number>() }
  region.functions.set(record.name, counted)
  const isUnreserved = reserved === undefined && !isProvisioned
  const count = (by: 1 | -1) => {
    counted.total += by
    if (isProvisioned) {
      counted.provisioned += by
      counted.byQualifier.set(qualifier, (counted.byQualifier.get(qualifier) ?? 0) + by)
    }
    if (isUnreserved) region.unreserved += by
    if (counted.total === 0) region.functions.delete(record.name)
  }
  count(1)
  return {
    inUse: counted.total,
    provisioned: isProvisioned ? { inUse: provisionedInUse + 1, of: ready } : undefined,
    leave: () => count(-1),
  }
}

/** What is provisioned is kept out of what the function's other requests may take. */
function checkReserved(inUse: InUse | undefined, record: LambdaFunction, reserved: number): void {
  const others = (inUse?.total ?? 0) - (inUse?.provisioned ?? 0)
  if (others < reserved - (record.provisionedConcurrency ?? 0)) return
  throw tooManyRequests('ReservedFunctionConcurrentInvocationLimitExceeded')
}

async function checkUnreserved(host: Host, scope: Found['name']['scope'], region: Running): Promise<void> {
  const { account, leastUnreserved } = accountLimits(host.functions.concurrency)
  // However much is reserved, so much is left.
  if (region.unreserved < leastUnreserved) return
  const taken = await host.records.read(
    scope,
    async (tx) => (await tx.count(usage('reserved'))) + (await tx.count(usage('provisioned'))),
  )
  if (region.unreserved >= account - taken) throw tooManyRequests('ConcurrentInvocationLimitExceeded')
}
