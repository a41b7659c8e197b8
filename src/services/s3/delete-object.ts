import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { accessRequest, openBucket, wants } from './access.ts'
import type { Api } from './api.ts'
import { malformed } from './bucket-settings.ts'
import { checkKey } from './names.ts'
import { unlockingOf } from './object-lock.ts'
import { checkWriteConditions } from './preconditions.ts'
import { refuse } from './refuse.ts'
import type { Bucket } from './state.ts'
import { type Deleted, deleteLatest, deleteVersion } from './stored-object.ts'
import { checkVersionId, findVersion, isDeleteMarker, versionMember } from './versions.ts'
import { verifyWholeBody } from './whole-body.ts'

const maxKeysDeleted = 1000

export const deleteObject = operations<Api>()({
  DeleteObject: {
    authorize: ({ Bucket, Key, VersionId, IfMatch }, ctx, tx) =>
      wants(tx, ctx, {
        ...deletion(Bucket, Key, VersionId),
        context: { 's3:if-match': IfMatch, 's3:VersionId': VersionId },
      }),
    async write(tx, input, ctx) {
      const { Bucket, Key } = input
      checkKey(Key)
      refuse(input, { MFA: 'x-amz-mfa' })
      refuse(input, {
        IfMatchLastModifiedTime: 'x-amz-if-match-last-modified-time',
        IfMatchSize: 'x-amz-if-match-size',
      })
      const bucket = await openBucket(tx, Bucket, ctx, { owner: input.ExpectedBucketOwner })
      checkBypass(bucket, input.BypassGovernanceRetention)
      const { marker, removed } = await remove(tx, ctx, bucket, input, input.BypassGovernanceRetention)
      const version = marker ?? removed
      return {
        ...(version && isDeleteMarker(version) && { DeleteMarker: true }),
        ...(marker ? versionMember(bucket, marker) : input.VersionId !== undefined && { VersionId: input.VersionId }),
      }
    },
  },

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
  DeleteObjects: {
    // Each key is asked for on its own below: one that may not be deleted is an error beside the others' success.
    async authorize({ Bucket }, ctx, tx) {
      await wants(tx, ctx, { action: 's3:DeleteObject', bucket: Bucket })
      return []
    },
    async write(tx, input, ctx) {
      const { Bucket, Delete } = input
      refuse(input, { MFA: 'x-amz-mfa' })
      await verifyWholeBody(ctx, { required: true })
      const { Objects: items, Quiet } = Delete
      if (items.length === 0 || items.length > maxKeysDeleted) throw malformed(`Name 1 to ${maxKeysDeleted} objects.`)
      const bucket = await openBucket(tx, Bucket, ctx, { owner: input.ExpectedBucketOwner })
      checkBypass(bucket, input.BypassGovernanceRetention)
      const deleted: DeletedEntry[] = []
      const errors: { Key: string; VersionId?: string; Code: string; Message: string }[] = []
      for (const item of items) {
        const { Key, VersionId } = item
        const named = VersionId === undefined ? { Key } : { Key, VersionId }
        try {
          checkKey(Key)
          refuse(item, { LastModifiedTime: 'Delete.Objects.LastModifiedTime', Size: 'Delete.Objects.Size' })
          const request = accessRequest(ctx, bucket, deletion(Bucket, Key, VersionId))
          if (!(await ctx.host.isAllowed(ctx.principal, request, ctx.requestContext, tx.snapshot))) {
            throw awsError(
              'AccessDenied',
              `User: ${ctx.principal.arn} is not authorized to perform: ${request.action} on resource: ${request.resource}`,
            )
          }
          const { marker, removed } = await remove(
            tx,
            ctx,
            bucket,
            {
              Key,
              ...(VersionId !== undefined && { VersionId }),
              ...(item.ETag !== undefined && { IfMatch: item.ETag }),
            },
            input.BypassGovernanceRetention,
          )
          const version = marker ?? removed
          const isMarker = version !== undefined && isDeleteMarker(version)
          if (!Quiet)
            deleted.push({
              ...named,
              ...(isMarker && { DeleteMarker: true, DeleteMarkerVersionId: version.versionId }),
            })
        } catch (error) {
          if (!isAwsError(error)) throw error
          errors.push({ ...named, Code: error.code, Message: error.message })
        }
      }
      return { ...(deleted.length > 0 && { Deleted: deleted }), ...(errors.length > 0 && { Errors: errors }) }
    },
  },
})

function deletion(bucket: string, key: string, versionId: string | undefined) {
  return { action: versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion', bucket, key }
}

interface DeletedEntry {
  Key: string
  VersionId?: string
  DeleteMarker?: boolean
  DeleteMarkerVersionId?: string
}

/** Deletes a key or one version of it, on its condition. */
async function remove(
  tx: Tx,
  ctx: Ctx,
  bucket: Bucket,
  { Key, VersionId, IfMatch }: { Key: string; VersionId?: string; IfMatch?: string },
  bypasses: boolean | undefined,
): Promise<Deleted> {
  checkVersionId(VersionId)
  const at = tx.in(bucket)
  if (IfMatch !== undefined) {
    const found = await findVersion(at, bucket.name, Key, VersionId)
    checkWriteConditions(found && !isDeleteMarker(found) ? found : undefined, Key, { ifMatch: IfMatch })
  }
  if (VersionId === undefined) return deleteLatest(at, ctx, bucket, Key)
  return deleteVersion(at, ctx, bucket, Key, VersionId, unlockingOf(ctx, tx, bucket, Key, bypasses))
}

function checkBypass({ objectLock }: Bucket, asked: boolean | undefined): void {
  if (asked && !objectLock) {
    throw awsError(
      'InvalidArgument',
      'x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.',
      { status: 400 },
    )
  }
}
