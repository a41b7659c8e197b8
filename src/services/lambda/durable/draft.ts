import type { Host } from '../../../kernel/host.ts'
import type { Tx } from '../../../kernel/records.ts'
import {
  type Execution,
  execution,
  type HistoryEvent,
  historyEvent,
  type Operation,
  operation,
  operationByChange,
  operationNumber,
  pendingOperation,
} from './state.ts'

/** An execution that is being changed in a transaction of its scope; `save` writes it. */
export interface Draft {
  readonly tx: Tx
  readonly host: Host
  readonly nowMs: number
  execution: Execution
}

export interface Numbered {
  readonly number: number
  readonly value: Operation
}

/** Undefined when there is no such execution (any more). */
export async function openDraft(tx: Tx, host: Host, id: string): Promise<Draft | undefined> {
  const found = await tx.get(execution(id))
  return found && { tx, host, nowMs: host.clock.nowMs(), execution: found }
}

export function save({ tx, execution: changed }: Draft): void {
  tx.set(execution(changed.id), changed)
}

export async function findOperation(
  { tx, execution: { id } }: Draft,
  operationId: string,
): Promise<Numbered | undefined> {
  const number = await tx.get(operationNumber(id, operationId))
  const value = number === undefined ? undefined : await tx.get(operation(id, number))
  return number === undefined || !value ? undefined : { number, value }
}

/** Adds an operation; its number says what was begun before it. */
export function addOperation(draft: Draft, value: Omit<Operation, 'change'>): Numbered {
  const number = draft.execution.operations + 1
  draft.execution = { ...draft.execution, operations: number }
  draft.tx.set(operationNumber(draft.execution.id, value.id), number)
  return changeOperation(draft, { number, value: { ...value, change: 0 } }, {})
}

/** Changes an operation, of which the function is then told. */
export function changeOperation(
  draft: Draft,
  { number, value: before }: Numbered,
  changed: Partial<Operation>,
): Numbered {
  const { tx } = draft
  const { id, changes } = draft.execution
  const change = changes + 1
  const value: Operation = { ...before, ...changed, change }
  draft.execution = { ...draft.execution, changes: change }
  tx.set(operation(id, number), value)
  if (before.change > 0) tx.delete(operationByChange(id, before.change))
  tx.set(operationByChange(id, change), number)
  if (isPending(value)) tx.set(pendingOperation(id, number), true)
  else tx.delete(pendingOperation(id, number))
  return { number, value }
}

/** Whether something outside of the function ends it. */
export function isPending({ type, status }: Operation): boolean {
  if (type === 'STEP') return status === 'PENDING'
  return type !== 'CONTEXT' && status === 'STARTED'
}

export function addEvent(draft: Draft, event: Omit<HistoryEvent, 'atMs'>): void {
  const events = draft.execution.events + 1
  draft.execution = { ...draft.execution, events }
  draft.tx.set(historyEvent(draft.execution.id, events), { ...event, atMs: draft.nowMs })
}

/**
 * Has the function invoked, unless an invocation runs, or waits to: one that runs is told with its next checkpoint, or
 * another follows it when it has ended without.
 */
export function wake(draft: Draft): void {
  const { tx, host, execution } = draft
  const { id, invocation, due, status } = execution
  if (status !== 'RUNNING' || invocation || due) return
  draft.execution = { ...execution, due: true }
  host.deliveries.schedule(tx, { kind: 'lambda:durable-invoke', scope: tx.scope, key: id, data: { id } })
}
