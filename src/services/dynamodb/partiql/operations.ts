import type { Ctx } from '../../../kernel/context.ts'
import { awsError, isAwsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import type { Api } from '../api.ts'
import { Consumed } from '../capacity.ts'
import { bindProjection } from '../expressions/projection.ts'
import { writeItem } from '../item-writes.ts'
import { tableOf } from '../table-lookup.ts'
import { Meter } from '../throttling.ts'
import { usedBefore } from '../tokens.ts'
import { type PreparedRead, readAll, writeAll } from '../transactions.ts'
import { itemFromWire, type SdkItem, type WireItem, type WireValue } from '../wire-values.ts'
import { statementAccess } from './access.ts'
import { statementChange } from './changes.ts'
import { requiredKey, wholeKey } from './keys.ts'
import { parseStatement, type Select, type Statement } from './parser.ts'
import { runSelect, type SelectRequest } from './select.ts'

interface StatementRequest {
  readonly Statement: string
  readonly Parameters?: readonly WireValue[]
  readonly ReturnValuesOnConditionCheckFailure?: string
}

const maxBatch = 25
const maxTransaction = 100

/** PartiQL: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html */
export const partiql = operations<Api>()({
  ExecuteStatement: {
    authorize: async (input, ctx, tx) => [await statementAccess(parsed(input), ctx, tx)],
    async call(input, ctx) {
      const { items, consumed, lastKey, nextToken } = await run(parsed(input), input, ctx)
      return {
        Items: items,
        NextToken: nextToken,
        LastEvaluatedKey: lastKey,
        ConsumedCapacity: consumed.describe(input.ReturnConsumedCapacity),
      }
    },
  },

  BatchExecuteStatement: {
    authorize: ({ Statements }, ctx, tx) =>
      Promise.all(Statements.map((each) => statementAccess(parsed(each), ctx, tx, 'BatchExecuteStatement'))),
    async call({ Statements, ReturnConsumedCapacity }, ctx) {
      checkCount(Statements.length, maxBatch)
      const all = Statements.map((request) => ({ request, statement: parsed(request) }))
      checkKinds(all.map(({ statement }) => statement))
      const responses: Awaited<ReturnType<typeof runOne>>['response'][] = []
      const capacity: NonNullable<ReturnType<Consumed['describe']>>[] = []
      for (const { request, statement } of all) {
        const { response, consumed } = await runOne(statement, request, ctx)
        responses.push(response)
        const described = consumed?.describe(ReturnConsumedCapacity)
        if (described) capacity.push(described)
      }
      return { Responses: responses, ConsumedCapacity: capacity.length > 0 ? capacity : undefined }
    },
  },

  ExecuteTransaction: {
    authorize: ({ TransactStatements }, ctx, tx) =>
      Promise.all(TransactStatements.map((each) => statementAccess(parsed(each), ctx, tx, 'ExecuteTransaction'))),
    async call({ TransactStatements, ClientRequestToken, ReturnConsumedCapacity }, ctx) {
      checkCount(TransactStatements.length, maxTransaction)
      const all = TransactStatements.map((request) => ({ request, statement: parsed(request) }))
      checkKinds(all.map(({ statement }) => statement))
      const reads = all.flatMap(({ statement }) => (statement.kind === 'select' ? [preparedRead(statement)] : []))
      if (reads.length > 0) return ctx.read((tx) => readAll(tx, reads, ReturnConsumedCapacity, ctx))
      const writes = all.flatMap(({ request, statement }) =>
        statement.kind === 'select'
          ? []
          : [
              {
                tableName: statement.table,
                change: (table: Parameters<typeof statementChange>[1]) =>
                  statementChange(statement, table, wantsItem(request)),
              },
            ],
      )
      return ctx.write(async (tx) => {
        const asked = { TransactStatements, ReturnConsumedCapacity }
        const again = ClientRequestToken !== undefined && (await usedBefore(tx, ClientRequestToken, asked, ctx.nowMs))
        if (again) return { Responses: writes.map(() => ({})) }
        const told = ReturnConsumedCapacity === undefined ? {} : { ReturnConsumedCapacity }
        const { ConsumedCapacity } = await writeAll(tx, writes, told, ctx)
        return { Responses: writes.map(() => ({})), ConsumedCapacity }
      })
    },
  },
})

function parsed({ Statement, Parameters = [] }: StatementRequest): Statement {
  const wire: WireItem = Object.fromEntries(Parameters.map((value, i) => [String(i), value]))
  const values = itemFromWire(wire)
  return parseStatement(
    Statement,
    Parameters.map((_, i) => values[String(i)]!),
  )
}

interface Ran {
  readonly items: SdkItem[]
  readonly consumed: Consumed
  readonly lastKey?: SdkItem | undefined
  readonly nextToken?: string | undefined
}

async function run(statement: Statement, request: StatementRequest & SelectRequest, ctx: Ctx): Promise<Ran> {
  const failWithItem = wantsItem(request)
  if (statement.kind === 'select') return ctx.read((tx) => runSelect(tx, statement, request, ctx))
  if (statement.kind === 'exists') {
    throw awsError('ValidationException', 'EXISTS can only be used in ExecuteTransaction.')
  }
  let meter: Meter | undefined
  return ctx.write(async (tx) => {
    meter?.refund()
    meter = new Meter(ctx.host, ctx.nowMs)
    const table = await tableOf(tx, statement.table, ctx)
    const change = statementChange(statement, table, failWithItem)
    const written = await writeItem(tx, table, change, { nowMs: ctx.nowMs, by: ctx, meter })
    const consumed = new Consumed(table.name)
    consumed.addWrite(written)
    const returned = change.returned(written)
    return { items: returned ? [returned] : [], consumed }
  })
}

/** One statement of a batch, in a transaction of its own; what is wrong with it is its own matter. */
async function runOne(statement: Statement, request: StatementRequest & { ConsistentRead?: boolean }, ctx: Ctx) {
  const TableName = statement.table
  try {
    if (statement.kind === 'select') await ctx.read((tx) => checkWholeKey(statement, tableOf(tx, TableName, ctx)))
    const { items, consumed } = await run(statement, request, ctx)
    return { response: { TableName, ...(items[0] ? { Item: items[0] } : {}) }, consumed }
  } catch (error) {
    if (!isAwsError(error)) throw error
    const Code = batchCodes[error.code]
    if (!Code) throw error
    const Item = error.members.Item as SdkItem | undefined
    return { response: { TableName, Error: { Code, Message: error.message, ...(Item ? { Item } : {}) } } }
  }
}

const batchCodes: Readonly<Record<string, BatchCode>> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  DuplicateItemException: 'DuplicateItem',
  ItemCollectionSizeLimitExceededException: 'ItemCollectionSizeLimitExceeded',
  ProvisionedThroughputExceededException: 'ProvisionedThroughputExceeded',
  ResourceNotFoundException: 'ResourceNotFound',
  ThrottlingException: 'ThrottlingError',
  ValidationException: 'ValidationError',
}
type BatchCode =
  | 'ConditionalCheckFailed'
  | 'DuplicateItem'
  | 'ItemCollectionSizeLimitExceeded'
  | 'ProvisionedThroughputExceeded'
  | 'ResourceNotFound'
  | 'ThrottlingError'
  | 'ValidationError'

