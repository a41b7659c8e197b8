import { parseArn } from '../../kernel/arn.ts'
import type { JobCtx } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { logStep, type Told } from './bus-log.ts'
import type { Delivery } from './deliver.ts'
import { errorCodeOf } from './error-code.ts'
import { ruleOfArn } from './names.ts'

/** Tells the log of a delivery's bus how each attempt goes. */
export interface InvocationLog {
  started(): Promise<void>
  /** The target gets no more calls for now. */
  throttled(): Promise<void>
  /** An attempt failed; `again`: there is to be another. */
  failed(error: unknown, again: boolean, final: boolean): Promise<void>
  /** It was kept in the dead-letter queue. */
  buried(error: unknown): Promise<void>
  succeeded(): Promise<void>
}

/** Undefined for a bus that logged nothing when the event came. */
export function invocationLogOf(delivery: Delivery, { host, scope, attempt, createdAtMs }: JobCtx) {
  const { log, target, ruleArn, payload, eventId } = delivery
  if (!log) return undefined
  const startedAtMs = host.clock.nowMs()
  const bus = { name: ruleOfArn(parseArn(ruleArn)?.resource ?? '')?.bus ?? '', log }
  const ids = { event_id: eventId, invocation_id: log.invocationId }
  const about = { rule_arn: ruleArn, role_arn: target.roleArn, target_arn: target.arn }
  const input = { target_input: payload }
  const tell = (steps: readonly (readonly [Parameters<typeof logStep>[2], Told])[]) =>
    host.records.write(scope, async (tx) => {
      for (const [step, told] of steps) await logStep(tx, bus, step, { ...ids, ...told }, host)
    })
  const attempted = (invocation_status: string) => ({
    ...about,
    ...{ attempt_type: attempt === 1 ? 'FIRST' : 'RETRY', attempt_count: attempt, invocation_status },
    target_duration_ms: host.clock.nowMs() - startedAtMs,
  })
  const ended = (final_invocation_status: string) => ({
    ...{ ...about, ...input, total_attempts: attempt, final_invocation_status },
    ...(attempt === 1 && {
      ingestion_to_start_latency_ms: startedAtMs - createdAtMs,
      ingestion_to_complete_latency_ms: host.clock.nowMs() - createdAtMs,
    }),
    target_duration_ms: host.clock.nowMs() - startedAtMs,
  })
  const problem = (error: unknown) => ({
    ...{
      error_message: error instanceof Error ? error.message : String(error),
      aws_service: parseArn(target.arn)?.service,
    },
    ...(isAwsError(error) && { http_status_code: error.status }),
  })
  const made: InvocationLog = {
    async started() {
      if (log.level !== 'TRACE') return
      const details = { ...about, attempt_count: attempt, ...input }
      await tell([
        ...(attempt === 1 ? [['INVOCATION_START', { details }] as const] : []),
        ['INVOCATION_ATTEMPT_START', { details }],
      ])
    },
    throttled: () => tell([['INVOCATION_ATTEMPT_THROTTLE', { details: attempted('THROTTLED') }]]),
    async failed(cause, again, final) {
      const [status, error] = [errorCodeOf(cause), problem(cause)]
      const step = final ? 'INVOCATION_ATTEMPT_PERMANENT_FAILURE' : 'INVOCATION_ATTEMPT_RETRYABLE_FAILURE'
      await tell([
        [step, { details: attempted(status), error }],
        ...(again ? [] : [['INVOCATION_FAILURE', { details: ended(status), error }] as const]),
      ])
    },
    buried: (cause) => tell([['INVOCATION_DLQ', { details: ended(errorCodeOf(cause)), error: problem(cause) }]]),
    async succeeded() {
      if (log.level === 'ERROR') return
      const ingestion_to_success_latency_ms = host.clock.nowMs() - createdAtMs
      await tell([
        ['INVOCATION_ATTEMPT_SUCCESS', { details: attempted('SUCCESS') }],
        ['INVOCATION_SUCCESS', { details: { ...ended('SUCCESS'), ingestion_to_success_latency_ms } }],
      ])
    },
  }
  return made
}
