import { type LifecycleRule, selects } from './lifecycle-rules.ts'
import type { StorageClass, StoredObject } from './state.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html */
export interface Replication {
  /** ARN of the role that reads and writes for it. */
  readonly role: string
  readonly rules: readonly ReplicationRule[]
}

export interface ReplicationRule extends Pick<LifecycleRule, 'id' | 'enabled' | 'filter' | 'form'> {
  /** Absent in rules of the first version, which have a prefix only. */
  readonly priority?: number | undefined
  /** Whether markers of deletions are replicated. */
  readonly markers: boolean
  /** Whether objects said to be encrypted with KMS are replicated; absent: the rule does not say. */
  readonly kms?: boolean | undefined
  /** Whether what changes of a replica goes there too; absent: the rule does not say. */
  readonly modifications?: boolean | undefined
  readonly destination: ReplicaPlace
}

export interface ReplicaPlace {
  readonly bucket: string
  readonly account?: string | undefined
  readonly storageClass?: StorageClass | undefined
  /** The replica belongs to the bucket it is in, whoever the original belongs to. */
  readonly changesOwner?: true | undefined
  readonly kmsKeyId?: string | undefined
  /** Stored and told: replication has no figures and no deadline here. */
  readonly metrics?: { readonly enabled: boolean; readonly minutes?: number | undefined } | undefined
  readonly time?: { readonly enabled: boolean; readonly minutes?: number | undefined } | undefined
}

/** An object that is a replica, or how far its replication to each bucket is. */
export type Replicated = 'REPLICA' | Readonly<Record<string, 'PENDING' | 'COMPLETED' | 'FAILED'>>

/** The rule by which an object is replicated to each bucket: of several, the one with the highest priority. */
export function rulesFor(
  replication: Replication | undefined,
  key: string,
  stored: Pick<StoredObject, 'sizeBytes' | 'tags' | 'encryption'>,
): ReplicationRule[] {
  return highest(replication, (rule) => {
    return selects(rule, key, stored) && (stored.encryption.algorithm !== 'aws:kms' || rule.kms === true)
  })
}

/** The same for the marker of a deletion, which has neither tags nor bytes. */
export function markerRulesFor(replication: Replication | undefined, key: string): ReplicationRule[] {
  return highest(replication, (rule) => rule.markers && selects(rule, key, { sizeBytes: 0 }))
}

function highest(replication: Replication | undefined, applies: (rule: ReplicationRule) => boolean): ReplicationRule[] {
  const found = new Map<string, ReplicationRule>()
  for (const rule of replication?.rules ?? []) {
    const { bucket } = rule.destination
    if (applies(rule) && (found.get(bucket)?.priority ?? -1) < (rule.priority ?? 0)) found.set(bucket, rule)
  }
  return [...found.values()]
}

/**
 * The `x-amz-replication-status` header.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-status.html
 */
export function replicationMember({ replicated }: StoredObject): {
  ReplicationStatus?: 'REPLICA' | 'PENDING' | 'COMPLETED' | 'FAILED'
} {
  if (replicated === undefined) return {}
  if (replicated === 'REPLICA') return { ReplicationStatus: replicated }
  const states = Object.values(replicated)
  const worst = (['FAILED', 'PENDING', 'COMPLETED'] as const).find((state) => states.includes(state))
  return worst ? { ReplicationStatus: worst } : {}
}
