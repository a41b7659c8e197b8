import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeEndpointsCommand,
  DescribeLimitsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TagResourceCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UntagResourceCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb'
import {
  QueryCommand as DocQueryCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let db: DynamoDBClient
let serial = 0

beforeAll(async () => {
  node = await startNode()
  db = node.client(DynamoDBClient)
})
afterAll(async () => {
  db.destroy()
  await node.close()
})

/** A table with string keys `pk` and, unless told otherwise, `sk`. */
async function makeTable(more: Partial<CreateTableCommandInput> = {}, sort = true): Promise<string> {
  const TableName = `table-${++serial}`
  await db.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        ...(sort ? [{ AttributeName: 'sk', AttributeType: 'S' as const }] : []),
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        ...(sort ? [{ AttributeName: 'sk', KeyType: 'RANGE' as const }] : []),
      ],
      BillingMode: 'PAY_PER_REQUEST',
      ...more,
    }),
  )
  return TableName
}

const key = (pk: string, sk = 'a') => ({ pk: { S: pk }, sk: { S: sk } })
const refused = (message: string | RegExp, name = 'ValidationException') =>
  expect.objectContaining({ name, message: typeof message === 'string' ? message : expect.stringMatching(message) })

/** Waits for background work by asking, not by sleeping. */
async function until<T>(ask: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 500; tries++) {
    const answer = await ask()
    if (answer) return answer
    await new Promise(setImmediate)
  }
  throw new Error('it did not come about')
}

