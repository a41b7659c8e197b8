import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateChannelCommand,
  type CreateChannelCommandInput,
  CreateStreamCommand,
  DeleteChannelCommand,
  DeleteStreamCommand,
  DescribeChannelCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListChannelsCommand,
  ListTagsForResourceCommand,
  PutRecordCommand,
  PutRecordsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAccountSettingsCommand,
  UpdateChannelCommand,
  UpdateStreamModeCommand,
  UpdateStreamWarmThroughputCommand,
} from '@aws-sdk/client-kinesis'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askNode } from '../../src/control.ts'
import { startNode, type TestNode } from '../harness.ts'
import { objectsUnder } from './firehose-support.ts'
import { makeRole } from './lambda-support.ts'

let node: TestNode
let kinesis: KinesisClient
const owner = '000000000000'
const bucketArn = 'arn:aws:s3:::delivered'
const roleArn = `arn:aws:iam::${owner}:role/channel`
const streamArn = (name: string) => `arn:aws:kinesis:us-east-1:${owner}:stream/${name}`
const patiently = { timeout: 45_000 }

type Storage = NonNullable<CreateChannelCommandInput['S3DestinationConfiguration']>['StorageConfiguration']

beforeAll(async () => {
  node = await startNode()
  kinesis = node.client(KinesisClient)
  await node.client(S3Client).send(new CreateBucketCommand({ Bucket: 'delivered' }))
  const s3 = { Effect: 'Allow', Action: ['s3:ListBucket', 's3:PutObject'], Resource: [bucketArn, `${bucketArn}/*`] }
  const logs = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']
  const others = { Effect: 'Allow', Action: [...logs, 'kms:GenerateDataKey', 'kms:Decrypt'], Resource: '*' }
  await makeRole(node, 'channel', [s3, others], 'kinesis.amazonaws.com')
})
afterAll(() => node?.close())

/** What a channel is made with: of a stream of its name, objects under it. */
function asked(
  name: string,
  storage: Partial<NonNullable<Storage>> = {},
  more: Partial<CreateChannelCommandInput> = {},
  format: 'JSON' | 'STRING' | 'BYTE_ARRAY' = 'JSON',
): CreateChannelCommandInput {
  const template = `${name}/!{yyyy}/!{stream-name}!{extension}`
  return {
    ChannelName: name,
    ServiceExecutionRoleARN: roleArn,
    StreamConfigurationList: [{ StreamARN: streamArn(name), RecordConfiguration: { RecordFormatType: format } }],
    S3DestinationConfiguration: {
      StorageConfiguration: {
        ...{ BucketARN: bucketArn, ExpectedBucketOwner: owner, CompressionType: 'NONE' },
        ...{ OutputKeyTemplate: template, ...storage },
      },
    },
    ...more,
  }
}

const makeStream = (StreamName: string) =>
  kinesis.send(new CreateStreamCommand({ StreamName, StreamModeDetails: { StreamMode: 'ON_DEMAND' } }))
const describe = async (ChannelARN: string) =>
  (await kinesis.send(new DescribeChannelCommand({ ChannelARN }))).ChannelDescription!
const status = async (arn: string) => (await describe(arn)).ChannelStatus

/** A stream and a channel of one name, active. Answers the channel's ARN. */
async function makeChannel(...how: Parameters<typeof asked>): Promise<string> {
  await makeStream(how[0])
  const made = await kinesis.send(new CreateChannelCommand(asked(...how)))
  const { ChannelARN = '', ChannelStatus } = made.ChannelDescription!
  expect(ChannelStatus).toBe('CREATING')
  await expect.poll(() => status(ChannelARN), patiently).toBe('ACTIVE')
  return ChannelARN
}

const put = (StreamName: string, ...data: (string | Uint8Array)[]) =>
  kinesis.send(
    new PutRecordsCommand({
      StreamName,
      Records: data.map((one, i) => ({ Data: Buffer.from(one), PartitionKey: `${i}` })),
    }),
  )
