import { randomBytes } from 'node:crypto'
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import {
  CancelBulkOperationCommand,
  DeleteTableCommand,
  DescribeBulkOperationCommand,
  DescribeImportCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  ImportTableCommand,
  ListBulkOperationsCommand,
  PutItemCommand,
  ScanCommand,
  SearchVectorsCommand,
  StartBulkPutItemsCommand,
  type StartBulkPutItemsCommandInput,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askNode } from '../../src/control.ts'
import { partitionHash } from '../../src/services/dynamodb/positions.ts'
import { collectionBytes, table } from '../../src/services/dynamodb/state.ts'
import { key, refused, startTables, type Tables, until } from './dynamodb-fixture.ts'

let tables: Tables
let db: DynamoDBClient
let s3: S3Client
const S3Bucket = 'bulk'
beforeAll(async () => {
  tables = await startTables()
  db = tables.db
  s3 = tables.node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket: S3Bucket }))
})
afterAll(async () => {
  s3.destroy()
  await tables[Symbol.asyncDispose]()
})

const put = (Key: string, Body: string | Uint8Array) => s3.send(new PutObjectCommand({ Bucket: S3Bucket, Key, Body }))
const lines = (...records: object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('')
type Input = StartBulkPutItemsCommandInput
const start = async (
  TableName: string,
  S3KeyPrefix: string,
  more: Partial<Input> & { compression?: 'GZIP' | 'ZSTD'; output?: Partial<Input['OutputS3Configuration']> } = {},
  client = db,
) => {
  const { compression, output, ...rest } = more
  const { BulkOperationDescription } = await client.send(
    new StartBulkPutItemsCommand({
      TableName,
      InputS3Configuration: { S3Bucket, S3KeyPrefix, InputFormat: 'DYNAMODB_JSON', InputCompressionType: compression },
      OutputS3Configuration: {
        ...{ S3Bucket, S3KeyPrefix: 'told', OutputType: ['ERROR', 'CONDITION_CHECK_FAILURE'] },
        ...output,
      },
      ...rest,
    }),
  )
  return BulkOperationDescription!
}
const describe = async (BulkOperationArn: string) =>
  (await db.send(new DescribeBulkOperationCommand({ BulkOperationArn }))).BulkOperationDescription!
const ended = ({ BulkOperationArn }: { BulkOperationArn?: string | undefined }) =>
  until(async () => {
    const found = await describe(BulkOperationArn!)
    return found.EndTime !== undefined && found
  })
const imported = ({ ImportArn }: { ImportArn?: string | undefined }) =>
  until(async () => {
    const { ImportTableDescription: now } = await db.send(new DescribeImportCommand({ ImportArn }))
    return now!.ImportStatus !== 'IN_PROGRESS' && now
  })
const scanned = async (TableName: string) => (await db.send(new ScanCommand({ TableName }))).Items!
/** What was told of an operation: the lines of its files by folder, and its summary. */
async function told({ BulkOperationArn }: { BulkOperationArn?: string | undefined }, prefix = 'told') {
  const folder = `${prefix}/AWSDynamoDB/${BulkOperationArn!.split('/').at(-1)}/`
  const read = async (Key: string) =>
    (await s3.send(new GetObjectCommand({ Bucket: S3Bucket, Key }))).Body!.transformToByteArray()
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: S3Bucket, Prefix: folder }))
  const by: Record<string, Record<string, unknown>[]> = {}
  for (const { Key } of Contents!.filter((each) => each.Key!.endsWith('.gz'))) {
    const text = gunzipSync(await read(Key!)).toString()
    by[Key!.slice(folder.length).split('/')[0]!] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
  const json = async (name: string) => JSON.parse(Buffer.from(await read(`${folder}${name}.json`)).toString())
  return {
    by,
    summary: await json('manifest-summary'),
    files: Buffer.from(await read(`${folder}manifest-files.json`)).toString(),
  }
}

