import { requestTags } from '../../../kernel/authorization.ts'
import { awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../../kernel/page-token.ts'
import type { ReadTx, Scope } from '../../../kernel/records.ts'
import { csvRows } from '../../../telemetry/csv.ts'
import type { Api } from '../api.ts'
import { checkKey } from '../encryption.ts'
import { pageSize } from '../find.ts'
import { checkTags } from '../tags.ts'
import { type LookupTable, lookupTable, lookupTableArn, lookupTableOf } from './lookup-state.ts'

const mostTables = 100
const mostBytes = 10 * 1024 * 1024

/** Lookup tables, of which queries add fields to their results. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Lookup.html */
export const lookupTables = operations<Api>()({
  CreateLookupTable: {
    authorize: ({ lookupTableName, tags }, ctx) => {
      const [resource, context] = [lookupTableArn(ctx.scope, lookupTableName), requestTags(tags)]
      const creating = { action: 'logs:CreateLookupTable', resource, context }
      return tags ? [creating, { action: 'logs:TagResource', resource, context }] : [creating]
    },
    async call({ lookupTableName: name, description, tableBody: text, queryId, kmsKeyId, tags = {} }, ctx) {
      const tableBody = given(text, queryId)
      if (kmsKeyId !== undefined) checkKey(kmsKeyId)
      checkTags(tags)
      const about = { name, description, kmsKeyId, tags, modifiedAtMs: ctx.nowMs, ...shapeOf(tableBody) }
      const body = await ctx.host.blobs.put(Buffer.from(tableBody))
      await ctx.write(async (tx) => {
        if (await tx.get(lookupTable(name)))
          throw awsError('ResourceAlreadyExistsException', `The lookup table ${name} exists already.`)
        let count = 0
        for await (const _name of tx.snapshot.keys(lookupTable.under(), { limit: mostTables })) count++
        if (count >= mostTables)
          throw awsError('LimitExceededException', `A region can have at most ${mostTables} lookup tables.`)
        ctx.host.blobs.commit(tx, body)
        tx.set(lookupTable(name), { ...about, body })
      })
      return { lookupTableArn: lookupTableArn(ctx.scope, name), createdAt: ctx.nowMs }
    },
  },

  UpdateLookupTable: {
    authorize: ({ lookupTableArn }) => [{ action: 'logs:UpdateLookupTable', resource: lookupTableArn }],
    async call({ lookupTableArn: arn, description, tableBody: text, queryId, kmsKeyId }, ctx) {
      const tableBody = given(text, queryId)
      if (kmsKeyId !== undefined) checkKey(kmsKeyId)
      const shape = shapeOf(tableBody)
      await ctx.read((tx) => find(tx, arn))
      const body = await ctx.host.blobs.put(Buffer.from(tableBody))
      await ctx.write(async (tx) => {
        const before = await find(tx, arn)
        ctx.host.blobs.release(tx, before.body)
        ctx.host.blobs.commit(tx, body)
        const changed = {
          ...(description !== undefined && { description }),
          ...(kmsKeyId !== undefined && { kmsKeyId }),
        }
        tx.set(lookupTable(before.name), { ...before, ...changed, ...shape, body, modifiedAtMs: ctx.nowMs })
      })
      return { lookupTableArn: arn, lastUpdatedTime: ctx.nowMs }
    },
  },

  GetLookupTable: {
    authorize: ({ lookupTableArn }) => [{ action: 'logs:GetLookupTable', resource: lookupTableArn }],
    async call({ lookupTableArn: arn }, ctx) {
      const found = await ctx.read((tx) => find(tx, arn))
      const tableBody = Buffer.from(await ctx.host.blobs.bytes(found.body)).toString()
      const { lookupTableArn, lookupTableName, description, sizeBytes, lastUpdatedTime, kmsKeyId } = describe(
        found,
        ctx.scope,
      )
      return { lookupTableArn, lookupTableName, description, sizeBytes, lastUpdatedTime, kmsKeyId, tableBody }
    },
  },

  DescribeLookupTables: {
    authorize: () => [{ action: 'logs:DescribeLookupTables', resource: '*' }],
    async read(tx, { lookupTableNamePrefix: prefix = '', maxResults, nextToken }, ctx) {
      const refused = () => awsError('InvalidParameterException', 'The specified nextToken is invalid.')
      const bounds = nextToken === undefined ? { from: [prefix] } : boundsOfPage(nextToken, refused)
      const limit = pageSize(maxResults, 100)
      const found = tx.range(lookupTable.between([], { ...bounds, to: [`${prefix}\u{10FFFF}`] }), { limit: limit + 1 })
      const { items, next } = await pageOf(found, limit, ({ key }) => key)
      return { lookupTables: items.map(({ value }) => describe(value, ctx.scope)), nextToken: next }
    },
  },

  DeleteLookupTable: {
    authorize: ({ lookupTableArn }) => [{ action: 'logs:DeleteLookupTable', resource: lookupTableArn }],
    async write(tx, { lookupTableArn: arn }, { host }) {
      const { name, body } = await find(tx, arn)
      host.blobs.release(tx, body)
      tx.delete(lookupTable(name))
      return {}
    },
  },
})

async function find(tx: ReadTx, arn: string): Promise<LookupTable> {
  const found = await lookupTableOf(tx, arn)
  if (!found) throw awsError('ResourceNotFoundException', `The lookup table ${arn} does not exist.`)
  return found
}

/** The rows that were given. A table of a query's results is not here. */
function given(tableBody: string | undefined, queryId: string | undefined): string {
  if (queryId !== undefined)
    throw awsError('InvalidParameterException', 'queryId is not supported by Landfall. Give tableBody.')
  if (tableBody === undefined) throw awsError('InvalidParameterException', 'tableBody must be given.')
  return tableBody
}

/** What fields a table has, and how many records. Throws ValidationException. */
function shapeOf(body: string): Pick<LookupTable, 'fields' | 'records'> {
  if (Buffer.byteLength(body) > mostBytes) throw invalid('must be at most 10 MB large')
  let fields: string[] | undefined
  let records = 0
  for (const row of csvRows(body)) {
    if (!fields) fields = row
    else if (row.length !== fields.length) throw invalid(`has ${row.length} values in record ${records + 1}`)
    else records++
  }
  if (!fields || fields.includes('')) throw invalid('must begin with a row of the names of its fields')
  if (new Set(fields).size < fields.length) throw invalid('has two fields of the same name')
  return { fields, records }
}

function describe({ name, description, fields, records, body, kmsKeyId, modifiedAtMs }: LookupTable, scope: Scope) {
  return {
    ...{ lookupTableArn: lookupTableArn(scope, name), lookupTableName: name, description, tableFields: [...fields] },
    ...{ recordsCount: records, sizeBytes: body.sizeBytes, lastUpdatedTime: modifiedAtMs, kmsKeyId },
  }
}

function invalid(problem: string): Error {
  return awsError('ValidationException', `tableBody ${problem}.`)
}
