import type { ErrorObject } from '@aws-sdk/client-lambda'
import type { Ctx } from '../../../kernel/context.ts'
import { type AwsError, awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import type { Tx } from '../../../kernel/records.ts'
import type { Api } from '../api.ts'
import { invalid } from '../errors.ts'
import { addEvent, changeOperation, type Draft, findOperation, type Numbered, save, wake } from './draft.ts'
import { findExecution } from './find.ts'
import { durableLimits } from './limits.ts'
import { readCallbackId, readExecutionArn } from './names.ts'
import { sizeOf } from './payloads.ts'
import { operation } from './state.ts'
import { dropTimer, setTimer } from './timers.ts'
import { checkError, earlier } from './update-rules.ts'

/** What others say of a callback that an execution waits for. */
export const callbacks = operations<Api>()({
  SendDurableExecutionCallbackSuccess: {
    authorize: ({ CallbackId }) => [access('SendDurableExecutionCallbackSuccess', CallbackId)],
    async write(tx, { CallbackId, Result }, ctx) {
      const result = Result && Buffer.from(Result).toString('utf8')
      if (sizeOf(result) > durableLimits.payloadBytes) {
        throw invalid(`CALLBACK payload size must be less than or equal to ${durableLimits.payloadBytes} bytes.`)
      }
      const { draft, waiting } = await findWaiting(tx, CallbackId, ctx)
      end(draft, waiting, { result })
      return {}
    },
  },

  SendDurableExecutionCallbackFailure: {
    authorize: ({ CallbackId }) => [access('SendDurableExecutionCallbackFailure', CallbackId)],
    async write(tx, { CallbackId, Error: error = {} }, ctx) {
      checkError(error)
      const { draft, waiting } = await findWaiting(tx, CallbackId, ctx)
      end(draft, waiting, { error })
      return {}
    },
  },

  SendDurableExecutionCallbackHeartbeat: {
    authorize: ({ CallbackId }) => [access('SendDurableExecutionCallbackHeartbeat', CallbackId)],
    async write(tx, { CallbackId }, ctx) {
      const { draft, waiting } = await findWaiting(tx, CallbackId, ctx)
      const { number, value } = waiting
      const { callback } = value
      if (!callback?.heartbeatSec) return {}
      const heartbeatDueAtMs = draft.nowMs + callback.heartbeatSec * 1000
      const { id } = draft.execution
      // Nothing that the function is told of.
      draft.tx.set(operation(id, number), { ...value, callback: { ...callback, heartbeatDueAtMs } })
      const dueAtMs = earlier(value.dueAtMs, heartbeatDueAtMs) ?? heartbeatDueAtMs
      setTimer(draft.tx, ctx.host, { id, number }, dueAtMs)
      return {}
    },
  },
})

function access(operationName: string, id: string) {
  return { action: `lambda:${operationName}`, resource: readCallbackId(id).executionArn }
}

async function findWaiting(tx: Tx, id: string, ctx: Ctx): Promise<{ draft: Draft; waiting: Numbered }> {
  const { executionArn, operationId } = readCallbackId(id)
  const name = readExecutionArn(executionArn)
  const execution = await findExecution(tx, name, ctx)
  if (execution?.status !== 'RUNNING') throw closed()
  const draft: Draft = { tx: tx.in(name.scope), host: ctx.host, nowMs: ctx.nowMs, execution }
  const waiting = await findOperation(draft, operationId)
  const { callback, status, dueAtMs } = waiting?.value ?? {}
  const lastMs = earlier(dueAtMs, callback?.heartbeatDueAtMs) ?? Number.POSITIVE_INFINITY
  // Its time may have come before whatever ends it has.
  if (!waiting || callback?.id !== id || status !== 'STARTED' || lastMs <= ctx.nowMs) throw closed()
  return { draft, waiting }
}

function end(draft: Draft, waiting: Numbered, { result, error }: { result?: string | undefined; error?: ErrorObject }) {
  const { tx, host, nowMs } = draft
  const writtenBytes = draft.execution.writtenBytes + sizeOf(result)
  draft.execution = { ...draft.execution, writtenBytes }
  dropTimer(tx, host, { id: draft.execution.id, number: waiting.number })
  changeOperation(draft, waiting, { status: error ? 'FAILED' : 'SUCCEEDED', result, error, endedAtMs: nowMs })
  addEvent(draft, { type: error ? 'CallbackFailed' : 'CallbackSucceeded', number: waiting.number })
  wake(draft)
  save(draft)
}

function closed(): AwsError {
  return awsError('CallbackTimeoutException', 'The callback is either timed out or already completed', {
    members: { Type: 'User' },
  })
}
