import type { ScalarShape } from '../kernel/model.ts'
import type { Violation } from './faults.ts'

/** What of the table is checked; each service's choice is in rules.ts. */
export interface Checks {
  /** Length, range, pattern and enum. */
  readonly constraints: boolean
  readonly required: boolean
}

/** Levels of structures, lists and maps in one input. Bounds the stack; services have lower limits of their own. */
export const deepest = 100

/** Unicode code points, which is what AWS counts. */
export function codePoints(text: string): number {
  let count = text.length
  for (let i = 0; i < text.length - 1; i++) {
    const high = text.charCodeAt(i)
    if (high >= 0xd800 && high < 0xdc00) {
      const low = text.charCodeAt(i + 1)
      if (low >= 0xdc00 && low < 0xe000) {
        count--
        i++
      }
    }
  }
  return count
}

const patterns = new Map<string, RegExp>()

/** The compiled pattern of a shape; it matches the whole string. */
export function patternOf(shape: ScalarShape): RegExp {
  const source = shape.js ?? shape.pattern!
  let regexp = patterns.get(source)
  if (!regexp) {
    regexp = new RegExp(`^(?:${source})$`, 'u')
    patterns.set(source, regexp)
  }
  return regexp
}

/** Longer strings are not matched: backtracking is superlinear, and no pattern of AWS is meant for such. */
export const longestMatched = 8192

/** Numbers a wire integer may have. Longs beyond 2^53 lose digits in JavaScript, as they do in the SDK. */
export const numberBounds: Readonly<Record<string, readonly [number, number]>> = {
  integer: [-2147483648, 2147483647],
  long: [-(2 ** 63), 2 ** 63],
}

const length = (bound: 'min' | 'max', n: number) =>
  `Member must have length ${bound === 'min' ? 'greater than or equal to' : 'less than or equal to'} ${n}`

/** The rules about its size that a length breaks. */
export function sizeRules(size: number, shape: { readonly min?: number; readonly max?: number }): string[] {
  const rules: string[] = []
  if (shape.min !== undefined && size < shape.min) rules.push(length('min', shape.min))
  if (shape.max !== undefined && size > shape.max) rules.push(length('max', shape.max))
  return rules
}

/** The rules of a scalar that a value (of the right type) breaks, in the order AWS prints them. */
export function scalarRules(value: unknown, shape: ScalarShape): { kind: Violation['kind']; rule: string }[] {
  if (typeof value === 'string') {
    const rules: { kind: Violation['kind']; rule: string }[] = []
    if (shape.min !== undefined || shape.max !== undefined) {
      for (const rule of sizeRules(codePoints(value), shape)) rules.push({ kind: 'length', rule })
    }
    if (shape.pattern !== undefined && (value.length > longestMatched || !patternOf(shape).test(value))) {
      rules.push({ kind: 'pattern', rule: `Member must satisfy regular expression pattern: ${shape.pattern}` })
    }
    if (shape.enum && !shape.enum.includes(value)) {
      rules.push({ kind: 'enum', rule: `Member must satisfy enum value set: [${shape.enum.join(', ')}]` })
    }
    return rules
  }
  if (typeof value === 'number') {
    const than = (word: string, n: number) => ({
      kind: 'range' as const,
      rule: `Member must have value ${word} than or equal to ${n}`,
    })
    if (shape.min !== undefined && value < shape.min) return [than('greater', shape.min)]
    if (shape.max !== undefined && value > shape.max) return [than('less', shape.max)]
    return []
  }
  if (value instanceof Uint8Array) return sizeRules(value.length, shape).map((rule) => ({ kind: 'length', rule }))
  return []
}
