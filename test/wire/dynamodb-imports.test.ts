import { gzipSync } from 'node:zlib'
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation'
import {
  DescribeContinuousBackupsCommand,
  DescribeExportCommand,
  DescribeImportCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ExportTableToPointInTimeCommand,
  GetItemCommand,
  ImportTableCommand,
  type ImportTableCommandInput,
  ListImportsCommand,
  PutItemCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fieldsOf } from '../../src/services/dynamodb/import-lines.ts'
import { key, refused, startTables, type Tables, until } from './dynamodb-fixture.ts'
import { settledStack } from './stack-support.ts'

let tables: Tables
let db: DynamoDBClient
let s3: S3Client
let serial = 0
const Bucket = 'imports'
beforeAll(async () => {
  tables = await startTables()
  db = tables.db
  s3 = tables.node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket }))
})
afterAll(() => tables[Symbol.asyncDispose]())

const put = (Key: string, Body: string | Uint8Array) => s3.send(new PutObjectCommand({ Bucket, Key, Body }))
const definition = (TableName = `imported-${++serial}`) => ({
  TableName,
  AttributeDefinitions: ['pk', 'sk', 'g'].map((AttributeName) => ({
    AttributeName,
    AttributeType: AttributeName === 'g' ? ('N' as const) : ('S' as const),
  })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' as const },
    { AttributeName: 'sk', KeyType: 'RANGE' as const },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-g',
      KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' as const }],
      Projection: { ProjectionType: 'ALL' as const },
    },
  ],
  BillingMode: 'PAY_PER_REQUEST' as const,
})
async function begin(S3KeyPrefix: string, more: Partial<ImportTableCommandInput> = {}) {
  const { ImportTableDescription } = await db.send(
    new ImportTableCommand({
      S3BucketSource: { S3Bucket: Bucket, S3KeyPrefix },
      InputFormat: 'DYNAMODB_JSON',
      TableCreationParameters: definition(),
      ...more,
    }),
  )
  return ImportTableDescription!
}
const finished = (ImportArn: string) =>
  until(async () => {
    const { ImportTableDescription } = await db.send(new DescribeImportCommand({ ImportArn }))
    return ImportTableDescription!.ImportStatus !== 'IN_PROGRESS' && ImportTableDescription
  })
const nameOf = ({ TableArn }: { TableArn?: string | undefined }) => TableArn!.split('/')[1]!
const items = async (TableName: string, IndexName?: string) => {
  const { Items } = await db.send(new ScanCommand({ TableName, IndexName }))
  return Items!.map((item) => item.pk!.S!).sort()
}

test('what was exported is imported again, every type as it was', async () => {
  const TableName = await tables.makeTable()
  const everything = {
    ...key('all'),
    n: { N: '-1.5' },
    b: { B: Uint8Array.from([0, 255]) },
    bs: { BS: [Uint8Array.from([1]), Uint8Array.from([2])] },
    ns: { NS: ['1', '2'] },
    ss: { SS: ['a', 'ä'] },
    l: { L: [{ S: 'x\n"y"' }, { NULL: true }, { M: { b: { B: Uint8Array.from([7]) } } }] },
    t: { BOOL: true },
    f: { BOOL: false },
  }
  await db.send(new PutItemCommand({ TableName, Item: everything }))
  await db.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  )
  const { Table } = await db.send(new DescribeTableCommand({ TableName }))
  const exported = await db.send(
    new ExportTableToPointInTimeCommand({ TableArn: Table!.TableArn, S3Bucket: Bucket, S3Prefix: 'round' }),
  )
  const ExportArn = exported.ExportDescription!.ExportArn!
  const { ExportManifest } = await until(async () => {
    const { ExportDescription } = await db.send(new DescribeExportCommand({ ExportArn }))
    return ExportDescription!.ExportStatus === 'COMPLETED' && ExportDescription
  })
  const begun = await begin(ExportManifest!.replace('manifest-summary.json', 'data/'), { InputCompressionType: 'GZIP' })
  expect(begun).toMatchObject({ ImportStatus: 'IN_PROGRESS', InputFormat: 'DYNAMODB_JSON' })
  expect(await finished(begun.ImportArn!)).toMatchObject({
    ImportStatus: 'COMPLETED',
    ProcessedItemCount: 1,
    ImportedItemCount: 1,
    ErrorCount: 0,
  })
  const { Item } = await db.send(new GetItemCommand({ TableName: nameOf(begun), Key: key('all') }))
  expect(Item).toEqual(everything)
  const { ContinuousBackupsDescription } = await db.send(
    new DescribeContinuousBackupsCommand({ TableName: nameOf(begun) }),
  )
  expect(ContinuousBackupsDescription!.PointInTimeRecoveryDescription!.PointInTimeRecoveryStatus).toBe('DISABLED')
})

