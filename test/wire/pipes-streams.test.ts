import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { CreateStreamCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis'
import { LambdaClient } from '@aws-sdk/client-lambda'
import {
  CreatePipeCommand,
  type CreatePipeCommandInput,
  DeletePipeCommand,
  DescribePipeCommand,
  PipesClient,
  StartPipeCommand,
  StopPipeCommand,
  UpdatePipeCommand,
} from '@aws-sdk/client-pipes'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { patiently, startNode, type TestNode } from '../harness.ts'
import { logging, makeFunction, makeRole } from './lambda-support.ts'
import { arnOf, bodies, makeQueue, take, unique } from './scheduler-support.ts'

let node: TestNode
let RoleArn: string
let functionRole: string
const pipes = () => node.client(PipesClient)

beforeAll(async () => {
  node = await startNode({ isolation: false })
  const Action = ['kinesis:*', 'dynamodb:*', 'sqs:*', 'lambda:InvokeFunction']
  RoleArn = await makeRole(node, 'streams', [{ Effect: 'Allow', Action, Resource: '*' }], 'pipes.amazonaws.com')
  functionRole = await makeRole(node, 'function', [logging])
})
afterAll(() => node?.close())

async function reach(Name: string, state: string) {
  await vi.waitFor(
    async () => {
      const found = await pipes().send(new DescribePipeCommand({ Name }))
      expect(found.CurrentState).toBe(state)
    },
    { timeout: 45_000 },
  )
}

async function makePipe(
  more: Omit<Partial<CreatePipeCommandInput>, 'Source' | 'Target'> & { Source: string; Target: string },
) {
  const Name = unique('pipe')
  await pipes().send(new CreatePipeCommand({ Name, RoleArn, ...more }))
  await reach(Name, 'RUNNING')
  return Name
}

async function makeStream() {
  const StreamName = unique('stream')
  await node.client(KinesisClient).send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
  return { StreamName, arn: arnOf('kinesis', `stream/${StreamName}`) }
}

const put = (StreamName: string, data: unknown, PartitionKey = 'a') => {
  const Data = Buffer.from(typeof data === 'string' ? data : JSON.stringify(data))
  return node.client(KinesisClient).send(new PutRecordCommand({ StreamName, PartitionKey, Data }))
}

test('a stream goes to a queue in order, as filtered, from where it was when the pipe stopped or the node did', async () => {
  const [{ StreamName, arn }, to] = [await makeStream(), await makeQueue(node)]
  await put(StreamName, { n: 0, kind: 'old' })
  const Name = await makePipe({
    Source: arn,
    Target: to.arn,
    SourceParameters: {
      FilterCriteria: { Filters: [{ Pattern: '{"data":{"kind":[{"anything-but":"noise"}]}}' }] },
      KinesisStreamParameters: { StartingPosition: 'LATEST' },
    },
    TargetParameters: { InputTemplate: '{"n": <$.data.n>, "by": "<$.partitionKey>", "from": "<$.eventSource>"}' },
  })
  const got = async (count: number) =>
    (await bodies(node, to.url, count)).map((body) => (JSON.parse(body!) as { n: number }).n)
  await put(StreamName, { n: 1, kind: 'noise' })
  await put(StreamName, { n: 2, kind: 'order' }, 'k')
  const [first = ''] = await bodies(node, to.url, 1)
  expect(JSON.parse(first)).toEqual({ n: 2, by: 'k', from: 'aws:kinesis' })

  await pipes().send(new StopPipeCommand({ Name }))
  await reach(Name, 'STOPPED')
  await put(StreamName, { n: 3, kind: 'order' })
  expect(await take(node, to.url, 0)).toEqual([])
  await pipes().send(
    new UpdatePipeCommand({ Name, RoleArn, SourceParameters: { KinesisStreamParameters: { BatchSize: 1 } } }),
  )
  await reach(Name, 'STOPPED')
  const { SourceParameters } = await pipes().send(new DescribePipeCommand({ Name }))
  expect(SourceParameters).toEqual({ KinesisStreamParameters: { BatchSize: 1, StartingPosition: 'LATEST' } })
  await pipes().send(new StartPipeCommand({ Name }))
  expect(await got(1)).toEqual([3])
  await node.restart()
  await put(StreamName, { n: 4, kind: 'order' })
  expect(await got(1)).toEqual([4])

  await pipes().send(new DeletePipeCommand({ Name }))
  await vi.waitFor(
    () => expect(pipes().send(new DescribePipeCommand({ Name }))).rejects.toMatchObject({ name: 'NotFoundException' }),
    patiently,
  )
  const ordered = await makeQueue(node, { FifoQueue: 'true', ContentBasedDeduplication: 'true' })
  const from = { StartingPosition: 'AT_TIMESTAMP' as const, StartingPositionTimestamp: new Date(0) }
  const again = {
    ...{ Name, RoleArn, Source: arn, Target: ordered.arn },
    SourceParameters: { KinesisStreamParameters: from },
    TargetParameters: { InputTemplate: '<$.data.n>', SqsQueueParameters: { MessageGroupId: 'all' } },
  }
  await pipes().send(new CreatePipeCommand(again))
  expect(await bodies(node, ordered.url, 5)).toEqual(['0', '1', '2', '3', '4'])
  expect(await pipes().send(new DescribePipeCommand({ Name }))).toMatchObject({
    SourceParameters: { KinesisStreamParameters: from },
  })
})

test('a batch that fails is cut in half; what fails alone goes to the dead letters, and the rest goes on', async () => {
  const [{ StreamName, arn }, dead] = [await makeStream(), await makeQueue(node)]
  for (const n of [1, 2, 3, 4]) await put(StreamName, n === 3 ? 'bad' : `good ${n}`)
  const name = unique('f')
  await makeFunction(
    node.client(LambdaClient),
    name,
    functionRole,
    `exports.handler = async (events) => {
      if (events.some(({ data }) => Buffer.from(data, 'base64').toString() === 'bad')) throw new Error('one is bad')
    }`,
  )
  const Name = await makePipe({
    Source: arn,
    Target: arnOf('lambda', `function:${name}`),
    SourceParameters: {
      KinesisStreamParameters: {
        StartingPosition: 'TRIM_HORIZON',
        OnPartialBatchItemFailure: 'AUTOMATIC_BISECT',
        MaximumRetryAttempts: 1,
        DeadLetterConfig: { Arn: dead.arn },
      },
    },
  })
  const advancing = setInterval(() => node.clock.advance(5_000), 100)
  const [letter = ''] = await bodies(node, dead.url, 1).finally(() => clearInterval(advancing))
  expect(JSON.parse(letter)).toMatchObject({
    context: { partnerResourceArn: arnOf('pipes', `pipe/${Name}`), condition: 'RetryAttemptsExhausted' },
    KinesisBatchInfo: { batchSize: 1, streamArn: arn, shardId: 'shardId-000000000000' },
  })
  await vi.waitFor(
    async () => expect((await pipes().send(new DescribePipeCommand({ Name }))).StateReason).toBeUndefined(),
    patiently,
  )
})

test("a table's changes go to a stream under the key that the pipe says", async () => {
  const { arn: Target } = await makeStream()
  const db = node.client(DynamoDBClient)
  const made = await db.send(
    new CreateTableCommand({
      TableName: 'orders',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  )
  await makePipe({
    Source: made.TableDescription!.LatestStreamArn!,
    Target,
    SourceParameters: {
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
      DynamoDBStreamParameters: { StartingPosition: 'TRIM_HORIZON' },
    },
    TargetParameters: {
      InputTemplate: '{"id": "<$.dynamodb.NewImage.id.S>"}',
      KinesisStreamParameters: { PartitionKey: '$.dynamodb.Keys.id.S' },
    },
  })
  await db.send(new PutItemCommand({ TableName: 'orders', Item: { id: { S: 'o-1' } } }))
  const heard = await makeQueue(node)
  await makePipe({
    Source: Target,
    Target: heard.arn,
    SourceParameters: { KinesisStreamParameters: { StartingPosition: 'TRIM_HORIZON' } },
    TargetParameters: { InputTemplate: '"<$.partitionKey> <$.data.id>"' },
  })
  expect(await bodies(node, heard.url, 1)).toEqual(['o-1 o-1'])
})

test('a role that may not read the stream is told so, and where a stream begins is needed', async () => {
  const [{ arn }, to] = [await makeStream(), await makeQueue(node)]
  const narrow = await makeRole(node, unique('role'), [], 'pipes.amazonaws.com')
  const Name = unique('pipe')
  const SourceParameters = { KinesisStreamParameters: { StartingPosition: 'LATEST' as const } }
  await pipes().send(new CreatePipeCommand({ Name, RoleArn: narrow, Source: arn, Target: to.arn, SourceParameters }))
  await reach(Name, 'CREATE_FAILED')
  expect((await pipes().send(new DescribePipeCommand({ Name }))).StateReason).toContain('kinesis:GetRecords')
  const tomorrow = {
    StartingPosition: 'AT_TIMESTAMP' as const,
    StartingPositionTimestamp: new Date(node.clock.nowMs() + 86_400_000),
  }
  for (const [given, message] of [
    [{}, 'StartingPosition'],
    [
      { SourceParameters: { KinesisStreamParameters: { StartingPosition: 'AT_TIMESTAMP' } } },
      'StartingPositionTimestamp',
    ],
    [{ SourceParameters: { KinesisStreamParameters: tomorrow } }, 'in the future'],
    [{ SourceParameters: { DynamoDBStreamParameters: { StartingPosition: 'LATEST' } } }, 'DynamoDBStreamParameters'],
    [{ SourceParameters: { KinesisStreamParameters: { StartingPosition: 'LATEST', BatchSize: 11 } } }, 'BatchSize'],
  ] as const) {
    const refused = new CreatePipeCommand({ Name: unique('pipe'), RoleArn, Source: arn, Target: to.arn, ...given })
    await expect(pipes().send(refused)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message),
    })
  }
})
