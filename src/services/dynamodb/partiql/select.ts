import { hash } from 'node:crypto'
import type { Ctx } from '../../../kernel/context.ts'
import { awsError } from '../../../kernel/errors.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import type { Item } from '../attribute-value.ts'
import { bindCondition } from '../expressions/condition.ts'
import { bindProjection } from '../expressions/projection.ts'
import { checkKeySizes } from '../keys.ts'
import { needsWholeItems } from '../page-request.ts'
import { type Page, readPage } from '../pages.ts'
import { queryRange, sortValues } from '../query.ts'
import { scanRange } from '../scan.ts'
import { readableIndex, tableOf } from '../table-lookup.ts'
import { Meter } from '../throttling.ts'
import { itemFromWire } from '../wire-values.ts'
import { keyCondition } from './keys.ts'
import type { Select } from './parser.ts'

export interface SelectRequest {
  readonly Statement: string
  readonly ConsistentRead?: boolean
  readonly Limit?: number
  readonly NextToken?: string
}

/** One page of what a SELECT finds. It looks at one partition when the statement names one, else at all. */
export async function runSelect(
  tx: ReadTx,
  statement: Select,
  request: SelectRequest,
  ctx: Ctx,
): Promise<Page & { readonly nextToken: string | undefined }> {
  const { reader, where, paths, order } = statement
  const table = await tableOf(tx, statement.table, ctx)
  const index = statement.index === undefined ? undefined : readableIndex(table, statement.index)
  const keys = (index ?? table).key
  const { placeholders } = reader
  const filter = where && bindCondition('FilterExpression', where, placeholders)
  const projection = paths && bindProjection(paths, placeholders)
  const condition = keyCondition(where, reader, keys)
  if (condition) checkKeySizes(condition.partition, sortValues(condition.sort))
  if (order && !condition) {
    throw awsError(
      'ValidationException',
      'Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.',
    )
  }
  if (order && ![keys.partition.name, keys.sort?.name].includes(order.attribute)) {
    throw awsError(
      'ValidationException',
      `Variable reference ${order.attribute} in ORDER BY clause must be part of the primary key`,
    )
  }
  const reverse = order?.descending === true && order.attribute === keys.sort?.name
  const start = request.NextToken === undefined ? undefined : readToken(request.NextToken, request.Statement)
  const meter = new Meter(ctx.host, ctx.nowMs)
  meter.admit(table, index, 'read')
  const page = await readPage(tx, {
    table,
    index,
    range: condition ? queryRange(table, index, condition, start, reverse) : scanRange(table, index, undefined, start),
    reverse,
    limit: request.Limit,
    consistent: request.ConsistentRead,
    filter,
    projection,
    countOnly: false,
    fetch: needsWholeItems(table, index, request, { filter, projection, countOnly: false }),
  })
  page.consumed.takeFrom(meter, table, 'read')
  return { ...page, nextToken: page.lastKey && tokenOf(itemFromWire(page.lastKey), request.Statement) }
}

/** Goes on after this key, for the same statement only. */
function tokenOf(key: Item, statement: string): string {
  return Buffer.from(JSON.stringify([hash('sha256', statement, 'base64'), key])).toString('base64')
}

function readToken(token: string, statement: string): Item {
  try {
    const read: unknown = JSON.parse(Buffer.from(token, 'base64').toString('utf8'))
    if (Array.isArray(read) && read[0] === hash('sha256', statement, 'base64') && isKey(read[1])) return read[1]
  } catch {
    // Said below.
  }
  throw awsError('ValidationException', 'Given NextToken is invalid: it is of another statement, or none of ours.')
}

function isKey(value: unknown): value is Item {
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).every((member: unknown) => {
    if (typeof member !== 'object' || member === null) return false
    const [[type, text] = [], more] = Object.entries(member)
    return more === undefined && ['S', 'N', 'B'].includes(String(type)) && typeof text === 'string'
  })
}
