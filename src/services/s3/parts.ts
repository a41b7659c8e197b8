import type { Ctx } from '../../kernel/context.ts'
import { operations } from '../../kernel/operation.ts'
import { accessRequest, findBucket, openBucket, wants, wantsObject } from './access.ts'
import type { Api } from './api.ts'
import { parseCopyRange } from './byte-range.ts'
import { openSource, parseCopySource, sourceBytes, sourceTooLarge } from './copy-source.ts'
import { checkCustomerKey, customerKeyOf, type Seal, sealWith } from './customer-key.ts'
import { encryptionMembers } from './description.ts'
import { pageSize } from './listing.ts'
import { chosenChecksum, openUpload } from './multipart.ts'
import { canonicalUserId } from './names.ts'
import { maxUploadBytes, type Received, receive, restream } from './receive.ts'
import { invalidArgument } from './refuse.ts'
import { type Part, part } from './state.ts'
import { wholeSeconds } from './stored-object.ts'

export const maxPartNumber = 10_000

export const parts = operations<Api>()({
  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
  UploadPart: {
    authorize: ({ Bucket, Key }, ctx, tx) => wants(tx, ctx, { action: 's3:PutObject', bucket: Bucket, key: Key }),
    async call(input, ctx) {
      checkPartNumber(input.PartNumber)
      const { checksum, encryption, sealed } = await ctx.read((tx) => find(tx, input, ctx))
      const customer = customerKeyOf(ctx, input)
      checkCustomerKey(sealed, customer)
      const seal = customer && sealWith(ctx, customer)
      const received = await receive(ctx, input, { keep: checksum.algorithm, only: checksum.chosen, seal })
      const stored = await keepPart(ctx, input, received, seal)
      const shown =
        received.claimed ?? (checksum.chosen ? { algorithm: checksum.algorithm, value: stored.checksum } : undefined)
      return {
        ETag: `"${stored.etag}"`,
        ...(shown && { [`Checksum${shown.algorithm}`]: shown.value }),
        ...encryptionMembers(encryption, customer),
      }
    },
  },

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
  UploadPartCopy: {
    async authorize({ Bucket: bucket, Key: key, CopySource }, ctx, tx) {
      const source = parseCopySource(CopySource)
      const action = source.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion'
      const requests = await wantsObject(tx, ctx, {
        action,
        bucket: source.bucket,
        key: source.key,
        versionId: source.versionId,
      })
      const context = { 's3:x-amz-copy-source': `${source.bucket}/${source.key}` }
      requests.push(accessRequest(ctx, await findBucket(tx, bucket), { action: 's3:PutObject', bucket, key, context }))
      return requests
    },
    async call(input, ctx) {
      checkPartNumber(input.PartNumber)
      const { started, source } = await ctx.read(async (tx) => ({
        started: await find(tx, input, ctx),
        source: await openSource(tx, input, ctx),
      }))
      const { sizeBytes } = source.stored
      const range =
        input.CopySourceRange === undefined
          ? { start: 0, end: sizeBytes }
          : parseCopyRange(input.CopySourceRange, sizeBytes)
      if (range.end - range.start > maxUploadBytes) throw sourceTooLarge(maxUploadBytes)
      const { algorithm, chosen } = started.checksum
      const customer = customerKeyOf(ctx, input)
      checkCustomerKey(started.sealed, customer)
      const seal = customer && sealWith(ctx, customer)
      const received = await restream(ctx, sourceBytes(ctx, source, range), algorithm, seal)
      const stored = await keepPart(ctx, input, received, seal)
      return {
        CopyPartResult: {
          ETag: `"${stored.etag}"`,
          LastModified: new Date(stored.modifiedAtMs),
          ...(chosen && { [`Checksum${algorithm}`]: stored.checksum }),
        },
        ...encryptionMembers(started.encryption, customer),
        ...(source.owner.versioning !== undefined && { CopySourceVersionId: source.stored.versionId }),
      }
    },
  },

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
  ListParts: {
    authorize: ({ Bucket, Key }, ctx, tx) =>
      wants(tx, ctx, { action: 's3:ListMultipartUploadParts', bucket: Bucket, key: Key }),
    async read(tx, input, ctx) {
      const { Bucket, Key, UploadId } = input
      const customer = customerKeyOf(ctx, input)
      const max = pageSize('max-parts', input.MaxParts)
      const after = partMarker('part-number-marker', input.PartNumberMarker)
      const bucket = await openBucket(tx, Bucket, ctx, { owner: input.ExpectedBucketOwner })
      const at = tx.in(bucket)
      const started = await openUpload(at, Bucket, Key, UploadId)
      // Only who gives a key is held to it.
      if (customer) checkCustomerKey(started.sealed, customer)
      const { algorithm, chosen } = started.checksum
      const found: { number: number; value: Part }[] = []
      let more = false
      for await (const { key, value } of at.range(part.between([Bucket, UploadId], { after: [after] }), {
        limit: max + 1,
      })) {
        if (found.length < max) found.push({ number: key[2], value })
        else more = true
      }
      return {
        Bucket,
        Key,
        UploadId,
        PartNumberMarker: String(after),
        NextPartNumberMarker: String(found.at(-1)?.number ?? 0),
        MaxParts: max,
        IsTruncated: more && max > 0,
        ...(found.length > 0 && {
          Parts: found.map(({ number, value }) => ({
            PartNumber: number,
            LastModified: new Date(value.modifiedAtMs),
            ETag: `"${value.etag}"`,
            Size: value.sizeBytes,
            ...(chosen && { [`Checksum${algorithm}`]: value.checksum }),
          })),
        }),
        Initiator: { ID: started.initiatorArn },
        Owner: { ID: canonicalUserId(bucket.account) },
        StorageClass: started.storageClass,
        ...chosenChecksum(started),
      }
    },
  },
})

