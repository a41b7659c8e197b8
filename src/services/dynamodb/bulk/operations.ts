import { parseArn } from '../../../kernel/arn.ts'
import type { Ctx } from '../../../kernel/context.ts'
import { awsError } from '../../../kernel/errors.ts'
import { type InputFor, operations } from '../../../kernel/operation.ts'
import { fromPageToken, pageOf } from '../../../kernel/page-token.ts'
import type { ReadTx, Tx } from '../../../kernel/records.ts'
import { tableAccess } from '../access.ts'
import type { Api } from '../api.ts'
import { checkAtLeast, checkAtMost, checkOneOf, checkText } from '../constraints.ts'
import { tableOf } from '../table-lookup.ts'
import { taskAskedBefore, taskTokenMs } from '../tokens.ts'
import { bulkArn, describeBulk, summaryOfBulk } from './description.ts'
import { type BulkOperation, bulkOperation } from './state.ts'

type Request = InputFor<Api, 'StartBulkPutItems'>

const listedMs = 90 * 24 * 3_600_000
const mostPerPage = 100
const leastWriteUnits = 1_024

/**
 * Items put into a table from files in a bucket, in the background (bulk/job.ts), with the permissions of whoever asks.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Requesting.html
 */
export const bulkOperations = operations<Api>()({
  StartBulkPutItems: {
    authorize: async ({ TableName }, ctx, tx) => [await tableAccess('StartBulkPutItems', TableName, ctx, tx)],
    async write(tx, input, ctx) {
      const { ClientToken: clientToken, MaxWriteRequestUnits: maxWriteUnits, PerformanceTier: tier } = input
      checkAtLeast('maxWriteRequestUnits', maxWriteUnits, leastWriteUnits)
      checkOneOf('performanceTier', tier, ['STANDARD', 'ACCELERATED'])
      const asked = { input: inputOf(input), output: outputOf(input) }
      if (clientToken !== undefined) {
        checkText('clientToken', clientToken, { least: 1, most: 255, pattern: '[^\\$]+' })
        const conflict = 'IdempotentParameterMismatchException'
        if (await taskAskedBefore(tx, 'bulk', clientToken, input, ctx.nowMs, conflict)) {
          const made = await startedWith(tx, clientToken, ctx.nowMs)
          if (made) return { BulkOperationDescription: describeBulk(made, ctx) }
        }
      }
      const table = await tableOf(tx, input.TableName, ctx)
      if ([...table.indexes, ...(table.vectorIndexes ?? [])].some(({ status }) => status === 'CREATING')) {
        throw awsError(
          'ResourceInUseException',
          `Attempt to change a resource which is still in use: an index of table ${table.name} is being created`,
        )
      }
      const made: BulkOperation = {
        id: `${String(ctx.nowMs).padStart(14, '0')}-${ctx.ids.token(8, '0123456789abcdef')}`,
        table: { name: table.name, id: table.id, uuid: table.uuid },
        principal: ctx.principal,
        status: 'IN_PROGRESS',
        startedAtMs: ctx.nowMs,
        ...(clientToken === undefined ? {} : { clientToken }),
        ...asked,
        ...(maxWriteUnits === undefined ? {} : { maxWriteUnits }),
        tier: tier ?? 'STANDARD',
        progress: {
          ...{ doneBytes: 0, lines: 0, readBytes: 0, items: 0, failed: 0, conditionsFailed: 0, files: 0 },
          usage: { table: 0, local: {}, global: {}, vectors: {} },
          waiting: { records: 0, length: 0 },
        },
      }
      tx.set(bulkOperation(made.id), made)
      ctx.host.deliveries.schedule(tx, { kind: 'dynamodb:bulkPut', scope: ctx.scope, data: { id: made.id } })
      return { BulkOperationDescription: describeBulk(made, ctx) }
    },
  },

  DescribeBulkOperation: {
    authorize: ({ BulkOperationArn }) => [{ action: 'dynamodb:DescribeBulkOperation', resource: BulkOperationArn }],
    async read(tx, { BulkOperationArn }, ctx) {
      return { BulkOperationDescription: describeBulk(await named(tx, BulkOperationArn, ctx), ctx) }
    },
  },

  ListBulkOperations: {
    authorize: () => [{ action: 'dynamodb:ListBulkOperations', resource: '*' }],
    async read(tx, { MaxResults = 10, NextToken }, ctx) {
      checkAtLeast('maxResults', MaxResults, 1)
      checkAtMost('maxResults', MaxResults, mostPerPage)
      const start = NextToken === undefined ? undefined : fromPageToken(NextToken)
      if (NextToken !== undefined && !start) throw awsError('ValidationException', 'Invalid NextToken.')
      const since = String(Math.max(0, ctx.nowMs - listedMs)).padStart(14, '0')
      const bounds = { from: [since], ...(start ? { to: start } : {}) }
      const found = tx.range(bulkOperation.between([], bounds), { limit: MaxResults + 1, reverse: true })
      const { items, next } = await pageOf(found, MaxResults, ({ key }) => key)
      return { BulkOperationsSummaryList: items.map(({ value }) => summaryOfBulk(value, ctx)), NextToken: next }
    },
  },

  CancelBulkOperation: {
    authorize: ({ BulkOperationArn }) => [{ action: 'dynamodb:CancelBulkOperation', resource: BulkOperationArn }],
    async write(tx, { BulkOperationArn }, ctx) {
      const found = await named(tx, BulkOperationArn, ctx)
      if (found.status !== 'IN_PROGRESS' && found.status !== 'CANCELLING') {
        throw awsError('ValidationException', `The bulk operation has ended: it is ${found.status}.`)
      }
      tx.set(bulkOperation(found.id), { ...found, status: 'CANCELLING' })
      return { BulkOperationArn, BulkOperationStatus: 'CANCELLING' as const }
    },
  },
})

