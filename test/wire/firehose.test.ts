import { gunzipSync } from 'node:zlib'
import {
  DeleteDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  ListDeliveryStreamsCommand,
  ListTagsForDeliveryStreamCommand,
  PutRecordBatchCommand,
  PutRecordCommand,
  StartDeliveryStreamEncryptionCommand,
  StopDeliveryStreamEncryptionCommand,
  TagDeliveryStreamCommand,
  UntagDeliveryStreamCommand,
  UpdateDestinationCommand,
} from '@aws-sdk/client-firehose'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openZip } from '../../src/functions/zip-directory.ts'
import { deliverJob } from '../../src/services/firehose/deliver-job.ts'
import { deliveryStream, waitingBytes } from '../../src/services/firehose/state.ts'
import { earlyInTheHour, startNode, type TestNode } from '../harness.ts'
import { lake, makeLake, makeStream, objectsUnder, roleArn } from './firehose-support.ts'

let node: TestNode
const firehose = () => node.client(FirehoseClient)
const send = (name: string, ...texts: string[]) =>
  firehose().send(
    new PutRecordBatchCommand({
      DeliveryStreamName: name,
      Records: texts.map((text) => ({ Data: Buffer.from(text) })),
    }),
  )
const describe = async (DeliveryStreamName: string) =>
  (await firehose().send(new DescribeDeliveryStreamCommand({ DeliveryStreamName }))).DeliveryStreamDescription!
/** The objects under a prefix, once there are some. */
const delivered = async (prefix: string) => {
  await expect.poll(async () => (await objectsUnder(node, prefix)).size).toBeGreaterThan(0)
  return objectsUnder(node, prefix)
}

beforeAll(async () => {
  node = await startNode({ hostMs: earlyInTheHour() })
  await makeLake(node, [{ Effect: 'Allow', Action: 'kinesis:*', Resource: '*' }])
})
afterAll(() => node?.close())

test('records are delivered together, when the first has waited for its time, also over a restart', async () => {
  const name = await makeStream(node, 'timed')
  const { RecordId, Encrypted } = await firehose().send(
    new PutRecordCommand({ DeliveryStreamName: name, Record: { Data: Buffer.from('one\n') } }),
  )
  expect([typeof RecordId, Encrypted]).toEqual(['string', false])
  await send(name, 'two\n', 'three\n')
  await node.restart()
  expect((await objectsUnder(node, 'timed/')).size).toBe(0)
  node.clock.advance(60_000)
  const [[key, body]] = [...(await delivered('timed/'))] as [[string, Buffer]]
  expect(key).toMatch(/^timed\/\d{4}\/\d\d\/\d\d\/\d\d\/timed-1-\d{4}(-\d\d){5}-[0-9a-f-]{36}$/)
  expect(body.toString()).toBe('one\ntwo\nthree\n')
})

test('as much as a buffer takes is delivered without waiting, and none of it twice', async () => {
  const name = await makeStream(node, 'sized')
  const text = 'x'.repeat(600_000)
  await send(name, `1${text}`, `2${text}`)
  const found = await delivered('sized/')
  expect([...found.values()].map(({ length }) => length)).toEqual([1_200_002])
  await send(name, 'later')
  node.clock.advance(60_000)
  await expect.poll(async () => (await objectsUnder(node, 'sized/')).size).toBe(2)
})

