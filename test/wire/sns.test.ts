import { AddPermissionCommand as AllowInvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  AddPermissionCommand,
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  PublishBatchCommand,
  PublishCommand,
  type PublishCommandInput,
  RemovePermissionCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureAdministrator } from '../../src/services/iam/bootstrap.ts'
import { startNode, type TestNode } from '../harness.ts'
import { makeFunction, makeRole } from './lambda-support.ts'

const account = '000000000000'
const topicArn = (name: string) => `arn:aws:sns:us-east-1:${account}:${name}`
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

/** Credentials of an administrator of another account. */
async function adminOf(other: string) {
  const { host } = node.node
  const { accessKeyId, secretAccessKey } = await ensureAdministrator(host.records, host.ids, other, 0)
  return { credentials: { accessKeyId, secretAccessKey } }
}

async function makeTopic(attributes: Record<string, string> = {}) {
  const Name = `t${++serial}${attributes.FifoTopic ? '.fifo' : ''}`
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name, Attributes: attributes }))
  return TopicArn!
}

/** A queue that the topics of this account may send to. */
async function makeQueue(attributes: Record<string, string> = {}, open = true) {
  const QueueName = `q${++serial}${attributes.FifoQueue ? '.fifo' : ''}`
  const arn = `arn:aws:sqs:us-east-1:${account}:${QueueName}`
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: arn,
        Condition: { ArnLike: { 'aws:SourceArn': topicArn('*') } },
      },
    ],
  })
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: attributes }))
  if (open) await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  return { url: QueueUrl!, arn }
}

async function subscribe(
  TopicArn: string,
  Endpoint: string,
  Attributes: Record<string, string> = {},
  Protocol = 'sqs',
) {
  const { SubscriptionArn } = await sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }))
  return SubscriptionArn!
}

async function receive(QueueUrl: string, count: number): Promise<Message[]> {
  const found: Message[] = []
  const until = performance.now() + 45_000
  while (found.length < count && performance.now() < until) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    )
    found.push(...Messages)
    for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
  }
  return found
}
const bodies = async (url: string, count: number) => (await receive(url, count)).map(({ Body }) => Body)
const publish = (TopicArn: string, Message: string, more: Partial<PublishCommandInput> = {}) =>
  sns.send(new PublishCommand({ TopicArn, Message, ...more }))
const text = (StringValue: string, DataType = 'String') => ({ DataType, StringValue })

