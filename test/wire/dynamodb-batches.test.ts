import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { key, refused, startTables, type Tables } from './dynamodb-fixture.ts'

let tables: Tables
let db: Tables['db']
let makeTable: Tables['makeTable']
let node: Tables['node']

beforeAll(async () => {
  tables = await startTables()
  ;({ db, makeTable, node } = tables)
})
afterAll(() => tables[Symbol.asyncDispose]())

describe('batches', () => {
  test('write and read many items of several tables', async () => {
    const [one, two] = [await makeTable(), await makeTable()]
    const puts = (n: number) => Array.from({ length: n }, (_, i) => ({ PutRequest: { Item: key('b', `s${i}`) } }))
    const written = await db.send(
      new BatchWriteItemCommand({ RequestItems: { [one]: puts(20), [two]: puts(5) }, ReturnConsumedCapacity: 'TOTAL' }),
    )
    expect(written.UnprocessedItems).toEqual({})
    expect(written.ConsumedCapacity).toEqual([
      { TableName: one, CapacityUnits: 20 },
      { TableName: two, CapacityUnits: 5 },
    ])
    const read = await db.send(
      new BatchGetItemCommand({
        RequestItems: {
          [one]: { Keys: [key('b', 's0'), key('b', 'none')], ProjectionExpression: 'sk' },
          [two]: { Keys: [key('b', 's4')] },
        },
      }),
    )
    expect(read.Responses).toEqual({ [one]: [{ sk: { S: 's0' } }], [two]: [key('b', 's4')] })
    expect(read.UnprocessedKeys).toEqual({})
  })

  test('are bounded, and name an item once', async () => {
    const TableName = await makeTable()
    const other = await makeTable()
    const writes = (n: number, from = 0) =>
      Array.from({ length: n }, (_, i) => ({ PutRequest: { Item: key('b', `s${from + i}`) } }))
    await expect(
      db.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: writes(20), [other]: writes(20) } })),
    ).rejects.toEqual(refused('Too many items requested for the BatchWriteItem call'))
    await expect(
      db.send(
        new BatchWriteItemCommand({
          RequestItems: { [TableName]: [...writes(1), { DeleteRequest: { Key: key('b', 's0') } }] },
        }),
      ),
    ).rejects.toEqual(refused('Provided list of item keys contains duplicates'))
    await expect(
      db.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [key('b'), key('b')] } } })),
    ).rejects.toEqual(refused('Provided list of item keys contains duplicates'))
    expect((await db.send(new ScanCommand({ TableName }))).Count).toBe(0)
  })

  test('give back what does not fit into 16 MB', async () => {
    const TableName = await makeTable()
    const x = { S: 'x'.repeat(400_000) }
    for (let i = 0; i < 45; i += 15) {
      await db.send(
        new BatchWriteItemCommand({
          RequestItems: {
            [TableName]: Array.from({ length: 15 }, (_, j) => ({
              PutRequest: { Item: { ...key('b', `s${i + j}`), x } },
            })),
          },
        }),
      )
    }
    const Keys = Array.from({ length: 45 }, (_, i) => key('b', `s${i}`))
    const read = await db.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } }))
    expect(read.Responses?.[TableName]).toHaveLength(41)
    expect(read.UnprocessedKeys?.[TableName]?.Keys).toEqual(Keys.slice(41))
  })
})

describe('transactions', () => {
  test('do all or nothing, and say why not', async () => {
    const TableName = await makeTable()
    await db.send(new PutItemCommand({ TableName, Item: { ...key('t', 'there'), n: { N: '1' } } }))
    const attempt = db.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: key('t', 'new') } },
          {
            Update: {
              TableName,
              Key: key('t', 'there'),
              UpdateExpression: 'SET n = n + :n',
              ConditionExpression: 'n > :n',
              ExpressionAttributeValues: { ':n': { N: '1' } },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            },
          },
          { Put: { TableName, Item: { pk: { S: 't' } } } },
        ],
      }),
    )
    await expect(attempt).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ValidationError]',
      CancellationReasons: [
        { Code: 'None' },
        {
          Code: 'ConditionalCheckFailed',
          Message: 'The conditional request failed',
          Item: { ...key('t', 'there'), n: { N: '1' } },
        },
        {
          Code: 'ValidationError',
          Message: 'One or more parameter values were invalid: Missing the key sk in the item',
        },
      ],
    })
    expect((await db.send(new GetItemCommand({ TableName, Key: key('t', 'new') }))).Item).toBeUndefined()
    const done = await db.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: key('t', 'new') } },
          {
            ConditionCheck: {
              TableName,
              Key: key('t', 'there'),
              ConditionExpression: 'n = :n',
              ExpressionAttributeValues: { ':n': { N: '1' } },
            },
          },
        ],
        ReturnConsumedCapacity: 'TOTAL',
      }),
    )
    expect(done.ConsumedCapacity).toEqual([{ TableName, CapacityUnits: 4, WriteCapacityUnits: 4 }])
    const got = await db.send(
      new TransactGetItemsCommand({
        TransactItems: [{ Get: { TableName, Key: key('t', 'new') } }, { Get: { TableName, Key: key('t', 'none') } }],
      }),
    )
    expect(got.Responses).toEqual([{ Item: key('t', 'new') }, {}])
  })

  test('name an item once', async () => {
    const TableName = await makeTable()
    await expect(
      db.send(
        new TransactWriteItemsCommand({
          TransactItems: [{ Put: { TableName, Item: key('t') } }, { Delete: { TableName, Key: key('t') } }],
        }),
      ),
    ).rejects.toEqual(refused('Transaction request cannot include multiple operations on one item'))
  })

  test('are done once per token, for ten minutes', async () => {
    const TableName = await makeTable()
    const add = (n: string, ClientRequestToken: string) =>
      db.send(
        new TransactWriteItemsCommand({
          ClientRequestToken,
          TransactItems: [
            {
              Update: {
                TableName,
                Key: key('t'),
                UpdateExpression: 'ADD n :n',
                ExpressionAttributeValues: { ':n': { N: n } },
              },
            },
          ],
        }),
      )
    const value = async () => (await db.send(new GetItemCommand({ TableName, Key: key('t') }))).Item?.n?.N
    await add('1', 'token')
    await add('1', 'token')
    expect(await value()).toBe('1')
    await expect(add('2', 'token')).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' })
    node.clock.advance(601_000)
    await add('2', 'token')
    expect(await value()).toBe('3')
  })
})
