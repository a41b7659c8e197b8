import { toPageToken } from '../../../kernel/page-token.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import { mayPass } from '../../../telemetry/field-index.ts'
import type { Narrowing } from '../../../telemetry/insights/narrow.ts'
import type { QueryEvent } from '../../../telemetry/insights/row.ts'
import { type FoundChunk, type LogEvent, type Position, positionText, readEvents } from '../../../telemetry/log-read.ts'
import { retainedFromMs } from '../../../telemetry/log-retention.ts'
import type { LogGroup } from '../../../telemetry/log-state.ts'
import type { Query } from './state.ts'

/** Where a query is in a group: everything after `after` has been read, newest first. */
export interface Place {
  readonly group: LogGroup
  readonly after?: Position | undefined
  /** Of the chunks that were passed over, the one up to which they are counted. */
  readonly passed?: Pick<FoundChunk, 'firstAtMs' | 'id'> | undefined
}

/** What a page had no need to read, for no event in it could pass the query's filters. */
export interface Skipped {
  records: number
  bytes: number
}

const mostEvents = 10_000
const mostBytes = 8 * 1024 * 1024

/** The next events of a query's groups, newest first over all of them, and where to go on: nowhere when none are left. */
export async function eventsPage(
  tx: ReadTx,
  { fromMs, toMs }: Pick<Query, 'fromMs' | 'toMs'>,
  places: readonly Place[],
  nowMs: number,
  narrowings: readonly Narrowing[],
): Promise<{ events: QueryEvent[]; bytes: number; places: Place[]; skipped: Skipped }> {
  const skipped: Skipped = { records: 0, bytes: 0 }
  const passOver = (place: { passed?: Place['passed'] }, { firstAtMs, id, value }: FoundChunk) => {
    // A page begins with chunks that the one before had looked at already.
    const { passed } = place
    if (passed && (firstAtMs > passed.firstAtMs || (firstAtMs === passed.firstAtMs && id >= passed.id))) return
    place.passed = { firstAtMs, id }
    skipped.records += value.count
    skipped.bytes += value.bytes ?? 0
  }
  const readers = places
    .map((one): { -readonly [P in keyof Place]: Place[P] } => ({ ...one }))
    .map((place) => ({
      place,
      source: readEvents(tx, place.group.generation, {
        fromMs: Math.max(fromMs, retainedFromMs(place.group.retentionDays, nowMs)),
        toMs,
        after: place.after,
        reverse: true,
        wanted(found) {
          const may = mayPass(found.value, narrowings)
          if (!may) passOver(place, found)
          return may
        },
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
      events.push(seen(event, newest.place.group, tx))
      bytes += Buffer.byteLength(event.message)
      newest.place.after = event.position
      newest.head = (await newest.source.next()).value ?? undefined
    }
  } finally {
    for (const { source } of readers) await source.return(undefined)
  }
  return { events, bytes, skipped, places: readers.flatMap(({ place, head }) => (head ? [place] : [])) }
}

function seen(event: LogEvent, { name }: LogGroup, tx: ReadTx): QueryEvent {
  const { stream, atMs, ingestedAtMs, message, transformed, position } = event
  const log = `${tx.scope.account}:${name}`
  return { log, stream, atMs, ingestedAtMs, message, transformed, ptr: toPageToken(name, positionText(position)) }
}
