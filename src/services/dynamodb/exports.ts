import { parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { fromPageToken, pageOf } from '../../kernel/page-token.ts'
import type { Tx } from '../../kernel/records.ts'
import { tableAccess } from './access.ts'
import type { Api } from './api.ts'
import { recoveryOf, timeWithin } from './continuous-backups.ts'
import { describeExport, exportArn, exportType } from './export-description.ts'
import { refuse } from './request.ts'
import { type Export, pastReader, type Recovery, table, tableExport } from './state.ts'
import { tableNameOf } from './table-lookup.ts'
import { taskAskedBefore, taskTokenMs } from './tokens.ts'

type Request = InputFor<Api, 'ExportTableToPointInTime'>

const mostPerPage = 25
/** Of an incremental export. */
const shortestMs = 15 * 60_000
const longestMs = 24 * 3_600_000

/**
 * What a table was, or what changed in it, as files in a bucket. They are written in the background (export-jobs.ts),
 * with the permissions of whoever asks.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.HowItWorks.html
 */
export const exports = operations<Api>()({
  ExportTableToPointInTime: {
    authorize: async ({ TableArn }, ctx, tx) => [await tableAccess('ExportTableToPointInTime', TableArn, ctx, tx)],
    async write(tx, input, ctx) {
      refuse(input, { FilterSpecification: 'exports hold every item.' })
      if (input.ExportFormat === 'ION') {
        throw awsError('ValidationException', 'ExportFormat ION is not supported: use DYNAMODB_JSON.')
      }
      const name = tableNameOf(input.TableArn, ctx)
      const { ClientToken: token } = input
      if (
        token !== undefined &&
        (await taskAskedBefore(tx, 'export', token, input, ctx.nowMs, 'ExportConflictException'))
      ) {
        const made = await exportOf(tx, name, token, ctx.nowMs)
        if (made) return { ExportDescription: describeExport(made, ctx) }
      }
      const found = await tx.get(table(name))
      if (!found) throw awsError('TableNotFoundException', `Table not found: ${name}`)
      const recovery = recoveryOf(found)
      const period = periodOf(input, recovery, ctx.nowMs)
      const made: Export = {
        id: `${String(ctx.nowMs).padStart(14, '0')}-${ctx.ids.token(8, '0123456789abcdef')}`,
        table: { name, id: found.id, uuid: found.uuid, key: found.key },
        recoveryId: recovery.id,
        principal: ctx.principal,
        status: 'IN_PROGRESS',
        startedAtMs: ctx.nowMs,
        ...period,
        ...(token === undefined ? {} : { clientToken: token }),
        bucket: input.S3Bucket,
        ...(input.S3BucketOwner === undefined ? {} : { bucketOwner: input.S3BucketOwner }),
        ...(input.S3Prefix === undefined ? {} : { prefix: input.S3Prefix.replace(/\/+$/, '') }),
        ...encryptionOf(input),
      }
      tx.set(tableExport(name, made.id), made)
      tx.set(pastReader(recovery.id, made.id), made.changes?.sinceMs ?? made.atMs)
      ctx.host.deliveries.schedule(tx, {
        kind: 'dynamodb:export',
        scope: ctx.scope,
        data: { tableName: name, exportId: made.id },
      })
      return { ExportDescription: describeExport(made, ctx) }
    },
  },

  DescribeExport: {
    authorize: ({ ExportArn }) => [{ action: 'dynamodb:DescribeExport', resource: ExportArn }],
    async read(tx, { ExportArn }, ctx) {
      const resource = parseArn(ExportArn)?.resource ?? ''
      const [, name = '', id = ''] = /^table\/([^/]+)\/export\/([^/]+)$/.exec(resource) ?? []
      const found = await tx.get(tableExport(name, id))
      if (!found || exportArn(ctx, found) !== ExportArn) {
        throw awsError('ExportNotFoundException', `Export not found: ${ExportArn}`)
      }
      return { ExportDescription: describeExport(found, ctx) }
    },
  },

  ListExports: {
    authorize: () => [{ action: 'dynamodb:ListExports', resource: '*' }],
    async read(tx, { TableArn, MaxResults = mostPerPage, NextToken }, ctx) {
      const prefix: [] | [string] = TableArn === undefined ? [] : [tableNameOf(TableArn, ctx)]
      const start = NextToken === undefined ? undefined : fromPageToken(NextToken, ['string', 'string'])
      if (NextToken !== undefined && !start) throw awsError('ValidationException', 'Invalid NextToken.')
      const bounds = start ? { after: start.slice(prefix.length) } : {}
      const found = tx.range(tableExport.between(prefix, bounds), { limit: MaxResults + 1 })
      const { items, next } = await pageOf(found, MaxResults, ({ key }) => key)
      return {
        ExportSummaries: items.map(({ value }) => ({
          ExportArn: exportArn(ctx, value),
          ExportStatus: value.status,
          ExportType: exportType(value),
        })),
        NextToken: next,
      }
    },
  },
})

async function exportOf(tx: Tx, name: string, token: string, nowMs: number): Promise<Export | undefined> {
  const since = String(nowMs - taskTokenMs).padStart(14, '0')
  for await (const { value } of tx.range(tableExport.between([name], { from: [since] }))) {
    if (value.clientToken === token) return value
  }
  return undefined
}

function periodOf(input: Request, recovery: Recovery, nowMs: number): Pick<Export, 'atMs' | 'changes'> {
  const { ExportType, ExportTime, IncrementalExportSpecification: changes } = input
  const within = (time: Date | undefined, parameter: string) =>
    timeWithin(recovery, time, nowMs, 'InvalidExportTimeException', parameter)
  if (ExportType !== 'INCREMENTAL_EXPORT') {
    if (!changes) return { atMs: within(ExportTime, 'ExportTime') }
    throw awsError('ValidationException', 'IncrementalExportSpecification is for ExportType INCREMENTAL_EXPORT.')
  }
  if (ExportTime || !changes?.ExportFromTime) {
    throw awsError(
      'ValidationException',
      'An incremental export needs IncrementalExportSpecification.ExportFromTime, and takes no ExportTime.',
    )
  }
  const sinceMs = within(changes.ExportFromTime, 'ExportFromTime')
  const atMs = within(changes.ExportToTime, 'ExportToTime')
  if (atMs - sinceMs < shortestMs || atMs - sinceMs > longestMs) {
    throw awsError(
      'InvalidExportTimeException',
      'ExportToTime must be between 15 minutes and 24 hours after ExportFromTime.',
    )
  }
  return { atMs, changes: { sinceMs, view: changes.ExportViewType ?? 'NEW_AND_OLD_IMAGES' } }
}

function encryptionOf({ S3SseAlgorithm, S3SseKmsKeyId }: Request): Pick<Export, 'sseAlgorithm' | 'sseKmsKeyId'> {
  if (S3SseKmsKeyId !== undefined && S3SseAlgorithm !== 'KMS') {
    throw awsError('ValidationException', 'S3SseKmsKeyId can only be given when S3SseAlgorithm is KMS.')
  }
  return {
    ...(S3SseAlgorithm === undefined ? {} : { sseAlgorithm: S3SseAlgorithm }),
    ...(S3SseKmsKeyId === undefined ? {} : { sseKmsKeyId: S3SseKmsKeyId }),
  }
}
