import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Bounds } from '../../kernel/records.ts'
import { itemAccess, readAccess } from './access.ts'
import type { Api } from './api.ts'
import type { Item } from './attribute-value.ts'
import { modern } from './legacy.ts'
import { needsWholeItems, selectionOf, startPosition } from './page-request.ts'
import { readPage } from './pages.ts'
import { segmentBounds } from './positions.ts'
import { placeholdersOf } from './request.ts'
import { entry, type Index, item, type Table } from './state.ts'
import { readableIndex, tableOf } from './table-lookup.ts'
import { Meter } from './throttling.ts'
import { startKeyFromWire } from './wire-values.ts'

/** All items of a table or index, partition by partition. */
export const scan = operations<Api>()({
  Scan: {
    authorize: async (input, ctx, tx) => [
      await itemAccess(
        'Scan',
        input.TableName,
        {
          ...readAccess(input),
          returnConsumedCapacity: input.ReturnConsumedCapacity,
          index: input.IndexName,
        },
        ctx,
        tx,
      ),
    ],
    async read(tx, request, ctx) {
      const input = modern(request)
      const segment = segmentOf(input)
      const placeholders = placeholdersOf(input, ['FilterExpression'])
      const selection = selectionOf(input, placeholders)
      placeholders.checkAllUsed()
      const table = await tableOf(tx, input.TableName, ctx)
      const index = input.IndexName === undefined ? undefined : readableIndex(table, input.IndexName)
      const start = input.ExclusiveStartKey && startKeyFromWire(input.ExclusiveStartKey)
      const meter = new Meter(ctx.host, ctx.nowMs)
      meter.admit(table, index, 'read')
      const page = await readPage(tx, {
        table,
        index,
        range: scanRange(table, index, segment, start),
        reverse: false,
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

interface Segment {
  readonly number: number
  readonly total: number
}

function segmentOf({ Segment, TotalSegments }: { Segment?: number; TotalSegments?: number }): Segment | undefined {
  if (Segment === undefined && TotalSegments === undefined) return undefined
  if (Segment === undefined || TotalSegments === undefined) {
    const [absent, present] =
      Segment === undefined ? ['Segment', 'parameter TotalSegments'] : ['TotalSegments', 'Segment parameter']
    throw awsError(
      'ValidationException',
      `The ${absent} parameter is required but was not present in the request when ${present} is present`,
    )
  }
  if (Segment >= TotalSegments) {
    throw awsError(
      'ValidationException',
      'The Segment parameter is zero-based and must be less than parameter TotalSegments: ' +
        `Segment: ${Segment} is not less than TotalSegments: ${TotalSegments}`,
    )
  }
  return { number: Segment, total: TotalSegments }
}

/** The keys that a scan looks at. */
export function scanRange(
  table: Table,
  index: Index | undefined,
  segment: Segment | undefined,
  start: Item | undefined,
) {
  const between = (bounds: Bounds) => (index ? entry.between([index.id], bounds) : item.between([table.id], bounds))
  const part = segment && segmentBounds(segment.number, segment.total)
  const end = part?.to ? { to: [part.to] } : {}
  if (!start) return between({ ...(part ? { from: [part.from] } : {}), ...end })
  const { partition, sort, primary } = startPosition(table, index, start, !index)
  const outside =
    part && (Buffer.compare(partition, part.from) < 0 || (part.to && Buffer.compare(partition, part.to) >= 0))
  if (segment && outside) {
    throw awsError(
      'ValidationException',
      'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct ' +
        `Segment. TotalSegments: ${segment.total} Segment: ${segment.number}`,
    )
  }
  return between({ after: index ? [partition, sort, primary] : [partition, sort], ...end })
}
