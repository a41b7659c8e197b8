import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { asking, locateLive } from './find.ts'

/** Replicas of secrets in other regions, of which there are none: a node keeps each secret in its own region. */
export const replication = operations<Api>()({
  ReplicateSecretToRegions: {
    authorize: ({ SecretId, AddReplicaRegions }, ctx, tx) =>
      asking('ReplicateSecretToRegions', SecretId, ctx, tx, {
        'secretsmanager:AddReplicaRegions': AddReplicaRegions.flatMap(({ Region }) => Region ?? []),
      }),
    async read(tx, { SecretId }) {
      await locateLive(tx, SecretId)
      throw awsError(
        'InvalidParameterException',
        'AddReplicaRegions and ForceOverwriteReplicaSecret are not supported by Landfall: secrets are not replicated. Create the secret in the other region instead.',
      )
    },
  },
  RemoveRegionsFromReplication: {
    authorize: ({ SecretId }, ctx, tx) => asking('RemoveRegionsFromReplication', SecretId, ctx, tx),
    async read(tx, { SecretId, RemoveReplicaRegions }) {
      await locateLive(tx, SecretId)
      throw awsError(
        'InvalidParameterException',
        `The secret has no replica in ${RemoveReplicaRegions.join(', ')}: RemoveReplicaRegions names regions of replicas.`,
      )
    },
  },
  StopReplicationToReplica: {
    authorize: ({ SecretId }, ctx, tx) => asking('StopReplicationToReplica', SecretId, ctx, tx),
    async read(tx, { SecretId }) {
      await locateLive(tx, SecretId)
      throw awsError('InvalidRequestException', 'The secret is not a replica: there is no replication to stop.')
    },
  },
})
