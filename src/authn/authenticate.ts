import type { WireRequest } from '../kernel/http.ts'
import { anonymous, type Principal } from '../kernel/principal.ts'
import type { PathEncoding } from './canonical.ts'
import { authnError, type ErrorStyle } from './errors.ts'
import type { HmacKey } from './hmac.ts'
import { declaredPayload, declaredTrailers, type SignedPayload } from './payload.ts'
import { verifyV2Header, verifyV2Query } from './sigv2.ts'
import { verifyV4Header, verifyV4Query } from './sigv4.ts'

/** What authentication looks at. Without `body` the body streams: `dechunk` then checks it while it is read. */
export type AuthnRequest = Pick<WireRequest, 'method' | 'path' | 'query' | 'headers' | 'rawHeaders'> & {
  readonly body?: Uint8Array | undefined
}

/** The secret behind an access key id, and whose it is. */
export interface Credential {
  readonly secretAccessKey: string
  readonly principal: Principal
  /** Why the key can't be used although it is known: told to the client in its family's words. */
  readonly problem?: 'expired' | 'bad-token'
}

export interface AuthnDeps {
  /** Finds an access key; `sessionToken` is what the request carried, and checking it is the finder's part. */
  findKey(
    accessKeyId: string,
    sessionToken: string | undefined,
  ): Promise<Credential | undefined> | Credential | undefined
  /** Wall time: a signature's freshness is between the client's clock and the host's, not the node's movable one. */
  wallNowMs(): number
  /** How errors are worded. */
  readonly style: ErrorStyle
  /** Names the credential scope may give for the service that will answer. Absent: any. */
  readonly signingNames?: readonly string[]
  /** Default: as the signed service does it (S3 once, others twice). */
  readonly pathEncoding?: PathEncoding
  /** The bucket that the Host header named (virtual-hosted style); the older S3 signature signs it. */
  readonly hostBucket?: string
}

/** Who sent a request, and what is known of its body. */
export interface Authentication {
  readonly principal: Principal
  /** Absent when the request carried no credentials. */
  readonly accessKeyId?: string
  /** From the credential scope; absent for anonymous and SigV2 requests. */
  readonly region?: string
  readonly service?: string
  readonly signature: 'none' | 'v4-header' | 'v4-query' | 'v2-header' | 'v2-query'
  readonly signedPayload: SignedPayload
  /** The body's SHA-256 in hex when `signedPayload` is `hash`; already checked if the body was given. */
  readonly payloadHash?: string
  /** Where the chain of chunk signatures starts. */
  readonly seed?: ChunkSeed
  /** Names of the trailers that `x-amz-trailer` announced, lower case. */
  readonly trailers: readonly string[]
  /** `x-amz-decoded-content-length` of a chunked body. */
  readonly decodedLength?: number
  readonly style: ErrorStyle
}

export interface ChunkSeed {
  readonly key: HmacKey
  readonly signature: string
  /** `20150830T123600Z` */
  readonly time: string
  readonly scope: string
}

/**
 * Finds out who sent a request: SigV4 in the header or the query, SigV2 for S3, or nobody (`principal` is then
 * `anonymous`, and an operation that needs credentials refuses with `missingCredentials`).
 * Throws the AWS error of the service's family when credentials are present but not good.
 */
export async function authenticate(request: AuthnRequest, deps: AuthnDeps): Promise<Authentication> {
  const authorization = request.headers.authorization
  const presignedV4 = request.query.includes('X-Amz-Algorithm=') || request.query.includes('X-Amz-Signature=')
  const presignedV2 = !presignedV4 && /(?:^|&)AWSAccessKeyId=/.test(request.query)
  if (authorization === undefined) {
    if (presignedV4) return verifyV4Query(request, deps)
    if (presignedV2) return verifyV2Query(request, deps)
    return nobody(request, deps)
  }
  if (presignedV4 || presignedV2) {
    throw authnError(
      deps.style,
      'incomplete',
      'Only one auth mechanism allowed; send either the Authorization header or the signature in the query string.',
    )
  }
  if (authorization.startsWith('AWS4-HMAC-SHA256')) return verifyV4Header(request, deps, authorization)
  if (authorization.startsWith('AWS ')) return verifyV2Header(request, deps, authorization)
  throw authnError(
    deps.style,
    'incomplete',
    'The Authorization header must use AWS4-HMAC-SHA256. Other algorithms, SigV4A among them, are not supported.',
  )
}

function nobody(request: AuthnRequest, deps: AuthnDeps): Authentication {
  const declared = declaredPayload(request, deps.style)
  if (declared.kind === 'chunked-signed' || declared.kind === 'chunked-signed-trailer') {
    throw authnError(deps.style, 'missing', 'A body with signed chunks needs a signed request.')
  }
  return {
    principal: anonymous,
    signature: 'none',
    signedPayload: declared.kind === 'unsigned-trailer' ? 'unsigned-trailer' : 'unsigned',
    ...declaredTrailers(request, declared.kind, deps.style),
    style: deps.style,
  }
}
