import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { awsError } from '../../kernel/errors.ts'
import type { EncryptionContext } from './access.ts'

/**
 * What Encrypt answers: which key and material made it, a salt, and AES-256-GCM of the plaintext under a key derived
 * from material and salt, so that no number of messages wears the material out. Head and context are authenticated.
 */
const format = 1
const accountBytes = 6
const uuidBytes = 16
const materialBytes = 32
const saltBytes = 16
const tagBytes = 16
const headBytes = 1 + accountBytes + uuidBytes + materialBytes + saltBytes
const zeroNonce = new Uint8Array(12)

export interface Head {
  readonly account: string
  readonly keyId: string
  readonly materialId: string
}

export function encrypt(
  material: Uint8Array,
  head: Head,
  plaintext: Uint8Array,
  context: EncryptionContext,
): Uint8Array {
  const salt = randomBytes(saltBytes)
  const account = Buffer.alloc(accountBytes)
  account.writeUIntBE(Number(head.account), 0, accountBytes)
  const start = Buffer.concat([
    Buffer.from([format]),
    account,
    Buffer.from(head.keyId.replaceAll('-', ''), 'hex'),
    Buffer.from(head.materialId, 'hex'),
    salt,
  ])
  const cipher = createCipheriv('aes-256-gcm', messageKey(material, salt), zeroNonce)
  cipher.setAAD(Buffer.concat([start, canonical(context)]))
  return new Uint8Array(Buffer.concat([start, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]))
}

/** Which key a ciphertext is of. Throws InvalidCiphertextException for what is no ciphertext of ours. */
export function readHead(blob: Uint8Array): Head {
  if (blob[0] !== format || blob.length < headBytes + tagBytes) throw invalidCiphertext()
  const bytes = Buffer.from(blob)
  const at = 1 + accountBytes
  const uuid = bytes.subarray(at, at + uuidBytes).toString('hex')
  return {
    account: String(bytes.readUIntBE(1, accountBytes)).padStart(12, '0'),
    keyId: uuid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    materialId: bytes.subarray(at + uuidBytes, at + uuidBytes + materialBytes).toString('hex'),
  }
}

/** Throws InvalidCiphertextException when ciphertext or context are not those that were encrypted. */
export function decrypt(material: Uint8Array, blob: Uint8Array, context: EncryptionContext): Uint8Array {
  const start = blob.subarray(0, headBytes)
  const decipher = createDecipheriv('aes-256-gcm', messageKey(material, start.subarray(-saltBytes)), zeroNonce)
  decipher.setAAD(Buffer.concat([start, canonical(context)]))
  decipher.setAuthTag(blob.subarray(-tagBytes))
  try {
    return new Uint8Array(Buffer.concat([decipher.update(blob.subarray(headBytes, -tagBytes)), decipher.final()]))
  } catch {
    throw invalidCiphertext()
  }
}

export function invalidCiphertext(): Error {
  return awsError(
    'InvalidCiphertextException',
    'The ciphertext is not one of this Region, was changed, or was made with another encryption context.',
  )
}

/** The same for the same pairs in any order. */
function canonical(context: EncryptionContext): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))))
}

function messageKey(material: Uint8Array, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', material, salt, 'landfall kms message', 32))
}
