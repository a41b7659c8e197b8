import { createHash } from 'node:crypto'
import { awsError } from '../../../kernel/errors.ts'
import type { Host } from '../../../kernel/host.ts'
import type { Tx } from '../../../kernel/records.ts'
import { invalid } from '../errors.ts'
import type { Found } from '../find.ts'
import { follow, mostCalls, recursiveInvocation } from '../lineage.ts'
import { countEvent } from '../metrics.ts'
import { ownArn } from '../names.ts'
import { addEvent, type Draft, save, wake } from './draft.ts'
import { executionArn } from './names.ts'
import { announce, count } from './notices.ts'
import { putPayload } from './payloads.ts'
import { type Execution, execution, executionByName, executionByStart } from './state.ts'
import { setTimer } from './timers.ts'

export interface Start {
  readonly payload: Uint8Array
  readonly requestId: string
  readonly asynchronous: boolean
  readonly traceId?: string | undefined
  /** Absent: an id is made up. */
  readonly name?: string | undefined
  readonly parent?: Execution['parent']
}

/**
 * Starts an execution of a durable function, or finds the one of that name that was started with the same payload. In a
 * transaction of the function's scope. Throws DurableExecutionAlreadyStartedException when the payload was another.
 * https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html
 */
export async function startExecution(tx: Tx, host: Host, found: Found, start: Start): Promise<Execution> {
  const { record, version } = found
  const { durable, qualifier } = checkInvocable(found)
  refuseLoop(host, found, start.traceId)
  const inputSha256 = createHash('sha256').update(start.payload).digest('base64')
  const nowMs = host.clock.nowMs()
  const id = host.ids.uuid()
  const name = start.name ?? host.ids.uuid()
  const known = start.name === undefined ? undefined : await tx.get(executionByName(record.id, name))
  const before = known === undefined ? undefined : await tx.get(execution(known))
  if (before) {
    if (before.inputSha256 === inputSha256) return before
    throw awsError(
      'DurableExecutionAlreadyStartedException',
      `A durable execution of this name was started with another payload: ${executionArn(tx.scope, before)}`,
      { members: { Type: 'User' } },
    )
  }
  const { requestId, asynchronous, traceId, parent } = start
  const started: Execution = {
    ...{ id, name, functionName: record.name, functionId: record.id, qualifier, version, durable },
    ...{ asynchronous, requestId, traceId, parent, inputSha256, startedAtMs: nowMs, status: 'RUNNING' },
    ...{ operations: 0, events: 0, changes: 0, told: 0, writtenBytes: start.payload.byteLength, failures: 0 },
  }
  const draft: Draft = { tx, host, nowMs, execution: started }
  tx.set(executionByName(record.id, name), id)
  tx.set(executionByStart(record.id, nowMs, id), true)
  putPayload(tx, id, 'input', Buffer.from(start.payload).toString('utf8'))
  setTimer(tx, host, { id, number: 0 }, nowMs + durable.timeoutSec * 1000)
  addEvent(draft, { type: 'ExecutionStarted', number: 0, details: { ExecutionTimeout: durable.timeoutSec } })
  await announce(draft)
  count(draft)
  wake(draft)
  save(draft)
  return draft.execution
}

/**
 * What an execution is started with. Throws InvalidParameterValueException for a function that is not durable, and unless
 * a version or alias of it was named: https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html
 */
export function checkInvocable({ name: { name, qualifier }, configuration: { durable } }: Found) {
  if (!durable) throw invalid(`The function ${name} is not a durable function.`)
  if (qualifier === undefined) throw invalid('You cannot invoke a durable function using an unqualified ARN.')
  return { durable, qualifier }
}

function refuseLoop(host: Host, found: Found, traceId: string | undefined): void {
  const { calls } = follow(traceId, ownArn(found), host.clock.nowMs(), host.ids)
  if (calls <= mostCalls || found.record.recursiveLoop === 'Allow') return
  countEvent(host, found, 'RecursiveInvocationsDropped')
  throw recursiveInvocation()
}
