import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { key, startTables, type Tables } from './dynamodb-fixture.ts'

let tables: Tables
beforeAll(async () => {
  tables = await startTables()
})
afterAll(() => tables[Symbol.asyncDispose]())

const units = (ReadCapacityUnits: number, WriteCapacityUnits: number) => ({
  BillingMode: 'PROVISIONED' as const,
  ProvisionedThroughput: { ReadCapacityUnits, WriteCapacityUnits },
})
/** 200 write units, 50 read units. */
const large = { S: 'x'.repeat(200 * 1024 - 20) }
const put = (TableName: string, pk: string, more: object = {}) =>
  tables.db.send(new PutItemCommand({ TableName, Item: { ...key(pk), large, ...more } }))
const exceeded = {
  name: 'ProvisionedThroughputExceededException',
  message:
    'The level of configured provisioned throughput for the table was exceeded. Consider increasing your ' +
    'provisioning level with the UpdateTable API.',
}

describe('provisioned throughput', () => {
  test('lets five minutes of it through at once, and then as much as time brings', async () => {
    const TableName = await tables.makeTable(units(10, 1))
    await put(TableName, 'a')
    await put(TableName, 'b')
    await expect(put(TableName, 'c')).rejects.toMatchObject(exceeded)
    tables.node.clock.advance(60_000)
    await expect(put(TableName, 'c')).rejects.toMatchObject(exceeded)
    tables.node.clock.advance(60_000)
    await put(TableName, 'c')
    await expect(put(TableName, 'd')).rejects.toMatchObject(exceeded)
    // What failed did not happen, and more throughput helps once there is time for it to come.
    expect((await tables.db.send(new GetItemCommand({ TableName, Key: key('d') }))).Item).toBeUndefined()
    const { ProvisionedThroughput } = units(10, 1_000)
    await tables.db.send(new UpdateTableCommand({ TableName, ProvisionedThroughput }))
    tables.node.clock.advance(1_000)
    await put(TableName, 'd')
  })

  test('also counts reads, by what they read', async () => {
    const TableName = await tables.makeTable(units(1, 1_000))
    for (const sk of ['1', '2', '3']) await put(TableName, 'p', { sk: { S: sk } })
    const get = () => tables.db.send(new GetItemCommand({ TableName, Key: key('p', '1'), ConsistentRead: true }))
    const query = () =>
      tables.db.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :p',
          ExpressionAttributeValues: { ':p': { S: 'p' } },
          ConsistentRead: true,
        }),
      )
    for (let i = 0; i < 3; i++) await query()
    await expect(get()).rejects.toMatchObject(exceeded)
    await expect(
      tables.db.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [key('p', '1')] } } })),
    ).rejects.toMatchObject(exceeded)
    tables.node.clock.advance(300_000)
    await get()
  })

  test('of an index holds up what changes the index', async () => {
    const TableName = await tables.makeTable({
      ...units(1_000, 1_000),
      AttributeDefinitions: ['pk', 'sk', 'g'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'narrow',
          KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
          ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
        },
      ],
    })
    const g = { g: { S: 'g' } }
    await put(TableName, 'a', g)
    await put(TableName, 'b', g)
    await expect(put(TableName, 'c', g)).rejects.toMatchObject({
      name: 'ProvisionedThroughputExceededException',
      message: expect.stringContaining('one or more global secondary indexes'),
    })
    await put(TableName, 'd')
  })

  test('leaves over what of a batch it does not let through', async () => {
    const TableName = await tables.makeTable({ ...units(1, 1), TableName: 'constructor' })
    const batch = (...pks: string[]) =>
      tables.db.send(
        new BatchWriteItemCommand({
          RequestItems: { [TableName]: pks.map((pk) => ({ PutRequest: { Item: { ...key(pk), large } } })) },
        }),
      )
    const { UnprocessedItems } = await batch('a', 'b', 'c', 'd')
    expect(UnprocessedItems![TableName]!.map(({ PutRequest }) => PutRequest!.Item!.pk!.S)).toEqual(['c', 'd'])
    await expect(batch('e')).rejects.toMatchObject(exceeded)
  })

  test('cancels a transaction, which costs twice as much', async () => {
    const TableName = await tables.makeTable(units(1, 1))
    const transact = (pk: string) =>
      tables.db.send(
        new TransactWriteItemsCommand({ TransactItems: [{ Put: { TableName, Item: { ...key(pk), large } } }] }),
      )
    await transact('a')
    await expect(transact('b')).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'ProvisionedThroughputExceeded', Message: exceeded.message }],
    })
  })
})

describe('a table on demand', () => {
  test('has no limit but the one that it was given', async () => {
    const free = await tables.makeTable()
    for (let i = 0; i < 20; i++) await put(free, String(i))
    const TableName = await tables.makeTable({ OnDemandThroughput: { MaxWriteRequestUnits: 1 } })
    await put(TableName, 'a')
    await put(TableName, 'b')
    await expect(put(TableName, 'c')).rejects.toMatchObject({
      name: 'ThrottlingException',
      message: 'Throughput exceeds the maximum OnDemandThroughput configured on table or index.',
    })
    await tables.db.send(new UpdateTableCommand({ TableName, OnDemandThroughput: { MaxWriteRequestUnits: -1 } }))
    await put(TableName, 'c')
  })
})
