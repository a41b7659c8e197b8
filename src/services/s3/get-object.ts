import type { BlobRef } from '../../kernel/blobs.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { openBucket, wantsObject } from './access.ts'
import type { Api } from './api.ts'
import { checkReadable, restoreMember } from './archive.ts'
import { type ByteRange, contentRange, parseRange } from './byte-range.ts'
import { type ChecksumMembers, checksumMembers } from './checksums.ts'
import { type CustomerKey, checkCustomerKey, customerKeyOf, type SealedSpan, unseal } from './customer-key.ts'
import { encryptionMembers } from './description.ts'
import { expirationMember } from './lifecycle-rules.ts'
import { checkKey } from './names.ts'
import { checkReadConditions } from './preconditions.ts'
import { replicationMember } from './replication-rules.ts'
import { lockMembers } from './retention.ts'
import { objectParts, type StoredObject } from './state.ts'
import { bodyRef, spansOf } from './stored-object.ts'
import { checkVersionId, openObject, versionMember } from './versions.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export const getObject = operations<Api>()({
  GetObject: {
    authorize: ({ Bucket, Key, VersionId }, ctx, tx) => wantsObject(tx, ctx, readRequest(Bucket, Key, VersionId)),
    async read(tx, input, ctx) {
      const { stored, ref, range, head, customer, spans } = await open(tx, input, ctx)
      checkReadable(stored, ctx.nowMs)
      const bytes = ref.inline ? slice(ref.inline, range) : ctx.host.blobs.get(ref, range)
      return { ...head, Body: customer ? unseal(customer, spans, range, bytes) : bytes }
    },
  },

  HeadObject: {
    authorize: ({ Bucket, Key, VersionId }, ctx, tx) => wantsObject(tx, ctx, readRequest(Bucket, Key, VersionId)),
    async read(tx, input, ctx) {
      return (await open(tx, input, ctx)).head
    },
  },
})

function readRequest(bucket: string, key: string, versionId: string | undefined) {
  return versionId === undefined
    ? { action: 's3:GetObject', bucket, key }
    : { action: 's3:GetObjectVersion', bucket, key, versionId }
}

interface ReadInput {
  Bucket: string
  Key: string
  VersionId?: string
  ExpectedBucketOwner?: string
  IfMatch?: string
  IfNoneMatch?: string
  IfModifiedSince?: Date
  IfUnmodifiedSince?: Date
  Range?: string
  PartNumber?: number
  ChecksumMode?: string
  ResponseCacheControl?: string
  ResponseContentDisposition?: string
  ResponseContentEncoding?: string
  ResponseContentLanguage?: string
  ResponseContentType?: string
  ResponseExpires?: Date
  SSECustomerAlgorithm?: string
  SSECustomerKey?: string
  SSECustomerKeyMD5?: string
}

interface Opened {
  readonly stored: StoredObject
  readonly ref: BlobRef
  readonly range: ByteRange
  readonly head: ReturnType<typeof describe>
  readonly customer: CustomerKey | undefined
  readonly spans: readonly SealedSpan[]
}

async function open(tx: ReadTx, input: ReadInput, ctx: Ctx): Promise<Opened> {
  const { Bucket, Key } = input
  checkKey(Key)
  checkVersionId(input.VersionId)
  refuseOverrides(input, ctx)
  const bucket = await openBucket(tx, Bucket, ctx, { owner: input.ExpectedBucketOwner })
  const at = tx.in(bucket)
  const stored = await openObject(at, bucket, Key, input.VersionId)
  const customer = customerKeyOf(ctx, input)
  checkCustomerKey(stored.sealed?.check, customer)
  checkReadConditions(stored, {
    ifMatch: input.IfMatch,
    ifNoneMatch: input.IfNoneMatch,
    ifModifiedSince: input.IfModifiedSince,
    ifUnmodifiedSince: input.IfUnmodifiedSince,
  })

  const chosen = input.PartNumber === undefined ? undefined : await partRange(at, input, stored, input.PartNumber)
  const range = chosen?.range ?? parseRange(input.Range, stored.sizeBytes)
  const head = {
    ...describe(input, stored, range, customer),
    ...versionMember(bucket, stored),
    ...restoreMember(stored, ctx.nowMs),
    ...replicationMember(stored),
  }
  if (input.VersionId === undefined) Object.assign(head, expirationMember(bucket.lifecycle, Key, stored))
  if (input.ChecksumMode === 'ENABLED')
    Object.assign(head, chosen?.checksum ?? (range ? {} : checksumMembers(stored.checksum)))
  return {
    stored,
    head,
    range: range ?? { start: 0, end: stored.sizeBytes },
    ref: await bodyRef(at, Bucket, Key, stored),
    customer,
    spans: await spansOf(at, Bucket, Key, stored),
  }
}

