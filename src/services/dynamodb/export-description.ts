import type { Ctx } from '../../kernel/context.ts'
import type { Export } from './state.ts'
import { tableArn } from './table-lookup.ts'

export function exportArn(ctx: Pick<Ctx, 'arn'>, { table, id }: Export): string {
  return `${tableArn(ctx, table.name)}/export/${id}`
}

/** Where an export's own files begin. */
export function exportFolder({ id, prefix }: Export): string {
  return `${prefix ? `${prefix}/` : ''}AWSDynamoDB/${id}`
}

export function exportType({ changes }: Export): 'FULL_EXPORT' | 'INCREMENTAL_EXPORT' {
  return changes ? 'INCREMENTAL_EXPORT' : 'FULL_EXPORT'
}

export function describeExport(of: Export, ctx: Pick<Ctx, 'arn'>) {
  const { changes, endedAtMs, failure } = of
  return {
    ExportArn: exportArn(ctx, of),
    ExportStatus: of.status,
    ExportType: exportType(of),
    ExportFormat: 'DYNAMODB_JSON' as const,
    TableArn: tableArn(ctx, of.table.name),
    TableId: of.table.uuid,
    StartTime: new Date(of.startedAtMs),
    EndTime: endedAtMs === undefined ? undefined : new Date(endedAtMs),
    ...(changes
      ? {
          IncrementalExportSpecification: {
            ExportFromTime: new Date(changes.sinceMs),
            ExportToTime: new Date(of.atMs),
            ExportViewType: changes.view,
          },
        }
      : { ExportTime: new Date(of.atMs) }),
    ClientToken: of.clientToken,
    S3Bucket: of.bucket,
    S3BucketOwner: of.bucketOwner,
    S3Prefix: of.prefix,
    S3SseAlgorithm: of.sseAlgorithm,
    S3SseKmsKeyId: of.sseKmsKeyId,
    ExportManifest: of.status === 'COMPLETED' ? `${exportFolder(of)}/manifest-summary.json` : undefined,
    ItemCount: of.items,
    BilledSizeBytes: of.bytes,
    FailureCode: failure?.code,
    FailureMessage: failure?.message,
  }
}
