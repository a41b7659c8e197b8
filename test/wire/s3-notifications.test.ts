import { AddPermissionCommand, GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { makeFunction, makeRole } from './lambda-support.ts'

const account = '000000000000'
const patient = { timeout: 45_000, interval: 50 }
let node: TestNode
let s3: S3Client
let sqs: SQSClient
let lambda: LambdaClient
let count = 0

beforeAll(async () => {
  node = await startNode()
  connect()
})
afterAll(() => node.close())
function connect(): void {
  s3 = node.client(S3Client)
  sqs = node.client(SQSClient)
  lambda = node.client(LambdaClient)
}

const arnOf = (queue: string) => `arn:aws:sqs:us-east-1:${account}:${queue}`

/** A queue that this bucket may send to. */
async function queueFor(bucket: string | undefined): Promise<{ name: string; arn: string }> {
  const name = `told-${++count}`
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }))
  if (bucket) {
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 's3.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: arnOf(name),
          Condition: {
            ArnEquals: { 'aws:SourceArn': `arn:aws:s3:::${bucket}` },
            StringEquals: { 'aws:SourceAccount': account },
          },
        },
      ],
    })
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  }
  return { name, arn: arnOf(name) }
}

async function freshBucket(): Promise<string> {
  const Bucket = `telling-${++count}`
  await s3.send(new CreateBucketCommand({ Bucket }))
  return Bucket
}
const configure = (Bucket: string, NotificationConfiguration: NotificationConfiguration, more = {}) =>
  s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration, ...more }))

interface Told {
  Event?: string
  Records?: Record<string, unknown>[]
}

/** The messages of a queue so far, taken. */
async function take(name: string): Promise<Told[]> {
  const QueueUrl = `${node.endpoint}/${account}/${name}`
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
  for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
  return Messages.map(({ Body }) => JSON.parse(Body!) as Told)
}
async function taken(name: string, wanted: number): Promise<Told[]> {
  const all: Told[] = []
  await vi.waitFor(async () => {
    all.push(...(await take(name)))
    expect(all.length).toBeGreaterThanOrEqual(wanted)
  }, patient)
  return all
}
const eventNames = (told: Told[]) => told.flatMap(({ Records = [] }) => Records.map((one) => one.eventName as string))

