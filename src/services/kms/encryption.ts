import { constants, createPrivateKey, createPublicKey, privateDecrypt, publicEncrypt } from 'node:crypto'
import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { asking, askingOf, type EncryptionContext } from './access.ts'
import type { Api } from './api.ts'
import { decrypt, encrypt, invalidCiphertext, readHead } from './ciphertext.ts'
import { keyArn, locate, lookUp } from './find.ts'
import { openMaterial } from './material.ts'
import { specOf } from './specs.ts'
import { type Located, material } from './state.ts'
import { checkUsable, endDryRun, refuseRecipient } from './usable.ts'
import { noteUse } from './use.ts'

/** Encryption and decryption with keys that never leave. */
export const encryption = operations<Api>()({
  Encrypt: {
    authorize: ({ KeyId, EncryptionContext, EncryptionAlgorithm }, ctx, tx) =>
      asking('Encrypt', KeyId, ctx, tx, details(EncryptionContext, EncryptionAlgorithm)),
    async write(tx, { KeyId, Plaintext, EncryptionContext, EncryptionAlgorithm, DryRun }, ctx) {
      const at = await locate(tx, KeyId)
      checkUsable(at, 'Encrypt', 'ENCRYPT_DECRYPT')
      const algorithm = algorithmOf(at, EncryptionAlgorithm)
      endDryRun(DryRun)
      const CiphertextBlob = await seal(tx, ctx, at, Plaintext, EncryptionContext ?? {}, algorithm)
      await noteUse(tx, at, 'Encrypt', ctx)
      return { CiphertextBlob, KeyId: keyArn(at.scope, at.key.id), EncryptionAlgorithm: algorithm }
    },
  },

  Decrypt: {
    async authorize({ CiphertextBlob, KeyId, EncryptionContext, EncryptionAlgorithm }, ctx, tx) {
      const details_ = details(EncryptionContext, EncryptionAlgorithm)
      const at = await keyOf(tx, CiphertextBlob, KeyId)
      if (at) return [await askingOf('Decrypt', at, ctx, tx, details_)]
      return asking('Decrypt', KeyId ?? keyArn(ctx.scope, noKey), ctx, tx, details_)
    },
    async write(
      tx,
      { CiphertextBlob, KeyId, EncryptionContext, EncryptionAlgorithm, Recipient, DryRun, DryRunModifiers },
      ctx,
    ) {
      refuseRecipient(Recipient)
      refuseModifiers(DryRunModifiers)
      if (!CiphertextBlob) throw awsError('ValidationException', 'CiphertextBlob is required.')
      const at = await sourceKey(tx, CiphertextBlob, KeyId, EncryptionAlgorithm, 'Decrypt')
      const algorithm = algorithmOf(at, EncryptionAlgorithm)
      const opened = await open(tx, ctx, at, CiphertextBlob, EncryptionContext ?? {}, algorithm)
      endDryRun(DryRun)
      await noteUse(tx, at, 'Decrypt', ctx)
      return { ...opened, KeyId: keyArn(at.scope, at.key.id), EncryptionAlgorithm: algorithm }
    },
  },

  ReEncrypt: {
    async authorize(input, ctx, tx) {
      const source = details(input.SourceEncryptionContext, input.SourceEncryptionAlgorithm)
      const at = await keyOf(tx, input.CiphertextBlob, input.SourceKeyId)
      const from = at
        ? [await askingOf('ReEncryptFrom', at, ctx, tx, source)]
        : await asking('ReEncryptFrom', input.SourceKeyId ?? keyArn(ctx.scope, noKey), ctx, tx, source)
      const target = details(input.DestinationEncryptionContext, input.DestinationEncryptionAlgorithm)
      return [...from, ...(await asking('ReEncryptTo', input.DestinationKeyId, ctx, tx, target))]
    },
    async write(tx, input, ctx) {
      refuseModifiers(input.DryRunModifiers)
      if (!input.CiphertextBlob) throw awsError('ValidationException', 'CiphertextBlob is required.')
      const from = await sourceKey(
        tx,
        input.CiphertextBlob,
        input.SourceKeyId,
        input.SourceEncryptionAlgorithm,
        'ReEncrypt',
      )
      const to = await locate(tx, input.DestinationKeyId)
      checkUsable(to, 'ReEncrypt', 'ENCRYPT_DECRYPT')
      const fromAlgorithm = algorithmOf(from, input.SourceEncryptionAlgorithm)
      const toAlgorithm = algorithmOf(to, input.DestinationEncryptionAlgorithm)
      const { Plaintext, KeyMaterialId } = await open(
        tx,
        ctx,
        from,
        input.CiphertextBlob,
        input.SourceEncryptionContext ?? {},
        fromAlgorithm,
      )
      endDryRun(input.DryRun)
      const context = input.DestinationEncryptionContext ?? {}
      const CiphertextBlob = await seal(tx, ctx, to, Plaintext, context, toAlgorithm)
      for (const at of [from, to]) await noteUse(tx, at, 'ReEncrypt', ctx)
      return {
        CiphertextBlob,
        SourceKeyId: keyArn(from.scope, from.key.id),
        KeyId: keyArn(to.scope, to.key.id),
        SourceEncryptionAlgorithm: fromAlgorithm,
        DestinationEncryptionAlgorithm: toAlgorithm,
        SourceKeyMaterialId: KeyMaterialId,
        DestinationKeyMaterialId: to.key.spec === 'SYMMETRIC_DEFAULT' ? to.key.material : undefined,
      }
    },
  },
})

