import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  PutItemCommand,
  type StreamViewType,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type ShardIteratorType,
} from '@aws-sdk/client-dynamodb-streams'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { key, refused, startTables, type Tables, until } from './dynamodb-fixture.ts'

let tables: Tables
let streams: DynamoDBStreamsClient
beforeAll(async () => {
  tables = await startTables()
  streams = tables.node.client(DynamoDBStreamsClient)
})
afterAll(async () => {
  streams.destroy()
  await tables[Symbol.asyncDispose]()
})

const send: Tables['db']['send'] = ((command: never) => tables.db.send(command)) as never
const on = (StreamViewType: StreamViewType = 'NEW_AND_OLD_IMAGES') => ({
  StreamSpecification: { StreamEnabled: true, StreamViewType },
})

async function streamArn(TableName: string): Promise<string> {
  return (await tables.db.send(new DescribeTableCommand({ TableName }))).Table!.LatestStreamArn!
}

async function shardOf(StreamArn: string) {
  return (await streams.send(new DescribeStreamCommand({ StreamArn }))).StreamDescription!.Shards![0]!
}

async function iterator(StreamArn: string, type: ShardIteratorType = 'TRIM_HORIZON', SequenceNumber?: string) {
  const { ShardId } = await shardOf(StreamArn)
  const request = { StreamArn, ShardId, ShardIteratorType: type, SequenceNumber }
  return (await streams.send(new GetShardIteratorCommand(request))).ShardIterator
}

async function readAll(ShardIterator: string | undefined, Limit?: number) {
  const all = []
  let next = ShardIterator
  while (next) {
    const page = await streams.send(new GetRecordsCommand({ ShardIterator: next, Limit }))
    if (page.Records!.length === 0) return all
    all.push(...page.Records!)
    next = page.NextShardIterator
  }
  return all
}

