import { isAwsError } from '../kernel/errors.ts'
import type { Host } from '../kernel/host.ts'
import { type Principal, servicePrincipal } from '../kernel/principal.ts'
import { authorizerEvent, identityOf } from './authorizer-event.ts'
import { gatewayCredentials } from './credentials.ts'
import type { Incoming } from './incoming.ts'
import type { LambdaAuthorizer } from './state.ts'

/** What a Lambda authorizer said: a policy or (simple answers of HTTP APIs) yes or no, and what the integration is told. */
export interface Verdict {
  readonly principalId?: string | undefined
  /** JSON text. */
  readonly policy?: string | undefined
  readonly isAuthorized?: boolean | undefined
  readonly context: Readonly<Record<string, unknown>>
  /** The API key of the caller, where the API takes it from here. */
  readonly usageIdentifierKey?: string | undefined
}

/** `unauthorized`: no identity, or the function says so; `failed`: it failed; `unusable`: it could not be called or understood. */
export type AuthorizerOutcome = Verdict | 'unauthorized' | 'failed' | 'unusable'

/** Answers of authorizers that are kept, all APIs together; the oldest goes first. */
const mostVerdicts = 20_000
const longestIdentity = 8_192
const timeoutMs = 10_000
const validationMs = 250
const verdicts = new WeakMap<Host, Map<string, { readonly verdict: Verdict; readonly untilMs: number }>>()

/**
 * Asks the authorizer's function about a request, unless what it said of the same identity is still fresh by the
 * node's clock. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 */
export async function askAuthorizer(
  authorizer: LambdaAuthorizer,
  authorizerId: string,
  incoming: Incoming,
  host: Host,
  signal: AbortSignal,
): Promise<AuthorizerOutcome> {
  const { stage } = incoming
  const identity = identityOf(authorizer, incoming)
  // REST APIs look for the identity of whole requests only to find what was kept.
  const needed = stage.kind === 'http' || authorizer.kind === 'TOKEN' || authorizer.ttlSec > 0
  const complete = identity.filter((part): part is string => part !== undefined && part !== '')
  if (needed && complete.length < identity.length) return 'unauthorized'
  if (authorizer.validation && !(await isValid(complete[0] ?? '', authorizer.validation, host))) return 'unauthorized'

  const kept = verdicts.get(host) ?? new Map()
  verdicts.set(host, kept)
  const key = JSON.stringify([
    [stage.apiId, stage.stage, authorizerId, stage.authorizersEpoch ?? 0, authorizer.functionArn],
    complete,
  ])
  const keeps = authorizer.ttlSec > 0 && complete.length > 0 && key.length <= longestIdentity
  const nowMs = host.clock.nowMs()
  const known = keeps ? kept.get(key) : undefined
  if (known && known.untilMs > nowMs) return known.verdict

  const outcome = await call(authorizer, authorizerId, incoming, complete, host, signal)
  if (keeps && typeof outcome === 'object') {
    kept.delete(key)
    if (kept.size >= mostVerdicts) kept.delete(kept.keys().next().value!)
    kept.set(key, { verdict: outcome, untilMs: nowMs + authorizer.ttlSec * 1000 })
  }
  return outcome
}

/** Anybody may send an identity, and the owner's expression may backtrack on it without end: then it is none. */
async function isValid(identity: string, expression: string, host: Host): Promise<boolean> {
  const match = { pattern: `^(?:${expression})$`, text: identity, flags: '' }
  try {
    return await host.workers.run<boolean>('matches', match, { timeoutMs: validationMs })
  } catch (error) {
    host.log.warn('gateway.identity-not-validated', { expression, error: (error as Error).message })
    return false
  }
}

async function call(
  authorizer: LambdaAuthorizer,
  authorizerId: string,
  incoming: Incoming,
  identity: readonly string[],
  host: Host,
  signal: AbortSignal,
): Promise<AuthorizerOutcome> {
  const { stage } = incoming
  const { roleArn } = authorizer
  try {
    const principal: Principal =
      roleArn === undefined
        ? servicePrincipal('apigateway.amazonaws.com')
        : (await gatewayCredentials(host, roleArn)).principal
    const target = await host.functionTarget(authorizer.functionArn)
    const event = authorizerEvent(authorizer, incoming, identity)
    const reply = await target.call(Buffer.from(JSON.stringify(event)), {
      principal,
      sourceArn: `arn:aws:execute-api:${stage.region}:${stage.account}:${stage.apiId}/authorizers/${authorizerId}`,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    const answer = parse(reply.payload)
    if (reply.error !== undefined) {
      const said = answer !== null && typeof answer === 'object' && 'errorMessage' in answer ? answer.errorMessage : ''
      return said === 'Unauthorized' ? 'unauthorized' : 'failed'
    }
    const verdict = readVerdict(answer, authorizer, stage.kind)
    if (!verdict) warn(host, incoming, 'an authorizer answered in a form that cannot be used')
    return verdict ?? 'unusable'
  } catch (error) {
    if (signal.aborted) throw error
    if (!isAwsError(error) && !(error instanceof Error && error.name === 'TimeoutError')) throw error
    warn(host, incoming, 'an authorizer could not be called', error.message)
    return 'unusable'
  }
}

function readVerdict(answer: unknown, authorizer: LambdaAuthorizer, kind: 'http' | 'rest'): Verdict | undefined {
  if (!isRecord(answer)) return undefined
  const context = answer.context ?? {}
  if (!isRecord(context)) return undefined
  // REST APIs hand on texts, numbers and booleans, nothing that has parts.
  if (kind === 'rest' && Object.values(context).some((value) => value !== null && typeof value === 'object'))
    return undefined
  if (authorizer.simpleResponses) {
    return typeof answer.isAuthorized === 'boolean' ? { isAuthorized: answer.isAuthorized, context } : undefined
  }
  const { principalId, policyDocument, usageIdentifierKey } = answer
  if (!isRecord(policyDocument) || !('Statement' in policyDocument)) return undefined
  if (kind === 'rest' && typeof principalId !== 'string') return undefined
  return {
    ...(principalId !== undefined && { principalId: String(principalId) }),
    policy: JSON.stringify(policyDocument),
    context,
    ...(typeof usageIdentifierKey === 'string' && { usageIdentifierKey }),
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8'))
  } catch {
    // Not JSON: an answer that can't be used.
    return undefined
  }
}

function warn(host: Host, { requestId, stage }: Incoming, what: string, reason?: string): void {
  host.log.warn(`gateway: ${what}`, { requestId, apiId: stage.apiId, ...(reason !== undefined && { reason }) })
}
