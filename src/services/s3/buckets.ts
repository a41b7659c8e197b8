import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { accessRequest, openBucket, wants } from './access.ts'
import { isPublicAcl, ownerships } from './acl.ts'
import { type AclHeaders, aclOf, aclWithOwnership, isOwnersAlone } from './acl-input.ts'
import type { Api } from './api.ts'
import { cancelInventory } from './inventory-job.ts'
import { cancelLifecycle } from './lifecycle-job.ts'
import { canonicalUserId, checkBucketName } from './names.ts'
import { invalidArgument, notImplemented } from './refuse.ts'
import {
  analyticsConfiguration,
  type Bucket,
  bucket,
  bucketPlace,
  inventoryConfiguration,
  logLine,
  metricsConfiguration,
  object,
  part,
  tieringConfiguration,
  upload,
  version,
} from './state.ts'
import { isSystemTag, maxBucketTags, tagsFromSet } from './tags.ts'
import { verifyWholeBody } from './whole-body.ts'

const maxBucketsListed = 10_000
/** Parts of unfinished uploads that go with a bucket; more must be aborted first, since one transaction is bounded. */
const maxPartsDropped = 10_000

export const buckets = operations<Api>()({
  CreateBucket: {
    // Of the caller's own account, whoever's bucket has the name already.
    authorize({ Bucket, CreateBucketConfiguration, ACL, ObjectOwnership, ObjectLockEnabledForBucket }, ctx) {
      // Tags of stacks (`aws:…`) need no permission.
      const tags = (CreateBucketConfiguration?.Tags ?? []).filter(({ Key = '' }) => !isSystemTag(Key))
      const context = {
        's3:locationconstraint': CreateBucketConfiguration?.LocationConstraint,
        's3:x-amz-acl': ACL,
        's3:x-amz-object-ownership': ObjectOwnership,
      }
      const actions = [
        ...(ACL === undefined || ACL === 'private' ? [] : ['s3:PutBucketAcl']),
        ...(ObjectOwnership === undefined ? [] : ['s3:PutBucketOwnershipControls']),
        ...(ObjectLockEnabledForBucket ? ['s3:PutBucketObjectLockConfiguration', 's3:PutBucketVersioning'] : []),
      ]
      const tagging = tags.length > 0 ? requestTags(tagsFromSet(tags, maxBucketTags)) : {}
      const taggable = ['s3:CreateBucket', ...(tags.length > 0 ? ['s3:TagResource'] : [])]
      return [
        ...taggable.map((action) => ({ action, bucket: Bucket, context: { ...context, ...tagging } })),
        ...actions.map((action) => ({ action, bucket: Bucket, context })),
      ].map((want) => accessRequest(ctx, undefined, want))
    },
    async write(tx, input, ctx) {
      const name = input.Bucket
      checkBucketName(name)
      if (input.BucketNamespace !== undefined && input.BucketNamespace !== 'global') {
        throw notImplemented(`x-amz-bucket-namespace ${input.BucketNamespace}`)
      }
      const { acl, ownership } = ownershipOf(input, ctx.account)
      const settings = input.CreateBucketConfiguration ?? {}
      if (settings.Location !== undefined)
        throw notImplemented('CreateBucketConfiguration.Location', 'Directory buckets are not here.')
      if (settings.Bucket !== undefined)
        throw notImplemented('CreateBucketConfiguration.Bucket', 'Directory buckets are not here.')
      const region = regionOf(settings.LocationConstraint, ctx.region)

      const taken = await tx.get(bucketPlace(name))
      if (taken && taken.account !== ctx.account) {
        throw awsError(
          'BucketAlreadyExists',
          'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Select a different name and try again.',
          {
            status: 409,
            members: { BucketName: name },
          },
        )
      }
      if (taken) {
        // Only the oldest region answers success again, and only to clients: a template must not adopt a bucket.
        if (ctx.wire && taken.region === 'us-east-1' && region === 'us-east-1')
          return { Location: `/${name}`, BucketArn: arnOf(name) }
        throw awsError(
          'BucketAlreadyOwnedByYou',
          'Your previous request to create the named bucket succeeded and you already own it.',
          {
            status: 409,
            members: { BucketName: name },
          },
        )
      }
      tx.set(bucketPlace(name), { account: ctx.account, region })
      tx.set(bucket(name), {
        name,
        account: ctx.account,
        region,
        createdAtMs: ctx.nowMs,
        encryption: { algorithm: 'AES256' },
        ownership,
        ...(acl && { acl }),
        publicAccessBlock: allBlocked,
        ...(input.ObjectLockEnabledForBucket && { versioning: 'Enabled', objectLock: {} }),
        ...(settings.Tags?.length ? { tags: tagsFromSet(settings.Tags, maxBucketTags) } : {}),
      })
      await verifyWholeBody(ctx)
      return { Location: `/${name}`, BucketArn: arnOf(name) }
    },
  },

  HeadBucket: {
    authorize: ({ Bucket }, ctx, tx) => wants(tx, ctx, { action: 's3:ListBucket', bucket: Bucket }),
    async read(tx, { Bucket, ExpectedBucketOwner }, ctx) {
      const found = await openBucket(tx, Bucket, ctx, { owner: ExpectedBucketOwner })
      return { BucketRegion: found.region, AccessPointAlias: false, BucketArn: arnOf(found.name) }
    },
  },

  DeleteBucket: {
    authorize: ({ Bucket }, ctx, tx) => wants(tx, ctx, { action: 's3:DeleteBucket', bucket: Bucket }),
    async write(tx, { Bucket, ExpectedBucketOwner }, ctx) {
      const found = await openBucket(tx, Bucket, ctx, { owner: ExpectedBucketOwner })
      const at = tx.in(found)
      for await (const _key of at.keys(object.under(Bucket), { limit: 1 }))
        throw notEmpty(Bucket, 'The bucket you tried to delete is not empty')
      for await (const _key of at.keys(version.under(Bucket), { limit: 1 }))
        throw notEmpty(
          Bucket,
          'The bucket you tried to delete is not empty. You must delete all versions in the bucket.',
        )
      await dropUploads(at, found, ctx)
      cancelLifecycle(tx, ctx, found)
      for await (const [, id] of at.keys(inventoryConfiguration.under(Bucket))) cancelInventory(tx, ctx, found, id)
      for (const record of [
        ...[metricsConfiguration, analyticsConfiguration, tieringConfiguration],
        inventoryConfiguration,
      ])
        at.clear(record.under(Bucket))
      at.clear(logLine.under(Bucket))
      tx.delete(bucketPlace(Bucket))
      at.delete(bucket(Bucket))
      return {}
    },
  },

  ListBuckets: {
    authorize: (_input, ctx) => [
      { action: 's3:ListAllMyBuckets', resource: '*', context: { 's3:ResourceAccount': ctx.account } },
    ],
    async read(tx, { MaxBuckets, ContinuationToken, Prefix = '', BucketRegion }, ctx) {
      if (MaxBuckets !== undefined && (MaxBuckets < 1 || MaxBuckets > maxBucketsListed)) {
        throw invalidArgument(
          'max-buckets',
          MaxBuckets,
          `Argument max-buckets must be an integer between 1 and ${maxBucketsListed}`,
        )
      }
      const max = MaxBuckets ?? maxBucketsListed
      const after = ContinuationToken === undefined ? undefined : nameOfToken(ContinuationToken)
      const from = after !== undefined && after >= Prefix ? { after: [after] } : { from: [Prefix] }
      const listed: { Name: string; CreationDate: Date; BucketRegion: string; BucketArn: string }[] = []
      let more = false
      for await (const { value } of tx.range(bucket.between([], from))) {
        if (!value.name.startsWith(Prefix)) break
        if (BucketRegion !== undefined && value.region !== BucketRegion) continue
        if (listed.length === max) {
          more = true
          break
        }
        listed.push({
          Name: value.name,
          CreationDate: new Date(value.createdAtMs),
          BucketRegion: value.region,
          BucketArn: arnOf(value.name),
        })
      }
      return {
        Buckets: listed,
        Owner: { ID: canonicalUserId(ctx.account) },
        ...(Prefix !== '' && { Prefix }),
        ...(more && { ContinuationToken: tokenOf(listed.at(-1)!.Name) }),
      }
    },
  },

  GetBucketLocation: {
    authorize: ({ Bucket }, ctx, tx) => wants(tx, ctx, { action: 's3:GetBucketLocation', bucket: Bucket }),
    async read(tx, { Bucket, ExpectedBucketOwner }, ctx) {
      const { region } = await openBucket(tx, Bucket, ctx, { owner: ExpectedBucketOwner, anyRegion: true })
      // The first region has no constraint: the answer is an empty element.
      return region === 'us-east-1' ? {} : { LocationConstraint: region as 'eu-west-1' }
    },
  },
})

