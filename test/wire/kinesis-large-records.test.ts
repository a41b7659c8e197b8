import { randomBytes } from 'node:crypto'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordCommand,
  type PutRecordCommandInput,
  PutRecordsCommand,
  type ShardIteratorType,
  UpdateAccountSettingsCommand,
  UpdateMaxRecordSizeCommand,
  UpdateStreamModeCommand,
  UpdateStreamRecordDistributionStrategyCommand,
} from '@aws-sdk/client-kinesis'
import { CreateEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { logging, makeFunction, makeRole } from './lambda-support.ts'

const mebibyte = 1_048_576
const ShardId = 'shardId-000000000000'
let node: TestNode
let kinesis: KinesisClient

beforeAll(async () => {
  node = await startNode()
  kinesis = node.client(KinesisClient)
})
afterAll(async () => {
  kinesis.destroy()
  await node.close()
})

const arnOf = (name: string) => `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`
const put = (StreamName: string, Data: Uint8Array, more: Partial<PutRecordCommandInput> = {}) =>
  kinesis.send(new PutRecordCommand({ StreamName, Data, PartitionKey: 'k', ...more }))
const summary = async (StreamName: string) =>
  (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary!
const create = async (StreamName: string, MaxRecordSizeInKiB?: number) => {
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1, MaxRecordSizeInKiB }))
  return StreamName
}
async function iterator(
  StreamName: string,
  type: ShardIteratorType = 'TRIM_HORIZON',
  StartingSequenceNumber?: string,
): Promise<string> {
  const asked = { StreamName, ShardId, ShardIteratorType: type, StartingSequenceNumber }
  return (await kinesis.send(new GetShardIteratorCommand(asked))).ShardIterator!
}
const get = (ShardIterator: string, Limit?: number) => kinesis.send(new GetRecordsCommand({ ShardIterator, Limit }))

test('records of up to 10 MiB come back whole, and between others, wherever reading begins', async () => {
  const StreamName = await create('large', 10_240)
  const large = randomBytes(10 * mebibyte - 1)
  const first = await put(StreamName, Buffer.from('first'))
  // The shard's capacity is what it was but for the bytes of the first, which a second gives back.
  node.clock.advance(1_000)
  const { SequenceNumber } = await put(StreamName, large)
  await expect(put(StreamName, Buffer.alloc(5 * mebibyte))).rejects.toThrow(/Rate exceeded/)
  node.clock.advance(10_000)
  const odd = randomBytes(1.5 * mebibyte)
  await put(StreamName, odd)
  node.clock.advance(10_000)

  // Ten MiB at once: each page has what fits, and the next goes on behind it.
  const one = await get(await iterator(StreamName))
  expect(one.Records!.map(({ Data }) => Buffer.from(Data!).toString().slice(0, 5))).toHaveLength(1)
  expect(one.MillisBehindLatest).toBeGreaterThan(0)
  const two = await get(one.NextShardIterator!)
  expect(two.Records).toHaveLength(1)
  expect(Buffer.from(two.Records![0]!.Data!).equals(large)).toBe(true)
  expect(two.Records![0]!.SequenceNumber).toBe(SequenceNumber)
  node.clock.advance(10_000)
  const three = await get(two.NextShardIterator!)
  expect(three.Records!.map(({ Data }) => Buffer.from(Data!).equals(odd))).toEqual([true])
  expect(three.MillisBehindLatest).toBe(0)

  node.clock.advance(10_000)
  await node.restart()
  kinesis = node.client(KinesisClient)
  const at = await get(await iterator(StreamName, 'AT_SEQUENCE_NUMBER', SequenceNumber), 1)
  expect(Buffer.from(at.Records![0]!.Data!).equals(large)).toBe(true)
  node.clock.advance(10_000)
  const after = await get(await iterator(StreamName, 'AFTER_SEQUENCE_NUMBER', SequenceNumber))
  expect(after.Records!.map(({ Data }) => Data!.length)).toEqual([odd.length])
  expect(await get(await iterator(StreamName, 'LATEST'))).toMatchObject({ Records: [] })
  const from = await get(await iterator(StreamName, 'AFTER_SEQUENCE_NUMBER', first.SequenceNumber), 1)
  expect(from.Records![0]!.Data!.length).toBe(large.length)

  node.clock.advance(25 * 3_600_000)
  expect(await get(await iterator(StreamName))).toMatchObject({ Records: [] })
})

