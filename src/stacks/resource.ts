import type { CreationPolicy } from '../kernel/resource.ts'
import type { DeletionPolicy } from './template.ts'
import type { ValueMap } from './value.ts'

/** A physical resource as the stack knows it. */
export interface Made {
  readonly type: string
  /** Physical id. */
  readonly id: string
  /** What Ref answers, when not the id. */
  readonly ref?: string
  readonly attributes: Readonly<Record<string, unknown>>
  /** Its attributes are secrets. */
  readonly noEcho?: boolean
  /** As they were applied: evaluated and coerced. */
  readonly properties: ValueMap
  /** Stack tags it was made or changed with. */
  readonly tags: Readonly<Record<string, string>>
  readonly dependsOn: readonly string[]
  readonly deletionPolicy: DeletionPolicy
  readonly updateReplacePolicy: 'Delete' | 'Retain'
  readonly metadata?: ValueMap
  readonly creationPolicy?: CreationPolicy
  /** What its generated name is derived from. */
  readonly nameSeed: string
  /** It was there before the stack took it over: what takes the import back leaves it alone. */
  readonly imported?: true
}

/** One thing being done to one resource, until it is settled. Persisted before it starts. */
export interface Attempt {
  /** Stable across restarts; the client token of the resource's `call` operations. */
  readonly token: string
  readonly action: 'create' | 'update' | 'restore' | 'delete'
  readonly startedAtMs: number
  /** What it will be: without id and attributes, which the type's `create` or `update` answers. */
  readonly target: Omit<Made, 'id' | 'ref' | 'attributes' | 'noEcho'>
  /** A create that said how to delete what it has made so far. */
  readonly partialId?: string
  /** It failed, having possibly changed something: a rollback must put it right. */
  readonly failed?: boolean
}

export type ResourceStatus =
  | `${'CREATE' | 'UPDATE' | 'DELETE'}_${'IN_PROGRESS' | 'COMPLETE' | 'FAILED'}`
  | 'DELETE_SKIPPED'
  | `IMPORT_${'IN_PROGRESS' | 'COMPLETE' | 'FAILED'}`
  | `IMPORT_ROLLBACK_${'IN_PROGRESS' | 'COMPLETE'}`

/** A resource of a stack, as persisted. */
export interface StackResource {
  readonly logicalId: string
  readonly type: string
  readonly status: ResourceStatus
  readonly reason?: string
  readonly updatedAtMs: number
  /** What exists, and answers Ref and GetAtt. Absent before it is made and after it is deleted. */
  readonly now?: Made
  /** The physical id it had, once it is deleted or left alone. */
  readonly lastId?: string
  /**
   * What it was before the running (or failed) update, from the first change until that ends: `absent`, or what a
   * rollback restores. When `now` is another resource than this, the loser of the two is deleted in the cleanup.
   */
  readonly before?: Made | 'absent'
  readonly attempt?: Attempt
}

/** A physical resource that nothing refers to any more: deleted in the cleanup of the deployment. */
export interface Leftover {
  readonly key: string
  readonly logicalId: string
  readonly made: Made
}
