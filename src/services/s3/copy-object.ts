import type { BlobRef } from '../../kernel/blobs.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { accessRequest, findBucket, openBucket, wantsObject } from './access.ts'
import type { Api } from './api.ts'
import { type Checksum, type ChecksumAlgorithm, checksumAlgorithm, checksumMembers } from './checksums.ts'
import { type OpenedSource, openSource, parseCopySource, sourceBytes, sourceTooLarge } from './copy-source.ts'
import { checkOf, customerKeyOf, type Seal, sealWith } from './customer-key.ts'
import {
  type DescriptionInput,
  describeObject,
  encryptionMembers,
  encryptionOf,
  storageClassOf,
} from './description.ts'
import { expirationMember } from './lifecycle-rules.ts'
import { checkKey } from './names.ts'
import { checkWriteHeaders } from './preconditions.ts'
import { settingsOf, writeActions, writeContext } from './put-object.ts'
import { maxUploadBytes, restream } from './receive.ts'
import { invalidArgument, refuse } from './refuse.ts'
import { replaceObject, wholeSeconds } from './stored-object.ts'
import { tagsFromHeader } from './tags.ts'
import { findVersion, isDeleteMarker, versionMember } from './versions.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export const copyObject = operations<Api>()({
  CopyObject: {
    async authorize(input, ctx, tx) {
      const { Bucket: bucket, Key: key } = input
      const source = parseCopySource(input.CopySource)
      const version = source.versionId === undefined ? '' : 'Version'
      const requests = await wantsObject(tx, ctx, {
        action: `s3:GetObject${version}`,
        bucket: source.bucket,
        key: source.key,
        versionId: source.versionId,
      })
      const from = await findBucket(tx, source.bucket)
      const copied = from && (await findVersion(tx.in(from), source.bucket, source.key, source.versionId))
      const tagged = copied && !isDeleteMarker(copied) ? copied.tags : undefined
      const copiesTags = tagged !== undefined && input.TaggingDirective !== 'REPLACE'
      if (copiesTags)
        requests.push(
          accessRequest(ctx, from, { action: `s3:GetObject${version}Tagging`, bucket: source.bucket, key: source.key }),
        )

      const to = await findBucket(tx, bucket)
      const context = {
        ...writeContext(input),
        's3:x-amz-copy-source': `${source.bucket}/${source.key}`,
        's3:x-amz-metadata-directive': input.MetadataDirective,
      }
      const actions = new Set([...writeActions(input), ...(copiesTags ? ['s3:PutObjectTagging'] : [])])
      for (const action of actions) requests.push(accessRequest(ctx, to, { action, bucket, key, context }))
      return requests
    },
    async call(input, ctx) {
      const { Bucket, Key, ExpectedBucketOwner: owner } = input
      checkKey(Key)
      refuse(input, {
        ...(input.AnnotationDirective === 'EXCLUDE'
          ? {}
          : { AnnotationDirective: 'x-amz-object-annotation-directive' }),
      })
      checkWriteHeaders(input)
      const replaces = directive('x-amz-metadata-directive', input.MetadataDirective)
      const replacesTags = directive('x-amz-tagging-directive', input.TaggingDirective)
      const storageClass = storageClassOf(input.StorageClass)
      const given = describeObject(input)
      const givenTags = input.Tagging ? tagsFromHeader(input.Tagging) : undefined

      const { source, target } = await ctx.read(async (tx) => {
        const bucket = await openBucket(tx, Bucket, ctx, { owner })
        encryptionOf(input, bucket)
        settingsOf(input, bucket, ctx)
        return { target: bucket, source: await openSource(tx, input, ctx) }
      })
      if (source.stored.sizeBytes > maxUploadBytes) throw sourceTooLarge(maxUploadBytes)
      if (source.bucket === Bucket && source.key === Key && source.versionId === undefined && !changesAnything(input)) {
        throw awsError(
          'InvalidRequest',
          "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
          { status: 400 },
        )
      }

      const customer = customerKeyOf(ctx, input)
      const seal = customer && sealWith(ctx, customer)
      const algorithm = input.ChecksumAlgorithm && checksumAlgorithm(input.ChecksumAlgorithm)
      const copied = await copyBody(ctx, source, algorithm, seal)
      const { websiteRedirect: _notCopied, ...kept } = source.stored.description
      const redirect = given.websiteRedirect === undefined ? {} : { websiteRedirect: given.websiteRedirect }
      const tags = replacesTags ? givenTags : source.stored.tags
      const stored = await ctx.write(async (tx) => {
        const bucket = await openBucket(tx, Bucket, ctx, { owner })
        return replaceObject(
          tx.in(bucket),
          ctx,
          bucket,
          Key,
          {
            etag: copied.etag,
            modifiedAtMs: wholeSeconds(ctx.clock.nowMs()),
            description: replaces ? given : { ...kept, ...redirect },
            storageClass,
            encryption: encryptionOf(input, bucket),
            checksum: copied.checksum,
            ...(tags && { tags }),
            ...settingsOf(input, bucket, ctx),
            ...(customer && { sealed: { check: checkOf(ctx, customer), iv: seal!.iv } }),
          },
          copied.ref,
          { event: 'ObjectCreated:Copy', conditions: { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch } },
        )
      })
      return {
        CopyObjectResult: {
          ETag: `"${stored.etag}"`,
          LastModified: new Date(stored.modifiedAtMs),
          ...checksumMembers(stored.checksum),
        },
        ...encryptionMembers(stored.encryption, customer),
        ...versionMember(target, stored),
        ...expirationMember(target.lifecycle, Key, stored),
        ...(source.owner.versioning !== undefined && { CopySourceVersionId: source.stored.versionId }),
      }
    },
  },
})

