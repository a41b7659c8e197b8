import { hasTokens } from '../../gateway/throttle.ts'
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
import { admitsRecord, countWritten, hasRoom, maxRecordBytes, rateExceeded } from './throughput.ts'

/** Of an entry of the store, which has more than the data. */
const partBytes = 1_048_576
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
  const before = await ctx.read((tx) => locateActive(tx, asked))
  const keyed = records.map((given) => placed(before.stream, given, ctx.host))
  const bytes = keyed.reduce((sum, one) => sum + one.bytes, 0)
  if (bytes > maxRequestBytes) {
    throw invalid(`The records of a request have at most ${maxRequestBytes} bytes together.`)
  }
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
  const { hash, bytes } = placed(at.stream, { Data: data, PartitionKey: partitionKey }, host)
  const shard = shardFor(at.stream.open, hash)
  const nowMs = host.clock.nowMs()
  if (outgrown(at.stream, 1, bytes, nowMs, hasTokens)) scheduleScaling(tx, host, scope, at.stream)
  if (!hasRoom(at, shard.number, bytes, nowMs)) throw rateExceeded(at, shard.number)
  append(tx.in(scope), at.stream, shard, partitionKey, data, nowMs)
  tx.afterCommit(() => {
    outgrown(at.stream, 1, bytes, nowMs)
    countWritten(at, shard.number, bytes, nowMs)
    count(host, at, shard.number, bytes)
  })
}

function append(tx: Tx, of: Stream, { number }: OpenShard, key: string, data: Uint8Array, atMs: number): Appended {
  const own = dataRecord.under(of.id, number)
  const encrypted = of.keyId === undefined ? {} : ({ encrypted: true } as const)
  if (data.length <= partBytes) return tx.append(own, { key, data, atMs, ...encrypted })
  const sizeBytes = data.length
  const head = tx.append(own, { key, data: data.subarray(0, partBytes), atMs, sizeBytes, ...encrypted })
  for (let from = partBytes; from < sizeBytes; from += partBytes) {
    tx.append(own, { key: '', data: data.subarray(from, from + partBytes), atMs, follows: true })
  }
  return head
}

/**
 * A record with the hash key that it goes to a shard by: with the strategy AUTO one that is drawn for it, whatever it
 * names. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateStreamRecordDistributionStrategy.html
 */
function placed(of: Stream, given: Given, { ids }: Pick<Host, 'ids'>) {
  const { PartitionKey = of.spreads ? ids.uuid() : missingKey() } = given
  const record = { ...given, PartitionKey }
  return { record, hash: of.spreads ? hashOf(ids.uuid()) : hashKeyOf(record), bytes: sizeOf(of, record) }
}

function missingKey(): never {
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

function sizeOf(of: Stream, { Data, PartitionKey }: Keyed): number {
  const most = maxRecordBytes(of)
  const bytes = Data.length + Buffer.byteLength(PartitionKey)
  if (bytes > most) {
    throw invalid(`A record has ${bytes} bytes with its partition key; the stream takes at most ${most}.`)
  }
  return bytes
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
