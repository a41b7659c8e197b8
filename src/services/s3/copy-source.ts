import type { BlobRef } from '../../kernel/blobs.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { openBucket } from './access.ts'
import { checkCopyConditions } from './preconditions.ts'
import { copySourceCustomerKeys, invalidArgument, notImplemented, refuse } from './refuse.ts'
import type { Bucket, StoredObject } from './state.ts'
import { bodyRef } from './stored-object.ts'
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
}

/** The object to copy from, its conditions checked. Its body stays readable for a while even if it is replaced now. */
export async function openSource(tx: ReadTx, input: CopyInput, ctx: Ctx): Promise<OpenedSource> {
  refuse(input, copySourceCustomerKeys)
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
  checkCopyConditions(stored, {
    ifMatch: input.CopySourceIfMatch,
    ifNoneMatch: input.CopySourceIfNoneMatch,
    ifModifiedSince: input.CopySourceIfModifiedSince,
    ifUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
  })
  return { ...source, stored, owner, ref: await bodyRef(at, source.bucket, source.key, stored) }
}

export function sourceTooLarge(maxBytes: number): Error {
  return awsError(
    'InvalidRequest',
    `The specified copy source is larger than the maximum allowable size for a copy source: ${maxBytes}`,
    { status: 400 },
  )
}
