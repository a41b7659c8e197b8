import { validatePolicy } from '../../authz/validate.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { busArn, defaultBus, findBus, invalid, notFound } from './names.ts'
import { bus } from './state.ts'

interface Policy {
  readonly Version: string
  readonly Statement: readonly { readonly Sid?: string }[]
}

const mostCharacters = 10_240

/** Who else may put events on a bus: statements of its policy, by their ids. */
export const permissions = operations<Api>()({
  PutPermission: {
    authorize: () => [{ action: 'events:PutPermission', resource: '*' }],
    async write(tx, input, ctx) {
      const found = await findBus(tx, input.EventBusName ?? defaultBus)
      const arn = busArn(ctx.scope, found.name)
      const policy = input.Policy ?? withStatement(found.policy, statementOf(input, arn))
      if (policy.length > mostCharacters) {
        throw awsError('PolicyLengthExceededException', `The policy of a bus can have ${mostCharacters} characters.`)
      }
      try {
        validatePolicy(policy, 'resource')
      } catch (error) {
        if (!isAwsError(error, 'MalformedPolicyDocument')) throw error
        throw invalid(`The policy is not valid: ${error.message}`)
      }
      tx.set(bus(found.name), { ...found, policy, modifiedAtMs: ctx.nowMs })
      return {}
    },
  },

  RemovePermission: {
    authorize: () => [{ action: 'events:RemovePermission', resource: '*' }],
    async write(tx, { EventBusName = defaultBus, StatementId, RemoveAllPermissions }, ctx) {
      const found = await findBus(tx, EventBusName)
      const before = readPolicy(found.policy)
      const left = RemoveAllPermissions ? [] : before.Statement.filter(({ Sid }) => Sid !== StatementId)
      if (!RemoveAllPermissions && left.length === before.Statement.length) {
        throw notFound(`Statement with the provided id ${StatementId ?? ''} does not exist.`)
      }
      const policy = left.length > 0 ? JSON.stringify({ ...before, Statement: left }) : undefined
      tx.set(bus(found.name), { ...found, policy, modifiedAtMs: ctx.nowMs })
      return {}
    },
  },
})

function statementOf(input: InputFor<Api, 'PutPermission'>, arn: string) {
  const { Action, Principal, StatementId, Condition } = input
  if (Action === undefined || Principal === undefined || StatementId === undefined) {
    throw invalid('Give Action, Principal and StatementId, or Policy.')
  }
  if (Action !== 'events:PutEvents') throw invalid(`Provided value in parameter 'action' is not supported: ${Action}.`)
  return {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: Principal === '*' ? '*' : { AWS: `arn:aws:iam::${Principal}:root` },
    Action,
    Resource: arn,
    ...(Condition?.Type && Condition.Key && { Condition: { [Condition.Type]: { [Condition.Key]: Condition.Value } } }),
  }
}

function withStatement(policy: string | undefined, statement: { readonly Sid: string }): string {
  const before = readPolicy(policy)
  const others = before.Statement.filter(({ Sid }) => Sid !== statement.Sid)
  return JSON.stringify({ ...before, Statement: [...others, statement] })
}

function readPolicy(text: string | undefined): Policy {
  if (text === undefined) return { Version: '2012-10-17', Statement: [] }
  const policy = JSON.parse(text) as Policy
  return { ...policy, Statement: Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement as never] }
}
