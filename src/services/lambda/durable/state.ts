import type { ErrorObject, EventType, ExecutionStatus, OperationStatus, OperationType } from '@aws-sdk/client-lambda'
import { keyspace } from '../../../store/keyspace.ts'

/** What a durable function was asked to do once, from its invocation to its result. Times in epoch milliseconds. */
export interface Execution {
  readonly id: string
  /** Given by whoever invoked it, else an id. */
  readonly name: string
  readonly functionName: string
  /** A function that is made anew under the name of one that is gone has none of its executions. */
  readonly functionId: string
  /** The version or alias that was invoked. */
  readonly qualifier: string
  /** `$LATEST` or a number: every invocation runs this version. */
  readonly version: string
  /** As the version has it when the execution starts: later changes are for later executions. */
  readonly durable: DurableSettings
  /** Nobody waits for the result, which may then have 1 MB instead of 6. */
  readonly asynchronous: boolean
  /** Of the request that began it. */
  readonly requestId: string
  readonly traceId?: string | undefined
  /** SHA-256 of the input: the same name is the same execution only with the same input. */
  readonly inputSha256: string
  readonly startedAtMs: number
  readonly status: ExecutionStatus
  readonly endedAtMs?: number | undefined
  readonly error?: ErrorObject | undefined
  /** The operation of another execution that waits for this one. */
  readonly parent?: { readonly id: string; readonly number: number } | undefined
  /** Numbers that were given to operations, events of the history, and changes of operations. */
  readonly operations: number
  readonly events: number
  readonly changes: number
  /** The last change that the function has been told of. */
  readonly told: number
  readonly writtenBytes: number
  /** The invocation that runs; absent: none does. */
  readonly invocation?: Invocation | undefined
  /** One waits to be made: a second due record would take the place of the first, which may have been claimed already. */
  readonly due?: true | undefined
  /** Invocations that failed, since the last that did not. */
  readonly failures: number
}

/** What makes a function durable. */
export interface DurableSettings {
  readonly timeoutSec: number
  readonly retentionDays: number
}

export interface Invocation {
  readonly id: string
  /** Checkpoints it has made: part of the only token that is good for the next. */
  readonly checkpoints: number
  /** The last of them, which is answered again to whoever repeats it. `told`: what the function knew before. */
  readonly last?: { readonly clientToken: string; readonly told: number } | undefined
}

/** One step, wait, callback, invocation of another function, or context. The execution itself is number 0, kept nowhere. */
export interface Operation {
  /** As the function names it. */
  readonly id: string
  readonly parentId?: string | undefined
  readonly name?: string | undefined
  readonly type: Exclude<OperationType, 'EXECUTION'>
  readonly subType?: string | undefined
  readonly status: OperationStatus
  readonly startedAtMs: number
  readonly endedAtMs?: number | undefined
  /** Of the execution's changes the one that made it what it is. */
  readonly change: number
  readonly result?: string | undefined
  readonly error?: ErrorObject | undefined
  /** Of a step: attempts that have ended. */
  readonly attempt?: number | undefined
  /** When a wait is over, a step is tried again, a callback has timed out. */
  readonly dueAtMs?: number | undefined
  /** Of a context that has ended: its operations are needed again. */
  readonly replayChildren?: boolean | undefined
  readonly callback?: Callback | undefined
  readonly invoke?: ChainedInvoke | undefined
}

export interface Callback {
  readonly id: string
  readonly heartbeatSec?: number | undefined
  readonly heartbeatDueAtMs?: number | undefined
}

export interface ChainedInvoke {
  readonly functionName: string
  readonly traceId?: string | undefined
}

/** An event of the history. */
export interface HistoryEvent {
  readonly type: EventType
  readonly atMs: number
  /** Of which operation; absent: of an invocation. */
  readonly number?: number | undefined
  /** Members of its details as they are shown, but for what the operation or execution has as its result, error or input. */
  readonly details?: Readonly<Record<string, unknown>> | undefined
  /** Of an invocation, and of an attempt that another follows: what no operation has, or will have. */
  readonly attempt?: { readonly result?: string | undefined; readonly error?: ErrorObject | undefined } | undefined
}

const lambda = keyspace('lambda')

export const execution = lambda.record<Execution, [id: string]>('durable-execution')
export const executionByName = lambda.record<string, [functionId: string, name: string]>('durable-execution-by-name')
export const executionByStart = lambda.record<true, [functionId: string, startedAtMs: number, id: string]>(
  'durable-execution-by-start',
)
/** Inputs and results have up to 6 MB: more than a value may have. */
export const executionPayload = lambda.record<string, [id: string, what: 'input' | 'result', part: number]>(
  'durable-execution-payload',
)
export const operation = lambda.record<Operation, [id: string, number: number]>('durable-operation')
/** What a chained invocation is given: beside its answer it would be more than a value may have. */
export const operationInput = lambda.record<string, [id: string, number: number]>('durable-operation-input')
export const operationNumber = lambda.record<number, [id: string, operationId: string]>('durable-operation-number')
/** The operations in the order in which they changed last. */
export const operationByChange = lambda.record<number, [id: string, change: number]>('durable-operation-by-change')
/** The operations that something outside of the function ends: what an execution may wait for. */
export const pendingOperation = lambda.record<true, [id: string, number: number]>('durable-operation-pending')
export const historyEvent = lambda.record<HistoryEvent, [id: string, eventId: number]>('durable-event')