test('what is due by time and by size at once is delivered by one after the other, and counted once', async () => {
  const name = await makeStream(node, 'twice')
  await send(name, 'a')
  const { host } = node.node
  const scope = { account: '000000000000', region: 'us-east-1' }
  const { id = '' } = (await host.records.read(scope, (tx) => tx.get(deliveryStream(name)))) ?? {}
  const nowMs = host.clock.nowMs()
  const ctx = { host, scope, signal: host.signal, nowMs, createdAtMs: nowMs, attempt: 1 }
  const ran = await Promise.allSettled([deliverJob.run({ name, id }, ctx), deliverJob.run({ name, id }, ctx)])
  expect(ran.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(await host.records.read(scope, (tx) => tx.count(waitingBytes(id, '')))).toBe(0)
  expect((await objectsUnder(node, 'twice/')).size).toBe(1)
})

test('objects are named as the prefix has it, in its time zone, and compressed', async () => {
  const Prefix = "at=!{timestamp:yyyy-MM-dd'T'HH}/r=!{firehose:random-string}/"
  const ErrorOutputPrefix = 'errors/!{firehose:error-output-type}/'
  const more = { Prefix, ErrorOutputPrefix, CustomTimeZone: 'Asia/Tokyo' }
  await makeStream(node, 'gzip', { ...more, CompressionFormat: 'GZIP', FileExtension: '.json.gz' })
  await makeStream(node, 'zip', { Prefix: 'zipped/', CompressionFormat: 'ZIP' })
  const tokyo = new Date(node.clock.nowMs() + 9 * 3_600_000).toISOString().slice(0, 13)
  await send('gzip', 'a', 'b')
  await send('zip', 'c', 'd')
  node.clock.advance(60_000)
  const [[key, body]] = [...(await delivered('at='))] as [[string, Buffer]]
  expect(key.startsWith(`at=${tokyo}/r=`)).toBe(true)
  expect(key).toMatch(/\/r=[0-9a-f-]{11}\/gzip-1-.*\.json\.gz$/)
  expect(gunzipSync(body).toString()).toBe('ab')
  const [[zipKey, zipped]] = [...(await delivered('zipped/'))] as [[string, Buffer]]
  expect(zipKey).toMatch(/\.zip$/)
  const { entries, close } = await openZip(zipped)
  expect(entries.map(({ sizeBytes }) => sizeBytes)).toEqual([2])
  close()
})

test('a Kinesis stream is read from when the delivery stream was made, and not put to', async () => {
  const kinesis = () => node.client(KinesisClient)
  await kinesis().send(new CreateStreamCommand({ StreamName: 'source', ShardCount: 2 }))
  const put = (...texts: string[]) =>
    kinesis().send(
      new PutRecordsCommand({
        StreamName: 'source',
        Records: texts.map((text) => ({ Data: Buffer.from(text), PartitionKey: text })),
      }),
    )
  await put('before')
  node.clock.advance(1_000)
  const KinesisStreamARN = 'arn:aws:kinesis:us-east-1:000000000000:stream/source'
  const KinesisStreamSourceConfiguration = { KinesisStreamARN, RoleARN: roleArn }
  const DeliveryStreamType = 'KinesisStreamAsSource' as const
  await makeStream(node, 'read', {}, { DeliveryStreamType, KinesisStreamSourceConfiguration })
  const texts = Array.from({ length: 20 }, (_, i) => `${i};`)
  await put(...texts)
  await node.restart()
  await put('last;')
  const gathered = async () => {
    node.clock.advance(60_000)
    return [...(await objectsUnder(node, 'read/')).values()].map(String).join('').split(';').sort()
  }
  const wanted = [...texts, 'last;'].join('').split(';').sort()
  await expect.poll(gathered).toEqual(wanted)
  await expect(send('read', 'a')).rejects.toMatchObject({ name: 'InvalidArgumentException' })
})

test('a destination is changed for one version; what is not named stays', async () => {
  const name = await makeStream(node, 'changed')
  const { VersionId, Destinations } = await describe(name)
  const given = {
    DeliveryStreamName: name,
    CurrentDeliveryStreamVersionId: VersionId,
    DestinationId: Destinations?.[0]?.DestinationId,
    ExtendedS3DestinationUpdate: { CompressionFormat: 'GZIP' as const },
  }
  await firehose().send(new UpdateDestinationCommand(given))
  const now = await describe(name)
  expect(now.VersionId).toBe('2')
  expect(now.Destinations?.[0]?.ExtendedS3DestinationDescription).toMatchObject({
    ...lake,
    Prefix: 'changed/',
    CompressionFormat: 'GZIP',
  })
  await expect(firehose().send(new UpdateDestinationCommand(given))).rejects.toMatchObject({
    name: 'ConcurrentModificationException',
  })
})

test('a stream is described, listed, tagged, encrypted in name, and deleted', async () => {
  const name = await makeStream(node, 'managed', {}, { Tags: [{ Key: 'a', Value: '1' }] })
  await firehose().send(new TagDeliveryStreamCommand({ DeliveryStreamName: name, Tags: [{ Key: 'b', Value: '2' }] }))
  await firehose().send(new UntagDeliveryStreamCommand({ DeliveryStreamName: name, TagKeys: ['a'] }))
  const { Tags } = await firehose().send(new ListTagsForDeliveryStreamCommand({ DeliveryStreamName: name }))
  expect(Tags).toEqual([{ Key: 'b', Value: '2' }])
  const listed = await firehose().send(
    new ListDeliveryStreamsCommand({ ExclusiveStartDeliveryStreamName: 'm', Limit: 1 }),
  )
  expect(listed).toMatchObject({ DeliveryStreamNames: ['managed'], HasMoreDeliveryStreams: true })
  const ofType = async (DeliveryStreamType: 'DirectPut' | 'KinesisStreamAsSource', more = {}) => {
    const found = await firehose().send(new ListDeliveryStreamsCommand({ DeliveryStreamType, Limit: 1, ...more }))
    return [found.DeliveryStreamNames, found.HasMoreDeliveryStreams]
  }
  expect(await ofType('DirectPut', { ExclusiveStartDeliveryStreamName: 'm' })).toEqual([['managed'], true])
  expect(await ofType('KinesisStreamAsSource')).toEqual([['read'], false])
  await firehose().send(new StartDeliveryStreamEncryptionCommand({ DeliveryStreamName: name }))
  expect((await describe(name)).DeliveryStreamEncryptionConfiguration).toEqual({
    KeyType: 'AWS_OWNED_CMK',
    Status: 'ENABLED',
  })
  await firehose().send(new StopDeliveryStreamEncryptionCommand({ DeliveryStreamName: name }))
  expect((await describe(name)).DeliveryStreamEncryptionConfiguration).toEqual({ Status: 'DISABLED' })
  await send(name, 'lost')
  await firehose().send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: name }))
  await expect.poll(() => describe(name).catch(({ name: code }) => code)).toBe('ResourceNotFoundException')
})

