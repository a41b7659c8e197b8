import type { ErrorObject } from '@aws-sdk/client-lambda'
import { oneAtATime } from '../../../delivery/one-at-a-time.ts'
import { type Job, type JobCtx, Retry } from '../../../kernel/delivery.ts'
import { type AwsError, isAwsError } from '../../../kernel/errors.ts'
import type { Outcome } from '../../../kernel/functions.ts'
import { functionNotFound } from '../errors.ts'
import { executeOnce } from '../execute.ts'
import { findVersion } from '../find.ts'
import { whileRunning } from '../stopping.ts'
import { resultLimit } from './checkpoint.ts'
import { addEvent, type Draft, openDraft, save, wake } from './draft.ts'
import { endExecution } from './end.ts'
import { invocationEvent } from './invocation-event.ts'
import { checkpointToken } from './names.ts'
import { sizeOf } from './payloads.ts'
import { errorOf, readReply } from './reply.ts'
import { type Execution, pendingOperation } from './state.ts'

/** In a row; an execution whose function fails once more has failed. Between them 1 s, 2 s, 4 s…: two minutes in all. */
const mostFailures = 8

interface Begun {
  readonly execution: Execution
  readonly event: Buffer
}

/**
 * Invokes the function of an execution once, from its beginning, with what it has checkpointed. One invocation runs at a
 * time: one that was broken off (its node was killed) is followed by another, whose tokens are the only ones that are good.
 */
export const invokeJob: Job<{ id: string }> = {
  // Failures are counted in the execution.
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  concurrency: 500,
  run: ({ id }, ctx) => oneAtATime(ctx.host, `durable ${id}`, () => invokeOnce(id, ctx)),
}

async function invokeOnce(id: string, ctx: JobCtx): Promise<void> {
  const { host, scope } = ctx
  const [invocationId, requestId] = [host.ids.uuid(), host.ids.uuid()]
  const begun = await begin(id, invocationId, ctx)
  if (!begun) return
  const startedAtMs = host.clock.nowMs()
  const ended = await whileRunning(invoke(begun, requestId, ctx), host, ctx.signal).catch((error: unknown) => {
    if (!isAwsError(error)) throw error
    return error
  })
  const again = await host.records.write(scope, async (tx) => {
    const draft = await openDraft(tx, host, id)
    if (!draft || (draft.execution.invocation?.id ?? invocationId) !== invocationId) return undefined
    if (isAwsError(ended)) {
      const againAtMs = await refused(draft, ended, ctx)
      save(draft)
      return againAtMs
    }
    draft.execution = { ...draft.execution, invocation: undefined }
    const error = ended.error === undefined ? undefined : errorOf(ended.payload)
    const details = {
      StartTimestamp: new Date(startedAtMs),
      EndTimestamp: new Date(draft.nowMs),
      RequestId: requestId,
    }
    addEvent(draft, { type: 'InvocationCompleted', details, attempt: error && { error } })
    const againAtMs = draft.execution.status === 'RUNNING' ? await settle(draft, ended) : undefined
    save(draft)
    return againAtMs
  })
  if (again !== undefined) throw new Retry(again, 'the function failed, or could not be invoked', { counts: false })
}

function begin(id: string, invocationId: string, { host, scope }: JobCtx): Promise<Begun | undefined> {
  return host.records.write(scope, async (tx) => {
    const draft = await openDraft(tx, host, id)
    if (draft?.execution.status !== 'RUNNING' || isTold(draft.execution)) return undefined
    const event = await invocationEvent(tx, draft.execution, checkpointToken(invocationId, 0))
    const { changes } = draft.execution
    const invocation = { id: invocationId, checkpoints: 0 }
    draft.execution = { ...draft.execution, told: changes, invocation, due: undefined }
    save(draft)
    return { execution: draft.execution, event }
  })
}

/** The invocation that this work was for has ended, and the node was killed before it could say so. */
function isTold({ changes, told, failures, invocation }: Execution): boolean {
  return !invocation && failures === 0 && changes > 0 && changes === told
}

async function invoke(
  { execution: begun, event }: Begun,
  requestId: string,
  { host, scope }: JobCtx,
): Promise<Outcome> {
  const name = { scope, name: begun.functionName, qualifier: begun.version }
  const found = await host.records.read(scope, (tx) => findVersion(tx, name))
  if (found.record.id !== begun.functionId) throw functionNotFound(name)
  const { asynchronous, traceId } = begun
  return executeOnce(host, found, { requestId, payload: event, traceId, asynchronous })
}

const passing = new Set(['TooManyRequestsException', 'ResourceConflictException'])
const final = new Set(['ResourceNotFoundException', 'RecursiveInvocationException'])

/** Nothing was run. What is gone does not come back; for room, or an image, it waits: until when. */
async function refused(draft: Draft, error: AwsError, { nowMs, createdAtMs }: JobCtx): Promise<number | undefined> {
  if (draft.execution.status !== 'RUNNING') return undefined
  // The invocation stays the one that is to be made.
  if (passing.has(error.code)) {
    return draft.nowMs + Math.min(300_000, Math.max(1_000, nowMs - createdAtMs))
  }
  const told = { ErrorType: error.code, ErrorMessage: error.message }
  if (!final.has(error.code)) return failed(draft, told)
  await endExecution(draft, 'FAILED', { error: told })
  return undefined
}

/** Answers when the function is invoked again, unless it has failed too often. */
async function failed(draft: Draft, error: ErrorObject): Promise<number | undefined> {
  const failures = draft.execution.failures + 1
  draft.execution = { ...draft.execution, failures, invocation: undefined, due: true }
  if (failures < mostFailures) return draft.nowMs + 1_000 * 2 ** (failures - 1)
  await endExecution(draft, 'FAILED', { error })
  return undefined
}

/** Does what the function answered. Answers when it is to be invoked again because it failed. */
async function settle(draft: Draft, outcome: Outcome): Promise<number | undefined> {
  if (outcome.error !== undefined) return failed(draft, errorOf(outcome.payload))
  draft.execution = { ...draft.execution, failures: 0 }
  const { status, result, error } = readReply(outcome.payload)
  if (status === 'PENDING') {
    await goOn(draft)
    return undefined
  }
  const mostBytes = resultLimit(draft.execution)
  if (sizeOf(result) > mostBytes) {
    const ErrorMessage = `Execution output payload size must be less than or equal to ${mostBytes} bytes.`
    await endExecution(draft, 'FAILED', { error: { ErrorType: 'InvalidParameterValueException', ErrorMessage } })
  } else await endExecution(draft, status, { result, error })
  return undefined
}

/** It waits for something that has come meanwhile, or will; for nothing it would wait for ever. */
async function goOn(draft: Draft): Promise<void> {
  const { id, changes, told } = draft.execution
  if (changes > told) return wake(draft)
  for await (const _ of draft.tx.keys(pendingOperation.under(id), { limit: 1 })) return
  const ErrorMessage = 'Cannot return PENDING status with no pending operations.'
  await endExecution(draft, 'FAILED', { error: { ErrorType: 'InvalidParameterValueException', ErrorMessage } })
}