describe('a stream', () => {
  test('tells every change of an item, in order, with both images', async () => {
    const TableName = await tables.makeTable(on())
    const item = { ...key('p'), n: { N: '1' }, bin: { B: Buffer.from('bytes') } }
    await send(new PutItemCommand({ TableName, Item: item }))
    await send(
      new UpdateItemCommand({
        TableName,
        Key: key('p'),
        UpdateExpression: 'SET n = :n',
        ExpressionAttributeValues: { ':n': { N: '2' } },
      }),
    )
    await send(new DeleteItemCommand({ TableName, Key: key('p') }))
    const arn = await streamArn(TableName)
    const records = await readAll(await iterator(arn))
    expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE'])
    expect(records[0]).toMatchObject({
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: { Keys: key('p'), SizeBytes: 23, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    })
    expect(records[0]!.dynamodb!.NewImage!.n).toEqual({ N: '1' })
    expect(Buffer.from(records[0]!.dynamodb!.NewImage!.bin!.B!).toString()).toBe('bytes')
    expect(records[0]!.dynamodb!.OldImage).toBeUndefined()
    expect(records[1]!.dynamodb).toMatchObject({ OldImage: { n: { N: '1' } }, NewImage: { n: { N: '2' } } })
    expect(records[2]!.dynamodb!.NewImage).toBeUndefined()
    expect(records[2]!.dynamodb!.OldImage).toMatchObject({ n: { N: '2' } })
    const numbers = records.map(({ dynamodb }) => dynamodb!.SequenceNumber!)
    expect(numbers).toEqual(numbers.toSorted())
    expect(new Set(records.map(({ eventID }) => eventID)).size).toBe(3)
    expect(new Set(numbers).size).toBe(3)
    expect(numbers[0]!.length).toBeGreaterThanOrEqual(21)
  })

  test.each([
    ['KEYS_ONLY', false, false],
    ['NEW_IMAGE', true, false],
    ['OLD_IMAGE', false, true],
    ['NEW_AND_OLD_IMAGES', true, true],
  ] as const)('of view %s has what the view says', async (view, hasNew, hasOld) => {
    const TableName = await tables.makeTable(on(view))
    await send(new PutItemCommand({ TableName, Item: { ...key('p'), n: { N: '1' } } }))
    await send(new PutItemCommand({ TableName, Item: { ...key('p'), n: { N: '2' } } }))
    const [, record] = await readAll(await iterator(await streamArn(TableName)))
    expect(record!.dynamodb!.Keys).toEqual(key('p'))
    expect(record!.dynamodb!.NewImage !== undefined).toBe(hasNew)
    expect(record!.dynamodb!.OldImage !== undefined).toBe(hasOld)
    expect(record!.dynamodb!.StreamViewType).toBe(view)
  })

  test('tells nothing of writes that change nothing, or that do not happen', async () => {
    const TableName = await tables.makeTable(on())
    await send(new PutItemCommand({ TableName, Item: { ...key('p'), a: { SS: ['x', 'y'] }, b: { N: '1' } } }))
    await send(new PutItemCommand({ TableName, Item: { b: { N: '1.0' }, a: { SS: ['y', 'x'] }, ...key('p') } }))
    await send(new DeleteItemCommand({ TableName, Key: key('absent') }))
    await expect(
      send(new PutItemCommand({ TableName, Item: key('p'), ConditionExpression: 'attribute_not_exists(pk)' })),
    ).rejects.toThrow()
    await expect(
      send(
        new TransactWriteItemsCommand({
          TransactItems: [
            { Put: { TableName, Item: key('q') } },
            { ConditionCheck: { TableName, Key: key('p'), ConditionExpression: 'attribute_exists(zz)' } },
          ],
        }),
      ),
    ).rejects.toThrow()
    expect(await readAll(await iterator(await streamArn(TableName)))).toHaveLength(1)
  })

  test('tells what batches and transactions did, and large items whole', async () => {
    const TableName = await tables.makeTable(on())
    const large = Array.from({ length: 100_000 }, (_, i) => String.fromCodePoint(0x4e00 + ((i * 7919) % 20_000)))
    const before = { ...key('p'), text: { S: large.join('') } }
    const after = { ...key('p'), text: { S: large.toReversed().join('') } }
    await send(new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item: before } }] } }))
    await send(
      new TransactWriteItemsCommand({
        TransactItems: [{ Put: { TableName, Item: after } }, { Put: { TableName, Item: key('q') } }],
      }),
    )
    const records = await readAll(await iterator(await streamArn(TableName)))
    expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'INSERT'])
    expect(records[1]!.dynamodb!.OldImage).toEqual(before)
    expect(records[1]!.dynamodb!.NewImage).toEqual(after)
  })

  test('is read from each kind of position, and page by page', async () => {
    const TableName = await tables.makeTable(on('KEYS_ONLY'))
    const arn = await streamArn(TableName)
    const sorts = (records: Awaited<ReturnType<typeof readAll>>) => records.map(({ dynamodb }) => dynamodb!.Keys!.sk!.S)
    const latestOfNone = await iterator(arn, 'LATEST')
    for (let i = 0; i < 5; i++) await send(new PutItemCommand({ TableName, Item: key('p', String(i)) }))
    const latest = await iterator(arn, 'LATEST')
    await send(new PutItemCommand({ TableName, Item: key('p', '5') }))
    const all = await readAll(await iterator(arn), 2)
    expect(sorts(all)).toEqual(['0', '1', '2', '3', '4', '5'])
    const third = all[2]!.dynamodb!.SequenceNumber
    expect(sorts(await readAll(latestOfNone))).toEqual(['0', '1', '2', '3', '4', '5'])
    expect(sorts(await readAll(latest))).toEqual(['5'])
    expect(sorts(await readAll(await iterator(arn, 'AT_SEQUENCE_NUMBER', third)))).toEqual(['2', '3', '4', '5'])
    expect(sorts(await readAll(await iterator(arn, 'AFTER_SEQUENCE_NUMBER', third)))).toEqual(['3', '4', '5'])
    const { SequenceNumberRange } = await shardOf(arn)
    expect(
      sorts(await readAll(await iterator(arn, 'AT_SEQUENCE_NUMBER', SequenceNumberRange!.StartingSequenceNumber))),
    ).toHaveLength(6)
  })

  test('survives a restart, with its iterators', async () => {
    await using own = await startTables()
    const TableName = await own.makeTable(on())
    await own.db.send(new PutItemCommand({ TableName, Item: key('p') }))
    const { LatestStreamArn } = (await own.db.send(new DescribeTableCommand({ TableName }))).Table!
    await own.node.restart()
    const again = own.node.client(DynamoDBStreamsClient)
    const { Streams } = await again.send(new ListStreamsCommand({ TableName }))
    expect(Streams).toMatchObject([{ StreamArn: LatestStreamArn, TableName }])
    const { StreamDescription } = await again.send(new DescribeStreamCommand({ StreamArn: LatestStreamArn }))
    const { ShardIterator } = await again.send(
      new GetShardIteratorCommand({
        StreamArn: LatestStreamArn,
        ShardId: StreamDescription!.Shards![0]!.ShardId,
        ShardIteratorType: 'TRIM_HORIZON',
      }),
    )
    expect((await again.send(new GetRecordsCommand({ ShardIterator }))).Records).toHaveLength(1)
    again.destroy()
  })
})

