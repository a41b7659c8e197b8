import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { accessToItem, namedAttributes, readAccess } from './access.ts'
import type { Api } from './api.ts'
import { Consumed, readUnits, writeCapacity } from './capacity.ts'
import { type KeyedChange, prepareDelete, preparePut, prepareUpdate } from './changes.ts'
import { collectionMetrics } from './collections.ts'
import { projectionOf } from './expressions/projection.ts'
import { currentItem, writeItem } from './item-writes.ts'
import { positionOfKey } from './keys.ts'
import { modern } from './legacy.ts'
import { onlyTakesAway } from './legacy-updates.ts'
import { projectionFor } from './projections.ts'
import { placeholdersOf } from './request.ts'
import { item, type Table } from './state.ts'
import { tableOf } from './table-lookup.ts'
import { Meter, meterOfAttempt } from './throttling.ts'
import { itemFromWire, itemToWire, type SdkItem, type WireItem } from './wire-values.ts'

/** Operations on one item. */
export const items = operations<Api>()({
  GetItem: {
    authorize: (input, ctx, tx) =>
      accessToItem(
        'GetItem',
        input.TableName,
        () => ({
          keys: [input.Key],
          ...readAccess(input, Object.keys(input.Key)),
          returnConsumedCapacity: input.ReturnConsumedCapacity,
        }),
        ctx,
        tx,
      ),
    async read(tx, input, ctx) {
      const placeholders = placeholdersOf(input, [])
      const projection = projectionFor(input, placeholders)
      placeholders.checkAllUsed()
      const key = itemFromWire(input.Key)
      const table = await tableOf(tx, input.TableName, ctx)
      const position = positionOfKey(table.key, key)
      const meter = new Meter(ctx.host, ctx.nowMs)
      meter.admit(table, undefined, 'read')
      const stored = await tx.get(item(table.id, position.partition, position.sort))
      const consumed = new Consumed(table.name)
      consumed.addTable(readUnits(stored?.sizeBytes ?? 0, input.ConsistentRead))
      consumed.takeFrom(meter, table, 'read')
      const found = stored && currentItem(stored)
      return {
        Item: found && itemToWire(projection ? projection(found.item) : found.item, found.binary),
        ConsumedCapacity: consumed.describe(input.ReturnConsumedCapacity),
      }
    },
  },

  PutItem: {
    authorize: (input, ctx, tx) => accessToWrite('PutItem', input, input.Item, ctx, tx),
    write: (tx, input, ctx) => replace(tx, input, preparePut, ctx),
  },

  DeleteItem: {
    authorize: (input, ctx, tx) => accessToWrite('DeleteItem', input, input.Key, ctx, tx),
    write: (tx, input, ctx) => replace(tx, input, prepareDelete, ctx),
  },

  UpdateItem: {
    authorize: (input, ctx, tx) => accessToWrite('UpdateItem', input, input.Key, ctx, tx),
    async write(tx, input, ctx) {
      const update = prepareUpdate(modern(input), onlyTakesAway(input.AttributeUpdates))
      const table = await tableOf(tx, input.TableName, ctx)
      const change = update(table)
      const written = await writeItem(tx, table, change, { nowMs: ctx.nowMs, by: ctx, meter: meterOfAttempt(ctx) })
      return {
        Attributes: updatedAttributes(input.ReturnValues, change.paths, written),
        ConsumedCapacity: writeCapacity(table, written, input.ReturnConsumedCapacity),
        ItemCollectionMetrics: await collectionMetrics(tx, table, change, written, input.ReturnItemCollectionMetrics),
      }
    },
  },
})

type Written = Parameters<typeof namedAttributes>[0] & {
  readonly TableName: string
  readonly ReturnValues?: string
  readonly ReturnConsumedCapacity?: string
}

/** `item` is what is written, or the key of what is. */
function accessToWrite(action: string, input: Written, item: WireItem, ctx: Ctx, tx: ReadTx) {
  const access = () => ({
    keys: [item],
    attributes: namedAttributes(input, Object.keys(item)),
    returnValues: input.ReturnValues,
    returnConsumedCapacity: input.ReturnConsumedCapacity,
  })
  return accessToItem(action, input.TableName, access, ctx, tx)
}

interface Replacement {
  readonly TableName: string
  readonly ReturnValues?: string
  readonly ReturnConsumedCapacity?: string
  readonly ReturnItemCollectionMetrics?: string
}

/** Puts another item, or none, in the place of one. */
async function replace<Input extends Replacement>(
  tx: Tx,
  input: Input,
  prepare: (input: Input) => (table: Table) => KeyedChange,
  ctx: Ctx,
) {
  checkReturnValues(input.ReturnValues)
  const prepared = prepare(modern(input))
  const table = await tableOf(tx, input.TableName, ctx)
  const change = prepared(table)
  const written = await writeItem(tx, table, change, { nowMs: ctx.nowMs, by: ctx, meter: meterOfAttempt(ctx) })
  const { before } = written
  return {
    Attributes: input.ReturnValues === 'ALL_OLD' && before ? itemToWire(before.item, before.binary) : undefined,
    ConsumedCapacity: writeCapacity(table, written, input.ReturnConsumedCapacity),
    ItemCollectionMetrics: await collectionMetrics(tx, table, change, written, input.ReturnItemCollectionMetrics),
  }
}

function checkReturnValues(wanted: string | undefined): void {
  if (wanted !== undefined && wanted !== 'NONE' && wanted !== 'ALL_OLD') {
    throw awsError('ValidationException', 'ReturnValues can only be ALL_OLD or NONE')
  }
}

type Paths = Parameters<typeof projectionOf>[0]

function updatedAttributes(
  wanted: string | undefined,
  paths: Paths,
  { before, after }: Awaited<ReturnType<typeof writeItem>>,
): SdkItem | undefined {
  if (wanted === undefined || wanted === 'NONE') return undefined
  const side = wanted.endsWith('_OLD') ? before?.item : after
  if (!side) return undefined
  const shown = wanted.startsWith('ALL_') ? side : projectionOf(paths)(side)
  return Object.keys(shown).length > 0 ? itemToWire(shown, true) : undefined
}
