/**
 * DynamoDB numbers: decimals of up to 38 significant digits, magnitude 1E-130 to 9.99…E+125, kept as plain text.
 * All arithmetic is exact; floating point is only used where it cannot round.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */

/** Why a text is not a storable number. */
export class DecimalError extends Error {}

export const maxDigits = 38
const maxMagnitude = 125
const minMagnitude = -130

interface Decimal {
  readonly negative: boolean
  /** Significant digits without leading or trailing zeros; empty for zero. */
  readonly digits: string
  /** Power of ten of the last digit. */
  readonly exponent: number
}

const plainInteger = /^-?[1-9]\d{0,14}$/
const numberShape = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

/** The one text that stands for the number `text`: no exponent, no superfluous zeros, no `-0`. Throws DecimalError. */
export function normalizeNumber(text: string): string {
  if (plainInteger.test(text) || text === '0') return text
  const decimal = parse(text)
  checkRange(decimal)
  return format(decimal)
}

/** Orders two normalised numbers: negative, zero or positive. */
export function compareNumbers(a: string, b: string): number {
  if (a === b) return 0
  // Decimals of at most 15 digits are distinct, and in the same order, as doubles.
  if (a.length <= 15 && b.length <= 15) return Number(a) - Number(b)
  const x = parse(a)
  const y = parse(b)
  if (x.negative !== y.negative) return x.negative ? -1 : 1
  const order = compareMagnitudes(x, y)
  return x.negative ? -order : order
}

/** Exact sum of two normalised numbers. Throws DecimalError when it does not fit. */
export function addNumbers(a: string, b: string): string {
  if (a.length <= 15 && b.length <= 15 && !a.includes('.') && !b.includes('.')) return String(Number(a) + Number(b))
  const x = parse(a)
  const y = parse(b)
  const exponent = Math.min(x.exponent, y.exponent)
  const sum = scaled(x, exponent) + scaled(y, exponent)
  const text = (sum < 0n ? -sum : sum).toString()
  const decimal = trimmed(sum < 0n, text, exponent)
  checkRange(decimal)
  return format(decimal)
}

/** Exact `a - b` of two normalised numbers. Throws DecimalError when it does not fit. */
export function subtractNumbers(a: string, b: string): string {
  return addNumbers(a, b === '0' ? b : b.startsWith('-') ? b.slice(1) : `-${b}`)
}

/** How many significant digits a normalised number has; what its size is counted from. */
export function significantDigits(text: string): number {
  return parse(text).digits.length
}

/**
 * At most 22 bytes for a normalised number, which sort as the numbers do: a byte for the sign, one for the power of ten
 * of the first digit, then two digits to a byte. Those of a negative number are inverted, and end in a byte above all.
 */
export function orderedBytes(text: string): Uint8Array {
  const { negative, digits, exponent } = parse(text)
  if (digits === '') return Uint8Array.of(0x80)
  const bytes = [0x81, digits.length + exponent - 1 - minMagnitude]
  for (let i = 0; i < digits.length; i += 2) bytes.push(1 + Number(digits.slice(i, i + 2).padEnd(2, '0')))
  return negative ? Uint8Array.from([...bytes.map((byte) => 0xff - byte), 0xff]) : Uint8Array.from(bytes)
}

function parse(text: string): Decimal {
  const match = numberShape.exec(text)
  const whole = match?.[2] ?? ''
  const fraction = match?.[3] ?? ''
  if (!match || (whole === '' && fraction === '')) {
    throw new DecimalError(`The parameter cannot be converted to a numeric value: ${text.slice(0, 200)}`)
  }
  return trimmed(match[1] === '-', whole + fraction, Number(match[4] ?? 0) - fraction.length)
}

function trimmed(negative: boolean, allDigits: string, lastExponent: number): Decimal {
  let start = 0
  let end = allDigits.length
  while (start < end && allDigits.charCodeAt(start) === 48) start++
  while (end > start && allDigits.charCodeAt(end - 1) === 48) end--
  if (start === end) return { negative: false, digits: '', exponent: 0 }
  return { negative, digits: allDigits.slice(start, end), exponent: lastExponent + allDigits.length - end }
}

function checkRange({ digits, exponent }: Decimal): void {
  if (digits === '') return
  const magnitude = digits.length + exponent - 1
  if (magnitude > maxMagnitude) {
    throw new DecimalError('Number overflow. Attempting to store a number with magnitude larger than supported range')
  }
  if (magnitude < minMagnitude) {
    throw new DecimalError('Number underflow. Attempting to store a number with magnitude smaller than supported range')
  }
  if (digits.length > maxDigits) {
    throw new DecimalError('Attempting to store more than 38 significant digits in a Number')
  }
}

function format({ negative, digits, exponent }: Decimal): string {
  if (digits === '') return '0'
  const sign = negative ? '-' : ''
  if (exponent >= 0) return sign + digits + '0'.repeat(exponent)
  const point = digits.length + exponent
  if (point > 0) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
  return `${sign}0.${'0'.repeat(-point)}${digits}`
}

function compareMagnitudes(x: Decimal, y: Decimal): number {
  if (x.digits === '' || y.digits === '') return x.digits.length - y.digits.length
  const byMagnitude = x.digits.length + x.exponent - (y.digits.length + y.exponent)
  if (byMagnitude !== 0) return byMagnitude
  return x.digits < y.digits ? -1 : x.digits > y.digits ? 1 : 0
}

function scaled(decimal: Decimal, exponent: number): bigint {
  if (decimal.digits === '') return 0n
  const magnitude = BigInt(decimal.digits) * 10n ** BigInt(decimal.exponent - exponent)
  return decimal.negative ? -magnitude : magnitude
}