async function checkWholeKey({ where, reader }: Select, finding: ReturnType<typeof tableOf>): Promise<void> {
  if (wholeKey(where, reader, (await finding).key)) return
  throw awsError(
    'ValidationException',
    'Select statements within BatchExecuteStatement must specify the primary key in the where clause.',
  )
}

function preparedRead({ table, index, where, reader, paths }: Select): PreparedRead {
  if (index !== undefined || !where) {
    throw awsError('ValidationException', 'Where clause does not contain a mandatory equality on all key attributes')
  }
  return {
    tableName: table,
    key: ({ key }) => requiredKey(where, reader, key),
    projection: paths && bindProjection(paths, reader.placeholders),
  }
}

function wantsItem({ ReturnValuesOnConditionCheckFailure }: StatementRequest): boolean {
  return ReturnValuesOnConditionCheckFailure === 'ALL_OLD'
}

function checkCount(count: number, most: number): void {
  if (count <= most) return
  throw awsError('ValidationException', `Too many statements: there can be at most ${most}.`)
}

/** Reads and writes do not go together. */
function checkKinds(statements: readonly Statement[]): void {
  const reads = statements.filter(({ kind }) => kind === 'select').length
  if (reads === 0 || reads === statements.length) return
  throw awsError('ValidationException', 'Statements must be either all read operations or all write operations.')
}
