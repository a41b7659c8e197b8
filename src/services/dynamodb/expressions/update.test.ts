import { describe, expect, test } from 'vitest'
import type { AttributeValue, Item } from '../attribute-value.ts'
import { compileUpdate } from './expressions.ts'
import { Placeholders } from './placeholders.ts'

function updated(text: string, item: Item, values?: Record<string, AttributeValue>, names?: Record<string, string>) {
  const placeholders = new Placeholders(names, values)
  const update = compileUpdate(text, placeholders)
  placeholders.checkAllUsed()
  const before = JSON.stringify(item)
  const after = update(item)
  expect(JSON.stringify(item), 'the item given stays as it is').toBe(before)
  return after
}

const one = { ':v': { N: '1' } }
const n = (value: number | string): AttributeValue => ({ N: String(value) })
const s = (value: string): AttributeValue => ({ S: value })

describe('updates', () => {
  test.each<[string, Item, Record<string, AttributeValue> | undefined, Item]>([
    ['SET a = :v', {}, one, { a: n(1) }],
    ['set a = :v, b = :v', { b: n(2) }, one, { b: n(1), a: n(1) }],
    ['SET a = a + :v', { a: n(5) }, one, { a: n(6) }],
    ['SET a = :v - a', { a: n('0.1') }, one, { a: n('0.9') }],
    ['SET a = (a + :v)', { a: n(5) }, one, { a: n(6) }],
    ['SET a = b, b = a', { a: n(1), b: n(2) }, undefined, { a: n(2), b: n(1) }],
    ['SET a = if_not_exists(a, :v)', {}, one, { a: n(1) }],
    ['SET a = if_not_exists(a, :v)', { a: n(9) }, one, { a: n(9) }],
    ['SET a = if_not_exists(a, :v) + :v', {}, one, { a: n(2) }],
    ['SET a = if_not_exists(b, if_not_exists(c, :v))', { c: n(3) }, one, { c: n(3), a: n(3) }],
    ['SET l = list_append(l, :l)', { l: { L: [n(1)] } }, { ':l': { L: [n(2)] } }, { l: { L: [n(1), n(2)] } }],
    [
      'SET l = list_append(if_not_exists(l, :e), :l)',
      {},
      { ':l': { L: [n(2)] }, ':e': { L: [] } },
      { l: { L: [n(2)] } },
    ],
    ['SET m.a.b = :v', { m: { M: { a: { M: {} } } } }, one, { m: { M: { a: { M: { b: n(1) } } } } }],
    ['SET l[1] = :v', { l: { L: [n(5), n(6), n(7)] } }, one, { l: { L: [n(5), n(1), n(7)] } }],
    ['SET l[9] = :v', { l: { L: [n(5)] } }, one, { l: { L: [n(5), n(1)] } }],
    ['SET l[9] = :w, l[5] = :v', { l: { L: [] } }, { ...one, ':w': n(2) }, { l: { L: [n(1), n(2)] } }],
    ['REMOVE a, m.b', { a: n(1), m: { M: { b: n(1), c: n(2) } } }, undefined, { m: { M: { c: n(2) } } }],
    ['REMOVE l[0], l[2]', { l: { L: [n(0), n(1), n(2), n(3)] } }, undefined, { l: { L: [n(1), n(3)] } }],
    ['REMOVE l[7], absent', { l: { L: [n(0)] } }, undefined, { l: { L: [n(0)] } }],
    ['SET l[1] = :v REMOVE l[0]', { l: { L: [n(5), n(6)] } }, one, { l: { L: [n(1)] } }],
    ['ADD a :v', {}, one, { a: n(1) }],
    ['ADD a :v', { a: n(-1) }, one, { a: n(0) }],
    ['ADD t :t', {}, { ':t': { SS: ['x'] } }, { t: { SS: ['x'] } }],
    ['ADD t :t', { t: { SS: ['x'] } }, { ':t': { SS: ['x', 'y'] } }, { t: { SS: ['x', 'y'] } }],
    ['DELETE t :t', { t: { NS: ['1', '2'] } }, { ':t': { NS: ['2', '3'] } }, { t: { NS: ['1'] } }],
    ['DELETE t :t', { t: { SS: ['x'] }, a: n(1) }, { ':t': { SS: ['x'] } }, { a: n(1) }],
    ['DELETE t :t', {}, { ':t': { SS: ['x'] } }, {}],
    [
      'REMOVE a SET b = a ADD c :v DELETE t :t',
      { a: n(3), t: { SS: ['x', 'y'] } },
      { ...one, ':t': { SS: ['x'] } },
      { b: n(3), c: n(1), t: { SS: ['y'] } },
    ],
  ])('%s of %j', (text, item, values, expected) => {
    expect(updated(text, item, values)).toEqual(expected)
  })

  test('a name may be anything, inherited ones included', () => {
    const after = updated('SET #p = :v, #c = if_not_exists(#c, :v)', {}, one, {
      '#p': '__proto__',
      '#c': 'constructor',
    })
    expect(JSON.stringify(after)).toBe('{"__proto__":{"N":"1"},"constructor":{"N":"1"}}')
  })
})

