import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Appended } from '../../kernel/store.ts'
import type { Api } from './api.ts'
import { encryptionOf } from './describe.ts'
import { hashOf, hexOfDecimal, shardFor } from './hash-keys.ts'
import { measure, measureShard } from './metrics.ts'
import { type Asked, arnOf, invalid, type Located, locateActive, locateArn, refuse, shardId } from './names.ts'
import { outgrown, scheduleScaling } from './scale-job.ts'
import { sequenceNumber } from './sequence.ts'
import { dataRecord, type OpenShard, type Stream } from './state.ts'
import { maxRecordKib } from './streams.ts'
import { admitsRecord, rateExceeded } from './throughput.ts'

const maxRecordBytes = maxRecordKib * 1_024
const maxRequestBytes = 10 * 1_048_576

interface Given {
  readonly Data: Uint8Array
  readonly PartitionKey?: string
  readonly ExplicitHashKey?: string
}
interface Keyed extends Given {
  readonly PartitionKey: string
}

/** https://docs.aws.amazon.com/streams/latest/dev/developing-producers-with-sdk.html */
export const putting = operations<Api>()({
  PutRecord: {
    authorize: (input, ctx) => [{ action: 'kinesis:PutRecord', resource: arnOf(input, ctx.scope) }],
    async call(input, ctx) {
      // Records of one caller are in order here without SequenceNumberForOrdering: a put is answered when it is behind
      // those before it.
      refuse(input, 'DryRun')
      const { at, outcomes } = await put(ctx, input, [input])
      const outcome = outcomes[0]!
      countPut(ctx.host, at, 'PutRecord', outcomes)
      if ('refused' in outcome) throw rateExceeded(at, outcome.refused.number)
      return { ...told(outcome), EncryptionType: encryptionOf(at.stream) }
    },
  },

  PutRecords: {
    authorize: (input, ctx) => [{ action: 'kinesis:PutRecords', resource: arnOf(input, ctx.scope) }],
    async call(input, ctx) {
      refuse(input, 'DryRun')
      const { at, outcomes } = await put(ctx, input, input.Records)
      countPut(ctx.host, at, 'PutRecords', outcomes)
      return {
        FailedRecordCount: outcomes.filter((one) => 'refused' in one).length,
        Records: outcomes.map((one) =>
          'refused' in one ? failure(at, one.refused.number) : { ...told(one), ErrorCode: undefined },
        ),
        EncryptionType: encryptionOf(at.stream),
      }
    },
  },
})

interface Kept {
  readonly shard: OpenShard
  readonly appended: Appended
  readonly bytes: number
}
type Outcome = Kept | { readonly refused: OpenShard; readonly bytes: number }

/** Puts those records, in their order, that their shards admit. */
async function put(
  ctx: Ctx,
  asked: Asked,
  records: readonly Given[],
): Promise<{ at: Located; outcomes: readonly Outcome[] }> {
  const keyed = records.map((given) => {
    const record = { ...given, PartitionKey: keyOf(given) }
    return { record, hash: hashKeyOf(record), bytes: sizeOf(record) }
  })
  const bytes = keyed.reduce((sum, one) => sum + one.bytes, 0)
  if (bytes > maxRequestBytes) {
    throw invalid(`The records of a request have at most ${maxRequestBytes} bytes together.`)
  }
  const before = await ctx.read((tx) => locateActive(tx, asked))
  const admitted = keyed.map(({ hash, bytes }) =>
    admitsRecord(before, shardFor(before.stream.open, hash).number, bytes, ctx.nowMs),
  )
  const growing = outgrown(before.stream, records.length, bytes, ctx.nowMs)
  return ctx.write(async (tx) => {
    // Resharding since then makes this run again, so that nothing goes into a closed shard.
    const at = await locateActive(tx, asked)
    const own = tx.in(at.scope)
    if (growing) scheduleScaling(tx, ctx.host, at.scope, at.stream)
    const outcomes = keyed.map(({ record, hash, bytes }, i): Outcome => {
      const shard = shardFor(at.stream.open, hash)
      if (!admitted[i]) return { refused: shard, bytes }
      const appended = append(own, at.stream, shard, record.PartitionKey, record.Data, ctx.nowMs)
      return { shard, appended, bytes }
    })
    return { at, outcomes }
  })
}