describe('notifications of a bucket', () => {
  test('a queue gets a test event, then what it asked for, in the published shape', async () => {
    const Bucket = await freshBucket()
    const { name, arn } = await queueFor(Bucket)
    await configure(Bucket, {
      QueueConfigurations: [
        {
          Id: 'mine',
          QueueArn: arn,
          Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:Delete'],
          Filter: {
            Key: {
              FilterRules: [
                { Name: 'prefix', Value: 'in/' },
                { Name: 'suffix', Value: '.jpg' },
              ],
            },
          },
        },
      ],
    })
    expect(await taken(name, 1)).toMatchObject([{ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket }])
    const Key = 'in/Happy Face ü.jpg'
    await s3.send(new PutObjectCommand({ Bucket, Key: 'out/x.jpg', Body: 'no' }))
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }))
    await s3.send(
      new CopyObjectCommand({ Bucket, Key: 'in/copy.jpg', CopySource: `${Bucket}/${encodeURIComponent(Key)}` }),
    )
    await s3.send(new DeleteObjectCommand({ Bucket, Key }))
    const told = (await taken(name, 3)).map(({ Records }) => Records![0] as Record<string, unknown>)
    const put = told.find(({ eventName }) => eventName === 'ObjectCreated:Put')
    expect(put).toEqual({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: 'us-east-1',
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      eventName: 'ObjectCreated:Put',
      userIdentity: { principalId: expect.stringMatching(/^AWS:/) },
      requestParameters: { sourceIPAddress: expect.stringContaining('127.0.0.1') },
      responseElements: { 'x-amz-request-id': expect.any(String), 'x-amz-id-2': expect.any(String) },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: 'mine',
        bucket: { name: Bucket, ownerIdentity: { principalId: expect.any(String) }, arn: `arn:aws:s3:::${Bucket}` },
        object: {
          key: 'in/Happy+Face+%C3%BC.jpg',
          size: 5,
          eTag: ETag!.replaceAll('"', ''),
          sequencer: expect.stringMatching(/^[0-9A-F]{16}$/),
        },
      },
    })
    expect(told.map(({ eventName }) => eventName).sort()).toEqual([
      'ObjectCreated:Copy',
      'ObjectCreated:Put',
      'ObjectRemoved:Delete',
    ])
    const { $metadata: _, ...configured } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))
    expect(configured.QueueConfigurations).toMatchObject([{ Id: 'mine', QueueArn: arn }])
    await configure(Bucket, {})
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'untold' }))
    expect(await take(name)).toEqual([])
  })

  test('versions, markers and tags are told of', async () => {
    const Bucket = await freshBucket()
    const { name, arn } = await queueFor(Bucket)
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
    await configure(Bucket, {
      QueueConfigurations: [{ QueueArn: arn, Events: ['s3:ObjectRemoved:*', 's3:ObjectTagging:*'] }],
    })
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
    await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }))
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId }))
    const told = await taken(name, 4)
    expect(eventNames(told).sort()).toEqual([
      'ObjectRemoved:Delete',
      'ObjectRemoved:DeleteMarkerCreated',
      'ObjectTagging:Put',
    ])
  })

  test('a function is called asynchronously, once it lets the bucket', async () => {
    const Bucket = await freshBucket()
    const { name, arn } = await queueFor(undefined)
    const role = await makeRole(node, 'notified', [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arn }])
    await makeFunction(
      lambda,
      'notified',
      role,
      `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
       exports.handler = async (event) => {
         await new SQSClient({}).send(new SendMessageCommand({ QueueUrl: process.env.URL, MessageBody: JSON.stringify(event) }))
       }`,
      { Environment: { Variables: { URL: `${node.endpoint}/${account}/${name}` } }, Timeout: 30 },
    )
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: 'notified' }))
    const wanted = {
      LambdaFunctionConfigurations: [
        { LambdaFunctionArn: Configuration!.FunctionArn!, Events: ['s3:ObjectCreated:Put' as const] },
      ],
    }
    await expect(configure(Bucket, wanted)).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: 'Unable to validate the following destination configurations',
    })
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: 'notified',
        StatementId: 's3',
        Action: 'lambda:InvokeFunction',
        Principal: 's3.amazonaws.com',
        SourceArn: `arn:aws:s3:::${Bucket}`,
        SourceAccount: account,
      }),
    )
    await configure(Bucket, wanted)
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
    expect(await taken(name, 1)).toMatchObject([
      { Records: [{ eventName: 'ObjectCreated:Put', s3: { object: { key: 'k' } } }] },
    ])
  })

  test('what cannot be told is refused when it is configured', async () => {
    const Bucket = await freshBucket()
    const { arn } = await queueFor(undefined)
    const to = (QueueArn: string, more = {}) => ({
      QueueConfigurations: [{ QueueArn, Events: ['s3:ObjectCreated:*' as const], ...more }],
    })
    const invalid = { name: 'InvalidArgument' }
    await expect(configure(Bucket, to(arn))).rejects.toMatchObject(invalid)
    await expect(configure(Bucket, to(arnOf('absent')))).rejects.toMatchObject(invalid)
    await expect(configure(Bucket, to(`${arn}.fifo`))).rejects.toMatchObject(invalid)
    await expect(configure(Bucket, to(arn, { Events: ['s3:Nothing'] }))).rejects.toMatchObject({ name: 'MalformedXML' })
    const filter = (Value: string) => ({ Filter: { Key: { FilterRules: [{ Name: 'prefix' as const, Value }] } } })
    const pair = (a: string, b: string) => ({
      QueueConfigurations: [a, b].map((prefix) => ({
        QueueArn: arn,
        Events: ['s3:ObjectCreated:*' as const],
        ...filter(prefix),
      })),
    })
    await expect(configure(Bucket, pair('a', 'ab'), { SkipDestinationValidation: true })).rejects.toMatchObject(invalid)
    await configure(Bucket, pair('a', 'b'), { SkipDestinationValidation: true })
  })

  test('an event whose delivery was not done when the node ended is delivered by the next', async () => {
    const Bucket = await freshBucket()
    const { name, arn } = await queueFor(undefined)
    await configure(
      Bucket,
      { QueueConfigurations: [{ QueueArn: arn, Events: ['s3:ObjectCreated:*'] }] },
      { SkipDestinationValidation: true },
    )
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
    expect(await take(name)).toEqual([])
    await node.restart()
    connect()
    const QueueUrl = `${node.endpoint}/${account}/${name}`
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn },
      ],
    })
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
    node.clock.advance(3_600_000)
    expect(eventNames(await taken(name, 1))).toEqual(['ObjectCreated:Put'])
  })
})
