import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { logStep } from './bus-log.ts'
import type { Invocation } from './deliver.ts'
import type { Event } from './input.ts'
import { ruleArn } from './names.ts'
import type { BusLog, Rule } from './state.ts'

/** Where an event came from. What services say happened is logged only where a rule wants it. */
export interface Origin {
  /** Absent: from a service. */
  readonly callerAccount?: string
  readonly requestId?: string
}

/** Tells the bus's log how an event came in, and which rules wanted it, in the transaction that accepts it. */
export async function logAccepted(
  home: Tx,
  bus: { readonly name: string; readonly log: BusLog | undefined },
  event: Event,
  matched: readonly { readonly rule: Rule; readonly invocations: readonly Invocation[] }[],
  { callerAccount, requestId }: Origin,
  host: Host,
): Promise<void> {
  if (!bus.log || (callerAccount === undefined && matched.length === 0)) return
  const ids = { request_id: requestId, event_id: String(event.id) }
  const about = { ...ids, details: { caller_account_id: callerAccount ?? event.account, ...aboutEvent(event) } }
  await logStep(home, bus, 'EVENT_RECEIPT', about, host)
  await logStep(home, bus, 'EVENT_INGEST_SUCCESS', about, host)
  await logStep(home, bus, 'RULE_MATCH_START', about, host)
  for (const { rule, invocations } of matched) {
    const details = {
      rule_arn: ruleArn(home.scope, rule.bus, rule.name),
      target_arns: invocations.map(({ targetArn }) => targetArn),
      invocation_ids: invocations.map(({ id }) => id),
    }
    await logStep(home, bus, 'RULE_MATCH', { ...ids, details }, host)
  }
  if (matched.length === 0) await logStep(home, bus, 'NO_STANDARD_RULES_MATCHED', ids, host)
}

export function aboutEvent({ time, source, 'detail-type': type, resources, detail }: Event) {
  return {
    source_time_ms: Date.parse(String(time)),
    ...{ source, detail_type: type, resources, event_detail: JSON.stringify(detail) },
  }
}
