/**
 * Attribute values as items hold them: the wire form, with numbers normalised and binary as base64 text, so that an
 * item is plain JSON and its stored text can be parsed straight into what operations work on.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 */
export type AttributeValue =
  | { S: string }
  | { N: string }
  | { B: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: string[] }
  | { L: AttributeValue[] }
  | { M: Item }

/** Attribute name → value. A plain object: read names with `attribute`, write them with `setAttribute`. */
export type Item = { [name: string]: AttributeValue }

export type AttributeType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'SS' | 'NS' | 'BS' | 'L' | 'M'

/** A value seen through any of its members: what code that switches on the type reads. */
export interface AnyValue {
  readonly S?: string
  readonly N?: string
  readonly B?: string
  readonly BOOL?: boolean
  readonly NULL?: true
  readonly SS?: string[]
  readonly NS?: string[]
  readonly BS?: string[]
  readonly L?: AttributeValue[]
  readonly M?: Item
}

/** The type of a value: the name of its only member. */
export function typeOf(value: AttributeValue): AttributeType {
  for (const type in value) return type as AttributeType
  throw new Error('an attribute value has no member')
}

/** The item's own attribute `name`, never something inherited (`constructor`, `__proto__`). */
export function attribute(item: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined
}

/** Sets an own attribute, also one called `__proto__`. */
export function setAttribute(item: Item, name: string, value: AttributeValue): void {
  if (name === '__proto__') {
    Object.defineProperty(item, name, { value, enumerable: true, configurable: true, writable: true })
  } else {
    item[name] = value
  }
}

/** A copy whose maps and lists can be changed without changing the original's. Scalars and sets are shared. */
export function cloneItem(item: Item): Item {
  const copy: Item = {}
  for (const name of Object.keys(item)) setAttribute(copy, name, cloneValue(item[name]!))
  return copy
}

function cloneValue(value: AttributeValue): AttributeValue {
  if ('M' in value) return { M: cloneItem(value.M) }
  if ('L' in value) return { L: value.L.map(cloneValue) }
  return value
}
