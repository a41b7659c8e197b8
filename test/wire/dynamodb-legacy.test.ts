import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { key, refused, startTables, type Tables } from './dynamodb-fixture.ts'

let tables: Tables
let TableName: string
beforeAll(async () => {
  tables = await startTables()
  TableName = await tables.makeTable()
  for (let i = 0; i < 10; i++) {
    const Item = { ...key('many', String(i)), n: { N: String(i) }, word: { S: `word${i}` } }
    await tables.db.send(new PutItemCommand({ TableName, Item }))
  }
})
afterAll(() => tables[Symbol.asyncDispose]())

const eq = (value: AttributeValue) => ({ ComparisonOperator: 'EQ' as const, AttributeValueList: [value] })
const get = async (pk: string) => (await tables.db.send(new GetItemCommand({ TableName, Key: key(pk) }))).Item
const update = (pk: string, AttributeUpdates: UpdateItemCommandInput['AttributeUpdates'], more: object = {}) =>
  tables.db.send(new UpdateItemCommand({ TableName, Key: key(pk), AttributeUpdates, ...more }))

describe('legacy parameters', () => {
  test('AttributeUpdates put, add and delete', async () => {
    await update('u', {
      a: { Value: { S: 'x' } },
      n: { Action: 'ADD', Value: { N: '2' } },
      set: { Action: 'ADD', Value: { SS: ['a', 'b'] } },
    })
    const { Attributes } = await update(
      'u',
      {
        a: { Action: 'DELETE' },
        n: { Action: 'ADD', Value: { N: '3' } },
        set: { Action: 'DELETE', Value: { SS: ['b', 'c'] } },
        name: { Action: 'PUT', Value: { S: 'a reserved word' } },
      },
      { ReturnValues: 'UPDATED_NEW' },
    )
    const after = { n: { N: '5' }, set: { SS: ['a'] }, name: { S: 'a reserved word' } }
    expect(Attributes).toEqual(after)
    expect(await get('u')).toEqual({ ...key('u'), ...after })
  })

  test('an update that only deletes makes no item', async () => {
    await update('absent', { a: { Action: 'DELETE' } })
    expect(await get('absent')).toBeUndefined()
  })

  test.each([
    [{ a: { Action: 'PUT' as const } }, 'Only DELETE action is allowed when no attribute value is specified'],
    [
      { a: { Action: 'DELETE' as const, Value: { S: 'x' } } },
      'DELETE action with value is not supported for the type S',
    ],
    [{ a: { Action: 'ADD' as const, Value: { S: 'x' } } }, 'ADD action is not supported for the type S'],
  ])('AttributeUpdates %j is refused', async (updates, message) => {
    await expect(update('u', updates)).rejects.toEqual(refused(`One or more parameter values were invalid: ${message}`))
  })

  test('Expected guards writes, in each way of writing it', async () => {
    const put = (Expected: object, more: object = {}) =>
      tables.db.send(
        new PutItemCommand({ TableName, Item: { ...key('e'), v: { N: '1' } }, Expected, ...more } as never),
      )
    const failed = { name: 'ConditionalCheckFailedException' }
    await put({ pk: { Exists: false } })
    await expect(put({ pk: { Exists: false } })).rejects.toMatchObject(failed)
    await put({ v: { Value: { N: '1' } } })
    await put({ v: { Exists: true, Value: { N: '1.0' } } })
    await expect(put({ v: { Value: { N: '2' } } })).rejects.toMatchObject(failed)
    await expect(put({ v: eq({ N: '1' }), w: eq({ N: '1' }) })).rejects.toMatchObject(failed)
    await put({ v: eq({ N: '1' }), w: eq({ N: '1' }) }, { ConditionalOperator: 'OR' })
    await expect(
      tables.db.send(new DeleteItemCommand({ TableName, Key: key('e'), Expected: { v: eq({ N: '9' }) } })),
    ).rejects.toMatchObject(failed)
    await expect(update('e', { x: { Value: { S: 'x' } } }, { Expected: { v: eq({ N: '9' }) } })).rejects.toMatchObject(
      failed,
    )
  })

  test.each([
    [{ a: { Exists: true } }, 'Value must be provided when Exists is true for Attribute: a'],
    [{ a: {} }, 'Value must be provided when Exists is null for Attribute: a'],
    [{ a: { Exists: false, Value: { S: '1' } } }, 'Value cannot be used when Exists is false for Attribute: a'],
    [
      { a: { Exists: false, ComparisonOperator: 'NULL' } },
      'Exists and ComparisonOperator cannot be used together for Attribute: a',
    ],
    [
      { a: { AttributeValueList: [{ S: '1' }] } },
      'AttributeValueList can only be used with a ComparisonOperator for Attribute: a',
    ],
    [
      { a: { ComparisonOperator: 'BETWEEN', AttributeValueList: [{ S: '1' }] } },
      'Invalid number of argument(s) for the BETWEEN ComparisonOperator',
    ],
    [
      { a: { ComparisonOperator: 'GT', AttributeValueList: [{ SS: ['1'] }] } },
      'ComparisonOperator GT is not valid for SS AttributeValue type',
    ],
  ])('Expected %j is refused', async (Expected, message) => {
    await expect(tables.db.send(new PutItemCommand({ TableName, Item: key('e'), Expected } as never))).rejects.toEqual(
      refused(`One or more parameter values were invalid: ${message}`),
    )
  })

  test('KeyConditions and QueryFilter choose what is read', async () => {
    const query = async (KeyConditions: object, more: object = {}) => {
      const { Items = [] } = await tables.db.send(
        new QueryCommand({ TableName, KeyConditions: { pk: eq({ S: 'many' }), ...KeyConditions }, ...more } as never),
      )
      return Items.map((item) => (item as { sk: { S: string } }).sk.S).join('')
    }
    const on = (ComparisonOperator: string, ...AttributeValueList: object[]) => ({
      sk: { ComparisonOperator, AttributeValueList },
    })
    expect(await query({})).toBe('0123456789')
    expect(await query(on('BETWEEN', { S: '3' }, { S: '5' }))).toBe('345')
    expect(await query(on('LT', { S: '3' }), { ScanIndexForward: false })).toBe('210')
    expect(await query(on('BEGINS_WITH', { S: '7' }))).toBe('7')
    const both = {
      n: { ComparisonOperator: 'GE', AttributeValueList: [{ N: '8' }] },
      word: { ComparisonOperator: 'CONTAINS', AttributeValueList: [{ S: 'd1' }] },
    }
    expect(await query({}, { QueryFilter: both })).toBe('')
    expect(await query({}, { QueryFilter: both, ConditionalOperator: 'OR' })).toBe('189')
    await expect(query({}, { QueryFilter: { pk: eq({ S: 'many' }) } })).rejects.toEqual(
      refused('QueryFilter can only contain non-primary key attributes: Primary key attribute: pk'),
    )
    await expect(query(on('CONTAINS', { S: '7' }))).rejects.toEqual(
      refused('Attempted conditional constraint is not an indexable operation'),
    )
    await expect(query({}, { ConditionalOperator: 'OR' })).rejects.toEqual(
      refused('ConditionalOperator cannot be used without Filter or Expected'),
    )
    await expect(query({}, { FilterExpression: 'n = m' })).rejects.toEqual(
      refused(
        'Can not use both expression and non-expression parameters in the same request: ' +
          'Non-expression parameters: {KeyConditions} Expression parameters: {FilterExpression}',
      ),
    )
  })

  test.each([
    ['IN', [{ N: '1' }, { N: '4' }], ['1', '4']],
    ['NE', [{ N: '1' }], ['0', '2', '3', '4', '5', '6', '7', '8', '9']],
    ['LE', [{ N: '1' }], ['0', '1']],
    ['NULL', [], []],
    ['NOT_NULL', [], ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']],
  ])('ScanFilter %s %j', async (ComparisonOperator, AttributeValueList, found) => {
    const ScanFilter = {
      n: { ComparisonOperator, ...(AttributeValueList.length > 0 ? { AttributeValueList } : {}) },
      pk: eq({ S: 'many' }),
    }
    const { Items } = await tables.db.send(new ScanCommand({ TableName, ScanFilter, AttributesToGet: ['sk'] } as never))
    expect(Items!.map((item) => (item as { sk: { S: string } }).sk.S).sort()).toEqual(found)
    expect(Object.keys(Items![0] ?? { sk: 0 })).toEqual(['sk'])
  })
})
