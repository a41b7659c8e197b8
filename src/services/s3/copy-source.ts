import type { BlobRef } from '../../kernel/blobs.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { openBucket } from './access.ts'
import { checkReadable } from './archive.ts'
import type { ByteRange } from './byte-range.ts'
import {
  type CustomerKey,
  type CustomerKeyInput,
  checkCustomerKey,
  customerKeyOf,
  type SealedSpan,
  unseal,
} from './customer-key.ts'
import { checkCopyConditions } from './preconditions.ts'
import { invalidArgument, notImplemented } from './refuse.ts'
import type { Bucket, StoredObject } from './state.ts'
import { bodyRef, spansOf } from './stored-object.ts'
import { checkVersionId, findVersion, isDeleteMarker, openObject } from './versions.ts'

export interface CopySource {
  readonly bucket: string
  readonly key: string
  readonly versionId?: string
}

/** Reads `x-amz-copy-source`: `bucket/key?versionId=…`, URL-encoded, with or without a leading slash. */
export function parseCopySource(header: string): CopySource {
  const question = header.lastIndexOf('?versionId=')
  const path = question === -1 ? header : header.slice(0, question)
  if (path.startsWith('arn:')) throw notImplemented('x-amz-copy-source with an ARN', 'Give it as bucket/key.')
  const text = decode(path, header).replace(/^\//, '')
  const slash = text.indexOf('/')
  if (slash < 1 || slash === text.length - 1) throw bad(header)
  return {
    bucket: text.slice(0, slash),
    key: text.slice(slash + 1),
    ...(question !== -1 && { versionId: decode(header.slice(question + '?versionId='.length), header) }),
  }
}

function decode(text: string, header: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw bad(header)
  }
}

function bad(header: string): Error {
  return invalidArgument(
    'x-amz-copy-source',
    header.slice(0, 200),
    'Copy Source must mention the source bucket and key: sourcebucket/sourcekey, URL-encoded.',
  )
}

export interface CopyInput {
  CopySource: string
  CopySourceIfMatch?: string
  CopySourceIfNoneMatch?: string
  CopySourceIfModifiedSince?: Date
  CopySourceIfUnmodifiedSince?: Date
  CopySourceSSECustomerAlgorithm?: string
  CopySourceSSECustomerKey?: string
  CopySourceSSECustomerKeyMD5?: string
  ExpectedSourceBucketOwner?: string
}

export interface OpenedSource extends CopySource {
  readonly stored: StoredObject
  readonly ref: BlobRef
  readonly owner: Bucket
  readonly customer: CustomerKey | undefined
  readonly spans: readonly SealedSpan[]
}

/** The bytes to copy, as the client knows them. */
export function sourceBytes(
  ctx: Ctx,
  { ref, customer, spans, stored }: OpenedSource,
  range?: ByteRange,
): AsyncIterable<Uint8Array> {
  const bytes = ctx.host.blobs.get(ref, range)
  return customer ? unseal(customer, spans, range ?? { start: 0, end: stored.sizeBytes }, bytes) : bytes
}

/** The object to copy from, its conditions checked. Its body stays readable for a while even if it is replaced now. */
export async function openSource(tx: ReadTx, input: CopyInput, ctx: Ctx): Promise<OpenedSource> {
  const source = parseCopySource(input.CopySource)
  const owner = await openBucket(tx, source.bucket, ctx, { owner: input.ExpectedSourceBucketOwner, anyRegion: true })
  const at = tx.in(owner)
  checkVersionId(source.versionId)
  const found = await findVersion(at, source.bucket, source.key, source.versionId)
  if (found && isDeleteMarker(found)) {
    throw awsError(
      'InvalidRequest',
      'The source of a copy request may not specifically refer to a delete marker by version id.',
      {
        status: 400,
      },
    )
  }
  const stored = found ?? (await openObject(at, owner, source.key, source.versionId))
  checkReadable(stored, ctx.nowMs)
  checkCopyConditions(stored, {
    ifMatch: input.CopySourceIfMatch,
    ifNoneMatch: input.CopySourceIfNoneMatch,
    ifModifiedSince: input.CopySourceIfModifiedSince,
    ifUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
  })
  const given: CustomerKeyInput = {
    ...(input.CopySourceSSECustomerAlgorithm !== undefined && {
      SSECustomerAlgorithm: input.CopySourceSSECustomerAlgorithm,
    }),
    ...(input.CopySourceSSECustomerKey !== undefined && { SSECustomerKey: input.CopySourceSSECustomerKey }),
    ...(input.CopySourceSSECustomerKeyMD5 !== undefined && { SSECustomerKeyMD5: input.CopySourceSSECustomerKeyMD5 }),
  }
  const customer = customerKeyOf(ctx, given)
  checkCustomerKey(stored.sealed?.check, customer)
  return {
    ...source,
    stored,
    owner,
    customer,
    ref: await bodyRef(at, source.bucket, source.key, stored),
    spans: await spansOf(at, source.bucket, source.key, stored),
  }
}

export function sourceTooLarge(maxBytes: number): Error {
  return awsError(
    'InvalidRequest',
    `The specified copy source is larger than the maximum allowable size for a copy source: ${maxBytes}`,
    { status: 400 },
  )
}
