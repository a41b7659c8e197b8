import { type AnyValue, type AttributeValue, attribute, typeOf } from './attribute-value.ts'
import { compareNumbers } from './decimal.ts'

/** Whether two values are equal: same type, numbers by value, sets without order, maps and lists deeply. */
export function valuesEqual(a: AttributeValue, b: AttributeValue): boolean {
  const type = typeOf(a)
  if (type !== typeOf(b)) return false
  const x: AnyValue = a
  const y: AnyValue = b
  switch (type) {
    case 'L':
      return x.L!.length === y.L!.length && x.L!.every((element, i) => valuesEqual(element, y.L![i]!))
    case 'M': {
      const names = Object.keys(x.M!)
      if (names.length !== Object.keys(y.M!).length) return false
      return names.every((name) => {
        const other = attribute(y.M!, name)
        return other !== undefined && valuesEqual(x.M![name]!, other)
      })
    }
    case 'SS':
    case 'NS':
    case 'BS': {
      const members = x[type]!
      const others = new Set(y[type]!)
      return members.length === others.size && members.every((member) => others.has(member))
    }
    default:
      return x[type] === y[type]
  }
}

/** Orders two values of one scalar type (S, N or B); undefined when they cannot be ordered. */
export function compareValues(a: AttributeValue, b: AttributeValue): number | undefined {
  if ('S' in a && 'S' in b) return compareText(a.S, b.S)
  if ('N' in a && 'N' in b) return compareNumbers(a.N, b.N)
  if ('B' in a && 'B' in b) return Buffer.compare(Buffer.from(a.B, 'base64'), Buffer.from(b.B, 'base64'))
  return undefined
}

/** Orders strings by their UTF-8 bytes, as sort keys are; JavaScript's own order differs beyond U+FFFF. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    // A surrogate stands for a code point above every other unit.
    const xHigh = x >= 0xd800 && x <= 0xdfff
    const yHigh = y >= 0xd800 && y <= 0xdfff
    return xHigh === yHigh ? x - y : xHigh ? 1 : -1
  }
  return a.length - b.length
}

/** Whether `whole` begins with `start`; both strings or both binary, else false. */
export function beginsWith(whole: AttributeValue, start: AttributeValue): boolean {
  if ('S' in whole && 'S' in start) return whole.S.startsWith(start.S)
  if (!('B' in whole && 'B' in start)) return false
  const bytes = Buffer.from(start.B, 'base64')
  return Buffer.from(whole.B, 'base64').subarray(0, bytes.length).equals(bytes)
}

/** Whether a string or binary has `part` within it, or a set or list has it as a member. */
export function containsValue(whole: AttributeValue, part: AttributeValue): boolean {
  if ('S' in whole) return 'S' in part && whole.S.includes(part.S)
  if ('B' in whole) return 'B' in part && Buffer.from(whole.B, 'base64').includes(Buffer.from(part.B, 'base64'))
  if ('SS' in whole) return 'S' in part && whole.SS.includes(part.S)
  if ('NS' in whole) return 'N' in part && whole.NS.includes(part.N)
  if ('BS' in whole) return 'B' in part && whole.BS.includes(part.B)
  if ('L' in whole) return whole.L.some((element) => valuesEqual(element, part))
  return false
}
