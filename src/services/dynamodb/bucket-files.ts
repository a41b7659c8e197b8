import { hash } from 'node:crypto'
import { isAwsError } from '../../kernel/errors.ts'
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
    if (signal.aborted || !isAwsError(error) || error.code === 'InternalError') throw error
    throw new BucketFailure(`S3${error.code}`, error.message, error)
  }
}
