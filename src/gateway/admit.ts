import { isAwsError } from '../kernel/errors.ts'
import type { Host } from '../kernel/host.ts'
import { anonymous, type Principal } from '../kernel/principal.ts'
import type { ReadTx } from '../kernel/records.ts'
import { methodArn, selected } from './authorizer-event.ts'
import type { Incoming } from './incoming.ts'
import { claimTexts, verifyJwt } from './jwt.ts'
import { askAuthorizer, type Verdict } from './lambda-authorizer.ts'
import type { Problem } from './problem.ts'
import type { JwtAuthorizer, LambdaAuthorizer } from './state.ts'
import type { Caller } from './variables.ts'

/** What authorization found out; `event` is what a function's event says of it. */
export interface Admitted extends Caller {
  readonly event?: Readonly<Record<string, unknown>> | undefined
  /** Of a Lambda authorizer: the API key it gives the caller. */
  readonly usageKey?: string | undefined
}
export type Admission = Admitted | { readonly problem: Problem }

/** Whether a request may reach its route, by the route's authorization and the API's own policy. */
export async function admit(incoming: Incoming, host: Host, signal: AbortSignal): Promise<Admission> {
  const { stage, route } = incoming
  const { authorization } = route
  if (!authorization)
    return stage.policy === undefined ? {} : admitPrincipal(incoming, incoming.calledBy ?? anonymous, host)
  if (authorization.type === 'iam') return admitSigned(incoming, host)
  const authorizer = stage.authorizers?.[authorization.id]
  if (!authorizer) return { problem: { type: 'AUTHORIZER_CONFIGURATION_ERROR' } }
  return authorizer.type === 'jwt'
    ? admitJwt(authorizer, authorization.scopes ?? [], incoming, host, signal)
    : admitByFunction(authorizer, authorization.id, incoming, host, signal)
}

async function admitSigned(incoming: Incoming, host: Host): Promise<Admission> {
  let principal: Principal
  try {
    principal = incoming.calledBy ?? (await host.authenticate(incoming.wire, ['execute-api']))
  } catch (error) {
    if (!isAwsError(error)) throw error
    const type = error.code.startsWith('Expired')
      ? 'EXPIRED_TOKEN'
      : error.code.startsWith('InvalidSignature')
        ? 'INVALID_SIGNATURE'
        : 'ACCESS_DENIED'
    return { problem: { type, message: error.message, errorType: error.code } }
  }
  if (principal.kind === 'anonymous') return { problem: { type: 'MISSING_AUTHENTICATION_TOKEN' } }
  const admitted = await admitPrincipal(incoming, principal, host)
  return 'problem' in admitted ? admitted : { ...admitted, principal, event: iamEvent(incoming, principal) }
}

async function admitPrincipal(incoming: Incoming, principal: Principal, host: Host): Promise<Admission> {
  const refused = await refusal(incoming, principal, host)
  if (refused === undefined) return {}
  // The service hides most of the account's number from who is refused.
  const message = refused
    .replace(/ because no .*$/, '')
    .replace(/(arn:aws:execute-api:[\w-]+:)\d{8}(\d{4})/, '$1********$2')
  return { problem: { type: 'ACCESS_DENIED', message, capital: true } }
}

async function admitByFunction(
  authorizer: LambdaAuthorizer,
  id: string,
  incoming: Incoming,
  host: Host,
  signal: AbortSignal,
): Promise<Admission> {
  const { stage } = incoming
  const root = rootOf(stage.account)
  // What the API's policy denies outright is not even asked about.
  if (stage.policy !== undefined && (await refusal(incoming, root, host)) !== undefined)
    return { problem: { type: 'ACCESS_DENIED', message: denied(true), capital: true } }
  const outcome = await askAuthorizer(authorizer, id, incoming, host, signal)
  if (outcome === 'unauthorized') return { problem: { type: 'UNAUTHORIZED' } }
  if (outcome === 'failed') return { problem: { type: 'AUTHORIZER_FAILURE' } }
  if (outcome === 'unusable') return { problem: { type: 'AUTHORIZER_CONFIGURATION_ERROR' } }
  if (outcome.isAuthorized === false) return { problem: { type: 'ACCESS_DENIED' } }
  if (outcome.policy !== undefined) {
    // The account's root, narrowed to what the answered policy allows: the evaluator's rules are then those of the
    // table in https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
    const nowMs = host.clock.nowMs()
    const session = { name: 'authorizer', issuedAtMs: nowMs, expiresAtMs: nowMs, policyArns: [], tags: {} }
    const refused = await refusal(incoming, { ...root, session: { ...session, policies: [outcome.policy] } }, host)
    if (refused !== undefined) {
      const message = denied(refused.includes('with an explicit deny'))
      return { problem: { type: 'ACCESS_DENIED', message, capital: true } }
    }
  }
  return { ...told(incoming, outcome), usageKey: outcome.usageIdentifierKey }
}

