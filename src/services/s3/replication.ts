import { passingRole } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { findBucket, openBucket } from './access.ts'
import type { Api } from './api.ts'
import { absent, change, on } from './bucket-settings.ts'
import { s3Principal } from './notify.ts'
import { refuse } from './refuse.ts'
import { checkReplication, replicationRuleMembers } from './replication-input.ts'
import type { ReplicaPlace } from './replication-rules.ts'
import { type Bucket, bucket } from './state.ts'
import { verifyWholeBody } from './whole-body.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html */
export const replication = operations<Api>()({
  PutBucketReplication: {
    async authorize(input, ctx, tx) {
      const passing = passingRole(input.ReplicationConfiguration.Role, s3Principal.arn)
      return [...(await on('s3:PutReplicationConfiguration')(input, ctx, tx)), passing]
    },
    async write(tx, input, ctx) {
      refuse(input, { Token: 'x-amz-bucket-object-lock-token' })
      await verifyWholeBody(ctx)
      const found = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      const next = checkReplication(input.ReplicationConfiguration, () => ctx.newId())
      if (found.versioning !== 'Enabled')
        throw invalid("Versioning must be 'Enabled' on the bucket to apply a replication configuration")
      for (const { destination } of next.rules) await checkDestination(tx, found, destination)
      tx.in(found).set(bucket(found.name), { ...found, replication: next })
      return {}
    },
  },
  GetBucketReplication: {
    authorize: on('s3:GetReplicationConfiguration'),
    async read(tx, input, ctx) {
      const found = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      const { replication: kept, name } = found
      if (!kept)
        throw absent('ReplicationConfigurationNotFoundError', 'The replication configuration was not found', name)
      return { ReplicationConfiguration: { Role: kept.role, Rules: kept.rules.map(replicationRuleMembers) } }
    },
  },
  DeleteBucketReplication: {
    authorize: on('s3:PutReplicationConfiguration'),
    async write(tx, input, ctx) {
      await change(tx, input, ctx, ({ replication: _gone, ...rest }) => rest)
      return {}
    },
  },
})

async function checkDestination(tx: ReadTx, source: Bucket, { bucket: name, account }: ReplicaPlace): Promise<void> {
  if (name === source.name) throw invalid('Destination bucket cannot be the same as the source bucket.')
  const target = await findBucket(tx, name)
  if (!target) throw invalid('Destination bucket must exist.')
  if (target.versioning !== 'Enabled') throw invalid('Destination bucket must have versioning enabled.')
  if (account !== undefined && account !== target.account)
    throw invalid('Destination bucket is not owned by the Account that the rule names.')
  if (source.objectLock && !target.objectLock)
    throw invalid('Destination bucket must have object lock enabled, as the source bucket has.')
}

function invalid(message: string): Error {
  return awsError('InvalidRequest', message, { status: 400 })
}
