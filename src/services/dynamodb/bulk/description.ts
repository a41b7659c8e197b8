import type { Ctx } from '../../../kernel/context.ts'
import { tableArn } from '../table-lookup.ts'
import type { BulkOperation } from './state.ts'

/** What the published documents do not say, it is as those of exports and imports are: under the table's. */
export function bulkArn(ctx: Pick<Ctx, 'arn'>, of: BulkOperation): string {
  return `${tableArn(ctx, of.table.name)}/bulk-operation/${of.id}`
}

export function describeBulk(of: BulkOperation, ctx: Pick<Ctx, 'arn'>) {
  const { input, output, progress, failure, table } = of
  const { usage } = progress
  const bytes = (each: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(each).map(([name, count]) => [name, { BulkPutBytes: count }]))
  const sum = (each: Readonly<Record<string, number>>) => Object.values(each).reduce((a, b) => a + b, 0)
  return {
    ...summaryOfBulk(of, ctx),
    TableDetails: [{ TableName: table.name, TableId: table.uuid }],
    ClientToken: of.clientToken,
    InputS3Configuration: {
      S3Bucket: input.bucket,
      S3BucketOwner: input.bucketOwner,
      S3KeyPrefix: input.prefix,
      InputFormat: input.format,
      InputCompressionType: input.compression ?? ('NONE' as const),
    },
    OutputS3Configuration: {
      S3Bucket: output.bucket,
      S3BucketOwner: output.bucketOwner,
      S3KeyPrefix: output.prefix,
      S3SseAlgorithm: output.sseAlgorithm,
      S3SseKmsKeyId: output.sseKmsKeyId,
      OutputType: [...output.types],
    },
    ProcessedItemCount: progress.items,
    ProcessedInputBytes: progress.doneBytes + progress.readBytes,
    TotalInputBytes: of.totalBytes,
    FailedItemCount: progress.failed,
    BulkOperationUsage: [
      {
        TableName: table.name,
        BulkPutBytes: usage.table + sum(usage.local) + sum(usage.global),
        Table: { BulkPutBytes: usage.table },
        LocalSecondaryIndexes: bytes(usage.local),
        GlobalSecondaryIndexes: bytes(usage.global),
        VectorIndexes: Object.fromEntries(
          Object.entries(usage.vectors).map(([name, count]) => [name, { BulkPutVectorBytes: count }]),
        ),
      },
    ],
    FailureCode: failure?.code,
    FailureMessage: failure?.message,
    MaxWriteRequestUnits: of.maxWriteUnits,
    PerformanceTier: of.tier,
  }
}

export function summaryOfBulk(of: BulkOperation, ctx: Pick<Ctx, 'arn'>) {
  return {
    BulkOperationArn: bulkArn(ctx, of),
    BulkOperationStatus: of.status,
    StartTime: new Date(of.startedAtMs),
    EndTime: of.endedAtMs === undefined ? undefined : new Date(of.endedAtMs),
  }
}
