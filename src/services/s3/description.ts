import { awsError } from '../../kernel/errors.ts'
import { type CustomerKey, customerKeyMembers } from './customer-key.ts'
import { notImplemented } from './refuse.ts'
import type { Bucket, Description, Encryption, StorageClass } from './state.ts'

const storageClasses: readonly StorageClass[] = [
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
  'REDUCED_REDUNDANCY',
]

const maxMetadataBytes = 2048

export interface DescriptionInput {
  ContentType?: string
  CacheControl?: string
  ContentDisposition?: string
  ContentEncoding?: string
  ContentLanguage?: string
  Expires?: Date
  WebsiteRedirectLocation?: string
  Metadata?: Record<string, string>
}

/** What the client says of an object, checked. */
export function describeObject(input: DescriptionInput): Description {
  const metadata: Record<string, string> = {}
  for (const [name, value] of Object.entries(input.Metadata ?? {})) metadata[name] = fromUtf8(value)
  let sizeBytes = 0
  for (const [name, value] of Object.entries(metadata)) sizeBytes += Buffer.byteLength(name) + Buffer.byteLength(value)
  if (sizeBytes > maxMetadataBytes) {
    throw awsError('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
      status: 400,
      members: { Size: sizeBytes, MaxSizeAllowed: maxMetadataBytes },
    })
  }
  const redirect = input.WebsiteRedirectLocation
  if (redirect !== undefined && !/^(?:\/|https?:\/\/)/.test(redirect)) {
    throw awsError(
      'InvalidRedirectLocation',
      "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
      { status: 400 },
    )
  }
  // aws-chunked says how the request came, not what the object is.
  const encoding = input.ContentEncoding?.split(',')
    .map((token) => token.trim())
    .filter((token) => token !== 'aws-chunked' && token !== '')
    .join(',')
  return {
    contentType: input.ContentType ?? 'binary/octet-stream',
    ...(input.CacheControl !== undefined && { cacheControl: input.CacheControl }),
    ...(input.ContentDisposition !== undefined && { contentDisposition: fromUtf8(input.ContentDisposition) }),
    ...(encoding && { contentEncoding: encoding }),
    ...(input.ContentLanguage !== undefined && { contentLanguage: input.ContentLanguage }),
    ...(input.Expires !== undefined && { expiresAtMs: input.Expires.getTime() }),
    ...(redirect !== undefined && { websiteRedirect: redirect }),
    metadata,
  }
}

/** A header's bytes arrive as Latin letters; where they are UTF-8 they are read as such. */
function fromUtf8(header: string): string {
  if (!/[\x80-\xff]/.test(header) || /[^\0-\xff]/.test(header)) return header
  const text = Buffer.from(header, 'latin1').toString('utf8')
  return text.includes('\ufffd') ? header : text
}

/** Refuses classes that need a restore before reading, and names that are none. */
export function storageClassOf(name: string | undefined): StorageClass {
  const found = storageClasses.find((known) => known === (name ?? 'STANDARD'))
  if (found) return found
  if (/^(?:OUTPOSTS|SNOW|EXPRESS_ONEZONE|FSX_|AWS_BACKUP_)/.test(name ?? '')) {
    throw notImplemented(`x-amz-storage-class ${name}`, `Use one of ${storageClasses.join(', ')}.`)
  }
  throw awsError('InvalidStorageClass', 'The storage class you specified is not valid', {
    status: 400,
    members: { StorageClassRequested: name },
  })
}

export interface EncryptionInput {
  SSECustomerAlgorithm?: string
  ServerSideEncryption?: string
  SSEKMSKeyId?: string
  SSEKMSEncryptionContext?: string
  BucketKeyEnabled?: boolean
}

/** What an object is said to be encrypted with: what the request asks for, else the bucket's default. */
export function encryptionOf(input: EncryptionInput, bucket: Bucket): Encryption {
  if (input.SSEKMSEncryptionContext !== undefined) throw notImplemented('x-amz-server-side-encryption-context')
  const algorithm = input.ServerSideEncryption
  if (input.SSECustomerAlgorithm !== undefined && algorithm !== undefined) {
    throw awsError(
      'InvalidArgument',
      'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
      {
        status: 400,
      },
    )
  }
  if (algorithm === undefined) {
    if (input.SSEKMSKeyId !== undefined) {
      throw awsError('InvalidArgument', 'A KMS key id needs x-amz-server-side-encryption: aws:kms.', { status: 400 })
    }
    return bucket.encryption
  }
  if (algorithm === 'AES256') {
    if (input.SSEKMSKeyId !== undefined) {
      throw awsError('InvalidArgument', 'Server Side Encryption with AES256 takes no KMS key id.', { status: 400 })
    }
    return { algorithm }
  }
  if (algorithm !== 'aws:kms')
    throw notImplemented(`x-amz-server-side-encryption ${algorithm}`, 'Use AES256 or aws:kms.')
  return {
    algorithm,
    ...(input.SSEKMSKeyId !== undefined && { kmsKeyId: input.SSEKMSKeyId }),
    ...(input.BucketKeyEnabled !== undefined && { bucketKey: input.BucketKeyEnabled }),
  }
}

/** The members that answers tell encryption with. */
export function encryptionMembers(
  encryption: Encryption,
  customer?: CustomerKey,
): {
  ServerSideEncryption?: 'AES256' | 'aws:kms'
  SSEKMSKeyId?: string
  BucketKeyEnabled?: boolean
  SSECustomerAlgorithm?: string
  SSECustomerKeyMD5?: string
} {
  if (customer) return customerKeyMembers(customer)
  return {
    ServerSideEncryption: encryption.algorithm,
    ...(encryption.kmsKeyId !== undefined && { SSEKMSKeyId: encryption.kmsKeyId }),
    ...(encryption.bucketKey && { BucketKeyEnabled: true }),
  }
}
