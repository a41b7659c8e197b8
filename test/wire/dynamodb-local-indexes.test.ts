import { PutItemCommand, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { partitionHash } from '../../src/services/dynamodb/positions.ts'
import { collectionBytes, table } from '../../src/services/dynamodb/state.ts'
import { key, refused, startTables, type Tables } from './dynamodb-fixture.ts'

let tables: Tables
let TableName: string
const attribute = (AttributeName: string, AttributeType: 'S' | 'N') => ({ AttributeName, AttributeType })
const localIndex = (IndexName: string, sort: string, Projection: object) => ({
  IndexName,
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ],
  Projection,
})

beforeAll(async () => {
  tables = await startTables()
  TableName = await tables.makeTable({
    AttributeDefinitions: [attribute('pk', 'S'), attribute('sk', 'S'), attribute('n', 'N'), attribute('w', 'S')],
    LocalSecondaryIndexes: [
      localIndex('keys', 'n', { ProjectionType: 'KEYS_ONLY' }),
      localIndex('some', 'w', { ProjectionType: 'INCLUDE', NonKeyAttributes: ['x'] }),
    ],
  })
  for (let i = 0; i < 6; i++) {
    const Item = { ...key('p', `${i}`), n: { N: String(10 - i) }, x: { S: `x${i}` }, y: { S: `y${i}` } }
    await tables.db.send(new PutItemCommand({ TableName, Item: i % 2 ? { ...Item, w: { S: `w${i}` } } : Item }))
  }
})
afterAll(() => tables[Symbol.asyncDispose]())

const query = (IndexName: string, more: object = {}) =>
  tables.db.send(
    new QueryCommand({
      TableName,
      IndexName,
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'p' } },
      ReturnConsumedCapacity: 'INDEXES',
      ...more,
    }),
  )

describe('a local index', () => {
  test('has the partition in another order, and only what has its key', async () => {
    const byNumber = await query('keys')
    expect(byNumber.Items!.map(({ sk }) => sk!.S)).toEqual(['5', '4', '3', '2', '1', '0'])
    expect(byNumber.Items![0]).toEqual({ ...key('p', '5'), n: { N: '5' } })
    expect((await query('some')).Items).toEqual(
      [1, 3, 5].map((i) => ({ ...key('p', `${i}`), w: { S: `w${i}` }, x: { S: `x${i}` } })),
    )
  })

  test('gives what it does not hold from the table, which costs what it costs', async () => {
    const own = await query('keys', { ConsistentRead: true })
    expect(own.ConsumedCapacity).toMatchObject({
      CapacityUnits: 1,
      LocalSecondaryIndexes: { keys: { CapacityUnits: 1 } },
    })
    const whole = await query('keys', { Select: 'ALL_ATTRIBUTES', ConsistentRead: true })
    expect(whole.Items![0]).toMatchObject({ x: { S: 'x5' }, y: { S: 'y5' } })
    expect(whole.ConsumedCapacity).toMatchObject({ CapacityUnits: 7, Table: { CapacityUnits: 6 } })
    const some = await query('keys', { ProjectionExpression: 'y', Limit: 2 })
    expect(some.Items).toEqual([{ y: { S: 'y5' } }, { y: { S: 'y4' } }])
    expect(Object.keys(some.LastEvaluatedKey!).sort()).toEqual(['n', 'pk', 'sk'])
  })

  test('is made with the table only, and shares its partition key', async () => {
    const make = (index: object) =>
      tables.makeTable({
        AttributeDefinitions: [attribute('pk', 'S'), attribute('sk', 'S'), attribute('n', 'N')],
        LocalSecondaryIndexes: [index],
      } as never)
    const other = { ...localIndex('other', 'n', { ProjectionType: 'ALL' }) }
    await expect(
      make({ ...other, KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }, other.KeySchema[1]] }),
    ).rejects.toEqual(refused(/same name|same leading hash key/))
    await expect(make({ ...other, KeySchema: [other.KeySchema[0]] })).rejects.toEqual(
      refused(/Index KeySchema does not have a range key for index: other/),
    )
  })
})

test('a collection takes no more than 10 GB, and writes that make it smaller', async () => {
  const scope = { account: '000000000000', region: 'us-east-1' }
  const { records } = tables.node.node.host
  const collection = async () => {
    const found = (await records.read(scope, (tx) => tx.get(table(TableName))))!
    return collectionBytes(found.id, partitionHash({ S: 'p' }))
  }
  const bytes = collection()
  const filled = 10 * 2 ** 30 - 1_000
  await records.write(scope, async (tx) => tx.add(await bytes, filled))
  const put = (x: string) => new PutItemCommand({ TableName, Item: { ...key('p', 'big'), x: { S: x } } })
  await tables.db.send(put('x'))
  const exceeded = { name: 'ItemCollectionSizeLimitExceededException', message: 'Collection size exceeded.' }
  await expect(tables.db.send(put('x'.repeat(2_000)))).rejects.toMatchObject(exceeded)
  await expect(
    tables.db.send(
      new TransactWriteItemsCommand({ TransactItems: [{ Put: { ...put('x'.repeat(2_000)).input } }] } as never),
    ),
  ).rejects.toMatchObject({ CancellationReasons: [{ Code: 'ItemCollectionSizeLimitExceeded' }] })
  await tables.db.send(new PutItemCommand({ TableName, Item: key('other', 'a') }))
  const metrics = await tables.db.send(
    new PutItemCommand({ TableName, Item: key('p', 'big'), ReturnItemCollectionMetrics: 'SIZE' }),
  )
  expect(metrics.ItemCollectionMetrics).toMatchObject({
    ItemCollectionKey: { pk: { S: 'p' } },
    SizeEstimateRangeGB: [9, 10],
  })
})
