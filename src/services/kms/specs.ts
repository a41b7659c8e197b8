import crypto from 'node:crypto'
import { awsError } from '../../kernel/errors.ts'

export interface KeySpec {
  readonly usages: readonly string[]
  readonly encryption?: readonly string[]
  readonly signing?: readonly string[]
  readonly macs?: readonly string[]
  /** Of symmetric keys. */
  readonly bytes?: number
  /** Of RSA keys: the length of the modulus. */
  readonly bits?: number
  /** Of keys on elliptic curves: OpenSSL's name of the curve. */
  readonly curve?: string
  /** Of ML-DSA (FIPS 204): OpenSSL's name. */
  readonly dsa?: 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87'
  /** Of key encapsulation: OpenSSL's name, and how long what it encapsulates is. */
  readonly kem?: { readonly type: 'ml-kem-512' | 'ml-kem-768' | 'ml-kem-1024'; readonly ciphertextBytes: number }
}

const oaep = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']
const rsaSigning = ['256', '384', '512'].flatMap((n) => [`RSASSA_PKCS1_V1_5_SHA_${n}`, `RSASSA_PSS_SHA_${n}`])
const rsa = (bits: number): KeySpec => ({
  usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
  encryption: oaep,
  signing: rsaSigning,
  bits,
})
const ecc = (curve: string, algorithm: string): KeySpec => ({ usages: ['SIGN_VERIFY'], signing: [algorithm], curve })
const nist = (curve: string, algorithm: string): KeySpec => ({
  ...ecc(curve, algorithm),
  usages: ['SIGN_VERIFY', 'KEY_AGREEMENT'],
})
const hmac = (bits: number): KeySpec => ({
  usages: ['GENERATE_VERIFY_MAC'],
  macs: [`HMAC_SHA_${bits}`],
  bytes: bits / 8,
})

const kem = (type: 'ml-kem-512' | 'ml-kem-768' | 'ml-kem-1024', ciphertextBytes: number): KeySpec => ({
  usages: ['ENCAPSULATE_DECAPSULATE'],
  kem: { type, ciphertextBytes },
})
const dsa = (type: NonNullable<KeySpec['dsa']>): KeySpec => ({
  usages: ['SIGN_VERIFY'],
  signing: ['ML_DSA_SHAKE_256'],
  dsa: type,
})
// Node has both since 24.7. By name it could not even be imported where it is not there.
const hasPostQuantum = typeof crypto.encapsulate === 'function'

/** The kinds of keys that are here. https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html */
const specs: Readonly<Record<string, KeySpec>> = {
  SYMMETRIC_DEFAULT: { usages: ['ENCRYPT_DECRYPT'], encryption: ['SYMMETRIC_DEFAULT'], bytes: 32 },
  RSA_2048: rsa(2_048),
  RSA_3072: rsa(3_072),
  RSA_4096: rsa(4_096),
  ECC_NIST_P256: nist('prime256v1', 'ECDSA_SHA_256'),
  ECC_NIST_P384: nist('secp384r1', 'ECDSA_SHA_384'),
  ECC_NIST_P521: nist('secp521r1', 'ECDSA_SHA_512'),
  ECC_SECG_P256K1: ecc('secp256k1', 'ECDSA_SHA_256'),
  ECC_NIST_EDWARDS25519: ecc('ed25519', 'ED25519_SHA_512'),
  HMAC_224: hmac(224),
  HMAC_256: hmac(256),
  HMAC_384: hmac(384),
  HMAC_512: hmac(512),
  ...(hasPostQuantum && {
    ML_DSA_44: dsa('ml-dsa-44'),
    ML_DSA_65: dsa('ml-dsa-65'),
    ML_DSA_87: dsa('ml-dsa-87'),
    ML_KEM_512: kem('ml-kem-512', 768),
    ML_KEM_768: kem('ml-kem-768', 1_088),
    ML_KEM_1024: kem('ml-kem-1024', 1_568),
  }),
}

/** Throws UnsupportedOperationException for kinds that are not here. */
export function specOf(name: string): KeySpec {
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
  if (!spec) {
    throw awsError(
      'UnsupportedOperationException',
      `The KeySpec ${name} is not supported by Landfall. Use one of ${Object.keys(specs).join(', ')}.`,
    )
  }
  return spec
}
