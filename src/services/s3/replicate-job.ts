import type { BlobRef } from '../../kernel/blobs.ts'
import type { Job, JobCtx } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { accessRequest, findBucket } from './access.ts'
import { actorS3, notify } from './notify.ts'
import type { Replicating } from './replicate.ts'
import { type Bucket, objectParts, type StoredObject, type Version } from './state.ts'
import { bodyRef, insertReplica, rewriteVersion } from './stored-object.ts'
import { findVersion, isDeleteMarker } from './versions.ts'

/** Why a version was not replicated, as events tell it. */
type Failure =
  | 'AssumeRoleNotPermitted'
  | 'DstBucketNotFound'
  | 'DstBucketUnversioned'
  | 'DstBucketObjectLockConfigMissing'
  | 'DstVersionNotFound'
  | 'SrcGetObjectNotPermitted'
  | 'DstPutObjectNotPermitted'
  | 'DstDelObjNotPermitted'

/**
 * Brings one version to one bucket, as the configuration's role. The replica, and what the original says of it, are
 * written in one transaction, so that being done twice changes nothing. What is refused has failed, and is told;
 * anything else is tried again.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-failure-codes.html
 */
export const replicateJob = {
  retry: { attempts: 30, minMs: 1_000, maxMs: 900_000 },
  async run(data: Replicating, ctx: JobCtx) {
    const { host, scope } = ctx
    const role = await assume(host, data)
    const copy = role && (await host.records.read(scope, (tx) => bodyFor(tx, data)))
    // Joining one body with none gives it a second reference, or a copy where the blobs have no such thing.
    const ref = copy && (await host.blobs.concat([copy]))
    await host.records.write(scope, (tx) => finish(tx, host, data, role, ref))
  },
  exhausted: (tx, data, _error, { host }) => fail(tx, host, data, 'DstPutObjectNotPermitted'),
} satisfies Job<Replicating>

async function assume(host: Host, { role, bucket }: Replicating): Promise<Principal | undefined> {
  const session = { service: 's3.amazonaws.com', sessionName: 's3-replication', durationSec: 900 }
  try {
    return (await host.assumeRole(role, { ...session, sourceArn: `arn:aws:s3:::${bucket}` })).principal
  } catch (error) {
    if (isAwsError(error, 'AccessDenied')) return undefined
    throw error
  }
}

/** What there is to replicate: the version while it is there and still to be sent. */
async function pending(tx: ReadTx, data: Replicating): Promise<{ source: Bucket; version: Version } | undefined> {
  const source = await findBucket(tx, data.bucket)
  const version = source && (await findVersion(tx.in(source), data.bucket, data.key, data.versionId))
  if (!version) return undefined
  if (isDeleteMarker(version)) return { source, version }
  const { replicated } = version
  const waits = replicated === 'REPLICA' ? data.changed : replicated?.[data.to.bucket] === 'PENDING'
  return waits ? { source, version } : undefined
}

async function bodyFor(tx: ReadTx, data: Replicating): Promise<BlobRef | undefined> {
  const found = data.changed ? undefined : await pending(tx, data)
  if (!found || isDeleteMarker(found.version)) return undefined
  return bodyRef(tx.in(found.source), data.bucket, data.key, found.version)
}

async function finish(
  tx: Tx,
  host: Host,
  data: Replicating,
  role: Principal | undefined,
  ref: BlobRef | undefined,
): Promise<void> {
  const found = await pending(tx.snapshot, data)
  if (!found) return
  const { source, version } = found
  const target = await findBucket(tx.snapshot, data.to.bucket)
  if (!role) return fail(tx, host, data, 'AssumeRoleNotPermitted')
  if (!target) return fail(tx, host, data, 'DstBucketNotFound')
  // What is read is read in the source, all else is done in the destination.
  const allowed = (action: string) =>
    mayDo(host, tx.snapshot, role, data, action.startsWith('s3:Get') ? source : target, action)
  const failure = await obstacle(tx, data, version, target, allowed)
  if (failure) return fail(tx, host, data, failure)

  const at = tx.in(target)
  const actor = { ...actorS3(host), principal: role }
  if (isDeleteMarker(version)) {
    await insertReplica(at, actor, target, data.key, version)
    return
  }
  const parts =
    version.partsCount === undefined
      ? undefined
      : await tx.in(source).get(objectParts(data.bucket, data.key, data.versionId))
  const replica = await replicaOf(version, source, target, data, allowed)
  await insertReplica(at, actor, target, data.key, replica, ref && { ref, parts })
  await mark(tx, source, data, version, 'COMPLETED')
}

