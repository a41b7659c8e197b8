import type { Deliveries } from '../../kernel/delivery.ts'
import type { Tx } from '../../kernel/records.ts'
import { type DestinationType, deliveriesOfLog, type VendedRecord, vendedDue, vendedRecord } from './state.ts'

/** How long records wait for company: an object of a bucket holds those of such a span. */
const windowMs: Readonly<Record<DestinationType, number>> = { CWL: 1_000, FH: 1_000, S3: 300_000 }

/** Whose log it is: the ARN of a resource in the account and region of `tx`, and one of its log types. */
export interface VendedLog {
  readonly resourceArn: string
  readonly logType: string
}

/**
 * Hands records to the deliveries of a log, in the transaction of what they tell of: they are delivered when, and only
 * when, that commits. Costs one read where nobody wants the log.
 */
export async function vend(
  tx: Tx,
  { resourceArn, logType }: VendedLog,
  records: readonly VendedRecord[],
  { deliveries, nowMs }: { readonly deliveries: Deliveries; readonly nowMs: number },
): Promise<void> {
  if (records.length === 0) return
  for (const { id, type } of (await tx.get(deliveriesOfLog(resourceArn, logType))) ?? []) {
    for (const record of records) tx.append(vendedRecord.under(id), record)
    // One at a time, and never put off by what comes later: the work takes this away when nothing waits any more.
    if (await tx.get(vendedDue(id))) continue
    tx.set(vendedDue(id), true)
    const dueAtMs = (Math.floor(nowMs / windowMs[type]) + 1) * windowMs[type]
    deliveries.schedule(tx, { kind: 'logs:vend', scope: tx.scope, key: id, data: { id }, dueAtMs })
  }
}
