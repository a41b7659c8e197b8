import type { Tx } from '../../kernel/records.ts'
import {
  markerRulesFor,
  type ReplicaPlace,
  type Replicated,
  type ReplicationRule,
  rulesFor,
} from './replication-rules.ts'
import type { Bucket, DeleteMarker, StoredObject } from './state.ts'
import type { Actor } from './stored-object.ts'

/** A version on its way to one bucket, under the rule that stood when it was written. */
export interface Replicating {
  readonly bucket: string
  readonly key: string
  readonly versionId: string
  readonly role: string
  readonly ruleId: string
  readonly to: ReplicaPlace
  /** Its tags, locks or grants changed; the replica is there already. */
  readonly changed?: true | undefined
}

/**
 * Writes what is to be replicated of a new version, in the transaction that writes it. Answers the version to store,
 * which says so. What was not made by a request (`null` versions, replicas) is not replicated.
 */
export function replicateNew(at: Tx, ctx: Actor, bucket: Bucket, key: string, stored: StoredObject): StoredObject {
  if (stored.versionId === 'null') return stored
  return send(at, ctx, bucket, key, stored, rulesFor(bucket.replication, key, stored))
}

/**
 * The same for changed tags, locks or grants: to where the version is already. Where it is not yet, it comes so. Those
 * of a replica go where rules say so, which has it be back where it came from; what that did is not told of a replica.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-for-metadata-changes.html
 */
export function replicateChange(at: Tx, ctx: Actor, bucket: Bucket, key: string, stored: StoredObject): StoredObject {
  const { replicated, versionId } = stored
  if (replicated === undefined) return stored
  if (replicated === 'REPLICA') {
    const rules = rulesFor(bucket.replication, key, stored).filter(({ modifications }) => modifications)
    for (const rule of rules) schedule(at, ctx, bucket, { key, versionId, changed: true }, rule)
    return stored
  }
  const places = new Map(bucket.replication?.rules.map((rule) => [rule.destination.bucket, rule]))
  const rules = Object.entries(replicated).flatMap(([name, state]) => {
    const rule = state === 'COMPLETED' ? places.get(name) : undefined
    return rule?.enabled ? [rule] : []
  })
  return send(at, ctx, bucket, key, stored, rules, true)
}

/** The same for the marker of a deletion. */
export function replicateMarker(at: Tx, ctx: Actor, bucket: Bucket, key: string, { versionId }: DeleteMarker): void {
  if (versionId === 'null') return
  for (const rule of markerRulesFor(bucket.replication, key)) schedule(at, ctx, bucket, { key, versionId }, rule)
}

function send(
  at: Tx,
  ctx: Actor,
  bucket: Bucket,
  key: string,
  stored: StoredObject,
  rules: readonly ReplicationRule[],
  changed?: true,
): StoredObject {
  if (rules.length === 0) return stored
  const replicated: Exclude<Replicated, string> = {
    ...(stored.replicated === 'REPLICA' ? {} : stored.replicated),
    ...Object.fromEntries(rules.map(({ destination }) => [destination.bucket, 'PENDING' as const])),
  }
  const { versionId } = stored
  for (const rule of rules) schedule(at, ctx, bucket, { key, versionId, ...(changed && { changed }) }, rule)
  return { ...stored, replicated }
}

function schedule(
  at: Tx,
  { host }: Actor,
  { name, account, region, replication }: Bucket,
  version: Pick<Replicating, 'key' | 'versionId' | 'changed'>,
  { id: ruleId, destination: to }: ReplicationRule,
): void {
  const data: Replicating = { bucket: name, ...version, role: replication?.role ?? '', ruleId, to }
  host.deliveries.schedule(at, { kind: 's3:replicate', scope: { account, region }, data })
}
