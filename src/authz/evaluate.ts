import type { AccessRequest } from '../kernel/authorization.ts'
import type { Principal } from '../kernel/principal.ts'
import { arnMatches, splitArn } from './arn-pattern.ts'
import { type CompiledPolicy, type CompiledStatement, compilePolicy } from './compile.ts'
import type { ContextLookup } from './condition.ts'
import { matches } from './pattern.ts'
import { type Naming, naming, strongest } from './principal-match.ts'

/** Where a policy comes from; the words are the ones of AccessDenied messages. */
export type PolicyType = 'identity-based policy' | 'resource-based policy' | 'permissions boundary' | 'session policy'

export interface Evaluation {
  readonly principal: Principal
  readonly request: AccessRequest
  /** The account the resource belongs to. */
  readonly resourceAccount: string
  readonly context: ContextLookup
  /** Policies attached to the user (and its groups) or role. Not asked for root, services and anonymous requests. */
  readonly identityPolicies: readonly string[]
  readonly boundary?: string | undefined
  /** Policies given when the session was made. Absent: the session is not narrowed; none left: it may do nothing. */
  readonly sessionPolicies?: readonly string[]
}

export interface Decision {
  readonly decision: 'allow' | 'deny'
  /** What an explicit deny is in, or which kind of policy would have had to allow. Absent when allowed. */
  readonly reason?: { readonly kind: 'explicit' | 'implicit'; readonly policy: PolicyType }
  /** The statement that decided, where one did. */
  readonly statement?: { readonly policy: PolicyType; readonly index: number; readonly sid?: string }
}

/**
 * Whether a request is allowed, by the published logic:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html.
 * Any matching deny wins. Inside an account a resource's policy or an identity's may allow, narrowed by boundary and
 * session; across accounts both sides must. Pure: policies are texts, compiled ones are kept by their text.
 */
export function evaluate(evaluation: Evaluation): Decision {
  const { principal, request } = evaluation
  // Root in its own account, and no policy that could say otherwise: what most requests of a --dev node are.
  if (
    principal.kind === 'root' &&
    principal.account === evaluation.resourceAccount &&
    !request.resourcePolicy &&
    !request.policyRequired &&
    !evaluation.sessionPolicies
  ) {
    return { decision: 'allow' }
  }
  const matcher = createMatcher(evaluation)
  const hasIdentity = principal.kind === 'user' || principal.kind === 'role'
  const identity = hasIdentity ? matcher.scan('identity-based policy', evaluation.identityPolicies) : undefined
  const boundary =
    hasIdentity && evaluation.boundary ? matcher.scan('permissions boundary', [evaluation.boundary]) : undefined
  const session = evaluation.sessionPolicies ? matcher.scan('session policy', evaluation.sessionPolicies) : undefined
  const resource = request.resourcePolicy ? matcher.scan('resource-based policy', [request.resourcePolicy]) : undefined

  for (const scan of [identity, resource, boundary, session]) {
    if (scan?.deny) return { decision: 'deny', reason: { kind: 'explicit', policy: scan.type }, statement: scan.deny }
  }

  const implicit = (policy: PolicyType): Decision => ({ decision: 'deny', reason: { kind: 'implicit', policy } })
  const own = (): Decision => {
    if (principal.kind !== 'root' && !identity?.allow) return implicit('identity-based policy')
    return narrowed(identity?.allow)
  }
  const narrowed = (statement: Decision['statement']): Decision => {
    if (boundary && !boundary.allow) return implicit('permissions boundary')
    if (session && !session.allow) return implicit('session policy')
    return { decision: 'allow', ...(statement && { statement }) }
  }
  const granted: Decision = { decision: 'allow', ...(resource?.allow && { statement: resource.allow }) }

  // Whoever has no identity in any account is let in by the resource's policy or not at all.
  if (!hasIdentity && principal.kind !== 'root') return resource?.naming ? granted : implicit('resource-based policy')
  if (principal.account !== evaluation.resourceAccount) {
    if (!resource?.naming)
      return identity && !identity.allow ? implicit('identity-based policy') : implicit('resource-based policy')
    return own()
  }
  if (request.policyRequired && !resource?.naming) return implicit('resource-based policy')
  switch (resource?.naming) {
    case 'exact':
      return granted
    case 'any':
      // Everyone includes this user; a session is still no more than it was made to be.
      return principal.kind === 'role' ? narrowed(resource.allow) : granted
    case 'role':
      return narrowed(resource.allow)
    default:
      return own()
  }
}

interface Scan {
  readonly type: PolicyType
  readonly deny?: NonNullable<Decision['statement']>
  readonly allow?: NonNullable<Decision['statement']>
  /** Of a resource's policy: how the strongest allow names the principal. */
  readonly naming?: Naming
}

function createMatcher(evaluation: Evaluation) {
  const { principal, request, context } = evaluation
  const action = request.action.toLowerCase()
  const resource = splitArn(request.resource)
  const resolve = (key: string) => {
    const values = context(key)
    return values?.length === 1 ? values[0] : undefined
  }

  function applies(statement: CompiledStatement): Naming | 'unnamed' | undefined {
    if (statement.actions.some((pattern) => matches(pattern, action, resolve)) === statement.notAction) return undefined
    if (statement.resources) {
      const hit = statement.resources.some((pattern) => arnMatches(pattern, resource, resolve))
      if (hit === statement.notResource) return undefined
    }
    let named: Naming | 'unnamed' | undefined = 'unnamed'
    if (statement.principal !== undefined) {
      const found = naming(statement.principal, principal)
      named = statement.notPrincipal ? (found ? undefined : 'any') : found
      if (!named) return undefined
    }
    return statement.conditions.every((condition) => condition.holds(context, resolve)) ? named : undefined
  }

  return {
    scan(type: PolicyType, texts: readonly string[]): Scan {
      let allow: Decision['statement']
      let best: Naming | undefined
      for (const text of texts) {
        const policy: CompiledPolicy = compilePolicy(text)
        for (const [index, statement] of policy.statements.entries()) {
          // A resource's policy speaks of principals: a statement without one says nothing.
          if (type === 'resource-based policy' && statement.principal === undefined) continue
          // Once allowed, only denies and stronger namings still matter.
          if (statement.effect === 'Allow' && allow && type !== 'resource-based policy') continue
          const named = applies(statement)
          if (!named) continue
          const found = { policy: type, index, ...(statement.sid !== undefined && { sid: statement.sid }) }
          if (statement.effect === 'Deny') return { type, deny: found }
          allow ??= found
          if (named !== 'unnamed') best = strongest(best, named)
        }
      }
      return { type, ...(allow && { allow }), ...(best && { naming: best }) }
    },
  }
}
