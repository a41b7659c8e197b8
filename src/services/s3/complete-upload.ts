import { createHash } from 'node:crypto'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { openBucket, wants } from './access.ts'
import type { Api } from './api.ts'
import { malformed } from './bucket-settings.ts'
import { algorithmNames, type Checksum, checksumHeader, checksumMembers, combineChecksums } from './checksums.ts'
import { checkCustomerKey, customerKeyOf } from './customer-key.ts'
import { encryptionMembers } from './description.ts'
import { expirationMember } from './lifecycle-rules.ts'
import { endUpload, findUpload, noSuchUpload } from './multipart.ts'
import { maxPartNumber } from './parts.ts'
import { checkWriteConditions, checkWriteHeaders } from './preconditions.ts'
import { otherChecksums, refuse } from './refuse.ts'
import { object, type Part, part, type StoredObject, type Upload } from './state.ts'
import { replaceObject, wholeSeconds } from './stored-object.ts'
import { versionMember } from './versions.ts'
import { wrongChecksum } from './whole-body.ts'

const minPartBytes = 5 * 1024 * 1024

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export const completeUpload = operations<Api>()({
  CompleteMultipartUpload: {
    authorize: ({ Bucket, Key, IfMatch, IfNoneMatch }, ctx, tx) =>
      wants(
        tx,
        ctx,
        {
          action: 's3:PutObject',
          bucket: Bucket,
          key: Key,
          context: { 's3:if-match': IfMatch, 's3:if-none-match': IfNoneMatch },
        },
        ...(IfMatch === undefined ? [] : [{ action: 's3:GetObject', bucket: Bucket, key: Key }]),
      ),
    async call(input, ctx) {
      const { Bucket, Key, UploadId, ExpectedBucketOwner: owner } = input
      refuse(input, otherChecksums)
      checkWriteHeaders(input)
      const asked = checkPartList(input.MultipartUpload?.Parts)
      const conditions = { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch }

      const found = await ctx.read(async (tx) => {
        const bucket = await openBucket(tx, Bucket, ctx, { owner })
        const at = tx.in(bucket)
        const started = await findUpload(at, Bucket, Key, UploadId)
        const current = await at.get(object(Bucket, Key))
        if (!started) return { bucket, done: alreadyCompleted(current, asked, UploadId) }
        checkWriteConditions(current, Key, conditions)
        return { bucket, started, parts: await chosenParts(at, Bucket, UploadId, asked, started) }
      })
      if (found.done) return answer(found.done)

      const { started, parts } = found
      const customer = customerKeyOf(ctx, input)
      // The bytes are not looked at: only who gives a key is held to it.
      if (customer) checkCustomerKey(started.sealed, customer)
      const sizeBytes = parts.reduce((sum, { sizeBytes: size }) => sum + size, 0)
      if (input.MpuObjectSize !== undefined && Number(input.MpuObjectSize) !== sizeBytes) {
        throw awsError(
          'InvalidRequest',
          `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${sizeBytes}`,
          { status: 400 },
        )
      }
      const checksum = combineChecksums(
        started.checksum.algorithm,
        started.checksum.type,
        parts.map((one) => ({ value: one.checksum, sizeBytes: one.sizeBytes })),
      )
      verifyChecksum(input, checksum)

      const ref = await ctx.host.blobs.concat(parts.map(({ body }) => body))
      const stored = await ctx.write(async (tx) => {
        const bucket = await openBucket(tx, Bucket, ctx, { owner })
        const at = tx.in(bucket)
        if (!(await findUpload(at, Bucket, Key, UploadId)))
          return alreadyCompleted(await at.get(object(Bucket, Key)), asked, UploadId)
        const now = await chosenParts(at, Bucket, UploadId, asked, started)
        // A part sent again meanwhile has the same bytes (its ETag matched), but another body: the joined one is as good.
        const done = await replaceObject(
          at,
          ctx,
          bucket,
          Key,
          {
            etag: multipartEtag(now.map(({ etag }) => etag)),
            modifiedAtMs: wholeSeconds(ctx.clock.nowMs()),
            description: started.description,
            storageClass: started.storageClass,
            encryption: started.encryption,
            checksum,
            partsCount: now.length,
            uploadId: UploadId,
            ...(started.tags && { tags: started.tags }),
            ...(started.sealed && { sealed: { check: started.sealed } }),
            ...(started.acl && { acl: started.acl }),
            ...(started.owner !== undefined && { owner: started.owner }),
            ...(started.retention && { retention: started.retention }),
            ...(started.legalHold !== undefined && { legalHold: started.legalHold }),
          },
          ref,
          {
            event: 'ObjectCreated:CompleteMultipartUpload',
            conditions,
            parts: {
              numbers: asked.map(({ number }) => number),
              sizes: now.map(({ sizeBytes: size }) => size),
              checksums: now.map((one) => one.checksum),
              ...(started.sealed && { ivs: now.map(({ iv }) => iv ?? '') }),
            },
          },
        )
        await endUpload(at, ctx, Bucket, Key, UploadId)
        return done
      })
      return answer(stored)

      function answer(done: StoredObject) {
        const { etag, encryption, checksum: whole } = done
        const path = [Bucket, ...Key.split('/')].map(encodeURIComponent).join('/')
        return {
          Location: `${ctx.baseUrl}/${path}`,
          Bucket,
          Key,
          ETag: `"${etag}"`,
          ...checksumMembers(whole),
          ...(done.sealed ? {} : encryptionMembers(encryption)),
          ...versionMember(found.bucket, done),
          ...expirationMember(found.bucket.lifecycle, Key, done),
        }
      }
    },
  },
})

