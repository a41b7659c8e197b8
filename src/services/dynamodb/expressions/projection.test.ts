import { describe, expect, test } from 'vitest'
import type { Item } from '../attribute-value.ts'
import { compileProjection } from './expressions.ts'
import { Placeholders } from './placeholders.ts'
import { isReservedWord } from './reserved-words.ts'

const project = (text: string, item: Item, names?: Record<string, string>) =>
  compileProjection(text, new Placeholders(names))(item)

const n = (value: number) => ({ N: String(value) })
const item: Item = {
  a: n(1),
  m: { M: { x: n(2), y: { M: { z: n(3) } } } },
  l: { L: [n(0), { M: { k: n(4), j: n(5) } }, n(6)] },
}

describe('projections', () => {
  test.each<[string, Item]>([
    ['a', { a: n(1) }],
    ['m.x, a', { a: n(1), m: { M: { x: n(2) } } }],
    ['m.y.z, m.x', { m: { M: { x: n(2), y: { M: { z: n(3) } } } } }],
    ['l[2], l[0]', { l: { L: [n(0), n(6)] } }],
    ['l[1].k', { l: { L: [{ M: { k: n(4) } }] } }],
    ['absent, m.absent, l[7], a.b', {}],
  ])('%s', (text, expected) => {
    expect(project(text, item)).toEqual(expected)
  })

  test('names that every object inherits are not attributes', () => {
    expect(project('#a', item, { '#a': 'toString' })).toEqual({})
  })

  test.each([
    ['', 'The expression can not be empty;'],
    ['a,', 'Syntax error; token: "<EOF>", near: ","'],
    ['!!', 'Syntax error; token: "!", near: "!!"'],
    ['a b', 'Syntax error; token: "b", near: "a b"'],
    ['a[b]', 'Syntax error; token: "b", near: "[b]"'],
    ['a[0', 'Syntax error; token: "<EOF>", near: "0"'],
    [
      'a.b, a',
      'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a]',
    ],
    [
      'a, a',
      'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]',
    ],
    [
      'a.b, a[1]',
      'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [1]]',
    ],
    ['abort', 'Attribute name is a reserved keyword; reserved keyword: abort'],
  ])('%j is refused', (text, message) => {
    expect(() => project(text, item)).toThrow(`Invalid ProjectionExpression: ${message}`)
  })

  test('the published list of reserved words is whole', () => {
    for (const word of ['ABORT', 'Name', 'ttl', 'zone', 'FLATTERN', 'url', 'year', 'count'])
      expect(isReservedWord(word)).toBe(true)
    for (const word of ['pk', 'id', 'email', '']) expect(isReservedWord(word)).toBe(false)
  })
})
