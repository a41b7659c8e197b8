import { awaited } from '../../../kernel/awaited.ts'
import { awsError } from '../../../kernel/errors.ts'
import type { Outcome } from '../../../kernel/functions.ts'
import type { Host } from '../../../kernel/host.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import { invalid } from '../errors.ts'
import type { Found } from '../find.ts'
import { durableLimits } from './limits.ts'
import { executionArn } from './names.ts'
import { getPayload } from './payloads.ts'
import { checkInvocable, type Start, startExecution } from './start.ts'
import { type Execution, execution } from './state.ts'

export interface DurableCall extends Omit<Start, 'asynchronous' | 'parent'> {
  /** Whoever waits is gone: the execution goes on. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Starts an execution, or joins the one of that name, and waits for its end. Throws what starting does, and
 * InvalidParameterValueException for a function whose executions may take longer than anybody waits.
 */
export async function callDurable(
  host: Host,
  found: Found,
  { signal, ...start }: DurableCall,
): Promise<{ outcome: Outcome; arn: string; version: string }> {
  const { scope } = found.name
  if (checkInvocable(found).durable.timeoutSec > durableLimits.synchronousSec) {
    throw invalid(
      'You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.',
    )
  }
  const started = await host.records.write(scope, (tx) =>
    startExecution(tx, host, found, { ...start, asynchronous: false }),
  )
  const { id } = started
  const removed = { errorType: 'ResourceNotFoundException', errorMessage: 'The function was deleted.' }
  const gone = outcomeOf(started, host.clock.nowMs(), JSON.stringify(removed), true)
  const ended = await awaited(
    host,
    {
      scope,
      ranges: [execution.under(id)],
      waitMs: durableLimits.synchronousSec * 1000,
      signal: signal ? AbortSignal.any([signal, host.signal]) : host.signal,
    },
    () => host.records.read(scope, async (tx) => ((await tx.get(execution(id))) ? ending(tx, id) : gone)),
  )
  const given = { arn: executionArn(scope, started), version: started.version }
  if (ended) return { ...given, outcome: ended }
  if (signal?.aborted || host.signal.aborted) {
    throw awsError('ServiceException', 'The node stops, or nobody waits any more; the execution goes on.', {
      status: 500,
    })
  }
  const late = { errorType: 'Sandbox.Timedout', errorMessage: 'The execution has not ended within 15 minutes.' }
  return { ...given, outcome: outcomeOf(started, host.clock.nowMs(), JSON.stringify(late), true) }
}

/** How an execution has ended, as a function's answer would be; undefined as long as it runs. */
export async function ending(tx: ReadTx, id: string): Promise<Outcome | undefined> {
  const found = await tx.get(execution(id))
  if (found?.endedAtMs === undefined) return undefined
  if (found.status === 'SUCCEEDED') {
    return outcomeOf(found, found.endedAtMs, (await getPayload(tx, id, 'result')) || 'null', false)
  }
  const { ErrorType: errorType = found.status, ErrorMessage: errorMessage = '', ...rest } = found.error ?? {}
  const document = { errorType, errorMessage, trace: rest.StackTrace, errorData: rest.ErrorData }
  return outcomeOf(found, found.endedAtMs, JSON.stringify(document), true)
}

/** Its invocations have been measured one by one, and logged where each ran. */
function outcomeOf({ startedAtMs }: Execution, endedAtMs: number, text: string, failed: boolean): Outcome {
  return {
    payload: Buffer.from(text),
    ...(failed && { error: 'Unhandled' as const }),
    durationMs: endedAtMs - startedAtMs,
    ...{ billedMs: 0, maxMemoryMb: 0, logStream: '', tail: '' },
  }
}
