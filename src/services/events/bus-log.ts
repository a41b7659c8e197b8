import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { vend } from '../../telemetry/vended/vend.ts'
import { busArn } from './names.ts'
import type { BusLog } from './state.ts'

const wanted: Readonly<Record<BusLog['level'], readonly string[]>> = {
  OFF: [],
  ERROR: ['ERROR'],
  INFO: ['ERROR', 'INFO'],
  TRACE: ['ERROR', 'INFO', 'TRACE'],
}

/** What is done with an event, and how much a bus has to log for it to be told. */
const steps = {
  EVENT_INGEST_FAILURE: 'ERROR',
  EVENT_INGEST_SUCCESS: 'INFO',
  EVENT_RECEIPT: 'TRACE',
  INVOCATION_ATTEMPT_PERMANENT_FAILURE: 'ERROR',
  INVOCATION_ATTEMPT_RETRYABLE_FAILURE: 'ERROR',
  INVOCATION_ATTEMPT_START: 'TRACE',
  INVOCATION_ATTEMPT_SUCCESS: 'TRACE',
  INVOCATION_ATTEMPT_THROTTLE: 'ERROR',
  INVOCATION_DLQ: 'ERROR',
  INVOCATION_FAILURE: 'ERROR',
  INVOCATION_START: 'TRACE',
  INVOCATION_SUCCESS: 'INFO',
  NO_STANDARD_RULES_MATCHED: 'INFO',
  RULE_MATCH: 'INFO',
  RULE_MATCH_START: 'TRACE',
} as const

/** Of a step: those of its `details` that `IncludeDetail` is about are left out where it is not FULL. */
export interface Told {
  readonly request_id?: string | undefined
  readonly event_id?: string | undefined
  readonly invocation_id?: string | undefined
  readonly details?: Readonly<Record<string, unknown>>
  readonly error?: Readonly<Record<string, unknown>> | undefined
}

const detail = ['event_detail', 'target_input', 'target_properties', 'target_response_body'] as const
/** Of one record, with room for what is around it. */
const mostBytes = 1_000_000

/**
 * Hands a record of a step to the deliveries of its bus's log, if the bus logs as much, in the transaction of the step.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-logs-schema.html
 */
export async function logStep(
  tx: Tx,
  { name, log }: { readonly name: string; readonly log: BusLog | undefined },
  step: keyof typeof steps,
  { details = {}, error, ...ids }: Told,
  { deliveries, clock }: Host,
): Promise<void> {
  const level = steps[step]
  if (!log || !wanted[log.level].includes(level)) return
  const nowMs = clock.nowMs()
  const shown = Object.entries(details).filter(([key]) => log.full || !detail.some((one) => one === key))
  const resourceArn = busArn(tx.scope, name)
  const fields = {
    ...{ resource_arn: resourceArn, message_timestamp_ms: nowMs, event_bus_name: name, ...ids },
    ...{ message_type: step, log_level: level, details: Object.fromEntries(shown) },
    ...(error && { error }),
  }
  await vend(tx, { resourceArn, logType: `${level}_LOGS` }, [{ atMs: nowMs, fields: fit(fields) }], {
    deliveries,
    nowMs,
  })
}

/** Without what makes a record too large, which is then named in `dropped_fields`. */
function fit<F extends { readonly details: Readonly<Record<string, unknown>> }>(fields: F): Record<string, unknown> {
  const details = { ...fields.details }
  const dropped: string[] = []
  let bytes = Buffer.byteLength(JSON.stringify(fields))
  for (const name of detail) {
    if (bytes <= mostBytes || details[name] === undefined) continue
    bytes -= Buffer.byteLength(JSON.stringify(details[name]))
    delete details[name]
    dropped.push(name)
  }
  return dropped.length > 0 ? { ...fields, details, dropped_fields: dropped } : { ...fields }
}
