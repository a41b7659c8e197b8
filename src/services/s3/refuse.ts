import { type AwsError, awsError } from '../../kernel/errors.ts'

/** Throws NotImplemented, naming it, when one of these members is present. The values are the names on the wire. */
export function refuse<I extends object>(input: I, names: { readonly [K in keyof I]?: string }): void {
  for (const member in names) {
    if (input[member] !== undefined) throw notImplemented(String(names[member]))
  }
}

/** The error S3 has for a header that implies something it does not do. */
export function notImplemented(name: string, hint = 'Leave it out.'): AwsError {
  return awsError('NotImplemented', `${name} implies functionality that is not implemented here. ${hint}`, {
    status: 501,
    members: { Header: name },
  })
}

export function invalidArgument(name: string, value: unknown, message: string): AwsError {
  return awsError('InvalidArgument', message, {
    status: 400,
    members: { ArgumentName: name, ArgumentValue: String(value) },
  })
}

/** Encryption with a key that the client holds. */
export const customerKeys = {
  SSECustomerAlgorithm: 'x-amz-server-side-encryption-customer-algorithm',
  SSECustomerKey: 'x-amz-server-side-encryption-customer-key',
  SSECustomerKeyMD5: 'x-amz-server-side-encryption-customer-key-MD5',
} as const

export const copySourceCustomerKeys = {
  CopySourceSSECustomerAlgorithm: 'x-amz-copy-source-server-side-encryption-customer-algorithm',
  CopySourceSSECustomerKey: 'x-amz-copy-source-server-side-encryption-customer-key',
  CopySourceSSECustomerKeyMD5: 'x-amz-copy-source-server-side-encryption-customer-key-MD5',
} as const

export const otherChecksums = {
  ChecksumXXHASH64: 'x-amz-checksum-xxhash64',
  ChecksumXXHASH3: 'x-amz-checksum-xxhash3',
  ChecksumXXHASH128: 'x-amz-checksum-xxhash128',
} as const

interface ObjectLock {
  ObjectLockMode?: unknown
  ObjectLockRetainUntilDate?: unknown
  ObjectLockLegalHoldStatus?: unknown
  ObjectLockEventHold?: unknown
  ObjectLockEventHoldDurationDays?: unknown
  ObjectLockEventHoldDurationYears?: unknown
}

/** No bucket here has object lock, so S3's answer for such a bucket is the true one. */
export function refuseObjectLock(input: ObjectLock): void {
  const { ObjectLockMode, ObjectLockRetainUntilDate, ObjectLockLegalHoldStatus } = input
  const { ObjectLockEventHold, ObjectLockEventHoldDurationDays, ObjectLockEventHoldDurationYears } = input
  const given =
    ObjectLockMode ??
    ObjectLockRetainUntilDate ??
    ObjectLockLegalHoldStatus ??
    ObjectLockEventHold ??
    ObjectLockEventHoldDurationDays ??
    ObjectLockEventHoldDurationYears
  if (given !== undefined) {
    throw awsError(
      'InvalidRequest',
      'Bucket is missing Object Lock Configuration. Leave out the x-amz-object-lock headers.',
      { status: 400 },
    )
  }
}

interface Acl {
  ACL?: string
  GrantFullControl?: unknown
  GrantRead?: unknown
  GrantReadACP?: unknown
  GrantWrite?: unknown
  GrantWriteACP?: unknown
}

/**
 * Every bucket has its owner own all objects, so that access is by policy alone; the two ACLs that say just that pass.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
 */
export function refuseAcl(input: Acl): void {
  const { ACL, GrantFullControl, GrantRead, GrantReadACP, GrantWrite, GrantWriteACP } = input
  const granted = GrantFullControl ?? GrantRead ?? GrantReadACP ?? GrantWrite ?? GrantWriteACP
  if ((ACL === undefined || ACL === 'private' || ACL === 'bucket-owner-full-control') && granted === undefined) return
  throw awsError(
    'AccessControlListNotSupported',
    'The bucket does not allow ACLs. Use a bucket policy, or the ACL private or bucket-owner-full-control.',
    {
      status: 400,
    },
  )
}

/** The only version here is `null`. */
export function checkVersionId(versionId: string | undefined): void {
  if (versionId !== undefined && versionId !== 'null') {
    throw invalidArgument(
      'versionId',
      versionId,
      'Invalid version id specified: this bucket was never versioned, so its only version is null.',
    )
  }
}
