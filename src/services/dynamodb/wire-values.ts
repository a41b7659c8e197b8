import type { AttributeValue as SdkValue } from '@aws-sdk/client-dynamodb'
import { awsError } from '../../kernel/errors.ts'
import { type AnyValue, type AttributeType, type AttributeValue, type Item, setAttribute } from './attribute-value.ts'
import { DecimalError, normalizeNumber } from './decimal.ts'

/** An attribute value as the protocol decodes and encodes it: binary as bytes. */
export interface WireValue {
  readonly S?: string
  readonly N?: string
  readonly B?: Uint8Array
  readonly SS?: readonly string[]
  readonly NS?: readonly string[]
  readonly BS?: readonly Uint8Array[]
  readonly M?: Readonly<Record<string, WireValue>>
  readonly L?: readonly WireValue[]
  readonly NULL?: boolean
  readonly BOOL?: boolean
}
export type WireItem = Readonly<Record<string, WireValue>>

/** What is wrong with a value, before it is known where the value stands. */
class InvalidValue extends Error {}

const maxNesting = 32
const types: ReadonlySet<string> = new Set<AttributeType>(['S', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS', 'L', 'M'])

/** The item or key of a request, checked and normalised. Throws ValidationException. */
export function itemFromWire(wire: WireItem): Item {
  try {
    return mapFromWire(wire, 0)
  } catch (error) {
    if (error instanceof InvalidValue) throw awsError('ValidationException', error.message)
    throw error
  }
}

/** What an `ExclusiveStartKey` says, checked and normalised. Throws ValidationException. */
export function startKeyFromWire(wire: WireItem): Item {
  try {
    return mapFromWire(wire, 0)
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error
    // The service says where the value stands for some of its messages only (dynalite's tests of Query and Scan).
    const bare = /contains duplicates|number set|numeric value|significant digits|magnitude/.test(error.message)
    throw awsError('ValidationException', `${bare ? '' : 'The provided starting key is invalid: '}${error.message}`)
  }
}

/** ExpressionAttributeValues, checked and normalised. Throws ValidationException. */
export function valuesFromWire(wire: WireItem | undefined): Item | undefined {
  if (!wire) return undefined
  const values: Item = {}
  for (const key of Object.keys(wire)) {
    try {
      setAttribute(values, key, valueFromWire(wire[key]!, 0))
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error
      throw awsError(
        'ValidationException',
        `ExpressionAttributeValues contains invalid value: ${error.message} for key ${key}`,
      )
    }
  }
  return values
}

function mapFromWire(wire: WireItem, depth: number): Item {
  const item: Item = {}
  for (const name of Object.keys(wire)) setAttribute(item, name, valueFromWire(wire[name]!, depth))
  return item
}

function valueFromWire(wire: WireValue, depth: number): AttributeValue {
  const [type, more] = Object.keys(wire)
  if (type === undefined || !types.has(type)) {
    throw new InvalidValue('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes')
  }
  if (more !== undefined) {
    throw new InvalidValue(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    )
  }
  if (wire.S !== undefined) return { S: wire.S }
  if (wire.N !== undefined) return { N: numberFromWire(wire.N) }
  if (wire.BOOL !== undefined) return { BOOL: wire.BOOL }
  if (wire.M !== undefined) return { M: mapFromWire(wire.M, deeper(depth)) }
  if (wire.L !== undefined) {
    const below = deeper(depth)
    return { L: wire.L.map((element) => valueFromWire(element, below)) }
  }
  if (wire.B !== undefined) return { B: base64(wire.B) }
  if (wire.SS !== undefined) return { SS: setFromWire([...wire.SS], 'An string set  may not be empty', inList) }
  if (wire.NS !== undefined) {
    return { NS: setFromWire(wire.NS.map(numberFromWire), 'An number set  may not be empty', ofNumbers) }
  }
  if (wire.BS !== undefined) {
    return { BS: setFromWire(wire.BS.map(base64), 'Binary sets should not be empty', inListOfBinary) }
  }
  if (wire.NULL !== true) throw invalidParameter('Null attribute value types must have the value of true')
  return { NULL: true }
}

function deeper(depth: number): number {
  if (depth >= maxNesting)
    throw new InvalidValue(
      'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
    )

  return depth + 1
}

function numberFromWire(text: string): string {
  try {
    return normalizeNumber(text)
  } catch (error) {
    if (error instanceof DecimalError) throw new InvalidValue(error.message)
    throw error
  }
}

/** `repeated` says what is wrong with members that are not all different: each kind of set has its own words. */
function setFromWire(members: string[], emptyMessage: string, repeated: (shown: string) => InvalidValue): string[] {
  if (members.length === 0) throw invalidParameter(emptyMessage)
  if (new Set(members).size < members.length) {
    const shown = members.length > 20 ? [...members.slice(0, 20), '…'] : members
    throw repeated(`[${shown.join(', ')}]`)
  }
  return members
}

const inList = (shown: string) => invalidParameter(`Input collection ${shown} contains duplicates.`)
const inListOfBinary = (shown: string) => invalidParameter(`Input collection ${shown}of type BS contains duplicates.`)
const ofNumbers = () => new InvalidValue('Input collection contains duplicates')

function invalidParameter(message: string): InvalidValue {
  return new InvalidValue(`One or more parameter values were invalid: ${message}`)
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}

/** An item as the SDK types it in answers. */
export type SdkItem = Record<string, SdkValue>

/**
 * The item for an answer. Without binary anywhere the item is its own wire form; `binary` may be true for an item
 * that has none.
 */
export function itemToWire(item: Item, binary: boolean): SdkItem {
  // The SDK's type forbids what ours leaves out (`S?: never`), so that neither is assignable to the other.
  return (binary ? mapToWire(item) : item) as SdkItem
}

function mapToWire(item: Item): WireItem {
  const wire: Record<string, WireValue> = {}
  for (const name of Object.keys(item)) {
    Object.defineProperty(wire, name, { value: valueToWire(item[name]!), enumerable: true })
  }
  return wire
}

function valueToWire(attributeValue: AttributeValue): WireValue {
  const value: AnyValue = attributeValue
  if (value.B !== undefined) return { B: Buffer.from(value.B, 'base64') }
  if (value.BS !== undefined) return { BS: value.BS.map((member) => Buffer.from(member, 'base64')) }
  if (value.M !== undefined) return { M: mapToWire(value.M) }
  if (value.L !== undefined) return { L: value.L.map(valueToWire) }
  return attributeValue as WireValue
}
