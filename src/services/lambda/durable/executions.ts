import type { Execution as Described } from '@aws-sdk/client-lambda'
import { type InputFor, type OutputFor, operations } from '../../../kernel/operation.ts'
import type { ReadTx, Scope } from '../../../kernel/records.ts'
import type { Api } from '../api.ts'
import { findFunction } from '../find.ts'
import { arnOf } from '../functions.ts'
import { functionArn, readName } from '../names.ts'
import { type Draft, save } from './draft.ts'
import { endExecution } from './end.ts'
import { requireExecution } from './find.ts'
import { executionArn } from './names.ts'
import { markerOf, pageSize, readMarker } from './paging.ts'
import { getPayload } from './payloads.ts'
import { describeDurable } from './settings.ts'
import { type Execution, execution, executionByName, executionByStart } from './state.ts'
import { checkError } from './update-rules.ts'

/** So many are looked at for one page, whatever is asked for: it may then have fewer than it could. */
const mostLookedAt = 1_000

/** Executions as those see them who look after them. */
export const executions = operations<Api>()({
  GetDurableExecution: {
    authorize: ({ DurableExecutionArn }) => [{ action: 'lambda:GetDurableExecution', resource: DurableExecutionArn }],
    async read(tx, { DurableExecutionArn, IncludeExecutionData = true }, ctx) {
      const { execution: found, scope } = await requireExecution(tx, DurableExecutionArn, ctx)
      const shown = {
        ...describe(found, scope),
        Version: found.version,
        TraceHeader: found.traceId === undefined ? undefined : { XAmznTraceId: found.traceId },
        ExecutionDataIncluded: IncludeExecutionData,
        DurableConfig: describeDurable(found.durable),
      }
      return IncludeExecutionData ? { ...shown, ...(await dataOf(tx.in(scope), found)) } : shown
    },
  },

  ListDurableExecutionsByFunction: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      { action: 'lambda:ListDurableExecutionsByFunction', resource: arnOf(FunctionName, ctx, Qualifier) },
    ],
    async read(tx, input, ctx) {
      const name = readName(input.FunctionName, ctx.scope, input.Qualifier)
      const { id } = await findFunction(tx, name)
      const home = tx.in(name.scope)
      const most = pageSize(input.MaxItems)
      const isWanted = wanted(input, name.qualifier)
      const DurableExecutions: Described[] = []
      let last: readonly [number, string] | undefined
      let looked = 0
      for await (const found of candidates(home, id, input)) {
        if (last && (DurableExecutions.length === most || looked === mostLookedAt)) {
          return { DurableExecutions, NextMarker: markerOf(...last) }
        }
        looked += 1
        last = [found.startedAtMs, found.id]
        if (isWanted(found)) DurableExecutions.push(describe(found, name.scope))
      }
      return { DurableExecutions }
    },
  },

  StopDurableExecution: {
    authorize: ({ DurableExecutionArn }) => [{ action: 'lambda:StopDurableExecution', resource: DurableExecutionArn }],
    async write(tx, { DurableExecutionArn, Error: error = {} }, ctx) {
      checkError(error)
      const { execution: found, scope } = await requireExecution(tx, DurableExecutionArn, ctx)
      if (found.endedAtMs !== undefined) return { StopTimestamp: new Date(found.endedAtMs) }
      const draft: Draft = { tx: tx.in(scope), host: ctx.host, nowMs: ctx.nowMs, execution: found }
      await endExecution(draft, 'STOPPED', { error })
      save(draft)
      return { StopTimestamp: new Date(ctx.nowMs) }
    },
  },
})

type ListInput = InputFor<Api, 'ListDurableExecutionsByFunction'>

function wanted(input: ListInput, qualifier: string | undefined): (found: Execution) => boolean {
  const { Statuses, DurableExecutionName, StartedAfter, StartedBefore } = input
  return ({ status, name, version, qualifier: invoked, startedAtMs }) =>
    (!Statuses?.length || Statuses.includes(status)) &&
    (DurableExecutionName === undefined || DurableExecutionName === name) &&
    (qualifier === undefined || qualifier === version || qualifier === invoked) &&
    (StartedAfter === undefined || startedAtMs > StartedAfter.getTime()) &&
    (StartedBefore === undefined || startedAtMs < StartedBefore.getTime())
}

/** Those that may be wanted, from where the page begins: the one of the name, else the newest first unless asked otherwise. */
async function* candidates(tx: ReadTx, functionId: string, input: ListInput): AsyncGenerator<Execution> {
  const marker = readMarker(input.Marker, ['number', 'string'])
  if (input.DurableExecutionName !== undefined) {
    const id = marker ? undefined : await tx.get(executionByName(functionId, input.DurableExecutionName))
    const found = id === undefined ? undefined : await tx.get(execution(id))
    if (found) yield found
    return
  }
  // The parameter is named from where the newest come first.
  const oldestFirst = input.ReverseOrder ?? false
  const before = input.StartedBefore && { to: [input.StartedBefore.getTime()] }
  const since = input.StartedAfter && { from: [input.StartedAfter.getTime() + 1] }
  const bounds = {
    ...since,
    ...before,
    ...(marker && (oldestFirst ? { from: undefined, after: marker } : { to: marker })),
  }
  const range = executionByStart.between(
    [functionId],
    Object.fromEntries(Object.entries(bounds).filter(([, to]) => to)),
  )
  for await (const [, , id] of tx.keys(range, { reverse: !oldestFirst })) {
    const found = await tx.get(execution(id))
    if (found) yield found
  }
}

function describe(found: Execution, scope: Scope) {
  return {
    DurableExecutionArn: executionArn(scope, found),
    DurableExecutionName: found.name,
    FunctionArn: functionArn({ scope, name: found.functionName, qualifier: found.qualifier }),
    Status: found.status,
    StartTimestamp: new Date(found.startedAtMs),
    EndTimestamp: found.endedAtMs === undefined ? undefined : new Date(found.endedAtMs),
  }
}

async function dataOf(
  tx: ReadTx,
  { id, status, error }: Execution,
): Promise<Partial<OutputFor<Api, 'GetDurableExecution'>>> {
  const [InputPayload, Result] = await Promise.all([getPayload(tx, id, 'input'), getPayload(tx, id, 'result')])
  return { InputPayload, Result: status === 'SUCCEEDED' ? Result : undefined, Error: error && { ...error } }
}
