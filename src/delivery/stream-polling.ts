import type { SourceRecord, StreamSource } from '../kernel/events.ts'
import type { Host } from '../kernel/host.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/records.ts'
import { aborted } from './aborted.ts'
import { type BatchLimits, type Gathered, gather, laneFilter, recordFilter } from './stream-batch.ts'
import {
  behind,
  type Checkpoint,
  type Lane,
  moveOn,
  openLanes,
  readCheckpoint,
  type StreamReader,
} from './stream-checkpoints.ts'
import { type ShardWindow, type TumblingWindow, withState } from './stream-windows.ts'

const minWaitMs = 200
const maxWaitMs = 60_000

export interface StreamLimits extends BatchLimits {
  /** Batches of a shard at work at once; records of one key are in one of them. */
  readonly lanes: number
  /** Whether a batch that failed is cut in half. */
  readonly bisect: boolean
  /** -1: until the records are gone. */
  readonly maxRetries: number
  /** -1: as old as the stream keeps them. */
  readonly maxAgeSec: number
}

/** How a stream is read, for an event source mapping or a pipe. `O` is what a try of a batch came to. */
export interface StreamPolling<O> extends StreamLimits {
  readonly host: Host
  readonly sourceArn: string
  readonly reader: StreamReader
  readonly patterns: readonly string[]
  /** Before records are asked for: as whom, and what is done with them. A throw ends the polling. */
  begin(): Promise<StreamWork<O>>
  /** Waits for the batches that are at work when the polling ends. */
  end(busy: Promise<unknown>): Promise<void>
}

export interface StreamWork<O> {
  readonly principal: Principal
  /** One try. Records are in order, so that of what failed only the first counts. With tumbling windows, in one of them. */
  work(batch: readonly SourceRecord[], requestId: string, window?: ShardWindow): Promise<Tried<O>>
  /** Hands over what a tumbling window has come to. False: it is tried again, and nothing else until it succeeds. */
  close?(window: ShardWindow): Promise<boolean>
  /** Tells of records that are given up, and moves on with `move`, which writes what it is given with it. */
  giveUp(given: GivenUp<O>, move: (also?: (tx: Tx) => Promise<void>) => Promise<void>): Promise<void>
}

/**
 * `done`: how many records from the first are done with, and `state` what their window has come to by them, as JSON.
 * `throttled`: they could not be tried, which is no try. `too-large`: a record that is too much by itself, and will be
 * whenever it is tried: it is given up at once.
 */
export type Tried<O> =
  | { readonly done: number; readonly outcome?: O | undefined; readonly state?: string | undefined }
  | 'throttled'
  | 'too-large'

/** Records that are not tried again. */
export interface GivenUp<O> {
  readonly source: StreamSource
  readonly shard: string
  readonly batch: readonly SourceRecord[]
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded'
  readonly attempts: number
  readonly requestId: string
  readonly outcome?: O | undefined
}

/**
 * Has a stream's records worked on until the signal aborts. A lane goes on only when its batch is done with or is given
 * up, and that it did is written down: after a crash the batch that was at work comes again.
 */
export async function pollShards<O>(polling: StreamPolling<O>, until: AbortSignal): Promise<void> {
  const { host, reader, lanes: count } = polling
  const own = new AbortController()
  const signal = AbortSignal.any([until, own.signal])
  const running: Promise<void>[] = []
  try {
    const source = await host.streamSource(polling.sourceArn)
    const started = new Set<string>()
    const ended = new Set<string>()
    /** Runs the shards whose parents have ended, and when one has ended those that are its children. */
    const runShards = async (): Promise<void> => {
      const { principal } = await polling.begin()
      const found = await source.shards(principal)
      const there = new Set(found.map(({ id }) => id))
      const next = found.filter(({ parents }) => parents.every((parent) => ended.has(parent) || !there.has(parent)))
      await Promise.all(next.map(({ id }) => runShard(id)))
    }
    const runShard = async (shard: string): Promise<void> => {
      if (started.has(shard) || signal.aborted) return
      started.add(shard)
      await openLanes(host, { reader, shard, lanes: count })
      const lanes = Array.from({ length: count }, (_, lane) =>
        runLane({ polling, source, signal, lane: { reader, shard, lanes: count, lane } }),
      )
      running.push(...lanes)
      await Promise.all(lanes)
      ended.add(shard)
      if (!signal.aborted) await runShards()
    }
    await runShards()
    // The stream has ended. Until what reads it changes there is nothing to do.
    await aborted(signal)
  } finally {
    // Where one lane has failed the others would go on without it, and nobody would begin it again.
    own.abort()
    await polling.end(Promise.allSettled(running))
  }
}

interface Running<O> {
  readonly polling: StreamPolling<O>
  readonly source: StreamSource
  readonly signal: AbortSignal
  readonly lane: Lane
}

