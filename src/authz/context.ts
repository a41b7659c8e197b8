import { formatArn } from '../kernel/arn.ts'
import type { AccessRequest, ContextValue, RequestContext } from '../kernel/authorization.ts'
import type { Principal } from '../kernel/principal.ts'
import type { ContextLookup } from './condition.ts'

export interface ContextSource {
  readonly principal: Principal
  readonly request: AccessRequest
  /** What the front door knows of the request: `aws:SourceIp`, `aws:RequestTag/…`, `aws:SourceArn`, … */
  readonly context: RequestContext
  /** Tags of the user or role; a session's own tags come before these. */
  readonly principalTags?: Readonly<Record<string, string>>
  readonly region: string
  readonly resourceAccount: string
  readonly nowMs: number
}

/**
 * The condition keys of a request, made when the first condition asks:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html. Keys compare without case.
 */
export function contextLookup(source: ContextSource): ContextLookup {
  let keys: Map<string, readonly string[]> | undefined
  return (key) => {
    keys ??= collect(source)
    return keys.get(key)
  }
}

function collect(source: ContextSource): Map<string, readonly string[]> {
  const { principal, request } = source
  const keys = new Map<string, readonly string[]>()
  const put = (key: string, value: ContextValue | undefined) => {
    if (value === undefined) return
    keys.set(key.toLowerCase(), Array.isArray(value) ? value : [String(value)])
  }
  const nowSec = Math.floor(source.nowMs / 1000)
  put('aws:CurrentTime', new Date(nowSec * 1000).toISOString())
  put('aws:EpochTime', nowSec)
  put('aws:RequestedRegion', source.region)
  put('aws:SecureTransport', false)
  put('aws:ViaAWSService', false)
  put('aws:ResourceAccount', source.resourceAccount)
  for (const [tag, value] of Object.entries(request.resourceTags ?? {})) put(`aws:ResourceTag/${tag}`, value)
  for (const from of [source.context, request.context ?? {}]) {
    for (const [key, value] of Object.entries(from)) put(key, value)
  }
  const tagKeys = [...Object.keys(source.context), ...Object.keys(request.context ?? {})].filter((key) =>
    /^aws:requesttag\//i.test(key),
  )
  if (tagKeys.length > 0 && !keys.has('aws:tagkeys'))
    put('aws:TagKeys', [...new Set(tagKeys.map((key) => key.slice('aws:RequestTag/'.length)))])
  // Last, so that nothing above can pretend to be somebody.
  for (const [key, value] of Object.entries(principalKeys(source))) put(key, value)
  for (const key of keys.keys()) if (key.startsWith('aws:principaltag/')) keys.delete(key)
  for (const [tag, value] of Object.entries({ ...source.principalTags, ...principal.session?.tags }))
    put(`aws:PrincipalTag/${tag}`, value)
  return keys
}

const principalTypes = {
  root: 'Account',
  user: 'User',
  role: 'AssumedRole',
  federated: 'FederatedUser',
  anonymous: 'Anonymous',
  service: 'Service',
} as const

function principalKeys({ principal }: ContextSource): Record<string, ContextValue | undefined> {
  const { session } = principal
  if (principal.kind === 'service') {
    return {
      'aws:PrincipalIsAWSService': true,
      'aws:PrincipalServiceName': principal.arn,
      'aws:PrincipalServiceNamesList': [principal.arn],
    }
  }
  const common = {
    'aws:PrincipalIsAWSService': false,
    'aws:PrincipalType': principalTypes[principal.kind],
    'aws:userid': principal.userId,
  }
  if (principal.kind === 'anonymous') return common
  return {
    ...common,
    'aws:PrincipalArn': principalArn(principal),
    'aws:PrincipalAccount': principal.account,
    ...(principal.kind === 'user' && { 'aws:username': principal.name }),
    ...(session && {
      'aws:TokenIssueTime': new Date(session.issuedAtMs).toISOString(),
      'aws:MultiFactorAuthPresent': session.mfa === true,
      'aws:SourceIdentity': session.sourceIdentity,
    }),
  }
}

/** `aws:PrincipalArn`: of a role's session, the role's. */
export function principalArn(principal: Principal): string {
  if (principal.kind !== 'role') return principal.arn
  if (principal.session?.roleArn) return principal.session.roleArn
  return formatArn('iam', '', principal.account, `role/${principal.name}`)
}
