import { aborted } from '../../delivery/aborted.ts'
import { failedIds } from '../../delivery/queue-batch.ts'
import type { JobCtx } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { SourceRecord, StreamSource } from '../../kernel/events.ts'
import type { Outcome } from '../../kernel/functions.ts'
import type { Host } from '../../kernel/host.ts'
import { execute } from './execute.ts'
import type { Found } from './find.ts'
import { measureAge } from './metrics.ts'
import { credentials, findTarget, watchForChange } from './polling.ts'
import type { Checkpoint, EventSourceMapping, StreamMapping } from './state.ts'
import { whileRunning } from './stopping.ts'
import { gather, laneFilter, recordFilter, streamEvent } from './stream-batch.ts'
import { behind, type Lane, moveOn, openLanes, readCheckpoint } from './stream-checkpoints.ts'
import { giveUp } from './stream-failures.ts'

const minWaitMs = 200
const maxWaitMs = 60_000

/**
 * Gives a stream's records to the function until the mapping changes. A lane goes on only when its batch has succeeded
 * or is given up, and that it did is written down: after a crash the batch that was at the function comes again.
 */
export async function pollStream(
  { host, scope }: JobCtx,
  current: EventSourceMapping,
  stream: StreamMapping,
  stop: AbortSignal,
): Promise<void> {
  const changed = new AbortController()
  const signal = AbortSignal.any([stop, changed.signal])
  const watching = watchForChange(host, scope, current, changed, signal)
  const running: Promise<void>[] = []
  try {
    const source = await host.streamSource(current.sourceArn)
    const common = { scope, mappingId: current.id, lanes: stream.lanes }
    const started = new Set<string>()
    const ended = new Set<string>()
    /** Runs the shards whose parents have ended, and when one has ended those that are its children. */
    const runShards = async (): Promise<void> => {
      const { principal } = await credentials(host, await findTarget(host, scope, current))
      const found = await source.shards(principal)
      const there = new Set(found.map(({ id }) => id))
      const next = found.filter(({ parents }) => parents.every((parent) => ended.has(parent) || !there.has(parent)))
      await Promise.all(next.map(({ id }) => runShard(id)))
    }
    const runShard = async (shard: string): Promise<void> => {
      if (started.has(shard) || signal.aborted) return
      started.add(shard)
      await openLanes(host, { ...common, shard })
      const lanes = Array.from({ length: stream.lanes }, (_, lane) =>
        runLane({ host, source, current, stream, signal, lane: { ...common, shard, lane } }),
      )
      running.push(...lanes)
      await Promise.all(lanes)
      ended.add(shard)
      if (!signal.aborted) await runShards()
    }
    await runShards()
    // The stream has ended. Until the mapping changes there is nothing to do.
    await aborted(signal)
  } finally {
    changed.abort()
    await watching
    await whileRunning(Promise.allSettled(running), host, stop).catch(() => undefined)
  }
}

interface Running {
  readonly host: Host
  readonly source: StreamSource
  readonly current: EventSourceMapping
  readonly stream: StreamMapping
  readonly signal: AbortSignal
  readonly lane: Lane
}

async function runLane(running: Running): Promise<void> {
  const { host, source, current, signal, lane } = running
  const isWanted = recordFilter(current.filters)
  const isOurs = laneFilter(lane)
  const wanted = (record: SourceRecord) => isOurs(record) && isWanted(record)
  let failures = 0
  while (!signal.aborted) {
    const from = await readCheckpoint(host, lane)
    const found = await findTarget(host, lane.scope, current)
    const { principal } = await credentials(host, found)
    const { batch, after, ended } = await gather(host, source, lane, current, from, wanted, principal, signal)
    if (ended) return
    if (signal.aborted) return
    if (batch.length === 0) {
      if (after !== from.after) await moveOn(host, lane, from, behind(after, from))
      continue
    }
    failures = (await deliver(running, found, from, batch, after)) ? 0 : failures + 1
    if (failures === 0) continue
    const againAtMs = host.clock.nowMs() + Math.min(maxWaitMs, minWaitMs * 2 ** Math.min(failures - 1, 20))
    await host.clock.until(againAtMs, signal).catch(() => undefined)
  }
}

/** One try of one batch. False when the function is to be left alone for a while. */
async function deliver(
  { host, source, current, stream, lane }: Running,
  found: Found,
  from: Checkpoint,
  batch: readonly SourceRecord[],
  after: string,
): Promise<boolean> {
  const { bisect, maxRetries, maxAgeSec, onFailure } = stream
  const requestId = host.ids.uuid()
  const old = maxAgeSec < 0 ? [] : batch.filter(({ atMs }) => host.clock.nowMs() - atMs > maxAgeSec * 1000)
  if (old.length > 0) {
    const given = { batch: old, condition: 'RecordAgeExceeded', attempts: from.attempts, requestId } as const
    await giveUp(host, found, source, lane, onFailure, from, behind(old.at(-1)!.position, from), given)
    return true
  }
  measureAge(host, found, host.clock.nowMs() - batch.at(-1)!.atMs)
  const outcome = await invoke(host, found, batch, requestId)
  if (outcome === 'throttled') return false
  const failed = outcome && failedFrom(outcome, batch, current.reportFailures)
  if (failed === batch.length) {
    await moveOn(host, lane, from, behind(after, from))
    return true
  }
  const left = batch.slice(failed ?? 0)
  const done = batch.length - left.length
  const attempts = done > 0 ? 1 : from.attempts + 1
  // Records that are done with are behind the checkpoint; the batch ends where it ended.
  const at = done > 0 ? batch[done - 1]!.position : from.after
  const ends = from.ends.length > 0 ? from.ends.filter((end) => end > at) : [after]
  if (bisect && left.length > 1) {
    // Cutting in half does not count as a try. What the function named has been cut already.
    const half = done > 0 ? [] : [left[Math.floor(left.length / 2) - 1]!.position]
    await moveOn(host, lane, from, { after: at, ends: [...half, ...ends], attempts: done > 0 ? 0 : from.attempts })
    return false
  }
  if (maxRetries >= 0 && attempts > maxRetries) {
    const given = { batch: left, condition: 'RetryAttemptsExhausted', attempts, requestId, outcome } as const
    await giveUp(host, found, source, lane, onFailure, from, behind(ends[0] ?? after, from), given)
    return true
  }
  await moveOn(host, lane, from, { after: at, ends, attempts })
  return false
}

/** Undefined when the function can't be called with it. */
async function invoke(
  host: Host,
  found: Found,
  batch: readonly SourceRecord[],
  requestId: string,
): Promise<Outcome | 'throttled' | undefined> {
  const payload = Buffer.from(JSON.stringify(streamEvent(batch)))
  try {
    return await execute(host, found, { requestId, payload })
  } catch (error) {
    if (isAwsError(error, 'TooManyRequestsException')) return 'throttled'
    if (isAwsError(error, 'RecursiveInvocationException')) return undefined
    throw error
  }
}

/** How many records from the first are done with: those before the first that failed. */
function failedFrom(outcome: Outcome, batch: readonly SourceRecord[], reports: boolean): number {
  if (outcome.error !== undefined) return 0
  if (!reports) return batch.length
  const failed = failedIds(
    outcome.payload,
    batch.map(({ sequenceNumber }) => ({ messageId: sequenceNumber })),
  )
  const first = batch.findIndex(({ sequenceNumber }) => failed.has(sequenceNumber))
  return first < 0 ? batch.length : first
}