const allBlocked = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
}

/** Whose the objects will be. A new bucket blocks public ACLs, so that it can't be made with one. */
function ownershipOf(input: AclHeaders & { ObjectOwnership?: string }, account: string) {
  const name = input.ObjectOwnership ?? 'BucketOwnerEnforced'
  const ownership = ownerships.find((known) => known === name)
  if (!ownership) throw invalidArgument('x-amz-object-ownership', name, `Use one of ${ownerships.join(', ')}.`)
  const acl = aclOf(input, { account, ownership: 'ObjectWriter' }, account)
  if (acl && ownership === 'BucketOwnerEnforced' && !isOwnersAlone(acl, account)) throw aclWithOwnership()
  if (acl && isPublicAcl(acl)) {
    throw awsError(
      'InvalidBucketAclWithBlockPublicAccessError',
      'Bucket cannot have public ACLs set with BlockPublicAccess enabled',
      { status: 400 },
    )
  }
  return { ownership, acl: ownership === 'BucketOwnerEnforced' ? undefined : acl }
}

function arnOf(name: string): string {
  return `arn:aws:s3:::${name}`
}

/**
 * Where to create the bucket: requests to us-east-1 may name any other region, those to another region only that one.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
 */
function regionOf(constraint: string | undefined, requested: string): string {
  if (requested === 'us-east-1') {
    if (constraint === undefined) return requested
    const region = constraint === 'EU' ? 'eu-west-1' : constraint
    if (region === 'us-east-1' || !/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region)) {
      throw awsError('InvalidLocationConstraint', 'The specified location-constraint is not valid', {
        status: 400,
        members: { LocationConstraint: constraint },
      })
    }
    return region
  }
  if (constraint === requested || (constraint === 'EU' && requested === 'eu-west-1')) return requested
  throw awsError(
    'IllegalLocationConstraintException',
    `The ${constraint ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to. Set LocationConstraint to ${requested}.`,
    { status: 400 },
  )
}

/** Unfinished uploads don't keep a bucket; their parts are let go. */
async function dropUploads(at: Tx, { name }: Bucket, ctx: Ctx): Promise<void> {
  let parts = 0
  for await (const { key, value } of at.range(part.under(name), { limit: maxPartsDropped + 1 })) {
    if (++parts > maxPartsDropped)
      throw notEmpty(
        name,
        `The bucket has more than ${maxPartsDropped} parts of unfinished multipart uploads. Abort them first.`,
      )
    ctx.host.blobs.release(at, value.body)
    at.delete(part(...key))
  }
  at.clear(upload.under(name))
}

function notEmpty(name: string, message: string): Error {
  return awsError('BucketNotEmpty', message, { status: 409, members: { BucketName: name } })
}

function tokenOf(name: string): string {
  return Buffer.from(name).toString('base64url')
}

function nameOfToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString()
  if (tokenOf(name) !== token)
    throw invalidArgument('continuation-token', token, 'The continuation token provided is incorrect')
  return name
}
