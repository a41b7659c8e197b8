import { gunzipSync } from 'node:zlib'
import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { GetFunctionUrlConfigCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { askNode, type LetterPage } from '../../src/control.ts'
import { startNode, type TestNode } from '../harness.ts'
import { copyOfService, type Folder } from './folder.ts'
import { osls } from './process.ts'

let node: TestNode
let service: Folder
let QueueUrl: string
/** What each function was called with, by its key in serverless.yml. */
const told = new Map<string, unknown[]>()

const physicalId = async (LogicalResourceId: string) => {
  const asked = new DescribeStackResourceCommand({ StackName: 'sources-dev', LogicalResourceId })
  return (await node.client(CloudFormationClient).send(asked)).StackResourceDetail!.PhysicalResourceId!
}
const publish = async (TopicArn: string, Message: string, kind: string) =>
  node.client(SNSClient).send(
    new PublishCommand({
      TopicArn,
      Message,
      MessageAttributes: { kind: { DataType: 'String', StringValue: kind } },
    }),
  )
const putEvent = (Source: string, state: string) =>
  node
    .client(EventBridgeClient)
    .send(new PutEventsCommand({ Entries: [{ Source, DetailType: 'Order', Detail: JSON.stringify({ state }) }] }))

interface Row {
  /** Does what the function is to be told of, and before it, what it is not. */
  readonly fire: () => Promise<unknown>
  /** What the first event has of it. */
  readonly seen: (event: never) => unknown
  readonly expected: unknown
}

const rows: Readonly<Record<string, Row>> = {
  scheduler: {
    // A rate begins as soon as there is the schedule.
    fire: async () => undefined,
    seen: (event: unknown) => event,
    expected: { from: 'scheduler' },
  },
  topic: {
    fire: () => publish('arn:aws:sns:us-east-1:000000000000:sources-news', 'hello', 'any'),
    seen: (event: { Records: { Sns: { Message: string } }[] }) => event.Records.map(({ Sns }) => Sns.Message),
    expected: ['hello'],
  },
  filtered: {
    fire: async () => {
      const topic = await physicalId('Orders')
      await publish(topic, 'not this one', 'open')
      await publish(topic, 'this one', 'paid')
    },
    seen: (event: { Records: { Sns: { Message: string } }[] }) => event.Records.map(({ Sns }) => Sns.Message),
    expected: ['this one'],
  },
  stream: {
    fire: () =>
      node.client(DynamoDBClient).send(new PutItemCommand({ TableName: 'sources-items', Item: { id: { S: 'a' } } })),
    seen: (event: { Records: { eventName: string; dynamodb: { NewImage: unknown } }[] }) =>
      event.Records.map(({ eventName, dynamodb }) => [eventName, dynamodb.NewImage]),
    expected: [['INSERT', { id: { S: 'a' } }]],
  },
  log: {
    fire: async () => {
      const logs = node.client(CloudWatchLogsClient)
      const at = { logGroupName: '/sources/watched', logStreamName: 'one' }
      await logs.send(new CreateLogStreamCommand(at))
      const messages = ['all is well', 'ERROR it is not']
      const logEvents = messages.map((message) => ({ message, timestamp: node.clock.nowMs() }))
      await logs.send(new PutLogEventsCommand({ ...at, logEvents }))
    },
    seen: (event: { awslogs: { data: string } }) => {
      const text = gunzipSync(Buffer.from(event.awslogs.data, 'base64')).toString()
      const { logGroup, logEvents } = JSON.parse(text) as { logGroup: string; logEvents: { message: string }[] }
      return [logGroup, logEvents.map(({ message }) => message)]
    },
    expected: ['/sources/watched', ['ERROR it is not']],
  },
  cloudwatchEvent: {
    fire: async () => {
      await putEvent('shop.orders', 'open')
      await putEvent('shop.orders', 'paid')
    },
    seen: (event: { source: string; detail: unknown }) => [event.source, event.detail],
    expected: ['shop.orders', { state: 'paid' }],
  },
  defaultBus: {
    fire: () => putEvent('shop.refunds', 'open'),
    seen: (event: { source: string; detail: unknown }) => [event.source, event.detail],
    expected: ['shop.refunds', { state: 'open' }],
  },
  serviceEvent: {
    fire: async () => {
      const object = { Bucket: 'sources-watched', Key: 'a' }
      await node.client(S3Client).send(new PutObjectCommand({ ...object, Body: 'x' }))
      await node.client(S3Client).send(new DeleteObjectCommand(object))
    },
    seen: (event: { source: string; detail: { object: { key: string }; reason: string } }) => [
      event.source,
      event.detail.object.key,
      event.detail.reason,
    ],
    expected: ['aws.s3', 'a', 'PutObject'],
  },
  existingBucket: {
    fire: () =>
      node.client(S3Client).send(new PutObjectCommand({ Bucket: 'sources-there-already', Key: 'a', Body: 'x' })),
    seen: (event: { Records: { eventName: string; s3: { object: { key: string } } }[] }) =>
      event.Records.map(({ eventName, s3 }) => [eventName, s3.object.key]),
    expected: [['ObjectCreated:Put', 'a']],
  },
  url: {
    fire: async () => {
      const asked = new GetFunctionUrlConfigCommand({ FunctionName: 'sources-dev-url' })
      const { FunctionUrl } = await node.client(LambdaClient).send(asked)
      expect(await (await fetch(`${FunctionUrl}there?a=1`)).text()).toBe('told')
    },
    seen: (event: { rawPath: string; rawQueryString: string }) => [event.rawPath, event.rawQueryString],
    expected: ['/there', 'a=1'],
  },
}

/** The first event that a function was called with. */
async function firstEvent(name: string): Promise<never> {
  const sqs = node.client(SQSClient)
  return await vi.waitFor(
    async () => {
      const asked = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 })
      for (const { Body, ReceiptHandle } of (await sqs.send(asked)).Messages ?? []) {
        const { functionName, event } = JSON.parse(Body!) as { functionName: string; event: unknown }
        const key = functionName.replace('sources-dev-', '')
        told.set(key, [...(told.get(key) ?? []), event])
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
      }
      expect(told.has(name)).toBe(true)
      return told.get(name)![0] as never
    },
    { timeout: 60_000, interval: 50 },
  )
}