describe('switching a stream', () => {
  test('off ends its shard; on again makes a new one', async () => {
    const TableName = await tables.makeTable(on())
    const first = await streamArn(TableName)
    await send(new PutItemCommand({ TableName, Item: key('p') }))
    await expect(send(new UpdateTableCommand({ TableName, ...on() }))).rejects.toEqual(
      refused(`Table already has an enabled stream: TableName: ${TableName}`),
    )
    const off = new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: false } })
    expect((await tables.db.send(off)).TableDescription).toMatchObject({ LatestStreamArn: first })
    await expect(send(off)).rejects.toEqual(refused(`Table already has a disabled stream: TableName: ${TableName}`))
    await send(new PutItemCommand({ TableName, Item: key('unseen') }))
    const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: first }))
    expect(StreamDescription).toMatchObject({
      StreamStatus: 'DISABLED',
      TableName,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    })
    expect(StreamDescription!.Shards![0]!.SequenceNumberRange!.EndingSequenceNumber).toBeDefined()
    await send(new UpdateTableCommand({ TableName, ...on('KEYS_ONLY') }))
    await send(new PutItemCommand({ TableName, Item: key('seen') }))
    const second = await streamArn(TableName)
    expect(second).not.toBe(first)
    expect((await readAll(await iterator(first))).map(({ dynamodb }) => dynamodb!.Keys)).toEqual([key('p')])
    expect((await readAll(await iterator(second))).map(({ dynamodb }) => dynamodb!.Keys)).toEqual([key('seen')])
    const listed = (await streams.send(new ListStreamsCommand({ TableName }))).Streams!.map((each) => each.StreamArn)
    expect(listed).toEqual([first, second])
    const page = await streams.send(new ListStreamsCommand({ TableName, Limit: 1 }))
    expect(page.LastEvaluatedStreamArn).toBe(first)
    const rest = await streams.send(new ListStreamsCommand({ TableName, ExclusiveStartStreamArn: first }))
    expect(rest.Streams!.map((each) => each.StreamArn)).toEqual([second])
  })

  test('needs a view when on, and none when off', async () => {
    const bad = (StreamSpecification: object) => tables.makeTable({ StreamSpecification } as never)
    await expect(bad({ StreamEnabled: true })).rejects.toEqual(refused(/StreamViewType is required/))
    await expect(bad({ StreamEnabled: false, StreamViewType: 'KEYS_ONLY' })).rejects.toEqual(refused(/StreamViewType/))
  })
})

