import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateStreamCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import {
  LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda'
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { patiently, startNode, type TestNode } from '../harness.ts'
import { makeLake, makeStream, objectsUnder } from './firehose-support.ts'
import { makeFunction, makeRole } from './lambda-support.ts'
import { arnOf, atIn, bodies, makeQueue, makeSchedule, take, unique } from './scheduler-support.ts'

let node: TestNode
const allow = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource })
const role = (...statements: object[]) => makeRole(node, unique('role'), statements, 'scheduler.amazonaws.com')
const universal = (action: string) => `arn:aws:scheduler:::aws-sdk:${action}`
const at = '2030-01-02T03:04:05Z'
/** A time that has passed: fires at once. */
const once = { ScheduleExpression: 'at(2020-01-02T03:04:05)' }

beforeAll(async () => {
  node = await startNode({ isolation: false })
})
afterAll(() => node?.close())

/** A queue that a service may send to. */
async function openQueue(service: string) {
  const queue = await makeQueue(node)
  const Principal = { Service: service }
  const statement = { ...allow('sqs:SendMessage', queue.arn), Principal }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statement })
  await node.client(SQSClient).send(new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: { Policy } }))
  return queue
}

/** A function that tells its events to a queue, as its destination. */
async function toldFunction() {
  const queue = await makeQueue(node)
  const name = unique('f')
  const execution = await makeRole(node, unique('role'), [allow('sqs:SendMessage', queue.arn)])
  const lambda = node.client(LambdaClient)
  await makeFunction(lambda, name, execution, 'exports.handler = async () => 1')
  const DestinationConfig = { OnSuccess: { Destination: queue.arn } }
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: name, DestinationConfig }))
  const events = async () =>
    (await bodies(node, queue.url, 1)).map((body) => (JSON.parse(body!) as { requestPayload: unknown }).requestPayload)
  return { arn: arnOf('lambda', `function:${name}`), name, events }
}