async function runLane<O>(running: Running<O>): Promise<void> {
  const { polling, source, signal, lane } = running
  const { host } = polling
  const isWanted = recordFilter(polling.patterns)
  const isOurs = laneFilter(lane)
  const wanted = (record: SourceRecord) => isOurs(record) && isWanted(record)
  let failures = 0
  while (!signal.aborted) {
    const from = await readCheckpoint(host, lane)
    const work = await polling.begin()
    const gathered = await gather(host, source, lane, polling, from, wanted, work.principal, signal)
    const { batch, after, ended, window, over } = gathered
    if (ended || signal.aborted) return
    if (batch.length === 0 && !over) {
      if (after !== from.after) await moveOn(host, lane, from, behind(after, from))
      continue
    }
    const isWell =
      window && over ? await close(running, work, from, window) : await deliver(running, work, from, gathered)
    failures = isWell ? 0 : failures + 1
    if (failures === 0) continue
    const againAtMs = host.clock.nowMs() + Math.min(maxWaitMs, minWaitMs * 2 ** Math.min(failures - 1, 20))
    await host.clock.until(againAtMs, signal).catch(() => undefined)
  }
}

/** The end of a tumbling window: what comes next begins with a fresh state. */
async function close<O>(
  { polling, source, lane }: Running<O>,
  work: StreamWork<O>,
  from: Checkpoint,
  window: TumblingWindow,
): Promise<boolean> {
  if (work.close && !(await work.close({ source, shard: lane.shard, window }))) return false
  await moveOn(polling.host, lane, from, { ...from, window: undefined })
  return true
}

/** One try of one batch. False when whoever works on it is to be left alone for a while. */
async function deliver<O>(
  { polling, source, lane }: Running<O>,
  { work, giveUp }: StreamWork<O>,
  before: Checkpoint,
  { batch, after, window }: Gathered,
): Promise<boolean> {
  let from = before
  const { host, bisect, maxRetries, maxAgeSec } = polling
  const requestId = host.ids.uuid()
  const end = (to: string, given: Pick<GivenUp<O>, 'batch' | 'condition' | 'attempts' | 'outcome'>) =>
    giveUp({ source, shard: lane.shard, requestId, ...given }, (also) =>
      moveOn(host, lane, from, behind(to, from), also),
    )
  const old = maxAgeSec < 0 ? [] : batch.filter(({ atMs }) => host.clock.nowMs() - atMs > maxAgeSec * 1000)
  if (old.length > 0) {
    await end(old.at(-1)!.position, { batch: old, condition: 'RecordAgeExceeded', attempts: from.attempts })
    return true
  }
  const tried = await work(batch, requestId, window && { source, shard: lane.shard, window })
  if (tried === 'throttled') return false
  if (tried === 'too-large') {
    await end(after, { batch, condition: 'RetryAttemptsExhausted', attempts: from.attempts })
    return true
  }
  const { done, outcome, state } = tried
  if (window && state !== undefined && done > 0) from = { ...from, window: withState(window, state) }
  if (done === batch.length) {
    await moveOn(host, lane, from, behind(after, from))
    return true
  }
  const left = batch.slice(done)
  const attempts = done > 0 ? 1 : from.attempts + 1
  // Records that are done with are behind the checkpoint; the batch ends where it ended.
  const at = done > 0 ? batch[done - 1]!.position : from.after
  const ends = from.ends.length > 0 ? from.ends.filter((end) => end > at) : [after]
  if (bisect && left.length > 1) {
    // Cutting in half does not count as a try. What was named has been cut already.
    const half = done > 0 ? [] : [left[Math.floor(left.length / 2) - 1]!.position]
    await moveOn(host, lane, from, {
      after: at,
      ends: [...half, ...ends],
      attempts: done > 0 ? 0 : from.attempts,
      window: from.window,
    })
    return false
  }
  if (maxRetries >= 0 && attempts > maxRetries) {
    await end(ends[0] ?? after, { batch: left, condition: 'RetryAttemptsExhausted', attempts, outcome })
    return true
  }
  await moveOn(host, lane, from, { after: at, ends, attempts, window: from.window })
  return false
}

/** What a destination is told of records that are given up, besides by whom. */
export function givenUpInfo({ source, shard, batch }: GivenUp<unknown>): Record<string, object> {
  const [first, last] = [batch[0]!, batch.at(-1)!]
  return {
    [source.infoName]: {
      shardId: shard,
      startSequenceNumber: first.sequenceNumber,
      endSequenceNumber: last.sequenceNumber,
      approximateArrivalOfFirstRecord: instantText(first.atMs, source),
      approximateArrivalOfLastRecord: instantText(last.atMs, source),
      batchSize: batch.length,
      streamArn: source.arn,
    },
  }
}

/** `2019-11-14T00:38:04.835Z`, and of a whole second `2019-11-14T00:13:19Z`. */
function instantText(atMs: number, { infoInSeconds }: StreamSource): string {
  const told = infoInSeconds ? atMs - (atMs % 1_000) : atMs
  return new Date(told).toISOString().replace('.000Z', 'Z')
}
