import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns'
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patiently, startNode, type TestNode } from '../harness.ts'

const dayMs = 86_400_000
let node: TestNode
let sns: SNSClient
let sqs: SQSClient
let serial = 0
beforeAll(async () => {
  node = await startNode()
  sns = node.client(SNSClient)
  sqs = node.client(SQSClient)
})
afterAll(() => node.close())

async function makeTopic(ArchivePolicy?: string) {
  const Attributes = { FifoTopic: 'true', ContentBasedDeduplication: 'true', ...(ArchivePolicy && { ArchivePolicy }) }
  return (await sns.send(new CreateTopicCommand({ Name: `t${++serial}.fifo`, Attributes }))).TopicArn!
}

async function makeQueue() {
  const QueueName = `q${++serial}.fifo`
  const Endpoint = `arn:aws:sqs:us-east-1:000000000000:${QueueName}`
  const Statement = {
    ...{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' } },
    ...{ Action: 'sqs:SendMessage', Resource: Endpoint },
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { FifoQueue: 'true', Policy } }))
  return { Endpoint, QueueUrl: QueueUrl! }
}

async function subscribe(TopicArn: string, Endpoint: string, Attributes: Record<string, string> = {}) {
  const asked = { TopicArn, Protocol: 'sqs', Endpoint, Attributes }
  return (await sns.send(new SubscribeCommand(asked))).SubscriptionArn!
}

const publish = (TopicArn: string, Message: string, MessageGroupId = 'g') =>
  sns.send(new PublishCommand({ TopicArn, Message, MessageGroupId }))

/** The next so many messages of a queue, as they come. */
async function take(QueueUrl: string, count: number) {
  const found: Record<string, string>[] = []
  while (found.length < count) {
    const asked = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 })
    const { Messages = [] } = await sqs.send(asked)
    expect(Messages, `messages after ${found.length}`).not.toEqual([])
    for (const { Body = '', ReceiptHandle } of Messages) {
      found.push(JSON.parse(Body) as Record<string, string>)
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    }
  }
  return found
}

const from = (ms: number, more: object = {}) =>
  JSON.stringify({ PointType: 'Timestamp', StartingPoint: new Date(ms).toISOString(), ...more })
const numberOf = ({ Message = '' }) => (JSON.parse(Message) as { n: number }).n

test('a new subscriber is brought what was archived, in order, then what is published', async () => {
  const TopicArn = await makeTopic('{"MessageRetentionPeriod":"30"}')
  node.clock.advance(10)
  const startMs = node.clock.nowMs()
  const messages = Array.from({ length: 45 }, (_, n) => `m${n}`)
  for (const message of messages) await publish(TopicArn, message)
  await node.restart()
  sns = node.client(SNSClient)
  sqs = node.client(SQSClient)
  const { Endpoint, QueueUrl } = await makeQueue()
  const SubscriptionArn = await subscribe(TopicArn, Endpoint, { ReplayPolicy: from(startMs) })
  await publish(TopicArn, 'new')
  const came = await take(QueueUrl, 46)
  expect(came.map(({ Message }) => Message)).toEqual([...messages, 'new'])
  expect(came[0]).toMatchObject({ Replayed: 'true' })
  const asked = new GetSubscriptionAttributesCommand({ SubscriptionArn })
  await vi.waitFor(async () => expect((await sns.send(asked)).Attributes?.ReplayStatus).toBe('Completed'), patiently)
  await publish(TopicArn, 'after')
  const [last] = await take(QueueUrl, 1)
  expect(last).toMatchObject({ Message: 'after' })
  expect(last).not.toHaveProperty('Replayed')
})

test('a replay has an end, heeds the filter, and can be asked for again', async () => {
  const TopicArn = await makeTopic('{"MessageRetentionPeriod":1}')
  const { Endpoint, QueueUrl } = await makeQueue()
  const filter = { FilterPolicyScope: 'MessageBody', FilterPolicy: '{"keep":[true]}' }
  const SubscriptionArn = await subscribe(TopicArn, Endpoint, filter)
  node.clock.advance(10)
  const startMs = node.clock.nowMs()
  await publish(TopicArn, '{"keep":true,"n":1}')
  await publish(TopicArn, '{"keep":false,"n":2}')
  node.clock.advance(1_000)
  const endMs = node.clock.nowMs()
  node.clock.advance(1_000)
  await publish(TopicArn, '{"keep":true,"n":3}')
  expect((await take(QueueUrl, 2)).map(numberOf)).toEqual([1, 3])
  // Queues know a message again for five minutes.
  node.clock.advance(301_000)
  const AttributeValue = from(startMs, { EndingPoint: new Date(endMs).toISOString() })
  await sns.send(
    new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName: 'ReplayPolicy', AttributeValue }),
  )
  await publish(TopicArn, '{"keep":true,"n":4}', 'other')
  expect((await take(QueueUrl, 2)).map(numberOf).sort()).toEqual([1, 4])
})

test('an archive begins when it is asked for, forgets by the clock, and holds its topic until it is ended', async () => {
  const TopicArn = await makeTopic()
  const attributes = async () => (await sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes!
  expect(await attributes()).not.toHaveProperty('BeginningArchiveTime')
  const { Endpoint, QueueUrl } = await makeQueue()
  await expect(subscribe(TopicArn, Endpoint, { ReplayPolicy: from(node.clock.nowMs()) })).rejects.toThrow('no archive')
  const set = (AttributeValue: string) =>
    sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'ArchivePolicy', AttributeValue }))
  await expect(set('{"MessageRetentionPeriod":366}')).rejects.toThrow('ArchivePolicy')
  await set('{"MessageRetentionPeriod":2}')
  const beganMs = Date.parse((await attributes()).BeginningArchiveTime!)
  await publish(TopicArn, 'old')
  node.clock.advance(3 * dayMs)
  await publish(TopicArn, 'young')
  expect(Date.parse((await attributes()).BeginningArchiveTime!)).toBeGreaterThan(beganMs)
  await expect(subscribe(TopicArn, Endpoint, { ReplayPolicy: from(beganMs) })).rejects.toThrow('The archive begins at')
  await subscribe(TopicArn, Endpoint, { ReplayPolicy: from(node.clock.nowMs() - dayMs) })
  expect((await take(QueueUrl, 1)).map(({ Message }) => Message)).toEqual(['young'])
  await expect(sns.send(new DeleteTopicCommand({ TopicArn }))).rejects.toMatchObject({ name: 'InvalidStateException' })
  await set('{}')
  await sns.send(new DeleteTopicCommand({ TopicArn }))
})

test('archives are of FIFO topics, and policies are looked at', async () => {
  const standard = { Name: `t${++serial}`, Attributes: { ArchivePolicy: '{"MessageRetentionPeriod":1}' } }
  await expect(sns.send(new CreateTopicCommand(standard))).rejects.toThrow('FIFO')
  const TopicArn = await makeTopic('{"MessageRetentionPeriod":1}')
  const { Endpoint } = await makeQueue()
  for (const policy of ['x', '{"PointType":"Sequence"}', from(2, { EndingPoint: new Date(1).toISOString() })]) {
    await expect(subscribe(TopicArn, Endpoint, { ReplayPolicy: policy })).rejects.toThrow('ReplayPolicy')
  }
})
