import { hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { isAwsError, isTransient } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { Scope } from '../../kernel/records.ts'

/** A bucket as somebody may use it who asked for an export or import. */
export interface BucketAccess {
  readonly host: Host
  readonly scope: Scope
  readonly principal: Principal
  readonly bucket: string
  readonly bucketOwner?: string | undefined
  readonly signal: AbortSignal
}

/** A bucket did not take or give what it was asked: the task fails with this, which trying again would not help. */
export class BucketFailure extends Error {
  readonly code: string
  constructor(code: string, message: string, cause: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** Writes an object; answers its MD5 in base64 and its ETag without quotes. Throws BucketFailure. */
export async function putFile(
  access: BucketAccess,
  key: string,
  body: Uint8Array,
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ md5: string; etag: string }> {
  const { ETag } = await ask<{ ETag: string }>(access, 'PutObject', {
    Key: key,
    Body: chunks(body),
    ContentLength: body.byteLength,
    ...more,
  })
  return { md5: hash('md5', body, 'base64'), etag: ETag.replaceAll('"', '') }
}

async function* chunks(body: Uint8Array): AsyncGenerator<Uint8Array> {
  if (body.byteLength > 0) yield body
}

/** How an object is to be encrypted, as PutObject takes it. */
export function objectEncryption({ sseAlgorithm, sseKmsKeyId }: Encryption): Record<string, unknown> {
  if (sseAlgorithm === undefined) return {}
  if (sseAlgorithm === 'AES256') return { ServerSideEncryption: 'AES256' }
  return { ServerSideEncryption: 'aws:kms', ...(sseKmsKeyId === undefined ? {} : { SSEKMSKeyId: sseKmsKeyId }) }
}

interface Encryption {
  readonly sseAlgorithm?: 'AES256' | 'KMS'
  readonly sseKmsKeyId?: string
}

interface Listing {
  readonly Contents?: readonly { readonly Key: string; readonly Size: number }[]
  readonly NextContinuationToken?: string
}

/** The objects under a prefix that are not empty, in order of their keys, from after `StartAfter`. */
export async function* objectsUnder(access: BucketAccess, Prefix: string | undefined, StartAfter?: string) {
  let ContinuationToken: string | undefined
  do {
    const page: Listing = await ask<Listing>(access, 'ListObjectsV2', {
      ...(Prefix === undefined ? {} : { Prefix }),
      ...(StartAfter === undefined ? {} : { StartAfter }),
      ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
    })
    for (const object of page.Contents ?? []) if (object.Size > 0) yield object
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
}

/** What an object holds, piece by piece. */
export async function readFile(access: BucketAccess, Key: string): Promise<AsyncIterable<Uint8Array>> {
  const { Body } = await ask<{ Body: AsyncIterable<Uint8Array> | Uint8Array }>(access, 'GetObject', { Key })
  return Body instanceof Uint8Array ? Readable.from([Body]) : Body
}

export type Compression = 'NONE' | 'GZIP' | 'ZSTD'

/** Throws BucketFailure for what cannot be unpacked. */
export async function* unpacked(body: AsyncIterable<Uint8Array>, compression: Compression, key: string) {
  if (compression === 'NONE') {
    yield* body
    return
  }
  const source = Readable.from(body)
  try {
    const unpacking = compression === 'GZIP' ? createGunzip() : createZstdDecompress()
    // Without it, a source that fails would leave the reader waiting.
    source.once('error', (error) => unpacking.destroy(error))
    yield* source.pipe(unpacking) as AsyncIterable<Uint8Array>
  } catch (error) {
    if (source.errored) throw source.errored
    throw new BucketFailure('ItemValidationError', `${key} cannot be unpacked as ${compression}.`, error)
  }
}

/** Runs one of S3's operations on the bucket. Throws BucketFailure for what S3 refuses; what else goes wrong passes. */
export async function ask<O>(access: BucketAccess, operation: string, input: object): Promise<O> {
  const { host, scope, principal, bucket, bucketOwner, signal } = access
  const ExpectedBucketOwner = bucketOwner
  const named = { Bucket: bucket, ...(ExpectedBucketOwner === undefined ? {} : { ExpectedBucketOwner }), ...input }
  try {
    return await host.invoke<O>(`s3:${operation}`, named, {
      as: principal,
      scope,
      signal,
      context: { 'aws:CalledVia': ['dynamodb.amazonaws.com'] },
    })
  } catch (error) {
    if (signal.aborted || !isAwsError(error) || isTransient(error)) throw error
    throw new BucketFailure(`S3${error.code}`, error.message, error)
  }
}
