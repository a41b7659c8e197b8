import type { RequestContext } from '../../kernel/authorization.ts'
import type { Host } from '../../kernel/host.ts'
import { type Principal, servicePrincipal } from '../../kernel/principal.ts'
import type { Scope } from '../../kernel/records.ts'

/** A bucket as this service uses it: its policy must let it. */
export interface BucketAccess {
  readonly host: Host
  readonly scope: Scope
  readonly bucket: string
  readonly signal: AbortSignal
  /** As whom, if not the service itself. */
  readonly as?: Principal
  /** On whose behalf, where it is not a log group's. */
  readonly context?: RequestContext
}

/** Runs one of S3's operations on the bucket, as the service of this region unless otherwise said. */
export async function askBucket(access: BucketAccess, operation: string, input: object): Promise<unknown> {
  const { host, scope, bucket, signal } = access
  const { region, account } = scope
  return await host.invoke(
    `s3:${operation}`,
    { Bucket: bucket, ...input },
    {
      as: access.as ?? servicePrincipal(`logs.${region}.amazonaws.com`),
      scope,
      signal,
      context: access.context ?? {
        'aws:SourceArn': `arn:aws:logs:${region}:${account}:log-group:*`,
        'aws:SourceAccount': account,
      },
    },
  )
}

export async function putObject(access: BucketAccess, Key: string, body: Uint8Array, more: object = {}): Promise<void> {
  await askBucket(access, 'PutObject', { ...more, Key, Body: chunks(body), ContentLength: body.byteLength })
}

async function* chunks(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body
}
