import type { Ctx } from '../../kernel/context.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { accept } from './accept.ts'
import type { Api } from './api.ts'
import { logStep } from './bus-log.ts'
import { logOf } from './bus-rules.ts'
import { envelope } from './envelope.ts'
import { busArn, invalid, lookUpBus, parseBus } from './names.ts'
import { patternOf } from './patterns.ts'

type Entry = InputFor<Api, 'PutEvents'>['Entries'][number]

/** Of all entries together. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const mostBytes = 1_048_576

/** Events come in, and leave for the targets of the rules they match in the same transaction. */
export const puttingEvents = operations<Api>()({
  PutEvents: {
    authorize: ({ Entries }, ctx) =>
      Entries.map(({ EventBusName, Source, DetailType }) => {
        const { name, scope } = parseBus(EventBusName, ctx.scope)
        return {
          action: 'events:PutEvents',
          resource: busArn(scope, name),
          context: {
            ...(Source !== undefined && { 'events:source': Source }),
            ...(DetailType !== undefined && { 'events:detail-type': DetailType }),
          },
        }
      }),
    async write(tx, { Entries, EndpointId }, ctx) {
      if (EndpointId !== undefined) {
        throw invalid('EndpointId is not supported by Landfall: there are no global endpoints. Leave it out.')
      }
      if (Entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > mostBytes) {
        throw invalid('Total size of the entries in the request is over the limit.')
      }
      const results = []
      for (const entry of Entries) {
        const result = await putOne(tx, entry, ctx)
        if ('ErrorCode' in result) await logFailure(tx, entry, result, ctx)
        results.push(result)
      }
      return { FailedEntryCount: results.filter((one) => 'ErrorCode' in one).length, Entries: results }
    },
  },

  TestEventPattern: {
    authorize: () => [{ action: 'events:TestEventPattern', resource: '*' }],
    read(_tx, { EventPattern, Event }) {
      const event = parseObject(Event)
      if (!event) throw invalid('Parameter Event is not valid. Reason: It is not a JSON object.')
      const missing = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'].filter(
        (name) => !Object.hasOwn(event, name),
      )
      if (missing.length > 0) throw invalid(`Parameter Event is not valid. Reason: It lacks ${missing.join(', ')}.`)
      return { Result: patternOf(EventPattern)(event) }
    },
  },
})

async function putOne(tx: Tx, entry: Entry, ctx: Ctx) {
  const { Source = '', DetailType = '', Detail = '' } = entry
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (value === '') {
      return failed('InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`)
    }
  }
  const detail = parseObject(Detail)
  if (!detail) return failed('MalformedDetail', 'Detail is malformed.')
  if (Source.startsWith('aws.')) {
    return failed('NotAuthorizedForSource', 'Not authorized for the source.')
  }
  const { name, scope } = parseBus(entry.EventBusName, ctx.scope)
  if (scope.region !== ctx.region) return failed('InvalidArgument', `${entry.EventBusName} is in another Region.`)
  const home = tx.in(scope)
  if (!(await lookUpBus(home, name))) return failed('ResourceNotFoundException', `Event bus ${name} does not exist.`)
  const id = ctx.newId()
  const said = { source: Source, detailType: DetailType, resources: entry.Resources ?? [], detail }
  const event = envelope(ctx.scope, { id, atMs: entry.Time?.getTime() ?? ctx.nowMs }, said)
  const origin = { callerAccount: ctx.principal.account, requestId: ctx.requestId }
  await accept(home, name, event, ctx.host, { origin })
  return { EventId: id }
}

/** Tells the log of the bus that an entry was meant for, if there is such a bus, that it was not taken, and why. */
async function logFailure(tx: Tx, entry: Entry, { ErrorMessage }: ReturnType<typeof failed>, ctx: Ctx): Promise<void> {
  const { name, scope } = parseBus(entry.EventBusName, ctx.scope)
  if (scope.region !== ctx.region) return
  const home = tx.in(scope)
  const { Source: source, DetailType: detail_type, Resources: resources = [], Detail: event_detail, Time } = entry
  await logStep(
    home,
    { name, log: await logOf(home.snapshot, name) },
    'EVENT_INGEST_FAILURE',
    {
      request_id: ctx.requestId,
      details: {
        ...{ caller_account_id: ctx.principal.account, source_time_ms: Time?.getTime() ?? ctx.nowMs },
        ...{ source, detail_type, resources, event_detail },
      },
      error: { error_message: ErrorMessage, aws_service: 'events' },
    },
    ctx.host,
  )
}

function failed(ErrorCode: string, ErrorMessage: string) {
  return { ErrorCode, ErrorMessage }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** As the service counts: 14 bytes for a time, and the texts. A trace header counts for nothing. */
function sizeOf({ Time, Source = '', DetailType = '', Detail = '', Resources = [], TraceHeader: _ }: Entry): number {
  const texts = [Source, DetailType, Detail, ...Resources]
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time ? 14 : 0)
}
