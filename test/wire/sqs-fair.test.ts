import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let sqs: SQSClient
let serial = 0

beforeAll(async () => {
  node = await startNode()
  sqs = node.client(SQSClient)
})
afterAll(() => node.close())

async function makeQueue() {
  const Attributes = { VisibilityTimeout: '3600' }
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `fair-${++serial}`, Attributes }))
  return QueueUrl!
}

/** Sends messages whose bodies begin with their group's name (of no group: `-`). */
async function send(QueueUrl: string, group: string, count: number) {
  const MessageGroupId = group === '-' ? undefined : group
  for (let at = 0; at < count; at += 10) {
    const Entries = Array.from({ length: Math.min(10, count - at) }, (_, index) => ({
      ...{ Id: `i${index}`, MessageBody: `${group}${at + index}`, MessageGroupId },
    }))
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  }
}

async function take(QueueUrl: string, count: number): Promise<Message[]> {
  const taken: Message[] = []
  while (taken.length < count) {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
    if (!Messages) break
    taken.push(...Messages)
  }
  return taken
}
const groupsOf = (messages: Message[]) => messages.map(({ Body }) => Body?.charAt(0)).join('')
const remove = (QueueUrl: string, messages: Message[]) =>
  sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle })),
    }),
  )

test('a group with much in flight does not delay the others, and gets what they leave', async () => {
  const QueueUrl = await makeQueue()
  await send(QueueUrl, 'a', 60)
  for (const group of ['b', '-', 'c']) await send(QueueUrl, group, 5)
  await send(QueueUrl, 'a', 5)
  expect(groupsOf(await take(QueueUrl, 30))).toBe('a'.repeat(30))
  expect(groupsOf(await take(QueueUrl, 20))).toBe('bbbbb-----cccccaaaaa')
  const rest = await take(QueueUrl, 100)
  expect(groupsOf(rest)).toBe('a'.repeat(30))
})

test('a queue without much in flight stays in order', async () => {
  const QueueUrl = await makeQueue()
  await send(QueueUrl, 'a', 40)
  await send(QueueUrl, 'b', 5)
  for (let round = 0; round < 4; round++) {
    const taken = await take(QueueUrl, 10)
    expect(groupsOf(taken)).toBe('a'.repeat(10))
    await remove(QueueUrl, taken)
  }
  expect(groupsOf(await take(QueueUrl, 5))).toBe('bbbbb')
})

test('of several noisy groups, the one with the fewest in flight comes first', async () => {
  const QueueUrl = await makeQueue()
  await send(QueueUrl, 'a', 60)
  await send(QueueUrl, 'b', 60)
  expect(groupsOf(await take(QueueUrl, 30))).toBe('a'.repeat(30))
  const second = await take(QueueUrl, 30)
  expect(groupsOf(second)).toBe('b'.repeat(30))
  node.clock.advance(1_000)
  expect(groupsOf(await take(QueueUrl, 10))).toBe('a'.repeat(10))
  await remove(QueueUrl, second.slice(0, 10))
  node.clock.advance(1_000)
  expect(groupsOf(await take(QueueUrl, 10))).toBe('b'.repeat(10))
})

test('a group that has sent nothing for five minutes, or has little in flight, is quiet again', async () => {
  const QueueUrl = await makeQueue()
  await send(QueueUrl, 'a', 100)
  const taken = await take(QueueUrl, 30)
  await send(QueueUrl, 'b', 10)
  expect(groupsOf(await take(QueueUrl, 10))).toBe('b'.repeat(10))
  await send(QueueUrl, 'b', 10)
  node.clock.advance(300_000)
  expect(groupsOf(await take(QueueUrl, 10))).toBe('a'.repeat(10))
  await send(QueueUrl, 'a', 1)
  expect(groupsOf(await take(QueueUrl, 10))).toBe('b'.repeat(10))
  await send(QueueUrl, 'b', 10)
  for (let at = 0; at < 30; at += 10) await remove(QueueUrl, taken.slice(at, at + 10))
  node.clock.advance(1_000)
  expect(groupsOf(await take(QueueUrl, 10))).toBe('a'.repeat(10))
})

test('quiet messages are found behind a long backlog, and after a restart', async () => {
  await using own = await startNode()
  const [before, shared] = [own.client(SQSClient), sqs]
  try {
    sqs = before
    const QueueUrl = await makeQueue()
    await send(QueueUrl, 'a', 2_500)
    await send(QueueUrl, 'b', 10)
    await take(QueueUrl, 30)
    own.clock.advance(10_000)
    expect(groupsOf(await take(QueueUrl, 30))).toContain('b'.repeat(10))
    await send(QueueUrl, 'b', 10)
    await own.restart()
    sqs = own.client(SQSClient)
    own.clock.advance(20_000)
    expect(groupsOf(await take(QueueUrl.replace(/^http:..[^/]+/, own.endpoint), 40))).toContain('b'.repeat(10))
  } finally {
    sqs = shared
  }
})