interface PartAddress {
  Bucket: string
  Key: string
  UploadId: string
  PartNumber: number
  ExpectedBucketOwner?: string
}

async function find(
  tx: Parameters<typeof openBucket>[0],
  { Bucket, Key, UploadId, ExpectedBucketOwner: owner }: PartAddress,
  ctx: Ctx,
) {
  const bucket = await openBucket(tx, Bucket, ctx, { owner })
  return openUpload(tx.in(bucket), Bucket, Key, UploadId)
}

/** Commits a received part, in place of an earlier one of its number. */
function keepPart(
  ctx: Ctx,
  { Bucket, Key, UploadId, PartNumber }: PartAddress,
  received: Received,
  seal: Seal | undefined,
): Promise<Part> {
  return ctx.write(async (tx) => {
    const bucket = await openBucket(tx, Bucket, ctx)
    const at = tx.in(bucket)
    await openUpload(at, Bucket, Key, UploadId)
    const previous = await at.get(part(Bucket, UploadId, PartNumber))
    if (previous) ctx.host.blobs.release(at, previous.body)
    const { claimed } = received
    const stored: Part = {
      etag: received.etag,
      sizeBytes: received.ref.sizeBytes,
      modifiedAtMs: wholeSeconds(ctx.clock.nowMs()),
      body: received.ref,
      ...(seal && { iv: seal.iv }),
      checksum: received.checksum,
      ...(claimed && claimed.algorithm !== received.algorithm && { claimed }),
    }
    ctx.host.blobs.commit(at, received.ref)
    at.set(part(Bucket, UploadId, PartNumber), stored)
    return stored
  })
}

function checkPartNumber(number: number): void {
  if (!Number.isInteger(number) || number < 1 || number > maxPartNumber) {
    throw invalidArgument(
      'partNumber',
      number,
      `Part number must be an integer between 1 and ${maxPartNumber}, inclusive`,
    )
  }
}

/** A part number to go on after; 0 from the start. */
export function partMarker(name: string, text: string | undefined): number {
  const marker = Number(text ?? 0)
  if (!Number.isInteger(marker) || marker < 0)
    throw invalidArgument(name, text, `Argument ${name} must be an integer between 0 and 2147483647`)
  return marker
}
