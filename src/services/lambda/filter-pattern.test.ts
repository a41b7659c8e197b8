import { describe, expect, test } from 'vitest'
import { readPattern } from './filter-pattern.ts'

const matches = (pattern: object, event: unknown) => readPattern(JSON.stringify(pattern))(event)

describe('a pattern', () => {
  test.each<[string, object, unknown, boolean]>([
    ['a value', { a: ['x'] }, { a: 'x' }, true],
    ['one of several values', { a: ['y', 'x'] }, { a: 'x' }, true],
    ['a number, not its text', { a: [1] }, { a: '1' }, false],
    ['null and true', { a: [null], b: [true] }, { a: null, b: true }, true],
    ['nothing for what is not there', { a: [null] }, {}, false],
    ['inside objects', { a: { b: ['x'] } }, { a: { b: 'x' } }, true],
    ['one item of a list', { a: ['x'] }, { a: ['z', 'x'] }, true],
    ['inside objects of a list', { a: { b: [2] } }, { a: [{ b: 1 }, { b: 2 }] }, true],
    ['all fields', { a: [1], b: [2] }, { a: 1, b: 3 }, false],
    ['prefix', { a: [{ prefix: 'ab' }] }, { a: 'abc' }, true],
    ['suffix', { a: [{ suffix: 'bc' }] }, { a: 'abc' }, true],
    ['case', { a: [{ 'equals-ignore-case': 'ABC' }] }, { a: 'abc' }, true],
    ['anything but a value', { a: [{ 'anything-but': ['x', 'y'] }] }, { a: 'z' }, true],
    ['anything but, when it is that', { a: [{ 'anything-but': ['x'] }] }, { a: 'x' }, false],
    ['anything but a prefix', { a: [{ 'anything-but': { prefix: 'x' } }] }, { a: 'xy' }, false],
    ['a range', { a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 5 }, true],
    ['out of a range', { a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 6 }, false],
    ['what is there', { a: [{ exists: true }] }, { a: null }, true],
    ['what is not there', { a: [{ exists: false }] }, { b: 1 }, true],
    ['either of two', { $or: [{ a: [1] }, { b: [2] }] }, { b: 2 }, true],
    ['neither of two', { $or: [{ a: [1] }, { b: [2] }] }, { b: 1 }, false],
    ['nothing inherited', { constructor: [{ exists: true }] }, {}, false],
  ])('%s', (_name, pattern, event, expected) => {
    expect(matches(pattern, event)).toBe(expected)
  })

  test.each([
    'no json',
    '[]',
    '"x"',
    '{"a":"x"}',
    '{"a":[]}',
    '{"a":[["x"]]}',
    '{"a":[{"like":"x"}]}',
    '{"a":[{"prefix":1}]}',
    '{"a":[{"prefix":"x","suffix":"y"}]}',
    '{"a":[{"numeric":["~",1]}]}',
    '{"a":[{"exists":"yes"}]}',
    '{"$or":[{"a":[1]}]}',
    `${'{"a":'.repeat(100)}[1]${'}'.repeat(100)}`,
  ])('that is none is refused: %s', (text) => {
    expect(() => readPattern(text)).toThrow(/^Invalid filter pattern definition/)
  })
})
