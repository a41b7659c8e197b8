import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Tx } from '../../src/kernel/records.ts'
import { fifo, group as groupRecord, open, queue, ready, total } from '../../src/services/sqs/state.ts'
import { startNode, type TestNode } from '../harness.ts'

const scope = { account: '000000000000', region: 'us-east-1' }
let node: TestNode
let sqs: SQSClient

beforeAll(async () => {
  node = await startNode()
  sqs = node.client(SQSClient)
})
afterAll(() => node.close())

/** A queue with one message to be had, and so many that consumers have for another hour. */
async function makeFull(QueueName: string, Attributes: Record<string, string>, one: object, inFlight: number) {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one', ...one }))
  const { records } = node.node.host
  const { generation } = (await records.read(scope, (tx) => tx.get(queue(QueueName))))!
  const sentAtMs = node.clock.nowMs()
  const visibleAtMs = sentAtMs + 3_600_000
  const put = (tx: Tx, index: number) => {
    const entry = { sentAtMs, receives: 1, firstReceivedAtMs: sentAtMs, nonce: 'x' }
    const id = `seeded-${index}`
    if (!QueueName.endsWith('.fifo')) return tx.set(ready(generation, visibleAtMs, id), entry)
    const group = `g${index}`
    tx.set(fifo(generation, group, String(index)), { ...entry, id, visibleAtMs })
    tx.set(open(generation, visibleAtMs, group), true)
    tx.set(groupRecord(generation, group), {
      openAtMs: visibleAtMs,
      inFlight: { [index]: { untilMs: visibleAtMs, nonce: 'x' } },
    })
  }
  for (let at = 0; at < inFlight; at += 10_000) {
    await records.write(scope, async (tx) => {
      for (let index = at; index < Math.min(inFlight, at + 10_000); index++) put(tx, index)
      tx.add(total(generation), Math.min(10_000, inFlight - at))
    })
  }
  return QueueUrl!
}
const receive = async (QueueUrl: string, WaitTimeSeconds = 0) =>
  (await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds }))).Messages?.length ?? 0

async function counts(QueueUrl: string) {
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] })
  const { Attributes = {} } = await sqs.send(asked)
  return [Attributes.ApproximateNumberOfMessages, Attributes.ApproximateNumberOfMessagesNotVisible]
}

test('with 120,000 messages in flight a standard queue gives out no more, and says so to those that do not wait', async () => {
  const QueueUrl = await makeFull('full', { VisibilityTimeout: '3600' }, {}, 119_999)
  expect(await receive(QueueUrl)).toBe(1)
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'two' }))
  await expect(receive(QueueUrl)).rejects.toMatchObject({ name: 'OverLimit' })
  expect(await counts(QueueUrl)).toEqual(['1', '120000'])
  const waiting = receive(QueueUrl, 2)
  node.clock.advance(2_000)
  expect(await waiting).toBe(0)
  // What was in flight is visible again: there is room.
  node.clock.advance(3_600_000)
  expect(await receive(QueueUrl)).toBe(1)
})

test('a FIFO queue gives out no more, without an error, and others are answered while its groups are counted', async () => {
  const one = { MessageGroupId: 'g', MessageDeduplicationId: 'd' }
  const QueueUrl = await makeFull('full.fifo', { FifoQueue: 'true' }, one, 120_000)
  let received: number | undefined
  const receiving = receive(QueueUrl).then((count) => (received = count))
  let answered = 0
  for (; received === undefined; answered++) await sqs.send(new ListQueuesCommand({}))
  expect(await receiving).toBe(0)
  expect(answered).toBeGreaterThan(3)
  expect(await counts(QueueUrl)).toEqual(['1', '120000'])
})
