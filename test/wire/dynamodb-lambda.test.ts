import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  type StreamViewType,
} from '@aws-sdk/client-dynamodb'
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { hasPublishedEvents, publishedEvent } from '../published-event.ts'
import { logging, makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let sqs: SQSClient
let db: DynamoDBClient
let role: string
let serial = 0

const reads = {
  Effect: 'Allow',
  Action: ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream', 'dynamodb:ListStreams'],
  Resource: '*',
}
const sends = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }

function connect(): void {
  lambda = node.client(LambdaClient)
  sqs = node.client(SQSClient)
  db = node.client(DynamoDBClient)
}
beforeAll(async () => {
  node = await startNode()
  connect()
  role = await makeRole(node, 'stream-role', [logging, reads, sends])
})
afterAll(async () => {
  for (const client of [lambda, sqs, db]) client.destroy()
  await node.close()
})

interface Told {
  readonly ids: string[]
  readonly records: Record<string, unknown>[]
}

const queue = async (QueueName: string) => (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? ''

/** A table whose stream a function gets, which tells a queue of it; `body` is the rest of the handler. */
async function pipe(
  body = '',
  mapping: Partial<CreateEventSourceMappingCommandInput> = {},
  StreamViewType: StreamViewType = 'NEW_AND_OLD_IMAGES',
) {
  serial += 1
  const TableName = `t-${serial}`
  const FunctionName = `f-${serial}`
  const output = await queue(`out-${serial}`)
  const { TableDescription } = await db.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType },
    }),
  )
  await makeFunction(
    lambda,
    FunctionName,
    role,
    `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
    // The node's port changes when it starts again.
    const sqs = new SQSClient({ useQueueUrlAsEndpoint: false })
    let calls = 0
    exports.handler = async ({ Records }) => {
      calls++
      const ids = Records.map(({ dynamodb }) => dynamodb.Keys.id.S)
      const MessageBody = JSON.stringify({ ids, records: Records })
      await sqs.send(new SendMessageCommand({ QueueUrl: ${JSON.stringify(output)}, MessageBody }))
      ${body}
    }`,
    { Timeout: 20, MemorySize: 256 },
  )
  const EventSourceArn = TableDescription!.LatestStreamArn!
  const map = () =>
    lambda.send(
      new CreateEventSourceMappingCommand({
        FunctionName,
        EventSourceArn,
        StartingPosition: 'TRIM_HORIZON',
        ...mapping,
      }),
    )
  const put = (id: string, n = 0) =>
    db.send(new PutItemCommand({ TableName, Item: { id: { S: id }, n: { N: String(n) } } }))
  return { TableName, FunctionName, EventSourceArn, output, map, put }
}

/** What the function told, until `enough`; the clock moves meanwhile, so that what waits comes about. */
async function told(QueueUrl: string, enough: (all: Told[]) => boolean, advanceMs = 0): Promise<Told[]> {
  const all: Told[] = []
  for (let tries = 0; tries < 1_500; tries++) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: advanceMs > 0 ? 0 : 1,
        VisibilityTimeout: 43_000,
      }),
    )
    all.push(...Messages.map(({ Body }) => JSON.parse(Body ?? '') as Told))
    if (enough(all)) return all
    if (advanceMs > 0) {
      node.clock.advance(advanceMs)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  throw new Error(`told only ${JSON.stringify(all.map(({ ids }) => ids))}`)
}
const idsOf = (all: Told[]) => all.flatMap(({ ids }) => ids)

