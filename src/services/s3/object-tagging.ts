import type { Ctx } from '../../kernel/context.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { openBucket, wantsObject } from './access.ts'
import type { Api } from './api.ts'
import { notify } from './notify.ts'
import { replicateChange } from './replicate.ts'
import type { Tags } from './state.ts'
import { rewriteVersion } from './stored-object.ts'
import { maxObjectTags, requestTagContext, tagSet, tagsFromSet } from './tags.ts'
import { openObject, versionMember } from './versions.ts'
import { verifyWholeBody } from './whole-body.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
export const objectTagging = operations<Api>()({
  PutObjectTagging: {
    authorize: ({ Bucket, Key, VersionId, Tagging }, ctx, tx) =>
      wantsObject(tx, ctx, {
        ...tagging('Put', Bucket, Key, VersionId),
        context: requestTagContext(tagsFromSet(Tagging.TagSet, maxObjectTags)),
      }),
    async write(tx, input, ctx) {
      await verifyWholeBody(ctx)
      return setTags(tx, input, ctx, tagsFromSet(input.Tagging.TagSet, maxObjectTags))
    },
  },

  GetObjectTagging: {
    authorize: ({ Bucket, Key, VersionId }, ctx, tx) => wantsObject(tx, ctx, tagging('Get', Bucket, Key, VersionId)),
    async read(tx, { Bucket, Key, VersionId, ExpectedBucketOwner }, ctx) {
      const bucket = await openBucket(tx, Bucket, ctx, { owner: ExpectedBucketOwner })
      const stored = await openObject(tx.in(bucket), bucket, Key, VersionId)
      return { TagSet: tagSet(stored.tags ?? {}), ...versionMember(bucket, stored) }
    },
  },

  DeleteObjectTagging: {
    authorize: ({ Bucket, Key, VersionId }, ctx, tx) => wantsObject(tx, ctx, tagging('Delete', Bucket, Key, VersionId)),
    async write(tx, input, ctx) {
      return setTags(tx, input, ctx, {})
    },
  },
})

function tagging(verb: string, bucket: string, key: string, versionId: string | undefined) {
  return { action: `s3:${verb}Object${versionId === undefined ? '' : 'Version'}Tagging`, bucket, key, versionId }
}

interface TaggedObject {
  Bucket: string
  Key: string
  VersionId?: string
  ExpectedBucketOwner?: string
}

async function setTags(
  tx: Tx,
  { Bucket, Key, VersionId, ExpectedBucketOwner }: TaggedObject,
  ctx: Ctx,
  tags: Tags,
): Promise<{ VersionId?: string }> {
  const bucket = await openBucket(tx, Bucket, ctx, { owner: ExpectedBucketOwner })
  const at = tx.in(bucket)
  const { tags: _before, ...rest } = await openObject(at, bucket, Key, VersionId)
  const some = Object.keys(tags).length > 0
  const changed = replicateChange(at, ctx, bucket, Key, some ? { ...rest, tags } : rest)
  await rewriteVersion(at, Bucket, Key, changed)
  await notify(at, ctx, bucket, some ? 'ObjectTagging:Put' : 'ObjectTagging:Delete', Key, changed, undefined)
  return versionMember(bucket, changed)
}
