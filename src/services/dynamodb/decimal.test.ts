import { describe, expect, test } from 'vitest'
import { addNumbers, compareNumbers, normalizeNumber, subtractNumbers } from './decimal.ts'

const nines = '9'.repeat(38)

describe('numbers', () => {
  test.each([
    ['007', '7'],
    ['-0', '0'],
    ['1.500', '1.5'],
    ['1.5E2', '150'],
    ['.5', '0.5'],
    ['-12.0e-1', '-1.2'],
    ['1e125', `1${'0'.repeat(125)}`],
    ['1e-130', `0.${'0'.repeat(129)}1`],
    ['100000000000000000000000000000000000000000', `1${'0'.repeat(41)}`],
  ])('%s is kept as %s', (text, normal) => {
    expect(normalizeNumber(text)).toBe(normal)
  })

  test.each(['', 'abc', '1e', '--1', '1 ', '0x10', 'NaN', 'Infinity', '1_000', '.'])('%j is no number', (text) => {
    expect(() => normalizeNumber(text)).toThrow('The parameter cannot be converted to a numeric value')
  })

  test('what does not fit is refused by kind', () => {
    expect(() => normalizeNumber('1e126')).toThrow('Number overflow')
    expect(() => normalizeNumber('1e-131')).toThrow('Number underflow')
    expect(() => normalizeNumber(`${nines}1`)).toThrow('more than 38 significant digits')
  })

  test('sums and differences are exact where doubles are not', () => {
    expect(addNumbers('0.1', '0.2')).toBe('0.3')
    expect(addNumbers('9007199254740993', '1')).toBe('9007199254740994')
    expect(subtractNumbers(nines, '1')).toBe(`${'9'.repeat(37)}8`)
    expect(addNumbers('1', '-1')).toBe('0')
    expect(subtractNumbers('-5', '-5.5')).toBe('0.5')
    expect(addNumbers('999999999999999', '999999999999999')).toBe('1999999999999998')
    expect(addNumbers('0', `1${'0'.repeat(40)}`)).toBe(`1${'0'.repeat(40)}`)
  })

  test('a sum that needs more than 38 digits is refused, not rounded', () => {
    expect(() => addNumbers(nines, '0.1')).toThrow('more than 38 significant digits')
    expect(addNumbers(nines, '1')).toBe(`1${'0'.repeat(38)}`)
  })

  test('order is numeric at every length', () => {
    const ordered = [
      `-1${'0'.repeat(50)}`,
      '-10',
      '-9.5',
      '-0.001',
      '0',
      `0.${'0'.repeat(100)}1`,
      '2',
      '10',
      nines,
      `1${'0'.repeat(60)}`,
    ]
    for (let i = 0; i < ordered.length; i++) {
      for (let j = 0; j < ordered.length; j++) {
        expect(Math.sign(compareNumbers(ordered[i]!, ordered[j]!)), `${ordered[i]} ? ${ordered[j]}`).toBe(
          Math.sign(i - j),
        )
      }
    }
  })
})
