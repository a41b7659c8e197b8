import type { AccessRequest } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { type AwsError, awsError, isAwsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { StoreError } from '../../kernel/store.ts'
import { itemAccess, namedAttributes, readAccess } from './access.ts'
import type { Api } from './api.ts'
import type { Item } from './attribute-value.ts'
import { positionText } from './batches.ts'
import { Consumed, readUnits } from './capacity.ts'
import { type KeyedChange, prepareCheck, prepareDelete, preparePut, prepareUpdate } from './changes.ts'
import { collectionMetrics } from './collections.ts'
import type { Projection } from './expressions/projection.ts'
import { itemSizeBytes } from './item-size.ts'
import { currentItem, writeItem } from './item-writes.ts'
import { isEmptyKeyError, positionOfKey } from './keys.ts'
import { projectionFor } from './projections.ts'
import { placeholdersOf } from './request.ts'
import { item, type Table } from './state.ts'
import { tableOf } from './table-lookup.ts'
import { Meter, meterOfAttempt } from './throttling.ts'
import { usedBefore } from './tokens.ts'
import { itemFromWire, itemToWire, type SdkItem } from './wire-values.ts'

/** Transactions cost twice what single operations do. */
const unitsFactor = 2
const maxTransactionBytes = 4 * 2 ** 20

type WriteAction = InputFor<Api, 'TransactWriteItems'>['TransactItems'][number]

/** All or nothing: one transaction of the store. */
export const transactions = operations<Api>()({
  TransactWriteItems: {
    authorize: ({ TransactItems }, ctx, tx) => Promise.all(TransactItems.map((action) => writeAccess(action, ctx, tx))),
    async write(tx, { ClientRequestToken, ...request }, ctx) {
      const prepared = request.TransactItems.map(prepareAction)
      if (ClientRequestToken !== undefined && (await usedBefore(tx, ClientRequestToken, request, ctx.nowMs))) return {}
      return writeAll(tx, prepared, request, ctx)
    },
  },

  TransactGetItems: {
    authorize: ({ TransactItems, ReturnConsumedCapacity }, ctx, tx) =>
      Promise.all(
        TransactItems.map(({ Get }) =>
          itemAccess(
            'GetItem',
            Get.TableName,
            {
              keys: [Get.Key],
              ...readAccess(Get, Object.keys(Get.Key)),
              returnConsumedCapacity: ReturnConsumedCapacity,
              enclosingOperation: 'TransactGetItems',
            },
            ctx,
            tx,
          ),
        ),
      ),
    async read(tx, { TransactItems, ReturnConsumedCapacity }, ctx) {
      const prepared = TransactItems.map(({ Get }) => {
        const placeholders = placeholdersOf(Get, [])
        const projection = projectionFor(Get, placeholders)
        placeholders.checkAllUsed()
        const key = itemFromWire(Get.Key)
        return { tableName: Get.TableName, key: () => key, projection }
      })
      return readAll(tx, prepared, ReturnConsumedCapacity, ctx)
    },
  },
})

/** An item to read. */
export interface PreparedRead {
  readonly tableName: string
  key(table: Table): Item
  readonly projection: Projection | undefined
}

/** Reads all of the items as they are at one moment. */
export async function readAll(tx: ReadTx, prepared: readonly PreparedRead[], detail: string | undefined, ctx: Ctx) {
  const meter = new Meter(ctx.host, ctx.nowMs)
  const consumed = new Map<string, Consumed>()
  const responses: { Item?: SdkItem }[] = []
  const reasons: (AwsError | undefined)[] = []
  let bytes = 0
  for (const { tableName, key, projection } of prepared) {
    const table = await tableOf(tx, tableName, ctx)
    reasons.push(
      await reasonOf(async () => {
        const { partition, sort } = positionOfKey(table.key, key(table))
        meter.admit(table, undefined, 'read')
        const stored = await tx.get(item(table.id, partition, sort))
        bytes += stored?.sizeBytes ?? 0
        const used = consumed.get(table.name) ?? new Consumed(table.name)
        consumed.set(table.name, used)
        const units = readUnits(stored?.sizeBytes ?? 0, true) * unitsFactor
        meter.take(table, undefined, 'read', units)
        used.addTable(units)
        const current = stored && currentItem(stored)
        const shown = current && (projection ? projection(current.item) : current.item)
        responses.push(current && shown ? { Item: itemToWire(shown, current.binary) } : {})
      }),
    )
  }
  throwIfCancelled(reasons)
  if (bytes > maxTransactionBytes) throw tooLarge()
  const capacity = [...consumed.values()].flatMap((used) => used.describe(detail, 'read') ?? [])
  return { Responses: responses, ConsumedCapacity: capacity.length > 0 ? capacity : undefined }
}

interface Told {
  readonly ReturnConsumedCapacity?: string
  readonly ReturnItemCollectionMetrics?: string
}

/** Makes all of the changes. Throws TransactionCanceledException, with a reason for each, when one can't be made. */
export async function writeAll(tx: Tx, prepared: readonly PreparedAction[], told: Told, ctx: Ctx) {
  const meter = meterOfAttempt(ctx)
  const consumed = new Map<string, Consumed>()
  const metrics: Record<string, { ItemCollectionKey: SdkItem; SizeEstimateRangeGB: number[] }[]> = {}
  const seen = new Set<string>()
  let bytes = 0
  const reasons: (AwsError | undefined)[] = []
  for (const { tableName, change } of prepared) {
    const table = await tableOf(tx, tableName, ctx)
    reasons.push(
      await reasonOf(async () => {
        const keyed = change(table)
        checkOnce(seen, table, keyed)
        const written = await writeItem(tx, table, keyed, { nowMs: ctx.nowMs, by: ctx, meter, factor: unitsFactor })
        bytes += itemSizeBytes(written.after ?? keyed.key)
        const used = consumed.get(table.name) ?? new Consumed(table.name)
        consumed.set(table.name, used)
        used.addWrite(written, unitsFactor)
        const collection = await collectionMetrics(tx, table, keyed, written, told.ReturnItemCollectionMetrics)
        if (collection) metrics[table.name] = [...(metrics[table.name] ?? []), collection]
      }),
    )
  }
  throwIfCancelled(reasons)
  if (bytes > maxTransactionBytes) throw tooLarge()
  const capacity = [...consumed.values()].flatMap((used) => used.describe(told.ReturnConsumedCapacity, 'write') ?? [])
  return {
    ConsumedCapacity: capacity.length > 0 ? capacity : undefined,
    ItemCollectionMetrics: Object.keys(metrics).length > 0 ? metrics : undefined,
  }
}

function writeAccess(action: WriteAction, ctx: Ctx, tx: ReadTx): Promise<AccessRequest> {
  const enclosingOperation = 'TransactWriteItems'
  const { Put, Update, Delete, ConditionCheck } = action
  if (Put) {
    const attributes = namedAttributes(Put, Object.keys(Put.Item))
    return itemAccess('PutItem', Put.TableName, { keys: [Put.Item], attributes, enclosingOperation }, ctx, tx)
  }
  const keyed = Update ?? Delete ?? ConditionCheck
  if (!keyed) throw oneActionEach()
  const name = Update ? 'UpdateItem' : Delete ? 'DeleteItem' : 'ConditionCheckItem'
  const attributes = namedAttributes(keyed, Object.keys(keyed.Key))
  return itemAccess(name, keyed.TableName, { keys: [keyed.Key], attributes, enclosingOperation }, ctx, tx)
}

/** A change of one item. */
export interface PreparedAction {
  readonly tableName: string
  readonly change: (table: Table) => KeyedChange
}

function prepareAction(action: WriteAction): PreparedAction {
  const { Put, Update, Delete, ConditionCheck } = action
  if (Object.values(action).filter((part) => part !== undefined).length !== 1) throw oneActionEach()
  if (Put) return { tableName: Put.TableName, change: preparePut(Put) }
  if (Update) return { tableName: Update.TableName, change: prepareUpdate(Update) }
  if (Delete) return { tableName: Delete.TableName, change: prepareDelete(Delete) }
  if (ConditionCheck) return { tableName: ConditionCheck.TableName, change: prepareCheck(ConditionCheck) }
  throw oneActionEach()
}

function oneActionEach() {
  return awsError('ValidationException', 'TransactItems can only contain one of Check, Put, Update or Delete')
}

/** Not a reason to cancel, but to refuse the request. */
class RequestError extends Error {
  readonly error: AwsError
  constructor(error: AwsError) {
    super(error.message)
    this.error = error
  }
}

function checkOnce(seen: Set<string>, table: Table, { position }: KeyedChange): void {
  const place = `${table.id} ${positionText(position)}`
  if (seen.has(place)) {
    throw new RequestError(
      awsError('ValidationException', 'Transaction request cannot include multiple operations on one item'),
    )
  }
  seen.add(place)
}

/** Runs one action; what fails because of the item is a reason to cancel. */
async function reasonOf(act: () => Promise<void>): Promise<AwsError | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    if (error instanceof RequestError) throw error.error
    if (isAwsError(error, ...Object.keys(reasonCodes))) {
      if (isEmptyKeyError(error)) throw error
      return error
    }
    // Four megabytes of items may be many more in twenty indexes.
    if (error instanceof StoreError && error.reason === 'limit') throw tooLarge()
    throw error
  }
}

const reasonCodes: Readonly<Record<string, string>> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  DuplicateItemException: 'DuplicateItem',
  ItemCollectionSizeLimitExceededException: 'ItemCollectionSizeLimitExceeded',
  ProvisionedThroughputExceededException: 'ProvisionedThroughputExceeded',
  ThrottlingException: 'ThrottlingError',
  ValidationException: 'ValidationError',
}

function throwIfCancelled(reasons: readonly (AwsError | undefined)[]): void {
  if (reasons.every((reason) => reason === undefined)) return
  const described = reasons.map((reason) => {
    if (!reason) return { Code: 'None' }
    return { Code: reasonCodes[reason.code] ?? reason.code, Message: reason.message, ...reason.members }
  })
  throw awsError(
    'TransactionCanceledException',
    'Transaction cancelled, please refer cancellation reasons for specific reasons ' +
      `[${described.map(({ Code }) => Code).join(', ')}]`,
    { members: { CancellationReasons: described } },
  )
}

function tooLarge() {
  return awsError(
    'ValidationException',
    'The items of one transaction can take at most 4 MB together, and 16 MB with their index entries.',
  )
}
