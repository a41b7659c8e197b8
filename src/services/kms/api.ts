// Written by `npm run models`; do not edit.
import type {
  CancelKeyDeletionCommandInput,
  CancelKeyDeletionCommandOutput,
  ConnectCustomKeyStoreCommandInput,
  ConnectCustomKeyStoreCommandOutput,
  CreateAliasCommandInput,
  CreateAliasCommandOutput,
  CreateCustomKeyStoreCommandInput,
  CreateCustomKeyStoreCommandOutput,
  CreateGrantCommandInput,
  CreateGrantCommandOutput,
  CreateKeyCommandInput,
  CreateKeyCommandOutput,
  DecapsulateCommandInput,
  DecapsulateCommandOutput,
  DecryptCommandInput,
  DecryptCommandOutput,
  DeleteAliasCommandInput,
  DeleteAliasCommandOutput,
  DeleteCustomKeyStoreCommandInput,
  DeleteCustomKeyStoreCommandOutput,
  DeleteImportedKeyMaterialCommandInput,
  DeleteImportedKeyMaterialCommandOutput,
  DeriveSharedSecretCommandInput,
  DeriveSharedSecretCommandOutput,
  DescribeCustomKeyStoresCommandInput,
  DescribeCustomKeyStoresCommandOutput,
  DescribeKeyCommandInput,
  DescribeKeyCommandOutput,
  DisableKeyCommandInput,
  DisableKeyCommandOutput,
  DisableKeyRotationCommandInput,
  DisableKeyRotationCommandOutput,
  DisconnectCustomKeyStoreCommandInput,
  DisconnectCustomKeyStoreCommandOutput,
  EnableKeyCommandInput,
  EnableKeyCommandOutput,
  EnableKeyRotationCommandInput,
  EnableKeyRotationCommandOutput,
  EncapsulateCommandInput,
  EncapsulateCommandOutput,
  EncryptCommandInput,
  EncryptCommandOutput,
  GenerateDataKeyCommandInput,
  GenerateDataKeyCommandOutput,
  GenerateDataKeyPairCommandInput,
  GenerateDataKeyPairCommandOutput,
  GenerateDataKeyPairWithoutPlaintextCommandInput,
  GenerateDataKeyPairWithoutPlaintextCommandOutput,
  GenerateDataKeyWithoutPlaintextCommandInput,
  GenerateDataKeyWithoutPlaintextCommandOutput,
  GenerateMacCommandInput,
  GenerateMacCommandOutput,
  GenerateRandomCommandInput,
  GenerateRandomCommandOutput,
  GetKeyLastUsageCommandInput,
  GetKeyLastUsageCommandOutput,
  GetKeyPolicyCommandInput,
  GetKeyPolicyCommandOutput,
  GetKeyRotationStatusCommandInput,
  GetKeyRotationStatusCommandOutput,
  GetParametersForImportCommandInput,
  GetParametersForImportCommandOutput,
  GetPublicKeyCommandInput,
  GetPublicKeyCommandOutput,
  ImportKeyMaterialCommandInput,
  ImportKeyMaterialCommandOutput,
  ListAliasesCommandInput,
  ListAliasesCommandOutput,
  ListGrantsCommandInput,
  ListGrantsCommandOutput,
  ListKeyPoliciesCommandInput,
  ListKeyPoliciesCommandOutput,
  ListKeyRotationsCommandInput,
  ListKeyRotationsCommandOutput,
  ListKeysCommandInput,
  ListKeysCommandOutput,
  ListResourceTagsCommandInput,
  ListResourceTagsCommandOutput,
  ListRetirableGrantsCommandInput,
  ListRetirableGrantsCommandOutput,
  PutKeyPolicyCommandInput,
  PutKeyPolicyCommandOutput,
  ReEncryptCommandInput,
  ReEncryptCommandOutput,
  ReplicateKeyCommandInput,
  ReplicateKeyCommandOutput,
  RetireGrantCommandInput,
  RetireGrantCommandOutput,
  RevokeGrantCommandInput,
  RevokeGrantCommandOutput,
  RotateKeyOnDemandCommandInput,
  RotateKeyOnDemandCommandOutput,
  ScheduleKeyDeletionCommandInput,
  ScheduleKeyDeletionCommandOutput,
  SignCommandInput,
  SignCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
  UpdateAliasCommandInput,
  UpdateAliasCommandOutput,
  UpdateCustomKeyStoreCommandInput,
  UpdateCustomKeyStoreCommandOutput,
  UpdateKeyDescriptionCommandInput,
  UpdateKeyDescriptionCommandOutput,
  UpdatePrimaryRegionCommandInput,
  UpdatePrimaryRegionCommandOutput,
  VerifyCommandInput,
  VerifyCommandOutput,
  VerifyMacCommandInput,
  VerifyMacCommandOutput,
} from '@aws-sdk/client-kms'

