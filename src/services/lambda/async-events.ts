import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import { AwsError, isAwsError } from '../../kernel/errors.ts'
import type { Outcome } from '../../kernel/functions.ts'
import type { Host } from '../../kernel/host.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { type EventEnd, endEvent } from './destinations.ts'
import { startExecution } from './durable/start.ts'
import type { Execution } from './durable/state.ts'
import { tooManyRequests } from './errors.ts'
import { execute } from './execute.ts'
import { type Found, findVersion } from './find.ts'
import { countEvent } from './metrics.ts'
import { type EventInvokeConfig, eventInvokeConfig } from './state.ts'
import { whileRunning } from './stopping.ts'

/** An event that waits for its function. */
export interface WaitingEvent {
  readonly name: string
  readonly qualifier?: string | undefined
  readonly requestId: string
  readonly payload: Uint8Array
  readonly clientContext?: string | undefined
  /** The trace header that it came with. */
  readonly traceId?: string | undefined
}

const defaultRetries = 2
const defaultMaxAgeSec = 21_600
/** After the first failure and after the second. */
const retryAfterMs = [60_000, 120_000] as const

/**
 * Accepts an event durably, in `tx`: the function is called with it until it succeeds, its retries or its age are up. Of a
 * durable function it starts an execution, which it answers.
 */
export async function acceptEvent(
  tx: Tx,
  host: Host,
  found: Found,
  event: Pick<WaitingEvent, 'payload' | 'requestId' | 'clientContext' | 'traceId'> & {
    readonly executionName?: string
  },
): Promise<Execution | undefined> {
  const { executionName, ...waiting } = event
  const { name, configuration } = found
  if (configuration.durable) {
    const { payload, requestId, traceId } = event
    const start = { payload, requestId, traceId, name: executionName, asynchronous: true }
    return startExecution(tx.in(name.scope), host, found, start)
  }
  const data: WaitingEvent = { name: name.name, qualifier: name.qualifier, ...waiting }
  host.deliveries.schedule(tx, { kind: 'lambda:event', scope: name.scope, data })
  return undefined
}

/** How events of this version or alias are retried; its own setting, else the function's defaults. */
export async function invokeConfigOf(tx: ReadTx, { name }: Found): Promise<EventInvokeConfig | undefined> {
  return tx.in(name.scope).get(eventInvokeConfig(name.name, name.qualifier ?? '$LATEST'))
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
export const eventJob: Job<WaitingEvent> = {
  // Attempts are counted here: a version may allow fewer.
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 300_000 },
  concurrency: 500,
  target: ({ name, qualifier }) => (qualifier === undefined ? name : `${name}:${qualifier}`),
  async run(event, ctx) {
    const { host, scope } = ctx
    const name = { scope, name: event.name, qualifier: event.qualifier }
    const looked = await host.records
      .read(scope, async (tx) => {
        const found = await findVersion(tx, name)
        return { found, config: await invokeConfigOf(tx, found) }
      })
      .catch((error: unknown) => {
        // Deleted since: there is nothing to call and nobody to tell.
        if (isAwsError(error, 'ResourceNotFoundException')) return undefined
        throw error
      })
    if (!looked) return
    const { found, config } = looked
    if (ctx.attempt === 1) countEvent(host, found, 'AsyncEventsReceived')
    const maxAgeMs = (config?.maxAgeSec ?? defaultMaxAgeSec) * 1000
    const ended = (condition: EventEnd['condition'], outcome?: Outcome, refusal?: AwsError) =>
      endEvent(host, found, config, {
        ...{ condition, event, outcome, refusal },
        // What was too old, or refused, was not given to the function this time.
        ...{ attempts: outcome ? ctx.attempt : ctx.attempt - 1, nowMs: host.clock.nowMs() },
      })
    if (ctx.nowMs - ctx.createdAtMs > maxAgeMs) {
      countEvent(host, found, 'AsyncEventsDropped')
      return ended('EventAgeExceeded')
    }
    // It is switched off: nothing would come of waiting.
    if (found.record.reservedConcurrency === 0) {
      const refusal = tooManyRequests('ReservedFunctionConcurrentInvocationLimitExceeded')
      countEvent(host, found, 'AsyncEventsDropped')
      return ended('ZeroReservedConcurrency', undefined, refusal)
    }
    const executing = execute(host, found, { ...event, asynchronous: true }).catch((error: unknown) => {
      if (isAwsError(error, 'RecursiveInvocationException')) return error
      throw laterUnlessBug(error, ctx)
    })
    const outcome = await whileRunning(executing, host, ctx.signal)
    if (outcome instanceof AwsError) {
      countEvent(host, found, 'AsyncEventsDropped')
      return ended('RetriesExhausted', undefined, outcome)
    }
    if (outcome.error === undefined) return ended('Success', outcome)
    const retries = config?.retries ?? defaultRetries
    if (ctx.attempt > retries) {
      countEvent(host, found, 'AsyncEventsDropped')
      return ended('RetriesExhausted', outcome)
    }
    const afterMs = retryAfterMs[Math.min(ctx.attempt, retryAfterMs.length) - 1] as number
    throw new Retry(host.clock.nowMs() + afterMs, `the function failed (attempt ${ctx.attempt})`)
  },
}

/** Throttles and the platform's own errors are tried again, backing off up to 5 minutes, and cost no retry. */
function laterUnlessBug(error: unknown, ctx: JobCtx): unknown {
  if (!isAwsError(error)) return error
  const waitedMs = ctx.nowMs - ctx.createdAtMs
  const afterMs = Math.min(300_000, Math.max(1_000, waitedMs))
  return new Retry(ctx.host.clock.nowMs() + afterMs, error.message, { counts: false, cause: error })
}
