import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { findFunction } from './find.ts'
import { arnOf } from './functions.ts'
import { readName } from './names.ts'
import { lambdaFunction } from './state.ts'

/** Whether a function that calls itself in a loop is stopped: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html */
export const recursion = operations<Api>()({
  PutFunctionRecursionConfig: {
    authorize: ({ FunctionName }, ctx) => [
      { action: 'lambda:PutFunctionRecursionConfig', resource: arnOf(FunctionName, ctx) },
    ],
    async write(tx, { FunctionName, RecursiveLoop }, ctx) {
      const name = readName(FunctionName, ctx.scope)
      const record = await findFunction(tx, name)
      tx.in(name.scope).set(lambdaFunction(record.name), { ...record, recursiveLoop: RecursiveLoop })
      return { RecursiveLoop }
    },
  },

  GetFunctionRecursionConfig: {
    authorize: ({ FunctionName }, ctx) => [
      { action: 'lambda:GetFunctionRecursionConfig', resource: arnOf(FunctionName, ctx) },
    ],
    async read(tx, { FunctionName }, ctx) {
      const { recursiveLoop = 'Terminate' } = await findFunction(tx, readName(FunctionName, ctx.scope))
      return { RecursiveLoop: recursiveLoop }
    },
  },
})
