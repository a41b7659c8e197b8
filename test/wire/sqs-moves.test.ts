import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CancelMessageMoveTaskCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { message, queue, ready, total } from '../../src/services/sqs/state.ts'
import { startNode, type TestNode } from '../harness.ts'

const patient = { timeout: 45_000, interval: 30 }
let node: TestNode
let sqs: SQSClient
let serial = 0
const arnOf = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`

beforeAll(async () => {
  node = await startNode()
  sqs = node.client(SQSClient)
})
afterAll(() => node.close())

/** A queue with a dead-letter queue into which `count` of its messages went. */
async function deadLetters(count: number, fifo = false) {
  const suffix = fifo ? '.fifo' : ''
  const [source, dead] = [`source-${++serial}${suffix}`, `dead-${serial}${suffix}`]
  const type: Record<string, string> = fifo ? { FifoQueue: 'true' } : {}
  const { QueueUrl: deadUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: dead, Attributes: type }))
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf(dead), maxReceiveCount: 1 })
  const { QueueUrl: sourceUrl = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: source, Attributes: { ...type, RedrivePolicy, VisibilityTimeout: '0' } }),
  )
  for (let at = 0; at < count; at += 10) {
    const Entries = Array.from({ length: Math.min(10, count - at) }, (_, index) => ({
      Id: `i${index}`,
      MessageBody: String(at + index),
      ...(fifo && { MessageGroupId: `g${index % 2}`, MessageDeduplicationId: `d${at + index}` }),
    }))
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: sourceUrl, Entries }))
  }
  while ((await waiting(deadUrl)) < count)
    await sqs.send(new ReceiveMessageCommand({ QueueUrl: sourceUrl, MaxNumberOfMessages: 10 }))
  return { source, dead, sourceUrl, deadUrl }
}

async function waiting(QueueUrl: string): Promise<number> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  return Number(Attributes?.ApproximateNumberOfMessages)
}
const start = (dead: string, rest: object = {}, client = sqs) =>
  client.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf(dead), ...rest }))
async function tasks(dead: string, MaxResults = 10) {
  const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf(dead), MaxResults }))
  return Results
}
const ended = (dead: string) =>
  vi.waitFor(async () => {
    const [task] = await tasks(dead)
    expect(task?.Status).not.toBe('RUNNING')
    return task
  }, patient)

test.each([false, true])('dead letters go back to where they came from, as new messages (FIFO: %s)', async (fifo) => {
  const { dead, sourceUrl, deadUrl } = await deadLetters(250, fifo)
  const { TaskHandle } = await start(dead)
  expect(TaskHandle).toBeTruthy()
  expect(await ended(dead)).toMatchObject({
    Status: 'COMPLETED',
    SourceArn: arnOf(dead),
    ApproximateNumberOfMessagesMoved: 250,
    ApproximateNumberOfMessagesToMove: 250,
  })
  expect((await tasks(dead))[0]).not.toHaveProperty('TaskHandle')
  expect([await waiting(sourceUrl), await waiting(deadUrl)]).toEqual([250, 0])
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: sourceUrl, MaxNumberOfMessages: 1, MessageSystemAttributeNames: ['All'] }),
  )
  expect(Messages?.[0]?.Attributes).toMatchObject({ ApproximateReceiveCount: '1' })
  expect(Messages?.[0]?.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn')
  if (fifo) expect(Messages?.[0]?.Body).toBe('0')
})

test('a task goes on behind more messages past their retention than it looks at at once', async () => {
  const { dead, sourceUrl } = await deadLetters(1)
  await node.node.host.records.write({ account: '000000000000', region: 'us-east-1' }, async (tx) => {
    const { generation = '' } = (await tx.get(queue(dead))) ?? {}
    for (let n = 0; n < 1_000; n++) {
      tx.set(message(generation, `old-${n}`), { body: 'old', md5: '', senderId: '', sentAtMs: 0 })
      tx.set(ready(generation, 0, `old-${n}`), { sentAtMs: 0, receives: 0 })
    }
    tx.add(total(generation), 1_000)
  })
  await start(dead)
  expect(await ended(dead)).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 })
  expect(await waiting(sourceUrl)).toBe(1)
})

test('a task keeps its rate, can be cancelled, and there is one at a time', async () => {
  const { dead, source, deadUrl } = await deadLetters(40)
  const { TaskHandle } = await start(dead, { MaxNumberOfMessagesPerSecond: 10, DestinationArn: arnOf(source) })
  await vi.waitFor(async () => expect((await tasks(dead))[0]?.ApproximateNumberOfMessagesMoved).toBe(10), patient)
  await expect(start(dead)).rejects.toMatchObject({ message: expect.stringContaining('already a task running') })
  node.clock.advance(1_000)
  await vi.waitFor(async () => expect((await tasks(dead))[0]?.ApproximateNumberOfMessagesMoved).toBe(20), patient)
  expect(await sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }))).toMatchObject({
    ApproximateNumberOfMessagesMoved: 20,
  })
  node.clock.advance(1_000)
  await vi.waitFor(async () => expect((await tasks(dead))[0]?.Status).toBe('CANCELLED'), patient)
  expect(await waiting(deadUrl)).toBe(20)
  await expect(sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }))).rejects.toMatchObject({
    name: 'UnsupportedOperation',
  })
})

test('a node that stops in the middle goes on with the task', async () => {
  const { dead, sourceUrl } = await deadLetters(30)
  await start(dead, { MaxNumberOfMessagesPerSecond: 10 })
  await vi.waitFor(async () => expect((await tasks(dead))[0]?.ApproximateNumberOfMessagesMoved).toBe(10), patient)
  await node.restart()
  sqs = node.client(SQSClient)
  for (let second = 0; second < 3; second++) {
    await vi.waitFor(async () => {
      const moved = (await tasks(dead))[0]?.ApproximateNumberOfMessagesMoved ?? 0
      expect(moved).toBeGreaterThanOrEqual(10 * (second + 1))
    }, patient)
    node.clock.advance(1_000)
  }
  expect(await ended(dead)).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 30 })
  expect(await waiting(sourceUrl.replace(/^http:\/\/[^/]+/, node.endpoint))).toBe(30)
})

test('messages whose source is gone or unknown end the task as failed, with the reason', async () => {
  const { dead, deadUrl, sourceUrl } = await deadLetters(3)
  await sqs.send(
    new SendMessageBatchCommand({ QueueUrl: deadUrl, Entries: [{ Id: 'x', MessageBody: 'sent to the dead' }] }),
  )
  await start(dead)
  expect(await ended(dead)).toMatchObject({
    Status: 'FAILED',
    FailureReason: 'CouldNotDetermineMessageSource',
    ApproximateNumberOfMessagesMoved: 3,
  })
  expect(await waiting(sourceUrl)).toBe(3)
  expect(await waiting(deadUrl)).toBe(1)
})

test('wrong tasks are refused by name', async () => {
  const { dead, source, sourceUrl } = await deadLetters(1)
  await expect(start('nowhere')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await expect(start(dead, { DestinationArn: arnOf('nowhere') })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
  await expect(start(source)).rejects.toMatchObject({
    message: 'Source queue must be configured as a Dead Letter Queue.',
  })
  await expect(start(dead, { MaxNumberOfMessagesPerSecond: 501 })).rejects.toMatchObject({
    message: expect.stringContaining('MaxNumberOfMessagesPerSecond'),
  })
  await expect(sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle: 'x' }))).rejects.toMatchObject({
    message: expect.stringContaining('TaskHandle'),
  })
  await sqs.send(new DeleteQueueCommand({ QueueUrl: sourceUrl }))
  await expect(start(dead)).rejects.toMatchObject({ message: expect.stringContaining('Dead Letter Queue') })
})

test('whoever starts a task must be allowed to receive from the one and to send to the other', async () => {
  const { dead, source } = await deadLetters(1)
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'mover' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'mover' }))
  const allow = (...Action: string[]) =>
    iam.send(
      new PutUserPolicyCommand({
        UserName: 'mover',
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: { Effect: 'Allow', Action, Resource: '*' },
        }),
      }),
    )
  const mover = node.client(SQSClient, {
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  })
  await allow('sqs:StartMessageMoveTask', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes')
  await expect(start(dead, {}, mover)).rejects.toMatchObject({ message: expect.stringContaining('sqs:ReceiveMessage') })
  const most = ['sqs:StartMessageMoveTask', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage']
  await allow(...most)
  await expect(start(dead, { DestinationArn: arnOf(source) }, mover)).rejects.toMatchObject({
    message: expect.stringContaining('sqs:SendMessage'),
  })
  await start(dead, {}, mover)
  expect(await ended(dead)).toMatchObject({ Status: 'FAILED', FailureReason: 'AccessDenied' })
  await allow(...most, 'sqs:SendMessage')
  await start(dead, {}, mover)
  expect(await ended(dead)).toMatchObject({ Status: 'COMPLETED' })
})
