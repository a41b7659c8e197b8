import type { PolicyType } from '@aws-sdk/client-cloudwatch-logs'
import type { AccessRequest } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'

/** A policy of an account's groups, as it is given. */
export interface GivenPolicy {
  readonly name: string
  readonly document: string
  readonly criteria?: string | undefined
}

/** As it is kept, whatever else is kept with it. */
export interface KeptPolicy extends GivenPolicy {
  readonly updatedAtMs: number
}

/** One type of account policies. */
export interface PolicyKind {
  readonly type: PolicyType
  /** What is needed besides logs:PutAccountPolicy. */
  needed(document: string, ctx: Ctx): readonly AccessRequest[]
  /** What is needed besides logs:DeleteAccountPolicy, or to see them besides logs:DescribeAccountPolicies. */
  neededTo(what: 'remove' | 'see', ctx: Ctx): AccessRequest
  /** Keeps the policy in the place of one with its name. */
  put(given: GivenPolicy, ctx: Ctx): Promise<KeptPolicy>
  list(tx: ReadTx): Promise<readonly KeptPolicy[]>
  /** False when there is none of that name. */
  remove(tx: Tx, name: string): Promise<boolean>
}
