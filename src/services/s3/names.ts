import { createHash } from 'node:crypto'
import { awsError } from '../../kernel/errors.ts'

/** Of a name that anything may have: longer ones are nobody's, and do not fit a key of the store. */
export const maxBucketNameLength = 63

/**
 * Refuses what is not a bucket name.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function checkBucketName(name: string): void {
  const reason = badBucketName(name)
  if (reason)
    throw awsError('InvalidBucketName', `The specified bucket is not valid: ${reason}.`, {
      status: 400,
      members: { BucketName: name },
    })
}

function badBucketName(name: string): string | undefined {
  if (name.length < 3 || name.length > maxBucketNameLength) return 'a name has 3 to 63 characters'
  if (!/^[a-z0-9.-]+$/.test(name)) return 'a name has lower-case letters, digits, dots and hyphens only'
  if (!/^[a-z0-9].*[a-z0-9]$/.test(name)) return 'a name begins and ends with a letter or digit'
  if (name.includes('..')) return 'a name has no two dots side by side'
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return 'a name must not look like an IP address'
  const prefix = ['xn--', 'sthree-', 'amzn-s3-demo-'].find((reserved) => name.startsWith(reserved))
  if (prefix) return `names that begin with ${prefix} are reserved`
  const suffix = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'].find((reserved) => name.endsWith(reserved))
  if (suffix) return `names that end with ${suffix} are reserved`
  return undefined
}

const maxKeyBytes = 1024
/** What fits a key of the store beside the bucket's name: a NUL takes two bytes there. */
const maxStoredKeyBytes = 1536

/** Refuses a key of more than 1,024 bytes of UTF-8. */
export function checkKey(key: string): void {
  const sizeBytes = Buffer.byteLength(key)
  if (sizeBytes > maxKeyBytes || sizeBytes + key.split('\0').length - 1 > maxStoredKeyBytes) {
    throw awsError('KeyTooLongError', `Your key is too long: it has ${sizeBytes} bytes, and may have ${maxKeyBytes}.`, {
      status: 400,
      members: { Size: sizeBytes, MaxSizeAllowed: maxKeyBytes },
    })
  }
}

/** The canonical user id of an account: 64 hexadecimal digits that stay the same. */
export function canonicalUserId(account: string): string {
  return createHash('sha256').update(`canonical-user-id:${account}`).digest('hex')
}
