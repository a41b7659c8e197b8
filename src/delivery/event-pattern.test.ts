import { describe, expect, test } from 'vitest'
import { PatternError, parsePattern } from './event-pattern.ts'

const matches = (pattern: object, event: unknown) => parsePattern(JSON.stringify(pattern))(event)

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
    ['a prefix in any case', { a: [{ prefix: { 'equals-ignore-case': 'AB' } }] }, { a: 'aBc' }, true],
    ['a suffix in any case', { a: [{ suffix: { 'equals-ignore-case': '.PNG' } }] }, { a: 'x.png' }, true],
    ['anything but a number', { a: [{ 'anything-but': 1 }] }, { a: 1 }, false],
    ['anything but several prefixes', { a: [{ 'anything-but': { prefix: ['x', 'y'] } }] }, { a: 'yz' }, false],
    ['anything but a suffix', { a: [{ 'anything-but': { suffix: '.tmp' } }] }, { a: 'a.txt' }, true],
    ['anything but a suffix, of a number', { a: [{ 'anything-but': { suffix: '1' } }] }, { a: 1 }, true],
    ['anything but letters', { a: [{ 'anything-but': { 'equals-ignore-case': ['init'] } }] }, { a: 'INIT' }, false],
    ['anything but a wildcard', { a: [{ 'anything-but': { wildcard: '*/lib/*' } }] }, { a: 'x/lib/y' }, false],
    ['anything but, of what is not there', { a: [{ 'anything-but': ['x'] }] }, {}, false],
    ['a wildcard', { a: [{ wildcard: 'dir/*.p*g' }] }, { a: 'dir/a/b.png' }, true],
    ['a wildcard that ends elsewhere', { a: [{ wildcard: 'dir/*.png' }] }, { a: 'dir/a.jpg' }, false],
    ['a wildcard whose parts would overlap', { a: [{ wildcard: 'ab*ba' }] }, { a: 'aba' }, false],
    ['a wildcard for nothing', { a: [{ wildcard: 'ab*' }] }, { a: 'ab' }, true],
    ['an escaped star', { a: [{ wildcard: 'a\\*b*' }] }, { a: 'a*bc' }, true],
    ['an escaped star, and another letter', { a: [{ wildcard: 'a\\*b*' }] }, { a: 'axbc' }, false],
    ['an address in a network', { a: [{ cidr: '10.0.0.0/24' }] }, { a: '10.0.0.77' }, true],
    ['an address of another network', { a: [{ cidr: '10.0.0.0/24' }] }, { a: '10.0.1.1' }, false],
    ['an IPv6 address', { a: [{ cidr: '2001:db8::/32' }] }, { a: '2001:db8:1::1' }, true],
    ['no address', { a: [{ cidr: '10.0.0.0/24' }] }, { a: 'localhost' }, false],
    ['exactly a number', { a: [{ numeric: ['=', 3.018e2] }] }, { a: 301.8 }, true],
    ['no object where a value should be', { a: [{ exists: true }] }, { a: { b: 1 } }, false],
    ['an empty list as absent', { a: [{ exists: false }] }, { a: [] }, true],
    [
      'one object of a list in all its fields',
      { a: { b: [1], c: [2] } },
      {
        a: [
          { b: 1, c: 0 },
          { b: 0, c: 2 },
        ],
      },
      false,
    ],
    ['$or inside fields, beside others', { d: { $or: [{ a: [1] }, { b: [2] }], c: [3] } }, { d: { b: 2, c: 3 } }, true],
    ['nothing inherited', { constructor: [{ exists: true }] }, {}, false],
  ])('%s', (_name, pattern, event, expected) => {
    expect(matches(pattern, event)).toBe(expected)
  })

  test('takes no more than linear time, whatever the wildcard and the value', () => {
    const a = `${'a'.repeat(100_000)}b`
    expect(matches({ v: [{ wildcard: `${'*a'.repeat(400)}*c*b` }] }, { v: a })).toBe(false)
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
    '{"a":[{"constructor":"x"}]}',
    '{"a":[{"prefix":{"suffix":"x"}}]}',
    '{"a":[{"wildcard":"a**b"}]}',
    '{"a":[{"wildcard":"a\\\\b"}]}',
    '{"a":[{"cidr":"10.0.0.0/33"}]}',
    '{"a":[{"cidr":"10.0.0.0"}]}',
    '{"a":[{"numeric":["<",6000000000]}]}',
    '{"a":[{"numeric":["<",1,">",0,"=",1]}]}',
    '{"a":[{"anything-but":[1,"x"]}]}',
    '{"a":[{"anything-but":[null]}]}',
    '{"a":[{"anything-but":[]}]}',
    '{"a":[{"anything-but":{"numeric":["=",1]}}]}',
    `{"a":[${'1,'.repeat(5_000)}1]}`,
    `${'{"a":'.repeat(100)}[1]${'}'.repeat(100)}`,
  ])('that is none is refused: %s', (text) => {
    expect(() => parsePattern(text)).toThrow(PatternError)
  })
})

test('a comparison that is an object with a toString of its own is no comparison', () => {
  expect(() => parsePattern('{"a":[{"numeric":[{"toString":""},1]}]}')).toThrow('numeric takes')
})
