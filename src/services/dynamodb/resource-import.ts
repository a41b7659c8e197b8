import { awsError } from '../../kernel/errors.ts'
import { lookUntil } from '../../kernel/look-again.ts'
import type { ResourceCtx } from '../../kernel/resource.ts'

/** Where a template's table comes from. */
export interface ImportProperties {
  readonly InputFormat: string
  readonly InputCompressionType?: string
  readonly InputFormatOptions?: object
  readonly S3BucketSource: { readonly S3Bucket: string; readonly S3BucketOwner?: string; readonly S3KeyPrefix?: string }
}

/**
 * Makes a table of the files of a bucket, and waits until all are read. Throws what made the import fail: its table is
 * there nevertheless, and goes with the resource.
 */
export async function importTable(
  TableName: string,
  creation: object,
  source: ImportProperties,
  rx: ResourceCtx,
): Promise<void> {
  const begun = await rx.invoke<{ ImportTableDescription: { ImportArn: string } }>('dynamodb:ImportTable', {
    ...source,
    TableCreationParameters: { TableName, ...creation },
  })
  rx.created(TableName)
  const { ImportArn } = begun.ImportTableDescription
  const { ImportStatus, FailureCode, FailureMessage } = await lookUntil(rx, async () => {
    const found = await rx.invoke<{ ImportTableDescription: Outcome }>('dynamodb:DescribeImport', { ImportArn })
    return found.ImportTableDescription.ImportStatus === 'IN_PROGRESS' ? undefined : found.ImportTableDescription
  })
  if (ImportStatus !== 'COMPLETED')
    throw awsError('ValidationException', `The import ended as ${ImportStatus}: ${FailureCode}: ${FailureMessage}`)
}

interface Outcome {
  readonly ImportStatus: string
  readonly FailureCode?: string
  readonly FailureMessage?: string
}
