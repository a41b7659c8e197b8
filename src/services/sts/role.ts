import { rootPrincipal } from '../../authn/find-key.ts'
import { mintSession } from '../../authn/session.ts'
import { accessDenied } from '../../authz/denied.ts'
import { parseArn } from '../../kernel/arn.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import type { AssumeOptions, Credentials, Host } from '../../kernel/host.ts'
import { type Principal, type SessionInfo, servicePrincipal } from '../../kernel/principal.ts'

/** What a session needs to know of its role. */
export interface RoleFacts {
  readonly arn: string
  readonly account: string
  readonly name: string
  readonly id: string
  readonly maxSessionSec: number
}

/** The role with that ARN, as its account's IAM knows it; undefined when there is none. */
export async function findRole(roleArn: string, host: Host, region: string): Promise<RoleFacts | undefined> {
  const parsed = parseArn(roleArn)
  if (parsed?.service !== 'iam' || !/^\d{12}$/.test(parsed.account) || !parsed.resource.startsWith('role/')) {
    throw awsError('ValidationError', `${roleArn.slice(0, 200)} is invalid`, { status: 400 })
  }
  const RoleName = parsed.resource.slice(parsed.resource.lastIndexOf('/') + 1)
  interface Found {
    Role: { Arn: string; RoleName: string; RoleId: string; MaxSessionDuration: number }
  }
  try {
    // Asked as the role's account itself: whether the caller may is decided by the trust policy, not by iam:GetRole.
    const { Role } = await host.invoke<Found>(
      'iam:GetRole',
      { RoleName },
      { as: rootPrincipal(parsed.account), scope: { account: parsed.account, region } },
    )
    if (Role.Arn !== roleArn) return undefined
    return {
      arn: Role.Arn,
      account: parsed.account,
      name: Role.RoleName,
      id: Role.RoleId,
      maxSessionSec: Role.MaxSessionDuration,
    }
  } catch (error) {
    if (isAwsError(error, 'NoSuchEntityException', 'ValidationError')) return undefined
    throw error
  }
}

/** Who a session of `role` is. */
export function roleSession(role: RoleFacts, session: Omit<SessionInfo, 'roleArn'>): Principal {
  return {
    kind: 'role',
    account: role.account,
    arn: `arn:aws:sts::${role.account}:assumed-role/${role.name}/${session.name}`,
    userId: `${role.id}:${session.name}`,
    name: role.name,
    session: { ...session, roleArn: role.arn },
  }
}

/**
 * Credentials of a role for one of our services: its trust policy must name the service's principal. Throws AccessDenied
 * when it does not, or when there is no such role.
 */
export async function assumeRole(roleArn: string, options: AssumeOptions, host: Host): Promise<Credentials> {
  const service = servicePrincipal(options.service)
  const region = parseArn(options.sourceArn ?? '')?.region ?? ''
  const role = await findRole(roleArn, host, region)
  const refuse = () =>
    accessDenied(
      `User: ${options.service} is not authorized to perform: sts:AssumeRole on resource: ${roleArn} because no resource-based policy allows the sts:AssumeRole action`,
    )
  if (!role) throw refuse()
  const context =
    options.sourceArn === undefined
      ? {}
      : { 'aws:SourceArn': options.sourceArn, 'aws:SourceAccount': parseArn(options.sourceArn)?.account ?? '' }
  const allowed = await host.records.read({ account: role.account, region }, (tx) =>
    host.isAllowed(service, { action: 'sts:AssumeRole', resource: role.arn, policyRequired: true }, context, tx),
  )
  if (!allowed) throw refuse()
  const nowMs = host.clock.nowMs()
  return mintSession(
    roleSession(role, {
      name: options.sessionName,
      issuedAtMs: nowMs,
      expiresAtMs: nowMs + options.durationSec * 1000,
      policies: [],
      policyArns: [],
      tags: {},
    }),
    host,
  )
}
