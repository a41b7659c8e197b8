import { createHmac } from 'node:crypto'
import { awsError } from '../kernel/errors.ts'
import type { Authentication, AuthnDeps, AuthnRequest } from './authenticate.ts'
import { queryParameters } from './canonical.ts'
import { useCredential } from './credential.ts'
import { authnError } from './errors.ts'
import { checkFreshness, requestHasExpired } from './freshness.ts'
import { equalSecret, sha256Hex } from './hmac.ts'
import { declaredPayload, declaredTrailers } from './payload.ts'
import { formatSigningTime } from './timestamp.ts'

/**
 * The older S3 signature (HMAC-SHA-1), which boto3 still uses for presigned URLs by default:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html. Other services never had it.
 */

/** Verifies `?AWSAccessKeyId=…&Signature=…&Expires=…`. */
export async function verifyV2Query(request: AuthnRequest, deps: AuthnDeps): Promise<Authentication> {
  refuseElsewhere(deps)
  const parameters = queryParameters(request.query)
  const accessKeyId = parameters.get('AWSAccessKeyId')
  const signature = parameters.get('Signature')
  const expires = parameters.get('Expires')
  if (!accessKeyId || !signature || !expires) {
    throw awsError(
      'AccessDenied',
      'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
      { status: 403 },
    )
  }
  if (!/^\d{1,12}$/.test(expires))
    throw awsError('AccessDenied', `Invalid date (should be seconds since epoch): ${expires.slice(0, 100)}`, {
      status: 403,
    })
  const nowMs = deps.wallNowMs()
  if (nowMs > Number(expires) * 1000) throw requestHasExpired(undefined, Number(expires) * 1000, nowMs)
  return verify(request, deps, { accessKeyId, signature, when: expires, parameters, how: 'v2-query' })
}

/** Verifies `Authorization: AWS <key>:<signature>`. */
export async function verifyV2Header(
  request: AuthnRequest,
  deps: AuthnDeps,
  authorization: string,
): Promise<Authentication> {
  refuseElsewhere(deps)
  const credentials = authorization.slice('AWS '.length).trim()
  const colon = credentials.lastIndexOf(':')
  if (colon <= 0)
    throw awsError('InvalidArgument', 'AWS authorization header is invalid.  Expected AwsAccessKeyId:signature', {
      status: 400,
    })
  const amzDate = request.headers['x-amz-date']
  const time = typeof amzDate === 'string' ? amzDate : request.headers.date
  const atMs = typeof time === 'string' ? Date.parse(time) : Number.NaN
  if (Number.isNaN(atMs))
    throw awsError('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header', { status: 403 })
  checkFreshness(formatSigningTime(atMs), atMs, deps.wallNowMs(), deps.style)
  return verify(request, deps, {
    accessKeyId: credentials.slice(0, colon),
    signature: credentials.slice(colon + 1),
    // The date is signed as an x-amz header when it is one.
    when: amzDate === undefined ? (request.headers.date ?? '') : '',
    parameters: queryParameters(request.query),
    how: 'v2-header',
  })
}

interface V2Claim {
  readonly accessKeyId: string
  readonly signature: string
  readonly when: string
  readonly parameters: ReadonlyMap<string, string>
  readonly how: 'v2-query' | 'v2-header'
}

async function verify(request: AuthnRequest, deps: AuthnDeps, claim: V2Claim): Promise<Authentication> {
  const amz = amzHeaders(request, claim)
  const credential = await useCredential(claim.accessKeyId, amz.get('x-amz-security-token'), deps)
  const named = (name: string) => {
    const value = request.headers[name] ?? (claim.how === 'v2-query' ? claim.parameters.get(name) : undefined)
    return typeof value === 'string' ? value : ''
  }
  const headers = [...amz.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}\n`)
  const stringToSign = [
    request.method,
    named('content-md5'),
    named('content-type'),
    claim.when,
    headers.join('') + canonicalResource(request, claim.parameters, deps.hostBucket),
  ].join('\n')
  const expected = createHmac('sha1', credential.secretAccessKey).update(stringToSign, 'latin1').digest('base64')
  if (!equalSecret(expected, claim.signature)) {
    throw authnError(deps.style, 'badSignature', undefined, { AWSAccessKeyId: claim.accessKeyId })
  }
  const payload = declaredPayload(request, deps.style)
  if (payload.kind === 'chunked-signed' || payload.kind === 'chunked-signed-trailer') {
    throw awsError('InvalidRequest', 'Chunks can be signed with Signature Version 4 only.', { status: 400 })
  }
  if (payload.kind === 'hash' && request.body && sha256Hex(request.body) !== payload.text.toLowerCase()) {
    throw authnError(deps.style, 'badPayloadHash')
  }
  return {
    principal: credential.principal,
    accessKeyId: claim.accessKeyId,
    signature: claim.how,
    signedPayload: payload.kind === 'absent' ? 'unsigned' : payload.kind,
    ...(payload.kind === 'hash' && { payloadHash: payload.text.toLowerCase() }),
    ...declaredTrailers(request, payload.kind, deps.style),
    style: deps.style,
  }
}

/** The `x-amz-…` headers; in a presigned URL they may stand in the query instead. */
function amzHeaders(request: AuthnRequest, claim: V2Claim): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of Object.entries(request.headers)) {
    if (name.startsWith('x-amz-') && typeof value === 'string') found.set(name, value.trim().replace(/\s*\n\s*/g, ' '))
  }
  if (claim.how === 'v2-query') {
    for (const [name, value] of claim.parameters) {
      const lower = name.toLowerCase()
      if (lower.startsWith('x-amz-') && !found.has(lower)) found.set(lower, value)
    }
  }
  return found
}

const subresources = new Set(
  `accelerate acl analytics cors defaultObjectAcl delete encryption inventory legal-hold lifecycle location logging metrics
   notification object-lock ownershipControls partNumber policy policyStatus publicAccessBlock replication requestPayment
   restore retention select select-type storageClass tagging torrent uploadId uploads versionId versioning versions website
   response-cache-control response-content-disposition response-content-encoding response-content-language
   response-content-type response-expires`.split(/\s+/),
)

function canonicalResource(
  request: AuthnRequest,
  parameters: ReadonlyMap<string, string>,
  hostBucket?: string,
): string {
  const present = request.query.split('&').flatMap((part) => {
    const at = part.indexOf('=')
    const name = at < 0 ? part : part.slice(0, at)
    if (!subresources.has(name)) return []
    return [[name, at < 0 ? name : `${name}=${parameters.get(name)}`] as const]
  })
  const query = present.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
  return `${hostBucket ? `/${hostBucket}` : ''}${request.path}${query.length > 0 ? `?${query.join('&')}` : ''}`
}

function refuseElsewhere(deps: AuthnDeps): void {
  if (deps.style !== 's3')
    throw authnError(
      deps.style,
      'incomplete',
      'Signature Version 2 is accepted by S3 only; sign with AWS4-HMAC-SHA256.',
    )
}
