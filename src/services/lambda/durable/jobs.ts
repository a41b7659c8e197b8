import { type Job, Retry } from '../../../kernel/delivery.ts'
import { AwsError, isAwsError } from '../../../kernel/errors.ts'
import type { Host } from '../../../kernel/host.ts'
import type { Tx } from '../../../kernel/records.ts'
import { endEvent } from '../destinations.ts'
import { execute } from '../execute.ts'
import { findVersion } from '../find.ts'
import { readName } from '../names.ts'
import { whileRunning } from '../stopping.ts'
import { ending } from './call.ts'
import { openDraft, save } from './draft.ts'
import { endChained, endExecution, type Result } from './end.ts'
import { invokeJob } from './invoke-job.ts'
import { getPayload } from './payloads.ts'
import { errorOf } from './reply.ts'
import {
  execution,
  executionByName,
  executionByStart,
  executionPayload,
  historyEvent,
  operation,
  operationByChange,
  operationInput,
  operationNumber,
  pendingOperation,
} from './state.ts'
import { timerJob } from './timer-job.ts'

const retry = { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 }

/** Invokes a function that is not durable for an operation that waits for it, and ends the operation with its answer. */
const chainedJob: Job<{ id: string; number: number }> = {
  retry,
  concurrency: 500,
  async run({ id, number }, { host, scope, signal, nowMs, createdAtMs }) {
    const waiting = await host.records.read(scope, async (tx) => {
      const [found, value] = await Promise.all([tx.get(execution(id)), tx.get(operation(id, number))])
      if (found?.status !== 'RUNNING' || value?.status !== 'STARTED' || !value.invoke) return undefined
      return { ...value.invoke, input: await tx.get(operationInput(id, number)) }
    })
    if (!waiting) return
    const { functionName, input = '{}', traceId } = waiting
    const answer = await whileRunning(answerOf(), host, signal)
    await host.records.write(scope, async (tx) => {
      const draft = await openDraft(tx, host, id)
      if (!draft) return
      await endChained(draft, number, answer.error ? 'FAILED' : 'SUCCEEDED', answer)
      save(draft)
    })

    async function answerOf(): Promise<Result> {
      try {
        const found = await host.records.read(scope, (tx) => findVersion(tx, readName(functionName, scope)))
        const payload = Buffer.from(input)
        const outcome = await execute(host, found, { requestId: host.ids.uuid(), payload, traceId, asynchronous: true })
        if (outcome.error !== undefined) return { error: errorOf(outcome.payload) }
        return { result: Buffer.from(outcome.payload).toString('utf8') }
      } catch (error) {
        // For room, or an image, it waits.
        if (isAwsError(error, 'TooManyRequestsException', 'ResourceConflictException')) {
          const afterMs = Math.min(300_000, Math.max(1_000, nowMs - createdAtMs))
          throw new Retry(host.clock.nowMs() + afterMs, error.message, { counts: false, cause: error })
        }
        if (!(error instanceof AwsError)) throw error
        return { error: { ErrorType: error.code, ErrorMessage: error.message } }
      }
    }
  },
}

/** Gives the input of a failed execution that nobody waited for to the function's dead-letter queue. */
const deadLetterJob: Job<{ id: string }> = {
  retry: { attempts: 10, minMs: 1_000, maxMs: 60_000 },
  async run({ id }, { host, scope }) {
    const failed = await host.records.read(scope, async (tx) => {
      const found = await tx.get(execution(id))
      const outcome = await ending(tx, id)
      return found && outcome && { found, outcome, input: await getPayload(tx, id, 'input') }
    })
    if (!failed) return
    const { functionName: name, qualifier, requestId } = failed.found
    const version = await host.records
      .read(scope, (tx) => findVersion(tx, { scope, name, qualifier }))
      .catch((error: unknown) => {
        // Deleted since: there is nobody to tell.
        if (isAwsError(error, 'ResourceNotFoundException')) return undefined
        throw error
      })
    // Nor is it told to another function of the name.
    if (version?.record.id !== failed.found.functionId) return
    const event = { name, qualifier, requestId, payload: Buffer.from(failed.input) }
    const nowMs = host.clock.nowMs()
    // Destinations are not for durable functions: https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html
    await endEvent(host, version, undefined, {
      ...{ condition: 'RetriesExhausted', event, outcome: failed.outcome, attempts: 1, nowMs },
    })
  },
}

const expireJob: Job<{ id: string }> = {
  retry,
  async run({ id }, { host, scope, signal }) {
    while (!(await host.records.write(scope, (tx) => removeExecution(tx, host, id)))) signal.throwIfAborted()
  },
}

/** Stops and removes the executions of a function that was deleted. */
const forgetJob: Job<{ functionId: string }> = {
  retry,
  async run({ functionId }, { host, scope, signal }) {
    for (;;) {
      const left = await host.records.write(scope, async (tx) => {
        for await (const [, , id] of tx.keys(executionByStart.under(functionId), { limit: 1 })) {
          await removeExecution(tx, host, id)
          return true
        }
        return false
      })
      if (!left) return
      signal.throwIfAborted()
    }
  },
}

/** Steps that are tried again and again make a history of any length: so much of it goes in one transaction. */
const eventsAtOnce = 5_000

/**
 * Leaves nothing of an execution; one that runs is stopped first. Answers false when some of its history is left: then it
 * is there still, to be removed again.
 */
async function removeExecution(tx: Tx, host: Host, id: string): Promise<boolean> {
  const draft = await openDraft(tx, host, id)
  if (!draft) return true
  const error = { ErrorMessage: 'The function was deleted.' }
  if (draft.execution.status === 'RUNNING') {
    await endExecution(draft, 'STOPPED', { error })
    save(draft)
  }
  let events = 0
  for await (const key of tx.snapshot.keys(historyEvent.under(id), { limit: eventsAtOnce })) {
    tx.delete(historyEvent(...key))
    events++
  }
  if (events === eventsAtOnce) return false
  const { functionId, name, startedAtMs } = draft.execution
  tx.delete(execution(id))
  tx.delete(executionByName(functionId, name))
  tx.delete(executionByStart(functionId, startedAtMs, id))
  for (const records of [
    ...[
      executionPayload,
      operation,
      operationInput,
      operationNumber,
      operationByChange,
      pendingOperation,
      historyEvent,
    ],
  ]) {
    tx.clear(records.under(id))
  }
  host.deliveries.cancel(tx, 'lambda:durable-expire', tx.scope, id)
  return true
}

/** What durable executions wait for, and what follows them. */
export const durableJobs = {
  'durable-invoke': invokeJob,
  'durable-timer': timerJob,
  'durable-chained': chainedJob,
  'durable-dead-letter': deadLetterJob,
  'durable-expire': expireJob,
  'durable-forget': forgetJob,
} as const