type Allowed = (action: string) => Promise<boolean>

async function obstacle(
  tx: Tx,
  data: Replicating,
  version: Version,
  target: Bucket,
  allowed: Allowed,
): Promise<Failure | undefined> {
  if (target.versioning !== 'Enabled') return 'DstBucketUnversioned'
  if (isDeleteMarker(version)) return (await allowed('s3:ReplicateDelete')) ? undefined : 'DstDelObjNotPermitted'
  if (!target.objectLock && (version.retention || version.legalHold)) return 'DstBucketObjectLockConfigMissing'
  if (!(await allowed('s3:GetObjectVersionForReplication'))) return 'SrcGetObjectNotPermitted'
  if (!(await allowed('s3:ReplicateObject'))) return 'DstPutObjectNotPermitted'
  if (data.to.changesOwner && !(await allowed('s3:ObjectOwnerOverrideToBucketOwner'))) return 'DstPutObjectNotPermitted'
  // Who deleted a replica does not get it back because a tag of the original changed.
  const gone = data.changed && !(await findVersion(tx.in(target), target.name, data.key, data.versionId))
  return gone ? 'DstVersionNotFound' : undefined
}

function mayDo(host: Host, tx: ReadTx, principal: Principal, data: Replicating, on: Bucket, action: string) {
  const caller = { account: principal.account, principal }
  return host.isAllowed(principal, accessRequest(caller, on, { action, bucket: on.name, key: data.key }), {}, tx)
}

/**
 * The version as it is in the other bucket. Tags come along where the role may read and write them, grants where it may
 * read them and the bucket has any.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
 */
async function replicaOf(
  { replicated: _state, restore: _restored, tags, acl, owner, ...kept }: StoredObject,
  source: Bucket,
  target: Bucket,
  { to }: Replicating,
  allowed: Allowed,
): Promise<StoredObject> {
  const withTags = tags && (await allowed('s3:GetObjectVersionTagging')) && (await allowed('s3:ReplicateTags'))
  const bucketOwns = to.changesOwner || target.ownership === 'BucketOwnerEnforced'
  const withAcl = acl && !bucketOwns && (await allowed('s3:GetObjectVersionAcl'))
  const writer = owner ?? source.account
  return {
    ...kept,
    replicated: 'REPLICA',
    storageClass: to.storageClass ?? kept.storageClass,
    encryption: to.kmsKeyId === undefined ? kept.encryption : { algorithm: 'aws:kms', kmsKeyId: to.kmsKeyId },
    ...(withTags && { tags }),
    ...(withAcl && { acl }),
    ...(!bucketOwns && writer !== target.account && { owner: writer }),
  }
}

async function fail(tx: Tx, host: Host, data: Replicating, failureReason: Failure): Promise<void> {
  const found = await pending(tx.snapshot, data)
  if (!found) return
  const { source, version } = found
  host.log.warn('s3.not-replicated', { bucket: data.bucket, to: data.to.bucket, reason: failureReason })
  const stored = isDeleteMarker(version) ? version : await mark(tx, source, data, version, 'FAILED')
  const actor = actorS3(host)
  const replicationEventData = {
    replicationRuleId: data.ruleId,
    destinationBucket: `arn:aws:s3:::${data.to.bucket}`,
    s3Operation: 'OBJECT_PUT',
    requestTime: new Date(version.modifiedAtMs).toISOString(),
    failureReason,
  }
  const event = 'Replication:OperationFailedReplication'
  await notify(tx.in(source), actor, source, event, data.key, stored, undefined, { replicationEventData })
}

/** Writes beside the original how its replication went; a replica stays one. */
async function mark(
  tx: Tx,
  source: Bucket,
  { bucket, key, to }: Replicating,
  stored: StoredObject,
  state: 'COMPLETED' | 'FAILED',
): Promise<StoredObject> {
  if (stored.replicated === 'REPLICA') return stored
  const changed: StoredObject = { ...stored, replicated: { ...stored.replicated, [to.bucket]: state } }
  await rewriteVersion(tx.in(source), bucket, key, changed)
  return changed
}
