import { toPageToken } from '../../../kernel/page-token.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import type { QueryEvent } from '../../../telemetry/insights/row.ts'
import { type LogEvent, type Position, positionText, readEvents } from '../../../telemetry/log-read.ts'
import type { LogGroup } from '../../../telemetry/log-state.ts'
import { retainedFromMs } from '../events.ts'
import type { Query } from './state.ts'

/** Where a query is in a group: everything after `after` has been read, newest first. */
export interface Place {
  readonly group: LogGroup
  readonly after?: Position | undefined
}

const mostEvents = 10_000
const mostBytes = 8 * 1024 * 1024

/** The next events of a query's groups, newest first over all of them, and where to go on: nowhere when none are left. */
export async function eventsPage(
  tx: ReadTx,
  { fromMs, toMs }: Pick<Query, 'fromMs' | 'toMs'>,
  places: readonly Place[],
  nowMs: number,
): Promise<{ events: QueryEvent[]; bytes: number; places: Place[] }> {
  const readers = places.map(({ group, after }) => ({
    group,
    after,
    source: readEvents(tx, group.generation, {
      fromMs: Math.max(fromMs, retainedFromMs(group.retentionDays, nowMs)),
      toMs,
      after,
      reverse: true,
    }),
    head: undefined as LogEvent | undefined,
  }))
  const events: QueryEvent[] = []
  let bytes = 0
  try {
    for (const reader of readers) reader.head = (await reader.source.next()).value ?? undefined
    while (events.length < mostEvents && bytes < mostBytes) {
      let newest: (typeof readers)[number] | undefined
      for (const one of readers) if (one.head && one.head.atMs > (newest?.head?.atMs ?? -1)) newest = one
      const event = newest?.head
      if (!newest || !event) break
      events.push(seen(event, newest.group, tx))
      bytes += Buffer.byteLength(event.message)
      newest.after = event.position
      newest.head = (await newest.source.next()).value ?? undefined
    }
  } finally {
    for (const { source } of readers) await source.return(undefined)
  }
  return { events, bytes, places: readers.flatMap(({ group, after, head }) => (head ? [{ group, after }] : [])) }
}

function seen(event: LogEvent, { name }: LogGroup, tx: ReadTx): QueryEvent {
  const { stream, atMs, ingestedAtMs, message, transformed, position } = event
  const log = `${tx.scope.account}:${name}`
  return { log, stream, atMs, ingestedAtMs, message, transformed, ptr: toPageToken(name, positionText(position)) }
}
