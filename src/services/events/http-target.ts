import { httpRefusal } from '../../delivery/http-target.ts'
import { enterTarget } from '../../delivery/target-gate.ts'
import { callOut } from '../../gateway/call-out.ts'
import { checkHeaders, fillPath } from '../../gateway/http-parameters.ts'
import { parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import type { HttpParameters, HttpTarget } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import type { Scope } from '../../kernel/records.ts'
import { connectionOf, findApiDestination } from './api-destinations.ts'
import { type AuthParameters, pairs } from './connection-auth.ts'
import { deauthorize, secretsOf, tokenOf } from './connection-token.ts'
import { apiDestinationArn, notFound } from './names.ts'
import { type ApiDestination, type Connection, connectionToken } from './state.ts'

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html: five seconds for an answer. */
const timeoutMs = 5_000
const concurrency = 32
const mostBytes = 1_048_576

/** An API destination, by its ARN. Throws ResourceNotFoundException. */
export async function httpTarget(arn: string, host: Host): Promise<HttpTarget> {
  const { account = '', region = '', resource = '' } = parseArn(arn) ?? {}
  const scope: Scope = { account, region }
  const [kind, name = ''] = resource.split('/')
  if (kind !== 'api-destination') throw notFound(`${arn.slice(0, 300)} is no API destination.`)
  const look = () =>
    host.records.read(scope, async (tx) => {
      const found = await findApiDestination(tx, name)
      if (apiDestinationArn(scope, found) !== arn) throw notFound(`${arn} does not exist.`)
      return found
    })
  await look()
  return {
    arn,
    async call(body, http, { principal, signal }) {
      const found = await look()
      const of = await host.records.read(scope, async (tx) => {
        await host.authorize(principal, [{ action: 'events:InvokeApiDestination', resource: arn }], {}, tx)
        return connectionOf(tx, found.connectionArn)
      })
      // Until it is authorized again: what waits for it may be tried again.
      if (of.state === 'DEAUTHORIZED') throw awsError('NO_PERMISSIONS', `Connection ${of.name} is not authorized.`)
      const around = { host, scope, signal }
      const secrets = await secretsOf(host, scope, of)
      const token = of.type === 'OAUTH_CLIENT_CREDENTIALS' ? await tokenOf(around, of, secrets) : undefined
      return call(around, { found, of, arn }, requestOf(found, secrets, token, http, body))
    },
  }
}

interface Request {
  readonly url: URL
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: string
}

/** What the connection adds comes last: whoever calls can't say that he is somebody else. */
function requestOf(
  { endpoint, method }: ApiDestination,
  secrets: AuthParameters,
  token: string | undefined,
  { pathValues = [], headers = {}, query = {} }: HttpParameters,
  given: string,
): Request {
  const url = new URL(fillPath(endpoint, pathValues))
  const { HeaderParameters, QueryStringParameters, BodyParameters } = secrets.InvocationHttpParameters ?? {}
  for (const [key, value] of [...Object.entries(query), ...pairs(QueryStringParameters)])
    url.searchParams.set(key, value)
  const body = method === 'GET' || method === 'HEAD' ? '' : withMembers(given, pairs(BodyParameters))
  const lower = ([key, value]: readonly [string, string]) => [key.toLowerCase(), value] as const
  return {
    url,
    body,
    headers: {
      'user-agent': 'Amazon/EventBridge/ApiDestinations',
      'content-type': 'application/json; charset=utf-8',
      range: `bytes=0-${mostBytes - 1}`,
      ...Object.fromEntries([...Object.entries(headers), ...pairs(HeaderParameters)].map(lower)),
      ...authorization(secrets, token),
      'content-length': Buffer.byteLength(body),
    },
  }
}

function authorization(secrets: AuthParameters, token: string | undefined): Record<string, string> {
  const { BasicAuthParameters: basic, ApiKeyAuthParameters: key } = secrets
  if (token !== undefined) return { authorization: `Bearer ${token}` }
  if (key) return { [(key.ApiKeyName ?? '').toLowerCase()]: key.ApiKeyValue ?? '' }
  const password = Buffer.from(`${basic?.Username ?? ''}:${basic?.Password ?? ''}`).toString('base64')
  return { authorization: `Basic ${password}` }
}

/** Members are added to a body that is a JSON object. */
function withMembers(body: string, members: readonly [string, string][]): string {
  if (members.length === 0 || !body.startsWith('{')) return body
  try {
    return JSON.stringify({ ...(JSON.parse(body) as object), ...Object.fromEntries(members) })
  } catch {
    // What a template has made need not be JSON, whatever it begins with.
    return body
  }
}

interface Called {
  readonly found: ApiDestination
  readonly of: Connection
  readonly arn: string
}

async function call(
  { host, scope, signal }: { readonly host: Host; readonly scope: Scope; readonly signal: AbortSignal },
  { found, of, arn }: Called,
  { url, headers, body }: Request,
): Promise<Uint8Array> {
  checkHeaders(headers)
  const pass = enterTarget(host, arn, { concurrency, perSec: found.perSec })
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const sending = callOut(url, { method: found.method, headers, body, signal: limit, mostBytes })
  const { response, body: answer } = await sending.catch((error: Error) => {
    if (signal.aborted) pass.abandoned()
    else pass.failed()
    if (signal.aborted) throw error
    throw awsError('CONNECTION_FAILURE', `The endpoint could not be reached: ${error.message}`)
  })
  const status = response.statusCode ?? 0
  if (status >= 500 || status === 429) pass.failed()
  else pass.answered()
  if (status >= 200 && status <= 299) return answer ?? new Uint8Array()
  if (status === 401 || status === 407) await refused(host, scope, of, status)
  throw httpRefusal(status)
}

/** Of OAuth the next try gets a new token; other credentials are not tried again until they are changed. */
function refused(host: Host, scope: Scope, of: Connection, status: number): Promise<void> {
  return host.records.write(scope, async (tx) => {
    if (of.type === 'OAUTH_CLIENT_CREDENTIALS') tx.delete(connectionToken(of.name))
    else await deauthorize(tx, of.name, of.modifiedAtMs, `The endpoint answered ${status}.`)
  })
}
