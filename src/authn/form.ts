import { createHmac } from 'node:crypto'
import { awsError } from '../kernel/errors.ts'
import { anonymous, type Principal } from '../kernel/principal.ts'
import type { AuthnDeps } from './authenticate.ts'
import { parseCredential } from './claim.ts'
import { useCredential } from './credential.ts'
import { authnError } from './errors.ts'
import { equalSecret } from './hmac.ts'
import { sign, signingKey } from './signing-key.ts'

/** Who signed a browser's form upload, and what the form must keep to. */
export interface FormSigner {
  readonly principal: Principal
  /** Of the credential scope; absent for anonymous and older signatures. */
  readonly region?: string
  /** The policy's conditions, as parsed from JSON; absent when there is no policy. */
  readonly conditions?: readonly unknown[]
}

/**
 * Verifies the policy of a form upload by its fields (names in lower case): its signature, version 4 or the older one,
 * and its expiration. A form without a policy is nobody's.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html
 */
export async function verifyForm(fields: ReadonlyMap<string, string>, deps: AuthnDeps): Promise<FormSigner> {
  const policy = fields.get('policy')
  const token = fields.get('x-amz-security-token')
  const v4 = fields.get('x-amz-signature')
  const v2 = fields.get('signature')
  if (policy === undefined) {
    if (v4 !== undefined || v2 !== undefined) throw missing('policy')
    return { principal: anonymous }
  }
  const conditions = conditionsOf(policy, deps.wallNowMs())
  if (v4 !== undefined) {
    if (fields.get('x-amz-algorithm') !== 'AWS4-HMAC-SHA256') throw missing('x-amz-algorithm')
    const { accessKeyId, scope } = parseCredential(fields.get('x-amz-credential') ?? '', deps.style)
    if (!fields.get('x-amz-date')?.startsWith(scope.date) || !deps.signingNames?.includes(scope.service)) {
      throw authnError(deps.style, 'badScope', 'The credential scope is not of this date and service.')
    }
    const credential = await useCredential(accessKeyId, token, deps)
    if (!equalSecret(sign(signingKey(credential.secretAccessKey, scope), policy), v4.toLowerCase())) {
      throw authnError(deps.style, 'badSignature', undefined, { AWSAccessKeyId: accessKeyId })
    }
    return { principal: credential.principal, region: scope.region, conditions }
  }
  const accessKeyId = fields.get('awsaccesskeyid')
  if (v2 === undefined || accessKeyId === undefined) throw missing('x-amz-signature')
  const credential = await useCredential(accessKeyId, token, deps)
  const expected = createHmac('sha1', credential.secretAccessKey).update(policy).digest('base64')
  if (!equalSecret(expected, v2))
    throw authnError(deps.style, 'badSignature', undefined, { AWSAccessKeyId: accessKeyId })
  return { principal: credential.principal, conditions }
}

function conditionsOf(policy: string, nowMs: number): readonly unknown[] {
  const { expiration, conditions } = parsed(policy)
  const atMs = typeof expiration === 'string' ? Date.parse(expiration) : Number.NaN
  if (Number.isNaN(atMs)) throw badPolicy("Invalid Policy: Invalid 'expiration' value.")
  if (atMs <= nowMs) throw awsError('AccessDenied', 'Invalid according to Policy: Policy expired.', { status: 403 })
  if (!Array.isArray(conditions)) throw badPolicy('Invalid Policy: Missing conditions.')
  return conditions
}

function parsed(policy: string): { expiration?: unknown; conditions?: unknown } {
  try {
    const document: unknown = JSON.parse(Buffer.from(policy, 'base64').toString('utf8'))
    if (typeof document === 'object' && document !== null) return document
  } catch {
    // Told below.
  }
  throw badPolicy('Invalid Policy: Invalid JSON.')
}

function badPolicy(message: string): Error {
  return awsError('InvalidPolicyDocument', message, { status: 400 })
}

function missing(field: string): Error {
  return awsError(
    'InvalidArgument',
    `Bucket POST must contain a field named '${field}'.  If it is specified, please check the order of the fields.`,
    {
      status: 400,
      members: { ArgumentName: field, ArgumentValue: '' },
    },
  )
}
