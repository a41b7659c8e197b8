import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { openBucket } from './access.ts'
import type { Api } from './api.ts'
import { absent, change, malformed, on } from './bucket-settings.ts'
import { notImplemented } from './refuse.ts'

/**
 * Features that no bucket here has: whether they are on can be asked, and turning them off is done already; turning
 * them on is refused by name.
 */
export const bucketFeatures = operations<Api>()({
  PutBucketRequestPayment: {
    authorize: on('s3:PutBucketRequestPayment'),
    async write(tx, input, ctx) {
      const { Payer } = input.RequestPaymentConfiguration
      if (Payer !== 'BucketOwner' && Payer !== 'Requester') throw malformed('Payer is BucketOwner or Requester.')
      await change(tx, input, ctx, ({ requesterPays: _before, ...found }) =>
        Payer === 'Requester' ? { ...found, requesterPays: true } : found,
      )
      return {}
    },
  },
  GetBucketRequestPayment: {
    authorize: on('s3:GetBucketRequestPayment'),
    async read(tx, input, ctx) {
      const { requesterPays } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      return { Payer: requesterPays ? 'Requester' : 'BucketOwner' }
    },
  },

  PutBucketAccelerateConfiguration: {
    authorize: on('s3:PutAccelerateConfiguration'),
    async write(tx, input, ctx) {
      const { Status } = input.AccelerateConfiguration
      if (Status !== 'Enabled' && Status !== 'Suspended') throw malformed('Status is Enabled or Suspended.')
      if (input.Bucket.includes('.')) {
        throw awsError(
          'InvalidRequest',
          'S3 Transfer Acceleration is not supported for buckets with periods (.) in their names',
          { status: 400 },
        )
      }
      await change(tx, input, ctx, (found) => ({ ...found, acceleration: Status }))
      return {}
    },
  },
  GetBucketAccelerateConfiguration: {
    authorize: on('s3:GetAccelerateConfiguration'),
    async read(tx, input, ctx) {
      const { acceleration } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      return acceleration === undefined ? {} : { Status: acceleration }
    },
  },

  PutBucketLogging: {
    authorize: on('s3:PutBucketLogging'),
    async write(tx, input, ctx) {
      // With all that is inside it: TargetBucket, TargetPrefix, TargetGrants, TargetObjectKeyFormat (SimplePrefix or
      // PartitionedPrefix with its PartitionDateSource).
      if (input.BucketLoggingStatus.LoggingEnabled !== undefined) throw notImplemented('LoggingEnabled')
      await change(tx, input, ctx, (found) => found)
      return {}
    },
  },
  GetBucketLogging: {
    authorize: on('s3:GetBucketLogging'),
    async read(tx, input, ctx) {
      await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      return {}
    },
  },

  GetBucketReplication: {
    authorize: on('s3:GetReplicationConfiguration'),
    async read(tx, input, ctx) {
      const { name } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      throw absent('ReplicationConfigurationNotFoundError', 'The replication configuration was not found', name)
    },
  },
  DeleteBucketReplication: {
    authorize: on('s3:PutReplicationConfiguration'),
    async write(tx, input, ctx) {
      await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      return {}
    },
  },
})
