import { awsError } from '../kernel/errors.ts'
import type { Authentication, AuthnDeps, AuthnRequest, Credential } from './authenticate.ts'
import { canonicalHeaders, canonicalPath, canonicalQuery, queryParameters } from './canonical.ts'
import { parseAuthorization, parseCredential, type V4Claim } from './claim.ts'
import { useCredential } from './credential.ts'
import { authnError } from './errors.ts'
import { checkFreshness, checkPresignedFreshness } from './freshness.ts'
import { emptySha256, equalSecret, sha256Hex } from './hmac.ts'
import { declaredPayload, declaredTrailers, type SignedPayload } from './payload.ts'
import { scopeText, sign, signingKey } from './signing-key.ts'
import { formatSigningTime, parseSigningTime } from './timestamp.ts'

/** Verifies `Authorization: AWS4-HMAC-SHA256 …`. */
export function verifyV4Header(
  request: AuthnRequest,
  deps: AuthnDeps,
  authorization: string,
): Promise<Authentication> | Authentication {
  const claim = parseAuthorization(authorization, deps.style)
  const time = header(request, 'x-amz-date') ?? header(request, 'date')
  const basicAtMs = time === undefined ? undefined : parseSigningTime(time)
  const isBasic = basicAtMs !== undefined
  const atMs = basicAtMs ?? (time === undefined ? undefined : parseHttpDate(time))
  if (time === undefined || atMs === undefined) {
    throw authnError(
      deps.style,
      'incomplete',
      "The Authorization header requires a valid 'X-Amz-Date' or 'Date' header (20150830T123600Z).",
    )
  }
  const basicTime = isBasic ? time : formatSigningTime(atMs)
  checkFreshness(basicTime, atMs, deps.wallNowMs(), deps.style)
  const payload = headerPayload(request, deps, claim)
  return verify(request, deps, claim, basicTime, {
    ...payload,
    signature: 'v4-header',
    token: header(request, 'x-amz-security-token'),
    queries: [canonicalQuery(request.query)],
  })
}

const signatureOnly = new Set(['X-Amz-Signature'])
const signatureAndToken = new Set(['X-Amz-Signature', 'X-Amz-Security-Token'])

