import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { KillableNode } from '../crash/killable.ts'
import { arnOf, eventOf, makeQueue, type Source, textOf } from './source.ts'

const atLeastOnce = { order: false, once: false }
const exactlyOnce = { order: true, once: true }
const one = (body: string) => [eventOf(body)]

/** A queue that is sent to. */
export async function queueSource(node: KillableNode, fifo: boolean): Promise<Source> {
  const sqs = node.client(SQSClient)
  const queueUrl = await makeQueue(node, fifo ? 'direct.fifo' : 'direct')
  return {
    ...{ name: fifo ? 'SQS FIFO' : 'SQS standard', promises: fifo ? exactlyOnce : atLeastOnce, queueUrl },
    ...{ lanes: ['a', 'b', 'c'], sendsAgain: fifo, read: one },
    async send(event) {
      const order = fifo ? { MessageGroupId: event.lane, MessageDeduplicationId: `${event.n}` } : {}
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: textOf(event), ...order }))
    },
  }
}

/** A topic with two queues, one of which is looked at: the other makes it a fan-out. */
export async function topicSource(node: KillableNode, fifo: boolean): Promise<Source> {
  const sns = node.client(SNSClient)
  const suffix = fifo ? '.fifo' : ''
  const Attributes = fifo ? { FifoTopic: 'true' } : {}
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: `topic${suffix}`, Attributes }))
  for (const name of [`topic-other${suffix}`, `topic${suffix}`]) {
    await makeQueue(node, name, 'sns')
    const to = { TopicArn, Protocol: 'sqs', Endpoint: arnOf('sqs', name), Attributes: { RawMessageDelivery: 'true' } }
    await sns.send(new SubscribeCommand(to))
  }
  return {
    ...{ name: fifo ? 'SNS FIFO' : 'SNS fan-out', promises: fifo ? exactlyOnce : atLeastOnce },
    ...{ queueUrl: await makeQueue(node, `topic${suffix}`, 'sns'), lanes: ['a', 'b'], sendsAgain: fifo, read: one },
    async send(event) {
      const order = fifo ? { MessageGroupId: event.lane, MessageDeduplicationId: textOf(event).replace(' ', '-') } : {}
      await sns.send(new PublishCommand({ TopicArn, Message: textOf(event), ...order }))
    },
  }
}

/** A rule of an event bus, with a queue as its target. */
export async function ruleSource(node: KillableNode): Promise<Source> {
  const events = node.client(EventBridgeClient)
  const queueUrl = await makeQueue(node, 'rule', 'events')
  await events.send(new PutRuleCommand({ Name: 'rule', EventPattern: '{"source":["checker"]}' }))
  const Targets = [{ Id: 'q', Arn: arnOf('sqs', 'rule'), InputPath: '$.detail.text' }]
  await events.send(new PutTargetsCommand({ Rule: 'rule', Targets }))
  return {
    ...{ name: 'EventBridge rule', promises: atLeastOnce, queueUrl, lanes: ['a', 'b'], sendsAgain: false },
    read: (body) => one(JSON.parse(body) as string),
    async send(event) {
      const Detail = JSON.stringify({ text: textOf(event) })
      const entry = { Source: 'checker', DetailType: 'Event', Detail }
      const { FailedEntryCount } = await events.send(new PutEventsCommand({ Entries: [entry] }))
      if (FailedEntryCount !== 0) throw new Error('the event was not taken')
    },
  }
}

/** A bucket that tells a queue of what is put into it. */
export async function bucketSource(node: KillableNode): Promise<Source> {
  const s3 = node.client(S3Client)
  const queueUrl = await makeQueue(node, 'bucket', 's3')
  await s3.send(new CreateBucketCommand({ Bucket: 'checker-bucket' }))
  const QueueConfigurations = [{ QueueArn: arnOf('sqs', 'bucket'), Events: ['s3:ObjectCreated:*' as const] }]
  const NotificationConfiguration = { QueueConfigurations }
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: 'checker-bucket', NotificationConfiguration }))
  return {
    ...{ name: 'S3 notification', promises: atLeastOnce, queueUrl, lanes: ['a', 'b'], sendsAgain: false },
    read(body) {
      const { Records = [] } = JSON.parse(body) as { Records?: { s3: { object: { key: string } } }[] }
      return Records.map(({ s3: { object } }) => eventOf(object.key.replace('/', ' ')))
    },
    async send({ lane, n }) {
      await s3.send(new PutObjectCommand({ Bucket: 'checker-bucket', Key: `${lane}/${n}`, Body: 'x' }))
    },
  }
}

/** A bucket that tells the default event bus, and a rule that tells a queue. */
export async function busSource(node: KillableNode): Promise<Source> {
  const [s3, events] = [node.client(S3Client), node.client(EventBridgeClient)]
  const [Bucket, queueUrl] = ['checker-bus', await makeQueue(node, 'bus', 'events')]
  await s3.send(new CreateBucketCommand({ Bucket }))
  const NotificationConfiguration = { EventBridgeConfiguration: {} }
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }))
  const EventPattern = JSON.stringify({ source: ['aws.s3'], detail: { bucket: { name: [Bucket] } } })
  await events.send(new PutRuleCommand({ Name: 'bus', EventPattern }))
  const Targets = [{ Id: 'q', Arn: arnOf('sqs', 'bus'), InputPath: '$.detail.object.key' }]
  await events.send(new PutTargetsCommand({ Rule: 'bus', Targets }))
  return {
    ...{ name: 'S3 over the event bus', promises: atLeastOnce, queueUrl, lanes: ['a', 'b'], sendsAgain: false },
    read: (body) => one((JSON.parse(body) as string).replace('/', ' ')),
    async send({ lane, n }) {
      await s3.send(new PutObjectCommand({ Bucket, Key: `${lane}/${n}`, Body: 'x' }))
    },
  }
}