describe('a mapping of a table’s stream', () => {
  test('gives the function what happened, shaped like the service’s events', async () => {
    const { map, put, output, TableName, EventSourceArn } = await pipe()
    await put('a', 1)
    await put('a', 2)
    await db.send(new DeleteItemCommand({ TableName, Key: { id: { S: 'a' } } }))
    const made = await map()
    expect(made).toMatchObject({
      BatchSize: 100,
      StartingPosition: 'TRIM_HORIZON',
      ParallelizationFactor: 1,
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: -1,
      BisectBatchOnFunctionError: false,
      State: 'Creating',
    })
    const [{ records }] = (await told(output, (all) => idsOf(all).length === 3)) as [Told]
    expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE'])
    const shape = ['awsRegion', 'dynamodb', 'eventID', 'eventName', 'eventSource', 'eventSourceARN', 'eventVersion']
    expect(Object.keys(records[0]!).sort()).toEqual(shape)
    if (hasPublishedEvents) {
      const plain = publishedEvent<{ Records: Record<string, object>[] }>('dynamodb-event').Records[1]!
      expect(Object.keys(plain).sort()).toEqual(shape)
      expect(Object.keys(records[0]!.dynamodb as object)).toEqual(Object.keys(plain.dynamodb!))
    }
    expect(records[1]).toMatchObject({
      eventSource: 'aws:dynamodb',
      eventSourceARN: EventSourceArn,
      awsRegion: 'us-east-1',
      dynamodb: {
        Keys: { id: { S: 'a' } },
        OldImage: { id: { S: 'a' }, n: { N: '1' } },
        NewImage: { id: { S: 'a' }, n: { N: '2' } },
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    })
  })

  test('from LATEST gives what is written after it was made, filtered by its patterns', async () => {
    const { map, put, output } = await pipe('', {
      StartingPosition: 'LATEST',
      FilterCriteria: {
        Filters: [
          {
            Pattern: JSON.stringify({ eventName: ['INSERT'], dynamodb: { Keys: { id: { S: [{ prefix: 'yes' }] } } } }),
          },
        ],
      },
    })
    await put('yes-before')
    await map()
    for (const id of ['no', 'yes-1', 'no-2', 'yes-2']) await put(id)
    expect(idsOf(await told(output, (all) => idsOf(all).length >= 2))).toEqual(['yes-1', 'yes-2'])
  })

  test('waits for its batching window, and gives batches no larger than asked for', async () => {
    const { map, put, output } = await pipe('', { BatchSize: 3, MaximumBatchingWindowInSeconds: 60 })
    for (let i = 0; i < 4; i++) await put(String(i))
    await map()
    const all = await told(output, (found) => idsOf(found).length === 4, 5_000)
    expect(all.map(({ ids }) => ids)).toEqual([['0', '1', '2'], ['3']])
  })

  test('tries a failed batch again with the same records, in order, then tells its destination', async () => {
    const failed = await queue('failed-stream')
    const { map, put, output, EventSourceArn } = await pipe(`if (ids.includes('bad')) throw new Error('no')`, {
      BatchSize: 2,
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:failed-stream' } },
    })
    for (const id of ['bad', 'x', 'y']) await put(id)
    await map()
    const all = await told(output, (found) => idsOf(found).includes('y'), 500)
    expect(all.map(({ ids }) => ids)).toEqual([['bad', 'x'], ['bad', 'x'], ['y']])
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: failed, WaitTimeSeconds: 20 }))
    const record = JSON.parse(Messages![0]!.Body!)
    expect(record).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      DDBStreamBatchInfo: {
        batchSize: 2,
        streamArn: EventSourceArn,
        approximateArrivalOfFirstRecord: expect.stringMatching(/T\d\d:\d\d:\d\dZ$/),
        startSequenceNumber: (all[0]!.records[0]!.dynamodb as { SequenceNumber: string }).SequenceNumber,
        endSequenceNumber: (all[0]!.records[1]!.dynamodb as { SequenceNumber: string }).SequenceNumber,
      },
    })
  })

  test('cuts a failed batch in half until only what fails is left', async () => {
    const { map, put, output } = await pipe(`if (ids.includes('bad')) throw new Error('no')`, {
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 0,
    })
    for (const id of ['a', 'b', 'bad', 'c']) await put(id)
    await map()
    const all = await told(output, (found) => found.at(-1)?.ids.join() === 'c', 500)
    expect(all.map(({ ids }) => ids.join())).toEqual(['a,b,bad,c', 'a,b', 'bad,c', 'bad', 'c'])
  })

  test('goes on after the records that a partial answer leaves out', async () => {
    const { map, put, output } = await pipe(
      `const at = ids.indexOf('bad')
       if (calls === 1) return { batchItemFailures: [{ itemIdentifier: Records[at].dynamodb.SequenceNumber }] }
       return { batchItemFailures: [] }`,
      { FunctionResponseTypes: ['ReportBatchItemFailures'] },
    )
    for (const id of ['a', 'b', 'bad', 'c']) await put(id)
    await map()
    await told(output, (found) => idsOf(found).length >= 6, 500).then((all) =>
      expect(all.map(({ ids }) => ids.join())).toEqual(['a,b,bad,c', 'bad,c']),
    )
  })

  test('gives up records that are too old', async () => {
    const { map, put, output } = await pipe('', { MaximumRecordAgeInSeconds: 60 })
    await put('old')
    node.clock.advance(120_000)
    await put('young')
    await map()
    expect(idsOf(await told(output, (all) => all.length > 0))).toEqual(['young'])
  })

  test('with lanes calls the function for several keys at once, and for each key in order', async () => {
    const { map, put, output } = await pipe(`await new Promise((r) => setTimeout(r, 50))`, {
      ParallelizationFactor: 4,
      BatchSize: 2,
    })
    for (let round = 1; round <= 3; round++) for (let i = 0; i < 8; i++) await put(`k${i}`, round)
    await map()
    const all = await told(output, (found) => idsOf(found).length === 24)
    const seen = new Map<string, number[]>()
    for (const { ids, records } of all) {
      ids.forEach((id, i) => {
        const image = (records[i]!.dynamodb as { NewImage: { n: { N: string } } }).NewImage
        seen.set(id, [...(seen.get(id) ?? []), Number(image.n.N)])
      })
    }
    expect([...seen.values()]).toEqual(Array.from({ length: 8 }, () => [1, 2, 3]))
  })

  test('goes on where it was after it was switched off, and after a restart', async () => {
    const { map, put, output } = await pipe()
    const { UUID } = await map()
    await put('one')
    await told(output, (all) => idsOf(all).includes('one'))
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false, ParallelizationFactor: 2 }))
    await put('two')
    for (const client of [lambda, sqs, db]) client.destroy()
    await node.restart()
    connect()
    const url = output.replace(/^https?:\/\/[^/]+/, node.endpoint)
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }))
    await put('three')
    const all = await told(url, (found) => idsOf(found).length >= 2)
    expect(idsOf(all).sort()).toEqual(['three', 'two'])
    expect(await lambda.send(new GetEventSourceMappingCommand({ UUID }))).toMatchObject({ ParallelizationFactor: 2 })
    await lambda.send(new DeleteEventSourceMappingCommand({ UUID }))
  })

  test('is refused without what it needs', async () => {
    const { map, FunctionName, EventSourceArn } = await pipe()
    const make = (more: object) =>
      lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, ...more }))
    const invalid = (message: RegExp) => ({
      name: 'InvalidParameterValueException',
      message: expect.stringMatching(message),
    })
    await expect(make({})).rejects.toMatchObject(invalid(/startingPosition/))
    const LATEST = { StartingPosition: 'LATEST' }
    await expect(make({ StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: new Date() })).rejects.toThrow()
    await expect(make({ ...LATEST, MaximumRecordAgeInSeconds: 30 })).rejects.toMatchObject(invalid(/60/))
    await expect(make({ ...LATEST, ScalingConfig: { MaximumConcurrency: 2 } })).rejects.toMatchObject(
      invalid(/Scaling/),
    )
    const gone = EventSourceArn.replace(/stream\/.*/, 'stream/2020-01-01T00:00:00.000')
    await expect(make({ ...LATEST, EventSourceArn: gone })).rejects.toMatchObject(invalid(/Stream not found/))
    const weak = await makeRole(node, `weak-${serial}`, [logging])
    await makeFunction(lambda, `weak-${serial}`, weak, 'exports.handler = async () => 1')
    await expect(make({ ...LATEST, FunctionName: `weak-${serial}` })).rejects.toMatchObject(
      invalid(/Cannot access stream .* GetRecords, GetShardIterator, DescribeStream, and ListStreams/),
    )
    await map()
    await expect(map()).rejects.toMatchObject({ name: 'ResourceConflictException' })
  })
})
