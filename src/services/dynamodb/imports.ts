import { parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { fromPageToken, pageOf } from '../../kernel/page-token.ts'
import type { Tx } from '../../kernel/records.ts'
import { tableAccess } from './access.ts'
import type { Api } from './api.ts'
import { type Import, table, tableImport } from './state.ts'
import { tableArn, tableNameOf } from './table-lookup.ts'
import { newTable } from './tables.ts'
import { taskAskedBefore, taskTokenMs } from './tokens.ts'

type Request = InputFor<Api, 'ImportTable'>

const mostPerPage = 25

/**
 * Tables made from files in a bucket, which are read in the background (import-jobs.ts) with the permissions of whoever
 * asks. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.HowItWorks.html
 */
export const imports = operations<Api>()({
  ImportTable: {
    authorize: async ({ TableCreationParameters }, ctx, tx) => [
      await tableAccess('ImportTable', TableCreationParameters.TableName, ctx, tx),
    ],
    async write(tx, input, ctx) {
      const { TableCreationParameters: creation, S3BucketSource: source, ClientToken: token } = input
      const { format, compression, csv } = formatOf(input)
      const name = tableNameOf(creation.TableName, ctx)
      if (
        token !== undefined &&
        (await taskAskedBefore(tx, 'import', token, input, ctx.nowMs, 'ImportConflictException'))
      ) {
        const made = await importOf(tx, name, token, ctx.nowMs)
        if (made) return { ImportTableDescription: describe(made, ctx) }
      }
      const filled = await newTable(tx, name, creation, ctx)
      tx.set(table(name), { ...filled, restoring: true })
      const made: Import = {
        id: `${String(ctx.nowMs).padStart(14, '0')}-${ctx.ids.token(8, '0123456789abcdef')}`,
        table: { name, id: filled.id, uuid: filled.uuid },
        principal: ctx.principal,
        status: 'IN_PROGRESS',
        startedAtMs: ctx.nowMs,
        ...(token === undefined ? {} : { clientToken: token }),
        bucket: source.S3Bucket,
        ...(source.S3BucketOwner === undefined ? {} : { bucketOwner: source.S3BucketOwner }),
        ...(source.S3KeyPrefix === undefined ? {} : { prefix: source.S3KeyPrefix }),
        format,
        compression,
        ...(csv ? { csv } : {}),
        creation,
        progress: { bytes: 0, items: 0, imported: 0 },
      }
      tx.set(tableImport(name, made.id), made)
      ctx.host.deliveries.schedule(tx, {
        kind: 'dynamodb:import',
        scope: ctx.scope,
        data: { tableName: name, importId: made.id },
      })
      return { ImportTableDescription: describe(made, ctx) }
    },
  },

  DescribeImport: {
    authorize: ({ ImportArn }) => [{ action: 'dynamodb:DescribeImport', resource: ImportArn }],
    async read(tx, { ImportArn }, ctx) {
      const resource = parseArn(ImportArn)?.resource ?? ''
      const [, name = '', id = ''] = /^table\/([^/]+)\/import\/([^/]+)$/.exec(resource) ?? []
      const found = await tx.get(tableImport(name, id))
      if (!found || importArn(ctx, found) !== ImportArn) {
        throw awsError('ImportNotFoundException', `Import not found: ${ImportArn}`)
      }
      return { ImportTableDescription: describe(found, ctx) }
    },
  },

  ListImports: {
    authorize: () => [{ action: 'dynamodb:ListImports', resource: '*' }],
    async read(tx, { TableArn, PageSize = mostPerPage, NextToken }, ctx) {
      const prefix: [] | [string] = TableArn === undefined ? [] : [tableNameOf(TableArn, ctx)]
      const start = NextToken === undefined ? undefined : fromPageToken(ofHex(NextToken), ['string', 'string'])
      if (NextToken !== undefined && !start) throw awsError('ValidationException', 'Invalid NextToken.')
      const bounds = start ? { after: start.slice(prefix.length) } : {}
      const found = tx.range(tableImport.between(prefix, bounds), { limit: PageSize + 1 })
      const { items, next } = await pageOf(found, PageSize, ({ key }) => key)
      const summary = (of: Import) => {
        const {
          ImportArn,
          ImportStatus,
          TableArn: arn,
          S3BucketSource,
          InputFormat,
          StartTime,
          EndTime,
        } = describe(of, ctx)
        return { ImportArn, ImportStatus, TableArn: arn, S3BucketSource, InputFormat, StartTime, EndTime }
      }
      return { ImportSummaryList: items.map(({ value }) => summary(value)), NextToken: next && toHex(next) }
    },
  },
})

/** Of this operation alone, tokens are hexadecimal, at least 112 digits and a multiple of 16. */
function toHex(token: string): string {
  const length = Math.max(56, Math.ceil(token.length / 8) * 8)
  return Buffer.from(token.padEnd(length)).toString('hex')
}

function ofHex(token: string): string {
  return Buffer.from(token, 'hex').toString().trimEnd()
}

async function importOf(tx: Tx, name: string, token: string, nowMs: number): Promise<Import | undefined> {
  const since = String(nowMs - taskTokenMs).padStart(14, '0')
  for await (const { value } of tx.range(tableImport.between([name], { from: [since] }))) {
    if (value.clientToken === token) return value
  }
  return undefined
}

function formatOf(request: Request): Pick<Import, 'format' | 'compression' | 'csv'> {
  const { InputFormat: format, InputCompressionType: compression = 'NONE', InputFormatOptions } = request
  const csv = InputFormatOptions?.Csv
  if (!csv) return { format, compression }
  if (format !== 'CSV') throw awsError('ValidationException', 'InputFormatOptions.Csv is for InputFormat CSV.')
  const { Delimiter, HeaderList } = csv
  return {
    format,
    compression,
    csv: {
      ...(Delimiter === undefined ? {} : { delimiter: Delimiter }),
      ...(HeaderList === undefined ? {} : { header: HeaderList }),
    },
  }
}

function importArn(ctx: Pick<Ctx, 'arn'>, of: Import): string {
  return `${tableArn(ctx, of.table.name)}/import/${of.id}`
}

function describe(of: Import, ctx: Pick<Ctx, 'arn'>) {
  const { progress, failure, csv } = of
  return {
    ImportArn: importArn(ctx, of),
    ImportStatus: of.status,
    TableArn: tableArn(ctx, of.table.name),
    TableId: of.table.uuid,
    ClientToken: of.clientToken,
    S3BucketSource: { S3Bucket: of.bucket, S3BucketOwner: of.bucketOwner, S3KeyPrefix: of.prefix },
    InputFormat: of.format,
    InputCompressionType: of.compression,
    InputFormatOptions: csv && { Csv: { Delimiter: csv.delimiter, HeaderList: csv.header && [...csv.header] } },
    TableCreationParameters: of.creation,
    StartTime: new Date(of.startedAtMs),
    EndTime: of.endedAtMs === undefined ? undefined : new Date(of.endedAtMs),
    ProcessedSizeBytes: progress.bytes,
    ProcessedItemCount: progress.items,
    ImportedItemCount: progress.imported,
    ErrorCount: of.status === 'IN_PROGRESS' ? 0 : progress.items - progress.imported,
    FailureCode: failure?.code,
    FailureMessage: failure?.message,
  }
}
