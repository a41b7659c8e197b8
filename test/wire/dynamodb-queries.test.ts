import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { key, refused, startTables, type Tables, until } from './dynamodb-fixture.ts'

let tables: Tables
let db: Tables['db']
let makeTable: Tables['makeTable']

beforeAll(async () => {
  tables = await startTables()
  ;({ db, makeTable } = tables)
})
afterAll(() => tables[Symbol.asyncDispose]())

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
    const update = new UpdateItemCommand({
      TableName,
      Key: key('a'),
      UpdateExpression: 'SET color = :c',
      ExpressionAttributeValues: { ':c': { BOOL: true } },
    })
    await expect(db.send(update)).rejects.toEqual(
      refused(
        'One or more parameter values were invalid: Type mismatch for Index Key color Expected: S Actual: BOOL IndexName: byColor',
      ),
    )
    const fromItem = new UpdateItemCommand({ TableName, Key: key('a'), UpdateExpression: 'SET color = size_' })
    await db.send(new PutItemCommand({ TableName, Item: { ...key('a'), size_: { N: '1' } } }))
    await expect(db.send(fromItem)).rejects.toEqual(
      refused('The update expression attempted to update the secondary index key to unsupported type'),
    )
    await expect(put({ color: { S: '' } })).rejects.toEqual(refused(/IndexName: byColor, IndexKey: color$/))
  })

  test('go on being filled after a restart', async () => {
    const own = await startTables()
    await using _ = own
    const TableName = await own.makeTable()
    const puts = Array.from({ length: 25 }, (_, i) => ({
      PutRequest: { Item: { ...key('p', `s${i}`), color: { S: 'red' } } },
    }))
    for (const pk of ['a', 'b', 'c', 'd']) {
      const RequestItems = {
        [TableName]: puts.map(({ PutRequest: { Item } }) => ({ PutRequest: { Item: { ...Item, pk: { S: pk } } } })),
      }
      await own.db.send(new BatchWriteItemCommand({ RequestItems }))
    }
    await own.db.send(
      new UpdateTableCommand({
        TableName,
        AttributeDefinitions: definitions,
        GlobalSecondaryIndexUpdates: [{ Create: byColor }],
      }),
    )
    await own.node.restart()
    const client = own.node.client(DynamoDBClient)
    const index = await until(async () => {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }))
      const found = Table?.GlobalSecondaryIndexes?.[0]
      // Work that the node before had taken is given up when its lease runs out.
      own.node.clock.advance(1_000)
      return found?.IndexStatus === 'ACTIVE' && found
    })
    expect(index.ItemCount).toBe(100)
    client.destroy()
  })
})
