import { policy, ref, type Samples, tags, to } from '../sample.ts'

const rotating = { EnableKeyRotation: true }

export const kms: Samples = {
  'AWS::KMS::Key': {
    base: {},
    changes: {
      Description: to('for orders'),
      Enabled: to(false),
      EnableKeyRotation: to(true),
      RotationPeriodInDays: to(120, rotating),
      KeyPolicy: to(policy('kms:*', '*', 'Two')),
      KeySpec: to('ECC_NIST_P256', { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }),
      KeyUsage: to('ENCRYPT_DECRYPT', { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }),
      PendingWindowInDays: to(7),
      BypassPolicyLockoutSafetyCheck: to(true),
      Tags: to(tags),
    },
    still: {
      Origin: 'A key of EXTERNAL has no material, and is neither enabled nor disabled, until some is imported.',
      MultiRegion: 'Refused by name.',
    },
    unread: {
      PendingWindowInDays: 'It says how long a deletion waits.',
      BypassPolicyLockoutSafetyCheck: 'It is for the call that sets a policy.',
    },
  },
  'AWS::KMS::Alias': {
    beside: { Key: { Type: 'AWS::KMS::Key' }, Other: { Type: 'AWS::KMS::Key' } },
    base: { AliasName: 'alias/walked-~', TargetKeyId: ref('Key') },
    changes: { AliasName: to('alias/renamed'), TargetKeyId: to(ref('Other')) },
  },
}
