import { constants, createDecipheriv, createPrivateKey, privateDecrypt } from 'node:crypto'
import { awsError } from '../../kernel/errors.ts'
import type { Sealing } from '../../kernel/sealing.ts'
import { keyArn } from './find.ts'
import type { Located } from './state.ts'

const purpose = 'kms import token'
/** RFC 5649, 3. */
const wrapPadIv = Buffer.from('a65959a6', 'hex')

/** What an import token holds: the private half of the wrapping key, until when it is good, and how it wraps. */
export interface ImportToken {
  /** PKCS 8, base64. */
  readonly privateKey: string
  readonly algorithm: string
  readonly validToMs: number
}

/** A token that opens on every node, for this key only. */
export function sealToken(sealing: Sealing, { key, scope }: Located, token: ImportToken): Uint8Array {
  return sealing.seal(purpose, Buffer.from(JSON.stringify(token)), keyArn(scope, key.id))
}

/** Throws InvalidImportTokenException, ExpiredImportTokenException. */
export function openToken(sealing: Sealing, { key, scope }: Located, sealed: Uint8Array, nowMs: number): ImportToken {
  const opened = sealing.unseal(purpose, sealed, keyArn(scope, key.id))
  if (!opened) throw awsError('InvalidImportTokenException', 'The import token is not one of this key.')
  const token = JSON.parse(Buffer.from(opened).toString()) as ImportToken
  if (token.validToMs <= nowMs)
    throw awsError('ExpiredImportTokenException', 'The import token has expired. Get new parameters for the import.')
  return token
}

/**
 * The key material that was wrapped. Throws InvalidCiphertextException.
 * https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-encrypt-key-material.html
 */
export function unwrap({ privateKey, algorithm }: ImportToken, wrapped: Uint8Array): Uint8Array {
  const key = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' })
  const oaep = (bytes: Uint8Array) =>
    privateDecrypt(
      { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256' },
      bytes,
    )
  try {
    if (!algorithm.startsWith('RSA_AES_KEY_WRAP')) return new Uint8Array(oaep(wrapped))
    const modulusBytes = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8
    const decipher = createDecipheriv('id-aes256-wrap-pad', oaep(wrapped.subarray(0, modulusBytes)), wrapPadIv)
    return new Uint8Array(Buffer.concat([decipher.update(wrapped.subarray(modulusBytes)), decipher.final()]))
  } catch (cause) {
    throw awsError('InvalidCiphertextException', 'EncryptedKeyMaterial is not wrapped as its import token says.', {
      cause,
    })
  }
}