/** What calls functions of osls, besides what has a test of its own: httpApi, http, sqs, s3, schedule, a bus of one's own. */
describe('each kind of event of osls 4 calls its function, once', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    node = await startNode({ isolation: false })
    await node.client(S3Client).send(new CreateBucketCommand({ Bucket: 'sources-there-already' }))
    await node.client(CloudWatchLogsClient).send(new CreateLogGroupCommand({ logGroupName: '/sources/watched' }))
    service = await copyOfService('test/e2e/sources')
    const { code, out, err } = await osls(['deploy'], node.endpoint, service.path)
    expect(code, out + err).toBe(0)
    QueueUrl = await physicalId('Told')
  }, 180_000)
  afterAll(async () => {
    await node?.close()
    await service?.[Symbol.asyncDispose]()
  })

  test.each(Object.entries(rows))('%s', async (name, { fire, seen, expected }) => {
    await fire()
    expect(seen(await firstEvent(name))).toEqual(expected)
  })

  test('an address that a template subscribes is asked to confirm', async () => {
    const target = {
      ...{ endpoint: node.endpoint, region: 'us-east-1' },
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }
    const { letters } = await askNode<LetterPage>(target, '/_landfall/outbox')
    const asked = letters.filter(({ to }) => to === 'ann@example.com')
    expect(asked).toMatchObject([{ channel: 'email', source: 'arn:aws:sns:us-east-1:000000000000:sources-orders' }])
    expect((await fetch(asked[0]!.confirmUrl!)).status).toBe(200)
  })

  test('none was called more than once, and all goes when the service is removed', async () => {
    expect([...told].map(([name, events]) => [name, events.length])).toEqual(Object.keys(rows).map((name) => [name, 1]))
    const { code, out, err } = await osls(['remove'], node.endpoint, service.path)
    expect(code, out + err).toBe(0)
  })
})