const objects = (prefix: string) => objectsUnder(node, prefix, 'delivered')
/** The objects under a prefix, once there are some. */
async function delivered(prefix: string, count = 1) {
  await expect.poll(async () => (await objects(prefix)).size, patiently).toBe(count)
  return objects(prefix)
}
const lines = (found: Map<string, Buffer>) => [...found.values()].join('').trim().split('\n').sort()

test('records are delivered together when the oldest has waited for its time, and none of before', async () => {
  await makeStream('whole')
  await put('whole', '{"old":1}')
  const { ChannelDescription } = await kinesis.send(
    new CreateChannelCommand(asked('whole', { StorageClass: 'GLACIER_IR' })),
  )
  const arn = ChannelDescription!.ChannelARN!
  await expect.poll(() => status(arn), patiently).toBe('ACTIVE')
  await put('whole', '{"a":1}', '{"b":2}')
  node.clock.advance(200_000)
  await put('whole', '{"c":3}')
  expect((await objects('whole/')).size).toBe(0)
  node.clock.advance(101_000)
  const found = await delivered('whole/')
  expect(lines(found)).toEqual(['{"a":1}', '{"b":2}', '{"c":3}'])
  const [Key = ''] = found.keys()
  expect(Key).toMatch(/^whole\/\d{4}\/whole-[0-9a-f-]{36}$/)
  const head = await node.client(S3Client).send(new HeadObjectCommand({ Bucket: 'delivered', Key }))
  expect(head.StorageClass).toBe('GLACIER_IR')

  // Also over a restart, in the middle of the time; its clock is that of the host again.
  await put('whole', '{"d":4}')
  await node.restart()
  kinesis = node.client(KinesisClient)
  await expect
    .poll(async () => {
      node.clock.advance(301_000)
      return (await objects('whole/')).size
    }, patiently)
    .toBe(2)
  expect(lines(await objects('whole/'))).toEqual(['{"a":1}', '{"b":2}', '{"c":3}', '{"d":4}'])
  await expect(kinesis.send(new DeleteStreamCommand({ StreamName: 'whole' }))).rejects.toThrow('has the channel')
  const StreamModeDetails = { StreamMode: 'PROVISIONED' as const }
  const changed = kinesis.send(new UpdateStreamModeCommand({ StreamARN: streamArn('whole'), StreamModeDetails }))
  await expect(changed).rejects.toMatchObject({ name: 'ResourceInUseException' })
  await kinesis.send(new DeleteChannelCommand({ ChannelARN: arn }))
  await expect(describe(arn)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await kinesis.send(new DeleteStreamCommand({ StreamName: 'whole' }))
})

test('objects are compressed, and encrypted with a key', async () => {
  const { KeyMetadata } = await node.client(KMSClient).send(new CreateKeyCommand({}))
  const KeyId = KeyMetadata!.Arn!
  const EncryptionConfiguration = { EncryptionType: 'KMS' as const, KeyId }
  await makeChannel('zipped', { CompressionType: 'GZIP' }, { EncryptionConfiguration }, 'BYTE_ARRAY')
  await makeChannel('z', { CompressionType: 'ZSTD', OutputKeyTemplate: 'z/x!{extension:.json.zst}' }, {}, 'STRING')
  await put('zipped', new Uint8Array([0xff, 0, 1]))
  await put('z', 'not JSON')
  node.clock.advance(301_000)
  const [[key, body]] = [...(await delivered('zipped/'))] as [[string, Buffer]]
  expect(key).toMatch(/\.gz$/)
  expect(gunzipSync(body)).toEqual(Buffer.from([0xff, 0, 1]))
  const head = await node.client(S3Client).send(new HeadObjectCommand({ Bucket: 'delivered', Key: key }))
  expect([head.ServerSideEncryption, head.SSEKMSKeyId]).toEqual(['aws:kms', KeyId])
  const [[named, text]] = [...(await delivered('z/'))] as [[string, Buffer]]
  expect(named).toMatch(/^z\/x-[0-9a-f-]{36}\.json\.zst$/)
  expect(zstdDecompressSync(text).toString()).toBe('not JSON\n')
})

test('what is not as it should be is told of under the error prefix, in a log group and in metrics', async () => {
  const LoggingConfiguration = { CloudWatchLogs: { Enabled: true } }
  const arn = await makeChannel('mixed', {}, { LoggingConfiguration })
  const id = arn.split('/').at(-1)
  const { Records } = await put('mixed', '{"a":1}', 'not JSON', new Uint8Array([0xff]))
  node.clock.advance(301_000)
  expect(lines(await delivered('mixed/'))).toEqual(['{"a":1}'])
  const told = lines(await delivered(`kinesis-channel/errors/mixed/${id}/`)).map((line) => JSON.parse(line))
  expect(told).toHaveLength(2)
  for (const i of [1, 2]) {
    expect(told).toContainEqual(
      expect.objectContaining({
        shardId: Records![i]!.ShardId,
        sequenceNumber: Records![i]!.SequenceNumber,
        errorMessage: expect.stringMatching(i === 1 ? 'JSON' : 'UTF-8'),
      }),
    )
  }
  const log = { logGroupName: `/aws/kinesis/mixed/${id}`, logStreamName: 'DestinationDelivery' }
  const logs = node.client(CloudWatchLogsClient)
  const events = async () => (await logs.send(new GetLogEventsCommand(log)).catch(() => undefined))?.events ?? []
  await expect.poll(async () => (await events()).length, patiently).toBe(1)
  expect(JSON.parse((await events())[0]!.message!)).toMatchObject({ channelARN: arn, errorCode: 'InvalidRecord' })
  const sum = async (name: string) => {
    const Dimensions = Object.entries({ ChannelName: 'mixed', ChannelId: id, StreamName: 'mixed' })
    const { Datapoints = [] } = await node.client(CloudWatchClient).send(
      new GetMetricStatisticsCommand({
        ...{ Namespace: 'AWS/Kinesis', MetricName: `DeliveryToS3.${name}`, Period: 3_600, Statistics: ['Sum'] },
        Dimensions: Dimensions.map(([Name, Value]) => ({ Name, Value })),
        StartTime: new Date(node.clock.nowMs() - 3_600_000),
        EndTime: new Date(node.clock.nowMs() + 60_000),
      }),
    )
    return Datapoints.reduce((all, one) => all + (one.Sum ?? 0), 0)
  }
  await expect.poll(() => sum('SuccessfulRecordCount'), patiently).toBe(1)
  expect([await sum('FailedRecordCount'), await sum('DLQDeliverySuccess')]).toEqual([2, 2])
})

test('a bucket that takes nothing has records wait, and all shards are read that there come to be', async () => {
  await makeChannel('grown')
  const s3 = node.client(S3Client)
  const denied = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: `${bucketArn}/grown/*` }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: denied })
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'delivered', Policy }))
  await put('grown', '1', '2', '3', '4')
  await kinesis.send(new UpdateAccountSettingsCommand({ MinimumThroughputBillingCommitment: { Status: 'ENABLED' } }))
  await kinesis.send(new UpdateStreamWarmThroughputCommand({ StreamName: 'grown', WarmThroughputMiBps: 8 }))
  await put('grown', '5', '6', '7', '8')
  node.clock.advance(301_000)
  node.clock.advance(60_000)
  expect((await objects('grown/')).size).toBe(0)
  await s3.send(new DeleteBucketPolicyCommand({ Bucket: 'delivered' }))
  const look = async () => {
    node.clock.advance(60_000)
    return (await objects('grown/')).size
  }
  await expect.poll(look, patiently).toBe(1)
  expect(lines(await objects('grown/'))).toEqual(['1', '2', '3', '4', '5', '6', '7', '8'])
})

