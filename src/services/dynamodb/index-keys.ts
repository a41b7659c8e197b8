import { awsError } from '../../kernel/errors.ts'
import { type AttributeValue, attribute, type Item, typeOf } from './attribute-value.ts'
import { checkKeySize, checkNotEmpty, invalidValues, type KeyAttribute } from './keys.ts'

/*
 * Attributes by which an index finds items: what it takes for them.
 */

/** Items from before the index may hold what could not be written now: they are left out. */
export function isIndexKey(value: AttributeValue | undefined, { type }: KeyAttribute): boolean {
  return value !== undefined && typeOf(value) === type && !isEmptyKey(value)
}

function isEmptyKey(value: AttributeValue): boolean {
  return ('S' in value && value.S === '') || ('B' in value && value.B === '')
}

/** What an update began with: only what it changed is looked at, and its own values are told from others. */
export interface CheckedUpdate {
  readonly from: Item | undefined
  isGiven(value: AttributeValue): boolean
}

/** Whether the item has a value for the key that had to be looked at, which is one that the index takes. */
export function checkIndexKey(indexName: string, key: KeyAttribute, item: Item, update?: CheckedUpdate): boolean {
  const value = checkIndexKeyType(indexName, key, item, update)
  if (!value) return false
  checkNotEmpty(
    value,
    update ? '' : ` IndexName: ${indexName}, IndexKey: ${key.name}`,
    update
      ? 'The update expression attempted to update a secondary index key to a value that is not supported. '
      : 'A value specified for a secondary index key is not supported. ',
  )
  checkKeySize({ partition: key }, item)
  return true
}

/** The value, when there is one to be looked at. Throws when it is not of the type that the index declares. */
export function checkIndexKeyType(
  indexName: string,
  { name, type }: KeyAttribute,
  item: Item,
  update?: CheckedUpdate,
): AttributeValue | undefined {
  const value = attribute(item, name)
  if (!value || value === update?.from?.[name]) return undefined
  if (typeOf(value) === type) return value
  if (update && !update.isGiven(value)) {
    throw awsError(
      'ValidationException',
      'The update expression attempted to update the secondary index key to unsupported type',
    )
  }
  throw invalidValues(
    `Type mismatch for Index Key ${name} Expected: ${type} Actual: ${typeOf(value)} IndexName: ${indexName}`,
  )
}