/** Stands for the key of a ciphertext that names none which is here. */
const noKey = '00000000-0000-0000-0000-000000000000'

type Algorithm = 'SYMMETRIC_DEFAULT' | 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256'

export function details(encryptionContext: EncryptionContext | undefined, algorithm: string | undefined) {
  const context: Record<string, string> = algorithm === undefined ? {} : { 'kms:EncryptionAlgorithm': algorithm }
  return { encryptionContext, context }
}

/** Encrypts under a key that has been found to be usable. */
export async function seal(
  tx: ReadTx,
  ctx: Ctx,
  at: Located,
  plaintext: Uint8Array,
  context: EncryptionContext,
  algorithm: Algorithm = 'SYMMETRIC_DEFAULT',
): Promise<Uint8Array> {
  const { key, scope } = at
  if (algorithm === 'SYMMETRIC_DEFAULT') {
    const bytes = await openMaterial(tx, ctx.host, at)
    if (!bytes) throw new Error(`the key ${key.id} has no material`)
    return encrypt(bytes, { account: scope.account, keyId: key.id, materialId: key.material }, plaintext, context)
  }
  const found = await tx.in(scope).get(material(key.id, key.material))
  const publicKey = createPublicKey({ key: Buffer.from(found?.publicKey ?? []), format: 'der', type: 'spki' })
  try {
    return new Uint8Array(publicEncrypt({ key: publicKey, ...padding(algorithm) }, plaintext))
  } catch (error) {
    throw awsError('ValidationException', `The Plaintext is too long for ${algorithm} with a key of ${key.spec}.`, {
      cause: error,
    })
  }
}

async function open(
  tx: ReadTx,
  ctx: Ctx,
  at: Located,
  blob: Uint8Array,
  context: EncryptionContext,
  algorithm: Algorithm,
): Promise<{ Plaintext: Uint8Array; KeyMaterialId?: string }> {
  if (algorithm === 'SYMMETRIC_DEFAULT') {
    const { materialId } = readHead(blob)
    const bytes = await openMaterial(tx, ctx.host, at, materialId)
    if (!bytes) throw invalidCiphertext()
    return { Plaintext: decrypt(bytes, blob, context), KeyMaterialId: materialId }
  }
  const bytes = await openMaterial(tx, ctx.host, at)
  const privateKey = createPrivateKey({ key: Buffer.from(bytes ?? []), format: 'der', type: 'pkcs8' })
  try {
    return { Plaintext: new Uint8Array(privateDecrypt({ key: privateKey, ...padding(algorithm) }, blob)) }
  } catch {
    throw invalidCiphertext()
  }
}

function padding(algorithm: Algorithm) {
  return {
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: algorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256',
  }
}

function algorithmOf({ key, scope }: Located, given: string | undefined): Algorithm {
  const algorithm = given ?? 'SYMMETRIC_DEFAULT'
  if (!specOf(key.spec).encryption?.includes(algorithm)) {
    throw awsError(
      'InvalidKeyUsageException',
      `Algorithm ${algorithm} and key spec ${key.spec} of ${keyArn(scope, key.id)} are incompatible.`,
    )
  }
  return algorithm as Algorithm
}

/** The key of a ciphertext: that which was named, else that which the ciphertext names. */
async function keyOf(
  tx: ReadTx,
  blob: Uint8Array | undefined,
  keyId: string | undefined,
): Promise<Located | undefined> {
  if (keyId !== undefined) return lookUp(tx, keyId)
  if (!blob) return undefined
  try {
    const head = readHead(blob)
    return await lookUp(tx, keyArn({ region: tx.scope.region, account: head.account }, head.keyId))
  } catch (error) {
    if (isAwsError(error)) return undefined
    throw error
  }
}

async function sourceKey(
  tx: ReadTx,
  blob: Uint8Array,
  keyId: string | undefined,
  algorithm: string | undefined,
  operation: string,
): Promise<Located> {
  const at = keyId === undefined ? await keyOf(tx, blob, undefined) : await locate(tx, keyId)
  if (!at) throw invalidCiphertext()
  checkUsable(at, operation, 'ENCRYPT_DECRYPT')
  if (
    keyId !== undefined &&
    (algorithm ?? 'SYMMETRIC_DEFAULT') === 'SYMMETRIC_DEFAULT' &&
    readHead(blob).keyId !== at.key.id
  ) {
    throw awsError(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    )
  }
  return at
}

function refuseModifiers(modifiers: readonly unknown[] | undefined): void {
  if (modifiers && modifiers.length > 0) {
    throw awsError('UnsupportedOperationException', 'DryRunModifiers is not supported by Landfall. Leave it out.')
  }
}