test('channels are described, listed, changed and tagged', async () => {
  const arn = await makeChannel('told', { OutputKeyTemplate: undefined }, { Tags: { a: '1' } })
  const id = arn.split('/').at(-1)!
  expect(await describe(arn)).toMatchObject({
    ChannelName: 'told',
    ChannelId: id,
    ServiceExecutionRoleARN: roleArn,
    StreamConfigurationList: [{ StreamARN: streamArn('told'), RecordConfiguration: { RecordFormatType: 'JSON' } }],
    S3DestinationConfiguration: {
      DataFreshnessInSeconds: 300,
      DeadLetterQueueS3Configuration: {
        ...{ BucketARN: bucketArn, ExpectedBucketOwner: owner },
        ErrorOutputPrefix: `kinesis-channel/errors/told/${id}/`,
      },
      StorageConfiguration: { StorageClass: 'STANDARD', CompressionType: 'NONE' },
    },
    LoggingConfiguration: {
      CloudWatchLogs: {
        Enabled: false,
        ...{ LogGroupName: `/aws/kinesis/told/${id}`, LogStreamName: 'DestinationDelivery' },
      },
    },
  })
  const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'told' }))
  expect(StreamDescriptionSummary!.ChannelCount).toBe(1)
  const { ChannelDescription } = await kinesis.send(
    new UpdateChannelCommand({
      ChannelARN: arn,
      S3DestinationConfiguration: { DataFreshnessInSeconds: 900 },
      LoggingConfiguration: { CloudWatchLogs: { Enabled: true, LogStreamName: 'other' } },
    }),
  )
  expect(ChannelDescription!.ChannelStatus).toBe('UPDATING')
  await expect.poll(() => status(arn), patiently).toBe('ACTIVE')
  expect(await describe(arn)).toMatchObject({
    S3DestinationConfiguration: { DataFreshnessInSeconds: 900 },
    LoggingConfiguration: {
      CloudWatchLogs: { Enabled: true, LogGroupName: `/aws/kinesis/told/${id}`, LogStreamName: 'other' },
    },
  })
  await kinesis.send(new TagResourceCommand({ ResourceARN: arn, Tags: { b: '2' } }))
  await kinesis.send(new UntagResourceCommand({ ResourceARN: arn, TagKeys: ['a'] }))
  const { Tags } = await kinesis.send(new ListTagsForResourceCommand({ ResourceARN: arn }))
  expect(Tags).toEqual([{ Key: 'b', Value: '2' }])

  const names: (string | undefined)[] = []
  let NextToken: string | undefined
  do {
    const page = await kinesis.send(new ListChannelsCommand({ MaxResults: 2, NextToken }))
    names.push(...page.ChannelSummaries!.map(({ ChannelName }) => ChannelName))
    NextToken = page.NextToken
  } while (NextToken)
  expect(names.sort()).toEqual(['grown', 'mixed', 'told', 'z', 'zipped'])
  const of = async (StreamCreationTimestamp?: Date) => {
    const StreamFilter = [{ StreamARN: streamArn('told'), StreamCreationTimestamp }, { StreamARN: streamArn('none') }]
    return (await kinesis.send(new ListChannelsCommand({ StreamFilter }))).ChannelSummaries
  }
  expect(await of()).toMatchObject([{ ChannelARN: arn, ChannelDestinationType: 'S3' }])
  expect(await of(new Date(0))).toEqual([])
})

