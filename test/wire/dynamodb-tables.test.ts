import {
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeEndpointsCommand,
  DescribeLimitsCommand,
  DescribeTableCommand,
  GetItemCommand,
  ListTablesCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  ScanCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateTableCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { item, itemCount, table } from '../../src/services/dynamodb/state.ts'
import { key, refused, startTables, type Tables, until } from './dynamodb-fixture.ts'

const scope = { account: '000000000000', region: 'us-east-1' }
let tables: Tables
let db: Tables['db']
let makeTable: Tables['makeTable']
let node: Tables['node']

beforeAll(async () => {
  tables = await startTables()
  ;({ db, makeTable, node } = tables)
})
afterAll(() => tables[Symbol.asyncDispose]())

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
    const { records } = node.node.host
    const { id } = (await records.read(scope, (tx) => tx.get(table(TableName))))!
    const left = () =>
      records.read(scope, async (tx) => {
        let count = await tx.count(itemCount(id))
        for await (const _ of tx.keys(item.under(id))) count++
        return count
      })
    expect(await left()).toBe(2)
    await db.send(new DeleteTableCommand({ TableName }))
    await makeTable({ TableName }, false)
    expect((await db.send(new ScanCommand({ TableName }))).Items).toEqual([])
    expect((await db.send(new DescribeTableCommand({ TableName }))).Table?.ItemCount).toBe(0)
    await until(async () => (await left()) === 0)
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
    ['no resource policy', { ResourcePolicy: '{}' }, /^Invalid policy document/],
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
    await expect(makeTable({ TableName })).rejects.toEqual(
      refused(`Table already exists: ${TableName}`, 'ResourceInUseException'),
    )
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
