import { describe, expect, test } from 'vitest'
import type { AttributeValue } from '../attribute-value.ts'
import { compileKeyCondition } from './expressions.ts'
import { Placeholders } from './placeholders.ts'

const keys = { partition: { name: 'pk', type: 'S' }, sort: { name: 'sk', type: 'N' } } as const
const values: Record<string, AttributeValue> = { ':p': { S: 'a' }, ':n': { N: '1' }, ':m': { N: '5' } }
const read = (text: string, given = values) => compileKeyCondition(text, new Placeholders(undefined, given), keys)

describe('key conditions', () => {
  test.each([
    ['pk = :p', undefined],
    ['sk >= :n AND pk = :p', { operator: '>=', value: { N: '1' } }],
    ['(pk = :p) and (sk BETWEEN :n AND :m)', { operator: 'between', low: { N: '1' }, high: { N: '5' } }],
    ['pk = :p AND :n < sk', { operator: '>', value: { N: '1' } }],
  ])('%s', (text, sort) => {
    expect(read(text)).toEqual({ partition: { S: 'a' }, ...(sort ? { sort } : {}) })
  })

  test.each([
    ['pk = :p OR sk = :n', 'Invalid operator used in KeyConditionExpression: OR'],
    ['NOT pk = :p', 'Invalid operator used in KeyConditionExpression: NOT'],
    ['pk <> :p', 'Invalid operator used in KeyConditionExpression: <>'],
    ['pk = :p AND sk IN (:n)', 'Invalid operator used in KeyConditionExpression: IN'],
    ['attribute_exists(pk)', 'Invalid operator used in KeyConditionExpression: attribute_exists'],
    ['pk > :p', 'Query key condition not supported'],
    ['sk = :n', 'Query condition missed key schema element: pk'],
    ['pk = :p AND extra = :n', 'Query condition missed key schema element: sk'],
    ['pk = :p AND pk = :p', 'KeyConditionExpressions must only contain one condition per key'],
    ['pk = :n', 'One or more parameter values were invalid: Condition parameter type does not match schema type'],
    [
      'pk = :p AND begins_with(sk, :n)',
      'Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    ],
    ['pk.a = :p', 'KeyConditionExpressions cannot have conditions on nested attributes'],
    ['size(pk) = :n', 'KeyConditionExpressions cannot contain nested operations'],
    [
      'pk = :p AND sk BETWEEN :m AND :n',
      'Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {N:1}',
    ],
  ])('%s is refused', (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'ValidationException', message }))
  })

  test('an empty key matches nothing that could be stored, and is refused', () => {
    expect(() => read('pk = :p', { ':p': { S: '' } })).toThrow(
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
    )
  })
})
