import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { readCodeSigning } from './code-signing.ts'
import { codeSigningArn } from './code-signing-names.ts'
import { findFunction } from './find.ts'
import { arnOf } from './functions.ts'
import { countUntrusted } from './metrics.ts'
import { type FunctionName, functionArn, readName } from './names.ts'
import { codeSigningConfig, codeSigningUse, type LambdaFunction, lambdaFunction } from './state.ts'

/** The code signing configuration that a function has, and what it does to deployments. */
export const signedCode = operations<Api>()({
  PutFunctionCodeSigningConfig: {
    authorize: ({ FunctionName, CodeSigningConfigArn }, ctx) => {
      const action = 'lambda:PutFunctionCodeSigningConfig'
      const context = { 'lambda:CodeSigningConfigArn': CodeSigningConfigArn }
      return [
        { action, resource: arnOf(FunctionName, ctx), context },
        { action, resource: CodeSigningConfigArn, context },
      ]
    },
    async write(tx, { FunctionName, CodeSigningConfigArn }, ctx) {
      const name = readName(FunctionName, ctx.scope)
      const record = await findFunction(tx, name)
      const { id } = await readCodeSigning(tx, CodeSigningConfigArn, ctx)
      setCodeSigning(tx.in(name.scope), record, id)
      return { CodeSigningConfigArn, FunctionName: name.name }
    },
  },

  GetFunctionCodeSigningConfig: {
    authorize: ({ FunctionName }, ctx) => [
      { action: 'lambda:GetFunctionCodeSigningConfig', resource: arnOf(FunctionName, ctx) },
    ],
    async read(tx, { FunctionName }, ctx) {
      const name = readName(FunctionName, ctx.scope)
      const { codeSigningId } = await findFunction(tx, name)
      return {
        CodeSigningConfigArn: codeSigningId && codeSigningArn(name.scope, codeSigningId),
        FunctionName: name.name,
      }
    },
  },

  DeleteFunctionCodeSigningConfig: {
    authorize: ({ FunctionName }, ctx) => [
      { action: 'lambda:DeleteFunctionCodeSigningConfig', resource: arnOf(FunctionName, ctx) },
    ],
    async write(tx, { FunctionName }, ctx) {
      const name = readName(FunctionName, ctx.scope)
      setCodeSigning(tx.in(name.scope), await findFunction(tx, name), undefined)
      return {}
    },
  },
})

function setCodeSigning(tx: Tx, record: LambdaFunction, id: string | undefined): void {
  if (record.codeSigningId !== undefined) tx.delete(codeSigningUse(record.codeSigningId, record.name))
  if (id !== undefined) tx.set(codeSigningUse(id, record.name), true)
  tx.set(lambdaFunction(record.name), { ...record, codeSigningId: id })
}

/** The id of the configuration that a new function is to have; and in the same transaction, that it has it. */
export async function beginCodeSigning(
  tx: Tx,
  functionName: string,
  arn: string | undefined,
  ctx: Ctx,
): Promise<string | undefined> {
  if (arn === undefined) return undefined
  const { id } = await readCodeSigning(tx, arn, ctx)
  tx.set(codeSigningUse(id, functionName), true)
  return id
}

/**
 * In the transaction that gives a function code or layers: throws CodeVerificationFailedException when its code signing
 * configuration refuses what is not signed. Answers whether that was only to be warned of, with `warnOfUnsigned`.
 */
export async function checkSignature(tx: ReadTx, codeSigningId: string | undefined): Promise<boolean> {
  if (codeSigningId === undefined) return false
  const config = await tx.get(codeSigningConfig(codeSigningId))
  if (config?.policy !== 'Enforce') return config !== undefined
  throw awsError(
    'CodeVerificationFailedException',
    'Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured to accept. Check the provided signature for unsigned.',
    { members: { Type: 'User' } },
  )
}

/** What Warn does: a figure, and a line in the node's log. */
export function warnOfUnsigned({ host }: Pick<Ctx, 'host'>, name: FunctionName): void {
  countUntrusted(host, name)
  host.log.warn('lambda.unsigned-code', { function: functionArn({ scope: name.scope, name: name.name }) })
}
