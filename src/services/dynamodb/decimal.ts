import { type Decimal, DecimalError, decimalText, parseDecimal } from '../../store/decimal.ts'

/*
 * Arithmetic of DynamoDB numbers as normalised text. It is exact; floating point is only used where it cannot round.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */

export { DecimalError }

const plainInteger = /^-?[1-9]\d{0,14}$/

/** The one text that stands for the number `text`: no exponent, no superfluous zeros, no `-0`. Throws DecimalError. */
export function normalizeNumber(text: string): string {
  return plainInteger.test(text) || text === '0' ? text : decimalText(parseDecimal(text))
}

/** Orders two normalised numbers: negative, zero or positive. */
export function compareNumbers(a: string, b: string): number {
  if (a === b) return 0
  // Decimals of at most 15 digits are distinct, and in the same order, as doubles.
  if (a.length <= 15 && b.length <= 15) return Number(a) - Number(b)
  const x = parseDecimal(a)
  const y = parseDecimal(b)
  if (x.negative !== y.negative) return x.negative ? -1 : 1
  const order = compareMagnitudes(x, y)
  return x.negative ? -order : order
}

/** Exact sum of two normalised numbers. Throws DecimalError when it does not fit. */
export function addNumbers(a: string, b: string): string {
  if (a.length <= 15 && b.length <= 15 && !a.includes('.') && !b.includes('.')) return String(Number(a) + Number(b))
  const x = parseDecimal(a)
  const y = parseDecimal(b)
  const unit = Math.min(lastExponent(x), lastExponent(y))
  return normalizeNumber(`${scaled(x, unit) + scaled(y, unit)}E${unit}`)
}

/** Exact `a - b` of two normalised numbers. Throws DecimalError when it does not fit. */
export function subtractNumbers(a: string, b: string): string {
  return addNumbers(a, b === '0' ? b : b.startsWith('-') ? b.slice(1) : `-${b}`)
}

/** How many significant digits a normalised number has; what its size is counted from. */
export function significantDigits(text: string): number {
  return parseDecimal(text).digits.length
}

function compareMagnitudes(x: Decimal, y: Decimal): number {
  if (x.digits === '' || y.digits === '') return x.digits.length - y.digits.length
  if (x.exponent !== y.exponent) return x.exponent - y.exponent
  return x.digits < y.digits ? -1 : x.digits > y.digits ? 1 : 0
}

/** The power of ten of the last digit. */
function lastExponent({ digits, exponent }: Decimal): number {
  return exponent - digits.length + 1
}

/** The number in units of ten to the `unit`. */
function scaled(decimal: Decimal, unit: number): bigint {
  if (decimal.digits === '') return 0n
  const magnitude = BigInt(decimal.digits) * 10n ** BigInt(lastExponent(decimal) - unit)
  return decimal.negative ? -magnitude : magnitude
}
