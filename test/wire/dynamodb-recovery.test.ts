import {
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  PutItemCommand,
  RestoreTableToPointInTimeCommand,
  type RestoreTableToPointInTimeCommandInput,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { past } from '../../src/services/dynamodb/state.ts'
import { key, refused, startTables, type Tables, until } from './dynamodb-fixture.ts'

let tables: Tables
let db: DynamoDBClient
let serial = 0
beforeAll(async () => {
  tables = await startTables()
  db = tables.db
})
afterAll(() => tables[Symbol.asyncDispose]())

const dayMs = 86_400_000
const now = () => tables.node.clock.nowMs()
const at = (atMs: number) => new Date(atMs)
const pass = (ms: number) => tables.node.clock.advance(ms)

const recovery = (TableName: string, PointInTimeRecoveryEnabled: boolean, RecoveryPeriodInDays?: number) =>
  db.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled, RecoveryPeriodInDays },
    }),
  )
const described = async (TableName: string) =>
  (await db.send(new DescribeContinuousBackupsCommand({ TableName }))).ContinuousBackupsDescription!
    .PointInTimeRecoveryDescription!
const put = (TableName: string, pk: string, n: number) =>
  db.send(new PutItemCommand({ TableName, Item: { ...key(pk), g: { S: 'g' }, n: { N: String(n) } } }))
const remove = (TableName: string, pk: string) => db.send(new DeleteItemCommand({ TableName, Key: key(pk) }))

async function contents(TableName: string, IndexName?: string): Promise<Record<string, number>> {
  const { Items } = await db.send(new ScanCommand({ TableName, IndexName }))
  return Object.fromEntries(Items!.map((item) => [item.pk!.S!, Number(item.n!.N)] as const).sort())
}

async function restored(
  SourceTableName: string,
  RestoreDateTime: Date | undefined,
  more: Partial<RestoreTableToPointInTimeCommandInput> = {},
): Promise<string> {
  const TargetTableName = `restored-${++serial}`
  const time = RestoreDateTime ? { RestoreDateTime } : { UseLatestRestorableTime: true }
  const request = { SourceTableName, TargetTableName, ...time, ...more }
  const made = await db.send(new RestoreTableToPointInTimeCommand(request))
  expect(made.TableDescription).toMatchObject({ TableStatus: 'CREATING', RestoreSummary: { RestoreInProgress: true } })
  await active(TargetTableName)
  return TargetTableName
}
const active = (TableName: string) =>
  until(async () => (await db.send(new DescribeTableCommand({ TableName }))).Table!.TableStatus === 'ACTIVE')

/** Of all tables' items. */
async function keptVersions(): Promise<number> {
  const scope = { account: '000000000000', region: 'us-east-1' }
  // Leaves the node time to forget some.
  await db.send(new ListTablesCommand())
  return tables.node.node.host.records.read(scope, async (tx) => {
    let count = 0
    for await (const _ of tx.keys(past.under())) count++
    return count
  })
}

async function recoverable(): Promise<string> {
  const TableName = `source-${++serial}`
  const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const })
  await db.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [attribute('pk'), attribute('sk'), attribute('g')],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-g',
          KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  return TableName
}

test('a table is made again as it was at any time since recovery was switched on', async () => {
  const TableName = await recoverable()
  await put(TableName, 'kept', 1)
  await put(TableName, 'changed', 1)
  await put(TableName, 'removed', 1)
  pass(1_000)
  await recovery(TableName, true)
  const times: [number, Record<string, number>][] = [[now(), await contents(TableName)]]
  const then = async (...changes: (() => Promise<unknown>)[]) => {
    pass(1_000)
    for (const change of changes) await change()
    pass(1_000)
    times.push([now(), await contents(TableName)])
  }
  await then(() => put(TableName, 'changed', 2))
  await then(
    () => put(TableName, 'changed', 3),
    () => remove(TableName, 'removed'),
    () => put(TableName, 'new', 3),
  )
  await then(
    () => remove(TableName, 'new'),
    () => put(TableName, 'removed', 4),
  )
  await then(() =>
    db.send(
      new TransactWriteItemsCommand({
        TransactItems: ['kept', 'removed'].map((pk) => ({ Delete: { TableName, Key: key(pk) } })),
      }),
    ),
  )
  for (const [time, held] of times) {
    const TargetTableName = await restored(TableName, at(time))
    expect(await contents(TargetTableName)).toEqual(held)
    expect(await contents(TargetTableName, 'by-g')).toEqual(held)
  }
  const latest = await restored(TableName, undefined, { GlobalSecondaryIndexOverride: [] })
  expect(await contents(latest)).toEqual(times.at(-1)![1])
  const { Table } = await db.send(new DescribeTableCommand({ TableName: latest }))
  expect(Table).toMatchObject({ ItemCount: 1, RestoreSummary: { RestoreInProgress: false } })
  expect(Table!.RestoreSummary!.SourceBackupArn).toBeUndefined()
  expect(Table!.GlobalSecondaryIndexes).toBeUndefined()
  expect((await described(latest)).PointInTimeRecoveryStatus).toBe('DISABLED')
  await recovery(TableName, false)
  await until(async () => (await keptVersions()) === 0)
})