describe('a topic', () => {
  test('is made once, described, configured, tagged, listed and deleted', async () => {
    const Tags = [{ Key: 'team', Value: 'a' }]
    const make = (Attributes: Record<string, string>) =>
      sns.send(new CreateTopicCommand({ Name: 'orders', Attributes, Tags }))
    const { TopicArn } = await make({ DisplayName: 'Orders' })
    expect(TopicArn).toBe(topicArn('orders'))
    expect((await make({ DisplayName: 'Orders' })).TopicArn).toBe(TopicArn)
    await expect(make({ DisplayName: 'Other' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'Invalid parameter: Attributes Reason: Topic already exists with different attributes',
    })
    await expect(
      sns.send(new CreateTopicCommand({ Name: 'orders', Tags: [{ Key: 'team', Value: 'b' }] })),
    ).rejects.toThrow('Topic already exists with different tags')
    await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'DisplayName', AttributeValue: 'New' }))
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }))
    expect(Attributes).toMatchObject({ TopicArn, Owner: account, DisplayName: 'New', SubscriptionsConfirmed: '0' })
    expect(JSON.parse(Attributes!.Policy!).Statement[0].Resource).toBe(TopicArn)
    await sns.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags: [{ Key: 'stage', Value: 'dev' }] }))
    await sns.send(new UntagResourceCommand({ ResourceArn: TopicArn, TagKeys: ['team'] }))
    const tagged = await sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }))
    expect(tagged.Tags).toEqual([{ Key: 'stage', Value: 'dev' }])
    expect((await sns.send(new ListTopicsCommand({}))).Topics).toContainEqual({ TopicArn })
    await sns.send(new DeleteTopicCommand({ TopicArn }))
    await sns.send(new DeleteTopicCommand({ TopicArn }))
    await expect(sns.send(new GetTopicAttributesCommand({ TopicArn }))).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Topic does not exist',
    })
  })

  test('refuses bad names and attributes by name', async () => {
    const make = (Name: string, Attributes: Record<string, string> = {}) =>
      sns.send(new CreateTopicCommand({ Name, Attributes }))
    await expect(make('with space')).rejects.toThrow('Invalid parameter: Topic Name')
    await expect(make('plain.fifo')).rejects.toThrow('Topic Name')
    await expect(make('plain', { FifoTopic: 'true' })).rejects.toThrow('.fifo')
    await expect(make('plain', { ContentBasedDeduplication: 'true' })).rejects.toThrow('ContentBasedDeduplication')
    await expect(make('plain', { ArchivePolicy: '{}' })).rejects.toThrow('ArchivePolicy')
    await expect(make('plain', { Policy: '{' })).rejects.toThrow('Policy Error')
    await expect(make('plain', { Nonsense: '1' })).rejects.toThrow('Invalid parameter: AttributeName')
    const both = { PhoneNumber: '+15550100', TopicArn: topicArn('t'), Message: 'm' }
    await expect(sns.send(new PublishCommand(both))).rejects.toThrow('PhoneNumber')
    await expect(sns.send(new GetTopicAttributesCommand({ TopicArn: 'topic' }))).rejects.toThrow('TopicArn')
  })

  test('lets other accounts in by its policy, by label too', async () => {
    const TopicArn = await makeTopic()
    const other = node.client(SNSClient, await adminOf('111111111111'))
    const put = () => other.send(new PublishCommand({ TopicArn, Message: 'hello' }))
    await expect(put()).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
    const given = { TopicArn, Label: 'them', AWSAccountId: ['111111111111'], ActionName: ['Publish'] }
    await sns.send(new AddPermissionCommand(given))
    await expect(sns.send(new AddPermissionCommand(given))).rejects.toThrow('Statement already exists')
    expect((await put()).MessageId).toBeDefined()
    await sns.send(new RemovePermissionCommand({ TopicArn, Label: 'them' }))
    await expect(put()).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
  })
})

describe('a subscription', () => {
  test('is made once, described, configured, listed and ended', async () => {
    const TopicArn = await makeTopic()
    const queue = await makeQueue()
    const SubscriptionArn = await subscribe(TopicArn, queue.arn, { RawMessageDelivery: 'true' })
    expect(SubscriptionArn.startsWith(`${TopicArn}:`)).toBe(true)
    expect(await subscribe(TopicArn, queue.arn)).toBe(SubscriptionArn)
    await expect(subscribe(TopicArn, queue.arn, { RawMessageDelivery: 'false' })).rejects.toThrow(
      'Subscription already exists with different attributes',
    )
    const set = (AttributeName: string, AttributeValue: string) =>
      sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }))
    await set('FilterPolicy', '{"a":["b"]}')
    const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
    expect(Attributes).toMatchObject({
      ...{ SubscriptionArn, TopicArn, Owner: account, Protocol: 'sqs', Endpoint: queue.arn },
      ...{ PendingConfirmation: 'false', RawMessageDelivery: 'true' },
      ...{ FilterPolicy: '{"a":["b"]}', FilterPolicyScope: 'MessageAttributes' },
    })
    await expect(set('FilterPolicy', '{"a":{"b":["c"]}}')).rejects.toThrow('nested')
    await expect(set('FilterPolicy', '{"a":[{"like":"c"}]}')).rejects.toThrow('FilterPolicy')
    await expect(set('RedrivePolicy', '{"deadLetterTargetArn":"queue"}')).rejects.toThrow('RedrivePolicy')
    await expect(set('DeliveryPolicy', '{}')).rejects.toThrow('DeliveryPolicy')
    const entry = { SubscriptionArn, Owner: account, Protocol: 'sqs', Endpoint: queue.arn, TopicArn }
    expect((await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions).toEqual([entry])
    expect((await sns.send(new ListSubscriptionsCommand({}))).Subscriptions).toContainEqual(entry)
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }))
    expect((await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions).toEqual([])
    const counts = await sns.send(new GetTopicAttributesCommand({ TopicArn }))
    expect(counts.Attributes).toMatchObject({ SubscriptionsConfirmed: '0', SubscriptionsDeleted: '1' })
    await expect(sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))).rejects.toMatchObject({
      name: 'NotFoundException',
    })
  })

  test('of protocols and endpoints that are not here is refused by name', async () => {
    const TopicArn = await makeTopic()
    await expect(subscribe(TopicArn, 'somewhere', {}, 'application')).rejects.toThrow('Application endpoint')
    await expect(subscribe(TopicArn, 'somewhere', {}, 'firehose')).rejects.toThrow('Firehose delivery stream')
    await expect(subscribe(TopicArn, 'x', {}, 'pigeon')).rejects.toThrow(
      'Does not support this protocol string: pigeon',
    )
    await expect(subscribe(TopicArn, 'queue')).rejects.toThrow('SQS endpoint ARN')
    const fifo = await makeQueue({ FifoQueue: 'true' })
    await expect(subscribe(TopicArn, fifo.arn)).rejects.toThrow('FIFO SQS Queues')
  })

  test("of another account's queue waits until that account confirms it, for two days", async () => {
    const other = await adminOf('222222222222')
    const theirs = node.client(SQSClient, other)
    const arn = 'arn:aws:sqs:us-east-1:222222222222:theirs'
    const Statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: arn }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    const { QueueUrl } = await theirs.send(new CreateQueueCommand({ QueueName: 'theirs', Attributes: { Policy } }))
    const TopicArn = await makeTopic()
    expect(await subscribe(TopicArn, arn)).toBe('pending confirmation')
    await publish(TopicArn, 'before')
    const take = async () => {
      const { Messages } = await theirs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
      return JSON.parse(Messages![0]!.Body!) as Record<string, string>
    }
    const { Type, Token } = await take()
    expect(Type).toBe('SubscriptionConfirmation')
    const confirm = (token: string) =>
      node.client(SNSClient, other).send(new ConfirmSubscriptionCommand({ TopicArn, Token: token }))
    await expect(confirm(`${Token}x`)).rejects.toThrow('Invalid parameter: Token')
    const { SubscriptionArn } = await confirm(Token!)
    expect(SubscriptionArn).toMatch(`${TopicArn}:`)
    await publish(TopicArn, 'after')
    expect(await take()).toMatchObject({ Type: 'Notification', Message: 'after' })
  })
})

