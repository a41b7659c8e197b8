import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateBackupCommand,
  CreateTableCommand,
  DeleteBackupCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeBackupCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ListBackupsCommand,
  PutItemCommand,
  RestoreTableFromBackupCommand,
  type RestoreTableFromBackupCommandInput,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { key, refused, startTables, type Tables, until } from './dynamodb-fixture.ts'

let tables: Tables
let db: DynamoDBClient
let serial = 0
beforeAll(async () => {
  tables = await startTables()
  db = tables.db
})
afterAll(() => tables[Symbol.asyncDispose]())

const indexed = {
  AttributeDefinitions: ['pk', 'sk', 'g'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-g',
      KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' as const }],
      Projection: { ProjectionType: 'ALL' as const },
    },
  ],
}
const itemAt = (i: number, n = i) => ({ ...key(`p${i}`), g: { S: `g${i % 3}` }, n: { N: String(n) } })

async function filled(count: number): Promise<string> {
  const TableName = `filled-${++serial}`
  const KeySchema = [
    { AttributeName: 'pk', KeyType: 'HASH' as const },
    { AttributeName: 'sk', KeyType: 'RANGE' as const },
  ]
  await db.send(new CreateTableCommand({ TableName, KeySchema, BillingMode: 'PAY_PER_REQUEST', ...indexed }))
  for (let i = 0; i < count; i += 25) {
    const puts = Array.from({ length: 25 }, (_, k) => ({ PutRequest: { Item: itemAt(i + k) } }))
    await db.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }))
  }
  return TableName
}

async function contents(TableName: string, IndexName?: string) {
  const items: Record<string, AttributeValue>[] = []
  for await (const page of pages(TableName, IndexName)) items.push(...page)
  return items.map((item) => JSON.stringify(Object.entries(item).sort())).sort()
}
async function* pages(TableName: string, IndexName?: string) {
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined
  do {
    const page: ScanCommandOutput = await db.send(new ScanCommand({ TableName, IndexName, ExclusiveStartKey }))
    yield page.Items ?? []
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey)
}

const backUp = async (TableName: string, BackupName = 'nightly') =>
  (await db.send(new CreateBackupCommand({ TableName, BackupName }))).BackupDetails!
const available = (BackupArn: string) =>
  until(async () => {
    const { BackupDescription } = await db.send(new DescribeBackupCommand({ BackupArn }))
    return BackupDescription!.BackupDetails!.BackupStatus === 'AVAILABLE' && BackupDescription
  })
async function restore(
  BackupArn: string,
  TargetTableName: string,
  more: Partial<RestoreTableFromBackupCommandInput> = {},
) {
  const made = await db.send(new RestoreTableFromBackupCommand({ BackupArn, TargetTableName, ...more }))
  expect(made.TableDescription).toMatchObject({ TableStatus: 'CREATING', RestoreSummary: { RestoreInProgress: true } })
  return until(async () => {
    const { Table } = await db.send(new DescribeTableCommand({ TableName: TargetTableName }))
    return Table!.TableStatus === 'ACTIVE' && Table
  })
}

test('a backup is what the table held when it was asked for, whatever is written meanwhile', async () => {
  const TableName = await filled(300)
  const before = await contents(TableName)
  const { BackupArn, BackupStatus } = await backUp(TableName)
  expect(BackupStatus).toBe('CREATING')
  for (let i = 0; i < 300; i += 7) {
    if (i % 2 === 0) await db.send(new PutItemCommand({ TableName, Item: itemAt(i, 1_000) }))
    else await db.send(new DeleteItemCommand({ TableName, Key: key(`p${i}`) }))
    await db.send(new PutItemCommand({ TableName, Item: itemAt(1_000 + i) }))
  }
  const described = await available(BackupArn!)
  expect(described).toMatchObject({
    BackupDetails: { BackupName: 'nightly', BackupType: 'USER' },
    SourceTableDetails: { TableName, ItemCount: 300, BillingMode: 'PAY_PER_REQUEST' },
    SourceTableFeatureDetails: { GlobalSecondaryIndexes: [{ IndexName: 'by-g' }] },
  })
  const changed = await contents(TableName)
  const restored = await restore(BackupArn!, 'restored')
  expect(restored).toMatchObject({
    ItemCount: 300,
    RestoreSummary: { SourceBackupArn: BackupArn, RestoreInProgress: false },
    GlobalSecondaryIndexes: [{ IndexName: 'by-g', IndexStatus: 'ACTIVE', ItemCount: 300 }],
  })
  expect(await contents('restored')).toEqual(before)
  expect(await contents('restored', 'by-g')).toEqual(before)
  expect(await contents(TableName)).toEqual(changed)
})

