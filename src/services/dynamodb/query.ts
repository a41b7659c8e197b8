import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Bounds } from '../../kernel/records.ts'
import { itemAccess, readAccess } from './access.ts'
import type { Api } from './api.ts'
import type { AttributeValue, Item } from './attribute-value.ts'
import { beginsWith, compareValues } from './comparison.ts'
import { compileKeyCondition } from './expressions/expressions.ts'
import type { KeyCondition, SortCondition } from './expressions/key-condition.ts'
import { checkKeySizes, keyAttributes } from './keys.ts'
import { type LegacyRequest, modern } from './legacy.ts'
import { needsWholeItems, selectionOf, startPosition } from './page-request.ts'
import { readPage } from './pages.ts'
import { partitionHash, sortBytes, sortBytesAfterPrefix } from './positions.ts'
import { type ExpressionRequest, placeholdersOf } from './request.ts'
import { entry, type Index, item, type Table, table as tableRecord } from './state.ts'
import { readableIndex, tableNameOf, tableOf } from './table-lookup.ts'
import { Meter } from './throttling.ts'
import { startKeyFromWire } from './wire-values.ts'

/** The items of one partition, in order of their sort keys. */
export const query = operations<Api>()({
  Query: {
    async authorize(request, ctx, tx) {
      const input = request
      const found = await tx.snapshot.get(tableRecord(tableNameOf(input.TableName, ctx)))
      return [
        await itemAccess(
          'Query',
          input.TableName,
          {
            leadingKeys: found ? leadingKeys(asExpressions(input), found) : [],
            ...readAccess(input),
            returnConsumedCapacity: input.ReturnConsumedCapacity,
            index: input.IndexName,
          },
          ctx,
          tx,
        ),
      ]
    },
    async read(tx, request, ctx) {
      const input = modern(request)
      const placeholders = placeholdersOf(input, ['FilterExpression', 'KeyConditionExpression'])
      if (input.KeyConditionExpression === undefined) {
        throw awsError(
          'ValidationException',
          'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
        )
      }
      const selection = selectionOf(input, placeholders)
      const table = await tableOf(tx, input.TableName, ctx)
      const index = input.IndexName === undefined ? undefined : readableIndex(table, input.IndexName)
      const keys = (index ?? table).key
      const condition = compileKeyCondition(input.KeyConditionExpression, placeholders, keys)
      placeholders.checkAllUsed()
      checkKeySizes(condition.partition, sortValues(condition.sort))
      const keyNames = new Set(keyAttributes(keys).map(({ name }) => name))
      const filtered = selection.filter?.paths.find(([name]) => keyNames.has(name))
      if (filtered) {
        throw awsError(
          'ValidationException',
          `${input.QueryFilter ? 'QueryFilter' : 'Filter Expression'} can only contain non-primary key attributes: ` +
            `Primary key attribute: ${filtered[0]}`,
        )
      }
      const reverse = input.ScanIndexForward === false
      const start = input.ExclusiveStartKey && startKeyFromWire(input.ExclusiveStartKey)
      const meter = new Meter(ctx.host, ctx.nowMs)
      meter.admit(table, index, 'read')
      const page = await readPage(tx, {
        table,
        index,
        range: queryRange(table, index, condition, start, reverse),
        reverse,
        limit: input.Limit,
        consistent: input.ConsistentRead,
        fetch: needsWholeItems(table, index, input, selection),
        ...selection,
      })
      page.consumed.takeFrom(meter, table, 'read')
      return {
        Items: selection.countOnly ? undefined : page.items,
        Count: page.count,
        ScannedCount: page.scannedCount,
        LastEvaluatedKey: page.lastKey,
        ConsumedCapacity: page.consumed.describe(input.ReturnConsumedCapacity),
      }
    },
  },
})

interface KeyConditionRequest extends ExpressionRequest {
  readonly IndexName?: string
}

/** Only what says which partition is asked for: the rest is looked at when the request is run. */
function asExpressions(input: KeyConditionRequest & LegacyRequest): KeyConditionRequest {
  const { KeyConditions, IndexName } = input
  if (!KeyConditions || input.KeyConditionExpression !== undefined) return input
  return modern<KeyConditionRequest & LegacyRequest>({
    KeyConditions,
    ...(IndexName === undefined ? {} : { IndexName }),
  })
}

/** The partition that is asked for, for policies; what is wrong with the request is said when it is run. */
function leadingKeys(input: KeyConditionRequest, table: Table): string[] {
  const index = table.indexes.find(({ name }) => name === input.IndexName)
  if (input.KeyConditionExpression === undefined || (input.IndexName !== undefined && !index)) return []
  const placeholders = placeholdersOf(input, ['FilterExpression', 'KeyConditionExpression'])
  const { partition } = compileKeyCondition(input.KeyConditionExpression, placeholders, (index ?? table).key)
  return [String(Object.values(partition)[0])]
}

/** The values that a condition on the sort key names. */
export function sortValues(condition: SortCondition | undefined): AttributeValue[] {
  if (!condition) return []
  return condition.operator === 'between' ? [condition.low, condition.high] : [condition.value]
}

/** The keys that a query looks at. */
export function queryRange(
  table: Table,
  index: Index | undefined,
  condition: KeyCondition,
  start: Item | undefined,
  reverse: boolean,
) {
  const bounds = sortBounds(condition.sort)
  const partition = partitionHash(condition.partition)
  const between = (within: Bounds) =>
    index ? entry.between([index.id, partition], within) : item.between([table.id, partition], within)
  if (!start) return between(bounds)
  const position = startPosition(table, index, start)
  const { sort } = (index ?? table).key
  const inside =
    Buffer.compare(position.partition, partition) === 0 &&
    (!sort || !condition.sort || satisfies(start[sort.name]!, condition.sort))
  if (!inside) {
    throw awsError(
      'ValidationException',
      'The provided starting key is outside query boundaries based on provided conditions',
    )
  }
  const at = index ? [position.sort, position.primary] : [position.sort]
  const { from, after, to, through } = bounds
  if (reverse) return between({ ...(from ? { from } : {}), ...(after ? { after } : {}), to: at })
  return between({ after: at, ...(to ? { to } : {}), ...(through ? { through } : {}) })
}

function sortBounds(condition: SortCondition | undefined): Bounds {
  if (!condition) return {}
  if (condition.operator === 'between')
    return { from: [sortBytes(condition.low)], through: [sortBytes(condition.high)] }
  const at = [sortBytes(condition.value)]
  switch (condition.operator) {
    case '=':
      return { from: at, through: at }
    case '<':
      return { to: at }
    case '<=':
      return { through: at }
    case '>':
      return { after: at }
    case '>=':
      return { from: at }
    case 'begins_with': {
      const end = sortBytesAfterPrefix(condition.value)
      return end ? { from: at, to: [end] } : { from: at }
    }
  }
}

function satisfies(value: AttributeValue, condition: SortCondition): boolean {
  if (condition.operator === 'between') {
    return order(value, condition.low) >= 0 && order(value, condition.high) <= 0
  }
  if (condition.operator === 'begins_with') return beginsWith(value, condition.value)
  const relation = order(value, condition.value)
  switch (condition.operator) {
    case '=':
      return relation === 0
    case '<':
      return relation < 0
    case '<=':
      return relation <= 0
    case '>':
      return relation > 0
    case '>=':
      return relation >= 0
  }
}

function order(a: AttributeValue, b: AttributeValue): number {
  return compareValues(a, b) ?? Number.NaN
}
