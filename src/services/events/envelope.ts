import type { ServiceEvent } from '../../kernel/events.ts'
import type { Scope } from '../../kernel/records.ts'
import type { Event } from './input.ts'

/** An event as rules and targets see it: https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
export function envelope(
  { account, region }: Scope,
  { id, atMs }: { readonly id: string; readonly atMs: number },
  { source, detailType, resources, detail }: ServiceEvent,
): Event {
  const time = new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z')
  return { version: '0', id, 'detail-type': detailType, source, account, time, region, resources, detail }
}