test('many items are restored while they are written, also over a restart', async () => {
  const TableName = await recoverable()
  await recovery(TableName, true)
  const all = Array.from({ length: 120 }, (_, i) => `p${i}`)
  for (const pk of all) await put(TableName, pk, 1)
  pass(1_000)
  const held = await contents(TableName)
  const time = now()
  pass(1_000)
  for (const pk of all.slice(0, 40)) await remove(TableName, pk)
  const TargetTableName = `restored-${++serial}`
  await db.send(
    new RestoreTableToPointInTimeCommand({ SourceTableName: TableName, TargetTableName, RestoreDateTime: at(time) }),
  )
  await expect(db.send(new DeleteTableCommand({ TableName }))).rejects.toEqual(
    refused(/still in use/, 'ResourceInUseException'),
  )
  for (const pk of all.slice(30, 80)) await put(TableName, pk, 2)
  const shiftMs = now()
  await tables.node.restart()
  db.destroy()
  db = tables.node.client(DynamoDBClient)
  // The clock of a node that was moved is behind after it begins again.
  pass(Math.max(0, shiftMs - now()))
  for (const pk of all.slice(60, 100)) await remove(TableName, pk)
  await active(TargetTableName)
  expect(await contents(TargetTableName)).toEqual(held)
  await db.send(new DeleteTableCommand({ TableName }))
  await until(async () => (await keptVersions()) === 0)
})

test('the past is forgotten when its days are over, and says from when it is there', async () => {
  const TableName = await recoverable()
  expect(await described(TableName)).toEqual({ PointInTimeRecoveryStatus: 'DISABLED' })
  const since = now()
  await recovery(TableName, true, 2)
  const first = await described(TableName)
  expect(first).toMatchObject({ PointInTimeRecoveryStatus: 'ENABLED', RecoveryPeriodInDays: 2 })
  expect(first.EarliestRestorableDateTime!.getTime()).toBeGreaterThanOrEqual(since - 1)
  await put(TableName, 'a', 1)
  pass(dayMs)
  await put(TableName, 'a', 2)
  const between = now()
  pass(1_000)
  await put(TableName, 'a', 3)
  pass(1.5 * dayMs)
  const later = await described(TableName)
  expect(later.EarliestRestorableDateTime!.getTime()).toBeGreaterThan(since + dayMs / 4)
  await expect(restored(TableName, at(since + 1_000))).rejects.toEqual(
    refused(/RestoreDateTime must be between/, 'InvalidRestoreTimeException'),
  )
  await expect(restored(TableName, at(now() + 60_000))).rejects.toMatchObject({ name: 'InvalidRestoreTimeException' })
  expect(await contents(await restored(TableName, at(between)))).toEqual({ a: 2 })
  await until(async () => (await keptVersions()) === 2)
  pass(3 * dayMs)
  await until(async () => (await keptVersions()) === 0)

  await recovery(TableName, false)
  await expect(restored(TableName, undefined)).rejects.toEqual(
    refused(/not enabled for table/, 'PointInTimeRecoveryUnavailableException'),
  )
  await recovery(TableName, true)
  await expect(restored(TableName, at(between))).rejects.toMatchObject({ name: 'InvalidRestoreTimeException' })
  await db.send(new DeleteTableCommand({ TableName }))
})

test('what cannot be is refused', async () => {
  const TableName = await recoverable()
  const missing = { name: 'TableNotFoundException' }
  await expect(recovery('no-such-table', true)).rejects.toMatchObject(missing)
  await expect(restored('no-such-table', undefined)).rejects.toMatchObject(missing)
  await expect(described('no-such-table')).rejects.toMatchObject(missing)
  await expect(recovery(TableName, false, 3)).rejects.toEqual(refused(/RecoveryPeriodInDays/))
  await expect(recovery(TableName, true, 36)).rejects.toMatchObject({ name: 'ValidationException' })
  await recovery(TableName, true)
  await expect(restored(TableName, at(now()), { UseLatestRestorableTime: true })).rejects.toEqual(refused(/not both/))
  await expect(restored(TableName, undefined, { UseLatestRestorableTime: false })).rejects.toEqual(refused(/either/))
  await expect(restored(TableName, undefined, { SourceTableName: undefined })).rejects.toEqual(refused(/Give one of/))
  await expect(restored(TableName, undefined, { TargetTableName: TableName })).rejects.toMatchObject({
    name: 'TableAlreadyExistsException',
  })
})
