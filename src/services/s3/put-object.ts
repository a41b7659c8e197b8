import type { Ctx } from '../../kernel/context.ts'
import { operations } from '../../kernel/operation.ts'
import { accessRequest, findBucket, openBucket } from './access.ts'
import { type AclHeaders, aclOf } from './acl-input.ts'
import type { Api } from './api.ts'
import { checksumMembers } from './checksums.ts'
import { checkOf, customerKeyOf, sealWith } from './customer-key.ts'
import { describeObject, encryptionMembers, encryptionOf, storageClassOf } from './description.ts'
import { expirationMember } from './lifecycle-rules.ts'
import { checkKey } from './names.ts'
import { checkWriteHeaders } from './preconditions.ts'
import { receive } from './receive.ts'
import { refuse } from './refuse.ts'
import { type LockInput, lockOf } from './retention.ts'
import type { Bucket, StoredObject } from './state.ts'
import { replaceObject, wholeSeconds } from './stored-object.ts'
import { requestTagContext, tagsFromHeader } from './tags.ts'
import { versionMember } from './versions.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const putObject = operations<Api>()({
  PutObject: {
    async authorize(input, ctx, tx) {
      const { Bucket: bucket, Key: key } = input
      const found = await findBucket(tx, bucket)
      const context = writeContext(input)
      const requests = writeActions(input).map((action) => accessRequest(ctx, found, { action, bucket, key, context }))
      // Whoever writes on condition of an ETag learns what it is.
      if (input.IfMatch !== undefined) requests.push(accessRequest(ctx, found, { action: 's3:GetObject', bucket, key }))
      return requests
    },
    async call(input, ctx) {
      const { Bucket, Key, ExpectedBucketOwner: owner } = input
      checkKey(Key)
      refuse(input, { WriteOffsetBytes: 'x-amz-write-offset-bytes' })
      checkWriteHeaders(input)
      const description = describeObject(input)
      const storageClass = storageClassOf(input.StorageClass)
      const tags = input.Tagging ? tagsFromHeader(input.Tagging) : undefined
      const target = await ctx.read((tx) => openBucket(tx, Bucket, ctx, { owner }))
      encryptionOf(input, target)
      settingsOf(input, target, ctx)

      const customer = customerKeyOf(ctx, input)
      const seal = customer && sealWith(ctx, customer)
      const received = await receive(ctx, input, { seal })
      const { algorithm, checksum: value } = received
      const stored = await ctx.write(async (tx) => {
        const bucket = await openBucket(tx, Bucket, ctx, { owner })
        return replaceObject(
          tx.in(bucket),
          ctx,
          bucket,
          Key,
          {
            etag: received.etag,
            modifiedAtMs: wholeSeconds(ctx.clock.nowMs()),
            description,
            storageClass,
            encryption: encryptionOf(input, bucket),
            checksum: { algorithm, type: 'FULL_OBJECT', value },
            ...(tags && { tags }),
            ...settingsOf(input, bucket, ctx),
            ...(customer && { sealed: { check: checkOf(ctx, customer), iv: seal!.iv } }),
          },
          received.ref,
          {
            event: ctx.requestContext['s3:authType'] === 'POST' ? 'ObjectCreated:Post' : 'ObjectCreated:Put',
            conditions: { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch },
          },
        )
      })
      return {
        ETag: `"${stored.etag}"`,
        ...checksumMembers(stored.checksum),
        ...encryptionMembers(stored.encryption, customer),
        ...versionMember(target, stored),
        ...expirationMember(target.lifecycle, Key, stored),
      }
    },
  },
})

/** What an object gets besides what is said of its bytes: who may use it, and until when it must stay. */
export function settingsOf(
  input: AclHeaders & LockInput,
  bucket: Bucket,
  { principal, nowMs }: Ctx,
): Pick<StoredObject, 'acl' | 'owner' | 'retention' | 'legalHold'> {
  const keepsWriter =
    bucket.ownership !== 'BucketOwnerEnforced' &&
    principal.account !== '' &&
    principal.account !== bucket.account &&
    !(bucket.ownership === 'BucketOwnerPreferred' && input.ACL === 'bucket-owner-full-control')
  const owner = keepsWriter ? principal.account : bucket.account
  const acl = aclOf(input, bucket, owner)
  return { ...(acl && { acl }), ...(keepsWriter && { owner }), ...lockOf(input, bucket, nowMs) }
}

/** The actions that writing an object takes. */
export function writeActions(input: WriteInput & AclHeaders & LockInput): string[] {
  const grants = input.ACL ?? input.GrantFullControl ?? input.GrantRead ?? input.GrantReadACP ?? input.GrantWriteACP
  return [
    's3:PutObject',
    ...(input.Tagging ? ['s3:PutObjectTagging'] : []),
    ...(grants === undefined ? [] : ['s3:PutObjectAcl']),
    ...(input.ObjectLockMode === undefined ? [] : ['s3:PutObjectRetention']),
    ...(input.ObjectLockLegalHoldStatus === undefined ? [] : ['s3:PutObjectLegalHold']),
  ]
}

interface WriteInput {
  ACL?: string
  ServerSideEncryption?: string
  SSEKMSKeyId?: string
  StorageClass?: string
  WebsiteRedirectLocation?: string
  IfMatch?: string
  IfNoneMatch?: string
  Tagging?: string
}

/** Condition keys about an object being written. */
export function writeContext(input: WriteInput) {
  return {
    's3:x-amz-acl': input.ACL,
    's3:x-amz-server-side-encryption': input.ServerSideEncryption,
    's3:x-amz-server-side-encryption-aws-kms-key-id': input.SSEKMSKeyId,
    's3:x-amz-storage-class': input.StorageClass,
    's3:x-amz-website-redirect-location': input.WebsiteRedirectLocation,
    's3:if-match': input.IfMatch,
    's3:if-none-match': input.IfNoneMatch,
    ...requestTagContext(input.Tagging ? tagsFromHeader(input.Tagging) : undefined),
  }
}