test('a channel that can not deliver as it is set up has failed, and says why', async () => {
  await makeStream('failing')
  const storage = { BucketARN: 'arn:aws:s3:::not-there' }
  const { ChannelDescription } = await kinesis.send(new CreateChannelCommand(asked('failing', storage)))
  const arn = ChannelDescription!.ChannelARN!
  await expect.poll(() => status(arn), patiently).toBe('FAILED')
  expect((await describe(arn)).ChannelStatusReason).toBeTruthy()
  const update = { ChannelARN: arn, S3DestinationConfiguration: { DataFreshnessInSeconds: 600 } }
  await expect(kinesis.send(new UpdateChannelCommand(update))).rejects.toMatchObject({ name: 'ResourceInUseException' })
  const again = kinesis.send(new CreateChannelCommand({ ...asked('failing'), ChannelName: 'second' }))
  await expect(again).rejects.toMatchObject({ name: 'LimitExceededException' })
  await kinesis.send(new DeleteChannelCommand({ ChannelARN: arn }))
  const owned = { ExpectedBucketOwner: '111111111111' }
  const made = await kinesis.send(new CreateChannelCommand(asked('failing', owned)))
  await expect.poll(() => status(made.ChannelDescription!.ChannelARN!), patiently).toBe('FAILED')
})

