import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { Host } from '../kernel/host.ts'
import { signingKeys } from './jwks.ts'
import type { JwtAuthorizer } from './state.ts'

export type JwtOutcome =
  | { readonly claims: Readonly<Record<string, unknown>>; readonly scopes: readonly string[] }
  /** What is said of it in `www-authenticate`; nothing when there was no token. */
  | { readonly refused: string | undefined }

const digests: Readonly<Record<string, { hash: string; type: 'rsa' | 'ec'; curve?: string }>> = {
  RS256: { hash: 'sha256', type: 'rsa' },
  RS384: { hash: 'sha384', type: 'rsa' },
  RS512: { hash: 'sha512', type: 'rsa' },
  ES256: { hash: 'sha256', type: 'ec', curve: 'prime256v1' },
  ES384: { hash: 'sha384', type: 'ec', curve: 'secp384r1' },
  ES512: { hash: 'sha512', type: 'ec', curve: 'secp521r1' },
}
const longestToken = 16_384

/**
 * Whether a token is good: signed by a key of the issuer, for one of the audiences, and in force by the node's clock.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export async function verifyJwt(
  authorizer: JwtAuthorizer,
  given: string | undefined,
  host: Host,
  signal: AbortSignal,
): Promise<JwtOutcome> {
  const token = given?.replace(/^bearer\s+/i, '').trim()
  if (!token) return { refused: undefined }
  const refused = (why: string): JwtOutcome => ({ refused: why })
  const parts = token.split('.')
  const [head, body, signature] = parts
  const header = decode(head)
  const claims = decode(body)
  if (parts.length !== 3 || token.length > longestToken || !header || !claims || !signature)
    return refused('the token is malformed')
  const digest = typeof header.alg === 'string' && Object.hasOwn(digests, header.alg) ? digests[header.alg] : undefined
  if (!digest) return refused('the signing method is not supported')
  // Before any key is asked for: a token of another issuer is none of this one's.
  if (claims.iss !== authorizer.issuer) return refused('the token does not have a valid issuer')
  const found = await signingKeys(authorizer.issuer, String(header.kid ?? ''), host, signal)
  if (!found) return refused("unable to obtain the issuer's keys")
  const key = found.kid && keyOf(found.kid)
  if (!key || key.asymmetricKeyType !== digest.type) return refused('the token was signed with an unknown key')
  if (digest.curve !== undefined && key.asymmetricKeyDetails?.namedCurve !== digest.curve)
    return refused('the token was signed with an unknown key')
  const good = verify(
    digest.hash,
    Buffer.from(`${head}.${body}`),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  if (!good) return refused('the signature is invalid')
  const nowSec = host.clock.nowMs() / 1000
  if (typeof claims.exp !== 'number') return refused('the token has no expiry')
  if (claims.exp <= nowSec) return refused('the token has expired')
  if (typeof claims.nbf === 'number' && claims.nbf > nowSec) return refused('the token is not valid yet')
  if (typeof claims.iat === 'number' && claims.iat > nowSec + 1) return refused('the token is not valid yet')
  const audience = [claims.aud ?? claims.client_id ?? []].flat().map(String)
  if (!audience.some((one) => authorizer.audience.includes(one)))
    return refused('the token does not have a valid audience')
  return { claims, scopes: scopesOf(claims.scope ?? claims.scp) }
}

/** Claims as events have them: texts, lists as `[a b]`. */
export function claimTexts(claims: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      Array.isArray(value)
        ? `[${value.map(String).join(' ')}]`
        : value !== null && typeof value === 'object'
          ? JSON.stringify(value)
          : String(value),
    ]),
  )
}

function scopesOf(given: unknown): string[] {
  if (Array.isArray(given)) return given.map(String)
  return typeof given === 'string' ? given.split(' ').filter(Boolean) : []
}

function keyOf(jwk: Readonly<Record<string, unknown>>): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' })
  } catch {
    // A key that can't be read signs nothing.
    return undefined
  }
}

function decode(part: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'))
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    // No JSON: no token.
    return undefined
  }
}