/** The span of one part of a multipart object. Any other object is its only part. */
async function partRange(at: ReadTx, { Bucket, Key, Range }: ReadInput, stored: StoredObject, number: number) {
  if (Range !== undefined)
    throw awsError('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter', { status: 400 })
  const parts = stored.partsCount === undefined ? undefined : await at.get(objectParts(Bucket, Key, stored.versionId))
  const count = parts?.numbers.length ?? 1
  if (number < 1 || number > count) {
    throw awsError('InvalidPartNumber', 'The requested partnumber is not satisfiable', {
      status: 416,
      members: { PartNumberRequested: number, ActualPartCount: count },
    })
  }
  // An empty body has no range to answer with.
  if (!parts)
    return {
      range: stored.sizeBytes === 0 ? undefined : { start: 0, end: stored.sizeBytes },
      checksum: checksumMembers(stored.checksum),
    }
  const index = number - 1
  const start = parts.sizes.slice(0, index).reduce((sum, size) => sum + size, 0)
  const range = { start, end: start + parts.sizes[index]! }
  const value = parts.checksums[index]
  const checksum: ChecksumMembers =
    stored.checksum && value !== undefined
      ? { [`Checksum${stored.checksum.algorithm}`]: value, ChecksumType: stored.checksum.type }
      : {}
  return { range: range.end === range.start ? undefined : range, checksum }
}

function describe(
  input: ReadInput,
  stored: StoredObject,
  range: ByteRange | undefined,
  customer: CustomerKey | undefined,
) {
  const { description } = stored
  const expires =
    input.ResponseExpires ?? (description.expiresAtMs === undefined ? undefined : new Date(description.expiresAtMs))
  return {
    AcceptRanges: 'bytes',
    LastModified: new Date(stored.modifiedAtMs),
    ETag: `"${stored.etag}"`,
    ContentLength: range ? range.end - range.start : stored.sizeBytes,
    ContentRange: range && contentRange(range, stored.sizeBytes),
    ContentType: input.ResponseContentType ?? description.contentType,
    CacheControl: input.ResponseCacheControl ?? description.cacheControl,
    ContentDisposition: input.ResponseContentDisposition ?? description.contentDisposition,
    ContentEncoding: input.ResponseContentEncoding ?? description.contentEncoding,
    ContentLanguage: input.ResponseContentLanguage ?? description.contentLanguage,
    Expires: expires,
    WebsiteRedirectLocation: description.websiteRedirect,
    Metadata: { ...description.metadata },
    // The usual class is left unsaid.
    StorageClass: stored.storageClass === 'STANDARD' ? undefined : stored.storageClass,
    TagCount: stored.tags ? Object.keys(stored.tags).length : undefined,
    PartsCount: input.PartNumber === undefined ? undefined : stored.partsCount,
    ...encryptionMembers(stored.encryption, customer),
    ...lockMembers(stored),
  }
}

function slice(bytes: Uint8Array, { start, end }: ByteRange): Uint8Array {
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)
}

/** A link that anybody can make must not choose what a browser takes the object for. */
function refuseOverrides(input: ReadInput, { principal }: Ctx): void {
  if (principal.kind !== 'anonymous') return
  const given =
    input.ResponseCacheControl ??
    input.ResponseContentDisposition ??
    input.ResponseContentEncoding ??
    input.ResponseContentLanguage ??
    input.ResponseContentType ??
    input.ResponseExpires
  if (given !== undefined) {
    throw awsError('InvalidRequest', 'Request specific response headers cannot be used for anonymous GET requests.', {
      status: 400,
    })
  }
}
