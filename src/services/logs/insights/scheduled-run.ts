import type { Host } from '../../../kernel/host.ts'
import type { Tx } from '../../../kernel/records.ts'
import { type ScheduledQuery, scheduledName, scheduledQuery, scheduledRun } from './scheduled-state.ts'
import type { Query } from './state.ts'

/** Stores a scheduled query; for its next time, if there is one, one record waits. */
export function storeScheduled(tx: Tx, next: ScheduledQuery, { deliveries }: Pick<Host, 'deliveries'>): void {
  const { id, name, nextAtMs: dueAtMs } = next
  tx.set(scheduledQuery(name), next)
  tx.set(scheduledName(id), name)
  const work = { kind: 'logs:runScheduled', scope: tx.scope, key: id }
  if (dueAtMs === undefined) deliveries.cancel(tx, work.kind, work.scope, id)
  else deliveries.schedule(tx, { ...work, data: { id }, dueAtMs })
}

export function removeScheduled(tx: Tx, { id, name }: ScheduledQuery, { deliveries }: Pick<Host, 'deliveries'>): void {
  tx.delete(scheduledQuery(name))
  tx.delete(scheduledName(id))
  tx.clear(scheduledRun.under(id))
  deliveries.cancel(tx, 'logs:runScheduled', tx.scope, id)
}

/** In the transaction in which a query ends: what that is to the scheduled query that started it, if one did. */
export async function finishRun(tx: Tx, { scheduled, status }: Query, { deliveries }: Pick<Host, 'deliveries'>) {
  if (!scheduled) return
  const { id, atMs } = scheduled
  const name = await tx.get(scheduledName(id))
  const [owner, run] = [
    name === undefined ? undefined : await tx.get(scheduledQuery(name)),
    await tx.get(scheduledRun(id, atMs)),
  ]
  if (!owner || !run) return
  const ended = status === 'Complete' || status === 'Timeout' ? status : 'Failed'
  const delivers = ended === 'Complete' && owner.destination !== undefined
  tx.set(scheduledRun(id, atMs), { ...run, status: ended, ...(delivers && { delivery: { status: 'IN_PROGRESS' } }) })
  if (delivers) deliveries.schedule(tx, { kind: 'logs:deliverResults', scope: tx.scope, data: { id, atMs } })
}
