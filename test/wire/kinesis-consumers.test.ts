import {
  CreateStreamCommand,
  DeregisterStreamConsumerCommand,
  DescribeStreamConsumerCommand,
  KinesisClient,
  ListStreamConsumersCommand,
  PutRecordCommand,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
  SubscribeToShardCommand,
  type SubscribeToShardEvent,
} from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let kinesis: KinesisClient
const ShardId = 'shardId-000000000000'

beforeAll(async () => {
  node = await startNode()
  kinesis = node.client(KinesisClient)
})
afterAll(async () => {
  kinesis?.destroy()
  await node?.close()
})

async function consumed(StreamName: string) {
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
  const StreamARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`
  const { Consumer } = await kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'reader' }))
  return { StreamARN, ConsumerARN: Consumer!.ConsumerARN! }
}

const put = (StreamName: string, text: string) =>
  kinesis.send(new PutRecordCommand({ StreamName, Data: Buffer.from(text), PartitionKey: 'k' }))

async function subscribe(ConsumerARN: string, Type: 'TRIM_HORIZON' | 'LATEST' = 'TRIM_HORIZON') {
  const asked = { ConsumerARN, ShardId, StartingPosition: { Type } }
  const { EventStream } = await kinesis.send(new SubscribeToShardCommand(asked))
  const events = EventStream![Symbol.asyncIterator]()
  return {
    /** The next event; undefined at the end. */
    async next(): Promise<SubscribeToShardEvent | undefined> {
      const { done, value } = await events.next()
      return done ? undefined : value.SubscribeToShardEvent
    },
    end: () => events.return?.(),
  }
}

const textsOf = (event: SubscribeToShardEvent | undefined) =>
  (event?.Records ?? []).map(({ Data }) => Buffer.from(Data!).toString())

test('a consumer is registered once, and gone when it is deregistered', async () => {
  const { StreamARN, ConsumerARN } = await consumed('registered')
  expect(ConsumerARN).toMatch(/:stream\/registered\/consumer\/reader:\d{10}$/)
  await expect(
    kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'reader' })),
  ).rejects.toMatchObject({ name: 'ResourceInUseException' })
  const { ConsumerDescription } = await kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN }))
  expect(ConsumerDescription).toMatchObject({ ConsumerName: 'reader', ConsumerStatus: 'ACTIVE', StreamARN })
  await kinesis.send(new DeregisterStreamConsumerCommand({ StreamARN, ConsumerName: 'reader' }))
  expect((await kinesis.send(new ListStreamConsumersCommand({ StreamARN }))).Consumers).toEqual([])
  await expect(kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})

test('a subscription is told what there is and what comes, until its shard ends', async () => {
  const { ConsumerARN } = await consumed('subscribed')
  await put('subscribed', 'there')
  const events = await subscribe(ConsumerARN)
  const first = await events.next()
  expect(textsOf(first)).toEqual(['there'])
  expect(first).toMatchObject({ MillisBehindLatest: 0 })
  expect(first!.ContinuationSequenceNumber).toBe(first!.Records![0]!.SequenceNumber)
  const next = events.next()
  await put('subscribed', 'comes')
  expect(textsOf(await next)).toEqual(['comes'])
  const last = events.next()
  const split = { StreamName: 'subscribed', ShardToSplit: ShardId, NewStartingHashKey: String(1n << 127n) }
  await kinesis.send(new SplitShardCommand(split))
  expect((await last)!.ChildShards!.map(({ ParentShards }) => ParentShards)).toEqual([[ShardId], [ShardId]])
  expect(await events.next()).toBeUndefined()
})

test('a subscription lasts five minutes, and one that is young is not taken over', async () => {
  const { ConsumerARN } = await consumed('timed')
  const events = await subscribe(ConsumerARN, 'LATEST')
  await expect(subscribe(ConsumerARN)).rejects.toMatchObject({ name: 'ResourceInUseException' })
  node.clock.advance(6_000)
  const taken = await subscribe(ConsumerARN, 'LATEST')
  while (await events.next());
  let quiet = 0
  for (let passed = 0; passed <= 310_000; passed += 10_000) {
    const event = taken.next()
    node.clock.advance(10_000)
    if (!(await event)) break
    quiet++
  }
  expect(quiet).toBeGreaterThan(1)
  expect(await taken.next()).toBeUndefined()
})