test('records that come too fast fail each for itself', async () => {
  const name = await makeStream(node, 'fast')
  const text = 'x'.repeat(1_000_000)
  // No time passes, so that none of what was used comes back.
  const standing = vi.spyOn(node.clock, 'nowMs').mockReturnValue(node.clock.nowMs())
  try {
    expect((await send(name, text, text, text, text)).FailedPutCount).toBe(0)
    const { FailedPutCount, RequestResponses = [] } = await send(name, text, text, text, text)
    expect([FailedPutCount, RequestResponses.map(({ ErrorCode }) => ErrorCode)]).toEqual([
      3,
      [undefined, ...Array(3).fill('ServiceUnavailableException')],
    ])
  } finally {
    standing.mockRestore()
  }
})

test('what is wrong, or not here, is refused by name', async () => {
  await makeStream(node, 'limits')
  const text = 'x'.repeat(1_000_000)
  await expect(send('limits', text, text, text, text, text)).rejects.toMatchObject({ message: /4 MB/ })
  await expect(send('limits', 'x'.repeat(1_024_001))).rejects.toMatchObject({ name: 'ValidationException' })
  await expect(send('missing', 'a')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  const refused = async (more: object, named: string, other = {}) =>
    await expect(makeStream(node, 'refused', more, other)).rejects.toMatchObject({
      name: 'InvalidArgumentException',
      message: expect.stringContaining(named),
    })
  await refused({ DataFormatConversionConfiguration: { Enabled: true } }, 'DataFormatConversionConfiguration')
  await refused({ Prefix: '!{nothing:x}/' }, '!{')
  await refused({ Prefix: '!{timestamp:GGGG}/', ErrorOutputPrefix: 'e/' }, 'GGGG')
  await refused({ Prefix: '!{timestamp:yyyy}/' }, "ErrorOutputPrefix can't be null")
  await refused({ Prefix: '!{partitionKeyFromQuery:a}/', ErrorOutputPrefix: 'e/' }, 'dynamic partitioning')
  await refused({ CustomTimeZone: 'Mars/Base' }, 'Mars/Base')
  const Processors = [{ Type: 'Decompression' }]
  await refused({ ProcessingConfiguration: { Enabled: true, Processors } }, 'Decompression')
  const RedshiftDestinationConfiguration = {
    ClusterJDBCURL: 'jdbc:redshift://a.b.us-east-1.redshift.amazonaws.com:5439/d',
    CopyCommand: { DataTableName: 't' },
    RoleARN: roleArn,
    S3Configuration: lake,
  }
  await refused({}, 'RedshiftDestinationConfiguration', { RedshiftDestinationConfiguration })
})

test('who has no permission is told so, and a role without it has the records wait', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const hers = node.client(FirehoseClient, { credentials })
  const Record = { Data: Buffer.from('x') }
  await expect(hers.send(new PutRecordCommand({ DeliveryStreamName: 'timed', Record }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('firehose:PutRecord'),
  })
  const allowed = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource })
  const Statement = [allowed('firehose:*', '*'), allowed('iam:PassRole', roleArn)]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'firehose', PolicyDocument }))
  // Of a parameter that is given twice each role is one that she hands over.
  const strange = roleArn.replace('firehose', 'strange')
  const Parameters = [roleArn, strange].map((ParameterValue) => ({ ParameterName: 'RoleArn' as const, ParameterValue }))
  const Processors = [{ Type: 'Lambda' as const, Parameters }]
  const ProcessingConfiguration = { Enabled: true, Processors }
  await expect(
    makeStream({ client: (ctor) => node.client(ctor, { credentials }) }, 'hers', { ProcessingConfiguration }),
  ).rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining(strange) })
  await expect(makeStream(node, 'twice', { ProcessingConfiguration })).rejects.toMatchObject({
    name: 'InvalidArgumentException',
    message: expect.stringContaining('RoleArn'),
  })
  // Its role may write to the lake, and to no other bucket.
  await makeStream(node, 'denied', { BucketARN: 'arn:aws:s3:::elsewhere', Prefix: 'denied/' })
  await send('denied', 'kept')
  node.clock.advance(60_000)
  const { Destinations, VersionId } = await describe('denied')
  await firehose().send(
    new UpdateDestinationCommand({
      DeliveryStreamName: 'denied',
      CurrentDeliveryStreamVersionId: VersionId,
      DestinationId: Destinations?.[0]?.DestinationId,
      ExtendedS3DestinationUpdate: { BucketARN: lake.BucketARN },
    }),
  )
  const found = async () => {
    node.clock.advance(60_000)
    return [...(await objectsUnder(node, 'denied/')).values()].map(String)
  }
  await expect.poll(found).toEqual(['kept'])
})
