import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import {
  backedUp,
  type DeliveryStream,
  delivering,
  type Partition,
  partitionedBytes,
  type S3Settings,
  type Waiting,
  waiting,
  waitingBytes,
  whole,
} from './state.ts'

const mebibyte = 1_048_576

/** A buffer of a stream: of the records as they came, or with a name of one of its partitions. */
export interface Buffered {
  readonly name: string
  readonly partition?: Partition | undefined
}

const asTheyCame: Buffered = { name: whole }

/** Whether records go to buffers of their partitions before they are delivered. */
export function isPartitioned({ destination }: Pick<DeliveryStream, 'destination'>): boolean {
  return destination.type === 's3' && destination.settings.DynamicPartitioningConfiguration?.Enabled === true
}

/** Where a stream backs up what comes, if it does. */
export function backupOf({ destination }: Pick<DeliveryStream, 'destination'>): S3Settings | undefined {
  if (destination.type !== 's3' || destination.settings.S3BackupMode !== 'Enabled') return undefined
  return destination.settings.S3BackupConfiguration
}

/** How much of a buffer is delivered together, and how long is waited for it. */
export function bufferOf(of: DeliveryStream, name = whole): { readonly bytes: number; readonly waitMs: number } {
  const hints = name === backedUp ? backupOf(of)?.BufferingHints : of.destination.settings.BufferingHints
  const { SizeInMBs = 5, IntervalInSeconds = 300 } = hints ?? {}
  return { bytes: SizeInMBs * mebibyte, waitMs: IntervalInSeconds * 1_000 }
}

/**
 * How long records wait in a buffer. With partitions there are two on their way: it comes to 1.5 times, as on AWS, half
 * of the time in the first.
 * https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html
 */
export function waitOf(of: DeliveryStream, { name }: Buffered): number {
  const { waitMs } = bufferOf(of, name)
  return isPartitioned(of) && name === whole ? waitMs / 2 : waitMs
}

/**
 * Keeps records until they are delivered: when the first of them has waited for as long as it may, or they are enough.
 * `tx` is in the stream's scope. Who puts at the same time does not conflict, but with what begins or ends a delivery.
 */
export async function keep(
  tx: Tx,
  of: DeliveryStream,
  records: readonly Waiting[],
  host: Host,
  buffer: Buffered = asTheyCame,
): Promise<void> {
  if (records.length === 0) return
  const { name, partition } = buffer
  // What comes leaves this buffer when it is sorted into partitions, which is not when it is to be backed up.
  if (name === whole && isPartitioned(of) && backupOf(of)) await keep(tx, of, records, host, { name: backedUp })
  const before = await tx.snapshot.count(waitingBytes(of.id, name))
  const added = records.reduce((sum, { data }) => sum + data.length, 0)
  for (const record of records) append(tx, of, name, record)
  addBytes(tx, of, buffer, added)
  const now = await tx.get(delivering(of.id, name))
  const full = before + added >= bufferOf(of, name).bytes
  if (now && (now.phase !== 'filling' || !full)) return
  tx.set(delivering(of.id, name), { partition, ...now, phase: full ? 'full' : 'filling' })
  scheduleDelivery(tx, of, name, full ? 0 : host.clock.nowMs() + waitOf(of, buffer), host)
}

/** Counts bytes of data that have come into a buffer, or with a minus have left it. */
export function addBytes(tx: Tx, { id }: DeliveryStream, { name, partition }: Buffered, bytes: number): void {
  tx.add(waitingBytes(id, name), bytes)
  if (partition) tx.add(partitionedBytes(id), bytes)
}

/** What is read from a Kinesis stream has up to 10 MiB, and is kept in entries that follow each other. */
function append(tx: Tx, { id }: DeliveryStream, buffer: string, record: Waiting): void {
  const { data, atMs } = record
  const own = waiting.under(id, buffer)
  tx.append(own, data.length > mebibyte ? { ...record, data: data.subarray(0, mebibyte) } : record)
  for (let from = mebibyte; from < data.length; from += mebibyte) {
    tx.append(own, { data: data.subarray(from, from + mebibyte), atMs, follows: true })
  }
}

/** Has what waits in a buffer delivered then, and not when that was to be before. */
export function scheduleDelivery(
  tx: Tx,
  { name, id }: DeliveryStream,
  buffer: string,
  dueAtMs: number,
  host: Host,
): void {
  const data = { name, id, ...(buffer !== whole && { buffer }) }
  const key = deliveryKey(id, buffer)
  host.deliveries.schedule(tx, { kind: 'firehose:deliver', scope: tx.scope, key, dueAtMs, data })
}

/** Under which the delivery of a buffer is scheduled. */
export function deliveryKey(id: string, buffer: string): string {
  return buffer === whole ? id : `${id} ${buffer}`
}
