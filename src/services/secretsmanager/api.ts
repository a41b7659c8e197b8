// Written by `npm run models`; do not edit.
import type {
  BatchGetSecretValueCommandInput,
  BatchGetSecretValueCommandOutput,
  CancelRotateSecretCommandInput,
  CancelRotateSecretCommandOutput,
  CreateSecretCommandInput,
  CreateSecretCommandOutput,
  DeleteResourcePolicyCommandInput,
  DeleteResourcePolicyCommandOutput,
  DeleteSecretCommandInput,
  DeleteSecretCommandOutput,
  DescribeSecretCommandInput,
  DescribeSecretCommandOutput,
  GetRandomPasswordCommandInput,
  GetRandomPasswordCommandOutput,
  GetResourcePolicyCommandInput,
  GetResourcePolicyCommandOutput,
  GetSecretValueCommandInput,
  GetSecretValueCommandOutput,
  ListSecretVersionIdsCommandInput,
  ListSecretVersionIdsCommandOutput,
  ListSecretsCommandInput,
  ListSecretsCommandOutput,
  PutResourcePolicyCommandInput,
  PutResourcePolicyCommandOutput,
  PutSecretValueCommandInput,
  PutSecretValueCommandOutput,
  RemoveRegionsFromReplicationCommandInput,
  RemoveRegionsFromReplicationCommandOutput,
  ReplicateSecretToRegionsCommandInput,
  ReplicateSecretToRegionsCommandOutput,
  RestoreSecretCommandInput,
  RestoreSecretCommandOutput,
  RotateSecretCommandInput,
  RotateSecretCommandOutput,
  StopReplicationToReplicaCommandInput,
  StopReplicationToReplicaCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
  UpdateSecretCommandInput,
  UpdateSecretCommandOutput,
  UpdateSecretVersionStageCommandInput,
  UpdateSecretVersionStageCommandOutput,
  ValidateResourcePolicyCommandInput,
  ValidateResourcePolicyCommandOutput,
} from '@aws-sdk/client-secrets-manager'

/** Every operation of Secrets Manager, as the SDK types it. */
export type Api = {
  BatchGetSecretValue: [BatchGetSecretValueCommandInput, BatchGetSecretValueCommandOutput]
  CancelRotateSecret: [CancelRotateSecretCommandInput, CancelRotateSecretCommandOutput]
  CreateSecret: [CreateSecretCommandInput, CreateSecretCommandOutput]
  DeleteResourcePolicy: [DeleteResourcePolicyCommandInput, DeleteResourcePolicyCommandOutput]
  DeleteSecret: [DeleteSecretCommandInput, DeleteSecretCommandOutput]
  DescribeSecret: [DescribeSecretCommandInput, DescribeSecretCommandOutput]
  GetRandomPassword: [GetRandomPasswordCommandInput, GetRandomPasswordCommandOutput]
  GetResourcePolicy: [GetResourcePolicyCommandInput, GetResourcePolicyCommandOutput]
  GetSecretValue: [GetSecretValueCommandInput, GetSecretValueCommandOutput]
  ListSecretVersionIds: [ListSecretVersionIdsCommandInput, ListSecretVersionIdsCommandOutput]
  ListSecrets: [ListSecretsCommandInput, ListSecretsCommandOutput]
  PutResourcePolicy: [PutResourcePolicyCommandInput, PutResourcePolicyCommandOutput]
  PutSecretValue: [PutSecretValueCommandInput, PutSecretValueCommandOutput]
  RemoveRegionsFromReplication: [RemoveRegionsFromReplicationCommandInput, RemoveRegionsFromReplicationCommandOutput]
  ReplicateSecretToRegions: [ReplicateSecretToRegionsCommandInput, ReplicateSecretToRegionsCommandOutput]
  RestoreSecret: [RestoreSecretCommandInput, RestoreSecretCommandOutput]
  RotateSecret: [RotateSecretCommandInput, RotateSecretCommandOutput]
  StopReplicationToReplica: [StopReplicationToReplicaCommandInput, StopReplicationToReplicaCommandOutput]
  TagResource: [TagResourceCommandInput, TagResourceCommandOutput]
  UntagResource: [UntagResourceCommandInput, UntagResourceCommandOutput]
  UpdateSecret: [UpdateSecretCommandInput, UpdateSecretCommandOutput]
  UpdateSecretVersionStage: [UpdateSecretVersionStageCommandInput, UpdateSecretVersionStageCommandOutput]
  ValidateResourcePolicy: [ValidateResourcePolicyCommandInput, ValidateResourcePolicyCommandOutput]
}
