import { rootPrincipal } from '../../authn/find-key.ts'
import { mintSession } from '../../authn/session.ts'
import { accessDenied } from '../../authz/denied.ts'
import type { AccessRequest, ContextValue } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Credentials } from '../../kernel/host.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { findRole, type RoleFacts, roleSession } from './role.ts'
import { invalid, packedPercent, policiesOf, refuseTokenSize, tagsOf } from './session-input.ts'

const usualSec = 3_600
const chainedSec = 3_600

/**
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html. The role's trust policy is the policy of the
 * resource that the request is for; it must allow, and where it names only the caller's account, so must the caller's
 * own policies. Unlike at AWS, root may assume roles: the administrator key is what tools start with here.
 */
export const assuming = operations<Api>()({
  AssumeRole: {
    authorize(input) {
      const context: Record<string, ContextValue> = { 'sts:RoleSessionName': input.RoleSessionName }
      if (input.ExternalId !== undefined) context['sts:ExternalId'] = input.ExternalId
      if (input.SourceIdentity !== undefined) context['sts:SourceIdentity'] = input.SourceIdentity
      if (input.TransitiveTagKeys !== undefined) context['sts:TransitiveTagKeys'] = input.TransitiveTagKeys
      for (const { Key, Value } of input.Tags ?? []) context[`aws:RequestTag/${Key}`] = Value
      if (input.Tags && input.Tags.length > 0) context['aws:TagKeys'] = input.Tags.map(({ Key }) => Key)
      const on = (action: string): AccessRequest => ({ action, resource: input.RoleArn, context, policyRequired: true })
      return [
        on('sts:AssumeRole'),
        ...(input.Tags && input.Tags.length > 0 ? [on('sts:TagSession')] : []),
        ...(input.SourceIdentity !== undefined ? [on('sts:SetSourceIdentity')] : []),
      ]
    },
    async call(input, ctx) {
      if (input.SerialNumber !== undefined || input.TokenCode !== undefined)
        throw invalid('SerialNumber and TokenCode are not supported: there are no MFA devices here.')
      if (input.ProvidedContexts && input.ProvidedContexts.length > 0)
        throw invalid('ProvidedContexts is not supported.')
      refuseTokenSize(input)
      const role = await findRole(input.RoleArn, ctx.host, ctx.region)
      if (!role)
        throw accessDenied(
          `User: ${ctx.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`,
        )
      const durationSec = checkedDuration(input.DurationSeconds, role, ctx)
      const { session: caller } = ctx.principal
      const sourceIdentity = input.SourceIdentity ?? caller?.sourceIdentity
      if (caller?.sourceIdentity !== undefined && sourceIdentity !== caller.sourceIdentity) {
        throw accessDenied('The source identity of a session can not be changed by assuming another role.')
      }
      const policies = policiesOf(input)
      await checkPoliciesExist(policies.policyArns, role, ctx)
      const session = {
        name: input.RoleSessionName,
        issuedAtMs: ctx.nowMs,
        expiresAtMs: ctx.nowMs + durationSec * 1000,
        ...policies,
        ...tagsOf(input, caller),
        ...(sourceIdentity !== undefined && { sourceIdentity }),
      }
      const packed = packedPercent(session)
      const principal = roleSession(role, session)
      const credentials = await mintSession(principal, ctx.host)
      return {
        Credentials: describeCredentials(credentials),
        AssumedRoleUser: { AssumedRoleId: principal.userId, Arn: principal.arn },
        ...(packed > 0 && { PackedPolicySize: packed }),
        ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
      }
    },
  },
})

export function describeCredentials(credentials: Credentials) {
  return {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    // Whole seconds, and not after the real end.
    Expiration: new Date(Math.floor(credentials.expiresAtMs / 1000) * 1000),
  }
}

function checkedDuration(asked: number | undefined, role: RoleFacts, ctx: Ctx): number {
  // One session leading to another is limited, whatever the role allows.
  if (ctx.principal.kind === 'role') {
    if (asked !== undefined && asked > chainedSec) {
      throw invalid(
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
      )
    }
    return asked ?? chainedSec
  }
  if (asked !== undefined && asked > role.maxSessionSec) {
    throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
  }
  return asked ?? usualSec
}

async function checkPoliciesExist(arns: readonly string[], role: RoleFacts, ctx: Ctx): Promise<void> {
  for (const PolicyArn of arns) {
    try {
      await ctx.host.invoke(
        'iam:GetPolicy',
        { PolicyArn },
        { as: rootPrincipal(role.account), scope: { account: role.account, region: ctx.region } },
      )
    } catch (error) {
      if (isAwsError(error, 'NoSuchEntityException', 'InvalidInputException'))
        throw invalid(`The policy ${PolicyArn} does not exist in the account of the role.`)
      throw error
    }
  }
}
