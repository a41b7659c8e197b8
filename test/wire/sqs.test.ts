import { createHash } from 'node:crypto'
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countUpTo } from '../../src/kernel/count-up-to.ts'
import { attempt, queue, total } from '../../src/services/sqs/state.ts'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let sqs: SQSClient
let serial = 0

beforeAll(async () => {
  node = await startNode()
  sqs = node.client(SQSClient)
})
afterAll(async () => {
  sqs.destroy()
  await node.close()
})

async function makeQueue(
  attributes: Record<string, string> = {},
  name = `queue-${++serial}${attributes.FifoQueue ? '.fifo' : ''}`,
) {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }))
  return QueueUrl!
}
const send = (QueueUrl: string, MessageBody: string, rest: object = {}) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...rest }))
async function receive(QueueUrl: string, rest: Partial<ReceiveMessageCommandInput> = {}) {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...rest }))
  return Messages
}
const bodies = (messages: { Body?: string | undefined }[]) => messages.map(({ Body }) => Body)
async function attributesOf(QueueUrl: string) {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  return Attributes!
}

describe('queues', () => {
  test('a queue made again with the same attributes is the same queue, with others it is refused', async () => {
    const url = await makeQueue({ DelaySeconds: '5' }, 'again')
    expect(await makeQueue({ DelaySeconds: '5' }, 'again')).toBe(url)
    expect(await makeQueue({}, 'again')).toBe(url)
    await expect(makeQueue({ DelaySeconds: '6' }, 'again')).rejects.toMatchObject({ name: 'QueueNameExists' })
  })

  test('a deleted name can be used again after 60 seconds, and the new queue is empty', async () => {
    const url = await makeQueue({}, 'phoenix')
    await send(url, 'old')
    await sqs.send(new DeleteQueueCommand({ QueueUrl: url }))
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'phoenix' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    })
    await expect(makeQueue({}, 'phoenix')).rejects.toMatchObject({ name: 'QueueDeletedRecently' })
    node.clock.advance(60_000)
    await makeQueue({}, 'phoenix')
    expect(await receive(url)).toEqual([])
  })

  test('wrong names and attributes are refused by name', async () => {
    await expect(makeQueue({}, 'a b')).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    await expect(makeQueue({}, 'plain.fifo')).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    await expect(makeQueue({ DelaySeconds: '901' })).rejects.toMatchObject({
      name: 'InvalidAttributeValue',
      message: expect.stringContaining('DelaySeconds'),
    })
    await expect(makeQueue({ Nonsense: '1' })).rejects.toMatchObject({
      name: 'InvalidAttributeName',
      message: expect.stringContaining('Nonsense'),
    })
  })

  test('lists come in pages, by prefix', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) await makeQueue({}, name)
    const first = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'page-', MaxResults: 2 }))
    expect(first.QueueUrls).toHaveLength(2)
    const second = await sqs.send(
      new ListQueuesCommand({ QueueNamePrefix: 'page-', MaxResults: 2, NextToken: first.NextToken }),
    )
    expect(second.QueueUrls?.map((url) => url.split('/').at(-1))).toEqual(['page-c'])
    expect(second.NextToken).toBeUndefined()
    await expect(sqs.send(new ListQueuesCommand({ MaxResults: 2, NextToken: 'made-up' }))).rejects.toThrow(/NextToken/)
  })

  test('tags are kept, changed and removed', async () => {
    const QueueUrl = await makeQueue()
    await sqs.send(new TagQueueCommand({ QueueUrl, Tags: { team: 'a', stage: 'dev' } }))
    await sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['team'] }))
    expect((await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ stage: 'dev' })
  })

  test('a purge empties the queue, what is out with consumers included', async () => {
    const QueueUrl = await makeQueue()
    await send(QueueUrl, 'one')
    await send(QueueUrl, 'two')
    const [held] = await receive(QueueUrl, { MaxNumberOfMessages: 1 })
    await sqs.send(new PurgeQueueCommand({ QueueUrl }))
    await expect(sqs.send(new PurgeQueueCommand({ QueueUrl }))).rejects.toMatchObject({ name: 'PurgeQueueInProgress' })
    node.clock.advance(60_000)
    expect(await receive(QueueUrl)).toEqual([])
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: held!.ReceiptHandle! }))
    expect(await attributesOf(QueueUrl)).toMatchObject({ ApproximateNumberOfMessages: '0' })
  })
})

