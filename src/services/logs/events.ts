import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { parseFilter } from '../../telemetry/filter/pattern.ts'
import { type LogEvent, type Position, parsePosition, positionText, readEvents } from '../../telemetry/log-read.ts'
import { retainedFromMs } from '../../telemetry/log-retention.ts'
import { eventOverheadBytes, writeEvents } from '../../telemetry/log-write.ts'
import type { Api } from './api.ts'
import { findGroup, findStream, groupName, groupResource, pageSize, streamResource, unmasking } from './find.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Of one PutLogEvents, with `eventOverheadBytes` for each event. */
export const mostEventBytes = 1_048_576
const mostAnswerBytes = 1_048_576

/** Events: put, read from one stream, searched over many. */
export const events = operations<Api>()({
  PutLogEvents: {
    authorize: ({ logGroupName, logStreamName }, ctx) => [
      { action: 'logs:PutLogEvents', resource: streamResource(ctx, logGroupName, logStreamName) },
    ],
    async write(tx, { logGroupName, logStreamName, logEvents, entity }, ctx) {
      if (entity) throw awsError('InvalidParameterException', 'entity is not supported by Landfall. Leave it out.')
      const found = await findGroup(tx, logGroupName)
      await findStream(tx, found, logStreamName)
      let bytes = 0
      for (const [index, { timestamp, message }] of logEvents.entries()) {
        const before = logEvents[index - 1]
        if (before && before.timestamp > timestamp)
          throw awsError(
            'InvalidParameterException',
            'Log events in a single PutLogEvents request must be in chronological order.',
          )
        if (message.length === 0) throw awsError('InvalidParameterException', `The message of event ${index} is empty.`)
        bytes += Buffer.byteLength(message) + eventOverheadBytes
      }
      const first = logEvents[0]
      const last = logEvents.at(-1)
      if (bytes > mostEventBytes)
        throw awsError(
          'InvalidParameterException',
          `Upload too large: ${bytes} bytes exceeds limit of ${mostEventBytes}`,
        )
      if (first && last && last.timestamp - first.timestamp > dayMs) {
        throw awsError(
          'InvalidParameterException',
          'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
        )
      }
      const oldestMs = ctx.nowMs - 14 * dayMs
      const expiredMs =
        found.retentionDays === undefined ? Number.NEGATIVE_INFINITY : ctx.nowMs - found.retentionDays * dayMs
      const newestMs = ctx.nowMs + 2 * hourMs
      const good = logEvents.filter(
        ({ timestamp }) => timestamp >= oldestMs && timestamp >= expiredMs && timestamp <= newestMs,
      )
      await writeEvents(
        tx,
        found,
        logStreamName,
        good.map(({ timestamp, message }) => ({ atMs: timestamp, message })),
        { nowMs: ctx.nowMs, ids: ctx.ids, deliveries: ctx.host.deliveries },
      )
      const tooOld = logEvents.filter(({ timestamp }) => timestamp < oldestMs).length
      const expired = logEvents.filter(({ timestamp }) => timestamp < expiredMs).length
      const tooNew = logEvents.findIndex(({ timestamp }) => timestamp > newestMs)
      const rejected = tooOld > 0 || expired > 0 || tooNew >= 0
      return {
        nextSequenceToken: '1',
        rejectedLogEventsInfo: rejected
          ? {
              tooOldLogEventEndIndex: tooOld > 0 ? tooOld : undefined,
              expiredLogEventEndIndex: expired > 0 ? expired : undefined,
              tooNewLogEventStartIndex: tooNew >= 0 ? tooNew : undefined,
            }
          : undefined,
      }
    },
  },

  GetLogEvents: {
    authorize: (input, ctx) => [
      { action: 'logs:GetLogEvents', resource: streamResource(ctx, groupName(input, ctx.scope), input.logStreamName) },
      ...unmasking(input, groupResource(ctx, groupName(input, ctx.scope))),
    ],
    async read(tx, input, ctx) {
      const found = await findGroup(tx, groupName(input, tx.scope))
      await findStream(tx, found, input.logStreamName)
      const limit = pageSize(input.limit, 10_000)
      const token = input.nextToken === undefined ? undefined : readToken(input.nextToken)
      const forward = token ? token.forward : (input.startFromHead ?? false)
      const kept = retainedFromMs(found.retentionDays, ctx.nowMs)
      const read = readEvents(tx, found.generation, {
        fromMs: Math.max(input.startTime ?? 0, kept),
        toMs: input.endTime ?? Number.MAX_SAFE_INTEGER,
        stream: input.logStreamName,
        after: token?.position,
        reverse: !forward,
        unmask: input.unmask,
      })
      const { page } = await fill(read, limit, () => true)
      if (!forward) page.reverse()
      const first = page[0]?.position ?? token?.position
      const last = page.at(-1)?.position ?? token?.position
      // At the end the same token comes back: that is how clients know.
      return {
        events: page.map((event) => ({
          timestamp: event.atMs,
          message: event.message,
          ingestionTime: event.ingestedAtMs,
        })),
        nextForwardToken: `f/${last ? positionText(last) : 'start'}`,
        nextBackwardToken: `b/${first ? positionText(first) : 'start'}`,
      }
    },
  },

  FilterLogEvents: {
    authorize: (input, ctx) => [
      { action: 'logs:FilterLogEvents', resource: groupResource(ctx, groupName(input, ctx.scope)) },
      ...unmasking(input, groupResource(ctx, groupName(input, ctx.scope))),
    ],
    async read(tx, input, ctx) {
      if (input.logStreamNames && input.logStreamNamePrefix !== undefined) {
        throw awsError(
          'InvalidParameterException',
          'logStreamNames and logStreamNamePrefix are mutually exclusive parameters.',
        )
      }
      const found = await findGroup(tx, groupName(input, tx.scope))
      const names = input.logStreamNames && new Set(input.logStreamNames)
      for (const name of names ?? []) await findStream(tx, found, name)
      const matches = parseFilter(input.filterPattern ?? '')
      const after = input.nextToken === undefined ? undefined : parsePosition(input.nextToken)
      if (input.nextToken !== undefined && !after)
        throw awsError('InvalidParameterException', 'The specified nextToken is invalid.')
      const only = names?.size === 1 ? [...names][0] : undefined
      const read = readEvents(tx, found.generation, {
        fromMs: Math.max(input.startTime ?? 0, retainedFromMs(found.retentionDays, ctx.nowMs)),
        toMs: input.endTime === undefined ? Number.MAX_SAFE_INTEGER : input.endTime + 1,
        after,
        reverse: input.startFromHead === false,
        unmask: input.unmask,
        ...(only === undefined ? {} : { stream: only }),
      })
      const { page, nextToken } = await fill(read, pageSize(input.limit, 10_000), (event) => {
        if (names && !names.has(event.stream)) return false
        if (input.logStreamNamePrefix !== undefined && !event.stream.startsWith(input.logStreamNamePrefix)) return false
        return matches(event.message)
      })
      return {
        events: page.map((event) => ({
          logStreamName: event.stream,
          timestamp: event.atMs,
          message: event.message,
          ingestionTime: event.ingestedAtMs,
          eventId: positionText(event.position),
        })),
        searchedLogStreams: [],
        nextToken: nextToken && positionText(nextToken),
      }
    },
  },
})

