import { invalid } from '../errors.ts'
import { chainedTrace, readTarget } from './chained.ts'
import { addEvent, addOperation, changeOperation, type Draft, findOperation, type Numbered } from './draft.ts'
import { durableLimits } from './limits.ts'
import { callbackId, executionArn } from './names.ts'
import { sizeOf } from './payloads.ts'
import { operationInput } from './state.ts'
import { stepUpdate } from './step-updates.ts'
import { dropTimer, setTimer } from './timers.ts'
import { begun, checkContent, checkSame, earlier, errorSize, invalidAction, type Update } from './update-rules.ts'

/** Does what an update of anything but the execution says. Answers a chained invocation that is to be begun. */
export async function applyUpdate(draft: Draft, update: Update): Promise<Numbered | undefined> {
  checkContent(update, durableLimits.payloadBytes)
  const before = await findOperation(draft, update.Id)
  if (before) checkSame(before, update)
  await checkParent(draft, update)
  const writtenBytes = draft.execution.writtenBytes + sizeOf(update.Payload) + errorSize(update)
  if (writtenBytes > durableLimits.writtenBytes) {
    throw invalid(`A durable execution may write at most ${durableLimits.writtenBytes} bytes.`)
  }
  if (!before && draft.execution.operations >= durableLimits.operations) {
    throw invalid(`A durable execution may have at most ${durableLimits.operations} operations.`)
  }
  draft.execution = { ...draft.execution, writtenBytes }
  switch (update.Type) {
    case 'CONTEXT':
      return contextUpdate(draft, update, before)
    case 'STEP':
      return stepUpdate(draft, update, before)
    case 'WAIT':
      return waitUpdate(draft, update, before)
    case 'CALLBACK':
      return callbackUpdate(draft, update, before)
    case 'CHAINED_INVOKE':
      return chainedUpdate(draft, update, before)
    default:
      throw invalid('Unknown operation type.')
  }
}

async function checkParent(draft: Draft, { ParentId }: Update): Promise<void> {
  if (ParentId === undefined) return
  const parent = await findOperation(draft, ParentId)
  if (parent?.value.type !== 'CONTEXT') throw invalid('Invalid parent operation id.')
}

const alreadyThere = (type: string) => invalid(`Cannot start a ${type} that already exist.`)
function contextUpdate(draft: Draft, update: Update, before: Numbered | undefined): undefined {
  const { Action, Payload: result, Error: error } = update
  const replayChildren = update.ContextOptions?.ReplayChildren ?? before?.value.replayChildren
  if (Action === 'START') {
    if (before) throw alreadyThere('CONTEXT')
    const { number } = addOperation(draft, { ...begun(update, draft), type: 'CONTEXT', replayChildren })
    addEvent(draft, { type: 'ContextStarted', number })
    return
  }
  if (Action !== 'SUCCEED' && Action !== 'FAIL') throw invalidAction()
  if (before && before.value.status !== 'STARTED') throw invalid('Invalid current CONTEXT state to close.')
  const current = before ?? addOperation(draft, { ...begun(update, draft), type: 'CONTEXT' })
  const succeeded = Action === 'SUCCEED'
  const status = succeeded ? 'SUCCEEDED' : 'FAILED'
  changeOperation(draft, current, { status, result, error, replayChildren, endedAtMs: draft.nowMs })
  addEvent(draft, { type: succeeded ? 'ContextSucceeded' : 'ContextFailed', number: current.number })
}

function waitUpdate(draft: Draft, update: Update, before: Numbered | undefined): undefined {
  const { tx, host, nowMs, execution } = draft
  if (update.Action === 'CANCEL') {
    if (before?.value.status !== 'STARTED') {
      throw invalid('Cannot cancel a WAIT that does not exist or has already completed.')
    }
    dropTimer(tx, host, { id: execution.id, number: before.number })
    changeOperation(draft, before, { status: 'CANCELLED', endedAtMs: nowMs })
    addEvent(draft, { type: 'WaitCancelled', number: before.number })
    return
  }
  if (update.Action !== 'START') throw invalidAction()
  if (before) throw alreadyThere('WAIT')
  const Duration = update.WaitOptions?.WaitSeconds
  if (Duration === undefined) throw invalid('Update for WAIT operation requires WaitOptions.')
  const dueAtMs = nowMs + Duration * 1000
  const { number } = addOperation(draft, { ...begun(update, draft), type: 'WAIT', dueAtMs })
  setTimer(tx, host, { id: execution.id, number }, dueAtMs)
  const details = { Duration, ScheduledEndTimestamp: new Date(dueAtMs) }
  addEvent(draft, { type: 'WaitStarted', number, details })
}

function callbackUpdate(draft: Draft, update: Update, before: Numbered | undefined): undefined {
  const { tx, host, nowMs, execution } = draft
  if (update.Action !== 'START') throw invalidAction()
  if (before) throw alreadyThere('CALLBACK')
  // 0 is none.
  const timeoutSec = update.CallbackOptions?.TimeoutSeconds || undefined
  const heartbeatSec = update.CallbackOptions?.HeartbeatTimeoutSeconds || undefined
  const address = { executionArn: executionArn(tx.scope, execution), operationId: update.Id }
  const id = callbackId(address, host.ids.uuid())
  const dueAtMs = timeoutSec && nowMs + timeoutSec * 1000
  const heartbeatDueAtMs = heartbeatSec && nowMs + heartbeatSec * 1000
  const callback = { id, heartbeatSec, heartbeatDueAtMs }
  const { number } = addOperation(draft, { ...begun(update, draft), type: 'CALLBACK', dueAtMs, callback })
  const firstMs = earlier(dueAtMs, heartbeatDueAtMs)
  if (firstMs !== undefined) setTimer(tx, host, { id: execution.id, number }, firstMs)
  const details = { CallbackId: id, Timeout: timeoutSec, HeartbeatTimeout: heartbeatSec }
  addEvent(draft, { type: 'CallbackStarted', number, details })
}

function chainedUpdate(draft: Draft, update: Update, before: Numbered | undefined): Numbered {
  if (update.Action !== 'START') throw invalidAction()
  if (before) throw alreadyThere('CHAINED_INVOKE')
  const { FunctionName: functionName, TenantId, XAmznTraceId } = update.ChainedInvokeOptions ?? {}
  if (functionName === undefined) throw invalid('Update for CHAINED_INVOKE operation requires ChainedInvokeOptions.')
  if (TenantId !== undefined) throw invalid('ChainedInvokeOptions.TenantId is not supported here: leave it out.')
  readTarget(functionName, draft)
  const invoke = { functionName, traceId: XAmznTraceId ?? chainedTrace(draft) }
  const added = addOperation(draft, { ...begun(update, draft), type: 'CHAINED_INVOKE', invoke })
  const input = operationInput(draft.execution.id, added.number)
  if (update.Payload !== undefined) draft.tx.set(input, update.Payload)
  return added
}
