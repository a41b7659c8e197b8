import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  privateEncrypt,
  publicDecrypt,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { asking } from './access.ts'
import type { Api } from './api.ts'
import { keyArn, locate } from './find.ts'
import { openMaterial } from './material.ts'
import { specOf } from './specs.ts'
import { type Located, material } from './state.ts'
import { checkUsable, endDryRun } from './usable.ts'
import { noteUse } from './use.ts'

/** Signatures and message authentication codes. */
export const signing = operations<Api>()({
  Sign: {
    authorize: ({ KeyId, SigningAlgorithm, MessageType }, ctx, tx) =>
      asking('Sign', KeyId, ctx, tx, { context: signingContext(SigningAlgorithm, MessageType) }),
    async write(tx, { KeyId, Message, MessageType, SigningAlgorithm, DryRun }, ctx) {
      const at = await signer(tx, KeyId, 'Sign', SigningAlgorithm)
      const digest = digestOf(Message, MessageType, SigningAlgorithm)
      endDryRun(DryRun)
      const der = Buffer.from((await openMaterial(tx, ctx.host, at)) ?? [])
      const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
      const signature = digest
        ? privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digest)
        : sign(hashOf(SigningAlgorithm), Message, { key, ...scheme(SigningAlgorithm) })
      await noteUse(tx, at, 'Sign', ctx)
      return { KeyId: keyArn(at.scope, at.key.id), Signature: new Uint8Array(signature), SigningAlgorithm }
    },
  },

  Verify: {
    authorize: ({ KeyId, SigningAlgorithm, MessageType }, ctx, tx) =>
      asking('Verify', KeyId, ctx, tx, { context: signingContext(SigningAlgorithm, MessageType) }),
    async write(tx, { KeyId, Message, MessageType, Signature, SigningAlgorithm, DryRun }, ctx) {
      const at = await signer(tx, KeyId, 'Verify', SigningAlgorithm)
      const digest = digestOf(Message, MessageType, SigningAlgorithm)
      endDryRun(DryRun)
      const key = createPublicKey({ key: Buffer.from(await publicKeyOf(tx, at)), format: 'der', type: 'spki' })
      const valid = digest
        ? opens(() => publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Signature), digest)
        : verify(hashOf(SigningAlgorithm), Message, { key, ...scheme(SigningAlgorithm) }, Signature)
      if (!valid)
        throw awsError('KMSInvalidSignatureException', 'The signature is not that of this message by this key.')
      await noteUse(tx, at, 'Verify', ctx)
      return { KeyId: keyArn(at.scope, at.key.id), SignatureValid: true, SigningAlgorithm }
    },
  },

  GetPublicKey: {
    authorize: ({ KeyId }, ctx, tx) => asking('GetPublicKey', KeyId, ctx, tx),
    async read(tx, { KeyId }) {
      const at = await locate(tx, KeyId)
      const { spec, usage } = at.key
      checkUsable(at, 'GetPublicKey', usage)
      const { encryption, signing: algorithms } = specOf(spec)
      const PublicKey = await publicKeyOf(tx, at)
      return {
        KeyId: keyArn(at.scope, at.key.id),
        PublicKey,
        KeySpec: spec as 'RSA_2048',
        CustomerMasterKeySpec: spec as 'RSA_2048',
        KeyUsage: usage as 'SIGN_VERIFY',
        EncryptionAlgorithms:
          usage === 'ENCRYPT_DECRYPT' ? ([...(encryption ?? [])] as 'RSAES_OAEP_SHA_1'[]) : undefined,
        KeyAgreementAlgorithms: usage === 'KEY_AGREEMENT' ? ['ECDH' as const] : undefined,
        EncapsulationAlgorithms: usage === 'ENCAPSULATE_DECAPSULATE' ? ['ML_KEM' as const] : undefined,
        SigningAlgorithms: usage === 'SIGN_VERIFY' ? ([...(algorithms ?? [])] as 'ECDSA_SHA_256'[]) : undefined,
      }
    },
  },

  GenerateMac: {
    authorize: ({ KeyId, MacAlgorithm }, ctx, tx) =>
      asking('GenerateMac', KeyId, ctx, tx, { context: { 'kms:MacAlgorithm': MacAlgorithm } }),
    async write(tx, { KeyId, Message, MacAlgorithm, DryRun }, ctx) {
      const at = await macKey(tx, KeyId, 'GenerateMac', MacAlgorithm)
      endDryRun(DryRun)
      const Mac = new Uint8Array(mac((await openMaterial(tx, ctx.host, at)) ?? new Uint8Array(), MacAlgorithm, Message))
      await noteUse(tx, at, 'GenerateMac', ctx)
      return { KeyId: keyArn(at.scope, at.key.id), Mac, MacAlgorithm }
    },
  },

  VerifyMac: {
    authorize: ({ KeyId, MacAlgorithm }, ctx, tx) =>
      asking('VerifyMac', KeyId, ctx, tx, { context: { 'kms:MacAlgorithm': MacAlgorithm } }),
    async write(tx, { KeyId, Message, MacAlgorithm, Mac, DryRun }, ctx) {
      const at = await macKey(tx, KeyId, 'VerifyMac', MacAlgorithm)
      endDryRun(DryRun)
      const own = mac((await openMaterial(tx, ctx.host, at)) ?? new Uint8Array(), MacAlgorithm, Message)
      if (own.length !== Mac.length || !timingSafeEqual(own, Mac)) {
        throw awsError('KMSInvalidMacException', 'The Mac is not that of this message by this key.')
      }
      await noteUse(tx, at, 'VerifyMac', ctx)
      return { KeyId: keyArn(at.scope, at.key.id), MacValid: true, MacAlgorithm }
    },
  },
})

