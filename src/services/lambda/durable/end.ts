import type { ErrorObject, EventType, ExecutionStatus, OperationStatus } from '@aws-sdk/client-lambda'
import { addEvent, changeOperation, type Draft, openDraft, save, wake } from './draft.ts'
import { durableLimits } from './limits.ts'
import { announce, count } from './notices.ts'
import { putPayload, sizeOf } from './payloads.ts'
import { operation, pendingOperation } from './state.ts'
import { dropTimer } from './timers.ts'

export interface Result {
  readonly result?: string | undefined
  readonly error?: ErrorObject | undefined
}

const endedAs: Readonly<Record<Exclude<ExecutionStatus, 'RUNNING'>, EventType>> = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  STOPPED: 'ExecutionStopped',
}

const dayMs = 86_400_000

/** Ends an execution: nothing invokes its function for it any more, and who waits for it is told. `save` is the caller's. */
export async function endExecution(
  draft: Draft,
  status: Exclude<ExecutionStatus, 'RUNNING'>,
  { result, error }: Result,
): Promise<void> {
  const { tx, host, nowMs } = draft
  const { id, parent, durable, asynchronous } = draft.execution
  if (result !== undefined) putPayload(tx, id, 'result', result)
  draft.execution = { ...draft.execution, status, error, endedAtMs: nowMs, invocation: undefined }
  addEvent(draft, { type: endedAs[status], number: 0 })
  dropTimer(tx, host, { id, number: 0 })
  for await (const [, number] of tx.keys(pendingOperation.under(id))) dropTimer(tx, host, { id, number })
  host.deliveries.cancel(tx, 'lambda:durable-invoke', tx.scope, id)
  host.deliveries.schedule(tx, {
    ...{ kind: 'lambda:durable-expire', scope: tx.scope, key: id, data: { id } },
    dueAtMs: nowMs + durable.retentionDays * dayMs,
  })
  await announce(draft)
  count(draft)
  if (parent) await tellParent(draft, parent, result)
  else if (asynchronous && (status === 'FAILED' || status === 'TIMED_OUT')) {
    host.deliveries.schedule(tx, { kind: 'lambda:durable-dead-letter', scope: tx.scope, data: { id } })
  }
}

async function tellParent(
  { tx, host, execution: { status, error, durable } }: Draft,
  parent: { readonly id: string; readonly number: number },
  result: string | undefined,
): Promise<void> {
  const waiting = await openDraft(tx, host, parent.id)
  if (!waiting) return
  const timedOut = {
    ErrorType: 'ChainedInvoke.Timeout',
    ErrorMessage: `CHAINED_INVOKE timed out after ${durable.timeoutSec} seconds.`,
  }
  const answer = { result, error: status === 'TIMED_OUT' ? timedOut : error }
  await endChained(waiting, parent.number, status as OperationStatus, answer)
  save(waiting)
}

const chainedAs: Readonly<Partial<Record<OperationStatus, EventType>>> = {
  SUCCEEDED: 'ChainedInvokeSucceeded',
  FAILED: 'ChainedInvokeFailed',
  TIMED_OUT: 'ChainedInvokeTimedOut',
  STOPPED: 'ChainedInvokeStopped',
}

/** Ends an operation that waited for another function, and has the function told. */
export async function endChained(
  draft: Draft,
  number: number,
  status: OperationStatus,
  { result, error }: Result,
): Promise<void> {
  const value = await draft.tx.get(operation(draft.execution.id, number))
  const type = chainedAs[status]
  if (draft.execution.status !== 'RUNNING' || value?.status !== 'STARTED' || !type) return
  if (sizeOf(result) > durableLimits.payloadBytes) {
    const ErrorMessage = `CHAINED_INVOKE output payload size must be less than or equal to ${durableLimits.payloadBytes} bytes.`
    return endChained(draft, number, 'FAILED', { error: { ErrorMessage } })
  }
  const writtenBytes = draft.execution.writtenBytes + sizeOf(result)
  draft.execution = { ...draft.execution, writtenBytes }
  changeOperation(draft, { number, value }, { status, result, error, endedAtMs: draft.nowMs })
  addEvent(draft, { type, number })
  wake(draft)
}
