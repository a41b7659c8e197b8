import { failedIds } from '../../delivery/queue-batch.ts'
import { type JobCtx, Retry } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { Pipe } from './state.ts'
import { enrich, type Sending, send } from './targets.ts'
import { type PipeEvent, transformed } from './template.ts'

export interface Carried {
  readonly id: string
  readonly event: PipeEvent
}

/**
 * Enriches events and sends them to the target. Answers the ids of those that the target says it has not dealt with.
 * Throws what the enrichment or the target threw.
 */
export async function carry(
  { host, scope, signal }: JobCtx,
  { pipe, principal }: { readonly pipe: Pipe; readonly principal: Principal },
  batch: readonly Carried[],
): Promise<ReadonlySet<string>> {
  const by = { pipe, scope, atMs: host.clock.nowMs() }
  const records = batch.map(({ event }) => event)
  const given = records.map((event) => transformed(pipe.enrichmentParameters?.InputTemplate, event, by))
  const sending: Sending = { host, scope, signal, pipe, principal, events: given, originals: records }
  const originals = pipe.enrichment ? await enrich(sending) : records
  if (originals.length === 0) return new Set()
  const at = { ...by, atMs: host.clock.nowMs() }
  const events = originals.map((event) => transformed(pipe.targetParameters?.InputTemplate, event, at))
  const answer = await send({ ...sending, events, originals })
  // One that says nothing of it has dealt with all.
  if (!answer || !Buffer.from(answer).includes('batchItemFailures')) return new Set()
  return failedIds(
    answer,
    batch.map(({ id }) => ({ messageId: id })),
  )
}

/** Whether the target or the enrichment failed, or what they answered is none: not the node itself. */
export function isCustomerFailure(error: unknown): boolean {
  return isAwsError(error) || error instanceof SyntaxError
}

/** Whether they asked to be left alone for a while, which is no attempt. */
export function isThrottled(error: unknown): boolean {
  if (error instanceof Retry) return !error.counts
  return isAwsError(error, 'TooManyRequestsException', 'ProvisionedThroughputExceededException', 'ThrottlingException')
}
