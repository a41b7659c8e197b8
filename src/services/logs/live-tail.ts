import type { LiveTailSessionStart, StartLiveTailResponseStream } from '@aws-sdk/client-cloudwatch-logs'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { parseFilter } from '../../telemetry/filter/pattern.ts'
import { eventsOf } from '../../telemetry/log-read.ts'
import { chunk, type LogGroup } from '../../telemetry/log-state.ts'
import type { Api } from './api.ts'
import { findGroup, groupArn, groupResource, nameOf } from './find.ts'

const mostGroups = 10
const updateMs = 1_000
/** Events of one update; of more than these a part is shown, and the update says so. */
const mostEvents = 500
const sessionMs = 3 * 3_600_000
/** Events that are this much older than their coming are not shown live. */
const lateMs = 900_000
const chunksAtOnce = 1_000
/** Of messages that an update looks at, matching or not; its groups share it. Of more, too, a part is shown. */
const mostChars = 4 * 1_048_576

/** Events as they come. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html */
export const liveTail = operations<Api>()({
  StartLiveTail: {
    authorize: ({ logGroupIdentifiers }, ctx) =>
      logGroupIdentifiers.map((id) => ({
        action: 'logs:StartLiveTail',
        resource: groupResource(ctx, nameOf(id, ctx.scope)),
      })),
    async call(input, ctx) {
      const { logGroupIdentifiers, logStreamNames, logStreamNamePrefixes } = input
      if (logGroupIdentifiers.length === 0 || logGroupIdentifiers.length > mostGroups)
        throw invalid(`1 to ${mostGroups} logGroupIdentifiers must be given.`)
      if ((logStreamNames || logStreamNamePrefixes) && logGroupIdentifiers.length > 1)
        throw invalid('logStreamNames and logStreamNamePrefixes need a single log group.')
      if (logStreamNames && logStreamNamePrefixes)
        throw invalid('logStreamNames and logStreamNamePrefixes cannot be given together.')
      const matches = parseFilter(input.logEventFilterPattern ?? '')
      const groups = await ctx.read((tx) =>
        Promise.all(logGroupIdentifiers.map((id) => findGroup(tx, nameOf(id, tx.scope)))),
      )
      const wantedStream = (name: string) =>
        (!logStreamNames || logStreamNames.includes(name)) &&
        (!logStreamNamePrefixes || logStreamNamePrefixes.some((prefix) => name.startsWith(prefix)))
      const start = {
        requestId: ctx.requestId,
        sessionId: ctx.newId(),
        logGroupIdentifiers,
        ...(logStreamNames && { logStreamNames }),
        ...(logStreamNamePrefixes && { logStreamNamePrefixes }),
        logEventFilterPattern: input.logEventFilterPattern ?? '',
      }
      return { responseStream: session(ctx, start, groups, { stream: wantedStream, message: matches }) }
    },
  },
})

async function* session(
  ctx: Ctx,
  start: LiveTailSessionStart,
  groups: readonly LogGroup[],
  wanted: Wanted,
): AsyncGenerator<StartLiveTailResponseStream> {
  yield { sessionStart: start }
  const { clock } = ctx
  const endMs = ctx.nowMs + sessionMs
  const tails = groups.map((group) => ({ group, sinceMs: ctx.nowMs, seen: new Set<string>() }))
  for (;;) {
    const sent: LiveEvent[] = []
    let sampled = false
    for (const tail of tails) {
      const room = { events: mostEvents - sent.length, chars: Math.ceil(mostChars / tails.length) }
      const { found, more } = await news(ctx, tail, room, wanted)
      sent.push(...found)
      sampled ||= more
    }
    sent.sort((a, b) => a.timestamp - b.timestamp)
    yield { sessionUpdate: { sessionMetadata: { sampled }, sessionResults: sent } }
    if (clock.nowMs() >= endMs)
      throw awsError('SessionTimeoutException', 'The session has lasted for three hours. Start another.')
    await clock.until(clock.nowMs() + updateMs, ctx.signal).catch(() => undefined)
    if (ctx.signal.aborted) return
  }
}

interface LiveEvent {
  readonly logStreamName: string
  readonly logGroupIdentifier: string
  readonly message: string
  readonly timestamp: number
  readonly ingestionTime: number
}

interface Tail {
  readonly group: LogGroup
  /** Chunks written before this are told already. */
  sinceMs: number
  /** Those told that were written at that time or after. */
  seen: Set<string>
}

interface Wanted {
  readonly stream: (name: string) => boolean
  readonly message: (text: string) => boolean
}

/** How many events a look may find, and how much of messages it may go through for them. */
interface Room {
  readonly events: number
  readonly chars: number
}

/**
 * Events that came since the last look, and whether there are more than there is room for: those are passed over, unread.
 * Ids of chunks begin with the time of their writing.
 */
async function news(ctx: Ctx, tail: Tail, room: Room, wanted: Wanted): Promise<{ found: LiveEvent[]; more: boolean }> {
  const { generation, name } = tail.group
  return ctx.read(async (tx) => {
    const found: LiveEvent[] = []
    const seen = new Set<string>()
    let latestMs = tail.sinceMs
    let [chars, more] = [0, false]
    const range = chunk.between([generation], { from: [Math.max(0, tail.sinceMs - lateMs)] })
    for await (const [, firstAtMs, id] of tx.keys(range, { reverse: true, limit: chunksAtOnce })) {
      const writtenMs = Number.parseInt(id.slice(0, 9), 36)
      if (writtenMs < tail.sinceMs) continue
      seen.add(id)
      latestMs = Math.max(latestMs, writtenMs)
      if (tail.seen.has(id)) continue
      if (chars >= room.chars || found.length >= room.events) more = true
      if (more) continue
      const value = await tx.get(chunk(generation, firstAtMs, id))
      if (!value || !wanted.stream(value.stream)) continue
      for (const event of eventsOf({ id, firstAtMs, value })) {
        chars += event.message.length
        if (!wanted.message(event.message)) continue
        if (found.length >= room.events) more = true
        if (more) break
        found.push({
          logStreamName: event.stream,
          logGroupIdentifier: groupArn(ctx.scope, name).replace(/^arn:aws:logs:[^:]*:(\d+):log-group:/, '$1:'),
          message: event.message,
          timestamp: event.atMs,
          ingestionTime: event.ingestedAtMs,
        })
      }
    }
    // A second back: what was committed late may carry an earlier time.
    tail.sinceMs = Math.max(tail.sinceMs, latestMs - updateMs)
    tail.seen = seen
    return { found, more }
  })
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}