test('a batch that was delivered in part is brought again under its names, whatever has come meanwhile', async () => {
  await makeChannel('twice')
  const s3 = node.client(S3Client)
  const errors = `${bucketArn}/kinesis-channel/errors/twice/*`
  const denied = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: errors }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: denied })
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'delivered', Policy }))
  const data = ['1', 'not JSON', '2', '3', '4', '5', '6', '7']
  await kinesis.send(new PutRecordCommand({ StreamName: 'twice', Data: Buffer.from('0'), PartitionKey: '0' }))
  await kinesis.send(new PutRecordCommand({ StreamName: 'twice', Data: Buffer.from('{'), PartitionKey: '0' }))
  node.clock.advance(301_000)
  expect(lines(await delivered('twice/'))).toEqual(['0'])
  // To other shards too, old and new.
  await put('twice', ...data)
  await kinesis.send(new UpdateAccountSettingsCommand({ MinimumThroughputBillingCommitment: { Status: 'ENABLED' } }))
  await kinesis.send(new UpdateStreamWarmThroughputCommand({ StreamName: 'twice', WarmThroughputMiBps: 8 }))
  await put('twice', ...data)
  node.clock.advance(61_000)
  await node.restart()
  kinesis = node.client(KinesisClient)
  await node.client(S3Client).send(new DeleteBucketPolicyCommand({ Bucket: 'delivered' }))
  const look = async () => {
    node.clock.advance(301_000)
    return lines(await objects('kinesis-channel/errors/twice/')).length
  }
  await expect.poll(look, patiently).toBe(3)
  const sent = ['0', ...data, ...data].filter((one) => one !== 'not JSON')
  expect(lines(await objects('twice/'))).toEqual(sent.sort())
})

test('a bucket or a key that is busy when a channel is made is asked again', async () => {
  await makeStream('patient')
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const there = { endpoint: node.endpoint, region: 'us-east-1', credentials }
  const body = { action: 'throttle', service: 's3', operation: 'HeadBucket', count: 1 }
  await askNode(there, '/_landfall/faults', {}, { method: 'POST', body })
  const ofKey = { action: 'throttle', service: 'kms', operation: 'GenerateDataKey', count: 1 }
  await askNode(there, '/_landfall/faults', {}, { method: 'POST', body: ofKey })
  const { KeyMetadata } = await node.client(KMSClient).send(new CreateKeyCommand({}))
  const EncryptionConfiguration = { EncryptionType: 'KMS' as const, KeyId: KeyMetadata!.Arn! }
  const { ChannelDescription } = await kinesis.send(
    new CreateChannelCommand(asked('patient', {}, { EncryptionConfiguration })),
  )
  const ChannelARN = ChannelDescription!.ChannelARN!
  const told = () => {
    node.clock.advance(1_000)
    return status(ChannelARN)
  }
  await expect.poll(told, patiently).not.toBe('CREATING')
  expect(await status(ChannelARN)).toBe('ACTIVE')
  await askNode(there, '/_landfall/faults', {}, { method: 'DELETE' })
  await kinesis.send(new DeleteChannelCommand({ ChannelARN }))
})

