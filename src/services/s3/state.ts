import type { BlobRef } from '../../kernel/blobs.ts'
import { keyspace } from '../../store/keyspace.ts'
import type { Acl, Ownership } from './acl.ts'
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts'
import type { KeyCheck } from './customer-key.ts'
import type { Lifecycle } from './lifecycle-rules.ts'
import type { Notification } from './notification-config.ts'
import type { Replicated, Replication } from './replication-rules.ts'
import type { DefaultRetention, Retention } from './retention.ts'
import type { Website } from './website-config.ts'

export type Tags = Readonly<Record<string, string>>

/** Where a bucket is: names are unique over all accounts and regions. */
export interface BucketPlace {
  readonly account: string
  readonly region: string
}

export interface Bucket extends BucketPlace {
  readonly name: string
  readonly createdAtMs: number
  readonly tags?: Tags | undefined
  /** Policies may ask about its tags. */
  readonly abac?: true | undefined
  /** JSON text, as it was given. */
  readonly policy?: string | undefined
  readonly publicAccessBlock?: PublicAccessBlock | undefined
  readonly encryption: Encryption
  /** Absent once the ownership controls were deleted: then as with ObjectWriter. */
  readonly ownership?: Ownership | undefined
  /** Absent: nobody but the owner. */
  readonly acl?: Acl | undefined
  readonly cors?: readonly CorsRule[] | undefined
  /** Absent: never set; once set it can be suspended but not unset. */
  readonly versioning?: 'Enabled' | 'Suspended' | undefined
  readonly website?: Website | undefined
  readonly lifecycle?: Lifecycle | undefined
  readonly notifications?: readonly Notification[] | undefined
  /** Present where the default event bus is told of all that happens to its objects. */
  readonly eventBridge?: true | undefined
  /** Where its new objects are copied to. */
  readonly replication?: Replication | undefined
  /** Where its requests are logged. */
  readonly logging?: Logging | undefined
  /** Absent: never set. */
  readonly acceleration?: 'Enabled' | 'Suspended' | undefined
  /** Requests of other accounts must say that they pay. */
  readonly requesterPays?: true | undefined
  /** Present where objects can be locked, which is for good. */
  readonly objectLock?: { readonly default?: DefaultRetention | undefined } | undefined
}

export interface Logging {
  /** A bucket of the same account and region. */
  readonly target: string
  readonly prefix: string
  /** By which time objects are filed in folders; absent: all under the prefix. */
  readonly partitionedBy?: 'EventTime' | 'DeliveryTime' | undefined
}

export interface PublicAccessBlock {
  readonly blockPublicAcls: boolean
  readonly ignorePublicAcls: boolean
  readonly blockPublicPolicy: boolean
  readonly restrictPublicBuckets: boolean
}

/** What is claimed of stored bytes. Nothing here encrypts: see `inert` in index.ts. */
export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms'
  readonly kmsKeyId?: string | undefined
  readonly bucketKey?: boolean | undefined
}

export interface CorsRule {
  readonly id?: string | undefined
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  readonly headers: readonly string[]
  readonly expose: readonly string[]
  readonly maxAgeSec?: number | undefined
}

/** What the client said of an object besides its bytes; returned as given. */
export interface Description {
  readonly contentType?: string | undefined
  readonly cacheControl?: string | undefined
  readonly contentDisposition?: string | undefined
  readonly contentEncoding?: string | undefined
  readonly contentLanguage?: string | undefined
  readonly expiresAtMs?: number | undefined
  readonly websiteRedirect?: string | undefined
  readonly metadata: Readonly<Record<string, string>>
}

/** Objects of the last two are read after they were restored (archive.ts); the others differ in name only. */
export type StorageClass =
  | 'STANDARD'
  | 'STANDARD_IA'
  | 'ONEZONE_IA'
  | 'INTELLIGENT_TIERING'
  | 'GLACIER_IR'
  | 'GLACIER'
  | 'DEEP_ARCHIVE'
  | 'REDUCED_REDUNDANCY'

/** A stored body. Without `id` its bytes are in the `inline` record beside it, so that lists don't read them. */
export type StoredBody = Pick<BlobRef, 'id' | 'sizeBytes'>

/** One version of a key that has a body. */
export interface StoredObject {
  /** `null` for what was written while versioning was not enabled. */
  readonly versionId: string
  /** Where the `null` version stands among the others (versions.ts); other versions stand where their id says. */
  readonly order?: string | undefined
  /** Hexadecimal MD5 without quotes; `…-N` for a multipart object. */
  readonly etag: string
  readonly sizeBytes: number
  /** Whole seconds. */
  readonly modifiedAtMs: number
  readonly body: StoredBody
  readonly description: Description
  readonly storageClass: StorageClass
  readonly encryption: Encryption
  readonly tags?: Tags | undefined
  readonly checksum?: Checksum | undefined
  /** For a multipart object: how many parts, and the upload that made it. */
  readonly partsCount?: number | undefined
  readonly uploadId?: string | undefined
  /** Encrypted with a customer's key; without `iv` each part has its own, in `objectParts`. */
  readonly sealed?: { readonly check: KeyCheck; readonly iv?: string | undefined } | undefined
  readonly retention?: Retention | undefined
  readonly legalHold?: boolean | undefined
  /** Absent: no rule of replication was about it. */
  readonly replicated?: Replicated | undefined
  /** From when to when an archived object can be read. */
  readonly restore?: { readonly readyAtMs: number; readonly expiresAtMs: number } | undefined
  /** Absent: nobody but the owner. */
  readonly acl?: Acl | undefined
  /** The account that owns it, where that is not the bucket's. */
  readonly owner?: string | undefined
}

