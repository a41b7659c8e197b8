import type { JobCtx } from '../../kernel/delivery.ts'
import { bufferOf } from './buffer.ts'
import { userRecords } from './kpl.ts'
import { type DeliveryStream, type Waiting, waiting } from './state.ts'

/** One object has no more records than this, however small they are. */
const mostRecords = 50_000

/** The oldest records that wait, and the entries that they are in. */
export interface Batch {
  readonly records: readonly Waiting[]
  readonly entries: readonly { readonly position: Uint8Array; readonly bytes: number; readonly atMs: number }[]
}

/** As many as go together. */
export async function takeBatch({ host, scope }: Pick<JobCtx, 'host' | 'scope'>, of: DeliveryStream): Promise<Batch> {
  const { bytes: enough } = bufferOf(of)
  const found: { readonly head: Waiting; readonly parts: Uint8Array[] }[] = []
  const entries: { position: Uint8Array; bytes: number; atMs: number }[] = []
  await host.records.read(scope, async (tx) => {
    let bytes = 0
    for await (const { key, value } of tx.range(waiting.under(of.id))) {
      if (value.follows) found.at(-1)?.parts.push(value.data)
      else if (bytes >= enough || found.length === mostRecords) break
      else found.push({ head: value, parts: [value.data] })
      entries.push({ position: key[1], bytes: value.data.length, atMs: value.atMs })
      bytes += value.data.length
    }
  })
  const whole = found.map(({ head, parts }) => (parts.length === 1 ? head : { ...head, data: Buffer.concat(parts) }))
  return { records: whole.flatMap(deaggregated), entries }
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
