import type { AccessRequest, ContextValue } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { isPublicPolicy } from './public-policy.ts'
import { type Bucket, bucket, bucketPlace, object, type Tags } from './state.ts'

/** The bucket called `name`, in whatever account and region it is. */
export async function findBucket(tx: ReadTx, name: string): Promise<Bucket | undefined> {
  const place = await tx.get(bucketPlace(name))
  return place && tx.in(place).get(bucket(name))
}

export interface OpenOptions {
  /** Throws AccessDenied when the bucket is another account's. */
  readonly owner?: string | undefined
  /** GetBucketLocation is answered in every region. */
  readonly anyRegion?: boolean
}

/**
 * The bucket an operation works on; read its records with `tx.in(bucket)`. Throws NoSuchBucket, or PermanentRedirect
 * when the request was signed for another region than the bucket's.
 */
export async function openBucket(tx: ReadTx, name: string, ctx: Ctx, options: OpenOptions = {}): Promise<Bucket> {
  const found = await findBucket(tx, name)
  if (!found) throw noSuchBucket(name)
  if (!options.anyRegion && ctx.region !== found.region && isSignedForRegion(ctx)) {
    throw awsError(
      'PermanentRedirect',
      `The bucket you are attempting to access is in ${found.region}, and the request was signed for ${ctx.region}. Send requests for it to ${found.region}.`,
      {
        status: 301,
        members: { Bucket: name, Endpoint: ctx.wire?.headers.host ?? `s3.${found.region}.amazonaws.com` },
        headers: { 'x-amz-bucket-region': found.region },
      },
    )
  }
  if (options.owner !== undefined && options.owner !== found.account) {
    throw awsError(
      'AccessDenied',
      `The bucket is not owned by the account ${options.owner}, which the request expected.`,
      { status: 403 },
    )
  }
  return found
}

export function noSuchBucket(name: string): Error {
  return awsError('NoSuchBucket', 'The specified bucket does not exist', { status: 404, members: { BucketName: name } })
}

/** Version 4 signatures name a region; older ones and anonymous requests don't, nor do calls from inside. */
function isSignedForRegion({ wire }: Ctx): boolean {
  return (
    wire !== undefined &&
    (wire.headers.authorization?.startsWith('AWS4-') || /(?:^|&)X-Amz-Credential=/.test(wire.query))
  )
}

export interface Wanted {
  /** `s3:GetObject`. */
  readonly action: string
  readonly bucket: string
  /** The object the action is on; absent when it is on the bucket. */
  readonly key?: string | undefined
  readonly context?: Readonly<Record<string, ContextValue | undefined>>
  /** Tags the object has, for `s3:ExistingObjectTag/…`. */
  readonly existingTags?: Tags | undefined
}

/** What to ask authorization for an action on a bucket or object, existing or not. */
export async function wants(tx: ReadTx, ctx: Ctx, ...wanted: readonly Wanted[]): Promise<AccessRequest[]> {
  const requests: AccessRequest[] = []
  for (const want of wanted) {
    const found = await findBucket(tx, want.bucket)
    // Nobody's policies could speak for an anonymous caller, so there is nothing to hide behind AccessDenied.
    if (!found && ctx.principal.kind === 'anonymous') throw noSuchBucket(want.bucket)
    requests.push(accessRequest(ctx, found, want))
  }
  return requests
}

/** The same for a bucket already read. */
export function accessRequest(ctx: Ctx, found: Bucket | undefined, want: Wanted): AccessRequest {
  const owner = found?.account ?? ctx.account
  const context: Record<string, ContextValue> = { 's3:ResourceAccount': owner, ...signatureContext(ctx) }
  for (const [name, value] of Object.entries(want.context ?? {})) {
    if (value !== undefined) context[name] = value
  }
  for (const [name, value] of Object.entries(want.existingTags ?? {})) context[`s3:ExistingObjectTag/${name}`] = value
  return {
    action: want.action,
    resource: `arn:aws:s3:::${want.bucket}${want.key === undefined ? '' : `/${want.key}`}`,
    context,
    resourcePolicy: found && effectivePolicy(found, ctx),
    resourceAccount: owner,
  }
}

/**
 * RestrictPublicBuckets: a public policy then speaks to the bucket's own account and to services only.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
function effectivePolicy({ account, policy, publicAccessBlock }: Bucket, { principal }: Ctx): string | undefined {
  if (policy === undefined || !publicAccessBlock?.restrictPublicBuckets) return policy
  if (principal.kind === 'service' || principal.account === account) return policy
  return isPublicPolicy(policy) ? undefined : policy
}

function signatureContext({ wire }: Ctx): Record<string, string> {
  if (!wire) return {}
  const { authorization } = wire.headers
  const context: Record<string, string> = {}
  if (authorization) {
    context['s3:authType'] = 'REST-HEADER'
    context['s3:signatureversion'] = authorization.startsWith('AWS4-') ? 'AWS4-HMAC-SHA256' : 'AWS'
  } else if (/(?:^|&)(?:X-Amz-)?Signature=/.test(wire.query)) {
    context['s3:authType'] = 'REST-QUERY-STRING'
    context['s3:signatureversion'] = /(?:^|&)X-Amz-Signature=/.test(wire.query) ? 'AWS4-HMAC-SHA256' : 'AWS'
  }
  const hash = wire.headers['x-amz-content-sha256']
  if (typeof hash === 'string') context['s3:x-amz-content-sha256'] = hash
  return context
}

/**
 * For reading an object: who may not list the bucket must not learn that a key is absent, so an absent key needs
 * s3:ListBucket too.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_Permissions
 */
export async function wantsObject(
  tx: ReadTx,
  ctx: Ctx,
  want: Wanted & { readonly key: string },
): Promise<AccessRequest[]> {
  const found = await findBucket(tx, want.bucket)
  if (!found) return wants(tx, ctx, want)
  const stored = await tx.in(found).get(object(found.name, want.key))
  const requests = [accessRequest(ctx, found, { ...want, existingTags: stored?.tags })]
  if (!stored) {
    requests.push(
      accessRequest(ctx, found, { action: 's3:ListBucket', bucket: want.bucket, context: { 's3:prefix': want.key } }),
    )
  }
  return requests
}
