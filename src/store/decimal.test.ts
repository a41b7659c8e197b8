import { describe, expect, test } from 'vitest'
import fc from '../../test/fast-check.ts'
import { DecimalError, decimalText, packDecimal, parseDecimal, unpackDecimal } from './decimal.ts'

const digit = fc.integer({ min: 0, max: 9 })
const decimal = fc
  .record({
    negative: fc.boolean(),
    first: fc.integer({ min: 1, max: 9 }),
    rest: fc.array(digit, { maxLength: 37 }),
    exponent: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -130, max: 125 })),
  })
  .map(({ negative, first, rest, exponent }) => `${negative ? '-' : ''}${first}.${rest.join('')}e${exponent}`)
const any = fc.oneof(decimal, fc.constantFrom('0', '-0', '0.000', '1', '-1', '10', '9.9', '1e-130', '-1e125'))

/** The number as a whole count of 1E-168, exact. */
function exact(text: string): bigint {
  const { negative, digits, exponent } = parseDecimal(text)
  if (digits === '') return 0n
  const value = BigInt(digits) * 10n ** BigInt(168 + exponent - digits.length + 1)
  return negative ? -value : value
}

describe('decimals', () => {
  test('sort as bytes the way the numbers sort', () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        const [x, y] = [exact(a), exact(b)]
        expect(Buffer.compare(packDecimal(a), packDecimal(b))).toBe(x < y ? -1 : x > y ? 1 : 0)
      }),
      { numRuns: 5_000 },
    )
  })

  test('come back in their plain form, with the same value', () => {
    fc.assert(
      fc.property(any, (text) => {
        const plain = unpackDecimal(packDecimal(text))
        expect(plain).toBe(decimalText(parseDecimal(text)))
        expect(exact(plain)).toBe(exact(text))
        expect(plain).not.toMatch(/[eE+]|^-?0\d|\.$|\.\d*0$/)
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([
    ['1', '1'],
    ['+001.500', '1.5'],
    ['1e3', '1000'],
    ['-1.25E-2', '-0.0125'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['-0.0', '0'],
    ['99999999999999999999999999999999999999', '99999999999999999999999999999999999999'],
    ['100000000000000000000000000000000000000000', '100000000000000000000000000000000000000000'],
  ])('%s is %s', (written, plain) => expect(unpackDecimal(packDecimal(written))).toBe(plain))

  test.each([
    ['', 'syntax'],
    ['abc', 'syntax'],
    ['1e', 'syntax'],
    ['.', 'syntax'],
    ['1,5', 'syntax'],
    [' 1', 'syntax'],
    ['NaN', 'syntax'],
    ['Infinity', 'syntax'],
    ['0x10', 'syntax'],
    ['1'.repeat(5_000), 'syntax'],
    ['1'.repeat(39), 'precision'],
    ['1e126', 'overflow'],
    ['-1e126', 'overflow'],
    ['1e999999999999999999999', 'overflow'],
    ['1e-131', 'underflow'],
    ['1e-999999999999999999999', 'underflow'],
  ])('%s is refused for its %s', (text, reason) => {
    const refused = expect.objectContaining({ reason })
    expect(() => packDecimal(text)).toThrow(DecimalError)
    expect(() => packDecimal(text)).toThrow(refused)
  })

  test('other bytes are refused, never misread', () => {
    for (const bytes of [[], [0], [3], [3, 130], [1, 125, 50], [3, 130, 0], [3, 130, 200], [2, 1]]) {
      expect(() => unpackDecimal(Uint8Array.from(bytes))).toThrow('Not the bytes')
    }
  })
})
