/**
 * Decimal numbers of up to 38 significant digits and magnitudes from 1E-130 to 9.99…E+125, as DynamoDB has them, as byte
 * strings that sort as the numbers do.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 *
 * | number   | bytes                                                                                       |
 * |----------|---------------------------------------------------------------------------------------------|
 * | positive | 03, exponent + 130, the digits in pairs, each pair + 1                                        |
 * | zero     | 02                                                                                          |
 * | negative | 01, then as for the positive but each byte taken from 255 (exponent) or 101 (pairs), then 102 |
 *
 * The exponent is that of the first digit: 7 and 7.5 have 0, 0.07 has -2. The final 102 puts -7 after -7.5.
 */
export interface Decimal {
  readonly negative: boolean
  /** Without zeros at either end; empty for 0. */
  readonly digits: string
  /** Of the first digit. */
  readonly exponent: number
}

/** Why a text is no decimal number, in DynamoDB's words. */
export class DecimalError extends Error {
  readonly reason: 'syntax' | 'precision' | 'overflow' | 'underflow'
  constructor(reason: DecimalError['reason'], message: string) {
    super(message)
    this.name = 'DecimalError'
    this.reason = reason
  }
}

export const decimalLimits = { digits: 38, smallestExponent: -130, largestExponent: 125 } as const
const sign = { negative: 0x01, zero: 0x02, positive: 0x03 } as const
const afterNegative = 102
/** Longer than any sensible way to write the longest number, short enough to cost nothing. */
const textAtMost = 1_000

const syntax = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?$/

/** Throws DecimalError. */
export function parseDecimal(text: string): Decimal {
  const match = text.length <= textAtMost ? syntax.exec(text) : null
  if (!match) {
    const shown = text === '' ? '' : `: ${text.slice(0, 100)}`
    throw new DecimalError('syntax', `The parameter cannot be converted to a numeric value${shown}`)
  }
  const whole = match[2] ?? ''
  const all = whole + (match[3] ?? match[4] ?? '')
  const leading = /^0*/.exec(all)![0].length
  const digits = all.slice(leading).replace(/0+$/, '')
  if (digits === '') return { negative: false, digits: '', exponent: 0 }
  const exponent = whole.length - 1 - leading + Number(match[5] ?? 0)
  if (digits.length > decimalLimits.digits) {
    throw new DecimalError('precision', 'Attempting to store more than 38 significant digits in a Number')
  }
  if (exponent > decimalLimits.largestExponent) {
    throw new DecimalError(
      'overflow',
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    )
  }
  if (exponent < decimalLimits.smallestExponent) {
    throw new DecimalError(
      'underflow',
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    )
  }
  return { negative: match[1] === '-', digits, exponent }
}

/** Without an exponent, as DynamoDB returns numbers: 1.50E2 becomes 150. */
export function decimalText({ negative, digits, exponent }: Decimal): string {
  if (digits === '') return '0'
  const minus = negative ? '-' : ''
  if (exponent < 0) return `${minus}0.${'0'.repeat(-exponent - 1)}${digits}`
  if (digits.length <= exponent + 1) return minus + digits.padEnd(exponent + 1, '0')
  return `${minus}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`
}

/** The bytes that sort as the numbers do; equal numbers have equal bytes however they were written. Throws DecimalError. */
export function packDecimal(text: string): Buffer {
  const { negative, digits, exponent } = parseDecimal(text)
  if (digits === '') return Buffer.of(sign.zero)
  const pairs = (digits.length + 1) >> 1
  const bytes = Buffer.allocUnsafe(2 + pairs + (negative ? 1 : 0))
  const biased = exponent - decimalLimits.smallestExponent
  bytes[0] = negative ? sign.negative : sign.positive
  bytes[1] = negative ? 255 - biased : biased
  for (let i = 0; i < pairs; i++) {
    const pair = Number(digits.slice(i * 2, i * 2 + 2).padEnd(2, '0')) + 1
    bytes[2 + i] = negative ? 101 - pair : pair
  }
  if (negative) bytes[2 + pairs] = afterNegative
  return bytes
}

/** The number that `packDecimal` was given, in its plain form. Throws for bytes that it did not write. */
export function unpackDecimal(bytes: Uint8Array): string {
  if (bytes[0] === sign.zero && bytes.length === 1) return '0'
  const negative = bytes[0] === sign.negative
  const end = negative ? bytes.length - 1 : bytes.length
  if ((!negative && bytes[0] !== sign.positive) || end < 3 || (negative && bytes[end] !== afterNegative)) {
    throw new Error('Not the bytes of a decimal number.')
  }
  let digits = ''
  for (let i = 2; i < end; i++) {
    const pair = (negative ? 101 - bytes[i]! : bytes[i]!) - 1
    if (pair < 0 || pair > 99) throw new Error('Not the bytes of a decimal number.')
    digits += String(pair).padStart(2, '0')
  }
  const biased = negative ? 255 - bytes[1]! : bytes[1]!
  return decimalText({
    negative,
    digits: digits.replace(/0$/, ''),
    exponent: biased + decimalLimits.smallestExponent,
  })
}