test('a stream takes records as large as it was told to, with their keys', async () => {
  const StreamName = await create('told')
  expect((await summary(StreamName)).MaxRecordSizeInKiB).toBe(1_024)
  await expect(put(StreamName, Buffer.alloc(mebibyte))).rejects.toMatchObject({ name: 'InvalidArgumentException' })
  const size = (MaxRecordSizeInKiB: number) =>
    kinesis.send(new UpdateMaxRecordSizeCommand({ StreamARN: arnOf(StreamName), MaxRecordSizeInKiB }))
  await size(2_048)
  expect((await summary(StreamName)).MaxRecordSizeInKiB).toBe(2_048)
  await put(StreamName, Buffer.alloc(2 * mebibyte - 1))
  await expect(put(StreamName, Buffer.alloc(2 * mebibyte))).rejects.toMatchObject({ name: 'InvalidArgumentException' })
  await size(1_024)
  // What is there stays, and can be read.
  expect((await get(await iterator(StreamName))).Records![0]!.Data!.length).toBe(2 * mebibyte - 1)
  await expect(size(1_023)).rejects.toMatchObject({ name: 'ValidationException' })
  await expect(size(10_241)).rejects.toMatchObject({ name: 'ValidationException' })
  await expect(
    kinesis.send(new UpdateMaxRecordSizeCommand({ StreamARN: arnOf('none'), MaxRecordSizeInKiB: 2_048 })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

test('with the strategy AUTO records go to any shard, whatever keys they have or have not', async () => {
  const StreamName = 'spread'
  const StreamARN = arnOf(StreamName)
  const StreamModeDetails = { StreamMode: 'ON_DEMAND' } as const
  await kinesis.send(new CreateStreamCommand({ StreamName, StreamModeDetails }))
  const follow = (RecordDistributionStrategy: 'AUTO' | 'USER_PARTITION_KEY', name = StreamName) =>
    kinesis.send(
      new UpdateStreamRecordDistributionStrategyCommand({ StreamARN: arnOf(name), RecordDistributionStrategy }),
    )
  const shards = async (key: object) => {
    const Records = Array.from({ length: 100 }, () => ({ Data: Buffer.from('x'), ...key }))
    const answer = await kinesis.send(new PutRecordsCommand({ StreamName, Records }))
    return new Set(answer.Records!.map((one) => one.ShardId)).size
  }
  expect((await summary(StreamName)).RecordDistributionStrategy).toBe('USER_PARTITION_KEY')
  expect(await shards({ PartitionKey: 'k' })).toBe(1)
  await follow('AUTO')
  expect((await summary(StreamName)).RecordDistributionStrategy).toBe('AUTO')
  expect(await shards({ PartitionKey: 'k', ExplicitHashKey: '0' })).toBe(4)
  expect(await shards({})).toBe(4)
  await follow('USER_PARTITION_KEY')
  await expect(shards({})).rejects.toMatchObject({ name: 'ValidationException' })
  await follow('AUTO')
  await kinesis.send(new UpdateStreamModeCommand({ StreamARN, StreamModeDetails: { StreamMode: 'PROVISIONED' } }))
  expect((await summary(StreamName)).RecordDistributionStrategy).toBeUndefined()
  expect(await shards({ PartitionKey: 'k' })).toBe(1)
  await expect(follow('AUTO')).rejects.toMatchObject({ name: 'InvalidArgumentException' })
})

test('a stream on demand is warm from its creation, or from when it comes to be one', async () => {
  const StreamModeDetails = { StreamMode: 'ON_DEMAND' } as const
  const warm = { StreamModeDetails, WarmThroughputMiBps: 6 }
  const created = () => kinesis.send(new CreateStreamCommand({ StreamName: 'warm', ...warm }))
  await expect(created()).rejects.toThrow(/MinimumThroughputBillingCommitment/)
  const MinimumThroughputBillingCommitment = { Status: 'ENABLED' } as const
  await kinesis.send(new UpdateAccountSettingsCommand({ MinimumThroughputBillingCommitment }))
  await created()
  const six = { OpenShardCount: 6, WarmThroughput: { TargetMiBps: 6, CurrentMiBps: 6 } }
  expect(await summary('warm')).toMatchObject(six)
  await create('cold')
  await kinesis.send(new UpdateStreamModeCommand({ StreamARN: arnOf('cold'), ...warm }))
  expect(await summary('cold')).toMatchObject(six)
  const paid = { StreamName: 'paid', ShardCount: 1, WarmThroughputMiBps: 2 }
  await expect(kinesis.send(new CreateStreamCommand(paid))).rejects.toThrow(/not on demand/)
})

test('what is more than a function takes goes to the destination for failures, and what comes after it to the function', async () => {
  const [lambda, sqs] = [node.client(LambdaClient), node.client(SQSClient)]
  const StreamName = await create('batches', 10_240)
  const queue = async (QueueName: string) => (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl!
  const [output, failures] = [await queue('batches'), await queue('failures')]
  const reads = {
    Effect: 'Allow',
    // As the event `stream` of osls has it.
    Action: ['kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:DescribeStream', 'kinesis:ListStreams'],
    Resource: '*',
  }
  const sends = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }
  const role = await makeRole(node, 'large-role', [logging, reads, sends])
  await makeFunction(
    lambda,
    'batches',
    role,
    `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
    const sqs = new SQSClient({ useQueueUrlAsEndpoint: false })
    exports.handler = async ({ Records }) => {
      const MessageBody = JSON.stringify(Records.map(({ kinesis }) => kinesis.data.length))
      await sqs.send(new SendMessageCommand({ QueueUrl: ${JSON.stringify(output)}, MessageBody }))
    }`,
    { Timeout: 20, MemorySize: 256 },
  )
  // As base64, two of the first are more than an event may have, and the third is by itself.
  const sizes = [3 * mebibyte, 3 * mebibyte, 5 * mebibyte, 10]
  for (const size of sizes) {
    await put(StreamName, Buffer.alloc(size, 'x'))
    node.clock.advance(10_000)
  }
  await lambda.send(
    new CreateEventSourceMappingCommand({
      ...{ FunctionName: 'batches', EventSourceArn: arnOf(StreamName), StartingPosition: 'TRIM_HORIZON' },
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:failures' } },
    }),
  )
  const receive = async (QueueUrl: string, count: number) => {
    const found: string[] = []
    while (found.length < count) {
      const { Messages } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
      )
      found.push(...(Messages ?? []).map(({ Body }) => Body!))
    }
    return found
  }
  const asText = (size: number) => Math.ceil(size / 3) * 4
  expect((await receive(output, 3)).toSorted()).toEqual(
    [[asText(3 * mebibyte)], [asText(3 * mebibyte)], [asText(10)]].map((one) => JSON.stringify(one)).toSorted(),
  )
  const [failed] = await receive(failures, 1)
  expect(JSON.parse(failed!).KinesisBatchInfo).toMatchObject({ batchSize: 1, shardId: ShardId })
  for (const client of [lambda, sqs]) client.destroy()
})
