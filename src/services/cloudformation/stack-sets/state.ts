import { keyspace } from '../../../store/keyspace.ts'

export type Preferences = Readonly<{
  RegionConcurrencyType?: 'SEQUENTIAL' | 'PARALLEL'
  RegionOrder?: readonly string[]
  FailureToleranceCount?: number
  FailureTolerancePercentage?: number
  MaxConcurrentCount?: number
  MaxConcurrentPercentage?: number
  ConcurrencyMode?: 'STRICT_FAILURE_TOLERANCE' | 'SOFT_FAILURE_TOLERANCE'
}>

/** What a detection of drift has found, as far as it has come. */
export interface DriftFindings {
  readonly total: number
  readonly drifted: number
  readonly inSync: number
  readonly failed: number
}

export interface StackSet {
  readonly uuid: string
  readonly name: string
  /** `<name>:<uuid>`, as the API has it. */
  readonly id: string
  readonly arn: string
  readonly status: 'ACTIVE' | 'DELETED'
  readonly description?: string | undefined
  /** Values that were given; those of NoEcho parameters are here too, and masked in answers. */
  readonly parameters: Readonly<Record<string, string>>
  readonly noEcho: readonly string[]
  /** Names of the template's parameters; absent where transforms may declare more. */
  readonly declared?: readonly string[] | undefined
  readonly capabilities: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  readonly administrationRoleArn: string
  readonly executionRoleName: string
  readonly managedExecution: boolean
  /** The ClientRequestToken that it was made with. */
  readonly token?: string | undefined
  /** Counts changes of template and parameters: an instance that was deployed with an older one is OUTDATED. */
  readonly generation: number
  /** Operations that run or are queued, in the order of their requests. */
  readonly active: readonly string[]
  /** The operation begun last. */
  readonly latest?: string | undefined
  readonly operations: number
  /** What the last complete detection of drift found. */
  readonly drift?: (DriftFindings & { readonly status: string; readonly atMs: number }) | undefined
}

/** A stack of a set, in one account and Region. */
export interface Instance {
  readonly account: string
  readonly region: string
  readonly stackName: string
  readonly stackId?: string | undefined
  readonly overrides: Readonly<Record<string, string>>
  /** The generation of the set that it was deployed with well; undefined when the last deployment failed. */
  readonly deployed?: number | undefined
  /** A failed deletion or import has left it so. */
  readonly inoperable?: boolean | undefined
  readonly detailed: 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'INOPERABLE' | 'FAILED_IMPORT'
  readonly reason?: string | undefined
  readonly lastOperationId: string
  readonly drift?: { readonly status: 'IN_SYNC' | 'DRIFTED'; readonly atMs: number } | undefined
}

/** One change of overridden parameters: a value, or the one that there was. */
export type Override = Readonly<{ key: string; value?: string | undefined }>

export interface SetOperation {
  readonly id: string
  readonly action: 'CREATE' | 'UPDATE' | 'DELETE' | 'DETECT_DRIFT'
  /** It takes over stacks that there are; the API knows it as CREATE. */
  readonly imports?: boolean | undefined
  readonly status: 'QUEUED' | 'RUNNING' | 'STOPPING' | 'STOPPED' | 'SUCCEEDED' | 'FAILED'
  readonly createdAtMs: number
  readonly endedAtMs?: number | undefined
  readonly preferences: Preferences
  readonly retainStacks?: boolean | undefined
  readonly overrides?: readonly Override[] | undefined
  readonly administrationRoleArn: string
  readonly executionRoleName: string
  /** In order; the failures are counted as they happen. */
  readonly regions: readonly { readonly name: string; readonly accounts: number; readonly failed: number }[]
  readonly exceeded?: boolean | undefined
  /** Of what was asked for under its id. */
  readonly requestHash: string
  /** The ClientRequestToken of what it asks of stacks. */
  readonly token: string
  readonly drift?: DriftFindings | undefined
}

/** What the account's gate said of an operation. */
export interface Gate {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'SKIPPED'
  readonly reason?: string | undefined
}

/** An instance as an operation has to do with it, and what became of it. */
export interface Target {
  readonly account: string
  readonly region: string
  readonly status: 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED'
  readonly reason?: string | undefined
  /** The stack to be imported. */
  readonly stackId?: string | undefined
  /** Once it has been asked. */
  readonly gate?: Gate | undefined
  /** The drift detection of its stack that was begun. */
  readonly detectionId?: string | undefined
}

const cloudformation = keyspace('cloudformation')

export const stackSet = cloudformation.record<StackSet, [uuid: string]>('stack-set')
/** The set that has a name now. */
export const setNamed = cloudformation.record<{ uuid: string }, [name: string]>('stack-set-named')
export const setListed = cloudformation.record<true, [status: string, name: string, uuid: string]>('stack-set-listed')
export const activeSets = cloudformation.record<number, []>('stack-sets-active')
export const setTemplate = cloudformation.record<{ text: string }, [uuid: string]>('stack-set-template')
export const instance = cloudformation.record<Instance, [uuid: string, account: string, region: string]>(
  'stack-set-instance',
)
export const setOperation = cloudformation.record<SetOperation, [uuid: string, operation: string]>(
  'stack-set-operation',
)
export const operationByAge = cloudformation.record<true, [uuid: string, createdAtMs: number, operation: string]>(
  'stack-set-operation-by-age',
)
export const target = cloudformation.record<
  Target,
  [uuid: string, operation: string, regionIndex: number, account: string]
>('stack-set-target')

/** How an instance stands to its set. */
export function instanceStatus(of: Instance, set: StackSet): 'CURRENT' | 'OUTDATED' | 'INOPERABLE' {
  if (of.inoperable) return 'INOPERABLE'
  return of.deployed === set.generation ? 'CURRENT' : 'OUTDATED'
}