describe('a target is called as the role of the schedule', () => {
  test('a function, with its input or with a notification', async () => {
    const { arn, events } = await toldFunction()
    const RoleArn = await role(allow('lambda:InvokeFunction', arn))
    await makeSchedule(node, { Arn: arn, RoleArn, Input: '{"a":1}' }, once)
    expect(await events()).toEqual([{ a: 1 }])
    const name = await makeSchedule(node, { Arn: arn, RoleArn }, once)
    expect(await events()).toEqual([
      {
        version: '0',
        id: expect.stringMatching(/^[0-9a-f]{16}$/),
        'detail-type': 'Scheduled Event',
        source: 'aws.scheduler',
        account: '000000000000',
        time: '2020-01-02T03:04:05Z',
        region: 'us-east-1',
        resources: [arnOf('scheduler', `schedule/default/${name}`)],
        detail: '{}',
      },
    ])
  })

  test('a FIFO queue, in its group', async () => {
    const { url, arn } = await makeQueue(node, { FifoQueue: 'true', ContentBasedDeduplication: 'true' })
    const RoleArn = await role(allow('sqs:SendMessage', arn))
    const SqsParameters = { MessageGroupId: 'g' }
    await makeSchedule(node, { Arn: arn, RoleArn, Input: 'hello', SqsParameters }, once)
    const [message] = await take(node, url, 1)
    expect([message?.Body, message?.Attributes?.MessageGroupId]).toEqual(['hello', 'g'])
  })

  test('a topic', async () => {
    const { url, arn } = await openQueue('sns.amazonaws.com')
    const sns = node.client(SNSClient)
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: unique('topic') }))
    const Attributes = { RawMessageDelivery: 'true' }
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn, Attributes }))
    const RoleArn = await role(allow('sns:Publish', TopicArn!))
    await makeSchedule(node, { Arn: TopicArn!, RoleArn, Input: 'hello' }, once)
    expect(await bodies(node, url, 1)).toEqual(['hello'])
  })

  test('an event bus', async () => {
    const { url, arn } = await openQueue('events.amazonaws.com')
    const events = node.client(EventBridgeClient)
    await events.send(new PutRuleCommand({ Name: 'all', EventPattern: '{"source":["nightly"]}' }))
    await events.send(new PutTargetsCommand({ Rule: 'all', Targets: [{ Id: 'q', Arn: arn }] }))
    const bus = arnOf('events', 'event-bus/default')
    const RoleArn = await role(allow('events:PutEvents', bus))
    const EventBridgeParameters = { DetailType: 'Clean', Source: 'nightly' }
    const name = await makeSchedule(node, { Arn: bus, RoleArn, EventBridgeParameters, Input: '{"a":1}' }, once)
    const [event = ''] = await bodies(node, url, 1)
    expect(JSON.parse(event)).toMatchObject({
      source: 'nightly',
      'detail-type': 'Clean',
      time: '2020-01-02T03:04:05Z',
      resources: [arnOf('scheduler', `schedule/default/${name}`)],
      detail: { a: 1 },
    })
  })

  test('a stream, under its partition key, and a Firehose', async () => {
    const kinesis = node.client(KinesisClient)
    const StreamName = unique('stream')
    await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
    const stream = arnOf('kinesis', `stream/${StreamName}`)
    const putting = await role(allow('kinesis:PutRecord', stream))
    const KinesisParameters = { PartitionKey: 'k' }
    await makeSchedule(node, { Arn: stream, RoleArn: putting, KinesisParameters, Input: 'hello' }, once)
    const begin = { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' as const }
    await vi.waitFor(async () => {
      const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(begin))
      const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }))
      const found = Records.map(({ Data, PartitionKey }) => [Buffer.from(Data!).toString(), PartitionKey])
      expect(found).toEqual([['hello', 'k']])
    }, patiently)

    await makeLake(node)
    const firehose = arnOf('firehose', `deliverystream/${await makeStream(node, unique('firehose'))}`)
    const giving = await role(allow('firehose:PutRecord', firehose))
    await makeSchedule(node, { Arn: firehose, RoleArn: giving, Input: 'to the lake' }, once)
    await vi.waitFor(async () => {
      node.clock.advance(60_000)
      const objects = await objectsUnder(node, 'firehose')
      expect([...objects.values()].map(String)).toEqual(['to the lake'])
    }, patiently)
  })

  test('any operation that this node has, by its request: text stands for bytes', async () => {
    const { url, arn } = await makeQueue(node)
    const RoleArn = await role(allow('sqs:SendMessage', arn))
    const message = { QueueUrl: url, MessageBody: '<aws.scheduler.scheduled-time>' }
    await makeSchedule(node, { Arn: universal('sqs:sendMessage'), RoleArn, Input: JSON.stringify(message) }, once)
    expect(await bodies(node, url, 1)).toEqual(['2020-01-02T03:04:05Z'])
    const called = await toldFunction()
    const invoking = await role(allow('lambda:InvokeFunction', called.arn))
    const call = { FunctionName: called.name, InvocationType: 'Event', Payload: JSON.stringify({ at }) }
    await makeSchedule(node, { Arn: universal('lambda:invoke'), RoleArn: invoking, Input: JSON.stringify(call) }, once)
    expect(await called.events()).toEqual([{ at }])
  })
})

const attributesOf = ({ MessageAttributes = {} }: Awaited<ReturnType<typeof take>>[number]) =>
  Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]))

