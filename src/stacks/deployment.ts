import type { Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/records.ts'
import type { JournalEntry } from './journal.ts'
import type { Environment } from './names.ts'
import type { Leftover, ResourceStatus, StackResource } from './resource.ts'
import type { StackPolicy } from './stack-policy.ts'
import type { Template } from './template.ts'
import type { Value } from './value.ts'

/**
 * What a deployment is doing. `forward` makes and changes; `rollback` restores what an update changed; `cleanup`
 * deletes what an update (or its rollback) left over; `remove` deletes everything (a stack's deletion, or the
 * rollback of its creation).
 */
export type Phase = 'forward' | 'rollback' | 'cleanup' | 'remove'

/** A change of a stack in progress, as persisted: all that is needed to go on with it after a crash. */
export interface Deployment {
  readonly id: string
  readonly kind: 'create' | 'update' | 'delete' | 'import'
  readonly phase: Phase
  /** The update failed and was rolled back: its cleanup ends in UPDATE_ROLLBACK_COMPLETE. */
  readonly rolledBack?: boolean
  readonly onFailure: 'ROLLBACK' | 'DELETE' | 'DO_NOTHING'
  /** A rollback deletes what the deployment has made, whatever the deletion policies say. */
  readonly retainExceptOnCreate?: true
  /** A creation that is not done by then (node time) fails. */
  readonly deadlineMs?: number
  /** Who operations run as, unless there is a role. */
  readonly principal: Principal
  readonly roleArn?: string
  readonly clientRequestToken?: string
  /** Asked for while it runs: CancelUpdateStack, DeleteStack. */
  readonly request?: 'cancel' | 'delete'
  /**
   * For a nested stack, of the rollback of its parent: the deletion that takes back its creation, or the update that
   * takes back its last.
   */
  readonly undoes?: true
  /** A rollback leaves what it cannot put back as it is, and ends (ForceRollback). */
  readonly force?: true
  /** What is there already and is taken over instead of made: primary identifiers by logical id. */
  readonly toImport?: Readonly<Record<string, string>>
  /** Logical ids: left as they are by a deletion (RetainResources), or by a continued rollback (ResourcesToSkip). */
  readonly skip?: readonly string[]
}

/** Whether what the deployment deletes now is what it, or its parent's, has made: it is being taken back. */
export function undoesCreation({ kind, phase, request, rolledBack, undoes }: Deployment): boolean {
  if (request === 'delete') return false
  return rolledBack === true || undoes === true || (kind === 'create' && phase === 'remove')
}

/** What the stack is to become. Absent when it is being deleted. */
export interface Target {
  readonly template: Template
  /** Everything but other stacks' exports. */
  readonly environment: Omit<Environment, 'exported'>
  /** Tags of the stack, without `aws:`. */
  readonly tags: Readonly<Record<string, string>>
  /** Which resources an update may touch; absent: all. */
  readonly policy?: StackPolicy | undefined
}

export interface Snapshot {
  readonly deployment: Deployment
  readonly target: Target | undefined
  readonly resources: readonly StackResource[]
  readonly leftovers: readonly Leftover[]
  readonly exports: ReadonlyMap<string, Value>
}

export type StackStatus =
  | 'REVIEW_IN_PROGRESS'
  | `${'CREATE' | 'UPDATE' | 'DELETE' | 'ROLLBACK' | 'UPDATE_ROLLBACK'}_${'IN_PROGRESS' | 'COMPLETE' | 'FAILED'}`
  | `${'UPDATE' | 'UPDATE_ROLLBACK'}_COMPLETE_CLEANUP_IN_PROGRESS`
  | `${'IMPORT' | 'IMPORT_ROLLBACK'}_${'IN_PROGRESS' | 'COMPLETE'}`

/** A resource's line in the stack's events. */
export interface ResourceEvent {
  readonly logicalId: string
  readonly physicalId: string
  readonly type: string
  readonly status: ResourceStatus
  readonly reason?: string
  /** JSON text. */
  readonly properties?: string
}

export interface StackOutput {
  readonly key: string
  readonly value: string
  readonly description?: string
  readonly exportName?: string
}

/** Changes that are made durable together. */
export interface Progress {
  readonly resources?: readonly StackResource[]
  /** Logical ids that the stack no longer has. */
  readonly dropped?: readonly string[]
  readonly leftovers?: readonly Leftover[]
  /** Keys of leftovers that are dealt with. */
  readonly settled?: readonly string[]
  readonly events?: readonly ResourceEvent[]
  /** Attempt tokens whose journal is no longer needed. */
  readonly journalDone?: readonly string[]
  readonly transition?: Transition
}

/** A step of the stack as a whole. */
export interface Transition {
  readonly status: StackStatus
  readonly reason?: string
  /** What the deployment does next; `end` when it is over. */
  readonly next: Phase | 'end'
  readonly rolledBack?: boolean
  /** The target has been reached: it becomes the stack's template, with these outputs. */
  readonly reached?: { readonly outputs: readonly StackOutput[]; readonly imports: readonly string[] }
  /** The stack is gone: its name and exports are free. */
  readonly deleted?: boolean
}

/** Where a stack's deployment is kept. All calls throw `Superseded` when another deployment has taken its place. */
export interface Ledger {
  read(): Promise<Snapshot>
  /** One transaction. Throws ValidationError when a transition's exports clash or are in use. */
  commit(progress: Progress): Promise<void>
  journal(token: string): Promise<readonly JournalEntry[]>
  /** Writes an entry in `tx`, or in a transaction of its own. */
  note(token: string, index: number, entry: JournalEntry, tx?: Tx): Promise<void>
  /** Yields what was asked for, once something is. Ends when aborted. */
  requests(signal: AbortSignal): AsyncIterable<NonNullable<Deployment['request']>>
}

/** The deployment is over, or another has begun. */
export class Superseded extends Error {}
