import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let sqs: SQSClient
const atMs = Date.now()

beforeAll(async () => {
  // Its time stands still: a busy machine earns no requests meanwhile.
  node = await startNode({ hostMs: () => atMs })
  sqs = node.client(SQSClient)
})
afterAll(() => node.close())

async function makeQueue(name: string, attributes: Record<string, string> = {}) {
  const Attributes = { ContentBasedDeduplication: 'true', FifoQueue: 'true', ...attributes }
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `${name}.fifo`, Attributes }))
  return QueueUrl!
}

/** How many of so many requests go through, and what the others are told. */
async function count(requests: number, request: (index: number) => Promise<unknown>) {
  const results = await Promise.allSettled(Array.from({ length: requests }, (_, index) => request(index)))
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  return {
    accepted: requests - refused.length,
    refusals: new Set(refused.map(({ name, message }) => `${name}: ${message}`)),
  }
}
// The SDK tells errors of this service by their names in the query protocol, where this one is called so.
const throttled = new Set(['Throttling: Rate exceeded'])

test('a FIFO queue takes 300 requests a second of each kind, and ten messages with each', async () => {
  const QueueUrl = await makeQueue('limited')
  const send = (index: number, group = 'g') =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: `${index}`, MessageGroupId: group }))
  expect(await count(290, send)).toEqual({ accepted: 290, refusals: new Set() })
  const Entries = Array.from({ length: 10 }, (_, index) => ({
    ...{ Id: `i${index}`, MessageBody: `batch ${index}`, MessageGroupId: 'g' },
  }))
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  expect(await count(20, (index) => send(1_000 + index))).toEqual({ accepted: 9, refusals: throttled })
  node.clock.advance(100)
  expect(await count(50, (index) => send(2_000 + index, 'other'))).toEqual({ accepted: 30, refusals: throttled })

  const receive = () => sqs.send(new ReceiveMessageCommand({ QueueUrl }))
  expect(await count(310, receive)).toEqual({ accepted: 300, refusals: throttled })
  const ReceiptHandle = 'not one'
  const { refusals } = await count(1, () => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })))
  expect([...refusals][0]).toContain('ReceiptHandleIsInvalid')
})

test('with high throughput, each message group has the limit to itself', async () => {
  const QueueUrl = await makeQueue('high', {
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
  })
  const send = (group: string) => (index: number) =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: `${index}`, MessageGroupId: group }))
  expect(await count(305, send('one'))).toEqual({ accepted: 300, refusals: throttled })
  expect((await count(100, send('two'))).accepted).toBe(100)
  const Entries = ['one', 'two', 'two'].map((MessageGroupId, index) => ({
    ...{ Id: `i${index}`, MessageBody: `batch ${index}`, MessageGroupId },
  }))
  const { Successful, Failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  expect(Successful?.map(({ Id }) => Id)).toEqual(['i1', 'i2'])
  expect(Failed).toMatchObject([{ Id: 'i0', Code: 'ThrottlingException' }])
})

test('standard queues have no limit', async () => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'unlimited' }))
  const receive = () => sqs.send(new ReceiveMessageCommand({ QueueUrl }))
  expect((await count(320, receive)).accepted).toBe(320)
})
