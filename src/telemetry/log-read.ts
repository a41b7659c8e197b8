import { setImmediate as nextTurn } from 'node:timers/promises'
import { inflateRawSync } from 'node:zlib'
import type { ReadTx } from '../kernel/records.ts'
import { type Chunk, chunk, type EventRow, spanMs, streamChunk } from './log-state.ts'
import { mask } from './protection/mask.ts'

export interface LogEvent {
  readonly stream: string
  readonly atMs: number
  readonly ingestedAtMs: number
  readonly message: string
  /** What the group's transformer made of it: JSON text. */
  readonly transformed?: string | undefined
  /** Where it stands: unique in its group, in order. */
  readonly position: Position
}

/** An event's place in its group: time, chunk, and number within the chunk. */
export interface Position {
  readonly atMs: number
  readonly firstAtMs: number
  readonly chunkId: string
  readonly index: number
}

export interface ReadOptions {
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
  /** Only this stream; else all. */
  readonly stream?: string
  /** Only events after (or, in reverse, before) this one. */
  readonly after?: Position | undefined
  readonly reverse?: boolean
  /** Sensitive data is shown, too. Default: masked. */
  readonly unmask?: boolean | undefined
  /** Chunks that it says no to are passed over, unread. */
  readonly wanted?: ((found: FoundChunk) => boolean) | undefined
}

/** How many events may be read between two chances for other requests; a chunk that is passed over counts as a few. */
const eventsAtOnce = 10_000
const eventsOfChunk = 200

/**
 * Events of a group or stream in order of time (chunk order breaks ties), newest first in reverse. Chunks overlap by
 * at most their span, so only that much is held back while reading.
 */
export async function* readEvents(tx: ReadTx, generation: string, options: ReadOptions): AsyncGenerator<LogEvent> {
  const { fromMs, toMs, after, reverse = false, wanted } = options
  let held: LogEvent[] = []
  let looked = 0
  for await (const found of chunks(tx, generation, options)) {
    if (looked >= eventsAtOnce) {
      looked = 0
      await nextTurn()
    }
    looked += eventsOfChunk
    if (wanted && !wanted(found)) continue
    looked += found.value.count
    // Everything that no later chunk can precede is due.
    const due: LogEvent[] = []
    const kept: LogEvent[] = []
    for (const event of held)
      (reverse ? event.atMs > found.firstAtMs + spanMs : event.atMs < found.firstAtMs)
        ? due.push(event)
        : kept.push(event)
    yield* due.sort(reverse ? (a, b) => -compare(a.position, b.position) : (a, b) => compare(a.position, b.position))
    held = kept
    for (const event of eventsOf(found, options.unmask)) {
      if (event.atMs < fromMs || event.atMs >= toMs) continue
      if (after && (reverse ? compare(event.position, after) >= 0 : compare(event.position, after) <= 0)) continue
      held.push(event)
    }
  }
  yield* held.sort(reverse ? (a, b) => -compare(a.position, b.position) : (a, b) => compare(a.position, b.position))
}

export interface FoundChunk {
  readonly id: string
  readonly firstAtMs: number
  readonly value: Chunk
}

async function* chunks(
  tx: ReadTx,
  generation: string,
  { fromMs, toMs, stream: only, after, reverse = false }: ReadOptions,
): AsyncGenerator<FoundChunk> {
  const startMs = Math.max(0, (after && !reverse ? Math.max(fromMs, after.atMs) : fromMs) - spanMs)
  const endMs = after && reverse ? Math.min(toMs, after.atMs + 1) : toMs
  const bounds = { from: [startMs], to: [endMs] }
  if (only === undefined) {
    for await (const { key, value } of tx.range(chunk.between([generation], bounds), { reverse })) {
      if (value.lastAtMs >= fromMs) yield { id: key[2], firstAtMs: key[1], value }
    }
    return
  }
  for await (const { key, value: pointer } of tx.range(streamChunk.between([generation, only], bounds), { reverse })) {
    if (pointer.lastAtMs < fromMs) continue
    const [, , firstAtMs, id] = key
    const value = await tx.get(chunk(generation, firstAtMs, id))
    if (value) yield { id, firstAtMs, value }
  }
}

/** An event with what is sensitive in it masked. */
export function asShown<E extends Pick<LogEvent, 'message' | 'transformed'>>(event: E, protect?: readonly string[]): E {
  if (!protect) return event
  const { message, transformed } = event
  return {
    ...event,
    message: mask(message, protect),
    ...(transformed !== undefined && { transformed: mask(transformed, protect) }),
  }
}

/** The events in a chunk, in order; what is sensitive in them is masked, unless it is asked for. */
export function* eventsOf({ id, firstAtMs, value }: FoundChunk, unmask = false): Generator<LogEvent> {
  const rows = JSON.parse(inflateRawSync(value.events).toString()) as EventRow[]
  for (const [index, [atMs, ingestedAtMs, message, transformed]] of rows.entries()) {
    const position = { atMs, firstAtMs, chunkId: id, index }
    const event = { stream: value.stream, atMs, ingestedAtMs, message, transformed, position }
    yield unmask ? event : asShown(event, value.protect)
  }
}

/** Time first; then chunks by when they were written, then the order within. */
export function compare(a: Position, b: Position): number {
  return a.atMs - b.atMs || (a.chunkId < b.chunkId ? -1 : a.chunkId > b.chunkId ? 1 : 0) || a.index - b.index
}

/** A position as the text of a token or event id. */
export function positionText({ atMs, firstAtMs, chunkId, index }: Position): string {
  return `${String(atMs).padStart(15, '0')}-${firstAtMs}-${chunkId}-${index}`
}

export function parsePosition(text: string): Position | undefined {
  const match = /^(\d{15})-(\d{1,15})-(\w{1,40})-(\d{1,9})$/.exec(text)
  return match
    ? { atMs: Number(match[1]), firstAtMs: Number(match[2]), chunkId: match[3]!, index: Number(match[4]) }
    : undefined
}
