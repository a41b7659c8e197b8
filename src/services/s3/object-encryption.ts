import { parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { openBucket, wantsObject } from './access.ts'
import type { Api } from './api.ts'
import { isLocked } from './retention.ts'
import { rewriteVersion } from './stored-object.ts'
import { openObject } from './versions.ts'
import { verifyWholeBody } from './whole-body.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/update-sse-encryption.html */
export const objectEncryption = operations<Api>()({
  UpdateObjectEncryption: {
    authorize: ({ Bucket, Key, VersionId, ObjectEncryption }, ctx, tx) =>
      wantsObject(tx, ctx, {
        action: 's3:UpdateObjectEncryption',
        bucket: Bucket,
        key: Key,
        versionId: VersionId,
        context: {
          's3:x-amz-server-side-encryption': 'aws:kms',
          's3:x-amz-server-side-encryption-aws-kms-key-id': ObjectEncryption.SSEKMS?.KMSKeyArn,
        },
      }),
    /** Changes nothing but what the object is said to be encrypted with: neither its time nor its ETag. */
    async write(tx, { Bucket, Key, VersionId, ObjectEncryption, ExpectedBucketOwner }, ctx) {
      await verifyWholeBody(ctx)
      const bucket = await openBucket(tx, Bucket, ctx, { owner: ExpectedBucketOwner })
      const { SSEKMS } = ObjectEncryption
      if (!SSEKMS) throw invalid('The new type of encryption must be SSE-KMS.')
      const { KMSKeyArn: kmsKeyId, BucketKeyEnabled: bucketKey = false } = SSEKMS
      if (parseArn(kmsKeyId)?.account !== bucket.account)
        throw denied('The AWS KMS key in the request must be owned by the same account as the bucket.')
      const at = tx.in(bucket)
      const stored = await openObject(at, bucket, Key, VersionId)
      if (stored.sealed) throw invalid('Objects that are encrypted with SSE-C keep their encryption.')
      if (isLocked(stored, ctx.nowMs)) throw denied('The object is protected by object lock: its encryption stays.')
      await rewriteVersion(at, Bucket, Key, { ...stored, encryption: { algorithm: 'aws:kms', kmsKeyId, bucketKey } })
      return {}
    },
  },
})

function invalid(message: string): Error {
  return awsError('InvalidRequest', message, { status: 400 })
}

function denied(message: string): Error {
  return awsError('AccessDenied', message, { status: 403 })
}