/** A version that says the key was deleted. */
export interface DeleteMarker {
  readonly deleteMarker: true
  readonly versionId: string
  readonly order?: string | undefined
  /** Whole seconds. */
  readonly modifiedAtMs: number
}

export type Version = StoredObject | DeleteMarker

/** The parts a multipart object was made of, in order. */
export interface ObjectParts {
  readonly numbers: readonly number[]
  readonly sizes: readonly number[]
  /** Base64, of the object's algorithm. */
  readonly checksums: readonly string[]
  /** Of parts encrypted with a customer's key. */
  readonly ivs?: readonly string[] | undefined
}

/** Configurations that a bucket has many of, as the API gives and tells them. */
export type ConfigurationFilter =
  | { Prefix: string }
  | { Tag: { Key: string; Value: string } }
  | { And: { Prefix?: string; Tags?: { Key: string; Value: string }[] } }
export interface MetricsConfiguration {
  Id: string
  Filter?: ConfigurationFilter
}
export interface AnalyticsConfiguration extends MetricsConfiguration {
  StorageClassAnalysis: object
}
export interface TieringConfiguration extends MetricsConfiguration {
  Status: 'Enabled' | 'Disabled'
  Tierings: { Days: number; AccessTier: 'ARCHIVE_ACCESS' | 'DEEP_ARCHIVE_ACCESS' }[]
}

export type InventoryField =
  | 'Size'
  | 'LastModifiedDate'
  | 'ETag'
  | 'StorageClass'
  | 'IsMultipartUploaded'
  | 'ReplicationStatus'
  | 'EncryptionStatus'
  | 'ObjectLockRetainUntilDate'
  | 'ObjectLockMode'
  | 'ObjectLockLegalHoldStatus'
  | 'IntelligentTieringAccessTier'
  | 'BucketKeyStatus'
  | 'ChecksumAlgorithm'
  | 'ObjectAccessControlList'
  | 'ObjectOwner'
  | 'LifecycleExpirationDate'
export interface InventoryConfiguration {
  Id: string
  IsEnabled: boolean
  IncludedObjectVersions: 'All' | 'Current'
  Schedule: { Frequency: 'Daily' | 'Weekly' }
  Filter?: { Prefix: string }
  OptionalFields?: InventoryField[]
  Destination: {
    S3BucketDestination: {
      Bucket: string
      Format: 'CSV'
      Prefix?: string
      AccountId?: string
      Encryption?: { SSES3?: object; SSEKMS?: { KeyId: string } }
    }
  }
}

export interface Upload {
  readonly initiatedAtMs: number
  readonly initiatorArn: string
  readonly description: Description
  readonly storageClass: StorageClass
  readonly encryption: Encryption
  readonly tags?: Tags | undefined
  readonly sealed?: KeyCheck | undefined
  readonly retention?: Retention | undefined
  readonly legalHold?: boolean | undefined
  readonly acl?: Acl | undefined
  readonly owner?: string | undefined
  /** `chosen` by the client; else the default, which parts need not keep to. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType; readonly chosen: boolean }
}

export interface Part {
  readonly etag: string
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  readonly body: BlobRef
  /** When the upload is encrypted with a customer's key. */
  readonly iv?: string | undefined
  /** Base64, of the upload's algorithm. */
  readonly checksum: string
  /** What the client verified the part with, when that was another algorithm. */
  readonly claimed?: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined
}

const s3 = keyspace('s3')

export const bucketPlace = keyspace('s3', { scope: 'global' }).record<BucketPlace, [name: string]>('place', {
  shared: true,
})
/** By account alone, so that ListBuckets reads one span for all regions. */
export const bucket = keyspace('s3', { scope: 'account' }).record<Bucket, [name: string]>('bucket', {
  shared: true,
})

/**
 * The latest versions that are not delete markers, so that reading and listing them is as quick with versioning as
 * without. In the bucket's account and region. Keys sort by their UTF-8 bytes, which is S3's order.
 */
export const object = s3.record<StoredObject, [bucket: string, key: string]>('object', { shared: true })
/** All other versions of a key, newest first; a delete marker among them is the latest when `object` is absent. */
export const version = s3.record<Version, [bucket: string, key: string, order: string]>('version')
/** Where a key's `null` version stands in `version`, when it does. */
export const nullVersion = s3.record<string, [bucket: string, key: string]>('nullVersion')
export const inline = s3.record<Uint8Array, [bucket: string, key: string, versionId: string]>('inline')
export const objectParts = s3.record<ObjectParts, [bucket: string, key: string, versionId: string]>('objectParts')

export const metricsConfiguration = s3.record<MetricsConfiguration, [bucket: string, id: string]>('metrics')
export const analyticsConfiguration = s3.record<AnalyticsConfiguration, [bucket: string, id: string]>('analytics')
export const tieringConfiguration = s3.record<TieringConfiguration, [bucket: string, id: string]>('tiering')
export const inventoryConfiguration = s3.record<InventoryConfiguration, [bucket: string, id: string]>('inventory')

/** Lines about requests to a bucket that logs, in order, until they are delivered. */
export const logLine = s3.record<{ atMs: number; text: string }, [bucket: string, position: Uint8Array]>('access-log')

/** Upload ids begin with the time, so that uploads of one key list oldest first. */
export const upload = s3.record<Upload, [bucket: string, key: string, uploadId: string]>('upload')
export const part = s3.record<Part, [bucket: string, uploadId: string, number: number]>('part')
