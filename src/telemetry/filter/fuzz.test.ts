import { describe, expect, test } from 'vitest'
import fc from '../../../test/fast-check.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { parseFilter, wildcard } from './pattern.ts'

/** The filter of a pattern, or undefined when it is refused as it should be. */
function filterOf(pattern: string) {
  try {
    return parseFilter(pattern)
  } catch (error) {
    if (!isAwsError(error, 'InvalidParameterException')) throw error
    return undefined
  }
}

const word = fc.stringMatching(/^[a-z]{1,6}$/)
const piece = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '"',
    '\\',
    ',',
    ' ',
    '*',
    '-',
    '?',
    '%',
    '...',
    '&&',
    '||',
    '$.a',
    '$.a[0]',
    '$["b"]',
  ],
  ...[
    '$',
    '$.',
    '$.a[*]',
    '=',
    '!=',
    '<',
    '>=',
    'IS',
    'NULL',
    'TRUE',
    'NOT',
    'EXISTS',
    '1',
    '1.5e3',
    '-0',
    'a',
    'é',
    '\u0000',
    '\n',
  ],
)
const pattern = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.array(piece, { maxLength: 14 }).map((all) => all.join('')),
  fc.array(piece, { maxLength: 12 }).map((all) => `{ ${all.join(' ')} }`),
  fc.array(piece, { maxLength: 12 }).map((all) => `[${all.join(' ')}]`),
)
const message = fc.oneof(
  fc.string(),
  fc.json(),
  fc.json().map((inner) => `{"a":${inner},"b":[${inner}]}`),
  fc.array(word).map((all) => all.join(' ')),
)

describe('log filter patterns', () => {
  test('any text is a pattern or refused, and a pattern answers yes or no to any message', () => {
    let accepted = 0
    fc.assert(
      fc.property(pattern, fc.array(message, { maxLength: 4 }), (text, messages) => {
        const filter = filterOf(text)
        if (!filter) return
        accepted += 1
        for (const one of messages) expect(typeof filter(one)).toBe('boolean')
      }),
      { numRuns: 5_000 },
    )
    expect(accepted).toBeGreaterThan(500)
  })

  test('words are all there, or none of the unwanted is', () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 3 }),
        fc.array(word, { maxLength: 2 }),
        fc.array(word),
        (all, none, line) => {
          const text = line.join(' ')
          const expected = all.every((one) => text.includes(one)) && !none.some((one) => text.includes(one))
          expect(parseFilter([...all, ...none.map((one) => `-${one}`)].join(' '))(text)).toBe(expected)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('a wildcard matches what a regular expression would', () => {
    const letters = (from: string) => fc.string({ unit: fc.constantFrom(...from), maxLength: 12 })
    fc.assert(
      fc.property(letters('ab*'), letters('ab'), (glob, text) => {
        expect(wildcard(glob)(text)).toBe(new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(text))
      }),
      { numRuns: 5_000 },
    )
  })

  test('a regular expression matches what JavaScript’s would', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '[a-c]', '\\d', '\\W', '\\x61', '\\.')
    const times = fc.constantFrom('', '', '?', '*', '+', '{2}', '{1,}', '{0,2}')
    const pieces = fc.array(
      fc.tuple(atom, times).map((both) => both.join('')),
      { minLength: 1, maxLength: 5 },
    )
    const alternative = fc
      .tuple(fc.constantFrom('', '^'), pieces, fc.constantFrom('', '$'))
      .map(([begin, all, end]) => `${begin}${all.join('')}${end}`)
    const source = fc.array(alternative, { minLength: 1, maxLength: 3 }).map((all) => all.join('|'))
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '.', ' '), maxLength: 10 })
    fc.assert(
      fc.property(source, text, (expression, line) => {
        expect(parseFilter(`%${expression}%`)(line)).toBe(new RegExp(expression, 's').test(line))
      }),
      { numRuns: 5_000 },
    )
  })

  test('comparisons of numbers are those of JavaScript', () => {
    const compare = {
      '=': (a: number, b: number) => a === b,
      '<': (a: number, b: number) => a < b,
      '>=': (a: number, b: number) => a >= b,
    } as const
    const number = fc.integer({ min: -50, max: 50 }).map((n) => n / 4)
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(compare) as (keyof typeof compare)[])),
        number,
        number,
        (operator, given, bound) => {
          const holds = compare[operator](given, bound)
          expect(parseFilter(`{ $.n ${operator} ${bound} }`)(JSON.stringify({ n: given }))).toBe(holds)
          expect(parseFilter(`[first, n ${operator} ${bound}]`)(`x ${given}`)).toBe(holds)
        },
      ),
    )
  })

  test.each([
    ['a comparison of text that holds an operator', '{ $.a = "x>=y" }', '{"a":"x>=y"}', true],
    ['a field compared with text that holds an operator', '[a = "x>=y"]', 'x>=y', true],
    ['a field compared with text that holds a comma', '[a = "x,y", b]', '"x,y" z', true],
    ['a field compared with text that holds both joints', '[a = "x&&y||z"]', 'x&&y||z', true],
    ['the length of a list, which is no member', '{ $.a.length = 1 }', '{"a":[1]}', false],
    ['members that every object has', '{ $.constructor EXISTS }', '{}', false],
    ['a member named like the prototype', '{ $.__proto__ = 1 }', '{"__proto__":1}', true],
  ])('%s', (_, text, line, expected) => {
    expect(parseFilter(text)(line)).toBe(expected)
  })

  test('what takes long takes no longer with length', () => {
    const stars = `{ $.a = "${'a*'.repeat(400)}b" }`
    expect(parseFilter(stars)(JSON.stringify({ a: 'a'.repeat(200_000) }))).toBe(false)
    expect(
      parseFilter(`{ ${Array(60).fill('$.a[*].a = 1').join(' || ')} }`)(
        `{"a":[${Array(20_000).fill('{"a":2}').join(',')}]}`,
      ),
    ).toBe(false)
    expect(parseFilter('{ $.a = 1 }')(`${'['.repeat(100_000)}`)).toBe(false)
    expect(parseFilter('[a, ..., b]')(`${'[ '.repeat(130_000)}`)).toBe(true)
  }, 30_000)
})
