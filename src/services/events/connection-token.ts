import { rootPrincipal } from '../../authn/find-key.ts'
import { callOut } from '../../gateway/call-out.ts'
import type { Job } from '../../kernel/delivery.ts'
import { awsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Scope, Tx } from '../../kernel/records.ts'
import { type AuthParameters, type OAuthParameters, pairs, readAuth } from './connection-auth.ts'
import { type Connection, connection, connectionToken } from './state.ts'

const purpose = 'events connection token'
const timeoutMs = 5_000
const mostBytes = 65_536
/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection-auth.html */
const freshMs = 60_000
/** Of a token that does not say for how long it is good. */
const usualSec = 3_600

/** Gets the first token of a connection, which is authorized once it has one, and deauthorized when it gets none. */
export const authorizing: Job<{ name: string; modifiedAtMs: number }> = {
  retry: { attempts: 4, minMs: 1_000, maxMs: 20_000 },
  async run({ name, modifiedAtMs }, { host, scope, signal }) {
    const found = await host.records.read(scope, (tx) => tx.get(connection(name)))
    if (found?.modifiedAtMs !== modifiedAtMs) return
    await renewToken({ host, scope, signal }, found, await secretsOf(host, scope, found))
  },
  async exhausted(tx, { name, modifiedAtMs }, error) {
    await deauthorize(tx, name, modifiedAtMs, error.message)
  },
}

interface Around {
  readonly host: Host
  readonly scope: Scope
  readonly signal: AbortSignal
}

/** What is secret of a connection, read as its account. */
export async function secretsOf(host: Host, scope: Scope, { secretArn, name }: Connection): Promise<AuthParameters> {
  if (secretArn === undefined) throw awsError('NO_RESOURCE', `Connection ${name} is not authorized.`)
  const as = rootPrincipal(scope.account)
  const asked = { SecretId: secretArn }
  const { SecretString } = await host.invoke<{ SecretString?: string }>('secretsmanager:GetSecretValue', asked, {
    as,
    scope,
  })
  return readAuth(SecretString)
}

/** The token of a connection, a new one when it is about to expire. */
export async function tokenOf(around: Around, found: Connection, secrets: AuthParameters): Promise<string> {
  const { host, scope } = around
  const known = await host.records.read(scope, (tx) => tx.get(connectionToken(found.name)))
  const nowMs = host.clock.nowMs()
  if (known?.modifiedAtMs === found.modifiedAtMs && known.expiresAtMs - freshMs > nowMs) {
    const plain = host.sealing.unseal(purpose, known.sealed, found.id)
    if (plain) return Buffer.from(plain).toString()
  }
  return renewTogether(around, found, secrets)
}

const asking = new WeakMap<Host, Map<string, Promise<string>>>()

/** Everything that waits for a token of the connection gets the one that the first of them asked for. */
function renewTogether(around: Around, found: Connection, secrets: AuthParameters): Promise<string> {
  const known = asking.get(around.host) ?? new Map<string, Promise<string>>()
  asking.set(around.host, known)
  const key = `${found.id} ${found.modifiedAtMs}`
  const before = known.get(key)
  if (before) return before
  const asked = renewToken(around, found, secrets).finally(() => known.delete(key))
  known.set(key, asked)
  return asked
}

/** Asks for a token and keeps it, sealed. */
async function renewToken(around: Around, found: Connection, { OAuthParameters = {} }: AuthParameters) {
  const { host, scope } = around
  const { token, expiresSec } = await askForToken(OAuthParameters, around.signal)
  const sealed = host.sealing.seal(purpose, Buffer.from(token), found.id)
  await host.records.write(scope, async (tx) => {
    const now = await tx.get(connection(found.name))
    if (now?.modifiedAtMs !== found.modifiedAtMs) return
    const nowMs = host.clock.nowMs()
    const expiresAtMs = nowMs + expiresSec * 1_000
    tx.set(connectionToken(found.name), { sealed, modifiedAtMs: found.modifiedAtMs, expiresAtMs })
    tx.set(connection(found.name), { ...now, state: 'AUTHORIZED', reason: undefined, authorizedAtMs: nowMs })
  })
  return token
}

/** https://www.rfc-editor.org/rfc/rfc6749#section-4.4, the client by its password as in section 2.3.1. */
async function askForToken(
  given: OAuthParameters,
  signal: AbortSignal,
): Promise<{ token: string; expiresSec: number }> {
  const { ClientParameters = {}, AuthorizationEndpoint = '', HttpMethod: method = 'POST' } = given
  const { HeaderParameters, QueryStringParameters, BodyParameters } = given.OAuthHttpParameters ?? {}
  const url = new URL(AuthorizationEndpoint)
  const form = new URLSearchParams([['grant_type', 'client_credentials']])
  for (const [key, value] of pairs(BodyParameters)) form.set(key, value)
  for (const [key, value] of pairs(QueryStringParameters)) url.searchParams.set(key, value)
  if (method === 'GET') for (const [key, value] of form) url.searchParams.set(key, value)
  const { ClientID = '', ClientSecret = '' } = ClientParameters
  const password = Buffer.from(`${encodeURIComponent(ClientID)}:${encodeURIComponent(ClientSecret)}`).toString('base64')
  const body = method === 'GET' ? '' : form.toString()
  const { response, body: answer } = await callOut(url, {
    method,
    headers: {
      authorization: `Basic ${password}`,
      accept: 'application/json',
      ...(body && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }),
      ...Object.fromEntries(pairs(HeaderParameters)),
    },
    body,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    mostBytes,
  })
  const status = response.statusCode ?? 0
  if (status < 200 || status > 299) throw new Error(`The authorization endpoint answered ${status}.`)
  const { access_token: token, expires_in: expires } = readAnswer(answer)
  if (typeof token !== 'string') throw new Error('The authorization endpoint answered no access_token.')
  const expiresSec = Number(expires)
  return { token, expiresSec: expiresSec > 0 ? expiresSec : usualSec }
}

function readAnswer(answer: Buffer | undefined): { access_token?: unknown; expires_in?: unknown } {
  try {
    return (JSON.parse(String(answer)) ?? {}) as object
  } catch {
    // Not JSON: there is no token in it.
    return {}
  }
}

/** Says in a connection that it is not let in any more, unless it was changed meanwhile. */
export async function deauthorize(tx: Tx, name: string, modifiedAtMs: number, reason: string): Promise<void> {
  const now = await tx.get(connection(name))
  if (now?.modifiedAtMs !== modifiedAtMs) return
  tx.delete(connectionToken(name))
  tx.set(connection(name), { ...now, state: 'DEAUTHORIZED', reason })
}
