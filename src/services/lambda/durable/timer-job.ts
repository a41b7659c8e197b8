import type { Job } from '../../../kernel/delivery.ts'
import { addEvent, changeOperation, type Draft, isPending, type Numbered, openDraft, save, wake } from './draft.ts'
import { endExecution } from './end.ts'
import { operation } from './state.ts'
import { setTimer, type Timer } from './timers.ts'
import { earlier } from './update-rules.ts'

/** Ends what has waited long enough, and has the function told. */
export const timerJob: Job<Timer> = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  run: ({ id, number }, { host, scope }) =>
    host.records.write(scope, async (tx) => {
      const draft = await openDraft(tx, host, id)
      if (draft?.execution.status !== 'RUNNING') return
      if (number === 0) {
        const { startedAtMs, durable } = draft.execution
        const dueAtMs = startedAtMs + durable.timeoutSec * 1000
        if (dueAtMs > draft.nowMs) return setTimer(tx, host, { id, number }, dueAtMs)
        await timeOut(draft)
      } else {
        const value = await tx.get(operation(id, number))
        if (!value) return
        const dueAtMs = earlier(value.dueAtMs, value.callback?.heartbeatDueAtMs)
        // A heartbeat may have come while this was on its way; or the clock was moved back, and nobody else has it again.
        if (isPending(value) && dueAtMs !== undefined && dueAtMs > draft.nowMs) {
          return setTimer(tx, host, { id, number }, dueAtMs)
        }
        if (!ring(draft, { number, value })) return
        wake(draft)
      }
      save(draft)
    }),
}

async function timeOut(draft: Draft): Promise<void> {
  const { timeoutSec } = draft.execution.durable
  await endExecution(draft, 'TIMED_OUT', {
    error: { ErrorMessage: `Execution timed out after ${timeoutSec} seconds.` },
  })
}

/** False when there is nothing (any more) that this was the time of. */
function ring(draft: Draft, at: Numbered): boolean {
  const { type, status, dueAtMs, startedAtMs, callback } = at.value
  const heartbeatMs = callback?.heartbeatDueAtMs ?? Number.POSITIVE_INFINITY
  if (type === 'WAIT' && status === 'STARTED') {
    changeOperation(draft, at, { status: 'SUCCEEDED', endedAtMs: draft.nowMs })
    const Duration = Math.round(((dueAtMs ?? startedAtMs) - startedAtMs) / 1000)
    addEvent(draft, { type: 'WaitSucceeded', number: at.number, details: { Duration } })
    return true
  }
  if (type === 'STEP' && status === 'PENDING') {
    changeOperation(draft, at, { status: 'READY', dueAtMs: undefined })
    return true
  }
  if (type === 'CALLBACK' && status === 'STARTED') {
    const error =
      heartbeatMs < (dueAtMs ?? Number.POSITIVE_INFINITY)
        ? { ErrorType: 'Callback.Heartbeat', ErrorMessage: 'Callback timed out on heartbeat' }
        : { ErrorType: 'Callback.Timeout', ErrorMessage: 'Callback timed out' }
    changeOperation(draft, at, { status: 'TIMED_OUT', error, endedAtMs: draft.nowMs })
    addEvent(draft, { type: 'CallbackTimedOut', number: at.number })
    return true
  }
  return false
}
