import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { openBucket } from './access.ts'
import type { Api } from './api.ts'
import { change, malformed, on } from './bucket-settings.ts'
import { notImplemented, refuse } from './refuse.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html */
export const versioning = operations<Api>()({
  PutBucketVersioning: {
    authorize: on('s3:PutBucketVersioning'),
    async write(tx, input, ctx) {
      refuse(input, { MFA: 'x-amz-mfa' })
      const { Status, MFADelete } = input.VersioningConfiguration
      if (MFADelete === 'Enabled') throw notImplemented('VersioningConfiguration.MFADelete')
      if (Status !== 'Enabled' && Status !== 'Suspended') {
        if (Status !== undefined || MFADelete === undefined) throw malformed('Status is Enabled or Suspended.')
        throw awsError('IllegalVersioningConfigurationException', 'The versioning configuration needs a Status.', {
          status: 400,
        })
      }
      await change(tx, input, ctx, (found) => {
        if (Status === 'Suspended' && found.objectLock) {
          throw awsError(
            'InvalidBucketState',
            'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
            { status: 409 },
          )
        }
        if (Status === 'Suspended' && found.replication) {
          throw awsError(
            'InvalidBucketState',
            'A replication configuration is present on this bucket, so the versioning state cannot be changed. Delete it first.',
            { status: 409 },
          )
        }
        return { ...found, versioning: Status }
      })
      return {}
    },
  },
  GetBucketVersioning: {
    authorize: on('s3:GetBucketVersioning'),
    async read(tx, input, ctx) {
      const { versioning: Status } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      return Status === undefined ? {} : { Status }
    },
  },
})
