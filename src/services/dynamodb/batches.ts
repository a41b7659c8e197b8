import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AccessRequest } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { itemAccess, readAccess } from './access.ts'
import type { Api } from './api.ts'
import { Consumed, readUnits } from './capacity.ts'
import { type KeyedChange, prepareDelete, preparePut } from './changes.ts'
import { collectionMetrics } from './collections.ts'
import { entriesPerItem } from './entries.ts'
import { itemSizeBytes } from './item-size.ts'
import { currentItem, writeItem } from './item-writes.ts'
import { positionOfBatchItem, positionOfKey } from './keys.ts'
import type { Position } from './positions.ts'
import { projectionFor } from './projections.ts'
import { placeholdersOf } from './request.ts'
import { item, type Table } from './state.ts'
import { tableNameOf, tableOf } from './table-lookup.ts'
import { isThrottled, Meter } from './throttling.ts'
import { itemFromWire, itemToWire, type SdkItem, type WireItem } from './wire-values.ts'

const maxKeys = 100
const maxWrites = 25
const maxAnswerBytes = 16 * 2 ** 20
/** Others get their turn after so much has been parsed. */
const bytesPerTurn = 500_000
/** Bytes of items, index copies counted, that one transaction of the store takes with room to spare. */
const maxTransactionBytes = 4_000_000

type GetRequest = InputFor<Api, 'BatchGetItem'>['RequestItems'][string]
type WriteRequest = InputFor<Api, 'BatchWriteItem'>['RequestItems'][string][number]

/** Many items at once. A batch is no transaction: each item is read or written by itself. */
export const batches = operations<Api>()({
  BatchGetItem: {
    authorize: ({ RequestItems, ReturnConsumedCapacity }, ctx, tx) =>
      Promise.all(
        Object.entries(RequestItems).map(([name, request]) =>
          itemAccess(
            'BatchGetItem',
            name,
            {
              keys: request.Keys,
              ...readAccess(request, Object.keys(request.Keys[0] ?? {})),
              returnConsumedCapacity: ReturnConsumedCapacity,
            },
            ctx,
            tx,
          ),
        ),
      ),
    async read(tx, { RequestItems, ReturnConsumedCapacity }, ctx) {
      const requests = Object.entries(RequestItems)
      if (requests.reduce((sum, [, { Keys }]) => sum + Keys.length, 0) > maxKeys) {
        throw awsError('ValidationException', 'Too many items requested for the BatchGetItem call')
      }
      const prepared = await Promise.all(requests.map(([name, request]) => prepareGet(tx, name, request, ctx)))
      const budget = { leftBytes: maxAnswerBytes }
      const answers: Awaited<ReturnType<typeof getAll>>[] = []
      const meter = new Meter(ctx.host, ctx.nowMs)
      const refused: unknown[] = []
      for (const get of prepared) answers.push(await getAll(tx, get, budget, meter, refused))
      if (refused.length > 0 && answers.every(({ processed }) => processed === 0)) throw refused[0]
      const unprocessed = answers.flatMap(({ unprocessed }, i) =>
        unprocessed.length > 0 ? [[requests[i]![0], { ...requests[i]![1], Keys: unprocessed }] as const] : [],
      )
      const capacity = answers.flatMap(({ consumed }) => consumed.describe(ReturnConsumedCapacity) ?? [])
      return {
        Responses: Object.fromEntries(answers.map(({ items }, i) => [requests[i]![0], items])),
        UnprocessedKeys: Object.fromEntries(unprocessed),
        ConsumedCapacity: capacity.length > 0 ? capacity : undefined,
      }
    },
  },

  BatchWriteItem: {
    authorize: ({ RequestItems, ReturnConsumedCapacity }, ctx, tx) =>
      Promise.all(
        Object.entries(RequestItems).map(([name, writes]): Promise<AccessRequest> => {
          const keys = writes.map(
            ({ PutRequest, DeleteRequest }): WireItem => PutRequest?.Item ?? DeleteRequest?.Key ?? {},
          )
          const attributes = [...new Set(keys.flatMap((key) => Object.keys(key)))]
          const access = { keys, attributes, returnConsumedCapacity: ReturnConsumedCapacity }
          return itemAccess('BatchWriteItem', name, access, ctx, tx)
        }),
      ),
    async call({ RequestItems, ReturnConsumedCapacity, ReturnItemCollectionMetrics }, ctx) {
      const requests = Object.entries(RequestItems)
      if (requests.reduce((sum, [, writes]) => sum + writes.length, 0) > maxWrites) {
        throw awsError('ValidationException', 'Too many items requested for the BatchWriteItem call')
      }
      const prepared = requests.flatMap(([name, writes]) =>
        writes.map((write) => ({ name, write, change: prepareWrite(write) })),
      )
      const planned = await ctx.read((tx) => planWrites(tx, prepared, ctx))
      const consumed = new Map<string, Consumed>()
      const metrics = new Map<string, { ItemCollectionKey: SdkItem; SizeEstimateRangeGB: number[] }[]>()
      const throttled: { name: string; write: WriteRequest; error: unknown }[] = []
      for (const group of groups(planned)) {
        const attempt: { meter?: Meter } = {}
        const { done, left } = await ctx.write(async (tx) => {
          attempt.meter?.refund()
          const meter = new Meter(ctx.host, ctx.nowMs)
          attempt.meter = meter
          const done = []
          const left: { name: string; write: WriteRequest; error: unknown }[] = []
          for (const { name, write, change } of group) {
            const table = await tableOf(tx, name, ctx)
            const keyed = change(table)
            const result = await writeItem(tx, table, keyed, { nowMs: ctx.nowMs, by: ctx, meter }).catch(
              (error: unknown) => {
                if (!isThrottled(error)) throw error
                left.push({ name, write, error })
              },
            )
            if (!result) continue
            const collection = await collectionMetrics(tx, table, keyed, result, ReturnItemCollectionMetrics)
            done.push({ name, table, result, collection })
          }
          return { done, left }
        })
        throttled.push(...left)
        for (const { name, table, result, collection } of done) {
          const used = consumed.get(name) ?? new Consumed(table.name)
          consumed.set(name, used)
          used.addWrite(result)
          if (collection) metrics.set(name, [...(metrics.get(name) ?? []), collection])
        }
      }
      if (throttled.length > 0 && throttled.length === planned.length) throw throttled[0]?.error
      const unprocessed = Map.groupBy(throttled, ({ name }) => name)
      const capacity = [...consumed.values()].flatMap((used) => used.describe(ReturnConsumedCapacity) ?? [])
      return {
        UnprocessedItems: Object.fromEntries(
          [...unprocessed].map(([name, all]) => [name, all.map(({ write }) => write)]),
        ),
        ConsumedCapacity: capacity.length > 0 ? capacity : undefined,
        ItemCollectionMetrics: metrics.size > 0 ? Object.fromEntries(metrics) : undefined,
      }
    },
  },
})

