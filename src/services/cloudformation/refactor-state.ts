import { keyspace } from '../../store/keyspace.ts'

/** A refactor of stacks: made and looked at first, then executed. */
export interface StackRefactor {
  readonly id: string
  readonly createdAtMs: number
  readonly description?: string | undefined
  readonly status: 'CREATE_COMPLETE' | 'CREATE_FAILED'
  readonly reason?: string | undefined
  readonly execution: 'UNAVAILABLE' | 'AVAILABLE' | 'OBSOLETE' | 'EXECUTE_COMPLETE' | 'EXECUTE_FAILED'
  readonly executionReason?: string | undefined
  readonly stacks: readonly RefactorMember[]
  readonly mappings: readonly RefactorMapping[]
}

/** A stack that takes part. */
export interface RefactorMember {
  readonly uuid: string
  /** Its ARN. */
  readonly id: string
  readonly name: string
  /** It is made by the refactor. */
  readonly fresh: boolean
}

/** Where a resource is and where it goes: uuids of stacks, and logical ids. */
export interface RefactorMapping {
  readonly source: { readonly uuid: string; readonly logicalId: string }
  readonly destination: { readonly uuid: string; readonly logicalId: string }
}

/** One line of what a refactor does. A stack that is made has no `from`. */
export interface RefactorAction {
  readonly physicalId: string
  readonly mapped: boolean
  readonly from?: { readonly stackId: string; readonly logicalId: string }
  readonly to: { readonly stackId: string; readonly logicalId: string }
}

const cloudformation = keyspace('cloudformation')

export const stackRefactor = cloudformation.record<StackRefactor, [id: string]>('refactor')
export const refactorByAge = cloudformation.record<true, [createdAtMs: number, id: string]>('refactor-by-age')
/** What it does, in order. */
export const refactorAction = cloudformation.record<RefactorAction, [id: string, index: number]>('refactor-action')
/** The templates that its stacks are to have, until it is executed or can no longer be. */
export const refactorTemplate = cloudformation.record<
  { text: string; processed?: string | undefined },
  [id: string, stack: string]
>('refactor-template')
/** Refactors that can be executed, by each of their stacks. */
export const refactorOf = cloudformation.record<true, [stack: string, id: string]>('refactor-of')
