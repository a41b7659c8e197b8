import { awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import { discover } from '../../../telemetry/insights/discover.ts'
import { textOf } from '../../../telemetry/insights/values.ts'
import { eventsOf, type Position, parsePosition, readEvents } from '../../../telemetry/log-read.ts'
import { retainedFromMs } from '../../../telemetry/log-retention.ts'
import { chunk } from '../../../telemetry/log-state.ts'
import type { Api } from '../api.ts'
import { findGroup, fromToken, groupName, groupResource, unmasking } from '../find.ts'

const minuteMs = 60_000
/** Newest first; of more the fields are not looked for. */
const mostSampled = 10_000
const mostFields = 1_000
/** Every event has these. */
const generated = ['@ingestionTime', '@log', '@logStream', '@message', '@ptr', '@timestamp']

/** Single events, and what fields those of a group have, as queries see them. */
export const records = operations<Api>()({
  GetLogRecord: {
    authorize: (input, ctx) => {
      const resource = groupResource(ctx, placeOf(input.logRecordPointer).group)
      return [{ action: 'logs:GetLogRecord', resource }, ...unmasking(input, resource)]
    },
    async read(tx, { logRecordPointer, unmask }, ctx) {
      const { group, position } = placeOf(logRecordPointer)
      const { generation, retentionDays } = await findGroup(tx, group)
      const { firstAtMs, chunkId: id, index } = position
      const value = await tx.get(chunk(generation, firstAtMs, id))
      const event = value && [...eventsOf({ id, firstAtMs, value }, unmask)][index]
      if (!event || event.atMs < retainedFromMs(retentionDays, ctx.nowMs))
        throw awsError('ResourceNotFoundException', 'The log event of the logRecordPointer does not exist (any more).')
      const logRecord: Record<string, string> = {
        '@ingestionTime': String(event.ingestedAtMs),
        '@log': `${ctx.account}:${group}`,
        '@logStream': event.stream,
        '@message': event.message,
        '@ptr': logRecordPointer,
        '@timestamp': String(event.atMs),
      }
      for (const [name, found] of discover(event.transformed ?? event.message)) logRecord[name] ??= textOf(found) ?? ''
      return { logRecord }
    },
  },

  GetLogGroupFields: {
    authorize: (input, ctx) => [
      { action: 'logs:GetLogGroupFields', resource: groupResource(ctx, groupName(input, ctx.scope)) },
    ],
    async read(tx, input, ctx) {
      const { generation, retentionDays } = await findGroup(tx, groupName(input, tx.scope))
      const centreMs = input.time === undefined ? undefined : input.time * 1_000
      const fromMs = centreMs === undefined ? ctx.nowMs - 15 * minuteMs : centreMs - 8 * minuteMs
      const read = readEvents(tx, generation, {
        fromMs: Math.max(fromMs, retainedFromMs(retentionDays, ctx.nowMs)),
        toMs: centreMs === undefined ? ctx.nowMs + 1 : centreMs + 8 * minuteMs,
        reverse: true,
      })
      const counts = new Map<string, number>()
      let sampled = 0
      for await (const { message, transformed } of read) {
        if (++sampled > mostSampled) break
        for (const name of [...generated, ...discover(transformed ?? message).keys()]) {
          const before = counts.get(name)
          if (before !== undefined || counts.size < mostFields) counts.set(name, (before ?? 0) + 1)
        }
      }
      const all = Math.min(sampled, mostSampled)
      const fields = [...counts].map(([name, count]) => ({ name, percent: Math.round((count / all) * 100) }))
      return { logGroupFields: fields.sort((a, b) => b.percent - a.percent || (a.name < b.name ? -1 : 1)) }
    },
  },
})

/** Where the event is that a query's `@ptr` points to. Throws InvalidParameterException. */
function placeOf(pointer: string): { group: string; position: Position } {
  const [group, text] = fromToken(pointer, ['string', 'string'], 'logRecordPointer')
  const position = parsePosition(text)
  if (!position) throw invalid('The logRecordPointer is not the @ptr of a query result.')
  return { group, position }
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}
