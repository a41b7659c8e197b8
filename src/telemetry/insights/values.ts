/** What a field can be. Times are told as such in results, and count as their milliseconds. */
export type Value = string | number | Time | undefined
export interface Time {
  readonly atMs: number
}

/** Digits with a point, and an exponent: JavaScript would have blanks for 0, and 0x10 for 16. */
const decimal = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i

/** The number that a value is, or that its text says in decimal. */
export function numberOf(value: Value): number | undefined {
  if (value === undefined || (typeof value === 'string' && !decimal.test(value))) return undefined
  const number = typeof value === 'object' ? value.atMs : Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** A value as results tell it: numbers with at most four decimals. */
export function textOf(value: Value): string | undefined {
  if (typeof value === 'object') return new Date(value.atMs).toISOString().replace('T', ' ').replace('Z', '')
  if (typeof value === 'number') return String(Math.round(value * 10_000) / 10_000)
  return value
}

/** Numbers by size, all else by its text; what is absent comes first. */
export function compareValues(a: Value, b: Value): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  const [x, y] = [numberOf(a), numberOf(b)]
  if (x !== undefined && y !== undefined) return x - y
  const [s, t] = [textOf(a) ?? '', textOf(b) ?? '']
  return s < t ? -1 : s > t ? 1 : 0
}

/** What remembering a value takes besides its place, in values: a long text counts as several. */
export function weightOf(value: Value): number {
  return typeof value === 'string' ? Math.floor(value.length / charsOfValue) : 0
}
const charsOfValue = 1_000
