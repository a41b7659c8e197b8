import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { conflict, constraint, invalid, notFound, revisionMismatch, unsupported } from './errors.ts'
import { findVersion } from './find.ts'
import { arnOf } from './functions.ts'
import { layerResourcePolicy } from './layers.ts'
import { functionArn, nameOfArn, readName } from './names.ts'
import { lambdaFunction, mapping, type Policy, policy, type Statement } from './state.ts'
import { mappingOfArn } from './tags.ts'

export const policyBytes = 20_480
export const none = 'No policy is associated with the given resource.'

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
      const name = readName(input.FunctionName, ctx.scope, input.Qualifier)
      if (name.qualifier === '$LATEST') {
        throw invalid('We currently do not support adding policies for $LATEST.')
      }
      await findVersion(tx, name)
      if (input.PrincipalOrgID !== undefined) {
        throw unsupported('PrincipalOrgID', 'accounts here belong to no organisation.')
      }
      if (!/^[a-zA-Z0-9-_]+$/.test(input.StatementId)) {
        throw constraint(
          input.StatementId,
          'statementId',
          'Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)',
        )
      }
      if (!/^(lambda:(\*|[a-zA-Z]+)|\*)$/.test(input.Action)) {
        throw constraint(
          input.Action,
          'action',
          'Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])',
        )
      }
      const home = tx.in(name.scope)
      const key = policy(name.name, name.qualifier ?? '')
      const before = await home.get(key)
      if (input.RevisionId !== undefined && input.RevisionId !== before?.revisionId) throw revisionMismatch()
      if (before?.statements.some(({ Sid }) => Sid === input.StatementId)) {
        throw conflict(
          `The statement id (${input.StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
        )
      }
      const statement: Statement = {
        Sid: input.StatementId,
        Effect: 'Allow',
        Principal: principalOf(input.Principal),
        Action: input.Action,
        Resource: functionArn(name),
        ...conditionOf(input),
      }
      const next: Policy = { statements: [...(before?.statements ?? []), statement], revisionId: ctx.newId() }
      if (Buffer.byteLength(policyText(next)) > policyBytes) {
        throw awsError(
          'PolicyLengthExceededException',
          `The final policy size is bigger than the limit (${policyBytes}).`,
          {
            members: { Type: 'User' },
          },
        )
      }
      home.set(key, next)
      return { Statement: JSON.stringify(statement) }
    },
  },

  RemovePermission: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      { action: 'lambda:RemovePermission', resource: arnOf(FunctionName, ctx, Qualifier) },
    ],
    async write(tx, { FunctionName, Qualifier, StatementId, RevisionId }, ctx) {
      const name = readName(FunctionName, ctx.scope, Qualifier)
      await findVersion(tx, name)
      const home = tx.in(name.scope)
      const key = policy(name.name, name.qualifier ?? '')
      const before = await home.get(key)
      if (!before) throw notFound(none)
      if (RevisionId !== undefined && RevisionId !== before.revisionId) throw revisionMismatch()
      const statements = before.statements.filter(({ Sid }) => Sid !== StatementId)
      if (statements.length === before.statements.length) {
        throw notFound(`Statement ${StatementId} is not found in resource policy.`)
      }
      if (statements.length === 0) home.delete(key)
      else home.set(key, { statements, revisionId: ctx.newId() })
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
      const found = await tx.in(name.scope).get(policy(name.name, name.qualifier ?? ''))
      if (!found) throw notFound(none)
      return { Policy: policyText(found), RevisionId: found.revisionId }
    },
  },
})

/** Policy and tags of a function, version, alias, mapping or layer version, for the check of a request on it. */
export async function resourcePolicy(tx: ReadTx, arn: string) {
  const name = nameOfArn(arn)
  if (name) {
    const home = tx.in(name.scope)
    const [record, found] = await Promise.all([
      home.get(lambdaFunction(name.name)),
      home.get(policy(name.name, name.qualifier === '$LATEST' ? '' : (name.qualifier ?? ''))),
    ])
    return record && { policy: found && policyText(found), tags: record.tags }
  }
  const at = mappingOfArn(arn)
  if (!at) return layerResourcePolicy(tx, arn)
  const found = await tx.in(at.scope).get(mapping(at.id))
  return found && { tags: { ...found.tags } }
}

export function policyText({ statements }: Policy): string {
  return JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements })
}

function principalOf(text: string): Statement['Principal'] {
  if (text === '*') return '*'
  if (/^\d{12}$/.test(text)) return { AWS: `arn:aws:iam::${text}:root` }
  if (text.startsWith('arn:')) return { AWS: text }
  if (/^[a-z0-9.-]+\.[a-z]+$/.test(text)) return { Service: text }
  throw invalid('The provided principal was invalid. Please check the principal and try again.')
}

interface Conditions {
  readonly SourceArn?: string
  readonly SourceAccount?: string
  readonly EventSourceToken?: string
  readonly FunctionUrlAuthType?: string
  readonly InvokedViaFunctionUrl?: boolean
}

function conditionOf(input: Conditions): Pick<Statement, 'Condition'> {
  const equals: Record<string, string> = {}
  if (input.SourceAccount !== undefined) equals['AWS:SourceAccount'] = input.SourceAccount
  if (input.EventSourceToken !== undefined) equals['lambda:EventSourceToken'] = input.EventSourceToken
  if (input.FunctionUrlAuthType !== undefined) equals['lambda:FunctionUrlAuthType'] = input.FunctionUrlAuthType
  const condition: Record<string, Record<string, string>> = {}
  if (Object.keys(equals).length > 0) condition.StringEquals = equals
  if (input.SourceArn !== undefined) condition.ArnLike = { 'AWS:SourceArn': input.SourceArn }
  if (input.InvokedViaFunctionUrl !== undefined) {
    condition.Bool = { 'lambda:InvokedViaFunctionUrl': String(input.InvokedViaFunctionUrl) }
  }
  return Object.keys(condition).length > 0 ? { Condition: condition } : {}
}
