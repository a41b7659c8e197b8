import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let sqs: SQSClient

beforeAll(async () => {
  node = await startNode()
  sqs = node.client(SQSClient)
})
afterAll(async () => {
  sqs.destroy()
  await node.close()
})

async function filledQueue(name: string, count: number, attributes: Record<string, string>, groups: number) {
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: '600', ...attributes } }),
  )
  for (let at = 0; at < count; at += 10) {
    const Entries = Array.from({ length: 10 }, (_, index) => ({
      Id: `i${index}`,
      MessageBody: String(at + index),
      ...(attributes.FifoQueue
        ? { MessageGroupId: `g${(at + index) % groups}`, MessageDeduplicationId: String(at + index) }
        : {}),
    }))
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: QueueUrl!, Entries }))
  }
  return QueueUrl!
}

/** Consumers that race for a queue until each has found it empty. Answers what each message was taken by, in order. */
async function consume(QueueUrl: string, consumers: number, remove: boolean): Promise<string[]> {
  const taken: string[] = []
  await Promise.all(
    Array.from({ length: consumers }, async () => {
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1 + (taken.length % 10) }),
        )
        if (Messages.length === 0) return
        for (const message of Messages) {
          taken.push(message.Body!)
          if (remove) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle! }))
        }
      }
    }),
  )
  return taken
}

test('many consumers: no message is given out twice inside its visibility window, none is left', async () => {
  const QueueUrl = await filledQueue('race', 1_000, {}, 1)
  const taken = await consume(QueueUrl, 50, false)
  expect(taken).toHaveLength(1_000)
  expect(new Set(taken).size).toBe(1_000)
})

test('receives and deletes at once lose nothing and repeat nothing', async () => {
  const QueueUrl = await filledQueue('race-delete', 600, {}, 1)
  const taken = await consume(QueueUrl, 40, true)
  expect(new Set(taken).size).toBe(600)
  expect(taken).toHaveLength(600)
  node.clock.advance(600_000)
  expect(await consume(QueueUrl, 1, false)).toEqual([])
})

test('many consumers of a FIFO queue: each group in order, nothing twice', async () => {
  const QueueUrl = await filledQueue('race.fifo', 300, { FifoQueue: 'true' }, 10)
  const taken: string[] = []
  // A consumer that finds every group locked waits, and tries again until all were seen.
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      while (taken.length < 300) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 3, WaitTimeSeconds: 1 }),
        )
        for (const message of Messages) taken.push(message.Body!)
        if (Messages.length === 0) continue
        const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }))
        await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
      }
    }),
  )
  expect(new Set(taken).size).toBe(300)
  expect(taken).toHaveLength(300)
  for (let group = 0; group < 10; group++) {
    const order = taken.filter((body) => Number(body) % 10 === group).map(Number)
    expect(order).toEqual([...order].sort((a, b) => a - b))
  }
})