test('puts the items of all files into a table that is there, its indexes and its stream', async () => {
  const TableName = await tables.makeTable({
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    AttributeDefinitions: ['pk', 'sk', 'g'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    GlobalSecondaryIndexes: [
      {
        // As all objects have one.
        IndexName: 'constructor',
        KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
    VectorIndexes: [
      {
        IndexName: 'near',
        VectorAttribute: { AttributeName: 'v' },
        Dimensions: 2,
        DistanceFunction: 'EUCLIDEAN',
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  })
  await db.send(new PutItemCommand({ TableName, Item: { ...key('i0'), old: { S: 'x' } } }))
  const record = (i: number) => ({ Item: { ...key(`i${i}`), g: { S: 'g' }, v: { L: [{ N: String(i) }, { N: '0' }] } } })
  const texts = [0, 1, 2].map((file) => lines(...Array.from({ length: 30 }, (_, i) => record(file * 30 + i))))
  for (const [file, text] of texts.entries()) await put(`whole/${file}.json.zst`, zstdCompressSync(text))
  await put('whole/empty', '')
  const begun = await start(TableName, 'whole/', { compression: 'ZSTD', PerformanceTier: 'ACCELERATED' })
  expect(begun).toMatchObject({
    BulkOperationStatus: 'IN_PROGRESS',
    ProcessedItemCount: 0,
    PerformanceTier: 'ACCELERATED',
    TableDetails: [{ TableName }],
    InputS3Configuration: {
      S3Bucket,
      S3KeyPrefix: 'whole/',
      InputFormat: 'DYNAMODB_JSON',
      InputCompressionType: 'ZSTD',
    },
  })
  const done = await ended(begun)
  const size = texts.reduce((sum, text) => sum + zstdCompressSync(text).byteLength, 0)
  expect(done).toMatchObject({
    ...{ BulkOperationStatus: 'COMPLETED', ProcessedItemCount: 90, FailedItemCount: 0 },
    ...{ ProcessedInputBytes: size, TotalInputBytes: size },
  })
  expect(await scanned(TableName)).toHaveLength(90)
  const { Item } = await db.send(new GetItemCommand({ TableName, Key: key('i0') }))
  expect(Item!.old).toBeUndefined()
  const near = new SearchVectorsCommand({
    TableName,
    IndexName: 'near',
    SearchVector: [{ N: '41.2' }, { N: '0' }],
    TopK: 1,
  })
  expect((await db.send(near)).SearchResults).toMatchObject([{ Item: key('i41') }])
  const { Table } = await db.send(new DescribeTableCommand({ TableName }))
  expect([Table!.ItemCount, Table!.GlobalSecondaryIndexes![0]!.ItemCount]).toEqual([90, 90])
  // pk, sk, g and their names, the vector at four bytes a dimension; of the index the keys.
  const item = (i: number) => `pki${i}skagg`.length + 'v'.length + 8
  const all = Array.from({ length: 90 }, (_, i) => item(i)).reduce((sum, each) => sum + each, 0)
  expect(done.BulkOperationUsage).toEqual([
    {
      TableName,
      BulkPutBytes: all + (all - 90 * 9),
      Table: { BulkPutBytes: all },
      LocalSecondaryIndexes: {},
      GlobalSecondaryIndexes: { constructor: { BulkPutBytes: all - 90 * 9 } },
      VectorIndexes: { near: { BulkPutVectorBytes: 90 * 1_024 } },
    },
  ])
  const streams = tables.node.client(DynamoDBStreamsClient)
  const StreamArn = Table!.LatestStreamArn
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }))
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({
      ...{ StreamArn, ShardId: StreamDescription!.Shards![0]!.ShardId, ShardIteratorType: 'TRIM_HORIZON' },
    }),
  )
  const { Records } = await streams.send(new GetRecordsCommand({ ShardIterator }))
  expect(Records!.map(({ eventName }) => eventName).sort()).toEqual([...Array(90).fill('INSERT'), 'MODIFY'])
  streams.destroy()
})

test('tells of what was not written: lines that are no items, and conditions that did not hold', async () => {
  const TableName = await tables.makeTable()
  const there = { ...key('there'), n: { N: '1' }, b: { B: Uint8Array.from([1, 2]) } }
  await db.send(new PutItemCommand({ TableName, Item: there }))
  const absent = { ConditionExpression: 'attribute_not_exists(pk)' }
  const more = { ConditionExpression: '#n < :n', ExpressionAttributeNames: { '#n': 'n' } }
  await put(
    'told-of/a.json',
    lines(
      { Item: { ...key('there'), n: { N: '7' } }, ...absent },
      { Item: key('new'), ...absent },
      { Item: { ...key('there'), n: { N: '9' } }, ...more, ExpressionAttributeValues: { ':n': { N: '5' } } },
      { Item: { ...key('other'), n: { N: '9' } }, ...more, ExpressionAttributeValues: { ':n': { N: '5' } } },
      { Item: { pk: { S: 'no-sort-key' } } },
      { Item: key('typo'), ConditionExpresion: 'x' },
      { Item: key('broken'), ConditionExpression: 'nonsense(' },
      { Item: { ...key('large'), x: { S: 'x'.repeat(410_000) } } },
    ) + 'no json\n\n',
  )
  await put('told-of/b.json', gzipSync('not for this operation'))
  const done = await ended(await start(TableName, 'told-of/'))
  expect(done).toMatchObject({ BulkOperationStatus: 'COMPLETED_WITH_ERRORS' })
  expect(done.FailureCode).toBeUndefined()
  const { by, summary, files } = await told(done)
  expect(by['condition-check-failure']).toEqual([
    {
      Item: { ...key('there'), n: { N: '7' } },
      ExistingItem: { ...there, b: { B: Buffer.from([1, 2]).toString('base64') } },
    },
    { Item: { ...key('other'), n: { N: '9' } } },
  ])
  const errors = by.error!.filter(({ s3Key }) => s3Key === 'told-of/a.json')
  expect(errors.map(({ lineNumber, errorCode }) => [lineNumber, errorCode])).toEqual(
    [5, 6, 7, 8, 9].map((line) => [line, 'ValidationException']),
  )
  expect(errors.map(({ errorMessage }) => errorMessage)).toEqual([
    'One or more parameter values were invalid: Missing the key sk in the item',
    'a line has the unknown member ConditionExpresion',
    expect.stringContaining('Invalid ConditionExpression'),
    'Item size has exceeded the maximum allowed size',
    expect.stringContaining('JSON'),
  ])
  expect(errors.at(-1)!.record).toBe('no json')
  expect(summary).toMatchObject({
    bulkOperationArn: done.BulkOperationArn,
    ...{
      processedItemCount: done.ProcessedItemCount,
      failedItemCount: by.error!.length,
      conditionCheckFailureCount: 2,
    },
  })
  expect(done.FailedItemCount).toBe(by.error!.length)
  expect(done.ProcessedItemCount).toBe(by.error!.length + 4)
  expect(files.trimEnd().split('\n')).toHaveLength(2)
  expect((await scanned(TableName)).map(({ pk, n }) => [pk!.S, n?.N]).sort()).toEqual([
    ['new', undefined],
    ['there', '9'],
  ])

  // Only what is asked for is told; failed conditions are no errors; an object that cannot be unpacked is one.
  await put('told-of-2/a.json.gz', gzipSync(lines({ Item: key('new'), ...absent })))
  const output = { OutputType: ['ERROR' as const], S3KeyPrefix: 'told-2' }
  const second = await ended(await start(TableName, 'told-of-2/', { compression: 'GZIP', output }))
  expect(second).toMatchObject({ BulkOperationStatus: 'COMPLETED', ProcessedItemCount: 1, FailedItemCount: 0 })
  expect((await told(second, 'told-2')).by).toEqual({})
  await put('told-of-2/b.json.gz', 'not packed')
  const third = await ended(await start(TableName, 'told-of-2/', { compression: 'GZIP', output }))
  expect(third).toMatchObject({ BulkOperationStatus: 'COMPLETED_WITH_ERRORS', FailedItemCount: 1 })
  expect((await told(third, 'told-2')).by.error).toMatchObject([{ s3Key: 'told-of-2/b.json.gz' }])
})

test('writes in small steps what is too much for one: large items that replace large ones, with a stream of both, and a past', async () => {
  const TableName = await tables.makeTable({
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    AttributeDefinitions: ['pk', 'sk', 'g'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-g',
        KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  })
  await db.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  )
  // What does not shrink: 11 lines of it, with all copies, are more than a transaction takes.
  const large = (start: string) =>
    lines(
      ...Array.from({ length: 12 }, (_, i) => ({
        Item: { ...key(`i${i}`), g: { S: 'g' }, x: { S: start + randomBytes(290_000).toString('base64') } },
      })),
    )
  await put('large/1.json', large('a!'))
  await put('large/2.json', large('b!'))
  const done = await ended(await start(TableName, 'large/'))
  expect(done).toMatchObject({ BulkOperationStatus: 'COMPLETED', ProcessedItemCount: 24, FailedItemCount: 0 })
  const { Item } = await db.send(new GetItemCommand({ TableName, Key: key('i11') }))
  expect(Item!.x!.S!.slice(0, 2)).toBe('b!')
})

test('reads Ion, as imports do', async () => {
  const TableName = await tables.makeTable()
  await db.send(new PutItemCommand({ TableName, Item: key('there') }))
  const ion = (pk: string, more: string) => `$ion_1_0 {Item:{pk:"${pk}",sk:"a",n:6d2},${more}}\n`
  await put(
    'ion/a.ion',
    ion('a', '') +
      ion('there', 'ConditionExpression: "attribute_not_exists(#k)", ExpressionAttributeNames: {\'#k\': "pk"}') +
      ion('b', 'ConditionExpression: 7') +
      ion('c', 'ConditionExpression: "n < :n OR attribute_not_exists(n)", ExpressionAttributeValues: {\':n\': 5.}'),
  )
  const InputS3Configuration = { S3Bucket, S3KeyPrefix: 'ion/', InputFormat: 'ION' as const }
  const done = await ended(await start(TableName, '', { InputS3Configuration }))
  expect(done).toMatchObject({ ...{ ProcessedItemCount: 4, FailedItemCount: 1 }, InputS3Configuration })
  const { by } = await told(done)
  expect(by.error).toMatchObject([{ lineNumber: 3, errorMessage: 'ConditionExpression is no text' }])
  expect(by['condition-check-failure']).toEqual([
    { Item: { ...key('there'), n: { N: '600' } }, ExistingItem: key('there') },
  ])
  const sorted = (await scanned(TableName)).map(({ pk, n }) => [pk!.S, n?.N]).sort()
  expect(sorted).toEqual([
    ['a', '600'],
    ['c', '600'],
    ['there', undefined],
  ])
  const { ImportTableDescription } = await db.send(
    new ImportTableCommand({
      S3BucketSource: { S3Bucket, S3KeyPrefix: 'ion/' },
      InputFormat: 'ION',
      TableCreationParameters: {
        TableName: 'imported-ion',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
    }),
  )
  await imported(ImportTableDescription!)
  expect((await scanned('imported-ion')).map(({ pk }) => pk!.S).sort()).toEqual(['a', 'b', 'c', 'there'])
})

test('is started once for one token, for eight hours', async () => {
  const TableName = await tables.makeTable()
  await put('once/a.json', lines({ Item: key('a') }))
  const token = { ClientToken: 'token-1' }
  const first = await start(TableName, 'once/', token)
  expect((await start(TableName, 'once/', token)).BulkOperationArn).toBe(first.BulkOperationArn)
  await expect(start(TableName, 'other/', token)).rejects.toMatchObject({
    name: 'IdempotentParameterMismatchException',
  })
  await ended(first)
  tables.node.clock.advance(8 * 3_600_000 + 1_000)
  const again = await start(TableName, 'other/', token)
  expect(again.BulkOperationArn).not.toBe(first.BulkOperationArn)
  await ended(again)
  const page = (NextToken?: string) => db.send(new ListBulkOperationsCommand({ MaxResults: 1, NextToken }))
  const { BulkOperationsSummaryList, NextToken } = await page()
  expect(BulkOperationsSummaryList).toMatchObject([{ BulkOperationArn: again.BulkOperationArn }])
  const next = await page(NextToken)
  expect(next.BulkOperationsSummaryList).toMatchObject([
    { BulkOperationArn: first.BulkOperationArn, BulkOperationStatus: 'COMPLETED' },
  ])
})

test('writes no faster than it may, and stops when it is cancelled', async () => {
  const TableName = await tables.makeTable()
  const big = (i: number) => ({ Item: { ...key(`i${i}`), x: { S: 'x'.repeat(200_000) } } })
  await put('slow/a.json', lines(...Array.from({ length: 30 }, (_, i) => big(i))))
  const begun = await start(TableName, 'slow/', { MaxWriteRequestUnits: 1_024 })
  const BulkOperationArn = begun.BulkOperationArn!
  const partly = await until(async () => {
    const now = await describe(BulkOperationArn)
    return now.ProcessedItemCount! > 0 && now
  })
  expect(partly).toMatchObject({
    ProcessedItemCount: 20,
    BulkOperationStatus: 'IN_PROGRESS',
    MaxWriteRequestUnits: 1_024,
  })
  const { BulkOperationStatus } = await db.send(new CancelBulkOperationCommand({ BulkOperationArn }))
  expect(BulkOperationStatus).toBe('CANCELLING')
  // 20 items of 196 units, of which it may write 1,024 a second.
  tables.node.clock.advance(5_000)
  const done = await ended(begun)
  expect(done).toMatchObject({ BulkOperationStatus: 'CANCELLED', FailureCode: 'Cancelled', ProcessedItemCount: 20 })
  expect(done.EndTime!.getTime() - done.StartTime!.getTime()).toBeGreaterThan(3_700)
  const { Table } = await db.send(new DescribeTableCommand({ TableName }))
  expect(Table!.ItemCount).toBe(20)
  const again = db.send(new CancelBulkOperationCommand({ BulkOperationArn }))
  await expect(again).rejects.toEqual(refused(/has ended: it is CANCELLED/))

  const other = await start(TableName, 'slow/', { MaxWriteRequestUnits: 1_024 })
  await until(async () => (await describe(other.BulkOperationArn!)).ProcessedItemCount! > 0)
  await db.send(new DeleteTableCommand({ TableName }))
  tables.node.clock.advance(5_000)
  const code = { BulkOperationStatus: 'FAILED', FailureCode: 'ResourceNotFoundException' }
  expect(await ended(other)).toMatchObject(code)
})

test('needs permissions, of the caller on the buckets too, and a table and parameters that there are', async () => {
  const TableName = await tables.makeTable()
  await put('denied/a.json', lines({ Item: key('a') }))
  const Resource = '*'
  const none = await tables.userWith({ Effect: 'Allow', Action: 's3:*', Resource })
  await expect(start(TableName, 'denied/', {}, none)).rejects.toMatchObject({ name: 'AccessDeniedException' })
  const onlyTables = await tables.userWith({ Effect: 'Allow', Action: 'dynamodb:*', Resource })
  expect(await ended(await start(TableName, 'denied/', {}, onlyTables))).toMatchObject({
    ...{ BulkOperationStatus: 'FAILED', FailureCode: 'S3AccessDenied', ProcessedItemCount: 0 },
  })
  expect(await ended(await start(TableName, 'denied/', { output: { S3Bucket: 'no-such-bucket' } }))).toMatchObject({
    ...{ BulkOperationStatus: 'FAILED', FailureCode: 'S3NoSuchBucket' },
  })
  await expect(start('no-such-table', 'denied/')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  const arn = 'arn:aws:dynamodb:us-east-1:000000000000:table/t/bulk-operation/x'
  await expect(describe(arn)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  const bad: [Partial<Input>, RegExp][] = [
    [{ MaxWriteRequestUnits: 1_023 }, /maxWriteRequestUnits.*greater than or equal to 1024/],
    [{ InputS3Configuration: { S3Bucket, InputFormat: 'CSV' as 'ION' } }, /inputFormat.*DYNAMODB_JSON, ION/],
    [{ OutputS3Configuration: { S3Bucket, OutputType: [] } }, /OutputType is empty/],
    [{ OutputS3Configuration: { S3Bucket: undefined, OutputType: ['ERROR'] } }, /S3Bucket is required/],
  ]
  for (const [input, message] of bad) await expect(start(TableName, 'denied/', input)).rejects.toEqual(refused(message))
  none.destroy()
  onlyTables.destroy()
})

test('imports read Zstandard too, and make vector indexes', async () => {
  await put(
    'import/a.zst',
    zstdCompressSync(lines({ Item: { ...key('a'), v: { L: [{ N: '1' }] } } }, { Item: { ...key('b'), v: { S: '' } } })),
  )
  const TableName = 'imported-vectors'
  const { ImportTableDescription } = await db.send(
    new ImportTableCommand({
      S3BucketSource: { S3Bucket, S3KeyPrefix: 'import/' },
      InputFormat: 'DYNAMODB_JSON',
      InputCompressionType: 'ZSTD',
      TableCreationParameters: {
        TableName,
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        VectorIndexes: [
          {
            ...{ IndexName: 'near', VectorAttribute: { AttributeName: 'v' }, Dimensions: 1 },
            ...{ DistanceFunction: 'DOT_PRODUCT', Projection: { ProjectionType: 'ALL' } },
          },
        ],
      },
    }),
  )
  expect(await imported(ImportTableDescription!)).toMatchObject({
    ImportStatus: 'COMPLETED',
    ImportedItemCount: 1,
    ErrorCount: 1,
  })
  const search = new SearchVectorsCommand({ TableName, IndexName: 'near', SearchVector: [{ N: '2' }], TopK: 5 })
  expect((await db.send(search)).SearchResults).toEqual([{ Item: key('a'), Score: 2 }])
})

test('asks a bucket that is busy again', async () => {
  const TableName = await tables.makeTable()
  await put('busy/a.json', lines({ Item: key('a') }))
  const { endpoint, clock } = tables.node
  const there = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }
  for (const operation of ['GetObject', 'PutObject']) {
    const body = { action: 'throttle', service: 's3', operation, count: 1 }
    await askNode(there, '/_landfall/faults', {}, { method: 'POST', body })
  }
  const begun = await start(TableName, 'busy/')
  const done = await until(async () => {
    clock.advance(1_000)
    const found = await describe(begun.BulkOperationArn!)
    return found.EndTime !== undefined && found
  })
  await askNode(there, '/_landfall/faults', {}, { method: 'DELETE' })
  expect(done).toMatchObject({ BulkOperationStatus: 'COMPLETED', ProcessedItemCount: 1 })
})

test('fails when a partition of a table with a local index is full, which no trying again would change', async () => {
  const TableName = await tables.makeTable({
    AttributeDefinitions: ['pk', 'sk', 'l'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    LocalSecondaryIndexes: [
      {
        IndexName: 'local',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'l', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  })
  await put('full/a.json', lines({ Item: key('a') }))
  const { records } = tables.node.node.host
  await records.write({ account: '000000000000', region: 'us-east-1' }, async (tx) => {
    const found = await tx.get(table(TableName))
    tx.add(collectionBytes(found!.id, partitionHash({ S: 'a' })), 10 * 2 ** 30)
  })
  const code = { BulkOperationStatus: 'FAILED', FailureCode: 'ItemCollectionSizeLimitExceededException' }
  expect(await ended(await start(TableName, 'full/'))).toMatchObject(code)
  expect(await scanned(TableName)).toEqual([])
})
