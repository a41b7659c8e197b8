import type { Operation as Described } from '@aws-sdk/client-lambda'
import type { ReadTx } from '../../../kernel/records.ts'
import { pageBytes } from './limits.ts'
import { getPayload, sizeOf } from './payloads.ts'
import { type Execution, type Operation, operation, operationNumber } from './state.ts'

const date = (atMs: number | undefined) => (atMs === undefined ? undefined : new Date(atMs))

/** The execution as the first of its operations: its input is in there. */
export async function describeExecution(tx: ReadTx, execution: Execution): Promise<Described> {
  const { id, name, status, startedAtMs, endedAtMs } = execution
  return {
    Id: id,
    Name: name,
    Type: 'EXECUTION',
    StartTimestamp: new Date(startedAtMs),
    EndTimestamp: date(endedAtMs),
    Status: status === 'RUNNING' ? 'STARTED' : status,
    ExecutionDetails: { InputPayload: await getPayload(tx, id, 'input') },
  }
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_Operation.html */
export function describeOperation(value: Operation): Described {
  const { id, parentId, name, type, subType, status, startedAtMs, endedAtMs } = value
  const { result: Result, error, attempt, dueAtMs, replayChildren, callback } = value
  const said = { Result, Error: error && { ...error } }
  const dueAt = date(dueAtMs)
  return {
    ...{ Id: id, ParentId: parentId, Name: name, Type: type, SubType: subType, Status: status },
    StartTimestamp: new Date(startedAtMs),
    EndTimestamp: date(endedAtMs),
    ...(type === 'CONTEXT' && { ContextDetails: { ReplayChildren: replayChildren, ...said } }),
    ...(type === 'STEP' && { StepDetails: { Attempt: attempt ?? 0, NextAttemptTimestamp: dueAt, ...said } }),
    ...(type === 'WAIT' && { WaitDetails: { ScheduledEndTimestamp: dueAt } }),
    ...(type === 'CALLBACK' && { CallbackDetails: { CallbackId: callback?.id, ...said } }),
    ...(type === 'CHAINED_INVOKE' && { ChainedInvokeDetails: said }),
  }
}

export const operationBytes = ({ result, error }: Operation): number =>
  sizeOf(result) + (error ? sizeOf(JSON.stringify(error)) : 0) + 500

export interface StatePage {
  readonly operations: Described[]
  /** The number after which the next page begins. */
  readonly next?: number | undefined
}

/**
 * What the function needs to know to begin anew, in the order in which it was begun: the operations after a number (the
 * execution itself is before 1). Those of a context that has ended are left out, unless it says that it needs them.
 */
export async function statePage(
  tx: ReadTx,
  execution: Execution,
  after: number | undefined,
  most: number,
): Promise<StatePage> {
  const { id } = execution
  const operations: Described[] = []
  let bytes = 0
  if (after === undefined) {
    const first = await describeExecution(tx, execution)
    bytes += sizeOf(first.ExecutionDetails?.InputPayload)
    operations.push(first)
  }
  const isHidden = hidden(tx, id)
  let last = after ?? 0
  for await (const { key, value } of tx.range(operation.between([id], { after: [last] }))) {
    const [, number] = key
    if (!(await isHidden(value.parentId))) {
      bytes += operationBytes(value)
      if (operations.length >= most || (operations.length > 0 && bytes > pageBytes)) return { operations, next: last }
      operations.push(describeOperation(value))
    }
    last = number
  }
  return { operations }
}

/** Whether the operations in a context are left out, as they are when one around it has ended without needing them. */
function hidden(tx: ReadTx, id: string): (contextId: string | undefined) => Promise<boolean> {
  const known = new Map<string, boolean>()
  return async function isHidden(contextId): Promise<boolean> {
    if (contextId === undefined) return false
    const before = known.get(contextId)
    if (before !== undefined) return before
    const number = await tx.get(operationNumber(id, contextId))
    const context = number === undefined ? undefined : await tx.get(operation(id, number))
    const own = context?.endedAtMs !== undefined && context.replayChildren !== true
    const answer = own || (await isHidden(context?.parentId))
    known.set(contextId, answer)
    return answer
  }
}
