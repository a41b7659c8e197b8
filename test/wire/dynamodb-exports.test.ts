import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import {
  DeleteItemCommand,
  DescribeExportCommand,
  DynamoDBClient,
  ExportTableToPointInTimeCommand,
  type ExportTableToPointInTimeCommandInput,
  ListExportsCommand,
  PutItemCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { key, refused, startTables, type Tables, until } from './dynamodb-fixture.ts'

let tables: Tables
let db: DynamoDBClient
let s3: S3Client
const Bucket = 'exports'
const accountArn = 'arn:aws:dynamodb:us-east-1:000000000000:table'
beforeAll(async () => {
  tables = await startTables()
  db = tables.db
  s3 = tables.node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket }))
})
afterAll(() => tables[Symbol.asyncDispose]())

const now = () => tables.node.clock.nowMs()
const pass = (ms: number) => tables.node.clock.advance(ms)
const put = (TableName: string, pk: string, n: number) =>
  db.send(new PutItemCommand({ TableName, Item: { ...key(pk), n: { N: String(n) }, b: { B: Buffer.from('ä') } } }))

async function recoverable(): Promise<string> {
  const TableName = await tables.makeTable()
  await db.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  )
  return TableName
}
async function begin(
  TableName: string,
  more: Partial<ExportTableToPointInTimeCommandInput> = {},
  as: DynamoDBClient = db,
) {
  const request = { TableArn: `${accountArn}/${TableName}`, S3Bucket: Bucket, ...more }
  return (await as.send(new ExportTableToPointInTimeCommand(request))).ExportDescription!
}
const finished = (ExportArn: string) =>
  until(async () => {
    const { ExportDescription } = await db.send(new DescribeExportCommand({ ExportArn }))
    return ExportDescription!.ExportStatus !== 'IN_PROGRESS' && ExportDescription
  })
const bytes = async (Key: string) => {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
  return Body!.transformToByteArray()
}
const text = async (Key: string) => Buffer.from(await bytes(Key)).toString()
const md5 = (body: string | Uint8Array) => createHash('md5').update(body).digest('base64')

/** The lines of the data files that the manifest names, after what it says of them was checked. */
async function linesOf(manifestKey: string) {
  const summary = JSON.parse(await text(manifestKey))
  expect(await text(manifestKey.replace('.json', '.md5'))).toBe(md5(await text(manifestKey)))
  const files = await text(summary.manifestFilesS3Key)
  expect(await text(summary.manifestFilesS3Key.replace('.json', '.md5'))).toBe(md5(files))
  const lines: Record<string, unknown>[] = []
  for (const file of files.trim().split('\n')) {
    const { dataFileS3Key, itemCount, md5Checksum, etag } = JSON.parse(file)
    const body = await bytes(dataFileS3Key)
    expect([md5(body), Buffer.from(md5Checksum, 'base64').toString('hex')]).toEqual([md5Checksum, etag])
    const found = gunzipSync(body).toString().split('\n').filter(Boolean)
    expect(found.length).toBe(itemCount)
    lines.push(...found.map((line) => JSON.parse(line)))
  }
  expect(summary.itemCount).toBe(lines.length)
  return { summary, lines }
}

test('what a table was is written to a bucket, with manifests', async () => {
  const TableName = await recoverable()
  await put(TableName, 'a', 1)
  await put(TableName, 'b', 1)
  const ExportTime = new Date(now())
  pass(1_000)
  await put(TableName, 'b', 2)
  await put(TableName, 'c', 2)
  await db.send(new DeleteItemCommand({ TableName, Key: key('a') }))
  const { ExportArn, ...begun } = await begin(TableName, {
    ExportTime,
    S3Prefix: 'some/where',
    S3SseAlgorithm: 'AES256',
  })
  expect(begun).toMatchObject({ ExportStatus: 'IN_PROGRESS', ExportType: 'FULL_EXPORT', ExportTime, S3Bucket: Bucket })
  const done = await finished(ExportArn!)
  const id = ExportArn!.split('/').at(-1)!
  expect(done).toMatchObject({
    ExportStatus: 'COMPLETED',
    ItemCount: 2,
    ExportManifest: `some/where/AWSDynamoDB/${id}/manifest-summary.json`,
    ExportFormat: 'DYNAMODB_JSON',
  })
  const { summary, lines } = await linesOf(done.ExportManifest!)
  expect(summary).toMatchObject({
    version: '2020-06-30',
    exportArn: ExportArn,
    tableArn: `${accountArn}/${TableName}`,
    exportTime: ExportTime.toISOString(),
    s3Bucket: Bucket,
    s3Prefix: 'some/where',
    outputFormat: 'DYNAMODB_JSON',
  })
  const binary = { B: Buffer.from('ä').toString('base64') }
  expect(lines).toHaveLength(2)
  expect(lines).toEqual(
    expect.arrayContaining(['a', 'b'].map((pk) => ({ Item: { ...key(pk), n: { N: '1' }, b: binary } }))),
  )
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `some/where/AWSDynamoDB/${id}/_` }))
  expect(Contents!.map(({ Size }) => Size)).toEqual([0])
})

