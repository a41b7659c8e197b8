import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { findBucket, openBucket } from './access.ts'
import type { Api } from './api.ts'
import { change, malformed, on } from './bucket-settings.ts'
import { notImplemented } from './refuse.ts'
import type { Logging } from './state.ts'

/** Who pays for requests to a bucket, how fast it is, and where its requests are logged. */
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
      const { LoggingEnabled } = input.BucketLoggingStatus
      const logging = LoggingEnabled && loggingOf(LoggingEnabled)
      const target = logging && (await findBucket(tx, logging.target))
      await change(tx, input, ctx, ({ logging: _before, ...found }) => {
        if (!logging) return found
        if (target?.account !== found.account) {
          throw invalidTarget(
            target
              ? 'The owner for the bucket to be logged and the target bucket must be the same.'
              : 'The target bucket for logging does not exist',
            logging.target,
          )
        }
        if (target.region !== found.region)
          throw awsError('CrossLocationLoggingProhibitted', 'Cross S3 location logging not allowed.', { status: 403 })
        return { ...found, logging }
      })
      return {}
    },
  },
  GetBucketLogging: {
    authorize: on('s3:GetBucketLogging'),
    async read(tx, input, ctx) {
      const { logging } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      if (!logging) return {}
      const { target: TargetBucket, prefix: TargetPrefix, partitionedBy: PartitionDateSource } = logging
      return {
        LoggingEnabled: {
          ...{ TargetBucket, TargetPrefix },
          ...(PartitionDateSource && { TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource } } }),
        },
      }
    },
  },
})

interface GivenLogging {
  TargetBucket: string
  TargetPrefix: string
  TargetGrants?: readonly unknown[]
  TargetObjectKeyFormat?: { SimplePrefix?: object; PartitionedPrefix?: { PartitionDateSource?: string } }
}

function loggingOf({ TargetBucket, TargetPrefix, TargetGrants, TargetObjectKeyFormat: format }: GivenLogging): Logging {
  if (TargetGrants && TargetGrants.length > 0) throw notImplemented('TargetGrants', "Use the target bucket's policy.")
  const { SimplePrefix, PartitionedPrefix } = format ?? {}
  if (SimplePrefix && PartitionedPrefix) throw malformed('TargetObjectKeyFormat is SimplePrefix or PartitionedPrefix.')
  const source = PartitionedPrefix?.PartitionDateSource
  if (source !== undefined && source !== 'EventTime' && source !== 'DeliveryTime')
    throw malformed('PartitionDateSource is EventTime or DeliveryTime.')
  const partitionedBy = PartitionedPrefix && (source ?? 'DeliveryTime')
  return { target: TargetBucket, prefix: TargetPrefix, ...(partitionedBy && { partitionedBy }) }
}

function invalidTarget(message: string, name: string): Error {
  return awsError('InvalidTargetBucketForLogging', message, { status: 400, members: { TargetBucket: name } })
}
