import { validatePolicy } from '../../authz/validate.ts'
import { parseArn } from '../../kernel/arn.ts'
import type { ResourcePolicyLookup } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { type ResourcePolicy, stream, table } from './state.ts'
import { findStream, streamName } from './stream-reading.ts'
import { namedTable, tableArn } from './table-lookup.ts'

const maxPolicyBytes = 20 * 1024

/** Policies of tables, which hold for their indexes too, and of streams. They are asked at every request. */
export const resourcePolicies = operations<Api>()({
  PutResourcePolicy: {
    authorize: ({ ResourceArn }) => [{ action: 'dynamodb:PutResourcePolicy', resource: ResourceArn }],
    async write(tx, input, ctx) {
      const { ResourceArn, Policy, ExpectedRevisionId, ConfirmRemoveSelfResourceAccess } = input
      checkPolicy(Policy, ResourceArn)
      const holder = await holderOf(tx, ResourceArn, ctx)
      checkRevision(holder.policy, ExpectedRevisionId)
      const next = { text: Policy, revisionId: `${ctx.nowMs}` }
      // Putting the same again keeps its revision.
      const kept = holder.policy?.text === Policy ? holder.policy : next
      if (!ConfirmRemoveSelfResourceAccess) await checkStaysOwn(tx, ResourceArn, Policy, ctx)
      holder.keep(tx, kept)
      return { RevisionId: kept.revisionId }
    },
  },

  GetResourcePolicy: {
    authorize: ({ ResourceArn }) => [{ action: 'dynamodb:GetResourcePolicy', resource: ResourceArn }],
    async read(tx, { ResourceArn }, ctx) {
      const { policy } = await holderOf(tx, ResourceArn, ctx)
      if (!policy) {
        throw awsError(
          'PolicyNotFoundException',
          `Resource-based policy not found for the provided ResourceArn: Requested policy not found for: ${ResourceArn}`,
        )
      }
      return { Policy: policy.text, RevisionId: policy.revisionId }
    },
  },

  DeleteResourcePolicy: {
    authorize: ({ ResourceArn }) => [{ action: 'dynamodb:DeleteResourcePolicy', resource: ResourceArn }],
    async write(tx, { ResourceArn, ExpectedRevisionId }, ctx) {
      const holder = await holderOf(tx, ResourceArn, ctx)
      checkRevision(holder.policy, ExpectedRevisionId)
      if (!holder.policy) return {}
      holder.keep(tx, undefined)
      return { RevisionId: holder.policy.revisionId }
    },
  },
})

/** The policy of the table or stream that an ARN, also one of an index, is of. */
export const policyOf: ResourcePolicyLookup = async (tx, arn) => {
  const resource = parseArn(arn)?.resource ?? ''
  const name = streamName(resource)
  const found = name
    ? await tx.snapshot.get(stream(name.tableName, name.label))
    : await tx.snapshot.get(table(resource.split('/')[1] ?? ''))
  return found?.policy && { policy: found.policy.text }
}

/** Throws ValidationException for what is no policy on this resource. */
export function checkPolicy(text: string, arn: string): void {
  if (Buffer.byteLength(text) > maxPolicyBytes) {
    throw awsError('ValidationException', `Resource-based policies can have at most ${maxPolicyBytes} bytes.`)
  }
  try {
    for (const { Action = [], Resource = [] } of validatePolicy(text, 'resource').Statement) {
      if (!Action.every((action) => action === '*' || /^dynamodb:/i.test(action))) {
        throw awsError('ValidationException', 'Invalid policy document: it may name actions of DynamoDB alone.')
      }
      if (!Resource.every((one) => one === '*' || one === arn || one.startsWith(`${arn}/`))) {
        throw awsError('ValidationException', `Invalid policy document: it may name no resource but ${arn}.`)
      }
    }
  } catch (error) {
    throw isAwsError(error, 'MalformedPolicyDocument')
      ? awsError('ValidationException', `Invalid policy document: ${error.message}`)
      : error
  }
}

/** Throws ValidationException for a policy under which its own caller could not change it again. */
async function checkStaysOwn(tx: ReadTx, arn: string, policy: string, ctx: Ctx): Promise<void> {
  const request = { action: 'dynamodb:PutResourcePolicy', resource: arn, resourcePolicy: policy }
  if (await ctx.host.isAllowed(ctx.principal, request, ctx.requestContext, tx)) return
  throw awsError(
    'ValidationException',
    'The policy would not let you change it any more. Set ConfirmRemoveSelfResourceAccess to true to put it anyway.',
  )
}

interface Holder {
  readonly policy: ResourcePolicy | undefined
  keep(tx: Tx, policy: ResourcePolicy | undefined): void
}

async function holderOf(tx: ReadTx, arn: string, ctx: Ctx): Promise<Holder> {
  const name = streamName(parseArn(arn)?.resource ?? '')
  if (name) {
    const { policy, ...rest } = await findStream(tx, name, arn)
    return {
      policy,
      keep: (to, next) => to.set(stream(name.tableName, name.label), next ? { ...rest, policy: next } : rest),
    }
  }
  if (!arn.startsWith('arn:')) throw awsError('ValidationException', `Invalid ResourceArn: ${arn} is not an ARN.`)
  const { policy, ...rest } = await namedTable(tx, arn, ctx)
  if (arn !== tableArn(ctx, rest.name)) throw awsError('ValidationException', `Invalid ResourceArn: ${arn}`)
  return { policy, keep: (to, next) => to.set(table(rest.name), next ? { ...rest, policy: next } : rest) }
}

function checkRevision(policy: ResourcePolicy | undefined, expected: string | undefined): void {
  if (expected === undefined) return
  if (expected === 'NO_POLICY' ? policy === undefined : policy?.revisionId === expected) return
  throw awsError('PolicyNotFoundException', `Resource-based policy with revision ID ${expected} not found.`)
}
