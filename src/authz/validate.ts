import { compilePolicy } from './compile.ts'
import type { PolicyDocument } from './document.ts'
import { malformed, parsePolicy } from './parse.ts'

/**
 * - `identity`: attached to users, groups and roles, boundaries and session policies: no principal, always a resource.
 * - `trust`: who may assume a role: always a principal, never a resource, only STS actions.
 * - `resource`: on a queue, bucket, function…: always a principal and a resource.
 * - `repository`: on a repository of images: always a principal; it need not name the resource that it is on.
 */
export type PolicyKind = 'identity' | 'trust' | 'resource' | 'repository'

/** The policy in `text`, known to be one of its kind. Throws MalformedPolicyDocument. */
export function validatePolicy(text: string, kind: PolicyKind): PolicyDocument {
  const policy = parsePolicy(text)
  // Compiling finds unknown condition operators.
  compilePolicy(text)
  for (const statement of policy.Statement) {
    const principal = statement.Principal ?? statement.NotPrincipal
    const hasResource = statement.Resource !== undefined || statement.NotResource !== undefined
    if (kind === 'identity') {
      if (principal !== undefined) throw malformed('Policy document should not specify a principal.')
      if (!hasResource) throw malformed('Policy statement must contain resources.')
      if (statement.Sid !== undefined && !/^[0-9A-Za-z]*$/.test(statement.Sid)) {
        throw malformed(
          'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
        )
      }
      continue
    }
    if (principal === undefined) throw malformed('Missing required field Principal')
    checkPrincipal(principal)
    if (kind === 'trust') {
      if (hasResource) throw malformed('Has prohibited field Resource')
      const actions = statement.Action ?? []
      if (!actions.every((action) => action === '*' || /^sts:/i.test(action))) {
        throw malformed('AssumeRole policy may only specify STS AssumeRole actions.')
      }
    } else if (kind === 'resource' && !hasResource) throw malformed('Missing required field Resource')
  }
  return policy
}

function checkPrincipal(principal: NonNullable<PolicyDocument['Statement'][number]['Principal']>): void {
  if (principal === '*') return
  for (const name of principal.AWS ?? []) {
    const arn = /^arn:[a-z-]+:(?:iam|sts)::\d{12}:(?:root|user\/.+|role\/.+|assumed-role\/.+\/.+|federated-user\/.+)$/
    // Identifiers of users and roles stand where a principal was deleted.
    const valid =
      name === '*' ||
      /^\d{12}$/.test(name) ||
      /^A[A-Z]{3}[A-Z0-9]{12,}$/.test(name) ||
      (arn.test(name) && !/[*?]/.test(name))
    if (!valid) throw malformed(`Invalid principal in policy: "AWS":"${name.slice(0, 200)}"`)
  }
  for (const name of principal.Service ?? []) {
    if (!/^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com|amazon\.com|aws\.internal)(?:\.cn)?$/.test(name)) {
      throw malformed(`Invalid principal in policy: "SERVICE":"${name.slice(0, 200)}"`)
    }
  }
}
