import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketInventoryConfigurationCommand,
  DeleteObjectCommand,
  GetBucketInventoryConfigurationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type InventoryConfiguration,
  ListBucketInventoryConfigurationsCommand,
  ListObjectsV2Command,
  PutBucketInventoryConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { earlyInTheHour, startNode, type TestNode } from '../harness.ts'

const dayMs = 86_400_000
const patient = { timeout: 45_000, interval: 50 }
const Bucket = 'counted'
const reports = 'reports'
let node: TestNode
let s3: S3Client

beforeEach(async () => {
  node = await startNode({ ephemeral: true, hostMs: earlyInTheHour() })
  s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(new CreateBucketCommand({ Bucket: reports }))
})
afterEach(() => node.close())

/** The policy that the documentation gives a destination. */
const admit = (SourceArn = `arn:aws:s3:::${Bucket}`) =>
  s3.send(
    new PutBucketPolicyCommand({
      Bucket: reports,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 's3.amazonaws.com' },
            Action: 's3:PutObject',
            Resource: `arn:aws:s3:::${reports}/*`,
            Condition: {
              ArnLike: { 'aws:SourceArn': SourceArn },
              StringEquals: { 'aws:SourceAccount': '000000000000', 's3:x-amz-acl': 'bucket-owner-full-control' },
            },
          },
        ],
      }),
    }),
  )
const to = (more: object = {}) => ({
  S3BucketDestination: { Bucket: `arn:aws:s3:::${reports}`, Format: 'CSV' as const, ...more },
})
const list = (Id: string, more: Partial<InventoryConfiguration> = {}, source = Bucket) =>
  s3.send(
    new PutBucketInventoryConfigurationCommand({
      Bucket: source,
      Id,
      InventoryConfiguration: {
        ...{ Id, IsEnabled: true, IncludedObjectVersions: 'Current', Schedule: { Frequency: 'Daily' } },
        Destination: to(),
        ...more,
      },
    }),
  )
const put = (Key: string, more: object = {}) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Key, ...more }))
const written = async () =>
  ((await s3.send(new ListObjectsV2Command({ Bucket: reports }))).Contents ?? []).map(({ Key }) => Key!)
const read = async (Key: string) =>
  Buffer.from(await (await s3.send(new GetObjectCommand({ Bucket: reports, Key }))).Body!.transformToByteArray())
const finished = async (count = 1) => {
  const ends = async () => (await written()).filter((key) => key.endsWith('manifest.checksum'))
  await vi.waitFor(async () => expect(await ends()).toHaveLength(count), patient)
  return (await ends()).map((key) => key.replace('checksum', 'json'))
}
interface Manifest {
  files: { key: string; size: number; MD5checksum: string }[]
  [member: string]: unknown
}
const manifestOf = async (key: string) => JSON.parse((await read(key)).toString()) as Manifest
const linesOf = async ({ files }: Manifest) => {
  const all: string[] = []
  for (const { key } of files)
    all.push(
      ...gunzipSync(await read(key))
        .toString()
        .trimEnd()
        .split('\n'),
    )
  return all
}

test('a report of the latest objects comes at midnight, with the columns that were asked for', async () => {
  await admit()
  await put('docs/a b"ü.txt', { StorageClass: 'STANDARD_IA', ChecksumAlgorithm: 'SHA256' })
  await put('docs/gone')
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'docs/gone' }))
  await put('other')
  const OptionalFields = ['StorageClass', 'Size', 'ETag', 'EncryptionStatus', 'LastModifiedDate', 'ChecksumAlgorithm']
  await list('daily', {
    Filter: { Prefix: 'docs/' },
    OptionalFields: OptionalFields as InventoryConfiguration['OptionalFields'],
    Destination: to({ Prefix: 'in/ventory', Encryption: { SSEKMS: { KeyId: 'alias/reports' } } }),
  })
  expect(await written()).toEqual([])
  const { LastModified, ETag } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'docs/a b"ü.txt' }))
  node.clock.advance(dayMs)
  const [key] = await finished()
  const time = /^in\/ventory\/counted\/daily\/(\d{4}-\d\d-\d\d)T(\d\d-\d\d)Z\/manifest\.json$/.exec(key!)!
  const manifest = await manifestOf(key!)
  expect(manifest).toMatchObject({
    sourceBucket: Bucket,
    destinationBucket: 'arn:aws:s3:::reports',
    version: '2016-11-30',
    fileFormat: 'CSV',
    fileSchema: 'Bucket, Key, Size, LastModifiedDate, ETag, StorageClass, EncryptionStatus, ChecksumAlgorithm',
  })
  expect(new Date(Number(manifest.creationTimestamp)).toISOString().slice(0, 10)).toBe(time[1])
  const [file] = manifest.files
  expect(file!.key).toMatch(/^in\/ventory\/counted\/daily\/data\/[0-9a-f-]{36}\.csv\.gz$/)
  const bytes = await read(file!.key)
  expect([file!.size, file!.MD5checksum]).toEqual([bytes.length, createHash('md5').update(bytes).digest('hex')])
  expect(await linesOf(manifest)).toEqual([
    `"counted","docs/a+b%22%C3%BC.txt","15","${LastModified!.toISOString()}","${ETag!.replaceAll('"', '')}","STANDARD_IA","SSE-S3","SHA256"`,
  ])
  const sum = createHash('md5')
    .update(await read(key!))
    .digest('hex')
  expect((await read(key!.replace('json', 'checksum'))).toString()).toBe(sum)
  const links = await read(`in/ventory/counted/daily/hive/dt=${time[1]}-${time[2]}/symlink.txt`)
  expect(links.toString()).toBe(`s3://reports/${file!.key}`)
  const head = await s3.send(new HeadObjectCommand({ Bucket: reports, Key: key! }))
  expect([head.ServerSideEncryption, head.SSEKMSKeyId]).toEqual(['aws:kms', 'alias/reports'])
})

