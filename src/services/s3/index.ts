import { defineService } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import { bucketPolicy } from './bucket-policy.ts'
import { bucketSettings } from './bucket-settings.ts'
import { buckets } from './buckets.ts'
import { completeUpload } from './complete-upload.ts'
import { copyObject } from './copy-object.ts'
import { bucketCors, cors } from './cors.ts'
import { deleteObject } from './delete-object.ts'
import { getObject } from './get-object.ts'
import { listObjects } from './list-objects.ts'
import model from './model.json' with { type: 'json' }
import { multipart } from './multipart.ts'
import { objectAttributes } from './object-attributes.ts'
import { objectTagging } from './object-tagging.ts'
import { parts } from './parts.ts'
import { putObject } from './put-object.ts'
import { resources } from './resources.ts'

const notEncrypted =
  'Stored and returned; the data folder is as encrypted as its disk, and no permission on a KMS key is asked for.'

/** Simple Storage Service: buckets and their objects. */
export const service = defineService<Api>()({
  id: 's3',
  model,
  operations: {
    ...buckets,
    ...bucketSettings,
    ...bucketPolicy,
    ...bucketCors,
    ...putObject,
    ...getObject,
    ...deleteObject,
    ...copyObject,
    ...listObjects,
    ...multipart,
    ...parts,
    ...completeUpload,
    ...objectAttributes,
    ...objectTagging,
  },
  planned: [
    'CreateBucketMetadataConfiguration',
    'CreateBucketMetadataTableConfiguration',
    'CreateSession',
    'DeleteBucketAnalyticsConfiguration',
    'DeleteBucketIntelligentTieringConfiguration',
    'DeleteBucketInventoryConfiguration',
    'DeleteBucketLifecycle',
    'DeleteBucketMetadataConfiguration',
    'DeleteBucketMetadataTableConfiguration',
    'DeleteBucketMetricsConfiguration',
    'DeleteBucketReplication',
    'DeleteBucketWebsite',
    'DeleteObjectAnnotation',
    'GetBucketAbac',
    'GetBucketAccelerateConfiguration',
    'GetBucketAnalyticsConfiguration',
    'GetBucketIntelligentTieringConfiguration',
    'GetBucketInventoryConfiguration',
    'GetBucketLifecycleConfiguration',
    'GetBucketLogging',
    'GetBucketMetadataConfiguration',
    'GetBucketMetadataTableConfiguration',
    'GetBucketMetricsConfiguration',
    'GetBucketNotificationConfiguration',
    'GetBucketReplication',
    'GetBucketRequestPayment',
    'GetBucketWebsite',
    'GetObjectAnnotation',
    'GetObjectLegalHold',
    'GetObjectLockConfiguration',
    'GetObjectRetention',
    'GetObjectTorrent',
    'ListBucketAnalyticsConfigurations',
    'ListBucketIntelligentTieringConfigurations',
    'ListBucketInventoryConfigurations',
    'ListBucketMetricsConfigurations',
    'ListDirectoryBuckets',
    'ListObjectAnnotations',
    'PutBucketAbac',
    'PutBucketAccelerateConfiguration',
    'PutBucketAcl',
    'PutBucketAnalyticsConfiguration',
    'PutBucketIntelligentTieringConfiguration',
    'PutBucketInventoryConfiguration',
    'PutBucketLifecycleConfiguration',
    'PutBucketLogging',
    'PutBucketMetricsConfiguration',
    'PutBucketNotificationConfiguration',
    'PutBucketReplication',
    'PutBucketRequestPayment',
    'PutBucketVersioning',
    'PutBucketWebsite',
    'PutObjectAcl',
    'PutObjectAnnotation',
    'PutObjectLegalHold',
    'PutObjectLockConfiguration',
    'PutObjectRetention',
    'RenameObject',
    'RestoreObject',
    'SelectObjectContent',
    'UpdateBucketMetadataAnnotationTableConfiguration',
    'UpdateBucketMetadataInventoryTableConfiguration',
    'UpdateBucketMetadataJournalTableConfiguration',
    'UpdateObjectEncryption',
    'WriteGetObjectResponse',
  ],
  inert: {
    'PutBucketEncryption.ServerSideEncryptionConfiguration': notEncrypted,
    'PutObject.ServerSideEncryption': notEncrypted,
    'PutObject.SSEKMSKeyId': notEncrypted,
    'PutObject.BucketKeyEnabled': notEncrypted,
    'CopyObject.ServerSideEncryption': notEncrypted,
    'CopyObject.SSEKMSKeyId': notEncrypted,
    'CopyObject.BucketKeyEnabled': notEncrypted,
    'CreateMultipartUpload.ServerSideEncryption': notEncrypted,
    'CreateMultipartUpload.SSEKMSKeyId': notEncrypted,
    'CreateMultipartUpload.BucketKeyEnabled': notEncrypted,
    'PutObject.StorageClass': 'Stored and returned; every class is stored alike.',
    'CopyObject.StorageClass': 'Stored and returned; every class is stored alike.',
    'CreateMultipartUpload.StorageClass': 'Stored and returned; every class is stored alike.',
    'PutObject.WebsiteRedirectLocation':
      'Stored and returned; it works on website endpoints only, which are not here yet.',
    'PutPublicAccessBlock.BlockPublicAcls': 'Stored and returned; public ACLs are refused in any case.',
    'PutPublicAccessBlock.IgnorePublicAcls': 'Stored and returned; there are no ACLs to ignore.',
    'PutBucketPolicy.ConfirmRemoveSelfBucketAccess': 'Accepted; the root of the account can always replace a policy.',
    'PutObject.Expires': 'Stored and returned when it is a time; anything else is dropped.',
    '*.RequestPayer': 'Accepted; no bucket has its requesters pay.',
    'ListObjectsV2.OptionalObjectAttributes': 'RestoreStatus is accepted; no object is ever restored from an archive.',
  },
  resources,
  cors,
  // A batch of 1,000 deletions with keys of 1,024 bytes, or the list of 10,000 parts with their checksums.
  maxBodyBytes: 8_000_000,
})
