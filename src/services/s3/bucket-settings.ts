import type { AccessRequest } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { openBucket, type Wanted, wants } from './access.ts'
import { ownerships } from './acl.ts'
import { aclWithOwnership, isOwnersAlone } from './acl-input.ts'
import type { Api } from './api.ts'
import { notImplemented } from './refuse.ts'
import { type Bucket, bucket, type Encryption } from './state.ts'
import { verifyWholeBody } from './whole-body.ts'

/** Encryption, public access block and ownership of a bucket: what is one small value each. */
export const bucketSettings = operations<Api>()({
  PutBucketEncryption: {
    authorize: on('s3:PutEncryptionConfiguration'),
    async write(tx, input, ctx) {
      const encryption = encryptionRule(input.ServerSideEncryptionConfiguration.Rules)
      await change(tx, input, ctx, (found) => ({ ...found, encryption }))
      return {}
    },
  },
  GetBucketEncryption: {
    authorize: on('s3:GetEncryptionConfiguration'),
    async read(tx, input, ctx) {
      const { encryption } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      return {
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: {
                SSEAlgorithm: encryption.algorithm,
                ...(encryption.kmsKeyId !== undefined && { KMSMasterKeyID: encryption.kmsKeyId }),
              },
              BucketKeyEnabled: encryption.bucketKey ?? false,
            },
          ],
        },
      }
    },
  },
  DeleteBucketEncryption: {
    authorize: on('s3:PutEncryptionConfiguration'),
    async write(tx, input, ctx) {
      await change(tx, input, ctx, (found) => ({ ...found, encryption: { algorithm: 'AES256' } }))
      return {}
    },
  },

  PutPublicAccessBlock: {
    authorize: on('s3:PutBucketPublicAccessBlock'),
    async write(tx, input, ctx) {
      const given = input.PublicAccessBlockConfiguration
      const publicAccessBlock = {
        blockPublicAcls: given.BlockPublicAcls ?? false,
        ignorePublicAcls: given.IgnorePublicAcls ?? false,
        blockPublicPolicy: given.BlockPublicPolicy ?? false,
        restrictPublicBuckets: given.RestrictPublicBuckets ?? false,
      }
      await change(tx, input, ctx, (found) => ({ ...found, publicAccessBlock }))
      return {}
    },
  },
  GetPublicAccessBlock: {
    authorize: on('s3:GetBucketPublicAccessBlock'),
    async read(tx, input, ctx) {
      const { name, publicAccessBlock: block } = await openBucket(tx, input.Bucket, ctx, {
        owner: input.ExpectedBucketOwner,
      })
      if (!block)
        throw absent(
          'NoSuchPublicAccessBlockConfiguration',
          'The public access block configuration was not found',
          name,
        )
      return {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: block.blockPublicAcls,
          IgnorePublicAcls: block.ignorePublicAcls,
          BlockPublicPolicy: block.blockPublicPolicy,
          RestrictPublicBuckets: block.restrictPublicBuckets,
        },
      }
    },
  },
  DeletePublicAccessBlock: {
    authorize: on('s3:PutBucketPublicAccessBlock'),
    async write(tx, input, ctx) {
      await change(tx, input, ctx, ({ publicAccessBlock: _gone, ...rest }) => rest)
      return {}
    },
  },

  PutBucketOwnershipControls: {
    authorize: on('s3:PutBucketOwnershipControls'),
    async write(tx, input, ctx) {
      const [rule, ...more] = input.OwnershipControls.Rules
      if (!rule || more.length > 0) throw malformed('OwnershipControls holds exactly one rule.')
      const ownership = ownerships.find((known) => known === rule.ObjectOwnership)
      if (!ownership) throw malformed(`ObjectOwnership is one of ${ownerships.join(', ')}.`)
      await change(tx, input, ctx, (found) => {
        if (ownership === 'BucketOwnerEnforced' && found.acl && !isOwnersAlone(found.acl, found.account))
          throw aclWithOwnership()
        return { ...found, ownership }
      })
      return {}
    },
  },
  GetBucketOwnershipControls: {
    authorize: on('s3:GetBucketOwnershipControls'),
    async read(tx, input, ctx) {
      const { name, ownership } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      if (!ownership)
        throw absent('OwnershipControlsNotFoundError', 'The bucket ownership controls were not found', name)
      return { OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] } }
    },
  },
  DeleteBucketOwnershipControls: {
    authorize: on('s3:PutBucketOwnershipControls'),
    async write(tx, input, ctx) {
      await change(tx, input, ctx, ({ ownership: _gone, ...rest }) => rest)
      return {}
    },
  },
})

interface OnBucket {
  Bucket: string
  ExpectedBucketOwner?: string
}

/** Authorization of an operation that needs one action on its bucket. */
export function on<I extends OnBucket>(
  action: string,
  context?: (input: I) => Wanted['context'],
): (input: I, ctx: Ctx, tx: ReadTx) => Promise<AccessRequest[]> {
  return (input, ctx, tx) => {
    const asked = context?.(input)
    return wants(tx, ctx, { action, bucket: input.Bucket, ...(asked && { context: asked }) })
  }
}

/** Reads the bucket, checks the request's body, and stores what `next` makes of it. */
export async function change(tx: Tx, input: OnBucket, ctx: Ctx, next: (found: Bucket) => Bucket): Promise<void> {
  await verifyWholeBody(ctx)
  const found = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
  tx.in(found).set(bucket(found.name), next(found))
}

export function absent(code: string, message: string, name: string): Error {
  return awsError(code, message, { status: 404, members: { BucketName: name } })
}

export function malformed(hint: string): Error {
  return awsError(
    'MalformedXML',
    `The XML you provided was not well-formed or did not validate against our published schema. ${hint}`,
    { status: 400 },
  )
}

interface EncryptionRule {
  ApplyServerSideEncryptionByDefault?: { SSEAlgorithm: string; KMSMasterKeyID?: string }
  BucketKeyEnabled?: boolean
  BlockedEncryptionTypes?: unknown
}

function encryptionRule(rules: readonly EncryptionRule[]): Encryption {
  const [rule, ...more] = rules
  if (!rule || more.length > 0) throw malformed('ServerSideEncryptionConfiguration holds exactly one rule.')
  if (rule.BlockedEncryptionTypes !== undefined) throw notImplemented('BlockedEncryptionTypes')
  const chosen = rule.ApplyServerSideEncryptionByDefault ?? { SSEAlgorithm: 'AES256' }
  const bucketKey = rule.BucketKeyEnabled === undefined ? {} : { bucketKey: rule.BucketKeyEnabled }
  if (chosen.SSEAlgorithm === 'AES256') {
    if (chosen.KMSMasterKeyID !== undefined) {
      throw awsError(
        'InvalidArgument',
        'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms',
        { status: 400 },
      )
    }
    return { algorithm: 'AES256', ...bucketKey }
  }
  if (chosen.SSEAlgorithm !== 'aws:kms')
    throw notImplemented(`SSEAlgorithm ${chosen.SSEAlgorithm}`, 'Use AES256 or aws:kms.')
  return {
    algorithm: 'aws:kms',
    ...(chosen.KMSMasterKeyID !== undefined && { kmsKeyId: chosen.KMSMasterKeyID }),
    ...bucketKey,
  }
}
