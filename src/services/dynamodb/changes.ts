import type { Item } from './attribute-value.ts'
import { checkIndexKeys } from './entries.ts'
import { compileCondition, compileUpdate } from './expressions/expressions.ts'
import type { DocumentPath } from './expressions/path.ts'
import type { ItemChange } from './item-writes.ts'
import { invalidValues, keyAttributes, positionOfItem, positionOfKey } from './keys.ts'
import { placeholdersOf } from './request.ts'
import type { Table } from './state.ts'
import { itemFromWire, type WireItem } from './wire-values.ts'

/*
 * Requests to write, checked as far as that goes without the table; what is returned checks the rest against it. The
 * same for single writes, batches and transactions.
 */

interface ConditionRequest {
  readonly ConditionExpression?: string
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
  readonly ExpressionAttributeValues?: WireItem
  readonly ReturnValuesOnConditionCheckFailure?: string
}

/** A change together with the item's `Key`. */
export interface KeyedChange extends ItemChange {
  readonly key: Item
}

export function preparePut(
  request: ConditionRequest & { readonly Item: WireItem },
  positionOf: typeof positionOfItem = positionOfItem,
): (table: Table) => KeyedChange {
  const item = itemFromWire(request.Item)
  const condition = conditionOf(request)
  return (table) => {
    const position = positionOf(table.key, item)
    checkIndexKeys(table, item)
    return {
      key: item,
      position,
      ...condition,
      next: () => item,
      tooLarge: 'Item size has exceeded the maximum allowed size',
    }
  }
}

export function prepareDelete(request: ConditionRequest & { readonly Key: WireItem }): (table: Table) => KeyedChange {
  const key = itemFromWire(request.Key)
  const condition = conditionOf(request)
  return (table) => ({
    key,
    position: positionOfKey(table.key, key),
    ...condition,
    next: () => undefined,
    tooLarge: '',
  })
}

/** Only the condition: the item stays as it is. */
export function prepareCheck(request: ConditionRequest & { readonly Key: WireItem }): (table: Table) => KeyedChange {
  const remove = prepareDelete(request)
  return (table) => ({ ...remove(table), checkOnly: true })
}

export interface UpdateChange extends KeyedChange {
  /** What the update changes. */
  readonly paths: readonly DocumentPath[]
}

/** `onlyIfThere`: where there is no item, none is made. */
export function prepareUpdate(
  request: ConditionRequest & { readonly Key: WireItem; readonly UpdateExpression?: string },
  onlyIfThere = false,
): (table: Table) => UpdateChange {
  const key = itemFromWire(request.Key)
  const placeholders = placeholdersOf(request, ['UpdateExpression', 'ConditionExpression'])
  const { UpdateExpression, ConditionExpression } = request
  const update = UpdateExpression === undefined ? undefined : compileUpdate(UpdateExpression, placeholders)
  const condition =
    ConditionExpression === undefined
      ? undefined
      : compileCondition('ConditionExpression', ConditionExpression, placeholders)
  placeholders.checkAllUsed()
  const paths = update?.paths ?? []
  return (table) => {
    const position = positionOfKey(table.key, key)
    const keyNames = new Set(keyAttributes(table.key).map(({ name }) => name))
    const changed = paths.find(([name]) => keyNames.has(name))
    if (changed) {
      throw invalidValues(`Cannot update attribute ${changed[0]}. This attribute is part of the key`)
    }
    return {
      key,
      position,
      condition,
      failWithItem: request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
      paths,
      next(current) {
        if (onlyIfThere && !current) return undefined
        const before = current?.item ?? key
        const after = update ? update(before) : before
        if (table.indexes.length > 0 || table.vectorIndexes) {
          checkIndexKeys(table, after, { from: current?.item, isGiven: (value) => placeholders.isGiven(value) })
        }
        return after
      },
      tooLarge: 'Item size to update has exceeded the maximum allowed size',
    }
  }
}

function conditionOf(request: ConditionRequest): Pick<ItemChange, 'condition' | 'failWithItem'> {
  const placeholders = placeholdersOf(request, ['ConditionExpression'])
  const { ConditionExpression } = request
  if (ConditionExpression === undefined) return {}
  const condition = compileCondition('ConditionExpression', ConditionExpression, placeholders)
  placeholders.checkAllUsed()
  return { condition, failWithItem: request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' }
}