describe('with time', () => {
  test('records are trimmed after a day, and a deleted table leaves its stream for one', async () => {
    await using own = await startTables()
    const client = own.node.client(DynamoDBStreamsClient)
    const TableName = await own.makeTable(on())
    await own.db.send(new PutItemCommand({ TableName, Item: key('old') }))
    own.node.clock.advance(3_600_000)
    await own.db.send(new PutItemCommand({ TableName, Item: key('young') }))
    const StreamArn = (await own.db.send(new DescribeTableCommand({ TableName }))).Table!.LatestStreamArn!
    const { ShardId } = (await client.send(new DescribeStreamCommand({ StreamArn }))).StreamDescription!.Shards![0]!
    const at = async (ShardIteratorType: ShardIteratorType, SequenceNumber?: string) =>
      (await client.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType, SequenceNumber })))
        .ShardIterator
    const stale = await at('TRIM_HORIZON')
    const { Records } = await client.send(new GetRecordsCommand({ ShardIterator: stale }))
    expect(Records).toHaveLength(2)
    own.node.clock.advance(86_400_000 - 1_800_000)
    await expect(client.send(new GetRecordsCommand({ ShardIterator: stale }))).rejects.toMatchObject({
      name: 'ExpiredIteratorException',
    })
    const left = await client.send(new GetRecordsCommand({ ShardIterator: await at('TRIM_HORIZON') }))
    expect(left.Records!.map(({ dynamodb }) => dynamodb!.Keys)).toEqual([key('young')])
    await until(() =>
      at('AFTER_SEQUENCE_NUMBER', Records![0]!.dynamodb!.SequenceNumber).then(
        () => false,
        (error: Error) => error.name === 'TrimmedDataAccessException',
      ),
    )
    await own.db.send(new DeleteTableCommand({ TableName }))
    expect((await client.send(new ListStreamsCommand({}))).Streams).toHaveLength(1)
    own.node.clock.advance(86_400_000)
    await until(async () => (await client.send(new ListStreamsCommand({}))).Streams!.length === 0)
    await expect(client.send(new DescribeStreamCommand({ StreamArn }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    client.destroy()
  })

  test('items that expired are told as deleted by the service', async () => {
    const TableName = await tables.makeTable(on())
    await send(
      new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' },
      }),
    )
    const soon = Math.floor(tables.node.clock.nowMs() / 1_000) + 10
    await send(new PutItemCommand({ TableName, Item: { ...key('p'), until: { N: String(soon) } } }))
    tables.node.clock.advance(120_000)
    const arn = await streamArn(TableName)
    const gone = await until(async () => (await readAll(await iterator(arn)))[1])
    expect(gone).toMatchObject({
      eventName: 'REMOVE',
      userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
    })
  })
})

describe('a stream refuses', () => {
  test('what is not there, and what makes no sense', async () => {
    const TableName = await tables.makeTable(on())
    const StreamArn = await streamArn(TableName)
    const ShardId = (await shardOf(StreamArn)).ShardId!
    const none = StreamArn.replace(/\d{4}-/, '1999-')
    await expect(streams.send(new DescribeStreamCommand({ StreamArn: none }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    const get = (more: object) =>
      streams.send(new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'LATEST', ...more }))
    await expect(get({ ShardId: ShardId.replace(/.$/, 'z') })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    await expect(get({ ShardIteratorType: 'AT_SEQUENCE_NUMBER' })).rejects.toEqual(refused(/need a SequenceNumber/))
    await expect(get({ SequenceNumber: '1'.repeat(30) })).rejects.toEqual(refused(/take no SequenceNumber/))
    await expect(get({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: '9'.repeat(25) })).rejects.toEqual(
      refused(/Invalid SequenceNumber/),
    )
    for (const ShardIterator of ['x', `${StreamArn}|1|x`, `${StreamArn}|1|WzEsMl0=`]) {
      await expect(streams.send(new GetRecordsCommand({ ShardIterator }))).rejects.toEqual(
        refused('Invalid ShardIterator'),
      )
    }
    const ShardIterator = await iterator(StreamArn)
    await expect(streams.send(new GetRecordsCommand({ ShardIterator, Limit: 1_001 }))).rejects.toEqual(refused(/1000/))
  })

  test('whom no policy lets in', async () => {
    await using own = await startTables()
    const iam = own.node.client(IAMClient)
    await iam.send(new CreateUserCommand({ UserName: 'ann' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
    const ann = own.node.client(DynamoDBStreamsClient, {
      credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
    })
    const TableName = await own.makeTable(on())
    const StreamArn = (await own.db.send(new DescribeTableCommand({ TableName }))).Table!.LatestStreamArn!
    const describeIt = () => ann.send(new DescribeStreamCommand({ StreamArn }))
    await expect(describeIt()).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await iam.send(
      new PutUserPolicyCommand({
        UserName: 'ann',
        PolicyName: 'read',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: {
            Effect: 'Allow',
            Action: 'dynamodb:DescribeStream',
            Resource: `${StreamArn.split('/stream')[0]}/stream/*`,
          },
        }),
      }),
    )
    expect((await describeIt()).StreamDescription!.TableName).toBe(TableName)
    await expect(ann.send(new ListStreamsCommand({}))).rejects.toMatchObject({ name: 'AccessDeniedException' })
    iam.destroy()
    ann.destroy()
  })
})
