import type { Host, InvokeOptions } from '../../../kernel/host.ts'
import type { Scope } from '../../../kernel/records.ts'
import type { Instance, SetOperation, StackSet, Target } from './state.ts'

/** One instance of an operation, as it was when its turn came. */
export interface Work {
  readonly host: Host
  /** Of the administrator, who has the set. */
  readonly scope: Scope
  readonly signal: AbortSignal
  readonly set: StackSet
  readonly text: string
  readonly operation: SetOperation
  readonly target: Target
  readonly regionIndex: number
  readonly of: Instance
}

/** What has become of an instance. */
export type Outcome =
  | {
      readonly ok: true
      readonly stackId?: string
      readonly drift?: 'IN_SYNC' | 'DRIFTED'
      readonly overrides?: Readonly<Record<string, string>>
    }
  | { readonly ok: false; readonly reason: string; readonly stackGone?: boolean; readonly inoperable?: boolean }

/** Runs an operation of CloudFormation as the execution role, in the account and Region of the instance. */
export type Invoke = <O>(operation: string, input: object, options?: Partial<InvokeOptions>) => Promise<O>

/** The account and Region of an instance. */
export function placeOf({ account, region }: Pick<Instance, 'account' | 'region'>): Scope {
  return { account, region }
}
