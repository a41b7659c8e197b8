import { hash } from 'node:crypto'
import { parseArn } from '../kernel/arn.ts'
import type { Host } from '../kernel/host.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Scope } from '../kernel/records.ts'

/** An object that a service delivers to somebody's bucket. */
export interface DeliveredObject {
  readonly bucketArn: string
  readonly key: string
  /** In chunks, none of which is copied. */
  readonly body: readonly Uint8Array[]
  /** Without one the bucket's own default. */
  readonly kmsKey?: string | undefined
  readonly contentEncoding?: string | undefined
  readonly storageClass?: string | undefined
  /** The bucket has to be this account's. */
  readonly expectedOwner?: string | undefined
}

export interface Deliverer {
  readonly host: Host
  readonly scope: Scope
  readonly signal: AbortSignal
  /** Whose permission it is. */
  readonly as: Principal
  /** `firehose.amazonaws.com` */
  readonly service: string
}

/** Writes an object to a bucket. Answers its bytes. Throws what S3 refuses. */
export async function deliverObject(by: Deliverer, object: DeliveredObject): Promise<number> {
  const { host, scope, signal, as, service } = by
  const { bucketArn, key: Key, body, kmsKey, contentEncoding, storageClass, expectedOwner } = object
  const ContentLength = body.reduce((sum, { length }) => sum + length, 0)
  const input = {
    Bucket: parseArn(bucketArn)?.resource,
    Key,
    Body: chunks(body),
    ...{ ContentLength, ContentType: 'application/octet-stream' },
    ...(contentEncoding !== undefined && { ContentEncoding: contentEncoding }),
    ...(storageClass !== undefined && { StorageClass: storageClass }),
    ...(expectedOwner !== undefined && { ExpectedBucketOwner: expectedOwner }),
    ...(kmsKey !== undefined && { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKey }),
  }
  await host.invoke('s3:PutObject', input, { as, scope, signal, context: { 'aws:CalledVia': [service] } })
  return ContentLength
}

/** A UUID that is the same for the same seed: what is delivered again after a crash has the name that it had. */
export function uuidFrom(seed: string): string {
  const hex = hash('sha256', seed)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

async function* chunks(body: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of body) if (chunk.length > 0) yield chunk
}