test('what changed between two times is written with keys and images', async () => {
  const TableName = await recoverable()
  await put(TableName, 'same', 1)
  await put(TableName, 'changed', 1)
  await put(TableName, 'removed', 1)
  pass(1_000)
  const ExportFromTime = new Date(now())
  pass(1_000)
  await put(TableName, 'changed', 2)
  await put(TableName, 'changed', 3)
  await put(TableName, 'new', 1)
  await put(TableName, 'passing', 1)
  await db.send(new DeleteItemCommand({ TableName, Key: key('removed') }))
  pass(1_000)
  await db.send(new DeleteItemCommand({ TableName, Key: key('passing') }))
  pass(16 * 60_000)
  const ExportToTime = new Date(now())
  pass(1_000)
  await put(TableName, 'changed', 4)
  const incremental = (more: object) =>
    begin(TableName, {
      ExportType: 'INCREMENTAL_EXPORT',
      IncrementalExportSpecification: { ExportFromTime, ExportToTime, ...more },
    })
  const told = async (more: object) => {
    const done = await finished((await incremental(more)).ExportArn!)
    expect(done).toMatchObject({ ExportStatus: 'COMPLETED', ItemCount: 4 })
    const { lines, summary } = await linesOf(done.ExportManifest!)
    expect(summary).toMatchObject({ version: '2023-08-01', exportToTime: ExportToTime.toISOString() })
    return Object.fromEntries(
      (lines as { Keys: { pk: { S: string } }; OldImage?: Item; NewImage?: Item; Metadata: object }[]).map((line) => {
        expect(Object.keys(line.Keys)).toEqual(['pk', 'sk'])
        expect(line.Metadata).toEqual({ WriteTimestampMicros: { N: expect.stringMatching(/^\d{16}$/) } })
        return [line.Keys.pk.S, [line.OldImage?.n.N, line.NewImage?.n.N]]
      }),
    )
  }
  interface Item {
    n: { N: string }
  }
  expect(await told({})).toEqual({
    changed: ['1', '3'],
    removed: ['1', undefined],
    new: [undefined, '1'],
    passing: [undefined, undefined],
  })
  expect(await told({ ExportViewType: 'NEW_IMAGE' })).toMatchObject({ changed: [undefined, '3'] })
  await expect(incremental({ ExportToTime: new Date(ExportFromTime.getTime() + 60_000) })).rejects.toEqual(
    refused(/15 minutes/, 'InvalidExportTimeException'),
  )
})

test('are listed, asked for once under one token, and refused or failed by name', async () => {
  const TableName = await recoverable()
  const TableArn = `${accountArn}/${TableName}`
  const first = await begin(TableName, { ClientToken: 'once' })
  expect((await begin(TableName, { ClientToken: 'once' })).ExportArn).toBe(first.ExportArn)
  await expect(begin(TableName, { ClientToken: 'once', S3Prefix: 'x' })).rejects.toEqual(
    refused(/Duplicate request detected/, 'ExportConflictException'),
  )
  pass(1_000)
  const second = await begin(TableName)
  const page = await db.send(new ListExportsCommand({ TableArn, MaxResults: 1 }))
  expect(page.ExportSummaries!.map(({ ExportArn }) => ExportArn)).toEqual([first.ExportArn])
  const rest = await db.send(new ListExportsCommand({ TableArn, NextToken: page.NextToken }))
  expect(rest.ExportSummaries!.map(({ ExportArn }) => ExportArn)).toEqual([second.ExportArn])
  const empty = await finished(first.ExportArn!)
  expect((await linesOf(empty.ExportManifest!)).lines).toEqual([])

  const lost = await begin(TableName, { S3Bucket: 'no-such-bucket' })
  expect(await finished(lost.ExportArn!)).toMatchObject({ ExportStatus: 'FAILED', FailureCode: 'S3NoSuchBucket' })
  await expect(begin(TableName, { ExportFormat: 'ION' })).rejects.toEqual(refused(/ION is not supported/))
  await expect(begin(TableName, { ExportTime: new Date(now() + 60_000) })).rejects.toMatchObject({
    name: 'InvalidExportTimeException',
  })
  await expect(begin(await tables.makeTable())).rejects.toMatchObject({
    name: 'PointInTimeRecoveryUnavailableException',
  })
  await expect(begin('no-such-table')).rejects.toMatchObject({ name: 'TableNotFoundException' })
  const ExportArn = `${first.ExportArn!.slice(0, -1)}x`
  await expect(db.send(new DescribeExportCommand({ ExportArn }))).rejects.toMatchObject({
    name: 'ExportNotFoundException',
  })
})

test('needs the permission to write to the bucket of whoever asks', async () => {
  const TableName = await recoverable()
  const iam = tables.node.client(IAMClient)
  const UserName = 'exporter'
  await iam.send(new CreateUserCommand({ UserName }))
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' }],
  })
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'tables', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const user = tables.node.client(DynamoDBClient, {
    credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
  })
  const { ExportArn } = await begin(TableName, {}, user)
  expect(await finished(ExportArn!)).toMatchObject({ ExportStatus: 'FAILED', FailureCode: 'S3AccessDenied' })
  iam.destroy()
  user.destroy()
})

test('many items are written in several files, also when the node stops meanwhile', async () => {
  const TableName = await recoverable()
  const n = 60
  // Text that is 12 MB, and compresses well.
  for (let i = 0; i < n; i++) {
    await db.send(new PutItemCommand({ TableName, Item: { ...key(`p${i}`), x: { S: 'x'.repeat(200_000) } } }))
  }
  const { ExportArn } = await begin(TableName)
  for (let i = 0; i < n; i += 2) await db.send(new DeleteItemCommand({ TableName, Key: key(`p${i}`) }))
  await tables.node.restart()
  db.destroy()
  s3.destroy()
  db = tables.node.client(DynamoDBClient)
  s3 = tables.node.client(S3Client)
  const done = await finished(ExportArn!)
  const { lines } = await linesOf(done.ExportManifest!)
  expect(lines.map(({ Item }) => (Item as { pk: { S: string } }).pk.S).sort()).toEqual(
    Array.from({ length: n }, (_, i) => `p${i}`).sort(),
  )
  const folder = done.ExportManifest!.replace('manifest-summary.json', 'data/')
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: folder }))
  expect(Contents).toHaveLength(2)
})
