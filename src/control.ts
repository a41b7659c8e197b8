import { canonicalPath, canonicalQuery } from './authn/canonical.ts'
import { sha256Hex } from './authn/hmac.ts'
import { scopeText, sign, signingKey } from './authn/signing-key.ts'
import { formatSigningTime } from './authn/timestamp.ts'

export type { WaitingDelivery, WaitingPage } from './delivery/waiting.ts'
export type { Fault } from './faults/fault.ts'
export type { LetterPage, LetterSummary, OpenedLetter } from './outbox/outbox.ts'
export type { InvocationSummary, OpenedInvocation } from './telemetry/invocation-read.ts'
export type { UsageDay } from './telemetry/usage-read.ts'

/** A node, and a key for it. */
export interface ControlTarget {
  readonly endpoint: string
  readonly region: string
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
}

/** What a node's own API refused: its error code, status and message. */
export class ControlError extends Error {
  override name = 'ControlError'
  readonly code: string
  readonly status: number

  constructor(code: string, status: number, message: string) {
    super(message)
    this.code = code
    this.status = status
  }
}

/** What is asked of a node besides the path: a GET without a body by default. */
export interface ControlRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: object
}

/**
 * Asks a node's own API (`/_landfall/…`) with a signed request. Throws a ControlError for what it refuses, and what
 * `fetch` throws where no node answers.
 */
export async function askNode<T>(
  target: ControlTarget,
  path: string,
  query: Record<string, string> = {},
  { method = 'GET', body }: ControlRequest = {},
): Promise<T> {
  const url = new URL(path, target.endpoint)
  url.search = new URLSearchParams({ region: target.region, ...query }).toString().replaceAll('+', '%20')
  const sent = body === undefined ? '' : JSON.stringify(body)
  const headers = signedHeaders(url, target, method, sent)
  const response = await fetch(url, { method, headers, ...(sent !== '' && { body: sent }) })
  const text = await response.text()
  if (response.ok) return JSON.parse(text) as T
  const { __type = 'InternalFailure', message = text } = parse(text)
  throw new ControlError(__type, response.status, message)
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function signedHeaders(
  url: URL,
  { region, credentials }: ControlTarget,
  method: string,
  body: string,
): Record<string, string> {
  const time = formatSigningTime(Date.now())
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const headers = {
    host: url.host,
    'x-amz-date': time,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  }
  const names = Object.keys(headers).join(';')
  const canonical = [
    method,
    canonicalPath(url.pathname, 'twice'),
    canonicalQuery(url.search.slice(1)),
    ...Object.entries(headers).map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256Hex(Buffer.from(body)),
  ].join('\n')
  const scope = { date: time.slice(0, 8), region, service: 'landfall' }
  const text = ['AWS4-HMAC-SHA256', time, scopeText(scope), sha256Hex(canonical)].join('\n')
  const signature = sign(signingKey(secretAccessKey, scope), text)
  const { host: _host, ...sent } = headers
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scopeText(scope)}, SignedHeaders=${names}, Signature=${signature}`
  return { ...sent, authorization }
}

function parse(text: string): { __type?: string; message?: string } {
  try {
    return JSON.parse(text) as { __type?: string; message?: string }
  } catch {
    return {}
  }
}