describe('messages of a standard queue', () => {
  test('a message comes back after its visibility timeout until it is deleted, and counts its receives', async () => {
    const QueueUrl = await makeQueue({ VisibilityTimeout: '10' })
    const sent = await send(QueueUrl, 'hello')
    expect(sent.MD5OfMessageBody).toBe(createHash('md5').update('hello').digest('hex'))
    const [first] = await receive(QueueUrl)
    expect(first).toMatchObject({ Body: 'hello', MessageId: sent.MessageId })
    expect(await receive(QueueUrl)).toEqual([])
    node.clock.advance(10_000)
    const [second] = await receive(QueueUrl, { MessageSystemAttributeNames: ['All'] })
    expect(second?.Attributes).toMatchObject({ ApproximateReceiveCount: '2', SenderId: '000000000000' })
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: second!.ReceiptHandle! }))
    node.clock.advance(10_000)
    expect(await receive(QueueUrl)).toEqual([])
  })

  test('a receipt handle of an earlier receive deletes nothing', async () => {
    const QueueUrl = await makeQueue({ VisibilityTimeout: '10' })
    await send(QueueUrl, 'twice')
    const [first] = await receive(QueueUrl)
    node.clock.advance(10_000)
    const [second] = await receive(QueueUrl)
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first!.ReceiptHandle! }))
    node.clock.advance(10_000)
    expect(bodies(await receive(QueueUrl))).toEqual(['twice'])
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle)
  })

  test('visibility is prolonged and given up by the handle, which then still deletes', async () => {
    const QueueUrl = await makeQueue({ VisibilityTimeout: '10' })
    await send(QueueUrl, 'work')
    const [held] = await receive(QueueUrl)
    const ReceiptHandle = held!.ReceiptHandle!
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 60 }))
    node.clock.advance(30_000)
    expect(await receive(QueueUrl)).toEqual([])
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))
    await expect(
      sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 5 })),
    ).rejects.toMatchObject({ name: 'MessageNotInflight' })
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    expect(await receive(QueueUrl)).toEqual([])
  })

  test('delays hold a message back, counts tell the states apart', async () => {
    const QueueUrl = await makeQueue()
    await send(QueueUrl, 'late', { DelaySeconds: 30 })
    await send(QueueUrl, 'now')
    await send(QueueUrl, 'now too')
    await receive(QueueUrl, { MaxNumberOfMessages: 1 })
    expect(await attributesOf(QueueUrl)).toMatchObject({
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '1',
      ApproximateNumberOfMessagesDelayed: '1',
    })
    node.clock.advance(31_000)
    expect((await receive(QueueUrl)).map(({ Body }) => Body).sort()).toEqual(['late', 'now', 'now too'])
  })

  test('a long poll ends when a message is sent, and when a hidden one becomes visible', async () => {
    const QueueUrl = await makeQueue({ VisibilityTimeout: '5' })
    const waiting = receive(QueueUrl, { WaitTimeSeconds: 20 })
    await send(QueueUrl, 'wake up')
    expect(bodies(await waiting)).toEqual(['wake up'])
    const again = receive(QueueUrl, { WaitTimeSeconds: 20 })
    node.clock.advance(5_000)
    expect(bodies(await again)).toEqual(['wake up'])
  })

  test('a long poll that nothing ends answers empty at its end', async () => {
    const QueueUrl = await makeQueue()
    const waiting = receive(QueueUrl, { WaitTimeSeconds: 20 })
    // The poll must be waiting before its time passes: another request on the same node comes after it.
    await attributesOf(QueueUrl)
    node.clock.advance(20_000)
    expect(await waiting).toEqual([])
  })

  test('attributes come back as asked for, with a digest that clients accept', async () => {
    const QueueUrl = await makeQueue()
    await send(QueueUrl, 'x', {
      MessageAttributes: {
        'shop.id': { DataType: 'Number', StringValue: '7' },
        'shop.name': { DataType: 'String', StringValue: 'Süd' },
        blob: { DataType: 'Binary.png', BinaryValue: new Uint8Array([1, 2, 255]) },
      },
    })
    const [message] = await receive(QueueUrl, { MessageAttributeNames: ['shop.*'], VisibilityTimeout: 0 })
    expect(Object.keys(message?.MessageAttributes ?? {}).sort()).toEqual(['shop.id', 'shop.name'])
    const [all] = await receive(QueueUrl, { MessageAttributeNames: ['All'] })
    expect(all?.MessageAttributes?.blob?.BinaryValue).toEqual(new Uint8Array([1, 2, 255]))
  })

  test('a batch reports each entry: those that are wrong fail, the others go through', async () => {
    const QueueUrl = await makeQueue()
    const result = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'a', MessageBody: 'good' },
          { Id: 'b', MessageBody: 'bad\u0000' },
          { Id: 'c', MessageBody: 'late', DelaySeconds: 9_000 },
        ],
      }),
    )
    expect(result.Successful?.map(({ Id }) => Id)).toEqual(['a'])
    expect(result.Failed?.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault])).toEqual([
      ['b', 'InvalidMessageContents', true],
      ['c', 'InvalidParameterValue', true],
    ])
    const messages = await receive(QueueUrl)
    const deleted = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'x', ReceiptHandle: messages[0]!.ReceiptHandle! },
          { Id: 'y', ReceiptHandle: 'nonsense' },
        ],
      }),
    )
    expect(deleted.Successful).toHaveLength(1)
    expect(deleted.Failed?.[0]).toMatchObject({ Id: 'y', Code: 'ReceiptHandleIsInvalid' })
  })

  test('batches of none, of too many and with repeated ids are refused', async () => {
    const QueueUrl = await makeQueue()
    const batch = (ids: string[]) =>
      sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: ids.map((Id) => ({ Id, MessageBody: 'm' })) }))
    await expect(batch([])).rejects.toMatchObject({ name: 'EmptyBatchRequest' })
    await expect(batch(Array.from({ length: 11 }, (_, index) => `i${index}`))).rejects.toMatchObject({
      name: 'TooManyEntriesInBatchRequest',
    })
    await expect(batch(['a', 'a'])).rejects.toMatchObject({ name: 'BatchEntryIdsNotDistinct' })
  })

  test('a message past its retention is gone', async () => {
    const QueueUrl = await makeQueue({ MessageRetentionPeriod: '60' })
    await send(QueueUrl, 'old')
    node.clock.advance(60_000)
    expect(await attributesOf(QueueUrl)).toMatchObject({ ApproximateNumberOfMessages: '0' })
    expect(await receive(QueueUrl)).toEqual([])
  })

  test('what nobody reads is removed once its time is over, however often queues are made', async () => {
    const QueueUrl = await makeQueue({ MessageRetentionPeriod: '60' }, 'unread')
    await send(QueueUrl, 'old')
    const ordered = await makeQueue({ FifoQueue: 'true', ContentBasedDeduplication: 'true' }, 'attempted.fifo')
    await send(ordered, 'x', { MessageGroupId: 'g' })
    await receive(ordered, { ReceiveRequestAttemptId: 'a1' })
    const { records } = node.node.host
    const scope = { account: '000000000000', region: 'us-east-1' }
    const attempts = () =>
      records.read(scope, async (tx) => {
        const { generation = '' } = (await tx.get(queue('attempted.fifo'))) ?? {}
        return countUpTo(tx, attempt.under(generation), 10)
      })
    expect(await attempts()).toBe(1)
    for (let made = 0; made < 4; made++) {
      node.clock.advance(1_800_000)
      await makeQueue()
    }
    const left = () =>
      records.read(scope, async (tx) => tx.count(total((await tx.get(queue('unread')))?.generation ?? '')))
    await expect.poll(left).toBe(0)
    await expect.poll(attempts).toBe(0)
  })

  test("a body over the queue's limit is refused", async () => {
    const QueueUrl = await makeQueue({ MaximumMessageSize: '1024' })
    await expect(send(QueueUrl, 'x'.repeat(1_025))).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    await send(QueueUrl, 'x'.repeat(1_024))
  })
})

