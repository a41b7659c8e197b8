import type { ExecutionStatus } from '@aws-sdk/client-lambda'
import { functionArn } from '../names.ts'
import type { Draft } from './draft.ts'
import { executionArn } from './names.ts'

/**
 * Tells the default event bus what an execution has become.
 * https://docs.aws.amazon.com/lambda/latest/dg/durable-monitoring.html
 */
export async function announce({ tx, host, execution }: Draft): Promise<void> {
  const { functionName: name, qualifier, startedAtMs, endedAtMs } = execution
  await host.announce(tx, {
    source: 'aws.lambda',
    detailType: 'Durable Execution Status Change',
    resources: [],
    detail: {
      durableExecutionArn: executionArn(tx.scope, execution),
      durableExecutionName: execution.name,
      functionArn: functionArn({ scope: tx.scope, name, qualifier }),
      status: execution.status,
      startTimestamp: new Date(startedAtMs).toISOString(),
      ...(endedAtMs === undefined ? {} : { endTimestamp: new Date(endedAtMs).toISOString() }),
    },
  })
}

const metrics: Readonly<Record<ExecutionStatus, string>> = {
  RUNNING: 'DurableExecutionStarted',
  SUCCEEDED: 'DurableExecutionSucceeded',
  FAILED: 'DurableExecutionFailed',
  TIMED_OUT: 'DurableExecutionTimedOut',
  STOPPED: 'DurableExecutionStopped',
}

/** Counts what an execution has become, once that is committed. */
export function count({ tx, host, execution, nowMs }: Draft): void {
  const { functionName: FunctionName, qualifier, status, startedAtMs, endedAtMs } = execution
  const { scope } = tx
  const Resource = qualifier === '$LATEST' ? FunctionName : `${FunctionName}:${qualifier}`
  const figures: [name: string, unit: string, value: number][] = [[metrics[status], 'Count', 1]]
  if (endedAtMs !== undefined) {
    figures.push(['DurableExecutionDuration', 'Milliseconds', endedAtMs - startedAtMs])
    figures.push(['DurableExecutionOperations', 'Count', execution.operations])
    figures.push(['DurableExecutionStorageWrittenBytes', 'Bytes', execution.writtenBytes])
  }
  tx.afterCommit(() => {
    for (const dimensions of [{}, { FunctionName }, { FunctionName, Resource }]) {
      for (const [name, unit, value] of figures) {
        host.metrics.put(scope, { namespace: 'AWS/Lambda', name, dimensions, unit, value, atMs: nowMs })
      }
    }
  })
}
