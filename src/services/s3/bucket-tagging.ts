import { type AccessRequest, requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { accessRequest, findBucket, openBucket } from './access.ts'
import type { Api } from './api.ts'
import { absent, change, malformed, on } from './bucket-settings.ts'
import type { Tags } from './state.ts'
import { isSystemTag, maxBucketTags, tagSet, tagsFromSet } from './tags.ts'

/**
 * The tags of a bucket, and whether policies may ask about them (ABAC).
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
 */
export const bucketTagging = operations<Api>()({
  PutBucketTagging: {
    authorize: ({ Bucket, Tagging }, ctx, tx) => retagging(tx, ctx, Bucket, tagsFromSet(Tagging.TagSet, maxBucketTags)),
    async write(tx, input, ctx) {
      const tags = tagsFromSet(input.Tagging.TagSet, maxBucketTags)
      await change(tx, input, ctx, (found) => ({ ...found, tags: { ...keptTags(found.tags, tags, ctx), ...tags } }))
      return {}
    },
  },
  GetBucketTagging: {
    authorize: on('s3:GetBucketTagging'),
    async read(tx, input, ctx) {
      const { name, tags } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      if (!tags || Object.keys(tags).length === 0) throw absent('NoSuchTagSet', 'The TagSet does not exist', name)
      return { TagSet: tagSet(tags) }
    },
  },
  DeleteBucketTagging: {
    authorize: ({ Bucket }, ctx, tx) => retagging(tx, ctx, Bucket, {}),
    async write(tx, input, ctx) {
      await change(tx, input, ctx, (found) => ({ ...found, tags: keptTags(found.tags, {}, ctx) }))
      return {}
    },
  },

  PutBucketAbac: {
    authorize: on('s3:PutBucketABAC'),
    async write(tx, input, ctx) {
      const { Status } = input.AbacStatus
      if (Status !== 'Enabled' && Status !== 'Disabled') throw malformed('Status is Enabled or Disabled.')
      await change(tx, input, ctx, ({ abac: _before, ...found }) =>
        Status === 'Enabled' ? { ...found, abac: true } : found,
      )
      return {}
    },
  },
  GetBucketAbac: {
    authorize: on('s3:GetBucketABAC'),
    async read(tx, input, ctx) {
      const { abac } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      return { AbacStatus: { Status: abac ? 'Enabled' : 'Disabled' } }
    },
  },
})

/**
 * What giving a bucket these tags, and no others, needs. Where tags decide who may do what, those operations need the
 * permissions of S3 Control's TagResource and UntagResource too, which do it on AWS.
 */
async function retagging(tx: ReadTx, ctx: Ctx, name: string, next: Tags): Promise<AccessRequest[]> {
  const found = await findBucket(tx, name)
  const ask = (action: string, context = {}) => accessRequest(ctx, found, { action, bucket: name, context })
  const asked = [ask('s3:PutBucketTagging')]
  if (!found?.abac) return asked
  const gone = Object.keys(found.tags ?? {}).filter((key) => !isSystemTag(key) && !Object.hasOwn(next, key))
  if (Object.keys(next).length > 0) asked.push(ask('s3:TagResource', requestTags(next)))
  if (gone.length > 0) asked.push(ask('s3:UntagResource', { 'aws:TagKeys': gone }))
  return asked
}

/** Tags of stacks (`aws:…`) are set by templates and stay whatever a client sets. */
function keptTags(before: Tags | undefined, next: Tags, ctx: Ctx): Tags {
  if (!ctx.wire) return {}
  const kept = Object.fromEntries(Object.entries(before ?? {}).filter(([key]) => isSystemTag(key)))
  const touched = Object.keys(next).find((key) => isSystemTag(key) && next[key] !== kept[key])
  if (touched !== undefined) {
    throw awsError('InvalidTag', 'System tags cannot be added/updated by requester', {
      status: 400,
      members: { TagKey: touched },
    })
  }
  return kept
}
