import { aclMembers, ownerOf } from './acl.ts'
import { expirationOf } from './lifecycle-rules.ts'
import { keyEncoder } from './listing.ts'
import { canonicalUserId } from './names.ts'
import { replicationMember } from './replication-rules.ts'
import type { Bucket, InventoryConfiguration, InventoryField, StoredObject, Version } from './state.ts'
import { isDeleteMarker } from './versions.ts'

/** A version as it is listed. */
export interface InventoryRow {
  readonly key: string
  readonly value: Version
  readonly isLatest: boolean
}

type Column<V> = (value: V, row: InventoryRow, bucket: Bucket) => string | number | boolean | undefined

/** Of all versions, delete markers too. */
const versionColumns: Readonly<Record<string, Column<Version>>> = {
  // A version that is called null has no id here.
  VersionId: ({ versionId }) => (versionId === 'null' ? undefined : versionId),
  IsLatest: (_value, { isLatest }) => isLatest,
  IsDeleteMarker: (value) => isDeleteMarker(value),
}

/** What is asked for besides, in the order of the columns. A delete marker has its time only. */
const columns: Readonly<Record<InventoryField, Column<StoredObject>>> = {
  Size: ({ sizeBytes }) => sizeBytes,
  LastModifiedDate: (value) => timeOf(value),
  ETag: ({ etag }) => etag,
  StorageClass: ({ storageClass }) => storageClass,
  IsMultipartUploaded: ({ partsCount }) => partsCount !== undefined,
  ReplicationStatus: (value) => replicationMember(value).ReplicationStatus,
  EncryptionStatus: ({ sealed, encryption }) =>
    sealed ? 'SSE-C' : encryption.algorithm === 'aws:kms' ? 'SSE-KMS' : 'SSE-S3',
  ObjectLockRetainUntilDate: ({ retention }) => retention && new Date(retention.untilMs).toISOString(),
  ObjectLockMode: ({ retention }) => retention?.mode,
  ObjectLockLegalHoldStatus: ({ legalHold }, _row, { objectLock }) => objectLock && (legalHold ? 'ON' : 'OFF'),
  // Whatever is in this class can be read at once.
  IntelligentTieringAccessTier: ({ storageClass }) => (storageClass === 'INTELLIGENT_TIERING' ? 'FREQUENT' : undefined),
  BucketKeyStatus: ({ encryption }) => (encryption.bucketKey ? 'ENABLED' : 'DISABLED'),
  ChecksumAlgorithm: ({ checksum }) => checksum?.algorithm,
  ObjectAccessControlList: (value, _row, bucket) => grantsOf(value, bucket),
  ObjectOwner: (value, _row, bucket) => canonicalUserId(ownerOf(bucket, value)),
  LifecycleExpirationDate: (value, { key, isLatest }, { lifecycle }) => {
    const found = isLatest ? expirationOf(lifecycle, key, value) : undefined
    return found && new Date(found.atMs).toISOString()
  },
}

export const inventoryFields = Object.keys(columns) as InventoryField[]

/** The names of the columns, as a manifest has them. */
export function inventorySchema({ IncludedObjectVersions, OptionalFields = [] }: InventoryConfiguration): string {
  const ofVersions = IncludedObjectVersions === 'All' ? Object.keys(versionColumns) : []
  const asked = inventoryFields.filter((field) => OptionalFields.includes(field))
  return ['Bucket', 'Key', ...ofVersions, ...asked].join(', ')
}

const encodeKey = keyEncoder('url')

/**
 * The line of a version, with its end.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html#storage-inventory-contents
 */
export function inventoryLine(
  row: InventoryRow,
  bucket: Bucket,
  { IncludedObjectVersions, OptionalFields = [] }: InventoryConfiguration,
): string {
  const { key, value } = row
  const ofVersions = IncludedObjectVersions === 'All' ? Object.values(versionColumns) : []
  const asked = inventoryFields.filter((field) => OptionalFields.includes(field))
  const cells = [
    bucket.name,
    encodeKey(key),
    ...ofVersions.map((column) => column(value, row, bucket)),
    ...asked.map((field) => {
      if (!isDeleteMarker(value)) return columns[field](value, row, bucket)
      return field === 'LastModifiedDate' ? timeOf(value) : undefined
    }),
  ]
  return `${cells.map((cell) => `"${String(cell ?? '').replaceAll('"', '""')}"`).join(',')}\n`
}

function timeOf({ modifiedAtMs }: Version): string {
  return new Date(modifiedAtMs).toISOString()
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/objectacl.html */
function grantsOf(value: StoredObject, bucket: Bucket): string {
  const acl = bucket.ownership === 'BucketOwnerEnforced' ? undefined : value.acl
  const grants = aclMembers(ownerOf(bucket, value), acl).Grants.map(({ Grantee, Permission }) => ({
    ...('ID' in Grantee ? { canonicalId: Grantee.ID } : { uri: Grantee.URI }),
    ...{ type: Grantee.Type, permission: Permission },
  }))
  return Buffer.from(JSON.stringify({ version: '2022-11-10', status: 'AVAILABLE', grants })).toString('base64')
}