test('goes on after a restart, outlives its table, and can leave indexes out', async () => {
  const TableName = await filled(100)
  const before = await contents(TableName)
  const { BackupArn } = await backUp(TableName)
  await tables.node.restart()
  db.destroy()
  db = tables.node.client(DynamoDBClient)
  await available(BackupArn!)
  await db.send(new DeleteTableCommand({ TableName }))
  const restored = await restore(BackupArn!, TableName, {
    GlobalSecondaryIndexOverride: [],
    BillingModeOverride: 'PROVISIONED',
    ProvisionedThroughputOverride: { ReadCapacityUnits: 500, WriteCapacityUnits: 500 },
  })
  expect(restored.GlobalSecondaryIndexes).toBeUndefined()
  expect(restored.ProvisionedThroughput).toMatchObject({ ReadCapacityUnits: 500 })
  expect(await contents(TableName)).toEqual(before)
})

test('are listed, by table and page by page, and deleted', async () => {
  const TableName = await filled(25)
  const arns: string[] = []
  for (let i = 0; i < 3; i++) {
    tables.node.clock.advance(1_000)
    arns.push((await backUp(TableName, `b-${i}`)).BackupArn!)
  }
  for (const arn of arns) await available(arn)
  const list = async (more: object = {}) => db.send(new ListBackupsCommand({ TableName, ...more }))
  const names = async (more: object = {}) => (await list(more)).BackupSummaries!.map(({ BackupName }) => BackupName)
  expect(await names()).toEqual(['b-0', 'b-1', 'b-2'])
  const first = await list({ Limit: 2 })
  expect(first.LastEvaluatedBackupArn).toBe(arns[1])
  expect(await names({ ExclusiveStartBackupArn: first.LastEvaluatedBackupArn })).toEqual(['b-2'])
  expect(await names({ BackupType: 'SYSTEM' })).toEqual([])
  expect(await names({ TimeRangeUpperBound: new Date(0) })).toEqual([])
  const gone = await db.send(new DeleteBackupCommand({ BackupArn: arns[0] }))
  expect(gone.BackupDescription!.BackupDetails!.BackupStatus).toBe('DELETED')
  expect(await names()).toEqual(['b-1', 'b-2'])
  const missing = { name: 'BackupNotFoundException' }
  await expect(db.send(new DescribeBackupCommand({ BackupArn: arns[0] }))).rejects.toMatchObject(missing)
  await expect(
    db.send(new RestoreTableFromBackupCommand({ BackupArn: arns[0], TargetTableName: 'nothing' })),
  ).rejects.toMatchObject(missing)
  await expect(
    db.send(new RestoreTableFromBackupCommand({ BackupArn: arns[1], TargetTableName: TableName })),
  ).rejects.toMatchObject({ name: 'TableAlreadyExistsException' })
  await expect(backUp('no-such-table')).rejects.toMatchObject({ name: 'TableNotFoundException' })
  await expect(db.send(new DescribeBackupCommand({ BackupArn: arns[1]!.replace('backup', 'index') }))).rejects.toEqual(
    refused(/Invalid BackupArn/),
  )
})
