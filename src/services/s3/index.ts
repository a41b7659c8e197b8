import { defineService } from '../../kernel/service.ts'
import { logAnswered } from './access-log.ts'
import { acls } from './acls.ts'
import type { Api } from './api.ts'
import { archive } from './archive.ts'
import { bucketConfigurations } from './bucket-configurations.ts'
import { bucketFeatures } from './bucket-features.ts'
import { bucketPolicy } from './bucket-policy.ts'
import { bucketSettings } from './bucket-settings.ts'
import { bucketTagging } from './bucket-tagging.ts'
import { buckets } from './buckets.ts'
import { completeUpload } from './complete-upload.ts'
import { copyObject } from './copy-object.ts'
import { bucketCors, cors } from './cors.ts'
import { deleteObject } from './delete-object.ts'
import { entrance } from './entrance.ts'
import { excluded } from './excluded.ts'
import { getObject } from './get-object.ts'
import { inventory } from './inventory.ts'
import { jobs } from './jobs.ts'
import { lifecycle } from './lifecycle.ts'
import { listObjects } from './list-objects.ts'
import { listVersions } from './list-versions.ts'
import model from './model.json' with { type: 'json' }
import { multipart } from './multipart.ts'
import { notifications } from './notifications.ts'
import { objectAttributes } from './object-attributes.ts'
import { objectEncryption } from './object-encryption.ts'
import { objectLock } from './object-lock.ts'
import { objectTagging } from './object-tagging.ts'
import { parts } from './parts.ts'
import { putObject } from './put-object.ts'
import { replication } from './replication.ts'
import { resources } from './resources.ts'
import { versioning } from './versioning.ts'
import { bucketWebsite } from './website.ts'

const notEncrypted =
  'Stored and returned; the data folder is as encrypted as its disk, and no permission on a KMS key is asked for.'

/** Simple Storage Service: buckets and their objects. */
export const service = defineService<Api>()({
  id: 's3',
  model,
  operations: {
    ...buckets,
    ...bucketSettings,
    ...bucketTagging,
    ...versioning,
    ...acls,
    ...lifecycle,
    ...replication,
    ...notifications,
    ...objectLock,
    ...bucketWebsite,
    ...bucketFeatures,
    ...bucketConfigurations,
    ...inventory,
    ...bucketPolicy,
    ...bucketCors,
    ...putObject,
    ...getObject,
    ...archive,
    ...deleteObject,
    ...copyObject,
    ...listObjects,
    ...listVersions,
    ...multipart,
    ...parts,
    ...completeUpload,
    ...objectAttributes,
    ...objectTagging,
    ...objectEncryption,
  },
  planned: [],
  excluded,
  inert: {
    'PutBucketEncryption.ServerSideEncryptionConfiguration': notEncrypted,
    'UpdateObjectEncryption.ObjectEncryption': notEncrypted,
    'PutObject.ServerSideEncryption': notEncrypted,
    'PutObject.SSEKMSKeyId': notEncrypted,
    'PutObject.BucketKeyEnabled': notEncrypted,
    'CopyObject.ServerSideEncryption': notEncrypted,
    'CopyObject.SSEKMSKeyId': notEncrypted,
    'CopyObject.BucketKeyEnabled': notEncrypted,
    'CreateMultipartUpload.ServerSideEncryption': notEncrypted,
    'CreateMultipartUpload.SSEKMSKeyId': notEncrypted,
    'CreateMultipartUpload.BucketKeyEnabled': notEncrypted,
    'PutObject.StorageClass': 'Returned; archived objects have to be restored, all else is stored alike.',
    'CopyObject.StorageClass': 'Returned; archived objects have to be restored, all else is stored alike.',
    'CreateMultipartUpload.StorageClass': 'Returned; archived objects have to be restored, all else is stored alike.',
    'PutBucketPolicy.ConfirmRemoveSelfBucketAccess': 'Accepted; the root of the account can always replace a policy.',
    'PutObject.Expires': 'Stored and returned when it is a time; anything else is dropped.',
    'PutBucketMetricsConfiguration.MetricsConfiguration': 'Stored and returned; requests to buckets are not measured.',
    'PutBucketAnalyticsConfiguration.AnalyticsConfiguration':
      'Stored and returned; how objects are used is not analysed.',
    'PutBucketIntelligentTieringConfiguration.IntelligentTieringConfiguration':
      'Stored and returned; objects of every class are read at once.',
    'PutBucketReplication.ReplicationConfiguration.Rules.Destination.Metrics':
      'Stored and returned; replications are not measured.',
    'PutBucketReplication.ReplicationConfiguration.Rules.Destination.ReplicationTime':
      'Stored and returned; objects are replicated at once, and none is told to be late.',
    'PutBucketReplication.ReplicationConfiguration.Rules.Destination.EncryptionConfiguration':
      'The replica is said to be encrypted with it; no bytes are, and no permission on a KMS key is asked for.',
    'PutBucketAccelerateConfiguration.AccelerateConfiguration': 'Stored and returned; there is one endpoint.',
    '*.RequestPayer':
      'Asked for where a bucket has its requesters pay; nobody is billed, and nobody told RequestCharged.',
    'ListObjectsV2.OptionalObjectAttributes': 'RestoreStatus is accepted and not told: HeadObject tells it.',
  },
  resources,
  jobs,
  answered: logAnswered,
  cors,
  entrance,
  entranceStreams: true,
  // A batch of 1,000 deletions with keys of 1,024 bytes, or the list of 10,000 parts with their checksums.
  maxBodyBytes: 8_000_000,
})