test('a report of all versions has markers and ids; one that is disabled, or deleted, comes no more', async () => {
  await admit()
  await put('k')
  const VersioningConfiguration = { Status: 'Enabled' as const }
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
  const second = await put('k')
  const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
  await list('all', {
    IncludedObjectVersions: 'All',
    OptionalFields: ['Size', 'IsMultipartUploaded', 'ObjectOwner', 'ObjectAccessControlList'],
  })
  await list('off', { IsEnabled: false })
  await list('deleted')
  await s3.send(new DeleteBucketInventoryConfigurationCommand({ Bucket, Id: 'deleted' }))
  node.clock.advance(dayMs)
  const [key] = await finished()
  expect(key).toMatch(/^counted\/all\//)
  const manifest = await manifestOf(key!)
  expect(manifest.fileSchema).toBe(
    'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, IsMultipartUploaded, ObjectAccessControlList, ObjectOwner',
  )
  const rows = (await linesOf(manifest)).map((line) => JSON.parse(`[${line}]`) as string[])
  expect(rows.map((cells) => cells.slice(0, 7))).toEqual([
    ['counted', 'k', marker.VersionId, 'true', 'true', '', ''],
    ['counted', 'k', second.VersionId, 'false', 'false', '1', 'false'],
    ['counted', 'k', '', 'false', 'false', '1', 'false'],
  ])
  const grants = [{ canonicalId: rows[1]![8], type: 'CanonicalUser', permission: 'FULL_CONTROL' }]
  expect(JSON.parse(Buffer.from(rows[1]![7]!, 'base64').toString())).toMatchObject({ status: 'AVAILABLE', grants })
  await list('all', { IsEnabled: false })
  await list('other')
  node.clock.advance(dayMs)
  expect(await finished(2)).toEqual([key, expect.stringMatching(/^counted\/other\//)])
})

test('a bucket of many keys is read page by page into several files, each version once', async () => {
  await admit()
  const keys = Array.from({ length: 1_050 }, (_, index) => `${String(index).padStart(5, '0')}${'"'.repeat(1_000)}`)
  for (let at = 0; at < keys.length; at += 50)
    await Promise.all(keys.slice(at, at + 50).map((Key) => put(Key, { Body: 'x' })))
  await list('now')
  await list('all', { IncludedObjectVersions: 'All' })
  node.clock.advance(dayMs)
  for (const key of await finished(2)) {
    const manifest = await manifestOf(key)
    expect(manifest.files.length).toBeGreaterThan(1)
    const listed = (await linesOf(manifest)).map((line) => line.split('","')[1]!.slice(0, 5))
    expect(listed).toEqual(keys.map((Key) => Key.slice(0, 5)))
  }
})

test('a weekly report comes at first, then on Sundays', async () => {
  await admit()
  await list('weekly', { Schedule: { Frequency: 'Weekly' } })
  // To just after a Sunday's midnight: day 3 of the epoch was one.
  const sinceSunday = (node.clock.nowMs() - 3 * dayMs) % (7 * dayMs)
  node.clock.advance(7 * dayMs - sinceSunday + 60_000)
  expect(await finished()).toHaveLength(1)
  await list('daily')
  node.clock.advance(6 * dayMs)
  // Daily ones that were missed come once.
  expect((await finished(2)).map((key) => key.split('/')[1]).sort()).toEqual(['daily', 'weekly'])
  node.clock.advance(dayMs)
  const all = (await finished(4)).map((key) => key.split('/')[1])
  expect(all.filter((id) => id === 'weekly')).toHaveLength(2)
})

test('a destination that does not let S3 write gets no report, and the next one once it does', async () => {
  const warned = vi.spyOn(node.node.host.log, 'warn')
  const told = (id: string, code: string) =>
    vi.waitFor(() => {
      const said = expect.objectContaining({ bucket: Bucket, id, code })
      expect(warned).toHaveBeenCalledWith('s3.inventory-not-delivered', said)
    }, patient)
  await put('k')
  await admit('arn:aws:s3:::another')
  await list('refused')
  await list('elsewhere', { Destination: to({ Bucket: 'arn:aws:s3:::not-made' }) })
  node.clock.advance(dayMs)
  await told('refused', 'AccessDenied')
  await told('elsewhere', 'AccessDenied')
  expect(await written()).toEqual([])
  await admit()
  node.clock.advance(dayMs)
  expect(await finished()).toEqual([expect.stringContaining('counted/refused/')])
})

test('a report that was due while the node was down is written when it is back', async () => {
  await node.close()
  node = await startNode()
  s3 = node.client(S3Client)
  for (const name of [Bucket, reports]) await s3.send(new CreateBucketCommand({ Bucket: name }))
  await admit()
  await put('k')
  await list('kept')
  await node.restart()
  s3 = node.client(S3Client)
  node.clock.advance(dayMs)
  const [key] = await finished()
  expect(await linesOf(await manifestOf(key!))).toEqual(['"counted","k"'])
})

test('configurations are kept, told and deleted, for those who may', async () => {
  const Destination = to({ Prefix: 'p', AccountId: '000000000000', Encryption: { SSES3: {} } })
  await list('one', { Destination, OptionalFields: ['ETag', 'Size'] })
  const get = (client = s3) => client.send(new GetBucketInventoryConfigurationCommand({ Bucket, Id: 'one' }))
  const { InventoryConfiguration } = await get()
  const told = { Id: 'one', IsEnabled: true, IncludedObjectVersions: 'Current', Schedule: { Frequency: 'Daily' } }
  expect(InventoryConfiguration).toMatchObject({ ...told, Destination, OptionalFields: ['Size', 'ETag'] })
  await list('two', { Filter: { Prefix: 'x' } })
  const all = await s3.send(new ListBucketInventoryConfigurationsCommand({ Bucket }))
  expect(all.InventoryConfigurationList?.map(({ Id }) => Id)).toEqual(['one', 'two'])
  expect(all.IsTruncated).toBe(false)

  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'nobody' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'nobody' }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  await expect(get(node.client(S3Client, { credentials }))).rejects.toMatchObject({ name: 'AccessDenied' })

  await s3.send(new DeleteBucketCommand({ Bucket }))
  await s3.send(new CreateBucketCommand({ Bucket }))
  await expect(get()).rejects.toMatchObject({ name: 'NoSuchConfiguration' })
  node.clock.advance(2 * dayMs)
  expect(await written()).toEqual([])
})

test('what no report can be made of is refused', async () => {
  const refused = async (name: string, more: object) => expect(list('bad', more)).rejects.toMatchObject({ name })
  await refused('InvalidS3DestinationBucket', { Destination: to({ Bucket: 'reports' }) })
  await refused('InvalidS3DestinationBucket', { Destination: to({ Bucket: 'arn:aws:s3::000000000000:reports' }) })
  for (const Format of ['ORC', 'Parquet']) await refused('NotImplemented', { Destination: to({ Format }) })
  await refused('MalformedXML', { Destination: to({ Format: 'JSON' }) })
  await refused('MalformedXML', { Schedule: { Frequency: 'Hourly' } })
  await refused('MalformedXML', { IncludedObjectVersions: 'Old' })
  await refused('MalformedXML', { OptionalFields: ['Colour'] })
  await refused('MalformedXML', { Destination: to({ Encryption: { SSES3: {}, SSEKMS: { KeyId: 'k' } } }) })
  await refused('MalformedXML', { Id: 'other' })
  const west = node.client(S3Client, { region: 'us-west-2' })
  const CreateBucketConfiguration = { LocationConstraint: 'us-west-2' as const }
  await west.send(new CreateBucketCommand({ Bucket: 'western', CreateBucketConfiguration }))
  await refused('InvalidS3DestinationBucket', { Destination: to({ Bucket: 'arn:aws:s3:::western' }) })
})