interface Changes extends DescriptionInput {
  MetadataDirective?: string
  TaggingDirective?: string
  StorageClass?: string
  ServerSideEncryption?: string
  SSECustomerAlgorithm?: string
  ChecksumAlgorithm?: string
}

function changesAnything(input: Changes): boolean {
  return (
    input.MetadataDirective === 'REPLACE' ||
    input.TaggingDirective === 'REPLACE' ||
    input.StorageClass !== undefined ||
    input.ServerSideEncryption !== undefined ||
    input.SSECustomerAlgorithm !== undefined ||
    input.WebsiteRedirectLocation !== undefined ||
    input.ChecksumAlgorithm !== undefined
  )
}

function directive(header: string, value: string | undefined): boolean {
  if (value !== undefined && value !== 'COPY' && value !== 'REPLACE')
    throw invalidArgument(header, value, `Unknown ${header}: use COPY or REPLACE.`)
  return value === 'REPLACE'
}

interface CopiedBody {
  readonly ref: BlobRef
  readonly etag: string
  readonly checksum: Checksum
}

/** The bytes are read again only when a hash of the whole body is missing: of multipart objects, or for another checksum. */
async function copyBody(
  ctx: Ctx,
  source: OpenedSource,
  wanted: ChecksumAlgorithm | undefined,
  seal: Seal | undefined,
): Promise<CopiedBody> {
  const { stored, ref } = source
  const { checksum } = stored
  const sealed = seal !== undefined || stored.sealed !== undefined
  const algorithm = wanted ?? checksum?.algorithm ?? 'CRC64NVME'
  if (
    !sealed &&
    stored.partsCount === undefined &&
    checksum?.type === 'FULL_OBJECT' &&
    checksum.algorithm === algorithm
  ) {
    return { ref: await ctx.host.blobs.concat([ref]), etag: stored.etag, checksum }
  }
  const copied = await restream(ctx, sourceBytes(ctx, source), algorithm, seal)
  return {
    ref: copied.ref,
    etag: copied.etag,
    checksum: { algorithm, type: 'FULL_OBJECT', value: copied.checksum },
  }
}