interface AskedPart {
  readonly number: number
  readonly etag: string
  readonly checksums: Readonly<Record<string, string>>
}

interface PartInput {
  PartNumber?: number
  ETag?: string
  [checksum: `Checksum${string}`]: string | undefined
}

function checkPartList(list: readonly PartInput[] | undefined): AskedPart[] {
  if (!list || list.length === 0) throw malformed('Name at least one part.')
  if (list.length > maxPartNumber) throw malformed(`Name at most ${maxPartNumber} parts.`)
  let before = 0
  return list.map((one) => {
    const { PartNumber: number, ETag } = one
    if (number === undefined || ETag === undefined) throw malformed('Every part needs a PartNumber and an ETag.')
    if (number <= before) {
      throw awsError(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
        { status: 400 },
      )
    }
    before = number
    const checksums: Record<string, string> = {}
    for (const algorithm of algorithmNames) {
      const value = one[`Checksum${algorithm}`]
      if (value !== undefined) checksums[algorithm] = value
    }
    return { number, etag: ETag.replaceAll('"', ''), checksums }
  })
}

/** The stored parts that the client named, in order, each as it was named. */
async function chosenParts(
  at: ReadTx,
  bucket: string,
  uploadId: string,
  asked: readonly AskedPart[],
  started: Upload,
): Promise<Part[]> {
  const stored = await at.getMany(asked.map(({ number }) => part(bucket, uploadId, number)))
  const { algorithm, type, chosen } = started.checksum
  return asked.map(({ number, etag, checksums }, index) => {
    const one = stored[index]
    if (!one || one.etag !== etag || !agrees(one, checksums, algorithm)) {
      throw awsError(
        'InvalidPart',
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        {
          status: 400,
          members: { UploadId: uploadId, PartNumber: number, ETag: etag },
        },
      )
    }
    if (chosen && type === 'COMPOSITE' && checksums[algorithm] === undefined) {
      throw awsError(
        'InvalidRequest',
        `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
        { status: 400 },
      )
    }
    if (one.sizeBytes < minPartBytes && index < asked.length - 1) {
      throw awsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
        status: 400,
        members: { ProposedSize: one.sizeBytes, MinSizeAllowed: minPartBytes, PartNumber: number, ETag: etag },
      })
    }
    return one
  })
}

function agrees(one: Part, checksums: Readonly<Record<string, string>>, algorithm: string): boolean {
  return Object.entries(checksums).every(([name, value]) =>
    name === algorithm ? value === one.checksum : one.claimed?.algorithm === name && one.claimed.value === value,
  )
}

/** MD5 of the parts' MD5s, and how many. */
function multipartEtag(etags: readonly string[]): string {
  const hash = createHash('md5')
  for (const etag of etags) hash.update(Buffer.from(etag, 'hex'))
  return `${hash.digest('hex')}-${etags.length}`
}

/** The object that this same upload made before, for a client that asks again because the answer was lost. */
function alreadyCompleted(
  current: StoredObject | undefined,
  asked: readonly AskedPart[],
  uploadId: string,
): StoredObject {
  if (current?.uploadId === uploadId && current.etag === multipartEtag(asked.map(({ etag }) => etag))) return current
  throw noSuchUpload(uploadId)
}

type ChecksumInput = { ChecksumType?: string } & { [A in (typeof algorithmNames)[number] as `Checksum${A}`]?: string }

/** What the client says the whole object's checksum is. */
function verifyChecksum(input: ChecksumInput, checksum: Checksum): void {
  if (input.ChecksumType !== undefined && input.ChecksumType !== checksum.type) {
    throw awsError(
      'InvalidRequest',
      `The upload was created with the checksum type ${checksum.type}, and the complete request says ${input.ChecksumType}.`,
      { status: 400 },
    )
  }
  for (const algorithm of algorithmNames) {
    const value = input[`Checksum${algorithm}`]
    if (value === undefined) continue
    if (algorithm !== checksum.algorithm) {
      throw awsError(
        'InvalidRequest',
        `The upload has a ${checksum.algorithm} checksum; ${checksumHeader(algorithm)} cannot be checked.`,
        { status: 400 },
      )
    }
    if (value !== checksum.value && value !== checksum.value.replace(/-\d+$/, '')) throw wrongChecksum(algorithm)
  }
}
