import { describe, expect, test } from 'vitest'
import type { AttributeValue, Item } from '../attribute-value.ts'
import { compileCondition } from './expressions.ts'
import { Placeholders } from './placeholders.ts'

type Values = Record<string, AttributeValue>

function holds(text: string, item: Item, values?: Values, names?: Record<string, string>): boolean {
  const placeholders = new Placeholders(names, values)
  const condition = compileCondition('ConditionExpression', text, placeholders)
  placeholders.checkAllUsed()
  return condition(item)
}

const item: Item = {
  id: { S: 'one' },
  n: { N: '10' },
  txt: { S: 'hello world' },
  bin: { B: Buffer.from('binary').toString('base64') },
  tags: { SS: ['a', 'b'] },
  lst: { L: [{ N: '1' }, { M: { deep: { S: 'x' } } }] },
  nested: { M: { a: { M: { b: { N: '5' } } }, 'odd.name': { BOOL: true } } },
  nothing: { NULL: true },
}

describe('conditions hold', () => {
  test.each<[string, (Values | undefined)?, Record<string, string>?]>([
    ['attribute_exists(id)'],
    ['attribute_not_exists(absent)'],
    ['attribute_not_exists(nested.a.c)'],
    ['attribute_exists(lst[1].deep)'],
    ['attribute_not_exists(lst[2])'],
    ['attribute_not_exists(#c)', undefined, { '#c': 'constructor' }],
    ['attribute_exists(nested.#o)', undefined, { '#o': 'odd.name' }],
    ['n = :n', { ':n': { N: '10' } }],
    [':n = n', { ':n': { N: '10' } }],
    ['n <> :n', { ':n': { N: '11' } }],
    ['n <> :n', { ':n': { S: '10' } }],
    ['absent <> :n', { ':n': { N: '11' } }],
    ['n BETWEEN :a AND :b', { ':a': { N: '10' }, ':b': { N: '100' } }],
    ['n between :a and :b', { ':a': { N: '9.99' }, ':b': { N: '10' } }],
    ['n IN (:a, :b)', { ':a': { N: '1' }, ':b': { N: '10' } }],
    ['NOT n < :n', { ':n': { N: '9' } }],
    ['not absent = :n', { ':n': { N: '9' } }],
    ['begins_with(txt, :p)', { ':p': { S: 'hello' } }],
    ['begins_with(bin, :p)', { ':p': { B: Buffer.from('bin').toString('base64') } }],
    ['contains(txt, :p)', { ':p': { S: 'o w' } }],
    ['contains(tags, :p)', { ':p': { S: 'b' } }],
    ['contains(lst, :p)', { ':p': { N: '1' } }],
    ['contains(bin, :p)', { ':p': { B: Buffer.from('nar').toString('base64') } }],
    ['size(txt) = :s', { ':s': { N: '11' } }],
    ['size(lst) < size(nested.a) OR size(tags) = :s', { ':s': { N: '2' } }],
    ['attribute_type(nothing, :t)', { ':t': { S: 'NULL' } }],
    ['tags = :t', { ':t': { SS: ['b', 'a'] } }],
    ['nested.a = :m', { ':m': { M: { b: { N: '5' } } } }],
    ['(n = :a OR n = :b) AND (attribute_exists(id))', { ':a': { N: '1' }, ':b': { N: '10' } }],
    ['(n) = (:a)', { ':a': { N: '10' } }],
    ['n = :a OR n = :b AND attribute_exists(absent)', { ':a': { N: '10' }, ':b': { N: '11' } }],
    ['attribute_exists (\n id\t)'],
  ])('%s', (text, values, names) => {
    expect(holds(text, item, values, names)).toBe(true)
  })
})

describe('conditions do not hold', () => {
  test.each<[string, Values?]>([
    ['absent = :n', { ':n': { N: '1' } }],
    ['absent < :n', { ':n': { N: '1' } }],
    ['absent = extra'],
    ['n < :s', { ':s': { S: '9' } }],
    ['n = :s', { ':s': { S: '10' } }],
    ['contains(n, :p)', { ':p': { N: '1' } }],
    ['begins_with(n, :p)', { ':p': { S: '1' } }],
    ['size(n) = :p', { ':p': { N: '2' } }],
    ['txt > :a AND txt < :b', { ':a': { S: 'hello' }, ':b': { S: 'hello' } }],
    ['attribute_type(n, :t)', { ':t': { S: 'S' } }],
  ])('%s', (text, values) => {
    expect(holds(text, item, values)).toBe(false)
  })
})

