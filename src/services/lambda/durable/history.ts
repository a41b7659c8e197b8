import type { Event, EventType } from '@aws-sdk/client-lambda'
import { operations } from '../../../kernel/operation.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import type { Api } from '../api.ts'
import { requireExecution } from './find.ts'
import { pageBytes } from './limits.ts'
import { markerOf, pageSize, readMarker } from './paging.ts'
import { getPayload, sizeOf } from './payloads.ts'
import { type Execution, type HistoryEvent, historyEvent, type Operation, operation, operationInput } from './state.ts'

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionHistory.html */
export const history = operations<Api>()({
  GetDurableExecutionHistory: {
    authorize: ({ DurableExecutionArn }) => [
      { action: 'lambda:GetDurableExecutionHistory', resource: DurableExecutionArn },
    ],
    async read(tx, input, ctx) {
      const { execution, scope } = await requireExecution(tx, input.DurableExecutionArn, ctx)
      const { ReverseOrder: reverse = false, IncludeExecutionData: withData = true } = input
      const most = pageSize(input.MaxItems)
      const [marker] = readMarker(input.Marker, ['number']) ?? []
      const bounds = marker === undefined ? {} : reverse ? { to: [marker] } : { after: [marker] }
      const home = tx.in(scope)
      const Events: Event[] = []
      let bytes = 0
      for await (const { key, value } of home.range(historyEvent.between([execution.id], bounds), { reverse })) {
        const data = withData ? await dataOf(home, execution, value) : undefined
        bytes += sizeOf(JSON.stringify(data))
        const last = Events.at(-1)?.EventId
        if (last !== undefined && (Events.length === most || bytes > pageBytes)) {
          return { Events, NextMarker: markerOf(last) }
        }
        Events.push(await describe(home, execution, key[1], value, data))
      }
      return { Events }
    },
  },
})

/** What was said then: kept with the operation, but for attempts that others followed. */
type Data = Pick<Operation, 'result' | 'error'> & { readonly input?: string | undefined }

async function dataOf(tx: ReadTx, execution: Execution, { type, number, attempt }: HistoryEvent): Promise<Data> {
  if (attempt) return attempt
  if (number === undefined) return {}
  if (number === 0) {
    if (type === 'ExecutionStarted') return { input: await getPayload(tx, execution.id, 'input') }
    return { result: await getPayload(tx, execution.id, 'result'), error: execution.error }
  }
  if (type === 'ChainedInvokeStarted') return { input: await tx.get(operationInput(execution.id, number)) }
  const found = await tx.get(operation(execution.id, number))
  return { result: found?.result, error: found?.error }
}

/** The member of an event's details that has its data, by type; the others have none. */
const members: Readonly<Partial<Record<EventType, 'Input' | 'Result' | 'Error'>>> = {
  ExecutionStarted: 'Input',
  ExecutionSucceeded: 'Result',
  ExecutionFailed: 'Error',
  ExecutionTimedOut: 'Error',
  ExecutionStopped: 'Error',
  ContextSucceeded: 'Result',
  ContextFailed: 'Error',
  StepSucceeded: 'Result',
  StepFailed: 'Error',
  ChainedInvokeStarted: 'Input',
  ChainedInvokeSucceeded: 'Result',
  ChainedInvokeFailed: 'Error',
  ChainedInvokeTimedOut: 'Error',
  ChainedInvokeStopped: 'Error',
  CallbackSucceeded: 'Result',
  CallbackFailed: 'Error',
  CallbackTimedOut: 'Error',
  InvocationCompleted: 'Error',
}

async function describe(
  tx: ReadTx,
  execution: Execution,
  EventId: number,
  { type, atMs, number, details, attempt }: HistoryEvent,
  data: Data | undefined,
): Promise<Event> {
  const found = number ? await tx.get(operation(execution.id, number)) : undefined
  const own = number === 0 ? { Id: execution.id, Name: execution.name } : {}
  // An invocation has an error only when it failed.
  const member = type === 'InvocationCompleted' && !attempt ? undefined : members[type]
  const said = member && { [member]: data ? shown(member, data) : {} }
  return {
    EventType: type,
    EventId,
    EventTimestamp: new Date(atMs),
    ...own,
    ...(found && { Id: found.id, Name: found.name, ParentId: found.parentId, SubType: found.subType }),
    [`${type}Details`]: { ...details, ...said },
  }
}

function shown(member: 'Input' | 'Result' | 'Error', { input, result, error }: Data) {
  const Payload = { Input: input, Result: result, Error: error && { ...error } }[member]
  return Payload === undefined ? {} : { Payload, Truncated: false }
}
