import type { Principal } from './principal.ts'
import type { ReadTx } from './records.ts'

/** What authentication and authorisation need to know of an account's users, roles and keys. The IAM service answers. */
export interface PolicySource {
  /**
   * A number that changes with every change of the account's users, groups, roles, policies and access keys: what was
   * learnt at one generation holds while it lasts. One small read that takes no part in conflict detection.
   */
  generation(tx: ReadTx, account: string): Promise<number>
  /**
   * What is attached to a `user` or `role`. Undefined when there is none with the principal's unique id any more:
   * credentials of a deleted role do not become those of a new one with its name.
   */
  policies(tx: ReadTx, principal: Principal): Promise<PrincipalPolicies | undefined>
  /** A long-term access key (of a user, or of the account's root), if it is active. */
  accessKey(tx: ReadTx, account: string, accessKeyId: string): Promise<AccessKey | undefined>
}

export interface PrincipalPolicies {
  /** JSON texts: inline, managed and, for a user, those of its groups. */
  readonly identity: readonly string[]
  readonly boundary?: string | undefined
  /** Managed policies that the session was narrowed with; those deleted since are missing. */
  readonly session: readonly string[]
  readonly tags: Readonly<Record<string, string>>
}

export interface AccessKey {
  readonly secretAccessKey: string
  readonly principal: Principal
}
