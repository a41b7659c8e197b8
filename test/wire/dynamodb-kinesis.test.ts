import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeKinesisStreamingDestinationCommand,
  DisableKinesisStreamingDestinationCommand,
  DynamoDBClient,
  EnableKinesisStreamingDestinationCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateKinesisStreamingDestinationCommand,
} from '@aws-sdk/client-dynamodb'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
} from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { key, until } from './dynamodb-fixture.ts'

const StreamName = 'changes'
const StreamArn = `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`
const other = StreamArn.replace(StreamName, 'others')
const TableName = 'told'
const Key = key('a', 'b')

let node: TestNode
let db: DynamoDBClient
let kinesis: KinesisClient

beforeAll(async () => {
  node = await startNode()
  connect()
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
  await db.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
})
/** The node listens elsewhere after each start. */
function connect() {
  db?.destroy()
  kinesis?.destroy()
  db = node.client(DynamoDBClient)
  kinesis = node.client(KinesisClient)
}
afterAll(async () => {
  db?.destroy()
  kinesis?.destroy()
  await node?.close()
})

interface Told {
  eventName: string
  dynamodb: Record<string, unknown>
}

/** All that the stream holds, once it is as much. */
function told(atLeast: number) {
  return until(async () => {
    node.clock.advance(1_000)
    const asked = { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' as const }
    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(asked))
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }))
    return (
      Records.length >= atLeast &&
      Records.map(({ Data, PartitionKey }) => ({
        PartitionKey,
        ...(JSON.parse(Buffer.from(Data!).toString()) as Told),
      }))
    )
  })
}

const destinations = async () =>
  (await db.send(new DescribeKinesisStreamingDestinationCommand({ TableName }))).KinesisDataStreamDestinations

test('a table tells a stream of its changes, with both images, and not of writes that change nothing', async () => {
  expect(await destinations()).toEqual([])
  const enabled = await db.send(new EnableKinesisStreamingDestinationCommand({ TableName, StreamArn }))
  expect(enabled).toMatchObject({ TableName, StreamArn, DestinationStatus: 'ENABLING' })
  expect(await destinations()).toEqual([{ StreamArn, DestinationStatus: 'ACTIVE' }])
  await db.send(new PutItemCommand({ TableName, Item: { ...Key, n: { N: '1' }, b: { B: Buffer.from('x') } } }))
  await told(1)
  await db.send(new PutItemCommand({ TableName, Item: { ...Key, n: { N: '1' }, b: { B: Buffer.from('x') } } }))
  await db.send(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: 'SET n = :n REMOVE b',
      ExpressionAttributeValues: { ':n': { N: '2' } },
    }),
  )
  await told(2)
  await db.send(new DeleteItemCommand({ TableName, Key }))
  const records = await told(3)
  expect(records).toEqual([
    {
      PartitionKey: expect.stringMatching(/^[0-9A-F]{32}$/),
      awsRegion: 'us-east-1',
      eventID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      eventName: 'INSERT',
      userIdentity: null,
      recordFormat: 'application/json',
      tableName: TableName,
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: Key,
        NewImage: { ...Key, n: { N: '1' }, b: { B: 'eA==' } },
        SizeBytes: expect.any(Number),
      },
      eventSource: 'aws:dynamodb',
    },
    expect.objectContaining({
      eventName: 'MODIFY',
      dynamodb: expect.objectContaining({
        NewImage: { ...Key, n: { N: '2' } },
        OldImage: { ...Key, n: { N: '1' }, b: { B: 'eA==' } },
      }),
    }),
    expect.objectContaining({
      eventName: 'REMOVE',
      dynamodb: expect.objectContaining({ OldImage: { ...Key, n: { N: '2' } } }),
    }),
  ])
  expect(new Set(records.map(({ PartitionKey }) => PartitionKey)).size).toBe(1)
})

test('times are in the unit that is asked for', async () => {
  const precision = (ApproximateCreationDateTimePrecision: 'MILLISECOND' | 'MICROSECOND') =>
    db.send(
      new UpdateKinesisStreamingDestinationCommand({
        TableName,
        StreamArn,
        UpdateKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision },
      }),
    )
  await expect(precision('MILLISECOND')).rejects.toThrow(
    /^Invalid Request: Precision is already set to the desired value of MILLISECOND for tableId: /,
  )
  expect(await precision('MICROSECOND')).toMatchObject({ DestinationStatus: 'UPDATING' })
  await db.send(new PutItemCommand({ TableName, Item: Key }))
  const { dynamodb: last } = (await told(4)).at(-1)!
  expect(last.ApproximateCreationDateTimePrecision).toBe('MICROSECOND')
  expect(Number(last.ApproximateCreationDateTime)).toBeGreaterThan(node.clock.nowMs() * 100)
})

test('what was changed before the node stopped is told after it starts; a transaction that fails tells nothing', async () => {
  const refused = db.send(
    new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName, Item: key('c', 'c') } },
        { ConditionCheck: { TableName, Key, ConditionExpression: 'attribute_not_exists(pk)' } },
      ],
    }),
  )
  await expect(refused).rejects.toThrow(/ConditionalCheckFailed/)
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => db.send(new PutItemCommand({ TableName, Item: key('many', `${i}`) }))),
  )
  await node.restart()
  connect()
  const records = await told(24)
  const keys = records.map(({ dynamodb: { Keys } }) => JSON.stringify(Keys))
  for (let i = 0; i < 20; i++) expect(keys).toContain(JSON.stringify(key('many', `${i}`)))
  expect(keys).not.toContain(JSON.stringify(key('c', 'c')))
})

test('one stream at a time, of this account, that is there; switched off, nothing is told', async () => {
  const enable = (arn: string) => db.send(new EnableKinesisStreamingDestinationCommand({ TableName, StreamArn: arn }))
  await expect(enable(other)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await expect(enable(StreamArn.replace('000000000000', '111111111111'))).rejects.toMatchObject({
    name: 'ValidationException',
  })
  await expect(enable(StreamArn)).rejects.toThrow(
    'Table is not in a valid state to enable Kinesis Streaming Destination: EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation.',
  )
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const allowed = [{ Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: allowed })
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'tables', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const hers = node.client(DynamoDBClient, { credentials })
  await expect(hers.send(new EnableKinesisStreamingDestinationCommand({ TableName, StreamArn }))).rejects.toMatchObject(
    { name: 'AccessDeniedException', message: expect.stringContaining('kinesis:PutRecords') },
  )
  for (const client of [iam, hers]) client.destroy()
  const disable = () => db.send(new DisableKinesisStreamingDestinationCommand({ TableName, StreamArn }))
  expect(await disable()).toMatchObject({ DestinationStatus: 'DISABLING' })
  await expect(disable()).rejects.toThrow(/KinesisStreamingDestination must be ACTIVE to perform DISABLE operation\.$/)
  expect(await destinations()).toEqual([{ StreamArn, DestinationStatus: 'DISABLED' }])
  const before = (await told(24)).length
  await db.send(new DeleteItemCommand({ TableName, Key }))
  await enable(StreamArn)
  await db.send(new PutItemCommand({ TableName, Item: Key }))
  expect((await told(before + 1)).slice(before).map(({ eventName }) => eventName)).toEqual(['INSERT'])
})

test('a stream that is gone holds no write up', async () => {
  await kinesis.send(new DeleteStreamCommand({ StreamName }))
  await db.send(new DeleteItemCommand({ TableName, Key }))
  await db.send(new DisableKinesisStreamingDestinationCommand({ TableName, StreamArn }))
  expect(await destinations()).toEqual([{ StreamArn, DestinationStatus: 'DISABLED' }])
})
