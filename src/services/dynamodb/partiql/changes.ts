import { awsError } from '../../../kernel/errors.ts'
import type { KeyedChange } from '../changes.ts'
import { checkIndexKeys } from '../entries.ts'
import { bindCondition } from '../expressions/condition.ts'
import { type DocumentPath, describePath } from '../expressions/path.ts'
import { projectionOf } from '../expressions/projection.ts'
import { bindUpdate } from '../expressions/update.ts'
import type { Written } from '../item-writes.ts'
import { invalidValues, keyAttributes, positionOfItem, positionOfKey } from '../keys.ts'
import type { Table } from '../state.ts'
import { itemToWire, type SdkItem } from '../wire-values.ts'
import { conjunction, requiredKey } from './keys.ts'
import type { Delete, Exists, Insert, Returning, Update } from './parser.ts'

export interface StatementChange extends KeyedChange {
  /** What the statement answers with, once it is done. */
  returned(written: Written): SdkItem | undefined
}

/** What a statement does to one item. Throws ValidationException. */
export function statementChange(
  statement: Insert | Update | Delete | Exists,
  table: Table,
  failWithItem: boolean,
): StatementChange {
  if (statement.kind === 'insert') return insertion(statement, table)
  const { reader, where, kind } = statement
  const key = requiredKey(where, reader, table.key)
  const { placeholders } = reader
  const base = {
    key,
    position: positionOfKey(table.key, key),
    failWithItem,
    condition: bindCondition('ConditionExpression', where, placeholders),
    tooLarge: 'Item size to update has exceeded the maximum allowed size',
  }
  if (kind === 'exists') return { ...base, checkOnly: true, next: () => undefined, returned: () => undefined }
  if (kind === 'delete') {
    const { condition, ...rest } = base
    // What is not there is deleted already, unless more is asked of it than its key.
    const more = conjunction(where).length > keyAttributes(table.key).length
    return {
      ...rest,
      ...(more ? { condition } : {}),
      next: () => undefined,
      returned: (written) => sideOf(written, statement.returning, []),
    }
  }
  const update = bindUpdate(statement.update, placeholders)
  const names = new Set(keyAttributes(table.key).map(({ name }) => name))
  const changed = update.paths.find(([name]) => names.has(name))
  if (changed)
    throw invalidValues(`Cannot update attribute ${describePath(changed)}. This attribute is part of the key`)
  return {
    ...base,
    next(current) {
      const after = update(current?.item ?? key)
      checkIndexKeys(table, after, { from: current?.item, isGiven: () => false })
      return after
    },
    returned: (written) => sideOf(written, statement.returning, update.paths),
  }
}

function insertion({ item }: Insert, table: Table): StatementChange {
  const position = positionOfItem(table.key, item)
  checkIndexKeys(table, item)
  return {
    key: item,
    position,
    next(current) {
      if (current) throw awsError('DuplicateItemException', 'Duplicate primary key exists in table')
      return item
    },
    tooLarge: 'Item size has exceeded the maximum allowed size',
    returned: () => undefined,
  }
}

function sideOf(
  { before, after }: Written,
  returning: Returning | undefined,
  paths: readonly DocumentPath[],
): SdkItem | undefined {
  const side = returning && (returning.side === 'OLD' ? before?.item : after)
  if (!side) return undefined
  return itemToWire(returning.modifiedOnly ? projectionOf(paths)(side) : side, true)
}