test('CSV becomes text, but for keys, and what is no item is counted', async () => {
  await put('csv/a.csv', 'pk,sk,g,note\r\na,1,7,"one, ""two"""\r\nb,1,8,\r\n\r\nc,1,no number,x\nd,1\n,1,1,x\n')
  await put('csv/b.csv.gz', 'pk,sk,g,note\ne,1,9,x')
  const begun = await begin('csv/', { InputFormat: 'CSV' })
  const done = await finished(begun.ImportArn!)
  expect(done).toMatchObject({ ImportStatus: 'COMPLETED', ProcessedItemCount: 6, ImportedItemCount: 3, ErrorCount: 3 })
  const TableName = nameOf(begun)
  expect(await items(TableName)).toEqual(['a', 'b', 'e'])
  expect(await items(TableName, 'by-g')).toEqual(['a', 'b', 'e'])
  const { Item } = await db.send(new GetItemCommand({ TableName, Key: key('a', '1') }))
  expect(Item).toEqual({ ...key('a', '1'), g: { N: '7' }, note: { S: 'one, "two"' } })

  await put('tabs/a', 'f\t1\t3\tx')
  const InputFormatOptions = { Csv: { Delimiter: '\t', HeaderList: ['pk', 'sk', 'g', 'constructor'] } }
  const tabs = await begin('tabs/', { InputFormat: 'CSV', InputFormatOptions })
  expect(await finished(tabs.ImportArn!)).toMatchObject({ ImportedItemCount: 1, InputFormatOptions })
  expect(await items(nameOf(tabs))).toEqual(['f'])
})

test('lines that are no items are counted, and what cannot be read fails the import by name', async () => {
  const lines = ['{"Item":', '{}', '{"Item":{"pk":{"S":"a"}}}', '{"Item":{"pk":{"S":1},"sk":{"S":"a"}}}', 'null']
  const good = JSON.stringify({ Item: key('good') })
  await put('bad/lines', [...lines, good, '{"Item":{"pk":{"S":"a"},"sk":{"S":"b"},"l":{"L":[{"X":[]}]}}}'].join('\n'))
  const begun = await begin('bad/')
  expect(await finished(begun.ImportArn!)).toMatchObject({
    ImportStatus: 'COMPLETED',
    ImportedItemCount: 1,
    ErrorCount: lines.length + 1,
  })
  expect(await items(nameOf(begun))).toEqual(['good'])
  const notZipped = await begin('bad/', { InputCompressionType: 'GZIP' })
  expect(await finished(notZipped.ImportArn!)).toMatchObject({
    ImportStatus: 'FAILED',
    FailureMessage: expect.stringMatching(/GZIP/),
  })
  const nowhere = await begin('x', { S3BucketSource: { S3Bucket: 'no-such-bucket' } })
  expect(await finished(nowhere.ImportArn!)).toMatchObject({ ImportStatus: 'FAILED', FailureCode: 'S3NoSuchBucket' })
})

test('are listed, asked for once under one token, and refused by name', async () => {
  await put('one/a', JSON.stringify({ Item: key('a') }))
  const TableCreationParameters = definition('once')
  const first = await begin('one/', { ClientToken: 'once', TableCreationParameters })
  expect((await begin('one/', { ClientToken: 'once', TableCreationParameters })).ImportArn).toBe(first.ImportArn)
  await expect(begin('two/', { ClientToken: 'once', TableCreationParameters })).rejects.toMatchObject({
    name: 'ImportConflictException',
  })
  await expect(begin('one/', { TableCreationParameters })).rejects.toMatchObject({ name: 'ResourceInUseException' })
  const { ImportSummaryList } = await db.send(new ListImportsCommand({ TableArn: first.TableArn }))
  expect(ImportSummaryList!.map(({ ImportArn }) => ImportArn)).toEqual([first.ImportArn])
  await begin('one/')
  const page = await db.send(new ListImportsCommand({ PageSize: 1 }))
  const next = await db.send(new ListImportsCommand({ PageSize: 1, NextToken: page.NextToken }))
  expect(next.ImportSummaryList![0]!.ImportArn).not.toBe(page.ImportSummaryList![0]!.ImportArn)
  const { GlobalSecondaryIndexes, ...plain } = definition()
  const WarmThroughput = { ReadUnitsPerSecond: 1_000 }
  const warm = { ...plain, GlobalSecondaryIndexes: [{ ...GlobalSecondaryIndexes[0]!, WarmThroughput }] }
  await expect(begin('one/', { TableCreationParameters: warm })).rejects.toEqual(refused(/WarmThroughput is not supp/))
  const vectors = { ...plain, VectorIndexes: [] }
  await expect(begin('one/', { TableCreationParameters: vectors })).rejects.toEqual(
    refused(/List of VectorIndexes is empty/),
  )
  await expect(
    db.send(new DescribeImportCommand({ ImportArn: `${first.ImportArn!.slice(0, -1)}x` })),
  ).rejects.toMatchObject({ name: 'ImportNotFoundException' })
})

