import type { Ids } from '../../kernel/ids.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Deployment } from '../../stacks/deployment.ts'
import { keyspace } from '../../store/keyspace.ts'
import type { OperationType, Stack, StackEvent } from './state.ts'

/**
 * An attempt to change a stack. A rollback that a failure leads to is one of its own.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html
 */
export interface StackOperation {
  readonly id: string
  readonly type: OperationType
  readonly status: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED'
}

const cloudformation = keyspace('cloudformation')

export const operation = cloudformation.record<StackOperation, [uuid: string, id: string]>('operation')
/** Where an operation given by its id alone is. */
export const operationHome = cloudformation.record<{ uuid: string }, [id: string]>('operation-home')
/** The events of one operation; all of a stack's are in `event`. */
export const operationEvent = cloudformation.record<
  StackEvent,
  [uuid: string, operation: string, position: Uint8Array]
>('operation-event')

/** Begins an operation, whose id the stack's events have from here on. */
export function openOperation(
  tx: Tx,
  of: Pick<Stack, 'uuid'>,
  type: OperationType,
  ids: Pick<Ids, 'uuid'>,
): { readonly id: string; readonly type: OperationType } {
  const id = ids.uuid()
  tx.set(operation(of.uuid, id), { id, type, status: 'IN_PROGRESS' })
  tx.set(operationHome(id), { uuid: of.uuid })
  return { id, type }
}

export async function closeOperation(
  tx: Tx,
  uuid: string,
  id: string | undefined,
  status: 'SUCCEEDED' | 'FAILED',
): Promise<void> {
  const found = id === undefined ? undefined : await tx.get(operation(uuid, id))
  if (found) tx.set(operation(uuid, found.id), { ...found, status })
}

/** What kind of operation a deployment is that begins in this way. */
export function operationType(kind: Deployment['kind'], phase: Deployment['phase'], action: string): OperationType {
  if (kind === 'delete') return 'DELETE_STACK'
  if (action === 'ContinueUpdateRollback') return 'CONTINUE_ROLLBACK'
  if (phase !== 'forward') return 'ROLLBACK'
  return kind === 'create' ? 'CREATE_STACK' : 'UPDATE_STACK'
}
