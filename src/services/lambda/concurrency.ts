import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { invalid } from './errors.ts'
import { findFunction } from './find.ts'
import { arnOf } from './functions.ts'
import { readName } from './names.ts'
import { lambdaFunction, usage } from './state.ts'

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