/** Verifies a presigned URL. */
export function verifyV4Query(request: AuthnRequest, deps: AuthnDeps): Promise<Authentication> | Authentication {
  const parameters = queryParameters(request.query)
  const take = (name: string) => parameters.get(name) ?? ''
  const s3 = deps.style === 's3'
  const names = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-Date', 'X-Amz-SignedHeaders']
  const absent = [...names, ...(s3 ? ['X-Amz-Expires'] : [])].filter((name) => take(name) === '')
  if (absent.length > 0) {
    throw s3
      ? queryError(
          'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
        )
      : authnError(
          deps.style,
          'incomplete',
          absent.map((name) => `AWS query-string parameters must include '${name}'.`).join(' '),
        )
  }
  if (take('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') {
    const message = 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"'
    throw s3 ? queryError(message) : authnError(deps.style, 'incomplete', message)
  }
  const time = take('X-Amz-Date')
  const atMs = parseSigningTime(time)
  if (atMs === undefined) {
    const message = "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
    throw s3 ? queryError(message) : authnError(deps.style, 'incomplete', message)
  }
  const claim: V4Claim = {
    ...parseCredential(take('X-Amz-Credential'), deps.style),
    signedHeaders: take('X-Amz-SignedHeaders').toLowerCase().split(';'),
    signature: take('X-Amz-Signature'),
  }
  checkPresignedFreshness(time, atMs, parameters.get('X-Amz-Expires'), deps.wallNowMs(), deps.style)
  const signsToken = canonicalQuery(request.query, signatureOnly)
  const token = parameters.get('X-Amz-Security-Token')
  const payload = queryPayload(request, deps, claim, parameters.get('X-Amz-Content-Sha256'))
  return verify(request, deps, claim, time, {
    ...payload,
    signature: 'v4-query',
    token: token ?? header(request, 'x-amz-security-token'),
    // Some clients add the token after signing, and some services want it so: both are tried.
    queries: token === undefined ? [signsToken] : [signsToken, canonicalQuery(request.query, signatureAndToken)],
  })
}

interface Presented {
  readonly signature: 'v4-header' | 'v4-query'
  readonly token: string | undefined
  readonly queries: readonly string[]
  readonly kind: SignedPayload
  /** The last line of the canonical request. */
  readonly text: string
}

function verify(
  request: AuthnRequest,
  deps: AuthnDeps,
  claim: V4Claim,
  time: string,
  presented: Presented,
): Promise<Authentication> | Authentication {
  checkScope(claim, time, deps)
  checkSignedHeaders(request, claim.signedHeaders, deps)
  const credential = useCredential(claim.accessKeyId, presented.token, deps)
  return credential instanceof Promise
    ? credential.then((found) => verifyWith(found, request, deps, claim, time, presented))
    : verifyWith(credential, request, deps, claim, time, presented)
}

function verifyWith(
  credential: Credential,
  request: AuthnRequest,
  deps: AuthnDeps,
  claim: V4Claim,
  time: string,
  presented: Presented,
): Authentication {
  const { style } = deps
  const headers = canonicalHeaders(claim.signedHeaders, request)
  if ('missing' in headers) {
    throw authnError(
      style,
      'badSignature',
      `The request does not have the header '${headers.missing}' that its signature names.`,
    )
  }
  const path = canonicalPath(request.path, deps.pathEncoding ?? (signsLikeS3(claim.scope.service) ? 'once' : 'twice'))
  const rest = `${headers.text}\n${claim.signedHeaders.join(';')}\n${presented.text}`
  const scope = scopeText(claim.scope)
  const key = signingKey(credential.secretAccessKey, claim.scope)
  const matches = presented.queries.some((query) => {
    const canonicalRequest = sha256Hex(`${request.method}\n${path}\n${query}\n${rest}`)
    return equalSecret(sign(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${canonicalRequest}`), claim.signature)
  })
  if (!matches)
    throw authnError(
      style,
      'badSignature',
      undefined,
      style === 's3' ? { AWSAccessKeyId: claim.accessKeyId } : undefined,
    )
  const chunked = presented.kind === 'chunked-signed' || presented.kind === 'chunked-signed-trailer'
  return {
    principal: credential.principal,
    accessKeyId: claim.accessKeyId,
    region: claim.scope.region,
    service: claim.scope.service,
    signature: presented.signature,
    signedPayload: presented.kind,
    ...(presented.kind === 'hash' && { payloadHash: presented.text.toLowerCase() }),
    ...(chunked && { seed: { key, signature: claim.signature, time, scope } }),
    ...declaredTrailers(request, presented.kind, style),
    style,
  }
}

function headerPayload(request: AuthnRequest, deps: AuthnDeps, claim: V4Claim): { kind: SignedPayload; text: string } {
  const declared = declaredPayload(request, deps.style)
  const s3 = signsLikeS3(claim.scope.service)
  if (declared.kind === 'absent' || (!s3 && declared.kind !== 'hash')) {
    if (!request.body) {
      throw s3
        ? awsError('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256', { status: 400 })
        : authnError(deps.style, 'incomplete', 'A body that streams needs the x-amz-content-sha256 header.')
    }
    return { kind: 'hash', text: bodyHash(request.body) }
  }
  if (declared.kind === 'hash' && request.body && bodyHash(request.body) !== declared.text.toLowerCase()) {
    throw authnError(deps.style, 'badPayloadHash')
  }
  return declared
}

function queryPayload(
  request: AuthnRequest,
  deps: AuthnDeps,
  claim: V4Claim,
  fromQuery: string | undefined,
): { kind: SignedPayload; text: string } {
  if (signsLikeS3(claim.scope.service)) {
    const text = fromQuery ?? header(request, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD'
    const declared = declaredPayload({ headers: { 'x-amz-content-sha256': text } }, deps.style)
    if (declared.kind === 'absent') return { kind: 'unsigned', text: 'UNSIGNED-PAYLOAD' }
    if (declared.kind === 'hash' && request.body && bodyHash(request.body) !== text.toLowerCase()) {
      throw authnError(deps.style, 'badPayloadHash')
    }
    return declared
  }
  if (!request.body)
    throw authnError(deps.style, 'incomplete', 'A presigned request to this service cannot stream its body.')
  return { kind: 'hash', text: bodyHash(request.body) }
}

function bodyHash(body: Uint8Array): string {
  return body.length === 0 ? emptySha256 : sha256Hex(body)
}

function checkScope(claim: V4Claim, time: string, deps: AuthnDeps): void {
  const day = time.slice(0, 8)
  if (claim.scope.date !== day) {
    throw authnError(
      deps.style,
      'badScope',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${claim.scope.date}' != '${day}', from '${time}'.`,
    )
  }
  if (deps.signingNames && !deps.signingNames.includes(claim.scope.service)) {
    throw authnError(
      deps.style,
      'badScope',
      `Credential should be scoped to correct service: '${deps.signingNames[0]}'. `,
    )
  }
}

/** Headers a proxy or the transport may add to a request that was signed without them. */
const mayBeUnsigned = new Set(['x-amz-security-token', 'x-amz-content-sha256', 'x-amz-cf-id', 'x-amz-date'])

/** `host` (`:authority`) and every `x-amz-…` header must be signed, else whoever stands between could change what is asked for. */
function checkSignedHeaders(request: AuthnRequest, signed: readonly string[], deps: AuthnDeps): void {
  // HTTP/2 has it under another name.
  if (!signed.includes('host') && !signed.includes(':authority')) {
    throw authnError(
      deps.style,
      'badScope',
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    )
  }
  const unsigned: string[] = []
  for (const name in request.headers) {
    if (name.startsWith('x-amz-') && !mayBeUnsigned.has(name) && !signed.includes(name)) unsigned.push(name)
  }
  if (unsigned.length > 0) {
    const names = unsigned.join(', ')
    throw deps.style === 's3'
      ? authnError(deps.style, 'unsignedHeaders', undefined, { HeadersNotSigned: names })
      : authnError(
          deps.style,
          'unsignedHeaders',
          `There were headers present in the request which were not signed: ${names}`,
        )
  }
}

function signsLikeS3(service: string): boolean {
  return service === 's3' || service === 's3express' || service === 's3-object-lambda'
}

function header(request: AuthnRequest, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}

function parseHttpDate(text: string): number | undefined {
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? undefined : atMs
}

function queryError(message: string) {
  return awsError('AuthorizationQueryParametersError', message, { status: 400 })
}
