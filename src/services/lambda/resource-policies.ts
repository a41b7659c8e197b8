import { validatePolicy } from '../../authz/validate.ts'
import type { Ctx } from '../../kernel/context.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { invalid } from './errors.ts'
import { findVersion } from './find.ts'
import { type FunctionName, nameOfArn } from './names.ts'
import { keyOf } from './policies.ts'
import { checkRevision, findPolicy, keepPolicy, policyText } from './policy-statements.ts'
import type { Policy, Statement } from './state.ts'

/** The policy of a function, version or alias as one document, which AddPermission and GetPolicy work on too. */
export const resourcePolicies = operations<Api>()({
  PutResourcePolicy: {
    authorize: ({ ResourceArn, Policy }) => {
      const principals = principalsIn(Policy)
      const context = principals.length > 0 ? { 'lambda:Principal': principals } : {}
      return [{ action: 'lambda:PutResourcePolicy', resource: ResourceArn, context }]
    },
    async write(tx, { ResourceArn, Policy, RevisionId }, ctx) {
      const name = readArn(ResourceArn, ctx)
      await findVersion(tx, name)
      const home = tx.in(name.scope)
      const key = keyOf(name)
      checkRevision(await home.get(key), RevisionId)
      const next = readPolicy(Policy, ResourceArn, ctx.newId())
      keepPolicy(home, key, next)
      return { Policy: policyText(next), RevisionId: next.revisionId }
    },
  },

  GetResourcePolicy: {
    authorize: ({ ResourceArn }) => [{ action: 'lambda:GetResourcePolicy', resource: ResourceArn }],
    async read(tx, { ResourceArn }, ctx) {
      const name = readArn(ResourceArn, ctx)
      await findVersion(tx, name)
      const found = await findPolicy(tx.in(name.scope), keyOf(name))
      return { Policy: policyText(found), RevisionId: found.revisionId }
    },
  },

  DeleteResourcePolicy: {
    authorize: ({ ResourceArn }) => [{ action: 'lambda:DeleteResourcePolicy', resource: ResourceArn }],
    async write(tx, { ResourceArn, RevisionId }, ctx) {
      const name = readArn(ResourceArn, ctx)
      await findVersion(tx, name)
      const home = tx.in(name.scope)
      checkRevision(await findPolicy(home, keyOf(name)), RevisionId)
      home.delete(keyOf(name))
      return {}
    },
  },
})

function readArn(arn: string, ctx: Ctx): FunctionName {
  const name = nameOfArn(arn)
  if (!name || name.scope.region !== ctx.region || name.qualifier === '$LATEST') {
    throw invalid(`${arn} is not the ARN of a function, version or alias in ${ctx.region}.`)
  }
  return name
}

interface Document {
  readonly Version?: string
  readonly Id?: string
  readonly Statement: Statement | readonly Statement[]
}

/** Throws InvalidParameterValueException for a document that is no policy on this resource. */
function readPolicy(text: string, arn: string, revisionId: string): Policy {
  try {
    const { Statement } = validatePolicy(text, 'resource')
    for (const { Action = [], Resource } of Statement) {
      if (!Resource || Resource.some((one) => one !== arn)) throw invalid(`The policy may name no resource but ${arn}.`)
      if (!Action.every((one) => one === '*' || /^lambda:/i.test(one))) {
        throw invalid('The policy may allow actions of Lambda alone.')
      }
    }
  } catch (error) {
    throw isAwsError(error, 'MalformedPolicyDocument') ? invalid(error.message) : error
  }
  const { Version, Id, Statement } = JSON.parse(text) as Document
  const statements = Array.isArray(Statement) ? Statement : [Statement as Statement]
  return { version: Version, id: Id, statements, revisionId }
}

/** Whom a policy is about, for conditions on `lambda:Principal`; nobody when it is none, which the operation refuses. */
function principalsIn(text: string): string[] {
  try {
    return validatePolicy(text, 'resource').Statement.flatMap(({ Principal = {} }) =>
      Principal === '*' ? ['*'] : Object.values(Principal).flat(),
    )
  } catch (error) {
    if (isAwsError(error)) return []
    throw error
  }
}
