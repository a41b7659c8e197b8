import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { algorithmNames, checksumHeader, createDigest, isChecksumValue } from './checksums.ts'
import { otherChecksums } from './refuse.ts'

/**
 * Verifies Content-MD5 and any checksum (header or trailer) of a body that was read whole: settings and batch
 * deletes. Streams are verified in `receive.ts`.
 */
export async function verifyWholeBody(ctx: Ctx, options: { required?: boolean } = {}): Promise<void> {
  if (!ctx.wire) return
  const { headers, body } = ctx.wire
  const trailers = (await ctx.wire.trailers) ?? {}
  let verified = false

  const md5 = headers['content-md5']
  if (typeof md5 === 'string') {
    verifyMd5(md5, createDigestOf('MD5', body))
    verified = true
  }
  for (const name of Object.values(otherChecksums)) {
    if (name in headers || name in trailers)
      throw awsError('InvalidRequest', `${name} is not implemented here. Use one of ${algorithmNames.join(', ')}.`, {
        status: 400,
      })
  }
  for (const algorithm of algorithmNames) {
    const name = checksumHeader(algorithm)
    const value = headers[name] ?? trailers[name]
    if (typeof value !== 'string') continue
    if (!isChecksumValue(algorithm, value)) throw invalidChecksum(name)
    if (createDigestOf(algorithm, body).toString('base64') !== value) throw wrongChecksum(algorithm)
    verified = true
  }
  if (options.required && !verified) {
    throw awsError('InvalidRequest', 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*', {
      status: 400,
    })
  }
}

function createDigestOf(algorithm: (typeof algorithmNames)[number], body: Uint8Array): Buffer {
  const digest = createDigest(algorithm)
  digest.update(body)
  return digest.digest()
}

/** Throws InvalidDigest when `header` is not a base64 MD5, BadDigest when it is not this one. */
export function verifyMd5(header: string, actual: Buffer): void {
  const expected = parseMd5(header)
  if (!expected.equals(actual)) {
    throw awsError('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
      status: 400,
      members: { ExpectedDigest: header, CalculatedDigest: actual.toString('base64') },
    })
  }
}

export function parseMd5(header: string): Buffer {
  const bytes = Buffer.from(header, 'base64')
  if (bytes.length !== 16 || bytes.toString('base64') !== header) {
    throw awsError('InvalidDigest', 'The Content-MD5 you specified is not valid: it must be 16 bytes in base64.', {
      status: 400,
      members: { 'Content-MD5': header.slice(0, 100) },
    })
  }
  return bytes
}

export function invalidChecksum(header: string): Error {
  return awsError('InvalidRequest', `Value for ${header} header is invalid.`, { status: 400 })
}

export function wrongChecksum(algorithm: string): Error {
  return awsError('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`, { status: 400 })
}
