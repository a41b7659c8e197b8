import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { CreatePipeCommand, PipesClient } from '@aws-sdk/client-pipes'
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { expect, test, vi } from 'vitest'
import { earlyInTheHour, startNode } from '../harness.ts'
import { makeRole } from './lambda-support.ts'

test('a queue counts what is sent, received and deleted, and reports what it holds and how old that is', async () => {
  await using node = await startNode({ hostMs: earlyInTheHour() })
  const sqs = node.client(SQSClient)
  const cloudwatch = node.client(CloudWatchClient)
  const figure = async (MetricName: string, statistic: 'Sum' | 'Maximum' = 'Sum', queue = 'measured') => {
    const now = node.clock.nowMs()
    const { Datapoints = [] } = await cloudwatch.send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/SQS',
        MetricName,
        Dimensions: [{ Name: 'QueueName', Value: queue }],
        StartTime: new Date(now - 3_600_000),
        EndTime: new Date(now + 60_000),
        Period: 7_200,
        Statistics: [statistic],
      }),
    )
    return Datapoints[0]?.[statistic]
  }
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'measured' }))
  const entry = (Id: string, rest: object = {}) => ({ Id, MessageBody: '12345', ...rest })
  const Entries = [
    entry('a'),
    entry('b'),
    entry('c'),
    entry('d', { DelaySeconds: 900 }),
    entry('e', { DelaySeconds: 901 }),
  ]
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 2, VisibilityTimeout: 600 }),
  )
  expect(Messages).toHaveLength(2)
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle }))
  const empty = await sqs.send(new CreateQueueCommand({ QueueName: 'empty' }))
  await sqs.send(new ReceiveMessageCommand({ QueueUrl: empty.QueueUrl }))
  // What a topic brings is sent, and what a pipe took is deleted, like any other message.
  const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`
  const Policy = JSON.stringify({
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: queueArn('brought') }],
  })
  await sqs.send(new CreateQueueCommand({ QueueName: 'brought', Attributes: { Policy } }))
  await sqs.send(new CreateQueueCommand({ QueueName: 'passed' }))
  const all = { Effect: 'Allow', Action: 'sqs:*', Resource: '*' }
  await node.client(PipesClient).send(
    new CreatePipeCommand({
      ...{ Name: 'passing', Source: queueArn('brought'), Target: queueArn('passed') },
      RoleArn: await makeRole(node, 'pipe', [all], 'pipes.amazonaws.com'),
    }),
  )
  // A noisy neighbor and the others, and a FIFO queue that is told the same twice.
  const fair = (await sqs.send(new CreateQueueCommand({ QueueName: 'fair' }))).QueueUrl
  for (const MessageGroupId of [...Array<string>(5).fill('noisy'), 'quiet']) {
    const Entries = Array.from({ length: 8 }, (_, n) => ({ Id: `${n}`, MessageBody: 'm', MessageGroupId }))
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: fair, Entries }))
  }
  for (let taken = 0; taken < 42; ) {
    const asked = { MaxNumberOfMessages: Math.min(10, 42 - taken), VisibilityTimeout: 600 }
    taken += (await sqs.send(new ReceiveMessageCommand({ QueueUrl: fair, ...asked }))).Messages?.length ?? 0
  }
  const Attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true' }
  const fifo = (await sqs.send(new CreateQueueCommand({ QueueName: 'two.fifo', Attributes }))).QueueUrl
  for (const MessageGroupId of ['a', 'a', 'b', 'c'])
    await sqs.send(new SendMessageCommand({ QueueUrl: fifo, MessageBody: MessageGroupId, MessageGroupId }))
  const two = { QueueUrl: fifo, MaxNumberOfMessages: 2, VisibilityTimeout: 600 }
  expect((await sqs.send(new ReceiveMessageCommand(two))).Messages).toHaveLength(2)
  const sns = node.client(SNSClient)
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'news' }))
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queueArn('brought') }))
  await sns.send(new PublishCommand({ TopicArn, Message: 'hello' }))
  node.clock.advance(120_000)
  const patient = { timeout: 45_000, interval: 50 }
  await vi.waitFor(async () => {
    expect(await figure('NumberOfMessagesSent')).toBe(4)
    expect(await figure('SentMessageSize')).toBe(20)
    expect(await figure('NumberOfMessagesReceived')).toBe(2)
    expect(await figure('NumberOfMessagesDeleted')).toBe(1)
    expect(await figure('ApproximateNumberOfMessagesVisible', 'Maximum')).toBe(1)
    expect(await figure('ApproximateNumberOfMessagesNotVisible', 'Maximum')).toBe(1)
    expect(await figure('ApproximateNumberOfMessagesDelayed', 'Maximum')).toBe(1)
    expect(await figure('ApproximateAgeOfOldestMessage', 'Maximum')).toBeGreaterThanOrEqual(120)
    expect(await figure('NumberOfMessagesSent', 'Sum', 'brought')).toBe(1)
    expect(await figure('SentMessageSize', 'Sum', 'brought')).toBeGreaterThan(5)
    expect(await figure('NumberOfMessagesDeleted', 'Sum', 'brought')).toBe(1)
    expect(await figure('NumberOfMessagesSent', 'Sum', 'passed')).toBe(1)
    expect(await figure('ApproximateNumberOfNoisyGroups', 'Maximum', 'fair')).toBe(1)
    expect(await figure('ApproximateNumberOfMessagesVisible', 'Maximum', 'fair')).toBe(6)
    expect(await figure('ApproximateNumberOfMessagesVisibleInQuietGroups', 'Maximum', 'fair')).toBe(0)
    expect(await figure('ApproximateNumberOfMessagesNotVisibleInQuietGroups', 'Maximum', 'fair')).toBe(8)
    expect(await figure('ApproximateAgeOfOldestMessageInQuietGroups', 'Maximum', 'fair')).toBeGreaterThan(60)
    expect(await figure('ApproximateNumberOfGroupsWithInflightMessages', 'Maximum', 'two.fifo')).toBe(2)
    expect(await figure('NumberOfDeduplicatedSentMessages', 'Sum', 'two.fifo')).toBe(1)
  }, patient)
})
