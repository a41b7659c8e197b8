import type { Ctx } from '../../kernel/context.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { codeSigningIdOf } from './code-signing-names.ts'
import { constraint, invalid } from './errors.ts'
import { findVersion } from './find.ts'
import { arnOf } from './functions.ts'
import { layerResourcePolicy } from './layers.ts'
import { type FunctionName, functionArn, nameOfArn, readName } from './names.ts'
import { addStatement, findPolicy, policyText, principalOf, removeStatement } from './policy-statements.ts'
import { codeSigningConfig, lambdaFunction, mapping, policy, type Statement } from './state.ts'
import { mappingOfArn } from './tags.ts'

/** Who else may call a function: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html */
export const policies = operations<Api>()({
  AddPermission: {
    authorize: (input, ctx) => [
      {
        action: 'lambda:AddPermission',
        resource: arnOf(input.FunctionName, ctx, input.Qualifier),
        context: {
          'lambda:Principal': input.Principal,
          ...(input.FunctionUrlAuthType ? { 'lambda:FunctionUrlAuthType': input.FunctionUrlAuthType } : {}),
        },
      },
    ],
    async write(tx, input, ctx) {
      const name = policyName(input.FunctionName, input.Qualifier, ctx)
      await findVersion(tx, name)
      if (!/^(lambda:(\*|[a-zA-Z]+)|\*)$/.test(input.Action)) {
        throw constraint(
          input.Action,
          'action',
          'Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])',
        )
      }
      const { statement } = await addStatement(
        tx.in(name.scope),
        keyOf(name),
        input,
        {
          Effect: 'Allow',
          Principal: principalOf(input.Principal),
          Action: input.Action,
          Resource: functionArn(name),
          ...conditionOf(input),
        },
        ctx.newId(),
      )
      return { Statement: JSON.stringify(statement) }
    },
  },

  RemovePermission: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      { action: 'lambda:RemovePermission', resource: arnOf(FunctionName, ctx, Qualifier) },
    ],
    async write(tx, input, ctx) {
      const name = readName(input.FunctionName, ctx.scope, input.Qualifier)
      await findVersion(tx, name)
      await removeStatement(tx.in(name.scope), keyOf(name), input, ctx.newId())
      return {}
    },
  },

  GetPolicy: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      { action: 'lambda:GetPolicy', resource: arnOf(FunctionName, ctx, Qualifier) },
    ],
    async read(tx, { FunctionName, Qualifier }, ctx) {
      const name = readName(FunctionName, ctx.scope, Qualifier)
      await findVersion(tx, name)
      const found = await findPolicy(tx.in(name.scope), keyOf(name), 'The resource you requested does not exist.')
      return { Policy: policyText(found), RevisionId: found.revisionId }
    },
  },
})

/** Where the policy of a function, version or alias is kept. */
export function keyOf({ name, qualifier }: FunctionName) {
  return policy(name, qualifier === '$LATEST' ? '' : (qualifier ?? ''))
}

function policyName(text: string, qualifier: string | undefined, ctx: Ctx): FunctionName {
  const name = readName(text, ctx.scope, qualifier)
  if (name.qualifier === '$LATEST') throw invalid('We currently do not support adding policies for $LATEST.')
  return name
}

/** Policy and tags of what an ARN of Lambda names, for the check of a request on it. */
export async function resourcePolicy(tx: ReadTx, arn: string) {
  const name = nameOfArn(arn)
  if (name) {
    const home = tx.in(name.scope)
    const [record, found] = await Promise.all([home.get(lambdaFunction(name.name)), home.get(keyOf(name))])
    return record && { policy: found && policyText(found), tags: record.tags }
  }
  const at = mappingOfArn(arn)
  if (at) return tagsOf(await tx.in(at.scope).get(mapping(at.id)))
  const config = codeSigningIdOf(arn)
  if (config) return tagsOf(await tx.in(config.scope).get(codeSigningConfig(config.id)))
  return layerResourcePolicy(tx, arn)
}

function tagsOf(found: { readonly tags: Readonly<Record<string, string>> } | undefined) {
  return found && { tags: { ...found.tags } }
}

interface Conditions {
  readonly SourceArn?: string
  readonly SourceAccount?: string
  readonly EventSourceToken?: string
  readonly FunctionUrlAuthType?: string
  readonly InvokedViaFunctionUrl?: boolean
  readonly PrincipalOrgID?: string
}

function conditionOf(input: Conditions): Pick<Statement, 'Condition'> {
  const equals: Record<string, string> = {}
  if (input.SourceAccount !== undefined) equals['AWS:SourceAccount'] = input.SourceAccount
  if (input.EventSourceToken !== undefined) equals['lambda:EventSourceToken'] = input.EventSourceToken
  if (input.FunctionUrlAuthType !== undefined) equals['lambda:FunctionUrlAuthType'] = input.FunctionUrlAuthType
  // Accounts here are of no organisation, so that nobody gets in by this: as for a stranger in AWS.
  if (input.PrincipalOrgID !== undefined) equals['aws:PrincipalOrgID'] = input.PrincipalOrgID
  const condition: Record<string, Record<string, string>> = {}
  if (Object.keys(equals).length > 0) condition.StringEquals = equals
  if (input.SourceArn !== undefined) condition.ArnLike = { 'AWS:SourceArn': input.SourceArn }
  if (input.InvokedViaFunctionUrl !== undefined) {
    condition.Bool = { 'lambda:InvokedViaFunctionUrl': String(input.InvokedViaFunctionUrl) }
  }
  return Object.keys(condition).length > 0 ? { Condition: condition } : {}
}
