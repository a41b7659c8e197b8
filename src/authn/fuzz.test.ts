import { test } from 'vitest'
import fc from '../../test/fast-check.ts'
import { isAwsError } from '../kernel/errors.ts'
import { anonymous } from '../kernel/principal.ts'
import { type Authentication, type AuthnDeps, authenticate } from './authenticate.ts'
import { dechunk } from './dechunk.ts'
import type { ErrorStyle } from './errors.ts'

const style = fc.constantFrom<ErrorStyle>('json', 'query', 'rest-json', 's3')
const piece = fc.oneof(
  fc.string(),
  fc.constantFrom(
    'AWS4-HMAC-SHA256 ',
    'Credential=',
    'AKID/20260101/us-east-1/s3/aws4_request',
    ', SignedHeaders=',
    'host',
    ', Signature=',
    'AWS ',
    ':',
    '20260101T000000Z',
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    '&X-Amz-Credential=',
    '&X-Amz-Date=',
    '&X-Amz-Expires=',
    '-1',
    '&X-Amz-SignedHeaders=host',
    '&X-Amz-Signature=',
    '%',
    '%zz',
    'AWSAccessKeyId=a',
    '&Signature=b',
    '&Expires=',
    '9999999999',
    '&',
    '=',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'UNSIGNED-PAYLOAD',
  ),
)
const text = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(''))
const headers = fc.dictionary(
  fc.constantFrom(
    'authorization',
    'x-amz-date',
    'date',
    'x-amz-content-sha256',
    'x-amz-security-token',
    'host',
    'x-amz-trailer',
    'x-amz-decoded-content-length',
    'x-amz-meta-a',
  ),
  text,
)

async function onlyAwsErrors(run: () => Promise<unknown>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!isAwsError(error)) throw error
  }
}

test('whatever is signed however, the answer is an identity or an AWS error', async () => {
  await fc.assert(
    fc.asyncProperty(style, headers, text, text, fc.boolean(), async (wording, given, path, query, whole) => {
      const deps: AuthnDeps = {
        findKey: () => ({ secretAccessKey: 's', principal: anonymous }),
        wallNowMs: () => Date.UTC(2026, 0, 1),
        style: wording,
      }
      const request = {
        method: 'GET',
        path: `/${path}`,
        query,
        headers: given,
        rawHeaders: Object.entries(given).flat(),
      }
      await onlyAwsErrors(() => authenticate(whole ? { ...request, body: new Uint8Array(3) } : request, deps))
    }),
    { numRuns: 2_000 },
  )
})

test('whatever a chunked body holds, it ends or is refused', async () => {
  const bodyPiece = fc.oneof(
    fc.string(),
    fc.constantFrom('3\r\nabc\r\n', '0\r\n', '\r\n', 'a:b\r\n', '5;chunk-signature=', 'f'.repeat(64), 'ffffffff\r\n'),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(bodyPiece, { maxLength: 8 }),
      fc.constantFrom('unsigned-trailer' as const, 'chunked-signed' as const),
      async (pieces, signedPayload) => {
        const auth: Authentication = {
          principal: anonymous,
          signature: 'none',
          signedPayload,
          trailers: ['a'],
          style: 's3',
        }
        const parts = (async function* () {
          for (const part of pieces) yield Buffer.from(part)
        })()
        await onlyAwsErrors(async () => {
          for await (const _ of dechunk(parts, auth)) void _
        })
      },
    ),
    { numRuns: 1_000 },
  )
})