function inputOf({ InputS3Configuration: from }: Request): BulkOperation['input'] {
  const { S3Bucket, S3BucketOwner, S3KeyPrefix, InputFormat, InputCompressionType: compression } = from
  checkOneOf('inputS3Configuration.inputFormat', InputFormat, ['DYNAMODB_JSON', 'ION'])
  checkOneOf('inputS3Configuration.inputCompressionType', compression, ['GZIP', 'ZSTD', 'NONE'])
  return {
    bucket: S3Bucket,
    ...(S3BucketOwner === undefined ? {} : { bucketOwner: S3BucketOwner }),
    ...(S3KeyPrefix === undefined ? {} : { prefix: S3KeyPrefix }),
    format: InputFormat,
    ...(compression === undefined ? {} : { compression }),
  }
}

function outputOf({ OutputS3Configuration: to }: Request): BulkOperation['output'] {
  const { S3Bucket, S3BucketOwner, S3KeyPrefix, S3SseAlgorithm, S3SseKmsKeyId, OutputType } = to
  if (S3Bucket === undefined) throw awsError('ValidationException', 'OutputS3Configuration.S3Bucket is required.')
  if (OutputType.length === 0) throw awsError('ValidationException', 'OutputS3Configuration.OutputType is empty.')
  for (const type of OutputType) {
    checkOneOf('outputS3Configuration.outputType', type, ['ERROR', 'CONDITION_CHECK_FAILURE'])
  }
  checkOneOf('outputS3Configuration.s3SseAlgorithm', S3SseAlgorithm, ['AES256', 'KMS'])
  if (S3SseKmsKeyId !== undefined && S3SseAlgorithm !== 'KMS') {
    throw awsError('ValidationException', 'S3SseKmsKeyId is for S3SseAlgorithm KMS.')
  }
  return {
    bucket: S3Bucket,
    ...(S3BucketOwner === undefined ? {} : { bucketOwner: S3BucketOwner }),
    ...(S3KeyPrefix === undefined ? {} : { prefix: S3KeyPrefix }),
    ...(S3SseAlgorithm === undefined ? {} : { sseAlgorithm: S3SseAlgorithm }),
    ...(S3SseKmsKeyId === undefined ? {} : { sseKmsKeyId: S3SseKmsKeyId }),
    types: [...new Set(OutputType)],
  }
}

async function startedWith(tx: Tx, token: string, nowMs: number): Promise<BulkOperation | undefined> {
  const since = String(Math.max(0, nowMs - taskTokenMs)).padStart(14, '0')
  for await (const { value } of tx.range(bulkOperation.between([], { from: [since] }))) {
    if (value.clientToken === token) return value
  }
  return undefined
}

/** Throws ResourceNotFoundException. */
async function named(tx: ReadTx, arn: string, ctx: Ctx): Promise<BulkOperation> {
  const id = parseArn(arn)?.resource.split('/').at(-1) ?? ''
  const found = await tx.get(bulkOperation(id))
  if (found && bulkArn(ctx, found) === arn) return found
  throw awsError('ResourceNotFoundException', `Requested resource not found: ${arn}`)
}