/** Looking at more than this without a match ends a page early, as the real service does. */
const mostLookedAt = 100_000

/** A page of events: full, too heavy for one answer, or after having looked at many. `nextToken` when there may be more. */
async function fill(
  source: AsyncIterable<LogEvent>,
  limit: number,
  wanted: (event: LogEvent) => boolean,
): Promise<{ page: LogEvent[]; nextToken?: Position }> {
  const page: LogEvent[] = []
  let bytes = 0
  let looked = 0
  let previous: Position | undefined
  for await (const event of source) {
    if (previous && (page.length >= limit || looked >= mostLookedAt)) return { page, nextToken: previous }
    looked++
    if (wanted(event)) {
      const size = Buffer.byteLength(event.message) + eventOverheadBytes
      if (previous && page.length > 0 && bytes + size > mostAnswerBytes) return { page, nextToken: previous }
      bytes += size
      page.push(event)
    }
    previous = event.position
  }
  return { page }
}

function readToken(token: string): { forward: boolean; position?: Position } {
  const [direction, text] = [token.slice(0, 2), token.slice(2)]
  const position = parsePosition(text)
  if ((direction !== 'f/' && direction !== 'b/') || (!position && text !== 'start'))
    throw awsError('InvalidParameterException', 'The specified nextToken is invalid.')
  return { forward: direction === 'f/', ...(position ? { position } : {}) }
}
