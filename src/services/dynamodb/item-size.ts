import type { AnyValue, AttributeValue, Item } from './attribute-value.ts'
import { significantDigits } from './decimal.ts'

/** The largest item, names included. */
export const maxItemBytes = 400 * 1024

/**
 * Bytes of an item as DynamoDB counts them, for limits, pages and capacity.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemSizeBytes(item: Item): number {
  let sizeBytes = 0
  for (const name of Object.keys(item)) sizeBytes += Buffer.byteLength(name) + valueSizeBytes(item[name]!)
  return sizeBytes
}

/** Bytes of one value, without its name. */
export function valueSizeBytes(attributeValue: AttributeValue): number {
  const value: AnyValue = attributeValue
  if (value.S !== undefined) return Buffer.byteLength(value.S)
  if (value.N !== undefined) return numberSizeBytes(value.N)
  if (value.B !== undefined) return base64SizeBytes(value.B)
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemSizeBytes(value.M)
  if (value.L !== undefined) return value.L.reduce((total, element) => total + 1 + valueSizeBytes(element), 3)
  if (value.SS !== undefined) return value.SS.reduce((total, member) => total + Buffer.byteLength(member), 0)
  if (value.NS !== undefined) return value.NS.reduce((total, member) => total + numberSizeBytes(member), 0)
  if (value.BS !== undefined) return value.BS.reduce((total, member) => total + base64SizeBytes(member), 0)
  return 1
}

/** About one byte for two digits, one more, and one for a sign: 21 at most. */
function numberSizeBytes(text: string): number {
  const negative = text.startsWith('-')
  const short = text.length <= 3 && !text.includes('.') && !text.endsWith('0')
  const digits = short ? text.length - (negative ? 1 : 0) : significantDigits(text)
  return Math.ceil(digits / 2) + 1 + (negative ? 1 : 0)
}

/** How many bytes canonical base64 text stands for. */
export function base64SizeBytes(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding
}
