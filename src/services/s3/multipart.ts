import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { mixedAlphanumeric } from '../../kernel/ids.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { accessRequest, findBucket, openBucket, wants } from './access.ts'
import type { Api } from './api.ts'
import { checksumAlgorithm, checksumType } from './checksums.ts'
import { checkOf, customerKeyOf } from './customer-key.ts'
import { describeObject, encryptionMembers, encryptionOf, storageClassOf } from './description.ts'
import { commonPrefixes, following } from './list-objects.ts'
import { keyEncoder, list, pageSize } from './listing.ts'
import { canonicalUserId, checkKey } from './names.ts'
import { settingsOf, writeActions, writeContext } from './put-object.ts'
import { refuse } from './refuse.ts'
import { part, type Upload, upload } from './state.ts'
import { tagsFromHeader } from './tags.ts'

const uploadIdLength = 56

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
export const multipart = operations<Api>()({
  CreateMultipartUpload: {
    async authorize(input, ctx, tx) {
      const { Bucket: bucket, Key: key } = input
      const found = await findBucket(tx, bucket)
      const context = writeContext(input)
      return writeActions(input).map((action) => accessRequest(ctx, found, { action, bucket, key, context }))
    },
    async write(tx, input, ctx) {
      const { Bucket, Key } = input
      checkKey(Key)
      const customer = customerKeyOf(ctx, input)
      const bucket = await openBucket(tx, Bucket, ctx, { owner: input.ExpectedBucketOwner })
      if (input.ChecksumType !== undefined && input.ChecksumAlgorithm === undefined) {
        throw awsError(
          'InvalidRequest',
          'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
          { status: 400 },
        )
      }
      const algorithm = input.ChecksumAlgorithm === undefined ? undefined : checksumAlgorithm(input.ChecksumAlgorithm)
      const started: Upload = {
        initiatedAtMs: ctx.nowMs,
        initiatorArn: ctx.principal.arn,
        description: describeObject(input),
        storageClass: storageClassOf(input.StorageClass),
        encryption: encryptionOf(input, bucket),
        ...(input.Tagging && { tags: tagsFromHeader(input.Tagging) }),
        ...settingsOf(input, bucket, ctx),
        ...(customer && { sealed: checkOf(ctx, customer) }),
        checksum: algorithm
          ? { algorithm, type: checksumType(algorithm, input.ChecksumType), chosen: true }
          : { algorithm: 'CRC64NVME', type: 'FULL_OBJECT', chosen: false },
      }
      const time = ctx.nowMs.toString(36).padStart(9, '0')
      const UploadId = time + ctx.ids.token(uploadIdLength - time.length, mixedAlphanumeric)
      tx.in(bucket).set(upload(Bucket, Key, UploadId), started)
      return { Bucket, Key, UploadId, ...chosenChecksum(started), ...encryptionMembers(started.encryption, customer) }
    },
  },

  AbortMultipartUpload: {
    authorize: ({ Bucket, Key }, ctx, tx) =>
      wants(tx, ctx, { action: 's3:AbortMultipartUpload', bucket: Bucket, key: Key }),
    async write(tx, input, ctx) {
      const { Bucket, Key, UploadId } = input
      refuse(input, { IfMatchInitiatedTime: 'x-amz-if-match-initiated-time' })
      const bucket = await openBucket(tx, Bucket, ctx, { owner: input.ExpectedBucketOwner })
      const at = tx.in(bucket)
      await openUpload(at, Bucket, Key, UploadId)
      await endUpload(at, ctx, Bucket, Key, UploadId)
      return {}
    },
  },

  ListMultipartUploads: {
    authorize: ({ Bucket, Prefix }, ctx, tx) =>
      wants(tx, ctx, { action: 's3:ListBucketMultipartUploads', bucket: Bucket, context: { 's3:prefix': Prefix } }),
    async read(tx, input, ctx) {
      const max = pageSize('max-uploads', input.MaxUploads)
      const encode = keyEncoder(input.EncodingType)
      const { Bucket, Prefix = '', Delimiter = '', KeyMarker = '', UploadIdMarker } = input
      const bucket = await openBucket(tx, Bucket, ctx, { owner: input.ExpectedBucketOwner })
      // An upload id says something only beside its key.
      const from =
        KeyMarker !== '' && UploadIdMarker
          ? [KeyMarker, `${UploadIdMarker}\0`]
          : following(KeyMarker, Prefix, Delimiter)
      const page = await list(tx.in(bucket), (bounds) => upload.between([Bucket], bounds), {
        prefix: Prefix,
        delimiter: Delimiter,
        from,
        max,
      })
      const Owner = { ID: canonicalUserId(bucket.account) }
      return {
        Bucket,
        Prefix: encode(Prefix),
        KeyMarker: encode(KeyMarker),
        UploadIdMarker: UploadIdMarker ?? '',
        ...(Delimiter !== '' && { Delimiter: encode(Delimiter) }),
        ...(input.EncodingType !== undefined && { EncodingType: input.EncodingType }),
        MaxUploads: max,
        IsTruncated: page.next !== undefined,
        ...(page.next && {
          NextKeyMarker: encode(page.next.after),
          NextUploadIdMarker: page.next.isPrefix ? '' : page.items.at(-1)!.last,
        }),
        ...(page.items.length > 0 && {
          Uploads: page.items.map(({ key, last, value }) => ({
            Key: encode(key),
            UploadId: last,
            Initiated: new Date(value.initiatedAtMs),
            StorageClass: value.storageClass,
            Initiator: { ID: value.initiatorArn },
            Owner,
            ...chosenChecksum(value),
          })),
        }),
        ...commonPrefixes(page.prefixes, encode),
      }
    },
  },
})

/** The upload, or NoSuchUpload. */
export async function openUpload(at: ReadTx, bucket: string, key: string, uploadId: string): Promise<Upload> {
  const found = await findUpload(at, bucket, key, uploadId)
  if (!found) throw noSuchUpload(uploadId)
  return found
}

/** The upload, if there is one. Throws KeyTooLongError. */
export async function findUpload(
  at: ReadTx,
  bucket: string,
  key: string,
  uploadId: string,
): Promise<Upload | undefined> {
  checkKey(key)
  return uploadId.length === uploadIdLength ? at.get(upload(bucket, key, uploadId)) : undefined
}

export function noSuchUpload(uploadId: string): Error {
  return awsError(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { status: 404, members: { UploadId: uploadId } },
  )
}

/** Deletes an upload, letting all its parts go. */
export async function endUpload(
  at: Tx,
  ctx: Pick<Ctx, 'host'>,
  bucket: string,
  key: string,
  uploadId: string,
): Promise<void> {
  for await (const { value } of at.range(part.under(bucket, uploadId))) ctx.host.blobs.release(at, value.body)
  at.clear(part.under(bucket, uploadId))
  at.delete(upload(bucket, key, uploadId))
}

/** The checksum members of an upload, when its client chose one. */
export function chosenChecksum({ checksum }: Upload) {
  return checksum.chosen ? { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type } : {}
}
