import type { JobCtx } from '../../kernel/delivery.ts'
import type { Tx } from '../../kernel/records.ts'
import { addBytes, type Buffered, bufferOf } from './buffer.ts'
import { userRecords } from './kpl.ts'
import { type DeliveryStream, type Waiting, waiting } from './state.ts'

/** One object has no more records than this, however small they are, but for what is aggregated in one of them. */
const mostRecords = 50_000

export interface Entry {
  readonly position: Uint8Array
  readonly bytes: number
  readonly atMs: number
}

/** The oldest records that wait, and the entries that they are in. */
export interface Batch {
  readonly records: readonly Waiting[]
  readonly entries: readonly Entry[]
  /** The same, by what was put or read as one record. */
  readonly sources: readonly Source[]
}

interface Source {
  readonly records: readonly Waiting[]
  readonly entries: readonly Entry[]
}

/** As many as go together, out of a buffer of a stream. */
export async function takeBatch(
  { host, scope }: Pick<JobCtx, 'host' | 'scope'>,
  of: DeliveryStream,
  buffer: string,
): Promise<Batch> {
  const { bytes: enough } = bufferOf(of, buffer)
  const sources: Source[] = []
  await host.records.read(scope, async (tx) => {
    let [bytes, count] = [0, 0]
    let next: { readonly head: Waiting; readonly parts: Uint8Array[]; readonly entries: Entry[] } | undefined
    /** Takes the record whose entries have been read. False when it, or what comes after it, is too much. */
    const take = (): boolean => {
      if (!next) return true
      const { head, parts, entries } = next
      const records = deaggregated(parts.length === 1 ? head : { ...head, data: Buffer.concat(parts) })
      if (count > 0 && count + records.length > mostRecords) return false
      sources.push({ records, entries })
      count += records.length
      bytes += entries.reduce((sum, one) => sum + one.bytes, 0)
      next = undefined
      return bytes < enough
    }
    for await (const { key, value } of tx.range(waiting.under(of.id, buffer))) {
      const entry = { position: key[2], bytes: value.data.length, atMs: value.atMs }
      if (value.follows && next) {
        next.parts.push(value.data)
        next.entries.push(entry)
        continue
      }
      if (!take()) return
      next = { head: value, parts: [value.data], entries: [entry] }
    }
    take()
  })
  return {
    records: sources.flatMap(({ records }) => records),
    entries: sources.flatMap(({ entries }) => entries),
    sources,
  }
}

/** Removes entries of a buffer. Answers their bytes. */
export function removeEntries(tx: Tx, of: DeliveryStream, buffer: Buffered, gone: readonly Entry[]): number {
  for (const { position } of gone) tx.delete(waiting(of.id, buffer.name, position))
  const bytes = gone.reduce((sum, one) => sum + one.bytes, 0)
  if (bytes > 0) addBytes(tx, of, buffer, -bytes)
  return bytes
}

/**
 * What producers gave to the Kinesis Producer Library, of what is read from a stream: before anything else is done.
 * https://docs.aws.amazon.com/firehose/latest/dev/writing-with-kinesis-streams.html
 */
function deaggregated(record: Waiting): readonly Waiting[] {
  const { origin, atMs, data } = record
  const parts = origin && userRecords(data)
  if (!parts) return [record]
  return parts.map((part, subsequence) => ({
    data: part.data,
    atMs,
    origin: { ...origin, key: part.key, subsequence },
  }))
}