describe('dead-letter queues', () => {
  test('what a topic has for a queue that takes only smaller messages goes to the dead letters', async () => {
    const Policy = JSON.stringify({
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: '*',
      },
    })
    const small = await makeQueue({ MaximumMessageSize: '1024', Policy }, 'small')
    const dead = await makeQueue({ Policy }, 'too-large')
    const sns = node.client(SNSClient)
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'sizes' }))
    const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`
    const Attributes = {
      RawMessageDelivery: 'true',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn('too-large') }),
    }
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn('small'), Attributes }))
    for (const size of [1024, 1025]) await sns.send(new PublishCommand({ TopicArn, Message: 'x'.repeat(size) }))
    const sizes = async (url: string) => (await receive(url, { WaitTimeSeconds: 20 })).map(({ Body }) => Body?.length)
    expect(await sizes(dead)).toEqual([1025])
    expect(await sizes(small)).toEqual([1024])
    sns.destroy()
  })

  test('what was received too often moves, keeps its id, and says where it came from', async () => {
    const dead = await makeQueue({}, 'dead')
    const deadLetterTargetArn = (await attributesOf(dead)).QueueArn
    const QueueUrl = await makeQueue(
      { VisibilityTimeout: '0', RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 }) },
      'source',
    )
    const { MessageId } = await send(QueueUrl, 'poison')
    expect(await receive(QueueUrl)).toHaveLength(1)
    expect(await receive(QueueUrl)).toHaveLength(1)
    expect(await receive(QueueUrl)).toHaveLength(0)
    const [moved] = await receive(dead, { MessageSystemAttributeNames: ['DeadLetterQueueSourceArn'] })
    expect(moved).toMatchObject({
      MessageId,
      Body: 'poison',
      Attributes: { DeadLetterQueueSourceArn: expect.stringMatching(/:source$/) },
    })
    const { queueUrls } = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }))
    expect(queueUrls).toEqual([QueueUrl])
  })

  test('a dead-letter queue that is not there, or does not allow it, is refused', async () => {
    const missing = JSON.stringify({
      deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:nowhere',
      maxReceiveCount: 1,
    })
    await expect(makeQueue({ RedrivePolicy: missing })).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    const closed = await makeQueue({ RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' })
    const { QueueArn } = await attributesOf(closed)
    const policy = JSON.stringify({ deadLetterTargetArn: QueueArn, maxReceiveCount: 1 })
    await expect(makeQueue({ RedrivePolicy: policy })).rejects.toMatchObject({ name: 'InvalidParameterValue' })
  })
})

describe('FIFO queues', () => {
  const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true' }

  test('messages of a group come in order, and the group waits while one is out', async () => {
    const QueueUrl = await makeQueue(fifo)
    for (const body of ['a1', 'a2', 'a3']) await send(QueueUrl, body, { MessageGroupId: 'a' })
    await send(QueueUrl, 'b1', { MessageGroupId: 'b' })
    const [first] = await receive(QueueUrl, { MaxNumberOfMessages: 1 })
    expect(first?.Body).toBe('a1')
    expect(bodies(await receive(QueueUrl))).toEqual(['b1'])
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first!.ReceiptHandle! }))
    expect(bodies(await receive(QueueUrl))).toEqual(['a2', 'a3'])
    node.clock.advance(30_000)
    expect(bodies(await receive(QueueUrl))).toEqual(['b1', 'a2', 'a3'])
  })

  test('sequence numbers grow, and a repeated message is the first one for five minutes', async () => {
    const QueueUrl = await makeQueue({ FifoQueue: 'true' })
    const one = await send(QueueUrl, 'x', { MessageGroupId: 'g', MessageDeduplicationId: 'd1' })
    const same = await send(QueueUrl, 'y', { MessageGroupId: 'g', MessageDeduplicationId: 'd1' })
    const two = await send(QueueUrl, 'z', { MessageGroupId: 'g', MessageDeduplicationId: 'd2' })
    expect(same).toMatchObject({ MessageId: one.MessageId, SequenceNumber: one.SequenceNumber })
    expect(BigInt(two.SequenceNumber!)).toBeGreaterThan(BigInt(one.SequenceNumber!))
    expect(bodies(await receive(QueueUrl))).toEqual(['x', 'z'])
    node.clock.advance(300_001)
    const later = await send(QueueUrl, 'x again', { MessageGroupId: 'g', MessageDeduplicationId: 'd1' })
    expect(later.MessageId).not.toBe(one.MessageId)
  })

  test('a queue made again under a name knows nothing of what was sent to the one before', async () => {
    const attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true' }
    const QueueUrl = await makeQueue(attributes, 'phoenix.fifo')
    await send(QueueUrl, 'x', { MessageGroupId: 'g' })
    await sqs.send(new DeleteQueueCommand({ QueueUrl }))
    node.clock.advance(60_000)
    await makeQueue(attributes, 'phoenix.fifo')
    await send(QueueUrl, 'x', { MessageGroupId: 'g' })
    await send(QueueUrl, 'x', { MessageGroupId: 'g' })
    expect(bodies(await receive(QueueUrl))).toEqual(['x'])
  })

  test('a group, and something to tell repeats by, are required', async () => {
    const QueueUrl = await makeQueue({ FifoQueue: 'true' })
    await expect(send(QueueUrl, 'x')).rejects.toMatchObject({ name: 'MissingParameter' })
    await expect(send(QueueUrl, 'x', { MessageGroupId: 'g' })).rejects.toMatchObject({ name: 'InvalidParameterValue' })
  })

  test('a receive that is tried again with its attempt id gets the same messages', async () => {
    const QueueUrl = await makeQueue(fifo)
    await send(QueueUrl, 'once', { MessageGroupId: 'g' })
    const first = await receive(QueueUrl, { ReceiveRequestAttemptId: 'try' })
    const second = await receive(QueueUrl, { ReceiveRequestAttemptId: 'try' })
    expect(bodies(second)).toEqual(['once'])
    expect(second[0]?.MessageId).toBe(first[0]?.MessageId)
  })

  test('what is in flight counts as not visible', async () => {
    const QueueUrl = await makeQueue(fifo)
    for (const body of ['1', '2', '3']) await send(QueueUrl, body, { MessageGroupId: 'g' })
    await receive(QueueUrl, { MaxNumberOfMessages: 2 })
    expect(await attributesOf(QueueUrl)).toMatchObject({
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '2',
    })
  })
})

test('everything is there after a restart', async () => {
  await using own = await startNode()
  const before = own.client(SQSClient)
  const { QueueUrl: url } = await before.send(
    new CreateQueueCommand({ QueueName: 'durable', Attributes: { VisibilityTimeout: '600' } }),
  )
  for (const MessageBody of ['kept', 'held']) await before.send(new SendMessageCommand({ QueueUrl: url!, MessageBody }))
  await before.send(new ReceiveMessageCommand({ QueueUrl: url! }))
  before.destroy()
  await own.restart()
  const after = own.client(SQSClient)
  const { QueueUrl } = await after.send(new GetQueueUrlCommand({ QueueName: 'durable' }))
  const counts = () => after.send(new GetQueueAttributesCommand({ QueueUrl: QueueUrl!, AttributeNames: ['All'] }))
  expect((await counts()).Attributes).toMatchObject({
    ApproximateNumberOfMessages: '1',
    ApproximateNumberOfMessagesNotVisible: '1',
  })
  await after.send(new SetQueueAttributesCommand({ QueueUrl: QueueUrl!, Attributes: { VisibilityTimeout: '1' } }))
  expect((await counts()).Attributes).toMatchObject({ VisibilityTimeout: '1' })
  after.destroy()
})