/** Puts a record for another service, in its transaction. Throws ProvisionedThroughputExceededException. */
export async function putFor(tx: Tx, arn: string, partitionKey: string, data: Uint8Array, host: Host): Promise<void> {
  const { scope } = await locateArn(tx, arn)
  const at = await locateActive(tx.in(scope), { StreamARN: arn })
  const record = { Data: data, PartitionKey: partitionKey }
  const shard = shardFor(at.stream.open, hashKeyOf(record))
  const [bytes, nowMs] = [sizeOf(record), host.clock.nowMs()]
  if (outgrown(at.stream, 1, bytes, nowMs)) scheduleScaling(tx, host, scope, at.stream)
  if (!admitsRecord(at, shard.number, bytes, nowMs)) throw rateExceeded(at, shard.number)
  append(tx.in(scope), at.stream, shard, partitionKey, data, nowMs)
  count(host, at, shard.number, bytes)
}

function append(tx: Tx, of: Stream, { number }: OpenShard, key: string, data: Uint8Array, atMs: number): Appended {
  const encrypted = of.keyId === undefined ? {} : ({ encrypted: true } as const)
  return tx.append(dataRecord.under(of.id, number), { key, data, atMs, ...encrypted })
}

function keyOf({ PartitionKey }: Given): string {
  if (PartitionKey !== undefined) return PartitionKey
  throw awsError(
    'ValidationException',
    "1 validation error detected: Value at 'partitionKey' failed to satisfy constraint: Member must not be null",
  )
}

function hashKeyOf({ PartitionKey, ExplicitHashKey }: Keyed): string {
  if (ExplicitHashKey === undefined) return hashOf(PartitionKey)
  const given = hexOfDecimal(ExplicitHashKey)
  if (given === undefined) {
    throw invalid(
      `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${ExplicitHashKey}`,
    )
  }
  return given
}

function sizeOf({ Data, PartitionKey }: Keyed): number {
  if (Data.length > maxRecordBytes) {
    throw invalid(`A record has ${Data.length} bytes of data; the stream takes at most ${maxRecordBytes}.`)
  }
  return Data.length + Buffer.byteLength(PartitionKey)
}

function told({ shard, appended }: Kept) {
  return { ShardId: shardId(shard.number), SequenceNumber: sequenceNumber(shard, appended.position!) }
}

function failure(at: Located, shard: number) {
  const error = rateExceeded(at, shard)
  return { ErrorCode: isAwsError(error) ? error.code : '', ErrorMessage: error.message }
}

function countPut(host: Host, at: Located, operation: 'PutRecord' | 'PutRecords', outcomes: readonly Outcome[]): void {
  let [records, bytes] = [0, 0]
  for (const one of outcomes) {
    if ('refused' in one) {
      measureShard(host, at, one.refused.number, 'WriteProvisionedThroughputExceeded', 1)
      continue
    }
    records += 1
    bytes += one.bytes
    count(host, at, one.shard.number, one.bytes)
  }
  measure(host, at, 'WriteProvisionedThroughputExceeded', outcomes.length - records)
  measure(host, at, `${operation}.Bytes`, bytes, 'Bytes')
  measure(host, at, `${operation}.Success`, records > 0 ? 1 : 0)
  if (operation === 'PutRecord') return
  measure(host, at, 'PutRecords.TotalRecords', outcomes.length)
  measure(host, at, 'PutRecords.SuccessfulRecords', records)
  measure(host, at, 'PutRecords.ThrottledRecords', outcomes.length - records)
}

function count(host: Host, at: Located, shard: number, bytes: number): void {
  measure(host, at, 'IncomingRecords', 1)
  measure(host, at, 'IncomingBytes', bytes, 'Bytes')
  measureShard(host, at, shard, 'IncomingRecords', 1)
  measureShard(host, at, shard, 'IncomingBytes', bytes, 'Bytes')
}
