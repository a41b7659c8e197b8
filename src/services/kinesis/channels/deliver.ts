import { setImmediate as nextTurn } from 'node:timers/promises'
import { deliverObject, uuidFrom } from '../../../delivery/bucket.ts'
import { gzipped, zstandard } from '../../../delivery/compress.ts'
import type { Principal } from '../../../kernel/principal.ts'
import { shardId, streamArn } from '../names.ts'
import type { ReadRecord } from '../reading.ts'
import { sequenceNumber } from '../sequence.ts'
import type { Shard } from '../state.ts'
import { type Delivering, markDelivered, type Part, takeBatch } from './batch.ts'
import { keyOf } from './key-template.ts'
import { measureChannel } from './metrics.ts'
import { serviceName } from './names.ts'
import type { Compression, RecordFormat } from './state.ts'

interface Rejected {
  readonly shard: Shard
  readonly record: ReadRecord
  readonly message: string
}

/** What was delivered of a stream, and what could not be. */
export interface Outcome {
  readonly records: number
  readonly rejected: number
}

/**
 * Brings the next records of a channel's stream to its bucket, as one object; and what of them is not what it should be
 * is told of in another. They count as delivered when both are there: until then the same records are brought again, under
 * the same names. Undefined when there are none. https://docs.aws.amazon.com/streams/latest/dev/data-delivery-s3-about.html
 */
export async function deliverBatch(of: Delivering, as: Principal): Promise<Outcome | undefined> {
  const { host, scope, signal, channel } = of
  const parts = await takeBatch(of)
  if (!parts) return undefined
  const { good, rejected } = await sorted(parts, channel.format)
  // Where records of a batch that was begun are gone meanwhile, what is left stands beside what was delivered before.
  const suffix = `-${uuidFrom(`${channel.id} ${JSON.stringify(parts.map(extentOf))}`)}`
  const arrivedMs = parts.flatMap(({ records: [first] }) => first?.record.atMs ?? [])
  const atMs = arrivedMs.length > 0 ? Math.min(...arrivedMs) : host.clock.nowMs()
  const by = { host, scope, signal, as, service: serviceName }
  const { storage, keyId: kmsKey } = channel
  let bytesOut = 0
  if (good.length > 0) {
    const naming = { channelName: channel.name, channelId: channel.id, streamName: channel.stream.name }
    const { template, compression, storageClass, bucketArn, owner: expectedOwner } = storage
    const key = keyOf(template, { ...naming, atMs, compression }, suffix)
    const body = await compressions[compression](bodyOf(good, channel.format))
    bytesOut = await deliverObject(by, { bucketArn, key, body, kmsKey, storageClass, expectedOwner })
  }
  if (rejected.length > 0) {
    const { bucketArn, owner: expectedOwner, prefix } = channel.deadLetters
    const hours = new Date(atMs).toISOString().slice(0, 13).replaceAll(/[-T]/g, '/')
    const key = `${prefix}${hours}/${channel.name}${suffix}.json`
    await deliverObject(by, { bucketArn, key, body: rejected.map((one) => lineOf(of, one)), kmsKey, expectedOwner })
  }
  await markDelivered(of, parts)
  const records = parts.flatMap((part) => part.records)
  const bytesIn = records.reduce((sum, { record }) => sum + record.data.length, 0)
  measureChannel(of, {
    BytesIn: bytesIn,
    BytesProcessed: bytesIn,
    BytesOut: bytesOut,
    RecordCount: records.length,
    SuccessfulRecordCount: good.length,
    FailedRecordCount: rejected.length,
    ...(good.length > 0 && { DeliverySuccess: 1 }),
    ...(rejected.length > 0 && { DLQDeliverySuccess: rejected.length }),
    DataFreshness: Math.max(0, host.clock.nowMs() - atMs) / 1_000,
  })
  return { records: good.length, rejected: rejected.length }
}

const compressions: Readonly<Record<Compression, (data: readonly Uint8Array[]) => Promise<readonly Uint8Array[]>>> = {
  NONE: async (data) => data,
  GZIP: gzipped,
  ZSTD: zstandard,
}

const extentOf = ({ shard, records, through }: Part) =>
  [shard.number, records.length, Buffer.from(through).toString('hex')] as const

const newline = Buffer.from('\n')

/** Each record as it is; texts on lines of their own, bytes one after the other. */
function bodyOf(records: readonly Uint8Array[], format: RecordFormat): readonly Uint8Array[] {
  return format === 'BYTE_ARRAY' ? records : records.flatMap((data) => [data, newline])
}

/** As much as is looked at without letting others have their turn. */
const turnBytes = 1_048_576

async function sorted(parts: readonly Part[], format: RecordFormat) {
  const [good, rejected]: [Uint8Array[], Rejected[]] = [[], []]
  let looked = 0
  for (const { shard, records } of parts) {
    for (const one of records) {
      looked += one.record.data.length
      if (looked > turnBytes) {
        await nextTurn()
        looked = 0
      }
      const message = problemWith(one.record.data, format)
      if (message === undefined) good.push(one.record.data)
      else rejected.push({ shard, record: one, message })
    }
  }
  return { good, rejected }
}

function problemWith(data: Uint8Array, format: RecordFormat): string | undefined {
  if (format === 'BYTE_ARRAY') return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(data)
    if (format === 'JSON') JSON.parse(text)
    return undefined
  } catch (error) {
    return error instanceof SyntaxError ? 'The record is not valid JSON.' : 'The record is not valid UTF-8.'
  }
}

/** What is told of a record: where it is, not what it is. The stream has it for as long as it keeps records. */
function lineOf(
  { scope, channel }: Delivering,
  { shard, record: { position, record }, message }: Rejected,
): Uint8Array {
  const line = {
    streamARN: streamArn(scope, channel.stream.name),
    shardId: shardId(shard.number),
    sequenceNumber: sequenceNumber(shard, position),
    partitionKey: record.key,
    approximateArrivalTimestamp: record.atMs,
    errorCode: 'InvalidRecord',
    errorMessage: message,
  }
  return Buffer.from(`${JSON.stringify(line)}\n`)
}