describe('what fails', () => {
  test('for good goes to the dead-letter queue at once, with the call and the reason, and is counted', async () => {
    const [target, dead] = [await makeQueue(node), await makeQueue(node)]
    // It may send to the dead-letter queue alone.
    const RoleArn = await role(allow('sqs:SendMessage', dead.arn))
    const DeadLetterConfig = { Arn: dead.arn }
    const name = await makeSchedule(node, { Arn: target.arn, RoleArn, Input: 'hello', DeadLetterConfig }, once)
    const [message] = await take(node, dead.url, 1)
    expect(JSON.parse(message!.Body!)).toEqual({ MessageBody: 'hello', QueueUrl: target.url })
    expect(attributesOf(message!)).toEqual({
      ERROR_CODE: expect.stringMatching(/^AccessDenied/),
      ERROR_MESSAGE: expect.stringContaining('sqs:SendMessage'),
      EXECUTION_ID: expect.stringMatching(/^[0-9a-f]{16}$/),
      IS_PAYLOAD_TRUNCATED: 'false',
      RETRY_ATTEMPTS: '0',
      SCHEDULED_TIME: '2020-01-02T03:04:05Z',
      SCHEDULE_ARN: arnOf('scheduler', `schedule/default/${name}`),
      TARGET_ARN: universal('sqs:sendMessage'),
    })
    expect(await take(node, target.url, 0)).toEqual([])
    const nowMs = node.clock.nowMs()
    for (const MetricName of ['TargetErrorCount', 'InvocationDroppedCount', 'InvocationsSentToDeadLetterCount']) {
      await vi.waitFor(async () => {
        const asked = {
          Namespace: 'AWS/Scheduler',
          MetricName,
          Dimensions: [{ Name: 'ScheduleGroup', Value: 'default' }],
          StartTime: new Date(nowMs - 600_000),
          EndTime: new Date(nowMs + 600_000),
          Period: 3_600,
          Statistics: ['Sum' as const],
        }
        const { Datapoints } = await node.client(CloudWatchClient).send(new GetMetricStatisticsCommand(asked))
        expect(Datapoints?.[0]?.Sum).toBeGreaterThanOrEqual(1)
      }, patiently)
    }
  })

  test('for a while is tried again, as often as its policy says', async () => {
    const dead = await makeQueue(node)
    const { arn, name } = await toldFunction()
    await node
      .client(LambdaClient)
      .send(new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 0 }))
    const RoleArn = await role(allow('lambda:InvokeFunction', arn), allow('sqs:SendMessage', dead.arn))
    const Input = JSON.stringify({ FunctionName: name, Payload: '"<aws.scheduler.attempt-number>"' })
    const target = { Arn: universal('lambda:invoke'), RoleArn, Input, DeadLetterConfig: { Arn: dead.arn } }
    await makeSchedule(node, { ...target, RetryPolicy: { MaximumRetryAttempts: 2 } }, once)
    await makeSchedule(
      node,
      { ...target, RetryPolicy: { MaximumEventAgeInSeconds: 60 } },
      { ScheduleExpression: atIn(node, 60_000) },
    )
    const first = await vi.waitFor(
      async () => {
        node.clock.advance(10_000)
        const found = await take(node, dead.url, 0)
        expect(found).toHaveLength(1)
        return attributesOf(found[0]!)
      },
      { timeout: 45_000 },
    )
    expect(first).toMatchObject({
      ERROR_CODE: 'TooManyRequestsException',
      EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
      RETRY_ATTEMPTS: '2',
    })
    const second = await vi.waitFor(
      async () => {
        node.clock.advance(30_000)
        const found = await take(node, dead.url, 0)
        expect(found).toHaveLength(1)
        return attributesOf(found[0]!)
      },
      { timeout: 45_000 },
    )
    expect(second).toMatchObject({ EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds' })
  })

  test('a target that is gone, and a role that is, are told too', async () => {
    const dead = await makeQueue(node)
    const RoleArn = await role(allow('sqs:SendMessage', '*'))
    const target = { Arn: arnOf('sqs', 'gone'), RoleArn, Input: 'x', DeadLetterConfig: { Arn: dead.arn } }
    await makeSchedule(node, target, once)
    const [message] = await take(node, dead.url, 1)
    expect(attributesOf(message!).ERROR_CODE).toMatch(/QueueDoesNotExist|NonExistentQueue/)
  })
})
