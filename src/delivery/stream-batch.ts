import { hash } from 'node:crypto'
import type { SourceRecord, StreamSource } from '../kernel/events.ts'
import type { Host } from '../kernel/host.ts'
import type { Principal } from '../kernel/principal.ts'
import { type EventPattern, parsePattern } from './event-pattern.ts'
import type { Checkpoint, Lane } from './stream-checkpoints.ts'
import { isPast, overAtMs, type TumblingWindow, windowOf } from './stream-windows.ts'

/** Below the 6 MB that a request may have, since the frame around the records counts too. */
const batchBytes = 6_000_000
const pageRecords = 1_000
const waitMs = 20_000

export interface BatchLimits {
  readonly batchSize: number
  /** For how long records are waited for after the first of a batch. */
  readonly windowSec: number
  /** Length of the tumbling windows; absent: none. */
  readonly tumblingSec?: number | undefined
}

export interface Gathered {
  readonly batch: readonly SourceRecord[]
  /** The position behind everything that was looked at, also what is not for this lane or not wanted. */
  readonly after: string
  /** Nothing is left, and nothing will come. */
  readonly ended: boolean
  /** The tumbling window of the batch, or which is open. */
  readonly window?: TumblingWindow | undefined
  /** The window is to be closed: nothing of it is left, and nothing will come. */
  readonly over?: boolean | undefined
}

/** Whether a record is wanted by the patterns of a mapping or a pipe: one has to match. Throws PatternError. */
export function recordFilter(patterns: readonly string[]): (record: SourceRecord) => boolean {
  if (patterns.length === 0) return () => true
  const all: EventPattern[] = patterns.map(parsePattern)
  return (record) => {
    const seen = record.filtered?.() ?? record.event
    return all.some((matches) => matches(seen))
  }
}

/** Whether a record is this lane's: all of one key are. */
export function laneFilter({ lanes, lane }: Pick<Lane, 'lanes' | 'lane'>): (record: SourceRecord) => boolean {
  if (lanes === 1) return () => true
  return ({ key }) => hash('sha256', key, 'buffer').readUInt32BE(0) % lanes === lane
}

/**
 * Waits for records: up to a batch, or as many as come within the window after the first. A batch that failed is
 * gathered again as it was. No batch is of two tumbling windows. Every lane reads the whole shard, which is a sequential
 * scan, and takes its part.
 */
export async function gather(
  host: Host,
  source: StreamSource,
  { shard }: Lane,
  { batchSize, windowSec, tumblingSec }: BatchLimits,
  from: Checkpoint,
  wanted: (record: SourceRecord) => boolean,
  principal: Principal,
  signal: AbortSignal,
): Promise<Gathered> {
  const [through] = from.ends
  const batch: SourceRecord[] = []
  let { after } = from
  let { window } = from
  if (window && (window.early || tumblingSec === undefined)) {
    return { batch, after, ended: false, window, over: true }
  }
  let bytes = window?.state.length ?? 0
  let untilMs: number | undefined
  for (;;) {
    const nowMs = host.clock.nowMs()
    const leftMs = Math.min(
      untilMs === undefined ? waitMs : untilMs - nowMs,
      window ? overAtMs(window) - nowMs : waitMs,
    )
    const page = await source.read({
      shardId: shard,
      after,
      max: pageRecords,
      waitMs: through === undefined ? Math.min(leftMs, waitMs) : 0,
      principal,
      signal,
    })
    // What was to be tried again may have been trimmed meanwhile.
    if (page.records.length === 0) {
      const ended = page.ended && batch.length === 0 && through === undefined
      if (!window) return { batch, after: through ?? after, ended }
      const isOver = batch.length === 0 && through === undefined && host.clock.nowMs() >= overAtMs(window)
      return { batch, after: through ?? after, ended: false, window, over: ended || isOver }
    }
    for (const record of page.records) {
      if (through !== undefined && record.position > through) return { batch, after: through, ended: false, window }
      if (wanted(record)) {
        if (window && isPast(record, window)) return { batch, after, ended: false, window, over: batch.length === 0 }
        if (tumblingSec !== undefined) window ??= windowOf(record, tumblingSec)
        const own = Buffer.byteLength(JSON.stringify(record.event))
        if (batch.length > 0 && bytes + own > batchBytes) return { batch, after, ended: false, window }
        bytes += own
        batch.push(record)
        untilMs ??= host.clock.nowMs() + windowSec * 1000
      }
      after = record.position
      if (batch.length >= batchSize) return { batch, after, ended: false, window }
    }
    if (through !== undefined) continue
    if (batch.length === 0 || signal.aborted || host.clock.nowMs() >= (untilMs ?? 0))
      return { batch, after, ended: false, window }
  }
}
