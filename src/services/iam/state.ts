import type { Tx } from '../../kernel/records.ts'
import { keyspace } from '../../store/keyspace.ts'

/**
 * IAM is global: its records belong to the account and to no region. Names are unique without regard to case, so keys
 * hold them in lower case. Inline policies, tags and attachments are few and small by quota and live in the record of
 * what they belong to: all that decides about a request is one read, and one more for each managed policy.
 */

/** What users, groups, roles, instance profiles and managed policies have in common. Times in epoch milliseconds. */
export interface Named {
  readonly name: string
  readonly path: string
  /** AIDA…, AGPA…, AROA…, AIPA…, ANPA…: never used again. */
  readonly id: string
  readonly createdAtMs: number
}

/** What policies can be attached to. */
export interface Entity extends Named {
  /** Name → JSON text. */
  readonly inline: Readonly<Record<string, string>>
  /** ARNs of managed policies, in order of attachment. */
  readonly attached: readonly string[]
}

export interface User extends Entity {
  readonly tags: Readonly<Record<string, string>>
  readonly boundaryArn?: string | undefined
  /** Names of groups. */
  readonly groups: readonly string[]
  /** Ids of access keys. */
  readonly keys: readonly string[]
}

export interface Group extends Entity {}

export interface Role extends Entity {
  readonly description?: string | undefined
  /** The trust policy, JSON text. */
  readonly trust: string
  readonly maxSessionSec: number
  readonly tags: Readonly<Record<string, string>>
  readonly boundaryArn?: string | undefined
  /** `lambda.amazonaws.com` when the service made it for itself; the role's owner then can't change it. */
  readonly serviceName?: string | undefined
}

export interface ManagedPolicy extends Named {
  readonly description?: string | undefined
  readonly updatedAtMs: number
  readonly tags: Readonly<Record<string, string>>
  readonly versions: readonly PolicyVersion[]
  readonly defaultVersionId: string
  /** Number of the next version: a deleted one's is not given again. */
  readonly nextVersion: number
}

export interface PolicyVersion {
  readonly id: string
  readonly document: string
  readonly createdAtMs: number
}

export interface StoredKey {
  readonly id: string
  /** Absent: the key is the account's root's. */
  readonly userName?: string | undefined
  readonly secretAccessKey: string
  readonly active: boolean
  readonly createdAtMs: number
}

export interface InstanceProfile extends Named {
  readonly roleName?: string | undefined
  readonly tags: Readonly<Record<string, string>>
}

export type EntityKind = 'user' | 'group' | 'role'

const iam = keyspace('iam', { scope: 'account' })

export const user = iam.record<User, [lowerName: string]>('user')
export const group = iam.record<Group, [lowerName: string]>('group')
export const role = iam.record<Role, [lowerName: string]>('role')
export const managedPolicy = iam.record<ManagedPolicy, [lowerName: string]>('policy')
export const instanceProfile = iam.record<InstanceProfile, [lowerName: string]>('instance-profile')
export const accessKey = iam.record<StoredKey, [id: string]>('access-key')
/** Users of a group, by name. */
export const member = iam.record<true, [lowerGroup: string, lowerUser: string]>('member')
/** Where a managed policy is attached, or is the boundary. */
export const attachment = iam.record<
  { name: string; id: string },
  [policyArn: string, use: 'policy' | 'boundary', kind: EntityKind, lowerName: string]
>('attachment')
/** How often. */
export const attachmentCount = iam.record<number, [policyArn: string, use: 'policy' | 'boundary']>('attachment-count')
/** Instance profiles that hold a role. */
export const profileOfRole = iam.record<true, [lowerRole: string, lowerProfile: string]>('profile-of-role')
/** How many of a kind the account has. */
export const total = iam.record<number, [kind: EntityKind | 'policy' | 'instance-profile']>('total')
/** The account's administrator key, made when the node first started with this account. */
export const administrator = iam.record<{ accessKeyId: string }, []>('administrator')
/** Service-linked roles being deleted: the task's id → outcome. */
export const deletionTask = iam.record<{ roleName: string; doneAtMs: number }, [taskId: string]>('deletion-task')

/** Counts every change of who may do what: see PolicySource. */
export const generation = iam.record<number, []>('generation')

/** Every write that changes who may do what says so here, in its transaction. */
export function changed(tx: Tx): void {
  tx.add(generation(), 1)
}