function told({ stage }: Incoming, { principalId, context }: Verdict): Admitted {
  const named = { ...context, ...(principalId !== undefined && { principalId }) }
  if (stage.kind === 'http') return { authorizer: named, event: { lambda: context, flat: named } }
  const texts = Object.fromEntries(
    Object.entries(context).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  )
  return { authorizer: named, event: { ...texts, principalId } }
}

async function admitJwt(
  authorizer: JwtAuthorizer,
  wanted: readonly string[],
  incoming: Incoming,
  host: Host,
  signal: AbortSignal,
): Promise<Admission> {
  const outcome = await verifyJwt(authorizer, selected(authorizer.identitySource, incoming), host, signal)
  if ('refused' in outcome) {
    const challenge =
      outcome.refused === undefined
        ? 'Bearer'
        : `Bearer scope="${wanted.join(' ')}" error="invalid_token" error_description="${outcome.refused}"`
    return { problem: { type: 'UNAUTHORIZED', headers: { 'www-authenticate': challenge } } }
  }
  if (wanted.length > 0 && !wanted.some((scope) => outcome.scopes.includes(scope))) {
    const challenge = `Bearer scope="${wanted.join(' ')}" error="insufficient_scope" error_description="the token has none of the scopes"`
    return { problem: { type: 'ACCESS_DENIED', headers: { 'www-authenticate': challenge } } }
  }
  const claims = claimTexts(outcome.claims)
  const scopes = wanted.length > 0 ? outcome.scopes : null
  return { authorizer: { claims }, event: { jwt: { claims, scopes }, flat: { claims, scopes } } }
}

/** Why IAM refuses `principal` this request; undefined when it does not. */
async function refusal(incoming: Incoming, principal: Principal, host: Host): Promise<string | undefined> {
  const { stage, wire } = incoming
  const request = { action: 'execute-api:Invoke', resource: methodArn(incoming), resourcePolicy: stage.policy }
  const context = {
    'aws:SourceIp': wire.remoteAddress,
    'aws:RequestedRegion': stage.region,
    'aws:SecureTransport': true,
    ...(wire.headers['user-agent'] !== undefined && { 'aws:UserAgent': wire.headers['user-agent'] }),
    ...(wire.headers.referer !== undefined && { 'aws:Referer': wire.headers.referer }),
  }
  try {
    await host.records.read({ account: stage.account, region: stage.region }, async (tx: ReadTx) =>
      host.authorize(principal, [request], context, tx),
    )
    return undefined
  } catch (error) {
    if (isAwsError(error, 'AccessDenied', 'AccessDeniedException')) return error.message
    throw error
  }
}

function rootOf(account: string): Principal {
  return { kind: 'root', account, arn: `arn:aws:iam::${account}:root`, userId: account }
}

function denied(explicitly: boolean): string {
  return `User is not authorized to access this resource${explicitly ? ' with an explicit deny' : ''}`
}

function iamEvent({ stage }: Incoming, principal: Principal): Record<string, unknown> | undefined {
  if (stage.kind === 'rest') return undefined
  const iam = {
    accessKey: principal.accessKeyId,
    accountId: principal.account,
    callerId: principal.userId,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: principal.arn,
    userId: principal.userId,
  }
  return { iam }
}