function signingContext(algorithm: string, type = 'RAW') {
  return { 'kms:SigningAlgorithm': algorithm, 'kms:MessageType': type }
}

async function signer(tx: ReadTx, keyId: string, operation: string, algorithm: string): Promise<Located> {
  const at = await locate(tx, keyId)
  checkUsable(at, operation, 'SIGN_VERIFY')
  if (!specOf(at.key.spec).signing?.includes(algorithm)) throw incompatible(at, algorithm)
  return at
}

async function macKey(tx: ReadTx, keyId: string, operation: string, algorithm: string): Promise<Located> {
  const at = await locate(tx, keyId)
  checkUsable(at, operation, 'GENERATE_VERIFY_MAC')
  if (!specOf(at.key.spec).macs?.includes(algorithm)) throw incompatible(at, algorithm)
  return at
}

function incompatible({ key, scope }: Located, algorithm: string): Error {
  return awsError(
    'InvalidKeyUsageException',
    `Algorithm ${algorithm} and key spec ${key.spec} of ${keyArn(scope, key.id)} are incompatible.`,
  )
}

async function publicKeyOf(tx: ReadTx, { key, scope }: Located): Promise<Uint8Array> {
  const found = await tx.in(scope).get(material(key.id, key.material))
  if (!found?.publicKey) {
    throw awsError(
      'UnsupportedOperationException',
      `${keyArn(scope, key.id)} is a ${key.spec} key: it has no public key.`,
    )
  }
  return found.publicKey
}

function mac(key: Uint8Array, algorithm: string, message: Uint8Array): Buffer {
  return createHmac(`sha${algorithm.slice('HMAC_SHA_'.length)}`, key)
    .update(message)
    .digest()
}

/** The hash of a signature; Ed25519 and ML-DSA have their own. */
function hashOf(algorithm: string): string | null {
  return algorithm.startsWith('ED25519') || algorithm.startsWith('ML_DSA') ? null : `sha${algorithm.slice(-3)}`
}

function scheme(algorithm: string) {
  return algorithm.startsWith('RSASSA_PSS')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : {}
}

/** What PKCS 1 puts before a digest: the identifier of its hash, as ASN.1 (RFC 8017, 9.2). */
const prefixes: Readonly<Record<string, string>> = {
  '256': '3031300d060960864801650304020105000420',
  '384': '3041300d060960864801650304020205000430',
  '512': '3051300d060960864801650304020305000440',
}

/** What is signed when the caller has hashed already; undefined when the message itself is given. */
function digestOf(message: Uint8Array, type: string | undefined, algorithm: string): Uint8Array | undefined {
  if (type === undefined || type === 'RAW') return undefined
  if (type !== 'DIGEST' || !algorithm.startsWith('RSASSA_PKCS1')) {
    throw awsError(
      'UnsupportedOperationException',
      `The MessageType ${type} with ${algorithm} is not supported by Landfall: give the message itself, as RAW.`,
    )
  }
  const bits = algorithm.slice(-3)
  if (message.length * 8 !== Number(bits)) {
    throw awsError('ValidationException', 'Digest is invalid length for algorithm ' + algorithm + '.')
  }
  return Buffer.concat([Buffer.from(prefixes[bits] ?? '', 'hex'), message])
}

function opens(open: () => Buffer, digest: Uint8Array): boolean {
  try {
    return open().equals(digest)
  } catch {
    return false
  }
}
