import { type AwsError, awsError } from '../../kernel/errors.ts'
import { type AttributeValue, attribute, type Item, setAttribute, typeOf } from './attribute-value.ts'
import { base64SizeBytes } from './item-size.ts'
import { type Position, partitionHash, sortBytes } from './positions.ts'

/** A key attribute and its declared type. */
export interface KeyAttribute {
  readonly name: string
  readonly type: 'S' | 'N' | 'B'
}

/** What identifies an item of a table, or orders the entries of an index. */
export interface KeySchema {
  readonly partition: KeyAttribute
  readonly sort?: KeyAttribute
}

const maxPartitionKeyBytes = 2_048
const maxSortKeyBytes = 1_024

/** The key attributes, partition first. */
export function keyAttributes(schema: KeySchema): readonly KeyAttribute[] {
  return schema.sort ? [schema.partition, schema.sort] : [schema.partition]
}

/** Where the item to be put belongs. Throws ValidationException when a key attribute is missing or of a wrong type. */
export function positionOfItem(schema: KeySchema, item: Item): Position {
  for (const { name, type } of keyAttributes(schema)) {
    const value = attribute(item, name)
    if (!value) throw invalidValues(`Missing the key ${name} in the item`)
    if (typeOf(value) !== type) {
      throw invalidValues(`Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`)
    }
  }
  return positionOf(schema, item)
}

/** Where the item with this `Key` is. Throws ValidationException when the key is not what the schema asks for. */
export function positionOfKey(schema: KeySchema, key: Item): Position {
  const attributes = keyAttributes(schema)
  const matches =
    Object.keys(key).length === attributes.length &&
    attributes.every(({ name, type }) => {
      const value = attribute(key, name)
      return value !== undefined && typeOf(value) === type
    })
  if (!matches) throw awsError('ValidationException', 'The provided key element does not match the schema')
  return positionOf(schema, key)
}

/**
 * The same in a batch, where an item that lacks a key is refused as a `Key` would be (captures of
 * https://github.com/paritysuite/dynamodb-conformance).
 */
export function positionOfBatchItem(schema: KeySchema, item: Item): Position {
  return positionOfKey(schema, keysOf(item, schema))
}

function positionOf(schema: KeySchema, item: Item): Position {
  for (const { name } of keyAttributes(schema)) checkNotEmpty(item[name]!, ` Key: ${name}`, '')
  const { partition, sort } = schema
  checkKeySize(schema, item)
  return {
    partition: partitionHash(item[partition.name]!),
    sort: sort ? sortBytes(item[sort.name]!) : noSort,
  }
}

const noSort = new Uint8Array()

const notValid = 'One or more parameter values are not valid. '

/** Whether the error is about an empty key: transactions are refused for those, and not cancelled. */
export function isEmptyKeyError(error: AwsError): boolean {
  return error.message.startsWith(notValid)
}

/** Throws when a key value is an empty string or empty binary. `where` ends the message. */
export function checkNotEmpty(value: AttributeValue, where: string, kind: string): void {
  const what = 'S' in value && value.S === '' ? 'string' : 'B' in value && value.B === '' ? 'binary' : undefined
  if (!what) {
    if (!('S' in value) || value.S.isWellFormed()) return
    throw invalidValues(`A key attribute must be well-formed Unicode text.${where}`)
  }
  throw awsError(
    'ValidationException',
    `${notValid}${kind}The AttributeValue for a key attribute cannot contain an ` + `empty ${what} value.${where}`,
  )
}

/** Throws when a key value of the item is longer than keys may be. */
export function checkKeySize({ partition, sort }: KeySchema, item: Item): void {
  checkKeySizes(item[partition.name]!, sort ? [item[sort.name]!] : [])
}

/** Throws when one of these values is longer than a key of its kind may be. */
export function checkKeySizes(partition: AttributeValue, sorts: readonly AttributeValue[]): void {
  if (keySizeBytes(partition) > maxPartitionKeyBytes) {
    throw invalidValues(`Size of hashkey has exceeded the maximum size limit of${maxPartitionKeyBytes} bytes`)
  }
  if (sorts.some((sort) => keySizeBytes(sort) > maxSortKeyBytes)) {
    throw invalidValues(`Aggregated size of all range keys has exceeded the size limit of ${maxSortKeyBytes} bytes`)
  }
}

function keySizeBytes(value: AttributeValue): number {
  return 'S' in value ? Buffer.byteLength(value.S) : 'B' in value ? base64SizeBytes(value.B) : 0
}

/** Only the attributes of these schemas' keys. */
export function keysOf(item: Item, ...schemas: readonly KeySchema[]): Item {
  const keys: Item = {}
  for (const schema of schemas) {
    for (const { name } of keyAttributes(schema)) {
      const value = attribute(item, name)
      if (value) setAttribute(keys, name, value)
    }
  }
  return keys
}

/** `One or more parameter values were invalid: …` */
export function invalidValues(message: string) {
  return awsError('ValidationException', `One or more parameter values were invalid: ${message}`)
}