describe('what is wrong with a condition is said as the service says it', () => {
  test.each<[string, string, Values?]>([
    ['', 'The expression can not be empty;'],
    [' \n', 'The expression can not be empty;'],
    ['a = = :v', 'Syntax error; token: "=", near: "= = :v"', { ':v': { N: '1' } }],
    ['a =', 'Syntax error; token: "<EOF>", near: "="'],
    ['attribute_exists([1])', 'Syntax error; token: "[", near: "([1"'],
    ['hits : incr', 'Syntax error; token: ":", near: "hits : incr"'],
    ['INVALID SYNTAX HERE', 'Syntax error; token: "SYNTAX", near: "INVALID SYNTAX HERE"'],
    ['a-b = :v', 'Syntax error; token: "-", near: "a-b"', { ':v': { N: '1' } }],
    ['_hidden = :v', 'Syntax error; token: "_", near: "_hidden"', { ':v': { N: '1' } }],
    ['a', 'Syntax error; token: "<EOF>", near: "a"'],
    ['(a = :v', 'Syntax error; token: "<EOF>", near: ":v"', { ':v': { N: '1' } }],
    ['a = :v AND', 'Syntax error; token: "<EOF>", near: "AND"', { ':v': { N: '1' } }],
    ['((a = :v))', 'The expression has redundant parentheses;', { ':v': { N: '1' } }],
    ['name = :v', 'Attribute name is a reserved keyword; reserved keyword: name', { ':v': { N: '1' } }],
    ['a.Status = :v', 'Attribute name is a reserved keyword; reserved keyword: Status', { ':v': { N: '1' } }],
    [
      '#a = :v',
      'An expression attribute name used in the document path is not defined; attribute name: #a',
      { ':v': { N: '1' } },
    ],
    ['a = :v', 'An expression attribute value used in expression is not defined; attribute value: :v'],
    ['foo(a)', 'Invalid function name; function: foo'],
    ['a = foo(b)', 'Invalid function name; function: foo'],
    ['size(a)', 'The function is not allowed to be used this way in an expression; function: size'],
    [
      'attribute_exists(a) = :v',
      'The function is not allowed to be used this way in an expression; function: attribute_exists',
      { ':v': { N: '1' } },
    ],
    [
      'attribute_exists(a, b)',
      'Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2',
    ],
    [
      'begins_with(a)',
      'Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1',
    ],
    [
      'begins_with(a, :v)',
      'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
      { ':v': { N: '1' } },
    ],
    [
      'a < :v',
      'Incorrect operand type for operator or function; operator or function: <, operand type: BOOL',
      { ':v': { BOOL: true } },
    ],
    [
      'attribute_exists(:v)',
      'Operator or function requires a document path; operator or function: attribute_exists',
      { ':v': { S: 'a' } },
    ],
    [
      'attribute_type(a, :v)',
      'Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}',
      { ':v': { S: 'X' } },
    ],
    [
      'a = a',
      'The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]',
    ],
    [
      'a BETWEEN :v AND :w',
      'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}',
      { ':v': { N: '2' }, ':w': { N: '1' } },
    ],
    [
      'a BETWEEN :v AND :w',
      'The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {S:1}',
      { ':v': { N: '2' }, ':w': { S: '1' } },
    ],
    [
      `a = :v${' OR a = :v'.repeat(500)}`,
      'Expression size has exceeded the maximum allowed size;',
      { ':v': { N: '1' } },
    ],
    [
      `a=:v${' OR a=:v'.repeat(301)}`,
      'The expression contains too many operators; maximum number of operators: 300',
      { ':v': { N: '1' } },
    ],
    [`${'NOT '.repeat(200)}a = :v`, 'The expression has too many nested levels;', { ':v': { N: '1' } }],
  ])('%j', (text, message, values) => {
    expect(() => holds(text, item, values)).toThrow(
      expect.objectContaining({ code: 'ValidationException', message: `Invalid ConditionExpression: ${message}` }),
    )
  })

  test('a placeholder that is not used', () => {
    expect(() => holds('attribute_exists(a)', {}, { ':x': { N: '1' }, ':y': { N: '1' } })).toThrow(
      'Value provided in ExpressionAttributeValues unused in expressions: keys: {:x, :y}',
    )
    expect(() => holds('attribute_exists(a)', {}, undefined, { '#x': 'a' })).toThrow(
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}',
    )
  })

  test('a placeholder of a wrong form', () => {
    expect(() => new Placeholders({ x: 'a' })).toThrow(
      'ExpressionAttributeNames contains invalid key: Syntax error; key: "x"',
    )
    expect(() => new Placeholders(undefined, { ':': { N: '1' } })).toThrow(
      'ExpressionAttributeValues contains invalid key: Syntax error; key: ":"',
    )
    expect(() => new Placeholders({})).toThrow('ExpressionAttributeNames must not be empty')
  })
})
