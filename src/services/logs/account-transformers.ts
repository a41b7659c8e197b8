import type { Processor } from '@aws-sdk/client-cloudwatch-logs'
import { rootPrincipal } from '../../authn/find-key.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { nestsWithin } from '../../kernel/nesting.ts'
import { accountTransformers } from '../../telemetry/log-state.ts'
import type { PolicyKind } from './account-policy-kind.ts'
import { deletePrefixPolicy, prefixOf, putPrefixPolicy } from './account-prefix.ts'
import { groupResource } from './find.ts'
import { checkTransformer } from './transformer-config.ts'

const type = 'TRANSFORMER_POLICY'

/** A transformer of the groups that have none of their own. Its document is a list of processors. */
export const transformerKind: PolicyKind = {
  type,
  needed: (_document, ctx) => [{ action: 'logs:PutTransformer', resource: groupResource(ctx, '*') }],
  neededTo: (what, ctx) => ({
    action: what === 'remove' ? 'logs:DeleteTransformer' : 'logs:GetTransformer',
    resource: groupResource(ctx, '*'),
  }),
  async put(given, ctx) {
    const { host, scope, signal, nowMs } = ctx
    const prefix = prefixOf(given.criteria)
    const config = parsed(given.document)
    // Holds what is only text so far against the shapes, and the rules, of transformers.
    const trial = { transformerConfig: config, logEventMessages: ['{}'] }
    const options = { as: rootPrincipal(scope.account), scope, signal, plain: true }
    await host.invoke('logs:TestTransformer', trial, options).catch((error: unknown) => {
      if (!isAwsError(error, 'SerializationException')) throw error
      throw awsError('InvalidParameterException', error.message, { cause: error })
    })
    // There, members that a processor has not are left out; what is kept has them.
    checkTransformer(config)
    const next = { ...given, prefix, config, updatedAtMs: nowMs }
    await ctx.write((tx) => putPrefixPolicy(tx, accountTransformers(), next, type))
    return next
  },
  list: async (tx) => (await tx.get(accountTransformers())) ?? [],
  remove: (tx, name) => deletePrefixPolicy(tx, accountTransformers(), name),
}

/** Processors have a few levels. */
const mostDepth = 10

function parsed(document: string): Processor[] {
  try {
    const found: unknown = JSON.parse(document)
    if (Array.isArray(found) && nestsWithin(found, mostDepth)) return found as Processor[]
  } catch (error) {
    throw awsError('InvalidParameterException', 'policyDocument is not valid JSON.', { cause: error })
  }
  throw awsError('InvalidParameterException', 'policyDocument must be a list of processors.')
}
