import type { Ctx } from '../../kernel/context.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { openBucket, wantsObject } from './access.ts'
import type { Api } from './api.ts'
import { noSuchKey } from './preconditions.ts'
import { checkVersionId } from './refuse.ts'
import { object, type Tags } from './state.ts'
import { maxObjectTags, requestTagContext, tagSet, tagsFromSet } from './tags.ts'
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
      await setTags(tx, input, ctx, tagsFromSet(input.Tagging.TagSet, maxObjectTags))
      return {}
    },
  },

  GetObjectTagging: {
    authorize: ({ Bucket, Key, VersionId }, ctx, tx) => wantsObject(tx, ctx, tagging('Get', Bucket, Key, VersionId)),
    async read(tx, { Bucket, Key, VersionId, ExpectedBucketOwner }, ctx) {
      checkVersionId(VersionId)
      const bucket = await openBucket(tx, Bucket, ctx, { owner: ExpectedBucketOwner })
      const stored = await tx.in(bucket).get(object(Bucket, Key))
      if (!stored) throw noSuchKey(Key)
      return { TagSet: tagSet(stored.tags ?? {}) }
    },
  },

  DeleteObjectTagging: {
    authorize: ({ Bucket, Key, VersionId }, ctx, tx) => wantsObject(tx, ctx, tagging('Delete', Bucket, Key, VersionId)),
    async write(tx, input, ctx) {
      await setTags(tx, input, ctx, {})
      return {}
    },
  },
})

function tagging(verb: string, bucket: string, key: string, versionId: string | undefined) {
  return { action: `s3:${verb}Object${versionId === undefined ? '' : 'Version'}Tagging`, bucket, key }
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
): Promise<void> {
  checkVersionId(VersionId)
  const bucket = await openBucket(tx, Bucket, ctx, { owner: ExpectedBucketOwner })
  const at = tx.in(bucket)
  const stored = await at.get(object(Bucket, Key))
  if (!stored) throw noSuchKey(Key)
  const { tags: _before, ...rest } = stored
  at.set(object(Bucket, Key), Object.keys(tags).length > 0 ? { ...rest, tags } : rest)
}
