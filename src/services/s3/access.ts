import { isPublicPolicy } from '../../authz/public-policy.ts'
import type { AccessRequest, ContextValue } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { noteLogged } from './access-log.ts'
import { aclStatement, belongsToObject, ownerOf } from './acl.ts'
import { maxBucketNameLength } from './names.ts'
import { type Bucket, bucket, bucketPlace, type StoredObject } from './state.ts'
import { findVersion, isDeleteMarker } from './versions.ts'

/** What authorisation has to know of a caller. */
export type Caller = Pick<Ctx, 'account' | 'principal' | 'wire'>

/** The bucket called `name`, in whatever account and region it is. */
export async function findBucket(tx: ReadTx, name: string): Promise<Bucket | undefined> {
  if (name.length > maxBucketNameLength) return undefined
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
  if (found.requesterPays && ctx.wire && ctx.principal.account !== found.account && !saysItPays(ctx)) {
    throw awsError('AccessDenied', 'The bucket has its requesters pay: say so with x-amz-request-payer: requester.', {
      status: 403,
    })
  }
  return found
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html */
function saysItPays({ wire, principal }: Ctx): boolean {
  if (principal.kind === 'anonymous') return false
  return (
    wire?.headers['x-amz-request-payer'] === 'requester' ||
    /(?:^|&)x-amz-request-payer=requester(?:&|$)/.test(wire?.query ?? '')
  )
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
  /** The object as it is: its tags are `s3:ExistingObjectTag/…`, its ACL grants too. */
  readonly stored?: StoredObject | undefined
}

/** What to ask authorization for an action on a bucket or object, existing or not. */
export async function wants(tx: ReadTx, ctx: Caller, ...wanted: readonly Wanted[]): Promise<AccessRequest[]> {
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
export function accessRequest(ctx: Caller, found: Bucket | undefined, want: Wanted): AccessRequest {
  const { stored } = want
  noteLogged(ctx.wire, found)
  // What an object's own owner has to say about it is not the bucket owner's to allow.
  const foreign = found && stored && belongsToObject(want.action) && ownerOf(found, stored) !== found.account
  const owner = foreign ? ownerOf(found, stored) : (found?.account ?? ctx.account)
  const context: Record<string, ContextValue> = { 's3:ResourceAccount': owner, ...signatureContext(ctx) }
  for (const [name, value] of Object.entries(want.context ?? {})) {
    if (value !== undefined) context[name] = value
  }
  for (const [name, value] of Object.entries(stored?.tags ?? {})) context[`s3:ExistingObjectTag/${name}`] = value
  const bucketTags = found?.abac ? (found.tags ?? {}) : {}
  for (const [name, value] of Object.entries(bucketTags)) context[`s3:BucketTag/${name}`] = value
  return {
    action: want.action,
    resource: `arn:aws:s3:::${want.bucket}${want.key === undefined ? '' : `/${want.key}`}`,
    context,
    resourcePolicy:
      found &&
      withStatement(
        foreign ? undefined : effectivePolicy(found, ctx),
        aclStatement(ctx.principal, want.action, found, stored),
      ),
    resourceAccount: owner,
    resourceTags: bucketTags,
  }
}

/**
 * RestrictPublicBuckets: a public policy then speaks to the bucket's own account and to services only.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
function effectivePolicy({ account, policy, publicAccessBlock }: Bucket, { principal }: Caller): string | undefined {
  if (policy === undefined || !publicAccessBlock?.restrictPublicBuckets) return policy
  if (principal.kind === 'service' || principal.account === account) return policy
  return isPublicPolicy(policy) ? undefined : policy
}

/** A policy with one more statement. */
function withStatement(policy: string | undefined, statement: object | undefined): string | undefined {
  if (!statement) return policy
  if (policy === undefined) return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const document = JSON.parse(policy) as { Statement: unknown }
  return JSON.stringify({ ...document, Statement: [document.Statement, statement].flat() })
}

function signatureContext({ wire }: Caller): Record<string, string> {
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
  ctx: Caller,
  want: Wanted & { readonly key: string; readonly versionId?: string | undefined },
): Promise<AccessRequest[]> {
  const found = await findBucket(tx, want.bucket)
  if (!found) return wants(tx, ctx, want)
  const version = await findVersion(tx.in(found), found.name, want.key, want.versionId)
  const stored = version && !isDeleteMarker(version) ? version : undefined
  const context = { 's3:VersionId': want.versionId, ...want.context }
  const requests = [accessRequest(ctx, found, { ...want, context, stored })]
  if (!version) {
    requests.push(
      accessRequest(ctx, found, { action: 's3:ListBucket', bucket: want.bucket, context: { 's3:prefix': want.key } }),
    )
  }
  return requests
}
