import { parseArn } from '../kernel/arn.ts'
import type { AccessRequest, RequestContext, ResourcePolicyLookup } from '../kernel/authorization.ts'
import type { Clock } from '../kernel/clock.ts'
import { isAwsError } from '../kernel/errors.ts'
import type { PolicySource, PrincipalPolicies } from '../kernel/policy-source.ts'
import type { Principal } from '../kernel/principal.ts'
import type { ReadTx } from '../kernel/records.ts'
import { contextLookup } from './context.ts'
import { accessDenied, type DenialStyle, denialMessage } from './denied.ts'
import { type Decision, evaluate } from './evaluate.ts'

export interface Access {
  /**
   * Throws the AccessDenied error, worded for the service's family, or rejects with it, unless every request is
   * allowed. No promise when nothing had to be read to know.
   */
  authorize(
    principal: Principal,
    requests: readonly AccessRequest[],
    context: RequestContext,
    tx: ReadTx,
    options?: { style?: DenialStyle },
  ): Promise<void> | undefined
  isAllowed(principal: Principal, request: AccessRequest, context: RequestContext, tx: ReadTx): Promise<boolean>
  /** The decision with its reason, for simulation. */
  decide(principal: Principal, request: AccessRequest, context: RequestContext, tx: ReadTx): Promise<Decision>
}

export interface AccessDeps {
  readonly policySource: PolicySource
  readonly clock: Pick<Clock, 'nowMs'>
  /** Finds the policy and tags of a resource that a request names but does not describe. */
  readonly resourcePolicy?: (...args: Parameters<ResourcePolicyLookup>) => ReturnType<ResourcePolicyLookup> | undefined
}

/** Principals whose policies are kept. */
const maxPrincipals = 4_096

/**
 * Decides requests by the policies in the store. What a principal may do is kept between requests and dropped when
 * the account's generation has moved on, which one small read in the request's own transaction tells: a change that
 * was acknowledged, on this node or another, is in force for every request that begins after it.
 */
export function createAccess(deps: AccessDeps): Access {
  const known = new Map<string, { generation: number; policies: PrincipalPolicies | undefined }>()

  async function policiesOf(principal: Principal, tx: ReadTx): Promise<PrincipalPolicies | undefined> {
    const home = tx.in({ account: principal.account, region: '' })
    const generation = await deps.policySource.generation(home, principal.account)
    const key = cacheKey(principal)
    const before = known.get(key)
    if (before?.generation === generation) return before.policies
    const policies = await deps.policySource.policies(home.snapshot, principal)
    if (known.size >= maxPrincipals && !before) known.delete(known.keys().next().value!)
    known.set(key, { generation, policies })
    return policies
  }

  /** No promise when nothing had to be read. */
  function decide(
    principal: Principal,
    request: AccessRequest,
    context: RequestContext,
    tx: ReadTx,
  ): Promise<Decision> | Decision {
    const described = describe(request, tx)
    if (!hasPolicies(principal)) {
      return described instanceof Promise
        ? described.then((found) => judge(principal, found, context, tx, undefined))
        : judge(principal, described, context, tx, undefined)
    }
    return decideByPolicies(principal, described, context, tx)
  }

  async function decideByPolicies(
    principal: Principal,
    described: Promise<AccessRequest> | AccessRequest,
    context: RequestContext,
    tx: ReadTx,
  ): Promise<Decision> {
    const [policies, request] = await Promise.all([policiesOf(principal, tx), described])
    return judge(principal, request, context, tx, policies)
  }

  function judge(
    principal: Principal,
    request: AccessRequest,
    context: RequestContext,
    tx: ReadTx,
    policies: PrincipalPolicies | undefined,
  ): Decision {
    const resourceAccount = accountOf(request) ?? tx.scope.account
    const { session } = principal
    const narrowed = session && session.policies.length + session.policyArns.length > 0
    try {
      return evaluate({
        principal,
        request,
        resourceAccount,
        context: contextLookup({
          principal,
          request,
          context,
          region: tx.scope.region,
          resourceAccount,
          nowMs: deps.clock.nowMs(),
          ...(policies && { principalTags: policies.tags }),
        }),
        identityPolicies: policies?.identity ?? [],
        boundary: policies?.boundary,
        ...(narrowed && { sessionPolicies: [...session.policies, ...(policies?.session ?? [])] }),
      })
    } catch (error) {
      // A policy that can't be read might deny: until it is mended it does.
      if (isAwsError(error, 'MalformedPolicyDocument')) {
        return { decision: 'deny', reason: { kind: 'explicit', policy: 'resource-based policy' } }
      }
      throw error
    }
  }

  function describe(request: AccessRequest, tx: ReadTx): Promise<AccessRequest> | AccessRequest {
    if (!deps.resourcePolicy || request.resourcePolicy !== undefined || request.resource === '*') return request
    return (
      deps
        .resourcePolicy(tx, request.resource)
        ?.then((found) =>
          found
            ? { ...request, resourcePolicy: found.policy, resourceTags: request.resourceTags ?? found.tags }
            : request,
        ) ?? request
    )
  }

  function authorize(
    principal: Principal,
    requests: readonly AccessRequest[],
    context: RequestContext,
    tx: ReadTx,
    style: DenialStyle | undefined,
    from: number,
  ): Promise<void> | undefined {
    for (let i = from; i < requests.length; i++) {
      const request = requests[i]!
      const refuse = (decision: Decision) => {
        if (decision.decision === 'deny') throw accessDenied(denialMessage(principal, request, decision), style)
      }
      const decision = decide(principal, request, context, tx)
      if (decision instanceof Promise) {
        return decision.then((decided) => {
          refuse(decided)
          return authorize(principal, requests, context, tx, style, i + 1)
        })
      }
      refuse(decision)
    }
    return undefined
  }

  return {
    async decide(principal, request, context, tx) {
      return decide(principal, request, context, tx)
    },
    async isAllowed(principal, request, context, tx) {
      return (await decide(principal, request, context, tx)).decision === 'allow'
    },
    authorize: (principal, requests, context, tx, options = {}) =>
      authorize(principal, requests, context, tx, options.style, 0),
  }
}

/** Whether policies are attached to it: root needs none, and services and strangers have none. */
function hasPolicies(principal: Principal): boolean {
  return principal.kind === 'user' || principal.kind === 'role'
}

/** Sessions of one role share what is attached to it; `userId` of a session begins with the role's unique id. */
function cacheKey(principal: Principal): string {
  const id = principal.kind === 'role' ? principal.userId.slice(0, principal.userId.indexOf(':')) : principal.userId
  return [principal.kind, principal.account, principal.name, id, ...(principal.session?.policyArns ?? [])].join(' ')
}

function accountOf(request: AccessRequest): string | undefined {
  if (request.resourceAccount !== undefined) return request.resourceAccount
  const account = parseArn(request.resource)?.account
  // `arn:aws:iam::aws:policy/…` belongs to nobody: whoever asks may.
  return account && /^\d{12}$/.test(account) ? account : undefined
}
