import type { Host } from '../../kernel/host.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { invalid, tooManyRequests } from './errors.ts'
import { type Found, findFunction } from './find.ts'
import { arnOf } from './functions.ts'
import { readName } from './names.ts'
import { lambdaFunction, usage } from './state.ts'

/** Concurrent requests of an account in a region, and how many of them can't be reserved. */
const accountLimit = 1000
const leastUnreserved = 100

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
      const change = ReservedConcurrentExecutions - (record.reservedConcurrency ?? 0)
      if (accountLimit - ((await home.count(usage('reserved'))) + change) < leastUnreserved) {
        throw invalid(
          `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${leastUnreserved}].`,
        )
      }
      home.set(lambdaFunction(record.name), { ...record, reservedConcurrency: ReservedConcurrentExecutions })
      home.add(usage('reserved'), change)
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
      home.set(lambdaFunction(record.name), { ...record, reservedConcurrency: undefined })
      home.add(usage('reserved'), -(record.reservedConcurrency ?? 0))
      return {}
    },
  },
})

interface Running {
  /** Requests of functions without a reservation. */
  unreserved: number
  readonly functions: Map<string, number>
}

const running = new WeakMap<Host, Map<string, Running>>()

/**
 * Counts a request in, or throws TooManyRequestsException. Call the result when it has ended. The counts are this
 * node's. `inUse` is how many of the function run, this one included.
 */
export async function enter(host: Host, { name, record }: Found): Promise<{ inUse: number; leave(): void }> {
  const regions = running.get(host) ?? new Map<string, Running>()
  running.set(host, regions)
  const place = `${name.scope.account} ${name.scope.region}`
  const region = regions.get(place) ?? { unreserved: 0, functions: new Map() }
  regions.set(place, region)
  const inUse = (region.functions.get(record.name) ?? 0) + 1
  const reserved = record.reservedConcurrency
  if (reserved !== undefined) {
    if (inUse > reserved) throw tooManyRequests('ReservedFunctionConcurrentInvocationLimitExceeded')
  } else if (region.unreserved >= leastUnreserved) {
    const taken = await host.records.read(name.scope, (tx) => tx.count(usage('reserved')))
    if (region.unreserved >= accountLimit - taken) throw tooManyRequests('ConcurrentInvocationLimitExceeded')
  }
  region.functions.set(record.name, (region.functions.get(record.name) ?? 0) + 1)
  if (reserved === undefined) region.unreserved += 1
  return {
    inUse,
    leave() {
      const left = (region.functions.get(record.name) ?? 1) - 1
      if (left > 0) region.functions.set(record.name, left)
      else region.functions.delete(record.name)
      if (reserved === undefined) region.unreserved -= 1
    },
  }
}
