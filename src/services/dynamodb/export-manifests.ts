import { exportFolder, exportType } from './export-description.ts'
import type { DataFile } from './export-jobs.ts'
import type { Export } from './state.ts'

/** `manifest-files.json`: a line for each data file. */
export function manifestOfFiles(files: readonly DataFile[]): string {
  return files
    .map(({ key, items, md5, etag }) =>
      JSON.stringify({ itemCount: items, md5Checksum: md5, etag, dataFileS3Key: key }),
    )
    .map((line) => `${line}\n`)
    .join('')
}

/** `manifest-summary.json`; `arn` is the beginning of the account's ARNs of this service. */
export function summaryOf(of: Export & { readonly endedAtMs: number }, arn: string): string {
  const { changes } = of
  const tableArn = `${arn}:table/${of.table.name}`
  const time = (ms: number) => new Date(ms).toISOString()
  return JSON.stringify({
    version: changes ? '2023-08-01' : '2020-06-30',
    exportArn: `${tableArn}/export/${of.id}`,
    startTime: time(of.startedAtMs),
    endTime: time(of.endedAtMs),
    tableArn,
    tableId: of.table.uuid,
    ...(changes
      ? { exportFromTime: time(changes.sinceMs), exportToTime: time(of.atMs) }
      : { exportTime: time(of.atMs) }),
    s3Bucket: of.bucket,
    s3Prefix: of.prefix ?? null,
    s3SseAlgorithm: of.sseAlgorithm ?? 'AES256',
    s3SseKmsKeyId: of.sseKmsKeyId ?? null,
    manifestFilesS3Key: `${exportFolder(of)}/manifest-files.json`,
    billedSizeBytes: of.bytes,
    itemCount: of.items,
    outputFormat: 'DYNAMODB_JSON',
    ...(changes ? { outputView: changes.view } : {}),
    exportType: exportType(of),
  })
}