/** Every operation of KMS, as the SDK types it. */
export type Api = {
  CancelKeyDeletion: [CancelKeyDeletionCommandInput, CancelKeyDeletionCommandOutput]
  ConnectCustomKeyStore: [ConnectCustomKeyStoreCommandInput, ConnectCustomKeyStoreCommandOutput]
  CreateAlias: [CreateAliasCommandInput, CreateAliasCommandOutput]
  CreateCustomKeyStore: [CreateCustomKeyStoreCommandInput, CreateCustomKeyStoreCommandOutput]
  CreateGrant: [CreateGrantCommandInput, CreateGrantCommandOutput]
  CreateKey: [CreateKeyCommandInput, CreateKeyCommandOutput]
  Decapsulate: [DecapsulateCommandInput, DecapsulateCommandOutput]
  Decrypt: [DecryptCommandInput, DecryptCommandOutput]
  DeleteAlias: [DeleteAliasCommandInput, DeleteAliasCommandOutput]
  DeleteCustomKeyStore: [DeleteCustomKeyStoreCommandInput, DeleteCustomKeyStoreCommandOutput]
  DeleteImportedKeyMaterial: [DeleteImportedKeyMaterialCommandInput, DeleteImportedKeyMaterialCommandOutput]
  DeriveSharedSecret: [DeriveSharedSecretCommandInput, DeriveSharedSecretCommandOutput]
  DescribeCustomKeyStores: [DescribeCustomKeyStoresCommandInput, DescribeCustomKeyStoresCommandOutput]
  DescribeKey: [DescribeKeyCommandInput, DescribeKeyCommandOutput]
  DisableKey: [DisableKeyCommandInput, DisableKeyCommandOutput]
  DisableKeyRotation: [DisableKeyRotationCommandInput, DisableKeyRotationCommandOutput]
  DisconnectCustomKeyStore: [DisconnectCustomKeyStoreCommandInput, DisconnectCustomKeyStoreCommandOutput]
  EnableKey: [EnableKeyCommandInput, EnableKeyCommandOutput]
  EnableKeyRotation: [EnableKeyRotationCommandInput, EnableKeyRotationCommandOutput]
  Encapsulate: [EncapsulateCommandInput, EncapsulateCommandOutput]
  Encrypt: [EncryptCommandInput, EncryptCommandOutput]
  GenerateDataKey: [GenerateDataKeyCommandInput, GenerateDataKeyCommandOutput]
  GenerateDataKeyPair: [GenerateDataKeyPairCommandInput, GenerateDataKeyPairCommandOutput]
  GenerateDataKeyPairWithoutPlaintext: [GenerateDataKeyPairWithoutPlaintextCommandInput, GenerateDataKeyPairWithoutPlaintextCommandOutput]
  GenerateDataKeyWithoutPlaintext: [GenerateDataKeyWithoutPlaintextCommandInput, GenerateDataKeyWithoutPlaintextCommandOutput]
  GenerateMac: [GenerateMacCommandInput, GenerateMacCommandOutput]
  GenerateRandom: [GenerateRandomCommandInput, GenerateRandomCommandOutput]
  GetKeyLastUsage: [GetKeyLastUsageCommandInput, GetKeyLastUsageCommandOutput]
  GetKeyPolicy: [GetKeyPolicyCommandInput, GetKeyPolicyCommandOutput]
  GetKeyRotationStatus: [GetKeyRotationStatusCommandInput, GetKeyRotationStatusCommandOutput]
  GetParametersForImport: [GetParametersForImportCommandInput, GetParametersForImportCommandOutput]
  GetPublicKey: [GetPublicKeyCommandInput, GetPublicKeyCommandOutput]
  ImportKeyMaterial: [ImportKeyMaterialCommandInput, ImportKeyMaterialCommandOutput]
  ListAliases: [ListAliasesCommandInput, ListAliasesCommandOutput]
  ListGrants: [ListGrantsCommandInput, ListGrantsCommandOutput]
  ListKeyPolicies: [ListKeyPoliciesCommandInput, ListKeyPoliciesCommandOutput]
  ListKeyRotations: [ListKeyRotationsCommandInput, ListKeyRotationsCommandOutput]
  ListKeys: [ListKeysCommandInput, ListKeysCommandOutput]
  ListResourceTags: [ListResourceTagsCommandInput, ListResourceTagsCommandOutput]
  ListRetirableGrants: [ListRetirableGrantsCommandInput, ListRetirableGrantsCommandOutput]
  PutKeyPolicy: [PutKeyPolicyCommandInput, PutKeyPolicyCommandOutput]
  ReEncrypt: [ReEncryptCommandInput, ReEncryptCommandOutput]
  ReplicateKey: [ReplicateKeyCommandInput, ReplicateKeyCommandOutput]
  RetireGrant: [RetireGrantCommandInput, RetireGrantCommandOutput]
  RevokeGrant: [RevokeGrantCommandInput, RevokeGrantCommandOutput]
  RotateKeyOnDemand: [RotateKeyOnDemandCommandInput, RotateKeyOnDemandCommandOutput]
  ScheduleKeyDeletion: [ScheduleKeyDeletionCommandInput, ScheduleKeyDeletionCommandOutput]
  Sign: [SignCommandInput, SignCommandOutput]
  TagResource: [TagResourceCommandInput, TagResourceCommandOutput]
  UntagResource: [UntagResourceCommandInput, UntagResourceCommandOutput]
  UpdateAlias: [UpdateAliasCommandInput, UpdateAliasCommandOutput]
  UpdateCustomKeyStore: [UpdateCustomKeyStoreCommandInput, UpdateCustomKeyStoreCommandOutput]
  UpdateKeyDescription: [UpdateKeyDescriptionCommandInput, UpdateKeyDescriptionCommandOutput]
  UpdatePrimaryRegion: [UpdatePrimaryRegionCommandInput, UpdatePrimaryRegionCommandOutput]
  Verify: [VerifyCommandInput, VerifyCommandOutput]
  VerifyMac: [VerifyMacCommandInput, VerifyMacCommandOutput]
}
