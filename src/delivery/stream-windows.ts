import type { SourceRecord, StreamSource } from '../kernel/events.ts'

/**
 * A tumbling window: a stretch of time whose records share a state, which each batch is given and returns anew.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
 */
export interface TumblingWindow {
  readonly startMs: number
  readonly endMs: number
  /** What the last batch returned, as JSON. */
  readonly state: string
  /** The state has become too large: the window is closed before anything else. */
  readonly early?: true
}

/** The window that a batch is of, and where. */
export interface ShardWindow {
  readonly source: StreamSource
  readonly shard: string
  readonly window: TumblingWindow
}

/** A state that is larger ends its window early; what comes then begins with a fresh one in the same window. */
const mostStateBytes = 1_048_576
/** How long after its end a window waits for a record that was on its way. Lambda waits for up to two minutes. */
const graceMs = 1_000

/** The window of a record that comes when none is open: they lie at multiples of their length. */
export function windowOf({ atMs }: SourceRecord, tumblingSec: number): TumblingWindow {
  const lengthMs = tumblingSec * 1000
  const startMs = Math.floor(atMs / lengthMs) * lengthMs
  return { startMs, endMs: startMs + lengthMs, state: '{}' }
}

/** Whether a record is of a later window. One that comes too late is of that which is open. */
export function isPast({ atMs }: SourceRecord, window: TumblingWindow): boolean {
  return atMs >= window.endMs
}

/** When a window is over if no record says so before. */
export function overAtMs({ endMs }: TumblingWindow): number {
  return endMs + graceMs
}

export function withState(window: TumblingWindow, state: string): TumblingWindow {
  return { ...window, state, ...(Buffer.byteLength(state) > mostStateBytes && { early: true }) }
}