async function prepareGet(tx: ReadTx, name: string, request: GetRequest, ctx: Ctx) {
  const placeholders = placeholdersOf(request, [])
  const projection = projectionFor(request, placeholders)
  placeholders.checkAllUsed()
  const keys = request.Keys.map(itemFromWire)
  const table = await tableOf(tx, name, ctx)
  const positions = keys.map((key) => positionOfKey(table.key, key))
  if (new Set(positions.map(positionText)).size < positions.length) throw duplicates()
  return { table, positions, projection, request }
}

async function getAll(
  tx: ReadTx,
  { table, positions, projection, request }: Awaited<ReturnType<typeof prepareGet>>,
  budget: { leftBytes: number },
  meter: Meter,
  refused: unknown[],
) {
  const found = await tx.getMany(positions.map(({ partition, sort }) => item(table.id, partition, sort)))
  const consumed = new Consumed(table.name)
  const items: SdkItem[] = []
  const unprocessed: GetRequest['Keys'] = []
  let bytesThisTurn = 0
  for (const [i, stored] of found.entries()) {
    if (stored && stored.sizeBytes > budget.leftBytes) {
      // What no longer fits into the answer is for the caller to ask again.
      budget.leftBytes = 0
      unprocessed.push(request.Keys[i]!)
      continue
    }
    try {
      meter.admit(table, undefined, 'read')
    } catch (error) {
      refused.push(error)
      unprocessed.push(request.Keys[i]!)
      continue
    }
    const units = readUnits(stored?.sizeBytes ?? 0, request.ConsistentRead)
    meter.take(table, undefined, 'read', units)
    consumed.addTable(units)
    if (!stored) continue
    budget.leftBytes -= stored.sizeBytes
    bytesThisTurn += stored.sizeBytes
    const current = currentItem(stored)
    items.push(itemToWire(projection ? projection(current.item) : current.item, current.binary))
    if (bytesThisTurn > bytesPerTurn) {
      bytesThisTurn = 0
      await nextTurn()
    }
  }
  return { items, unprocessed, consumed, processed: positions.length - unprocessed.length }
}

function prepareWrite({ PutRequest, DeleteRequest }: WriteRequest): (table: Table) => KeyedChange {
  if (PutRequest && !DeleteRequest) return preparePut(PutRequest, positionOfBatchItem)
  if (DeleteRequest && !PutRequest) return prepareDelete(DeleteRequest)
  throw awsError(
    'ValidationException',
    'Supplied WriteRequest must contain exactly one of PutRequest and DeleteRequest.',
  )
}

interface PlannedWrite {
  readonly name: string
  readonly write: WriteRequest
  readonly change: (table: Table) => KeyedChange
  readonly bytes: number
}

/** Checks all writes against their tables before the first is made. */
async function planWrites(
  tx: ReadTx,
  prepared: readonly Omit<PlannedWrite, 'bytes'>[],
  ctx: Ctx,
): Promise<PlannedWrite[]> {
  const seen = new Set<string>()
  const planned: PlannedWrite[] = []
  for (const { name, write, change } of prepared) {
    const table = await tableOf(tx, name, ctx)
    const { position, key } = change(table)
    const place = `${tableNameOf(name, ctx)} ${positionText(position)}`
    if (seen.has(place)) throw duplicates()
    seen.add(place)
    planned.push({ name, write, change, bytes: itemSizeBytes(key) * (1 + entriesPerItem(table)) })
  }
  return planned
}

/** Consecutive writes that fit into one transaction of the store. */
function groups(planned: readonly PlannedWrite[]): PlannedWrite[][] {
  const all: PlannedWrite[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const write of planned) {
    if (bytes + write.bytes > maxTransactionBytes) {
      all.push([])
      bytes = 0
    }
    all.at(-1)!.push(write)
    bytes += write.bytes
  }
  return all
}

/** A position as text, to find equal ones. */
export function positionText({ partition, sort }: Position): string {
  return `${Buffer.from(partition).toString('base64')} ${Buffer.from(sort).toString('base64')}`
}

function duplicates() {
  return awsError('ValidationException', 'Provided list of item keys contains duplicates')
}
