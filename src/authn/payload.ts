import { awsError } from '../kernel/errors.ts'
import type { AuthnRequest } from './authenticate.ts'
import { authnError, type ErrorStyle } from './errors.ts'

/**
 * What the signature says of the body: its hash; nothing; or that it comes in chunks, each signed or not, with or
 * without trailers (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html).
 */
export type SignedPayload = 'hash' | 'unsigned' | 'chunked-signed' | 'chunked-signed-trailer' | 'unsigned-trailer'

const literals: Readonly<Record<string, SignedPayload>> = {
  'UNSIGNED-PAYLOAD': 'unsigned',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': 'chunked-signed',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': 'chunked-signed-trailer',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': 'unsigned-trailer',
}

/** The `x-amz-content-sha256` header read: `absent`, or what it declares, with its text for the canonical request. */
export function declaredPayload(
  request: Pick<AuthnRequest, 'headers'>,
  style: ErrorStyle,
): { kind: SignedPayload; text: string } | { kind: 'absent' } {
  const text = request.headers['x-amz-content-sha256']
  if (typeof text !== 'string') return { kind: 'absent' }
  if (text.length === 64 && /^[0-9a-fA-F]{64}$/.test(text)) return { kind: 'hash', text }
  const kind = Object.hasOwn(literals, text) ? literals[text] : undefined
  if (kind) return { kind, text }
  if (style === 's3') {
    throw awsError(
      'InvalidArgument',
      `x-amz-content-sha256 must be ${Object.keys(literals).join(', ')} or a valid sha256 value.`,
      { status: 400, members: { ArgumentName: 'x-amz-content-sha256', ArgumentValue: text.slice(0, 200) } },
    )
  }
  throw authnError(style, 'incomplete', 'x-amz-content-sha256 must be the SHA-256 of the body in hex.')
}

const maxTrailers = 16

/** What the headers of a chunked body announce. Throws when they contradict each other. */
export function declaredTrailers(
  request: Pick<AuthnRequest, 'headers'>,
  kind: SignedPayload | 'absent',
  style: ErrorStyle,
): { trailers: readonly string[]; decodedLength?: number } {
  if (kind === 'absent' || kind === 'hash' || kind === 'unsigned') return { trailers: [] }
  const length = request.headers['x-amz-decoded-content-length']
  if (typeof length !== 'string' || !/^\d{1,15}$/.test(length)) {
    throw awsError('MissingContentLength', 'A chunked body needs the x-amz-decoded-content-length header.', {
      status: 411,
    })
  }
  const announced = request.headers['x-amz-trailer']
  const names = typeof announced === 'string' ? announced.toLowerCase().split(/[, ]+/).filter(Boolean) : []
  if (names.length > maxTrailers) {
    throw awsError('InvalidRequest', `x-amz-trailer names more than ${maxTrailers} trailers.`, { status: 400 })
  }
  if (kind === 'chunked-signed-trailer' && names.length === 0 && style === 's3') {
    throw awsError('InvalidRequest', 'A body with trailers needs the x-amz-trailer header.', { status: 400 })
  }
  return { trailers: names, decodedLength: Number(length) }
}