describe('tables', () => {
  test('are made, described, listed and deleted, and the waiters end', async () => {
    const TableName = await makeTable()
    await waitUntilTableExists({ client: db, maxWaitTime: 30 }, { TableName })
    const { Table } = await db.send(new DescribeTableCommand({ TableName }))
    expect(Table).toMatchObject({
      TableName,
      TableStatus: 'ACTIVE',
      TableArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`,
      ItemCount: 0,
      TableSizeBytes: 0,
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      DeletionProtectionEnabled: false,
    })
    expect(Table?.CreationDateTime).toBeInstanceOf(Date)
    expect((await db.send(new DescribeTableCommand({ TableName: Table!.TableArn! }))).Table?.TableId).toBe(
      Table?.TableId,
    )
    expect((await db.send(new ListTablesCommand({}))).TableNames).toContain(TableName)
    const { TableDescription } = await db.send(new DeleteTableCommand({ TableName }))
    expect(TableDescription?.TableStatus).toBe('DELETING')
    await waitUntilTableNotExists({ client: db, maxWaitTime: 30 }, { TableName })
    await expect(db.send(new DescribeTableCommand({ TableName }))).rejects.toEqual(
      refused(`Requested resource not found: Table: ${TableName} not found`, 'ResourceNotFoundException'),
    )
    await expect(db.send(new GetItemCommand({ TableName, Key: key('a') }))).rejects.toEqual(
      refused('Requested resource not found', 'ResourceNotFoundException'),
    )
  })

  test('are listed in pages', async () => {
    for (let i = 0; i < 3; i++) await makeTable()
    const all = (await db.send(new ListTablesCommand({}))).TableNames
    const paged: string[] = []
    let start: string | undefined
    do {
      const page = await db.send(
        new ListTablesCommand({ Limit: 2, ...(start ? { ExclusiveStartTableName: start } : {}) }),
      )
      paged.push(...(page.TableNames ?? []))
      start = page.LastEvaluatedTableName
    } while (start)
    expect(paged).toEqual(all)
  })

  test('made again under one name begin empty, and what was there is removed', async () => {
    const TableName = await makeTable({}, false)
    await db.send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' } } }))
    await db.send(new DeleteTableCommand({ TableName }))
    await db.send(
      new CreateTableCommand({
        TableName,
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    )
    expect((await db.send(new ScanCommand({ TableName }))).Items).toEqual([])
    expect((await db.send(new DescribeTableCommand({ TableName }))).Table?.ItemCount).toBe(0)
  })

  test.each<[string, Partial<CreateTableCommandInput>, string | RegExp]>([
    [
      'a key that is not declared',
      { KeySchema: [{ AttributeName: 'x', KeyType: 'HASH' }] },
      /Some index key attributes are not defined in AttributeDefinitions. Keys: \[x\]/,
    ],
    [
      'a declared attribute that is no key',
      {
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
          { AttributeName: 'x', AttributeType: 'S' },
        ],
      },
      /Number of attributes in KeySchema does not exactly match/,
    ],
    [
      'no throughput when it is needed',
      { BillingMode: 'PROVISIONED' },
      /ReadCapacityUnits and WriteCapacityUnits must both be specified/,
    ],
    [
      'throughput when there is none',
      { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
      /Neither ReadCapacityUnits nor WriteCapacityUnits can be specified/,
    ],
    ['a name with a slash', { TableName: 'a/bc' }, /Member must satisfy regular expression pattern/],
    ['a short name', { TableName: 'ab' }, /Member must have length greater than or equal to 3/],
    [
      'a stream',
      { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } },
      /^StreamSpecification is not supported/,
    ],
    ['a resource policy', { ResourcePolicy: '{}' }, /^ResourcePolicy is not supported/],
    ['warm throughput', { WarmThroughput: { ReadUnitsPerSecond: 1 } }, /^WarmThroughput is not supported/],
    [
      'a projection of nothing',
      {
        LocalSecondaryIndexes: [
          {
            IndexName: 'idx',
            KeySchema: [
              { AttributeName: 'pk', KeyType: 'HASH' },
              { AttributeName: 'sk', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'INCLUDE' },
          },
        ],
      },
      /NonKeyAttributes is not specified/,
    ],
  ])('with %s are refused', async (_, more, message) => {
    await expect(makeTable(more)).rejects.toEqual(refused(typeof message === 'string' ? message : message))
  })

  test('exist once', async () => {
    const TableName = await makeTable()
    serial--
    await expect(makeTable()).rejects.toEqual(refused(`Table already exists: ${TableName}`, 'ResourceInUseException'))
  })

  test('are protected against deletion while that is on', async () => {
    const TableName = await makeTable({ DeletionProtectionEnabled: true })
    await expect(db.send(new DeleteTableCommand({ TableName }))).rejects.toEqual(
      refused(/^Resource cannot be deleted as it is currently protected/),
    )
    await db.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }))
    await db.send(new DeleteTableCommand({ TableName }))
  })

  test('change their billing', async () => {
    const TableName = await makeTable({
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
    })
    const describe = async () => (await db.send(new DescribeTableCommand({ TableName }))).Table
    expect((await describe())?.BillingModeSummary).toBeUndefined()
    await db.send(
      new UpdateTableCommand({ TableName, ProvisionedThroughput: { ReadCapacityUnits: 7, WriteCapacityUnits: 4 } }),
    )
    expect((await describe())?.ProvisionedThroughput).toMatchObject({ ReadCapacityUnits: 7, WriteCapacityUnits: 4 })
    await expect(
      db.send(
        new UpdateTableCommand({ TableName, ProvisionedThroughput: { ReadCapacityUnits: 7, WriteCapacityUnits: 4 } }),
      ),
    ).rejects.toEqual(refused(/The provisioned throughput for the table will not change/))
    await db.send(
      new UpdateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        OnDemandThroughput: { MaxReadRequestUnits: 9 },
      }),
    )
    expect(await describe()).toMatchObject({
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      OnDemandThroughput: { MaxReadRequestUnits: 9 },
      ProvisionedThroughput: { ReadCapacityUnits: 0 },
    })
    await expect(db.send(new UpdateTableCommand({ TableName }))).rejects.toEqual(refused(/^At least one of/))
    await expect(db.send(new UpdateTableCommand({ TableName, BillingMode: 'PROVISIONED' }))).rejects.toEqual(
      refused(/must both be specified/),
    )
  })

  test('carry tags', async () => {
    const TableName = await makeTable({ Tags: [{ Key: 'team', Value: 'a' }] })
    const ResourceArn = `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`
    await db.send(
      new TagResourceCommand({
        ResourceArn,
        Tags: [
          { Key: 'env', Value: 'test' },
          { Key: 'team', Value: 'b' },
        ],
      }),
    )
    await db.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['none'] }))
    expect((await db.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags).toEqual([
      { Key: 'env', Value: 'test' },
      { Key: 'team', Value: 'b' },
    ])
    await expect(db.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'aws:x', Value: '' }] }))).rejects.toEqual(
      refused(/reserved/),
    )
  })

  test('of the account: limits, endpoints, backups', async () => {
    const TableName = await makeTable()
    expect((await db.send(new DescribeLimitsCommand({}))).TableMaxReadCapacityUnits).toBe(40_000)
    expect((await db.send(new DescribeEndpointsCommand({}))).Endpoints?.[0]?.Address).toBe(new URL(node.endpoint).host)
    const { ContinuousBackupsDescription } = await db.send(new DescribeContinuousBackupsCommand({ TableName }))
    expect(ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe('DISABLED')
  })
})

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
      'a legacy condition',
      (TableName) => db.send(new PutItemCommand({ TableName, Item: key('a'), Expected: { x: { Exists: false } } })),
      'The legacy parameter Expected is not supported: use ConditionExpression.',
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

describe('queries and scans', () => {
  test('page by size, and the pages hold everything once', async () => {
    const TableName = await makeTable()
    const x = { S: 'x'.repeat(300_000) }
    for (let i = 0; i < 10; i++) await db.send(new PutItemCommand({ TableName, Item: { ...key('p', `s${i}`), x } }))
    const counts: number[] = []
    let start: Record<string, { S: string }> | undefined
    do {
      const page = await db.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :p',
          ExpressionAttributeValues: { ':p': { S: 'p' } },
          ReturnConsumedCapacity: 'TOTAL',
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      )
      counts.push(page.Count!)
      start = page.LastEvaluatedKey as typeof start
      expect(page.ConsumedCapacity?.CapacityUnits).toBe(Math.ceil((page.Count! * (300_000 + 9)) / 4_096) / 2)
    } while (start)
    expect(counts).toEqual([4, 4, 2])
    const counted = await db.send(new ScanCommand({ TableName, Select: 'COUNT', Limit: 3 }))
    expect(counted).toMatchObject({ Count: 3, ScannedCount: 3 })
    expect(counted.Items).toBeUndefined()
  })

  test('filter after reading, and begin where they are told to', async () => {
    const TableName = await makeTable()
    for (const sk of ['a1', 'a2', 'b1', 'b2', 'b3']) {
      await db.send(new PutItemCommand({ TableName, Item: { ...key('p', sk), odd: { BOOL: !sk.endsWith('2') } } }))
    }
    const query = (more: object, text = 'pk = :p') =>
      db.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: text,
          ...more,
          ExpressionAttributeValues: { ':p': { S: 'p' }, ...('values' in more ? (more.values as object) : {}) },
        }),
      )
    const filtered = await query({
      FilterExpression: 'odd = :t',
      values: { ':t': { BOOL: true } },
      ProjectionExpression: 'sk',
      Limit: 3,
    })
    expect(filtered).toMatchObject({
      Count: 2,
      ScannedCount: 3,
      Items: [{ sk: { S: 'a1' } }, { sk: { S: 'b1' } }],
      LastEvaluatedKey: key('p', 'b1'),
    })
    const begins = await query(
      { values: { ':b': { S: 'b' } }, ScanIndexForward: false, ExclusiveStartKey: key('p', 'b3') },
      'pk = :p AND begins_with(sk, :b)',
    )
    expect(begins.Items?.map((item) => item.sk!.S)).toEqual(['b2', 'b1'])
    await expect(
      query({ values: { ':b': { S: 'b' } }, ExclusiveStartKey: key('p', 'a1') }, 'pk = :p AND begins_with(sk, :b)'),
    ).rejects.toEqual(refused('The provided starting key is outside query boundaries based on provided conditions'))
    await expect(query({ ExclusiveStartKey: { pk: { S: 'p' } } })).rejects.toEqual(
      refused('The provided starting key is invalid'),
    )
    await expect(query({ FilterExpression: 'sk = :b', values: { ':b': { S: 'b' } } })).rejects.toEqual(
      refused('Filter Expression can only contain non-primary key attributes: Primary key attribute: sk'),
    )
    await expect(query({ IndexName: 'none' })).rejects.toEqual(
      refused('The table does not have the specified index: none'),
    )
    await expect(query({ Select: 'ALL_PROJECTED_ATTRIBUTES' })).rejects.toEqual(
      refused('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName'),
    )
    await expect(db.send(new QueryCommand({ TableName }))).rejects.toEqual(
      refused(/^Either the KeyConditions or KeyConditionExpression/),
    )
    await expect(db.send(new ScanCommand({ TableName, Segment: 1 }))).rejects.toEqual(
      refused(/^The TotalSegments parameter is required/),
    )
    await expect(db.send(new ScanCommand({ TableName, Segment: 2, TotalSegments: 2 }))).rejects.toEqual(
      refused(/^The Segment parameter is zero-based/),
    )
  })
})

describe('global indexes', () => {
  const byColor = {
    IndexName: 'byColor',
    KeySchema: [{ AttributeName: 'color', KeyType: 'HASH' as const }],
    Projection: { ProjectionType: 'KEYS_ONLY' as const },
  }
  const definitions = [{ AttributeName: 'color', AttributeType: 'S' as const }]
  const query = (TableName: string, color: string, more: object = {}) =>
    db.send(
      new QueryCommand({
        TableName,
        IndexName: 'byColor',
        KeyConditionExpression: 'color = :c',
        ExpressionAttributeValues: { ':c': { S: color } },
        ...more,
      }),
    )

  test('made on a table with items are filled, then read; deleted, they are gone', async () => {
    const TableName = await makeTable()
    for (let i = 0; i < 120; i++) {
      await db.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...key('p', `s${i}`),
            ...(i % 3 === 0 ? { color: { S: 'red' } } : i === 1 ? { color: { N: '1' } } : {}),
          },
        }),
      )
    }
    const { TableDescription } = await db.send(
      new UpdateTableCommand({
        TableName,
        AttributeDefinitions: definitions,
        GlobalSecondaryIndexUpdates: [{ Create: byColor }],
      }),
    )
    expect(TableDescription?.GlobalSecondaryIndexes?.[0]).toMatchObject({ IndexStatus: 'CREATING', Backfilling: true })
    await db.send(new PutItemCommand({ TableName, Item: { ...key('p', 'during'), color: { S: 'red' } } }))
    await db.send(new DeleteItemCommand({ TableName, Key: key('p', 's0') }))
    const index = await until(async () => {
      const { Table } = await db.send(new DescribeTableCommand({ TableName }))
      const found = Table?.GlobalSecondaryIndexes?.[0]
      return found?.IndexStatus === 'ACTIVE' && found
    })
    expect(index.ItemCount).toBe(40)
    expect((await query(TableName, 'red')).Count).toBe(40)
    await db.send(
      new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'byColor' } }] }),
    )
    const table = await until(async () => {
      const { Table } = await db.send(new DescribeTableCommand({ TableName }))
      return Table?.GlobalSecondaryIndexes === undefined && Table
    })
    expect(table.AttributeDefinitions).toHaveLength(2)
    await expect(query(TableName, 'red')).rejects.toEqual(
      refused('The table does not have the specified index: byColor'),
    )
  })

  test('hold what they project, cost their own writes, and refuse what they cannot give', async () => {
    const TableName = await makeTable({
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
        ...definitions,
      ],
      GlobalSecondaryIndexes: [byColor],
    })
    const put = (item: object) =>
      db.send(new PutItemCommand({ TableName, Item: { ...key('a'), ...item }, ReturnConsumedCapacity: 'INDEXES' }))
    expect((await put({ x: { N: '1' } })).ConsumedCapacity?.GlobalSecondaryIndexes).toBeUndefined()
    expect((await put({ color: { S: 'red' }, x: { N: '1' } })).ConsumedCapacity).toEqual({
      TableName,
      CapacityUnits: 2,
      Table: { CapacityUnits: 1 },
      GlobalSecondaryIndexes: { byColor: { CapacityUnits: 1 } },
    })
    expect((await put({ color: { S: 'blue' } })).ConsumedCapacity?.CapacityUnits).toBe(3)
    expect((await put({ color: { S: 'blue' }, x: { N: '2' } })).ConsumedCapacity?.CapacityUnits).toBe(1)
    expect((await query(TableName, 'blue')).Items).toEqual([{ ...key('a'), color: { S: 'blue' } }])
    expect((await query(TableName, 'red')).Count).toBe(0)
    await expect(query(TableName, 'blue', { ConsistentRead: true })).rejects.toEqual(
      refused('Consistent reads are not supported on global secondary indexes'),
    )
    await expect(query(TableName, 'blue', { ProjectionExpression: 'x' })).rejects.toEqual(
      refused(/does not project \[x\]/),
    )
    await expect(query(TableName, 'blue', { Select: 'ALL_ATTRIBUTES' })).rejects.toEqual(
      refused(/its projection type is not ALL/),
    )
    await expect(put({ color: { N: '1' } })).rejects.toEqual(
      refused(
        'One or more parameter values were invalid: Type mismatch for Index Key color Expected: S Actual: N IndexName: byColor',
      ),
    )
    await expect(put({ color: { S: '' } })).rejects.toEqual(refused(/IndexName: byColor, IndexKey: color$/))
  })
})

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

describe('time to live', () => {
  test('deletes what has expired, from indexes too, and nothing else', async () => {
    const TableName = await makeTable()
    const nowSec = Math.floor(node.clock.nowMs() / 1_000)
    const put = (sk: string, until?: number | string) =>
      db.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...key('e', sk),
            ...(until === undefined ? {} : { until: typeof until === 'number' ? { N: String(until) } : { S: until } }),
          },
        }),
      )
    await put('before', nowSec + 100)
    await put('never')
    const setting = { AttributeName: 'until', Enabled: true }
    await db.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: setting }))
    await expect(db.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: setting }))).rejects.toEqual(
      refused('TimeToLive is already enabled'),
    )
    expect((await db.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription).toEqual({
      TimeToLiveStatus: 'ENABLED',
      AttributeName: 'until',
    })
    await put('soon', nowSec + 200)
    await put('text', String(nowSec))
    await put('long ago', 5)
    await put('moved', nowSec + 100)
    await put('moved', nowSec + 100_000)
    const left = async () => (await db.send(new ScanCommand({ TableName }))).Items?.map((item) => item.sk!.S).toSorted()
    expect(await left()).toHaveLength(6)
    node.clock.advance(300_000)
    await until(async () => (await left())?.length === 4)
    expect(await left()).toEqual(['long ago', 'moved', 'never', 'text'])
    expect((await db.send(new DescribeTableCommand({ TableName }))).Table?.ItemCount).toBe(4)
    await db.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { ...setting, Enabled: false } }))
    expect((await db.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription).toEqual({
      TimeToLiveStatus: 'DISABLED',
    })
  })
})