test('what is wrong, or not here, is refused by name', async () => {
  await makeStream('source')
  const refused = (input: CreateChannelCommandInput) =>
    kinesis.send(new CreateChannelCommand(input)).then(
      () => 'taken',
      (error: Error) => `${error.name}: ${error.message}`,
    )
  const template = (OutputKeyTemplate: string, CompressionType: 'NONE' | 'GZIP' = 'NONE') =>
    refused(asked('source', { OutputKeyTemplate, CompressionType }))
  for (const wrong of [
    ...['/a!{extension}', 'a/../b', 'a//b', 'a/./b', 'a!{extension}/!{yyyy}', 'a/!{partition-id}', 'a/!{yyyy', 'a b'],
    ...['!{extension}', `${'a'.repeat(987)}`, '!{constructor}', 'a!{extension:json}'],
  ]) {
    expect(await template(wrong)).toMatch(/^InvalidArgumentException: OutputKeyTemplate/)
  }
  expect(await template('data/!{channel-name}', 'GZIP')).toMatch('!{extension}')
  const tables = {
    DeadLetterQueueS3Configuration: { BucketARN: bucketArn, ExpectedBucketOwner: owner },
    S3TablesConfigurationList: [
      {
        TableBucketARN: `arn:aws:s3tables:us-east-1:${owner}:bucket/tables`,
        ...{ Namespace: 'n', TableName: 't', CompressionType: 'ZSTD' as const },
      },
    ],
  }
  const { S3DestinationConfiguration: s3, ...without } = asked('source')
  expect(await refused({ ...without, S3TablesDestinationConfiguration: tables })).toMatch(
    'S3TablesDestinationConfiguration is not supported by Landfall',
  )
  expect(await refused(without)).toMatch('S3DestinationConfiguration is required')
  const fresh = { ...s3!, DataFreshnessInSeconds: 60 }
  expect(await refused({ ...without, S3DestinationConfiguration: fresh })).toMatch('DataFreshnessInSeconds 60')
  expect(await refused(asked('source', { CompressionType: 'SNAPPY' as 'GZIP' }))).toMatch('CompressionType')
  expect(await refused(asked('source', {}, {}, 'PARQUET' as 'JSON'))).toMatch('RecordFormatType')
  expect(await refused(asked('source', {}, {}, 'GSR_JSON' as 'JSON'))).toMatch('GSR_JSON')
  const ownKey = { EncryptionType: 'KMS' as const, KeyId: 'alias/aws/kinesis' }
  expect(await refused(asked('source', {}, { EncryptionConfiguration: ownKey }))).toMatch('aws/kinesis')
  expect(await refused(asked('nowhere'))).toMatch('ResourceNotFoundException')
  await kinesis.send(new CreateStreamCommand({ StreamName: 'provisioned', ShardCount: 1 }))
  expect(await refused(asked('provisioned'))).toMatch('ValidationException')
  expect(await refused({ ...asked('source'), ChannelName: 'told' })).toMatch('ResourceInUseException')
  await expect(describe(streamArn('source'))).rejects.toMatchObject({ name: 'InvalidArgumentException' })
})

test('a channel needs permission on the stream, for itself and for the role that is handed over', async () => {
  const iam = node.client(IAMClient)
  const allowed = ['kinesis:CreateChannel', 'kinesis:AssociateStreamsWithChannel', 'iam:PassRole']
  const outcomes: string[] = []
  for (const [i, missing] of [...allowed, 'nothing'].entries()) {
    const UserName = `user${i}`
    const Statement = allowed
      .filter((Action) => Action !== missing)
      .map((Action) => ({
        Effect: 'Allow',
        Action,
        Resource: Action === 'iam:PassRole' ? roleArn : streamArn('source'),
      }))
    await iam.send(new CreateUserCommand({ UserName }))
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
    const own = node.client(KinesisClient, { credentials })
    const made = await own.send(new CreateChannelCommand(asked('source'))).catch((error: Error) => error)
    outcomes.push(made instanceof Error ? made.name : 'made')
    if (i === allowed.length) {
      const { ChannelARN } = (made as { ChannelDescription: { ChannelARN: string } }).ChannelDescription
      const described = own.send(new DescribeChannelCommand({ ChannelARN }))
      await expect(described).rejects.toMatchObject({ name: 'AccessDeniedException' })
      await expect(own.send(new DeleteChannelCommand({ ChannelARN }))).rejects.toThrow('DeleteChannel')
    }
  }
  expect(outcomes).toEqual([...allowed.map(() => 'AccessDeniedException'), 'made'])
})

test('a record that comes while a batch is read is in the next, and none is in two', async () => {
  await makeChannel('busy')
  const sent: string[] = []
  for (let i = 0; i < 20; i++) {
    const text = `${i}`
    await kinesis.send(new PutRecordCommand({ StreamName: 'busy', Data: Buffer.from(text), PartitionKey: text }))
    sent.push(text)
    node.clock.advance(40_000)
  }
  const look = async () => {
    node.clock.advance(60_000)
    return lines(await objects('busy/')).length
  }
  await expect.poll(look, patiently).toBe(sent.length)
  expect(lines(await objects('busy/'))).toEqual([...sent].sort())
})