describe('what is wrong with an update is said as the service says it', () => {
  test.each<[string, string, Record<string, AttributeValue>?]>([
    ['', 'The expression can not be empty;'],
    ['a = :v', 'Syntax error; token: "a", near: "a ="', one],
    ['INVALID SYNTAX HERE', 'Syntax error; token: "INVALID", near: "INVALID SYNTAX"'],
    ['SET', 'Syntax error; token: "<EOF>", near: "SET"'],
    ['SET a = :v,', 'Syntax error; token: "<EOF>", near: ","', one],
    ['ADD hits : incr', 'Syntax error; token: ":", near: "hits : incr"'],
    ['SET a = :v + :v + :v', 'Syntax error; token: "+", near: ":v + :v"', one],
    ['SET a = :v SET b = :v', 'The "SET" section can only be used once in an update expression;', one],
    ['SET data = :v', 'Attribute name is a reserved keyword; reserved keyword: data', one],
    ['SET a = foo(b)', 'Invalid function name; function: foo'],
    ['SET a = size(b)', 'The function is not allowed in an update expression; function: size'],
    [
      'SET a = if_not_exists(b)',
      'Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1',
    ],
    [
      'SET a = if_not_exists(:v, b)',
      'Operator or function requires a document path; operator or function: if_not_exists',
      one,
    ],
    [
      'SET a = list_append(a, :v)',
      'Incorrect operand type for operator or function; operator or function: list_append, operand type: N',
      one,
    ],
    [
      'SET a = a + :v',
      'Incorrect operand type for operator or function; operator or function: +, operand type: S',
      { ':v': s('x') },
    ],
    [
      'ADD a :v',
      'Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND',
      { ':v': s('x') },
    ],
    [
      'DELETE a :v',
      'Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND',
      one,
    ],
    [
      'SET a = :v, a = :v',
      'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]',
      one,
    ],
    [
      'SET a.b[1] = :v REMOVE a',
      'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b, [1]], path two: [a]',
      one,
    ],
    [
      'SET a = :v REMOVE a.b',
      'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]',
      one,
    ],
    [
      'SET a.b = :v, a[0] = :v',
      'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [0]]',
      one,
    ],
  ])('%j', (text, message, values) => {
    expect(() => updated(text, {}, values)).toThrow(
      expect.objectContaining({ code: 'ValidationException', message: `Invalid UpdateExpression: ${message}` }),
    )
  })

  test.each<[string, Item, string, Record<string, AttributeValue>?]>([
    ['SET a = b', {}, 'The provided expression refers to an attribute that does not exist in the item'],
    ['SET a = a + :v', {}, 'The provided expression refers to an attribute that does not exist in the item', one],
    ['SET a = a + :v', { a: s('x') }, 'An operand in the update expression has an incorrect data type', one],
    ['ADD a :v', { a: s('x') }, 'An operand in the update expression has an incorrect data type', one],
    [
      'ADD a :t',
      { a: { NS: ['1'] } },
      'An operand in the update expression has an incorrect data type',
      { ':t': { SS: ['x'] } },
    ],
    ['SET a.b = :v', {}, 'The document path provided in the update expression is invalid for update', one],
    [
      'SET a[0] = :v',
      { a: { M: {} } },
      'The document path provided in the update expression is invalid for update',
      one,
    ],
    ['REMOVE a.b', { a: n(1) }, 'The document path provided in the update expression is invalid for update'],
    [
      'SET a = a + :v',
      { a: { N: '9'.repeat(38) } },
      'Attempting to store more than 38 significant digits in a Number',
      { ':v': n('0.1') },
    ],
  ])('%j of %j', (text, item, message, values) => {
    expect(() => updated(text, item, values)).toThrow(expect.objectContaining({ code: 'ValidationException', message }))
  })
})