test('many files are imported, also when the node stops meanwhile', async () => {
  const lines = (file: number) =>
    Array.from({ length: 150 }, (_, i) => JSON.stringify({ Item: { ...key(`p${file}-${i}`), g: { N: '1' } } }))
  for (let file = 0; file < 3; file++) await put(`many/${file}.gz`, gzipSync(lines(file).join('\n')))
  const begun = await begin('many/', { InputCompressionType: 'GZIP' })
  const TableName = nameOf(begun)
  await expect(db.send(new ScanCommand({ TableName }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await tables.node.restart()
  db.destroy()
  db = tables.node.client(DynamoDBClient)
  s3 = tables.node.client(S3Client)
  expect(await finished(begun.ImportArn!)).toMatchObject({ ImportStatus: 'COMPLETED', ImportedItemCount: 450 })
  const { Table } = await db.send(new DescribeTableCommand({ TableName }))
  expect(Table).toMatchObject({ TableStatus: 'ACTIVE', ItemCount: 450, GlobalSecondaryIndexes: [{ ItemCount: 450 }] })
})

test.each([
  ['a,b', ['a', 'b']],
  ['', ['']],
  ['a,', ['a', '']],
  ['"a,b",c', ['a,b', 'c']],
  ['"a""b"', ['a"b']],
  ['"",x', ['', 'x']],
])('the fields of %s', (line, fields) => {
  expect(fieldsOf(line, ',')).toEqual(fields)
})

test.each(['"a', '"a"b,c'])('%s has no fields', (line) => {
  expect(() => fieldsOf(line, ',')).toThrow()
})

test('a template makes a table of files, and none of what a bucket does not give', async () => {
  const cfn = tables.node.client(CloudFormationClient)
  await put('stack/a.csv', 'id,to\na,x\nb,y')
  const make = async (StackName: string, more: object, source: object = {}) => {
    const Table = {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: StackName,
        AttributeDefinitions: ['id', 'to'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-to',
            KeySchema: [{ AttributeName: 'to', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
        ImportSourceSpecification: {
          S3BucketSource: { S3Bucket: Bucket, S3KeyPrefix: 'stack/' },
          InputFormat: 'CSV',
          ...source,
        },
        ...more,
      },
    }
    await cfn.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources: { Table } }) }))
    return settledStack(cfn, StackName, () => tables.node.clock.advance(100))
  }
  const described = async (TableName: string) => (await db.send(new DescribeTableCommand({ TableName }))).Table

  const more = {
    StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
    TableClass: 'STANDARD_INFREQUENT_ACCESS',
    TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' },
  }
  expect((await make('from-files', more)).StackStatus).toBe('CREATE_COMPLETE')
  expect(await described('from-files')).toMatchObject({
    ItemCount: 2,
    StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
    TableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
  })
  const byIndex = await db.send(new ScanCommand({ TableName: 'from-files', IndexName: 'by-to' }))
  expect(byIndex.Count).toBe(2)

  const nowhere = { S3BucketSource: { S3Bucket: 'no-such-bucket' } }
  const failed = await make('from-nowhere', {}, nowhere)
  expect(failed.StackStatus).toBe('ROLLBACK_COMPLETE')
  await expect(described('from-nowhere')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  // One that was there already stays as it is.
  await make('again', { TableName: 'from-files' })
  expect(await described('from-files')).toMatchObject({ ItemCount: 2 })
})
