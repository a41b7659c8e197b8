import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { openBucket, wantsObject } from './access.ts'
import { aclMembers, ownerOf } from './acl.ts'
import { aclOf } from './acl-input.ts'
import type { Api } from './api.ts'
import { change, on } from './bucket-settings.ts'
import { notify } from './notify.ts'
import { replicateChange } from './replicate.ts'
import { rewriteVersion } from './stored-object.ts'
import { openObject } from './versions.ts'
import { verifyWholeBody } from './whole-body.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/acls.html */
export const acls = operations<Api>()({
  PutBucketAcl: {
    authorize: on('s3:PutBucketAcl', ({ ACL }: { Bucket: string; ACL?: string }) => ({ 's3:x-amz-acl': ACL })),
    async write(tx, input, ctx) {
      await change(tx, input, ctx, (found) => {
        const { acl: _before, ...rest } = found
        const acl = aclOf(input, found, found.account)
        if (!acl && !says(input)) throw missingAcl()
        return acl ? { ...rest, acl } : rest
      })
      return {}
    },
  },
  GetBucketAcl: {
    authorize: on('s3:GetBucketAcl'),
    async read(tx, input, ctx) {
      const found = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      return aclMembers(found.account, found.ownership === 'BucketOwnerEnforced' ? undefined : found.acl)
    },
  },
  PutObjectAcl: {
    authorize: ({ Bucket, Key, VersionId, ACL }, ctx, tx) =>
      wantsObject(tx, ctx, {
        action: VersionId === undefined ? 's3:PutObjectAcl' : 's3:PutObjectVersionAcl',
        bucket: Bucket,
        key: Key,
        versionId: VersionId,
        context: { 's3:x-amz-acl': ACL },
      }),
    async write(tx, input, ctx) {
      await verifyWholeBody(ctx)
      const { Bucket, Key, VersionId } = input
      const found = await openBucket(tx, Bucket, ctx, { owner: input.ExpectedBucketOwner })
      const at = tx.in(found)
      const { acl: _before, ...rest } = await openObject(at, found, Key, VersionId)
      const acl = aclOf(input, found, ownerOf(found, rest))
      if (!acl && !says(input)) throw missingAcl()
      const changed = replicateChange(at, ctx, found, Key, acl ? { ...rest, acl } : rest)
      await rewriteVersion(at, Bucket, Key, changed)
      await notify(at, ctx, found, 'ObjectAcl:Put', Key, changed, undefined)
      return {}
    },
  },
  GetObjectAcl: {
    authorize: ({ Bucket, Key, VersionId }, ctx, tx) =>
      wantsObject(tx, ctx, {
        action: VersionId === undefined ? 's3:GetObjectAcl' : 's3:GetObjectVersionAcl',
        bucket: Bucket,
        key: Key,
        versionId: VersionId,
      }),
    async read(tx, { Bucket, Key, VersionId, ExpectedBucketOwner }, ctx) {
      const found = await openBucket(tx, Bucket, ctx, { owner: ExpectedBucketOwner })
      const stored = await openObject(tx.in(found), found, Key, VersionId)
      const acl = found.ownership === 'BucketOwnerEnforced' ? undefined : stored.acl
      return aclMembers(ownerOf(found, stored), acl)
    },
  },
})

function says(input: object): boolean {
  const names = [
    'ACL',
    'AccessControlPolicy',
    'GrantFullControl',
    'GrantRead',
    'GrantReadACP',
    'GrantWrite',
    'GrantWriteACP',
  ]
  return names.some((name) => (input as Record<string, unknown>)[name] !== undefined)
}

function missingAcl(): Error {
  return awsError('MissingSecurityHeader', 'Your request was missing a required header: x-amz-acl', {
    status: 400,
    members: { MissingHeaderName: 'x-amz-acl' },
  })
}
