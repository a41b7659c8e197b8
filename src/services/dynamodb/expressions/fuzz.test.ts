import { describe, expect, test } from 'vitest'
import fc from '../../../../test/fast-check.ts'
import { isAwsError } from '../../../kernel/errors.ts'
import { type AttributeValue, cloneItem, type Item, setAttribute } from '../attribute-value.ts'
import { compileCondition, compileKeyCondition, compileProjection, compileUpdate } from './expressions.ts'
import { Placeholders } from './placeholders.ts'

const names = { '#a': 'a', '#p': '__proto__', '#c': 'constructor' }
const values: Record<string, AttributeValue> = {
  ':n': { N: '1' },
  ':s': { S: 'x' },
  ':l': { L: [{ N: '1' }] },
  ':t': { SS: ['x'] },
  ':m': { M: { b: { N: '2' } } },
}
const keys = { partition: { name: 'a', type: 'S' }, sort: { name: 'b', type: 'N' } } as const

const word = fc.constantFrom(
  ...'a b a.b l[0] l[1].b m.b #a #p #c.b :n :s :l :t :m ( ) [ ] , . + - = <> < <= > >= AND OR NOT BETWEEN IN'.split(
    ' ',
  ),
  ...'SET REMOVE ADD DELETE size( begins_with( contains( attribute_exists( attribute_type( if_not_exists('.split(' '),
  ...'list_append( name # : 12 [99999999999] " \u0000 é 💥'.split(' '),
)
const soup = fc.array(word, { maxLength: 24 }).map((words) => words.join(' '))
const anything = fc.oneof(soup, fc.string({ unit: 'binary', maxLength: 60 }))
const item: Item = {
  a: { S: 'x' },
  b: { N: '2' },
  l: { L: [{ N: '1' }, { M: { b: { S: 'y' } } }] },
  m: { M: { b: { N: '1' } } },
}
setAttribute(item, '__proto__', { M: { b: { N: '1' } } })

/** Either it works, or it is a ValidationException: never another error. */
function tolerated(run: () => void): void {
  try {
    run()
  } catch (error) {
    if (!isAwsError(error, 'ValidationException')) throw error
  }
}

describe('any text', () => {
  test('is an expression or a ValidationException', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const placeholders = () => new Placeholders(names, values)
        tolerated(() => compileCondition('ConditionExpression', text, placeholders())(item))
        tolerated(() => compileProjection(text, placeholders())(item))
        tolerated(() => compileKeyCondition(text, placeholders(), keys))
        tolerated(() => compileUpdate(text, placeholders())(item))
      }),
      { numRuns: 3_000 },
    )
  })

  test('as an update leaves the item it is given alone', () => {
    const before = JSON.stringify(item)
    const clause = fc
      .tuple(fc.constantFrom('SET', 'REMOVE', 'ADD', 'DELETE'), fc.array(word, { minLength: 1, maxLength: 8 }))
      .map(([keyword, words]) => `${keyword} ${words.join(' ')}`)
    fc.assert(
      fc.property(clause, (text) => {
        tolerated(() => compileUpdate(text, new Placeholders(names, values))(item))
        expect(JSON.stringify(item)).toBe(before)
      }),
      { numRuns: 3_000 },
    )
  })

  test.each(['(', 'NOT ', 'a.', 'size(', 'a[', 'if_not_exists('])('repeated %j does not exhaust the stack', (part) => {
    for (const repeats of [100, 1_000, 4_000]) {
      const text = part.repeat(repeats)
      tolerated(() => compileCondition('FilterExpression', text, new Placeholders()))
      tolerated(() => compileUpdate(`SET a = ${text}`, new Placeholders()))
      tolerated(() => compileProjection(text, new Placeholders()))
    }
  })

  test('a clone shares nothing that could be changed', () => {
    const copy = cloneItem(item)
    expect(JSON.stringify(copy)).toBe(JSON.stringify(item))
    expect(copy.l).not.toBe(item.l)
  })
})
