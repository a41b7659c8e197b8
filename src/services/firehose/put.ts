import { hasTokens, spendTokens, takeToken } from '../../gateway/throttle.ts'
import type { Ctx } from '../../kernel/context.ts'
import { type AwsError, awsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import { mixedAlphanumeric } from '../../kernel/ids.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Scope, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { keep } from './buffer.ts'
import { measure } from './metrics.ts'
import { asking, find, invalid, readArn, streamArn } from './names.ts'
import type { DeliveryStream } from './state.ts'

const mebibyte = 1_048_576
/** https://docs.aws.amazon.com/firehose/latest/dev/limits.html */
const mostBatchBytes = 4 * mebibyte
const throughput = { rate: 5 * mebibyte, burst: 5 * mebibyte }

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html */
export const putting = operations<Api>()({
  PutRecord: {
    authorize: ({ DeliveryStreamName }, ctx) => [asking('PutRecord', DeliveryStreamName, ctx)],
    async call({ DeliveryStreamName, Record }, ctx) {
      const { found, admitted } = await put(ctx, DeliveryStreamName, [Record.Data])
      if (!admitted[0]) throw slowDown()
      const Bytes = Record.Data.length
      measure(ctx, found.name, { 'PutRecord.Requests': 1, 'PutRecord.Bytes': Bytes })
      return { RecordId: recordId(ctx), Encrypted: found.encryption !== undefined }
    },
  },

  PutRecordBatch: {
    authorize: ({ DeliveryStreamName }, ctx) => [asking('PutRecordBatch', DeliveryStreamName, ctx)],
    async call({ DeliveryStreamName, Records }, ctx) {
      const data = Records.map(({ Data }) => Data)
      const bytes = data.reduce((sum, { length }) => sum + length, 0)
      if (bytes > mostBatchBytes) throw invalid('Records size exceeds 4 MB limit')
      const { found, admitted } = await put(ctx, DeliveryStreamName, data)
      const failed = admitted.filter((one) => !one).length
      const batch = 'PutRecordBatch'
      measure(ctx, found.name, {
        [`${batch}.Requests`]: 1,
        [`${batch}.Records`]: data.length,
        [`${batch}.Bytes`]: bytes,
      })
      const { code: ErrorCode, message: ErrorMessage } = slowDown()
      return {
        FailedPutCount: failed,
        Encrypted: found.encryption !== undefined,
        RequestResponses: admitted.map((one) => (one ? { RecordId: recordId(ctx) } : { ErrorCode, ErrorMessage })),
      }
    },
  },
})

/** Keeps those of the records that the stream takes now. */
async function put(ctx: Ctx, name: string, data: readonly Uint8Array[]) {
  const before = await ctx.read((tx) => findDirect(tx, name))
  const admitted = data.map(({ length }) => admits(before, length, ctx.nowMs))
  const records = data.filter((_, i) => admitted[i]).map((one) => ({ data: one, atMs: ctx.nowMs }))
  const found = await ctx.write(async (tx) => {
    const now = await findDirect(tx, name)
    await keep(tx, now, records, ctx.host)
    return now
  })
  countIncoming(ctx, found, records)
  return { found, admitted }
}

/** Keeps a record for another service, in its transaction. Throws ServiceUnavailableException when there are too many. */
export async function putFor(tx: Tx, arn: string, data: Uint8Array, host: Host): Promise<void> {
  const { scope, found } = await findFor(tx, arn)
  const atMs = host.clock.nowMs()
  if (!hasTokens(bytesOf(found), throughput, atMs, data.length)) throw slowDown()
  await keep(tx.in(scope), found, [{ data, atMs }], host)
  tx.afterCommit(() => {
    spendTokens(bytesOf(found), throughput, atMs, data.length)
    countIncoming({ host, scope }, found, [{ data }])
  })
}

/** The stream of an ARN, that takes records. Throws ResourceNotFoundException, InvalidArgumentException. */
export async function findFor(tx: ReadTx, arn: string): Promise<{ scope: Scope; found: DeliveryStream }> {
  const read = readArn(arn)
  if (!read) throw invalid(`${arn} is not the ARN of a Firehose.`)
  return { scope: read.scope, found: await findDirect(tx.in(read.scope), read.name) }
}

async function findDirect(tx: ReadTx, name: string): Promise<DeliveryStream> {
  const found = await find(tx, name)
  if (found.status !== 'ACTIVE') {
    throw awsError('ResourceNotFoundException', `Firehose ${name} under account ${tx.scope.account} not found.`)
  }
  if (!found.source) return found
  const arn = streamArn(tx.scope, name)
  throw invalid(`This operation is not permitted on KinesisStreamAsSource delivery stream type: ${arn}.`)
}

function admits(of: DeliveryStream, bytes: number, nowMs: number): boolean {
  return takeToken(bytesOf(of), throughput, nowMs, bytes)
}

/** The name of the bucket that a stream's throughput is taken from. */
const bytesOf = ({ id }: DeliveryStream) => `firehose ${id} bytes`

function countIncoming(
  at: { readonly host: Host; readonly scope: Scope },
  { name }: DeliveryStream,
  records: readonly { readonly data: Uint8Array }[],
): void {
  const IncomingBytes = records.reduce((sum, { data }) => sum + data.length, 0)
  measure(at, name, { IncomingRecords: records.length, IncomingBytes })
}

function slowDown(): AwsError {
  return awsError('ServiceUnavailableException', 'Slow down.')
}

/** As long as those of the real service. */
function recordId({ ids }: Pick<Ctx, 'ids'>): string {
  return ids.token(224, mixedAlphanumeric)
}
