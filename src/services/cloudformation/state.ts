import type { Principal } from '../../kernel/principal.ts'
import type { Deployment, ResourceEvent, StackOutput, StackStatus } from '../../stacks/deployment.ts'
import type { JournalEntry } from '../../stacks/journal.ts'
import type { ResourceChange } from '../../stacks/plan.ts'
import type { Leftover, StackResource } from '../../stacks/resource.ts'
import { keyspace } from '../../store/keyspace.ts'

/** What a stack is made from, besides its template's text. */
export interface Settings {
  readonly description?: string | undefined
  /** Values of all parameters; those of NoEcho parameters are here too, and masked in answers. */
  readonly parameters: Readonly<Record<string, string>>
  readonly noEcho: readonly string[]
  /** What Parameter Store had under the names that are the values of some. */
  readonly stored?: Readonly<Record<string, string>> | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly capabilities: readonly string[]
  readonly roleArn?: string | undefined
}

export interface Stack extends Settings {
  readonly uuid: string
  readonly name: string
  /** Another name that it is found by. */
  readonly alias?: string | undefined
  /** Its ARN. */
  readonly id: string
  readonly status: StackStatus
  readonly reason?: string | undefined
  readonly createdAtMs: number
  readonly updatedAtMs?: number | undefined
  readonly deletedAtMs?: number | undefined
  readonly outputs: readonly StackOutput[]
  /** Names of other stacks' exports that it uses. */
  readonly imports: readonly string[]
  readonly timeoutMinutes?: number | undefined
  readonly disableRollback: boolean
  readonly terminationProtection: boolean
  /** The change set executed last. */
  readonly changeSetId?: string | undefined
  /** The ClientRequestToken of the latest change, and what it asked for. */
  /** The stacks that it is nested in: the next, and the outermost. */
  readonly parentId?: string | undefined
  readonly rootId?: string | undefined
  readonly lastRequest?:
    | { readonly token: string; readonly action: string; readonly operation?: string | undefined }
    | undefined
  /** The operation that runs or ran last; before it, where it is a rollback, the one that it takes back. */
  readonly lastOperations?: readonly { readonly id: string; readonly type: OperationType }[] | undefined
  /** The stack set that it is an instance of. */
  readonly stackSetArn?: string | undefined
  /** The drift detection that runs, by its id. */
  readonly detecting?: string | undefined
  /** What the last one found. */
  readonly drift?: { readonly status: 'IN_SYNC' | 'DRIFTED'; readonly atMs: number } | undefined
}

/** A deployment in progress. What it leads to, if it succeeds, is the template stored as `target`. */
export interface StoredDeployment extends Deployment {
  readonly target?: Settings | undefined
  /** Names of other stacks' exports that the target uses. */
  readonly imports?: readonly string[] | undefined
  readonly policyDuringUpdate?: string | undefined
  readonly changeSetId?: string | undefined
  readonly changeSetUuid?: string | undefined
  /** The operation that it is now: see operation-log.ts. */
  readonly operation?: string | undefined
}

export type ExecutionStatus =
  | 'UNAVAILABLE'
  | 'AVAILABLE'
  | 'EXECUTE_IN_PROGRESS'
  | 'EXECUTE_COMPLETE'
  | 'EXECUTE_FAILED'
  | 'OBSOLETE'

export interface ChangeSet extends Settings {
  /** Names of other stacks' exports that it uses. */
  readonly imports: readonly string[]
  readonly uuid: string
  readonly name: string
  readonly id: string
  readonly type: 'CREATE' | 'UPDATE' | 'IMPORT'
  /** Said by the caller about the change set; `description` is the template's. */
  readonly note?: string | undefined
  readonly status: 'CREATE_COMPLETE' | 'FAILED'
  readonly reason?: string | undefined
  readonly execution: ExecutionStatus
  readonly createdAtMs: number
  readonly onFailure?: 'ROLLBACK' | 'DELETE' | 'DO_NOTHING' | undefined
  readonly includeNestedStacks: boolean
  readonly importExisting?: boolean
  /** Primary identifiers of what it takes over, by logical id. */
  readonly toImport?: Readonly<Record<string, string>> | undefined
  readonly mode?: string | undefined
  readonly token?: string | undefined
}

/** A change in the form it is answered in, values as JSON text. */
export type DescribedChange = Pick<
  ResourceChange,
  'action' | 'logicalId' | 'type' | 'physicalId' | 'replacement' | 'policyAction' | 'scope'
> & {
  readonly details: readonly ChangeDetail[]
  readonly before?: string | undefined
  readonly after?: string | undefined
}

export interface ChangeDetail {
  readonly attribute: 'Properties' | 'Metadata' | 'Tags' | 'DeletionPolicy' | 'UpdateReplacePolicy'
  readonly name?: string | undefined
  readonly recreation: 'Never' | 'Conditionally' | 'Always'
  readonly dynamic: boolean
  readonly source: 'DirectModification' | 'ResourceReference' | 'Automatic'
  readonly cause?: string | undefined
  readonly before?: string | undefined
  readonly after?: string | undefined
}

export type OperationType = 'CREATE_STACK' | 'UPDATE_STACK' | 'DELETE_STACK' | 'CONTINUE_ROLLBACK' | 'ROLLBACK'

