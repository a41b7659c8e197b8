import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import {
  QueryCommand as DocQueryCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode } from '../harness.ts'
import { key, refused, startTables, type Tables } from './dynamodb-fixture.ts'

let tables: Tables
let db: Tables['db']
let makeTable: Tables['makeTable']

beforeAll(async () => {
  tables = await startTables()
  ;({ db, makeTable } = tables)
})
afterAll(() => tables[Symbol.asyncDispose]())

describe('items', () => {
  test('come back as they were put, binary and sets included, after a restart too', async () => {
    const own = await startNode()
    try {
      let client = own.client(DynamoDBClient)
      const TableName = 'kept'
      await client.send(
        new CreateTableCommand({
          TableName,
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'B' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
        }),
      )
      const Item = {
        id: { B: new Uint8Array([0, 1, 255]) },
        s: { S: 'é "quoted" \u0000' },
        n: { N: '1.5' },
        bs: { BS: [new Uint8Array([1]), new Uint8Array([2, 3])] },
        ns: { NS: ['1', '-2.5'] },
        m: { M: { l: { L: [{ NULL: true as const }, { BOOL: false }, { B: new Uint8Array([9]) }] } } },
      }
      await client.send(new PutItemCommand({ TableName, Item }))
      client.destroy()
      await own.restart()
      client = own.client(DynamoDBClient)
      const found = (await client.send(new GetItemCommand({ TableName, Key: { id: Item.id } }))).Item!
      expect(found.id!.B).toEqual(Item.id.B)
      expect(found.bs!.BS).toEqual(Item.bs.BS)
      expect(found.m!.M!.l!.L![2]!.B).toEqual(Item.m.M.l.L[2]!.B)
      expect(found).toMatchObject({ s: Item.s, n: Item.n, ns: Item.ns })
      client.destroy()
    } finally {
      await own.close()
    }
  })

  test('through the document client', async () => {
    const TableName = await makeTable()
    const doc = DynamoDBDocumentClient.from(db)
    await doc.send(
      new PutCommand({
        TableName,
        Item: { pk: 'a', sk: 'b', n: 1, list: [1, 'x', { deep: true }], tags: new Set(['t']) },
      }),
    )
    expect((await doc.send(new GetCommand({ TableName, Key: { pk: 'a', sk: 'b' } }))).Item).toEqual({
      pk: 'a',
      sk: 'b',
      n: 1,
      list: [1, 'x', { deep: true }],
      tags: new Set(['t']),
    })
    const { Attributes } = await doc.send(
      new UpdateCommand({
        TableName,
        Key: { pk: 'a', sk: 'b' },
        UpdateExpression: 'SET n = n + :one',
        ExpressionAttributeValues: { ':one': 1 },
        ReturnValues: 'UPDATED_NEW',
      }),
    )
    expect(Attributes).toEqual({ n: 2 })
    const found = await doc.send(
      new DocQueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': 'a' },
        ProjectionExpression: 'n',
      }),
    )
    expect(found.Items).toEqual([{ n: 2 }])
  })

  test('are written with every kind of ReturnValues', async () => {
    const TableName = await makeTable()
    const Key = key('r')
    const put = (n: string, ReturnValues: 'ALL_OLD' | 'NONE') =>
      db.send(new PutItemCommand({ TableName, Item: { ...Key, n: { N: n } }, ReturnValues }))
    expect((await put('1', 'ALL_OLD')).Attributes).toBeUndefined()
    expect((await put('2', 'ALL_OLD')).Attributes).toEqual({ ...Key, n: { N: '1' } })
    const update = async (ReturnValues: 'ALL_OLD' | 'ALL_NEW' | 'UPDATED_OLD' | 'UPDATED_NEW' | 'NONE') =>
      (
        await db.send(
          new UpdateItemCommand({
            TableName,
            Key,
            UpdateExpression: 'ADD n :one SET m = :m',
            ExpressionAttributeValues: { ':one': { N: '1' }, ':m': { BOOL: true } },
            ReturnValues,
          }),
        )
      ).Attributes
    expect(await update('UPDATED_OLD')).toEqual({ n: { N: '2' } })
    expect(await update('UPDATED_NEW')).toEqual({ n: { N: '4' }, m: { BOOL: true } })
    expect(await update('ALL_OLD')).toEqual({ ...Key, n: { N: '4' }, m: { BOOL: true } })
    expect(await update('ALL_NEW')).toEqual({ ...Key, n: { N: '6' }, m: { BOOL: true } })
    expect(await update('NONE')).toBeUndefined()
    expect((await db.send(new DeleteItemCommand({ TableName, Key, ReturnValues: 'ALL_OLD' }))).Attributes?.n).toEqual({
      N: '7',
    })
    expect((await db.send(new GetItemCommand({ TableName, Key }))).Item).toBeUndefined()
    await expect(db.send(new DeleteItemCommand({ TableName, Key, ReturnValues: 'ALL_NEW' }))).rejects.toEqual(
      refused('ReturnValues can only be ALL_OLD or NONE'),
    )
    expect((await db.send(new UpdateItemCommand({ TableName, Key, ReturnValues: 'ALL_NEW' }))).Attributes).toEqual(Key)
  })

  test('fail their condition with the item, when asked for', async () => {
    const TableName = await makeTable()
    const Item = { ...key('c'), n: { N: '1' } }
    await db.send(new PutItemCommand({ TableName, Item }))
    const attempt = (more: object) =>
      db.send(
        new DeleteItemCommand({
          TableName,
          Key: key('c'),
          ConditionExpression: 'n > :n',
          ExpressionAttributeValues: { ':n': { N: '5' } },
          ...more,
        }),
      )
    await expect(attempt({})).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      message: 'The conditional request failed',
      Item: undefined,
    })
    await expect(attempt({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })).rejects.toMatchObject({ Item })
  })

  test.each<[string, (TableName: string) => Promise<unknown>, string | RegExp]>([
    [
      'no key',
      (TableName) => db.send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' } } })),
      'One or more parameter values were invalid: Missing the key sk in the item',
    ],
    [
      'a key of another type',
      (TableName) => db.send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' }, sk: { N: '1' } } })),
      'One or more parameter values were invalid: Type mismatch for key sk expected: S actual: N',
    ],
    [
      'an empty key',
      (TableName) => db.send(new PutItemCommand({ TableName, Item: key('a', '') })),
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: sk',
    ],
    [
      'part of a key',
      (TableName) => db.send(new GetItemCommand({ TableName, Key: { pk: { S: 'a' } } })),
      'The provided key element does not match the schema',
    ],
    [
      'too much of a key',
      (TableName) => db.send(new GetItemCommand({ TableName, Key: { ...key('a'), x: { S: '' } } })),
      'The provided key element does not match the schema',
    ],
    [
      'a 3 KB partition key',
      (TableName) => db.send(new PutItemCommand({ TableName, Item: key('x'.repeat(3_000)) })),
      'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
    ],
    [
      'a long sort key',
      (TableName) => db.send(new PutItemCommand({ TableName, Item: key('a', 'x'.repeat(1_025)) })),
      'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
    ],
    [
      'a change of the key',
      (TableName) =>
        db.send(
          new UpdateItemCommand({
            TableName,
            Key: key('a'),
            UpdateExpression: 'SET sk = :s',
            ExpressionAttributeValues: { ':s': { S: 'b' } },
          }),
        ),
      'One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key',
    ],
    [
      'too much',
      (TableName) => db.send(new PutItemCommand({ TableName, Item: { ...key('a'), x: { S: 'x'.repeat(409_600) } } })),
      'Item size has exceeded the maximum allowed size',
    ],
    [
      'an unused value',
      (TableName) =>
        db.send(
          new PutItemCommand({
            TableName,
            Item: key('a'),
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: { ':x': { S: 'a' } },
          }),
        ),
      'Value provided in ExpressionAttributeValues unused in expressions: keys: {:x}',
    ],
    [
      'values without an expression',
      (TableName) =>
        db.send(new UpdateItemCommand({ TableName, Key: key('a'), ExpressionAttributeValues: { ':x': { S: 'a' } } })),
      'ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null',
    ],
    [
      'names without an expression',
      (TableName) => db.send(new GetItemCommand({ TableName, Key: key('a'), ExpressionAttributeNames: { '#x': 'a' } })),
      'ExpressionAttributeNames can only be specified when using expressions',
    ],
    [
      'a syntax error',
      (TableName) => db.send(new DeleteItemCommand({ TableName, Key: key('a'), ConditionExpression: 'a = = b' })),
      'Invalid ConditionExpression: Syntax error; token: "=", near: "= = b"',
    ],
  ])('with %s are refused', async (_, send, message) => {
    const TableName = await makeTable()
    await expect(send(TableName)).rejects.toEqual(refused(message))
    expect((await db.send(new ScanCommand({ TableName }))).Count).toBe(0)
  })

  test('take the longest keys, whatever is in them, in order', async () => {
    const TableName = await makeTable({
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'B' },
      ],
    })
    const pk = { S: 'p'.repeat(2_048) }
    const sorts = [new Uint8Array(1_023), new Uint8Array(1_024), new Uint8Array(1_024).fill(255)]
    for (const sk of [...sorts].reverse()) await db.send(new PutItemCommand({ TableName, Item: { pk, sk: { B: sk } } }))
    const { Items } = await db.send(
      new QueryCommand({ TableName, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': pk } }),
    )
    expect(Items?.map((item) => item.sk!.B!.length)).toEqual([1_023, 1_024, 1_024])
    expect(Items?.[2]?.sk?.B).toEqual(sorts[2])
  })

  test('an item that is large in JSON is kept whole', async () => {
    const TableName = await makeTable()
    const nulls = { L: Array.from({ length: 150_000 }, () => ({ NULL: true as const })) }
    await db.send(new PutItemCommand({ TableName, Item: { ...key('wide'), nulls } }))
    const { Item } = await db.send(new GetItemCommand({ TableName, Key: key('wide') }))
    expect(Item?.nulls?.L).toHaveLength(150_000)
  })

  test('say what capacity they consumed', async () => {
    const TableName = await makeTable()
    const Item = { ...key('big'), x: { S: 'x'.repeat(5_000) } }
    const put = await db.send(new PutItemCommand({ TableName, Item, ReturnConsumedCapacity: 'INDEXES' }))
    expect(put.ConsumedCapacity).toEqual({ TableName, CapacityUnits: 5, Table: { CapacityUnits: 5 } })
    const read = async (ConsistentRead: boolean) =>
      (
        await db.send(
          new GetItemCommand({ TableName, Key: key('big'), ConsistentRead, ReturnConsumedCapacity: 'TOTAL' }),
        )
      ).ConsumedCapacity
    expect(await read(false)).toEqual({ TableName, CapacityUnits: 1 })
    expect(await read(true)).toEqual({ TableName, CapacityUnits: 2 })
  })
})
