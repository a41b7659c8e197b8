import { awsError, isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { accessRequest, openBucket, wants } from './access.ts'
import type { Api } from './api.ts'
import { checkKey } from './names.ts'
import { checkWriteConditions } from './preconditions.ts'
import { checkVersionId, notImplemented, refuse } from './refuse.ts'
import { object } from './state.ts'
import { removeObject } from './stored-object.ts'
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
      checkVersionId(input.VersionId)
      refuseDeleteOptions(input)
      refuse(input, {
        IfMatchLastModifiedTime: 'x-amz-if-match-last-modified-time',
        IfMatchSize: 'x-amz-if-match-size',
      })
      const bucket = await openBucket(tx, Bucket, ctx, { owner: input.ExpectedBucketOwner })
      const at = tx.in(bucket)
      const stored = await at.get(object(Bucket, Key))
      if (input.IfMatch !== undefined) checkWriteConditions(stored, Key, { ifMatch: input.IfMatch })
      if (stored) await removeObject(at, ctx, bucket, Key, stored)
      return {}
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
      refuseDeleteOptions(input)
      await verifyWholeBody(ctx, { required: true })
      const { Objects: items, Quiet } = Delete
      if (items.length === 0 || items.length > maxKeysDeleted) throw malformed(`Name 1 to ${maxKeysDeleted} objects.`)
      const bucket = await openBucket(tx, Bucket, ctx, { owner: input.ExpectedBucketOwner })
      const at = tx.in(bucket)
      const deleted: { Key: string; VersionId?: string }[] = []
      const errors: { Key: string; VersionId?: string; Code: string; Message: string }[] = []
      for (const item of items) {
        const { Key, VersionId } = item
        const named = VersionId === undefined ? { Key } : { Key, VersionId }
        try {
          checkKey(Key)
          checkVersionId(VersionId)
          refuse(item, { LastModifiedTime: 'Delete.Objects.LastModifiedTime', Size: 'Delete.Objects.Size' })
          const request = accessRequest(ctx, bucket, deletion(Bucket, Key, VersionId))
          if (!(await ctx.host.isAllowed(ctx.principal, request, ctx.requestContext, tx.snapshot))) {
            throw awsError(
              'AccessDenied',
              `User: ${ctx.principal.arn} is not authorized to perform: ${request.action} on resource: ${request.resource}`,
            )
          }
          const stored = await at.get(object(Bucket, Key))
          if (item.ETag !== undefined) checkWriteConditions(stored, Key, { ifMatch: item.ETag })
          if (stored) await removeObject(at, ctx, bucket, Key, stored)
          if (!Quiet) deleted.push(named)
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

function refuseDeleteOptions(input: { MFA?: string; BypassGovernanceRetention?: boolean }): void {
  if (input.MFA !== undefined) throw notImplemented('x-amz-mfa')
  if (input.BypassGovernanceRetention) {
    throw awsError(
      'InvalidArgument',
      'x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.',
      { status: 400 },
    )
  }
}

function malformed(hint: string): Error {
  return awsError(
    'MalformedXML',
    `The XML you provided was not well-formed or did not validate against our published schema. ${hint}`,
    { status: 400 },
  )
}