export interface StackEvent extends Omit<ResourceEvent, 'status'> {
  readonly id: string
  readonly status: string
  readonly atMs: number
  readonly token?: string | undefined
  readonly operation?: string | undefined
}

/**
 * Where a template's text is kept. A stack's own, its running deployment's, and each change set's are copies; a nested
 * stack has the one before its parent's latest update, to go back to.
 */
export type TemplateHolder = 'stack' | 'target' | 'previous' | `change-set/${string}`

const cloudformation = keyspace('cloudformation')

/** A macro by its name. `owner` is the resource that defines it: `<stack uuid>/<logical id>`. */
export const macro = cloudformation.record<
  { functionName: string; description?: string | undefined; owner: string },
  [name: string]
>('macro')

export const stack = cloudformation.record<Stack, [uuid: string]>('stack')
/** The stack that has a name now, its own or an alias. */
export const named = cloudformation.record<{ uuid: string; alias?: true }, [name: string]>('named')
export const byAge = cloudformation.record<true, [createdAtMs: number, uuid: string]>('by-age')
/** A template's text, and what transforms have made of it. */
export interface StoredTemplate {
  readonly text: string
  readonly processed?: string | undefined
}
export const template = cloudformation.record<StoredTemplate, [uuid: string, holder: string]>('template')
export const resource = cloudformation.record<StackResource, [uuid: string, logicalId: string]>('resource')
/** Which resources updates may touch, as it was given. */
export const stackPolicy = cloudformation.record<{ text: string }, [uuid: string]>('policy')
export const leftover = cloudformation.record<Leftover, [uuid: string, key: string]>('leftover')
/** Appended: the last part is the position. */
export const event = cloudformation.record<StackEvent, [uuid: string, position: Uint8Array]>('event')
export const deployment = cloudformation.record<StoredDeployment, [uuid: string]>('deployment')
/** What has been done so far of an attempt at a resource. */
export const journal = cloudformation.record<JournalEntry, [uuid: string, token: string, index: number]>('journal')
/** What a custom resource's provider answered. */
export interface Answer {
  readonly status: 'SUCCESS' | 'FAILED'
  readonly reason?: string
  readonly physicalId?: string
  readonly data?: Readonly<Record<string, unknown>>
  readonly noEcho?: boolean
}
/** By the token of the attempt that asked; cleared when the deployment ends. */
export const answer = cloudformation.record<Answer, [uuid: string, token: string]>('answer')

/** A signal to what waits for it. */
export interface Signal {
  readonly status: 'SUCCESS' | 'FAILURE'
  readonly uniqueId: string
  readonly data: string
  readonly reason: string
}
/** By the token of a wait condition's handle, or the logical id of a resource with a CreationPolicy. */
export const resourceSignal = cloudformation.record<Signal, [uuid: string, waiting: string, uniqueId: string]>('signal')

export const changeSet = cloudformation.record<ChangeSet, [stack: string, uuid: string]>('change-set')
export const changeSetNamed = cloudformation.record<{ uuid: string }, [stack: string, name: string]>('change-set-named')
/** What a change set would do, in order. */
export const change = cloudformation.record<DescribedChange, [changeSet: string, index: number]>('change')
/** The stack of a change set given by its ARN alone. */
export const changeSetHome = cloudformation.record<{ stack: string }, [uuid: string]>('change-set-home')
export interface Export {
  readonly value: string
  readonly uuid: string
  readonly stackId: string
  readonly stackName: string
}
export const exported = cloudformation.record<Export, [name: string]>('export')
export const importing = cloudformation.record<{ stackName: string }, [exportName: string, uuid: string]>('import')

/** Which stacks have a physical resource of that type and id (its digest: ids may be longer than keys). See owners.ts. */
export const owner = cloudformation.record<true, [physicalId: string, type: string, uuid: string, logicalId: string]>(
  'owner',
)

/** What a resource was like when its drift was last looked for. Values as JSON text, without secrets. */
export interface ResourceDrift {
  readonly logicalId: string
  readonly physicalId: string
  readonly type: string
  readonly status: 'IN_SYNC' | 'MODIFIED' | 'DELETED'
  readonly atMs: number
  readonly expected: string
  readonly actual: string | undefined
  readonly differences: readonly {
    readonly path: string
    readonly kind: 'ADD' | 'REMOVE' | 'NOT_EQUAL'
    readonly expected: string
    readonly actual: string
  }[]
}
export const resourceDrift = cloudformation.record<ResourceDrift, [uuid: string, logicalId: string]>('drift')

/** A look for the drift of a stack. */
export interface DriftDetection {
  readonly id: string
  readonly stackId: string
  readonly startedAtMs: number
  /** Who asked: resources are read as they. */
  readonly principal: Principal
  /** Absent: all. */
  readonly logicalIds?: readonly string[] | undefined
  readonly status: 'DETECTION_IN_PROGRESS' | 'DETECTION_COMPLETE' | 'DETECTION_FAILED'
  readonly reason?: string | undefined
  readonly found?: 'IN_SYNC' | 'DRIFTED' | undefined
  readonly drifted?: number | undefined
}
export const driftDetection = cloudformation.record<
  DriftDetection,
  [uuid: string, startedAtMs: number, detection: string]
>('drift-detection')
/** Where a detection given by its id alone is. */
export const driftDetectionHome = cloudformation.record<{ stack: string; startedAtMs: number }, [detection: string]>(
  'drift-detection-home',
)
