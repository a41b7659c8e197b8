import { keyArn } from './find.ts'
import { specOf } from './specs.ts'
import type { KmsKey, Located } from './state.ts'

/** A key as CreateKey and DescribeKey show it. */
export function describeKey({ key, scope }: Located) {
  const { encryption, signing, macs } = specOf(key.spec)
  return {
    AWSAccountId: scope.account,
    KeyId: key.id,
    Arn: keyArn(scope, key.id),
    CreationDate: new Date(key.createdAtMs),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage as 'ENCRYPT_DECRYPT',
    KeyState: key.state,
    DeletionDate: key.deletionAtMs === undefined ? undefined : new Date(key.deletionAtMs),
    Origin: key.origin ?? ('AWS_KMS' as const),
    ValidTo: key.validToMs === undefined ? undefined : new Date(key.validToMs),
    ExpirationModel: expirationOf(key),
    KeyManager: key.managedFor === undefined ? ('CUSTOMER' as const) : ('AWS' as const),
    KeySpec: key.spec as 'SYMMETRIC_DEFAULT',
    CustomerMasterKeySpec: key.spec as 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms:
      key.usage === 'ENCRYPT_DECRYPT' ? ([...(encryption ?? [])] as 'SYMMETRIC_DEFAULT'[]) : undefined,
    SigningAlgorithms: key.usage === 'SIGN_VERIFY' ? ([...(signing ?? [])] as 'ECDSA_SHA_256'[]) : undefined,
    MacAlgorithms: key.usage === 'GENERATE_VERIFY_MAC' ? ([...(macs ?? [])] as 'HMAC_SHA_256'[]) : undefined,
    KeyAgreementAlgorithms: key.usage === 'KEY_AGREEMENT' ? ['ECDH' as const] : undefined,
    EncapsulationAlgorithms: key.usage === 'ENCAPSULATE_DECAPSULATE' ? ['ML_KEM' as const] : undefined,
    MultiRegion: false,
    CurrentKeyMaterialId: key.spec === 'SYMMETRIC_DEFAULT' && key.material !== '' ? key.material : undefined,
  }
}

/** Of imported material that is there. */
function expirationOf({ origin, state, validToMs }: KmsKey) {
  if (origin === undefined || state === 'PendingImport') return undefined
  return validToMs === undefined ? ('KEY_MATERIAL_DOES_NOT_EXPIRE' as const) : ('KEY_MATERIAL_EXPIRES' as const)
}