describe('a message', () => {
  test('reaches queues in an envelope, or raw with its attributes', async () => {
    const TopicArn = await makeTopic()
    const [wrapped, raw] = [await makeQueue(), await makeQueue()]
    await subscribe(TopicArn, wrapped.arn)
    await subscribe(TopicArn, raw.arn, { RawMessageDelivery: 'true' })
    const MessageAttributes = {
      kind: text('order'),
      bytes: { DataType: 'Binary', BinaryValue: Buffer.from('hi') },
    }
    const { MessageId } = await publish(TopicArn, 'hello', { Subject: 'Hi', MessageAttributes })
    const [inEnvelope] = await receive(wrapped.url, 1)
    expect(JSON.parse(inEnvelope!.Body!)).toEqual({
      ...{ Type: 'Notification', MessageId, TopicArn, Subject: 'Hi', Message: 'hello' },
      Timestamp: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      MessageAttributes: { kind: { Type: 'String', Value: 'order' }, bytes: { Type: 'Binary', Value: 'aGk=' } },
    })
    const [asItIs] = await receive(raw.url, 1)
    expect(asItIs!.Body).toBe('hello')
    expect(asItIs!.MessageAttributes).toMatchObject({ kind: { StringValue: 'order' }, bytes: { DataType: 'Binary' } })
  })

  test('reaches a function that lets SNS in, as an event of its shape; says to it what is for it', async () => {
    const TopicArn = await makeTopic()
    const [out, dead] = [await makeQueue(), await makeQueue()]
    const role = await makeRole(node, 'told', [{ Effect: 'Allow', Action: ['logs:*', 'sqs:*'], Resource: '*' }])
    const lambda = node.client(LambdaClient)
    const source = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
      exports.handler = async (event) => new SQSClient({}).send(new SendMessageCommand({ QueueUrl: '${out.url}', MessageBody: JSON.stringify(event) }))`
    await makeFunction(lambda, 'told', role, source, { Timeout: 20 })
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn })
    const endpoint = `arn:aws:lambda:us-east-1:${account}:function:told`
    const SubscriptionArn = await subscribe(TopicArn, endpoint, { RedrivePolicy }, 'lambda')
    await publish(TopicArn, 'kept out')
    expect((await receive(dead.url, 1))[0]?.MessageAttributes?.ErrorCode?.StringValue).toMatch('AccessDenied')
    await lambda.send(
      new AllowInvokeCommand({
        ...{ FunctionName: 'told', StatementId: 'sns', Action: 'lambda:InvokeFunction' },
        ...{ Principal: 'sns.amazonaws.com', SourceArn: TopicArn },
      }),
    )
    const Message = JSON.stringify({ default: 'for all', lambda: 'for functions' })
    const { MessageId } = await publish(TopicArn, Message, { MessageStructure: 'json' })
    const Sns = {
      ...{ Type: 'Notification', MessageId, TopicArn, Subject: null, Message: 'for functions' },
      ...{ Timestamp: expect.any(String), MessageAttributes: {} },
    }
    expect(JSON.parse((await receive(out.url, 1))[0]!.Body!)).toEqual({
      Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: SubscriptionArn, Sns }],
    })
  })

  test('is refused when it is empty, too long, malformed, or of what its topic does not take', async () => {
    const TopicArn = await makeTopic()
    await expect(publish(TopicArn, '')).rejects.toThrow('Invalid parameter: Empty message')
    await expect(publish(TopicArn, 'x'.repeat(262_145))).rejects.toThrow('Invalid parameter: Message too long')
    await publish(TopicArn, 'x'.repeat(262_144))
    await expect(publish(TopicArn, 'm', { Subject: 'two\nlines' })).rejects.toThrow('Invalid parameter: Subject')
    await expect(publish(TopicArn, '{', { MessageStructure: 'json' })).rejects.toThrow('failed to parse')
    await expect(publish(TopicArn, '{}', { MessageStructure: 'json' })).rejects.toThrow('No default entry')
    await expect(publish(TopicArn, 'm', { MessageDeduplicationId: 'd' })).rejects.toThrow('MessageDeduplicationId')
    await expect(publish(TopicArn, 'm', { MessageAttributes: { n: text('x', 'Number') } })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    })
    await expect(publish(topicArn('none'), 'm')).rejects.toMatchObject({ name: 'NotFoundException' })
  })

  test('goes only to the subscriptions whose filter it passes', async () => {
    const TopicArn = await makeTopic()
    const [byAttribute, byBody] = [await makeQueue(), await makeQueue()]
    const FilterPolicy = JSON.stringify({
      kind: ['order', { prefix: 're' }],
      price: [{ numeric: ['>=', 10, '<', 20] }],
      tags: [{ 'anything-but': ['old'] }],
    })
    await subscribe(TopicArn, byAttribute.arn, { FilterPolicy, RawMessageDelivery: 'true' })
    const inBody = JSON.stringify({ store: { city: [{ 'equals-ignore-case': 'BERN' }] }, gone: [{ exists: false }] })
    await subscribe(TopicArn, byBody.arn, {
      ...{ FilterPolicy: inBody, FilterPolicyScope: 'MessageBody', RawMessageDelivery: 'true' },
    })
    const attributes = (kind: string, price: string, tags: string) => ({
      MessageAttributes: { kind: text(kind), price: text(price, 'Number'), tags: text(tags, 'String.Array') },
    })
    await publish(TopicArn, 'kind', attributes('other', '15', '["new"]'))
    await publish(TopicArn, 'price', attributes('order', '20', '["new"]'))
    await publish(TopicArn, 'tags', attributes('order', '15', '["old"]'))
    await publish(TopicArn, 'passes', attributes('return', '10', '["new"]'))
    const body = JSON.stringify({ store: { city: 'Bern' } })
    await publish(TopicArn, JSON.stringify({ store: { city: 'Bern' }, gone: 1 }))
    await publish(TopicArn, body)
    expect(await bodies(byAttribute.url, 1)).toEqual(['passes'])
    expect(await bodies(byBody.url, 1)).toEqual([body])
    const left = await sqs.send(new ReceiveMessageCommand({ QueueUrl: byAttribute.url }))
    expect(left.Messages).toBeUndefined()
  })

  test('that an endpoint does not take is in the dead-letter queue, with the reason', async () => {
    const TopicArn = await makeTopic()
    const [closed, gone, dead] = [await makeQueue({}, false), await makeQueue(), await makeQueue()]
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn })
    await subscribe(TopicArn, closed.arn, { RedrivePolicy })
    await subscribe(TopicArn, gone.arn, { RedrivePolicy })
    await sqs.send(new DeleteQueueCommand({ QueueUrl: gone.url }))
    await publish(TopicArn, 'lost?')
    const buried = await receive(dead.url, 2)
    expect(buried.map(({ Body }) => JSON.parse(Body!).Message)).toEqual(['lost?', 'lost?'])
    expect(buried.map(({ MessageAttributes }) => MessageAttributes?.ErrorCode?.StringValue).sort()).toEqual([
      'AccessDenied',
      'QueueDoesNotExist',
    ])
  })

  test('of a batch succeeds or fails by itself', async () => {
    const TopicArn = await makeTopic()
    const queue = await makeQueue()
    await subscribe(TopicArn, queue.arn, { RawMessageDelivery: 'true' })
    const send = (...entries: { Id: string; Message: string; Subject?: string }[]) =>
      sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: entries }))
    const { Successful, Failed } = await send(
      { Id: 'a', Message: 'one' },
      { Id: 'b', Message: 'two', Subject: 'two\nlines' },
    )
    expect(Successful).toEqual([{ Id: 'a', MessageId: expect.any(String) }])
    expect(Failed).toEqual([
      { Id: 'b', Code: 'InvalidParameter', Message: 'Invalid parameter: Subject', SenderFault: true },
    ])
    expect(await bodies(queue.url, 1)).toEqual(['one'])
    await expect(send({ Id: 'a', Message: '1' }, { Id: 'a', Message: '2' })).rejects.toMatchObject({
      name: 'BatchEntryIdsNotDistinctException',
    })
    const eleven = Array.from({ length: 11 }, (_, n) => ({ Id: `${n}`, Message: 'm' }))
    await expect(send(...eleven)).rejects.toMatchObject({ name: 'TooManyEntriesInBatchRequestException' })
    const half = 'x'.repeat(140_000)
    await expect(send({ Id: 'a', Message: half }, { Id: 'b', Message: half })).rejects.toMatchObject({
      name: 'BatchRequestTooLongException',
    })
  })

  test('reaches all of many subscriptions', async () => {
    const TopicArn = await makeTopic()
    const queues = await Promise.all(Array.from({ length: 45 }, () => makeQueue()))
    for (const { arn } of queues) await subscribe(TopicArn, arn, { RawMessageDelivery: 'true' })
    await publish(TopicArn, 'to all')
    for (const { url } of queues) expect(await bodies(url, 1)).toEqual(['to all'])
  })
})

describe('a FIFO topic', () => {
  const fifo = { FifoTopic: 'true' }
  test('keeps each group in order and takes a message once, for FIFO and standard queues', async () => {
    const TopicArn = await makeTopic({ ...fifo, ContentBasedDeduplication: 'true' })
    const [ordered, standard] = [await makeQueue({ FifoQueue: 'true' }), await makeQueue()]
    await subscribe(TopicArn, ordered.arn, { RawMessageDelivery: 'true' })
    await subscribe(TopicArn, standard.arn)
    const sent = []
    for (let n = 0; n < 6; n++) sent.push(await publish(TopicArn, `m${n}`, { MessageGroupId: `g${n % 2}` }))
    const numbers = sent.map(({ SequenceNumber }) => SequenceNumber!)
    expect(numbers).toEqual([...numbers].sort())
    expect(numbers[0]).toMatch(/^\d{20}$/)
    const repeated = await publish(TopicArn, 'm0', { MessageGroupId: 'g0' })
    expect(repeated).toMatchObject({ MessageId: sent[0]!.MessageId, SequenceNumber: numbers[0] })
    const got = await bodies(ordered.url, 6)
    expect(got.filter((body) => Number(body!.slice(1)) % 2 === 0)).toEqual(['m0', 'm2', 'm4'])
    expect(got.filter((body) => Number(body!.slice(1)) % 2 === 1)).toEqual(['m1', 'm3', 'm5'])
    const copies = (await bodies(standard.url, 6)).map((body) => JSON.parse(body!) as Record<string, string>)
    expect(copies.map(({ SequenceNumber }) => SequenceNumber).sort()).toEqual(numbers)
    node.clock.advance(300_001)
    expect((await publish(TopicArn, 'm0', { MessageGroupId: 'g0' })).SequenceNumber).not.toBe(numbers[0])
  })

  test('refuses messages without a group or a deduplication id, and functions', async () => {
    const TopicArn = await makeTopic(fifo)
    await expect(publish(TopicArn, 'm', { MessageDeduplicationId: 'd' })).rejects.toThrow('MessageGroupId')
    await expect(publish(TopicArn, 'm', { MessageGroupId: 'g' })).rejects.toThrow('ContentBasedDeduplication')
    const endpoint = `arn:aws:lambda:us-east-1:${account}:function:f`
    await expect(subscribe(TopicArn, endpoint, {}, 'lambda')).rejects.toThrow('Only queues')
  })

  test('goes on with the next message of a group when one is given up', async () => {
    const TopicArn = await makeTopic(fifo)
    const [target, dead] = [await makeQueue({ FifoQueue: 'true' }, false), await makeQueue({ FifoQueue: 'true' })]
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn })
    await subscribe(TopicArn, target.arn, { RedrivePolicy, RawMessageDelivery: 'true' })
    for (const n of [1, 2, 3]) {
      await publish(TopicArn, `m${n}`, { MessageGroupId: 'g', MessageDeduplicationId: `d${n}` })
    }
    expect(await bodies(dead.url, 3)).toEqual(['m1', 'm2', 'm3'])
  })
})

test('another account that may subscribe needs no confirmation for its own queue, and its subscription is its own', async () => {
  const TopicArn = await makeTopic()
  const theirs = node.client(SNSClient, await adminOf('333333333333'))
  const Endpoint = 'arn:aws:sqs:us-east-1:333333333333:own'
  const ask = () => theirs.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }))
  await expect(ask()).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
  await sns.send(
    new AddPermissionCommand({
      ...{ TopicArn, Label: 'them', AWSAccountId: ['333333333333'], ActionName: ['Subscribe'] },
    }),
  )
  const { SubscriptionArn } = await ask()
  expect(SubscriptionArn).toMatch(`${TopicArn}:`)
  const { Subscriptions } = await theirs.send(new ListSubscriptionsCommand({}))
  expect(Subscriptions).toMatchObject([{ SubscriptionArn, Owner: '333333333333' }])
  const described = await theirs.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
  expect(described.Attributes).toMatchObject({ PendingConfirmation: 'false' })
  const strangers = node.client(SNSClient, await adminOf('444444444444'))
  await expect(strangers.send(new UnsubscribeCommand({ SubscriptionArn }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  })
  await theirs.send(new UnsubscribeCommand({ SubscriptionArn }))
  expect((await theirs.send(new ListSubscriptionsCommand({}))).Subscriptions).toEqual([])
})

test('a subscription that nobody confirms ends after two days', async () => {
  const TopicArn = await makeTopic()
  const theirs = 'arn:aws:sqs:us-east-1:222222222222:unheard'
  expect(await subscribe(TopicArn, theirs)).toBe('pending confirmation')
  const listed = async () => {
    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
    return Subscriptions!.map(({ SubscriptionArn }) => SubscriptionArn)
  }
  expect(await listed()).toEqual(['PendingConfirmation'])
  node.clock.advance(172_800_001)
  await expect.poll(listed).toEqual([])
})

test('topics, subscriptions and what was published survive a restart', async () => {
  const TopicArn = await makeTopic()
  const queue = await makeQueue()
  await subscribe(TopicArn, queue.arn, { RawMessageDelivery: 'true' })
  await publish(TopicArn, 'kept')
  const nowMs = node.clock.nowMs()
  await node.restart()
  // An earlier test has moved the clock, which begins anew.
  node.clock.advance(nowMs - node.clock.nowMs())
  sns = node.client(SNSClient)
  sqs = node.client(SQSClient)
  const url = queue.url.replace(/^http:\/\/[^/]+/, node.endpoint)
  expect(await bodies(url, 1)).toEqual(['kept'])
  await publish(TopicArn, 'more')
  expect(await bodies(url, 1)).toEqual(['more'])
})
