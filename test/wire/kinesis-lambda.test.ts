import {
  CreateStreamCommand,
  KinesisClient,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis'
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  LambdaClient,
} from '@aws-sdk/client-lambda'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { hasPublishedEvents, publishedEvent } from '../published-event.ts'
import { logging, makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let sqs: SQSClient
let kinesis: KinesisClient
let role: string

const reads = {
  Effect: 'Allow',
  Action: ['kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:DescribeStream*', 'kinesis:ListShards'],
  Resource: '*',
}
const subscribes = { Effect: 'Allow', Action: 'kinesis:SubscribeToShard', Resource: '*' }
const sends = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }

function connect(): void {
  lambda = node.client(LambdaClient)
  sqs = node.client(SQSClient)
  kinesis = node.client(KinesisClient)
}
function disconnect(): void {
  for (const client of [lambda, sqs, kinesis]) client.destroy()
}
beforeAll(async () => {
  node = await startNode()
  connect()
  role = await makeRole(node, 'kinesis-role', [logging, reads, subscribes, sends])
})
afterAll(async () => {
  disconnect()
  await node.close()
})

interface Record {
  readonly kinesis: {
    readonly data: string
    readonly partitionKey: string
    readonly sequenceNumber: string
    readonly approximateArrivalTimestamp: number
  }
  readonly eventSourceARN: string
}

const arnOf = (name: string) => `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`
const queue = async (QueueName: string) => (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? ''
const textOf = ({ kinesis }: Record) => Buffer.from(kinesis.data, 'base64').toString()

/** A stream, and a function that tells a queue of each batch it gets; `body` is the rest of the handler. */
async function pipe(name: string, body = '') {
  const output = await queue(name)
  await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: 1 }))
  await makeFunction(
    lambda,
    name,
    role,
    `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
    const sqs = new SQSClient({ useQueueUrlAsEndpoint: false })
    exports.handler = async ({ Records }) => {
      const MessageBody = JSON.stringify(Records)
      await sqs.send(new SendMessageCommand({ QueueUrl: ${JSON.stringify(output)}, MessageBody }))
      ${body}
    }`,
    { Timeout: 20, MemorySize: 256 },
  )
  const map = (mapping: Partial<CreateEventSourceMappingCommandInput> = {}) =>
    lambda.send(
      new CreateEventSourceMappingCommand({
        ...{ FunctionName: name, EventSourceArn: arnOf(name), StartingPosition: 'TRIM_HORIZON', ...mapping },
      }),
    )
  const put = (texts: readonly string[], PartitionKey?: string) =>
    kinesis.send(
      new PutRecordsCommand({
        StreamName: name,
        Records: texts.map((text) => ({ Data: Buffer.from(text), PartitionKey: PartitionKey ?? text })),
      }),
    )
  return { name, output, map, put }
}

/** The records that the function told, until `enough`; the clock moves meanwhile, so that what waits comes about. */
async function told(QueueUrl: string, enough: (all: readonly Record[]) => boolean): Promise<Record[]> {
  const all: Record[] = []
  for (let tries = 0; tries < 2_000; tries++) {
    const asked = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_000 }
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(asked))
    all.push(...Messages.flatMap(({ Body }) => JSON.parse(Body ?? '') as Record[]))
    if (enough(all)) return all
    node.clock.advance(200)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`told only ${JSON.stringify(all.map(textOf))}`)
}
const letters = (all: readonly Record[]) => new Set(all.map(textOf)).size

// The first: a restart takes the clock back that the others move, and with it what a queue shows when.
test('records of a key are in order over resharding and a restart, and a mapping goes on where it was', async () => {
  const { name, output, map, put } = await pipe('resharded')
  await map({ BatchSize: 3, ParallelizationFactor: 2 })
  const scale = (TargetShardCount: number) =>
    kinesis.send(new UpdateShardCountCommand({ StreamName: name, TargetShardCount, ScalingType: 'UNIFORM_SCALING' }))
  for (let round = 0; round < 4; round++) {
    for (const key of ['a', 'b', 'c']) {
      await put(
        Array.from({ length: 5 }, (_, i) => `${key} ${round * 5 + i}`),
        key,
      )
    }
    if (round === 0) await scale(2)
    if (round === 1) {
      disconnect()
      await node.restart()
      connect()
    }
    if (round === 2) await scale(1)
  }
  const records = await told(output, (all) => letters(all) === 60)
  for (const key of ['a', 'b', 'c']) {
    const own = records.filter(({ kinesis }) => kinesis.partitionKey === key)
    const firsts = [...new Map(own.map((one) => [textOf(one), one])).keys()]
    expect(firsts).toEqual(Array.from({ length: 20 }, (_, i) => `${key} ${i}`))
  }
})

