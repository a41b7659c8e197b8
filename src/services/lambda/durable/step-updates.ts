import { invalid } from '../errors.ts'
import { addEvent, addOperation, changeOperation, type Draft, type Numbered } from './draft.ts'
import { setTimer } from './timers.ts'
import { begun, invalidAction, type Update } from './update-rules.ts'

/** Does what an update of a step says: an attempt begins, or has ended, maybe to be followed by another. */
export function stepUpdate(draft: Draft, update: Update, before: Numbered | undefined): undefined {
  const status = before?.value.status
  if (update.Action === 'START') {
    if (status !== undefined && status !== 'READY') throw invalid('Invalid current STEP state to start.')
    const { number } = before
      ? changeOperation(draft, before, { status: 'STARTED' })
      : addOperation(draft, { ...begun(update, draft), type: 'STEP' })
    addEvent(draft, { type: 'StepStarted', number })
    return
  }
  // An attempt need not be told of when it begins.
  const current = before ?? addOperation(draft, { ...begun(update, draft), type: 'STEP' })
  const isOpen = status === undefined || status === 'STARTED' || status === 'READY'
  if (update.Action === 'RETRY') {
    if (!isOpen) throw invalid('Invalid current STEP state to re-attempt.')
    retry(draft, update, current)
    return
  }
  if (update.Action !== 'SUCCEED' && update.Action !== 'FAIL') throw invalidAction()
  if (!isOpen) throw invalid('Invalid current STEP state to close.')
  const { Payload: result, Error: error } = update
  const succeeded = update.Action === 'SUCCEED'
  const attempt = (current.value.attempt ?? 0) + 1
  const ended = { status: succeeded ? 'SUCCEEDED' : 'FAILED', endedAtMs: draft.nowMs } as const
  changeOperation(draft, current, { ...ended, attempt, result, error })
  const details = { RetryDetails: { CurrentAttempt: attempt } }
  addEvent(draft, { type: succeeded ? 'StepSucceeded' : 'StepFailed', number: current.number, details })
}

/** With an error, or with what the next attempt begins with: the SDKs wait for a condition like that. */
function retry(draft: Draft, update: Update, current: Numbered): void {
  const { Payload: result, Error: error } = update
  if (result !== undefined && error) throw invalid('Cannot provide both error and payload to RETRY a STEP.')
  const delay = update.StepOptions?.NextAttemptDelaySeconds
  if (delay === undefined) throw invalid('Invalid StepOptions for the given action.')
  const { tx, host, nowMs, execution } = draft
  const dueAtMs = nowMs + delay * 1000
  const attempt = (current.value.attempt ?? 0) + 1
  changeOperation(draft, current, { status: 'PENDING', attempt, dueAtMs, result, error })
  setTimer(tx, host, { id: execution.id, number: current.number }, dueAtMs)
  const details = { RetryDetails: { CurrentAttempt: attempt, NextAttemptDelaySeconds: delay } }
  const type = error ? 'StepFailed' : 'StepSucceeded'
  addEvent(draft, { type, number: current.number, details, attempt: { result, error } })
}
