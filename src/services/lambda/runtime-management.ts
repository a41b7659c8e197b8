import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { invalid, unsupported } from './errors.ts'
import { findVersion } from './find.ts'
import { arnOf } from './functions.ts'
import { type FunctionName, functionArn, readName } from './names.ts'
import { runtimeUpdates } from './state.ts'

/** When a version's runtime is renewed: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html */
export const runtimeManagement = operations<Api>()({
  PutRuntimeManagementConfig: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      { action: 'lambda:PutRuntimeManagementConfig', resource: arnOf(FunctionName, ctx, Qualifier) },
    ],
    async write(tx, { FunctionName, Qualifier, UpdateRuntimeOn, RuntimeVersionArn }, ctx) {
      const name = await findNumbered(tx, readName(FunctionName, ctx.scope, Qualifier))
      if (UpdateRuntimeOn === 'Manual') {
        throw unsupported('UpdateRuntimeOn Manual', 'runtimes have one version each, that of the node.')
      }
      if (RuntimeVersionArn !== undefined) {
        throw invalid('RuntimeVersionArn is given with UpdateRuntimeOn Manual alone.')
      }
      tx.in(name.scope).set(keyOf(name), UpdateRuntimeOn)
      return { UpdateRuntimeOn, FunctionArn: functionArn(name) }
    },
  },

  GetRuntimeManagementConfig: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      { action: 'lambda:GetRuntimeManagementConfig', resource: arnOf(FunctionName, ctx, Qualifier) },
    ],
    async read(tx, { FunctionName, Qualifier }, ctx) {
      const name = await findNumbered(tx, readName(FunctionName, ctx.scope, Qualifier))
      const UpdateRuntimeOn = (await tx.in(name.scope).get(keyOf(name))) ?? 'Auto'
      return { UpdateRuntimeOn, FunctionArn: functionArn(name) }
    },
  },
})

async function findNumbered(tx: ReadTx, name: FunctionName): Promise<FunctionName> {
  const { alias } = await findVersion(tx, name)
  if (alias) throw invalid('Runtimes are managed by version: give a number or $LATEST.')
  return name
}

function keyOf(name: FunctionName) {
  return runtimeUpdates(name.name, name.qualifier ?? '$LATEST')
}