test('a function gets the records, shaped like the service’s events, from where the mapping begins', async () => {
  const { name, output, map, put } = await pipe('shaped')
  await put(['before'])
  node.clock.advance(10_000)
  const StartingPositionTimestamp = new Date(node.clock.nowMs())
  await put(['a', 'b'])
  const made = await map({ StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp })
  expect(made).toMatchObject({ BatchSize: 100, StartingPosition: 'AT_TIMESTAMP', EventSourceArn: arnOf(name) })
  const records = await told(output, (all) => letters(all) === 2)
  expect(records.map(textOf)).toEqual(['a', 'b'])
  const [first] = records
  expect(first).toMatchObject({
    eventSource: 'aws:kinesis',
    eventName: 'aws:kinesis:record',
    eventID: `shardId-000000000000:${first!.kinesis.sequenceNumber}`,
    invokeIdentityArn: role,
    eventSourceARN: arnOf(name),
    kinesis: { partitionKey: 'a', data: 'YQ==' },
  })
  if (!hasPublishedEvents) return
  const { Records } = publishedEvent<{ Records: (typeof first)[] }>('kinesis-event')
  expect(Object.keys(first!)).toEqual(Object.keys(Records[0]!))
  expect(Object.keys(first!.kinesis)).toEqual(Object.keys(Records[0]!.kinesis))
})

test('patterns look at the data, and a consumer is a source as well', async () => {
  const { name, output, map, put } = await pipe('filtered')
  const registering = new RegisterStreamConsumerCommand({ StreamARN: arnOf(name), ConsumerName: 'c' })
  const { Consumer } = await kinesis.send(registering)
  const Pattern = JSON.stringify({ data: { wanted: [true] } })
  await map({ EventSourceArn: Consumer!.ConsumerARN!, FilterCriteria: { Filters: [{ Pattern }] } })
  await put(['no json', '{"wanted":false}', '{"wanted":true}'])
  const records = await told(output, (all) => all.length > 0)
  expect(records.map(textOf)).toEqual(['{"wanted":true}'])
  expect(records[0]!.eventSourceARN).toBe(Consumer!.ConsumerARN)
})

test('a batch that fails is cut in half, and what is given up is told to the queue', async () => {
  const { name, output, map, put } = await pipe(
    'failing',
    `if (Records.some(({ kinesis }) => kinesis.data === 'YmFk')) throw new Error('bad')`,
  )
  const dead = await queue('failing-dead')
  await put(['a', 'b', 'bad', 'c'])
  await map({
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 1,
    DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:failing-dead' } },
  })
  const seen = await told(output, (all) => all.map(textOf).includes('c') && letters(all) === 4)
  const failures: { KinesisBatchInfo: { approximateArrivalOfFirstRecord?: string }; requestContext: object }[] = []
  for (let tries = 0; tries < 1_500 && failures.length === 0; tries++) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: dead }))
    failures.push(...Messages.map(({ Body }) => JSON.parse(Body ?? '') as (typeof failures)[0]))
    node.clock.advance(1_000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(failures).toMatchObject([
    {
      requestContext: { condition: 'RetryAttemptsExhausted' },
      KinesisBatchInfo: { shardId: 'shardId-000000000000', batchSize: 1, streamArn: arnOf(name) },
    },
  ])
  const { approximateArrivalTimestamp } = seen.find((one) => textOf(one) === 'bad')!.kinesis
  const { approximateArrivalOfFirstRecord = '' } = failures[0]!.KinesisBatchInfo
  expect(Date.parse(approximateArrivalOfFirstRecord)).toBe(Math.round(approximateArrivalTimestamp * 1_000))
})

test('a role that may not read the stream is refused, as is a stream that is not there', async () => {
  const { map } = await pipe('refused')
  const missing = map({ EventSourceArn: arnOf('nowhere') })
  await expect(missing).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
  const StartingPositionTimestamp = new Date(node.clock.nowMs() + 60_000)
  const tomorrow = map({ StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp })
  await expect(tomorrow).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
  const weak = await makeRole(node, 'weak-role', [logging])
  await makeFunction(lambda, 'weak', weak, 'exports.handler = async () => {}')
  await expect(map({ FunctionName: 'weak' })).rejects.toThrow(/Cannot access stream/)
})
