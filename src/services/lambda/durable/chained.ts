import type { Ctx } from '../../../kernel/context.ts'
import { isAwsError } from '../../../kernel/errors.ts'
import { invalid } from '../errors.ts'
import { type Found, findVersion } from '../find.ts'
import { follow } from '../lineage.ts'
import { type FunctionName, functionArn, readName } from '../names.ts'
import { addEvent, type Draft, type Numbered } from './draft.ts'
import { endChained } from './end.ts'
import { executionArn } from './names.ts'
import { startExecution } from './start.ts'
import { operationInput } from './state.ts'

/** Throws InvalidParameterValueException unless a function of this account and Region is named. */
export function readTarget(text: string, { tx: { scope } }: Draft): FunctionName {
  const [, region = scope.region] = /^arn:[^:]*:lambda:([^:]+):/.exec(text) ?? []
  if (region !== scope.region) throw invalid('Cannot start a CHAINED_INVOKE on a function in another region.')
  const name = readName(text, scope)
  if (name.scope.account !== scope.account) {
    throw invalid('Cannot start a CHAINED_INVOKE on a function in another account.')
  }
  return name
}

/**
 * Has another function invoked, whose answer ends the operation: an execution of its own when it is durable. What cannot
 * be invoked, or not by whoever makes the checkpoint (the execution role), fails the operation and not the checkpoint.
 */
export async function startChained(draft: Draft, { number, value }: Numbered, ctx: Ctx): Promise<void> {
  const { tx, host, execution } = draft
  const { functionName, traceId } = value.invoke ?? { functionName: '' }
  const name = readTarget(functionName, draft)
  const named = { FunctionName: functionName }
  let found: Found
  let child: Awaited<ReturnType<typeof startExecution>> | undefined
  try {
    await host.authorize(
      ctx.principal,
      [{ action: 'lambda:InvokeFunction', resource: functionArn(name) }],
      ctx.requestContext,
      tx.snapshot,
    )
    found = await findVersion(tx, name)
    if (found.configuration.durable) {
      const input = await tx.get(operationInput(execution.id, number))
      child = await startExecution(tx, host, found, {
        payload: Buffer.from(input ?? '{}'),
        requestId: host.ids.uuid(),
        asynchronous: true,
        traceId,
        parent: { id: execution.id, number },
      })
    }
  } catch (error) {
    if (!isAwsError(error)) throw error
    addEvent(draft, { type: 'ChainedInvokeStarted', number, details: named })
    // As Lambda's own API calls it, whatever protocol the checkpoint came by.
    const ErrorType = error.code === 'AccessDenied' ? 'AccessDeniedException' : error.code
    return endChained(draft, number, 'FAILED', { error: { ErrorType, ErrorMessage: error.message } })
  }
  if (!child) {
    const data = { id: execution.id, number }
    host.deliveries.schedule(tx, { kind: 'lambda:durable-chained', scope: tx.scope, data })
  }
  const DurableExecutionArn = child && executionArn(tx.scope, child)
  const details = { ...named, ExecutedVersion: found.version, DurableExecutionArn }
  addEvent(draft, { type: 'ChainedInvokeStarted', number, details })
}

/** The trace header that a chained invocation goes on with, unless it brings one: calls in a circle are told by it. */
export function chainedTrace({ host, nowMs, tx, execution: { functionName, traceId } }: Draft): string {
  return follow(traceId, functionArn({ scope: tx.scope, name: functionName }), nowMs, host.ids).traceId
}
