import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { type DeliveryStream, delivering, type Waiting, waiting, waitingBytes } from './state.ts'

const mebibyte = 1_048_576

/** How much is delivered together, and how long is waited for it. */
export function bufferOf({ destination }: DeliveryStream): { readonly bytes: number; readonly waitMs: number } {
  const { SizeInMBs = 5, IntervalInSeconds = 300 } = destination.settings.BufferingHints ?? {}
  return { bytes: SizeInMBs * mebibyte, waitMs: IntervalInSeconds * 1_000 }
}

/**
 * Keeps records until they are delivered: when the first of them has waited for as long as it may, or they are enough.
 * `tx` is in the stream's scope. Who puts at the same time does not conflict, but with what begins or ends a delivery.
 */
export async function keep(tx: Tx, of: DeliveryStream, records: readonly Waiting[], host: Host): Promise<void> {
  if (records.length === 0) return
  const { bytes: enough, waitMs } = bufferOf(of)
  const before = await tx.snapshot.count(waitingBytes(of.id))
  const added = records.reduce((sum, { data }) => sum + data.length, 0)
  for (const record of records) append(tx, of, record)
  tx.add(waitingBytes(of.id), added)
  const now = await tx.get(delivering(of.id))
  const full = before + added >= enough
  if (now && (now.phase !== 'filling' || !full)) return
  tx.set(delivering(of.id), { ...now, phase: full ? 'full' : 'filling' })
  scheduleDelivery(tx, of, full ? 0 : host.clock.nowMs() + waitMs, host)
}

/** What is read from a Kinesis stream has up to 10 MiB, and is kept in entries that follow each other. */
function append(tx: Tx, { id }: DeliveryStream, record: Waiting): void {
  const { data, atMs } = record
  tx.append(waiting.under(id), data.length > mebibyte ? { ...record, data: data.subarray(0, mebibyte) } : record)
  for (let from = mebibyte; from < data.length; from += mebibyte) {
    tx.append(waiting.under(id), { data: data.subarray(from, from + mebibyte), atMs, follows: true })
  }
}

/** Has what waits delivered then, and not when that was to be before. */
export function scheduleDelivery(tx: Tx, { name, id }: DeliveryStream, dueAtMs: number, host: Host): void {
  const data = { name, id }
  host.deliveries.schedule(tx, { kind: 'firehose:deliver', scope: tx.scope, key: id, dueAtMs, data })
}
