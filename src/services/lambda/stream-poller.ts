import { failedIds } from '../../delivery/queue-batch.ts'
import { pollShards } from '../../delivery/stream-polling.ts'
import type { JobCtx } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { SourceRecord } from '../../kernel/events.ts'
import type { Outcome } from '../../kernel/functions.ts'
import type { Host } from '../../kernel/host.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { execute } from './execute.ts'
import type { Found } from './find.ts'
import { payloadLimits } from './invoke.ts'
import { measureAge } from './metrics.ts'
import { credentials, findTarget } from './polling.ts'
import { checkpoint, type EventSourceMapping, mapping, type StreamMapping } from './state.ts'
import { whileRunning } from './stopping.ts'
import { giveUp, streamEvent } from './stream-failures.ts'
import { stateOf, windowEvent } from './stream-state.ts'

/** Gives a stream's records to the function until the mapping changes. */
export function pollStream(
  { host, scope }: JobCtx,
  current: EventSourceMapping,
  stream: StreamMapping,
  signal: AbortSignal,
  stop: AbortSignal,
): Promise<void> {
  const { id, sourceArn, batchSize, windowSec, filters: patterns } = current
  const isThere = async (tx: ReadTx) => (await tx.get(mapping(id))) !== undefined
  return pollShards<Outcome>(
    {
      ...stream,
      host,
      sourceArn,
      batchSize,
      windowSec,
      patterns,
      reader: { scope, id, checkpoint, isThere },
      async begin() {
        const found = await findTarget(host, scope, current)
        const { principal } = await credentials(host, found)
        return {
          principal,
          async work(batch, requestId, window) {
            measureAge(host, found, host.clock.nowMs() - batch.at(-1)!.atMs)
            const event = { ...streamEvent(batch), ...(window && windowEvent(window, false)) }
            const outcome = await invoke(host, found, event, requestId)
            if (outcome === 'throttled' || outcome === 'too-large') return outcome
            const state = window && outcome && stateOf(outcome)
            if (!outcome || (window && state === undefined)) return { done: 0, outcome }
            return { done: failedFrom(outcome, batch, current.reportFailures), outcome, state }
          },
          async close(window) {
            const event = { ...streamEvent([]), ...windowEvent(window, true) }
            const outcome = await invoke(host, found, event, host.ids.uuid())
            return typeof outcome === 'object' && outcome.error === undefined
          },
          giveUp: (given, move) => giveUp({ host, found, principal, current, move }, given),
        }
      },
      end: (busy) =>
        whileRunning(busy, host, stop).then(
          () => undefined,
          () => undefined,
        ),
    },
    signal,
  )
}

/** Undefined when the function can't be called with it. */
async function invoke(
  host: Host,
  found: Found,
  event: object,
  requestId: string,
): Promise<Outcome | 'throttled' | 'too-large' | undefined> {
  const payload = Buffer.from(JSON.stringify(event))
  // A record of Kinesis may have 10 MiB, which goes to the destination for failures alone: batches of several fit.
  if (payload.length > payloadLimits.syncBytes) return 'too-large'
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
