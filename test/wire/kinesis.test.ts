import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  DescribeLimitsCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  EnableEnhancedMonitoringCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  IncreaseStreamRetentionPeriodCommand,
  KinesisClient,
  ListShardsCommand,
  ListTagsForResourceCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  PutResourcePolicyCommand,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
  StartStreamEncryptionCommand,
  UpdateShardCountCommand,
  UpdateStreamModeCommand,
} from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let kinesis: KinesisClient
const shardId = (number: number) => `shardId-${String(number).padStart(12, '0')}`
const arnOf = (name: string) => `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`

beforeAll(async () => {
  node = await startNode()
  kinesis = node.client(KinesisClient)
})
afterAll(() => node?.close())

async function create(StreamName: string, ShardCount = 1) {
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }))
  return StreamName
}

const put = (StreamName: string, text: string, PartitionKey = 'k') =>
  kinesis.send(new PutRecordCommand({ StreamName, Data: Buffer.from(text), PartitionKey }))

type Start = Omit<GetShardIteratorCommandInput, 'StreamName' | 'ShardId' | 'ShardIteratorType'>
async function iterator(
  StreamName: string,
  ShardIteratorType: GetShardIteratorCommandInput['ShardIteratorType'] = 'TRIM_HORIZON',
  { shard = 0, ...start }: Start & { shard?: number } = {},
) {
  const asked = { StreamName, ShardId: shardId(shard), ShardIteratorType, ...start }
  return (await kinesis.send(new GetShardIteratorCommand(asked))).ShardIterator
}

/** Reads are five a second: the clock goes on between them. */
async function read(ShardIterator: string | undefined, Limit?: number) {
  node.clock.advance(1_000)
  const { Records = [], ...rest } = await kinesis.send(new GetRecordsCommand({ ShardIterator, Limit }))
  return { ...rest, texts: Records.map(({ Data }) => Buffer.from(Data!).toString()), Records }
}

describe('streams', () => {
  test('a stream is there until it is deleted, over a restart too', async () => {
    const StreamName = await create('life', 2)
    await kinesis.send(new AddTagsToStreamCommand({ StreamName, Tags: { team: 'a' } }))
    await put(StreamName, 'kept')
    await node.restart()
    kinesis = node.client(KinesisClient)
    const { StreamDescription: found } = await kinesis.send(new DescribeStreamCommand({ StreamName }))
    expect(found).toMatchObject({
      StreamName,
      StreamARN: arnOf(StreamName),
      StreamStatus: 'ACTIVE',
      RetentionPeriodHours: 24,
      EncryptionType: 'NONE',
      HasMoreShards: false,
    })
    expect(found!.Shards!.map(({ HashKeyRange }) => HashKeyRange)).toEqual([
      { StartingHashKey: '0', EndingHashKey: '170141183460469231731687303715884105727' },
      {
        StartingHashKey: '170141183460469231731687303715884105728',
        EndingHashKey: '340282366920938463463374607431768211455',
      },
    ])
    const tags = await kinesis.send(new ListTagsForResourceCommand({ ResourceARN: arnOf(StreamName) }))
    expect(tags.Tags).toEqual([{ Key: 'team', Value: 'a' }])
    await expect(create(StreamName)).rejects.toMatchObject({ name: 'ResourceInUseException' })
    await kinesis.send(new DeleteStreamCommand({ StreamARN: arnOf(StreamName) }))
    await expect
      .poll(() => kinesis.send(new DescribeStreamSummaryCommand({ StreamName })).catch((error: Error) => error.name))
      .toBe('ResourceNotFoundException')
    expect((await kinesis.send(new DescribeLimitsCommand({}))).OpenShardCount).toBe(0)
    await create(StreamName)
    expect((await read(await iterator(StreamName))).texts).toEqual([])
  })

  test('settings are told by the summary, and bounded', async () => {
    const StreamName = await create('settings')
    const retain = (RetentionPeriodHours: number) =>
      kinesis.send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours }))
    await retain(8_760)
    await expect(retain(8_761)).rejects.toMatchObject({ name: 'InvalidArgumentException' })
    await expect(retain(48)).rejects.toThrow(/can not be shorter/)
    await kinesis.send(new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 }))
    await kinesis.send(
      new UpdateStreamModeCommand({ StreamARN: arnOf(StreamName), StreamModeDetails: { StreamMode: 'ON_DEMAND' } }),
    )
    await kinesis.send(
      new StartStreamEncryptionCommand({ StreamName, EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' }),
    )
    await kinesis.send(new EnableEnhancedMonitoringCommand({ StreamName, ShardLevelMetrics: ['IncomingBytes'] }))
    const { StreamDescriptionSummary: found } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))
    expect(found).toMatchObject({
      RetentionPeriodHours: 48,
      StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      EncryptionType: 'KMS',
      KeyId: 'alias/aws/kinesis',
      EnhancedMonitoring: [{ ShardLevelMetrics: ['IncomingBytes'] }],
      OpenShardCount: 1,
      ConsumerCount: 0,
    })
    expect((await put(StreamName, 'x')).EncryptionType).toBe('KMS')
    await expect(
      kinesis.send(new UpdateShardCountCommand({ StreamName, TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' })),
    ).rejects.toMatchObject({ name: 'ValidationException' })
  })

  test('a stream with consumers is deleted only with them', async () => {
    const StreamName = await create('consumed')
    const StreamARN = arnOf(StreamName)
    await kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'c' }))
    await expect(kinesis.send(new DeleteStreamCommand({ StreamName }))).rejects.toMatchObject({
      name: 'ResourceInUseException',
    })
    await kinesis.send(new DeleteStreamCommand({ StreamName, EnforceConsumerDeletion: true }))
  })
})

describe('records', () => {
  test('every type of iterator begins where it says', async () => {
    const StreamName = await create('iterators')
    const first = await put(StreamName, 'a')
    node.clock.advance(10_000)
    const Timestamp = new Date(node.clock.nowMs())
    const second = await put(StreamName, 'b')
    expect(first.SequenceNumber).toMatch(/^49\d{54}$/)
    expect(BigInt(second.SequenceNumber!)).toBeGreaterThan(BigInt(first.SequenceNumber!))
    const latest = await iterator(StreamName, 'LATEST')
    await put(StreamName, 'c')
    expect((await read(latest)).texts).toEqual(['c'])
    expect((await read(await iterator(StreamName))).texts).toEqual(['a', 'b', 'c'])
    const StartingSequenceNumber = second.SequenceNumber
    const at = await iterator(StreamName, 'AT_SEQUENCE_NUMBER', { StartingSequenceNumber })
    const page = await read(at, 1)
    expect(page.texts).toEqual(['b'])
    expect(page.Records[0]!.SequenceNumber).toBe(second.SequenceNumber)
    expect(page.MillisBehindLatest).toBeGreaterThan(0)
    expect(await read(page.NextShardIterator)).toMatchObject({ texts: ['c'], MillisBehindLatest: 0 })
    const after = await iterator(StreamName, 'AFTER_SEQUENCE_NUMBER', { StartingSequenceNumber })
    expect((await read(after)).texts).toEqual(['c'])
    expect((await read(await iterator(StreamName, 'AT_TIMESTAMP', { Timestamp }))).texts).toEqual(['b', 'c'])
    node.clock.advance(301_000)
    await expect(read(after)).rejects.toMatchObject({ name: 'ExpiredIteratorException' })
    await expect(read('bm9uc2Vuc2U=')).rejects.toMatchObject({ name: 'InvalidArgumentException' })
    await expect(iterator(StreamName, 'LATEST', { StartingSequenceNumber })).rejects.toThrow(/takes no/)
  })

  test('records go to the shard of their hash key, in their order', async () => {
    const StreamName = await create('hashed', 4)
    const Records = Array.from({ length: 40 }, (_, i) => ({
      Data: Buffer.from(String(i)),
      PartitionKey: 'same',
      ExplicitHashKey: String((BigInt(i % 4) << 126n) + 5n),
    }))
    const answer = await kinesis.send(new PutRecordsCommand({ StreamName, Records }))
    expect(answer.FailedRecordCount).toBe(0)
    for (let shard = 0; shard < 4; shard++) {
      const own = Records.filter((_, i) => i % 4 === shard)
      const found = await read(await iterator(StreamName, 'TRIM_HORIZON', { shard }))
      expect(found.texts).toEqual(own.map(({ Data }) => Data.toString()))
      const told = answer.Records!.filter(({ ShardId }) => ShardId === shardId(shard))
      expect(found.Records.map(({ SequenceNumber }) => SequenceNumber)).toEqual(
        told.map(({ SequenceNumber }) => SequenceNumber),
      )
    }
    // The MD5 of the key decides: https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html
    expect((await put(StreamName, 'x', 'a')).ShardId).toBe(shardId(0x0c >> 6))
    expect((await put(StreamName, 'x', 'b')).ShardId).toBe(shardId(0x92 >> 6))
    const tooLarge = { StreamName, Data: Buffer.alloc(1_048_577), PartitionKey: 'k' }
    await expect(kinesis.send(new PutRecordCommand(tooLarge))).rejects.toMatchObject({
      name: 'InvalidArgumentException',
    })
  })

  test('puts at the same time are in each shard in the order of their sequence numbers', async () => {
    const StreamName = await create('raced', 2)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        kinesis.send(
          new PutRecordsCommand({
            StreamName,
            Records: Array.from({ length: 10 }, (_, j) => ({
              Data: Buffer.from(`${i} ${j}`),
              PartitionKey: `k${j}`,
            })),
          }),
        ),
      ),
    )
    const numbers = new Map(
      answers.flatMap(({ Records = [] }, i) => Records.map((one, j) => [`${i} ${j}`, one.SequenceNumber])),
    )
    let seen = 0
    for (let shard = 0; shard < 2; shard++) {
      const { texts, Records } = await read(await iterator(StreamName, 'TRIM_HORIZON', { shard }))
      const found = Records.map(({ SequenceNumber }) => BigInt(SequenceNumber!))
      expect(found).toEqual([...found].sort((a, b) => (a < b ? -1 : 1)))
      expect(found.map(String)).toEqual(texts.map((text) => numbers.get(text)))
      for (let i = 0; i < 20; i++) {
        const own = texts.filter((text) => text.startsWith(`${i} `)).map((text) => Number(text.split(' ')[1]))
        expect(own).toEqual([...own].sort((a, b) => a - b))
      }
      seen += texts.length
    }
    expect(seen).toBe(200)
  })

  test('what is past its retention is trimmed', async () => {
    const StreamName = await create('trimmed')
    const old = await put(StreamName, 'old')
    node.clock.advance(20 * 3_600_000)
    await put(StreamName, 'new')
    node.clock.advance(5 * 3_600_000)
    expect((await read(await iterator(StreamName))).texts).toEqual(['new'])
    const at = { StartingSequenceNumber: old.SequenceNumber }
    expect((await read(await iterator(StreamName, 'AT_SEQUENCE_NUMBER', at))).texts).toEqual(['new'])
    await kinesis.send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 1_000 }))
    node.clock.advance(500 * 3_600_000)
    expect((await read(await iterator(StreamName))).texts).toEqual(['new'])
  })
})

describe('throughput', () => {
  test('a shard takes a megabyte and a thousand records a second, record by record', async () => {
    const StreamName = await create('written')
    const batch = (count: number, bytes: number) =>
      kinesis.send(
        new PutRecordsCommand({
          StreamName,
          Records: Array.from({ length: count }, () => ({ Data: Buffer.alloc(bytes, 'x'), PartitionKey: 'k' })),
        }),
      )
    const large = await batch(5, 300_000)
    expect(large.FailedRecordCount).toBe(2)
    expect(large.Records!.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      undefined,
      undefined,
      'ProvisionedThroughputExceededException',
      'ProvisionedThroughputExceededException',
    ])
    expect(large.Records![4]!.ErrorMessage).toBe(
      `Rate exceeded for shard ${shardId(0)} in stream written under account 000000000000.`,
    )
    node.clock.advance(1_000)
    const many = await Promise.all(Array.from({ length: 6 }, () => batch(500, 1)))
    expect(many.some(({ FailedRecordCount }) => FailedRecordCount === 0)).toBe(true)
    expect(many.some(({ FailedRecordCount = 0 }) => FailedRecordCount > 0)).toBe(true)
    node.clock.advance(1_000)
    const single = await Promise.allSettled(Array.from({ length: 5 }, () => put(StreamName, 'x'.repeat(1_000_000))))
    const reasons = single.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).name] : []))
    expect(new Set(reasons)).toEqual(new Set(['ProvisionedThroughputExceededException']))
  })

  test('a shard is read five times a second', async () => {
    const StreamName = await create('read')
    const ShardIterator = await iterator(StreamName)
    node.clock.advance(1_000)
    const reading = async () => {
      for (let i = 0; i < 50; i++) await kinesis.send(new GetRecordsCommand({ ShardIterator }))
    }
    await expect(reading()).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' })
    node.clock.advance(1_000)
    await kinesis.send(new GetRecordsCommand({ ShardIterator }))
  })
})

describe('resharding', () => {
  const shards = async (StreamName: string, ShardFilter?: { Type: 'AT_LATEST' | 'AT_TRIM_HORIZON' }) =>
    (await kinesis.send(new ListShardsCommand({ StreamName, ShardFilter }))).Shards!

  test('a shard that is split ends, and its children go on', async () => {
    const StreamName = await create('split')
    const before = await put(StreamName, 'before')
    const NewStartingHashKey = String(1n << 127n)
    await kinesis.send(new SplitShardCommand({ StreamName, ShardToSplit: shardId(0), NewStartingHashKey }))
    const after = await put(StreamName, 'after')
    expect([shardId(1), shardId(2)]).toContain(after.ShardId)
    expect(BigInt(after.SequenceNumber!)).toBeGreaterThan(BigInt(before.SequenceNumber!))
    const parent = await read(await iterator(StreamName))
    expect(parent).toMatchObject({ texts: ['before'], MillisBehindLatest: 0 })
    expect(parent.NextShardIterator).toBeUndefined()
    expect(parent.ChildShards!.map(({ ShardId, ParentShards }) => [ShardId, ParentShards])).toEqual([
      [shardId(1), [shardId(0)]],
      [shardId(2), [shardId(0)]],
    ])
    expect((await shards(StreamName)).length).toBe(3)
    expect((await shards(StreamName, { Type: 'AT_LATEST' })).map(({ ShardId }) => ShardId)).toEqual([
      shardId(1),
      shardId(2),
    ])
    await expect(
      kinesis.send(new SplitShardCommand({ StreamName, ShardToSplit: shardId(0), NewStartingHashKey })),
    ).rejects.toMatchObject({ name: 'ResourceInUseException' })
    await kinesis.send(
      new MergeShardsCommand({ StreamName, ShardToMerge: shardId(1), AdjacentShardToMerge: shardId(2) }),
    )
    const [merged] = await shards(StreamName, { Type: 'AT_LATEST' })
    expect(merged).toMatchObject({
      ShardId: shardId(3),
      ParentShardId: shardId(1),
      AdjacentParentShardId: shardId(2),
      HashKeyRange: { StartingHashKey: '0', EndingHashKey: '340282366920938463463374607431768211455' },
    })
    node.clock.advance(26 * 3_600_000)
    await expect.poll(async () => (await shards(StreamName)).map(({ ShardId }) => ShardId)).toEqual([shardId(3)])
  })

  test('shards are counted anew, of equal size', async () => {
    const StreamName = await create('counted', 3)
    const scale = (TargetShardCount: number) =>
      kinesis.send(new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' }))
    expect(await scale(5)).toMatchObject({ CurrentShardCount: 3, TargetShardCount: 5 })
    const open = await shards(StreamName, { Type: 'AT_LATEST' })
    const ranges = open
      .map(({ HashKeyRange: range }) => [BigInt(range!.StartingHashKey!), BigInt(range!.EndingHashKey!)] as const)
      .sort((a, b) => (a[0] < b[0] ? -1 : 1))
    expect(ranges.map(([first]) => first)).toEqual(Array.from({ length: 5 }, (_, i) => ((1n << 128n) * BigInt(i)) / 5n))
    expect(ranges.at(-1)![1]).toBe((1n << 128n) - 1n)
    await expect(scale(11)).rejects.toMatchObject({ name: 'InvalidArgumentException' })
    await expect(scale(2)).rejects.toMatchObject({ name: 'InvalidArgumentException' })
  })

  test('records put while shards are split and merged are all there, children after parents', async () => {
    const StreamName = await create('resharded', 2)
    const scale = (TargetShardCount: number) =>
      kinesis.send(new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' }))
    const writing = Array.from({ length: 5 }, async (_, writer) => {
      for (let i = 0; i < 20; i++) await put(StreamName, `${i}`, `writer-${writer}`)
    })
    for (const count of [4, 8, 5, 3]) await scale(count)
    await Promise.all(writing)
    // The shards in their order are a reading order: parents have smaller numbers than children.
    const seen = new Map<string, number[]>()
    for (const { ShardId } of await shards(StreamName)) {
      const { Records } = await read(await iterator(StreamName, 'TRIM_HORIZON', { shard: Number(ShardId!.slice(8)) }))
      for (const { PartitionKey = '', Data } of Records) {
        seen.set(PartitionKey, [...(seen.get(PartitionKey) ?? []), Number(Buffer.from(Data!).toString())])
      }
    }
    for (let writer = 0; writer < 5; writer++) {
      expect(seen.get(`writer-${writer}`)).toEqual(Array.from({ length: 20 }, (_, i) => i))
    }
  })
})

test('who is not allowed is refused, and a policy of the stream lets another account in', async () => {
  const StreamName = await create('guarded')
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const ann = node.client(KinesisClient, { credentials })
  const record = { Data: Buffer.from('x'), PartitionKey: 'k' }
  const putting = () => ann.send(new PutRecordCommand({ StreamName, ...record }))
  await expect(putting()).rejects.toMatchObject({ name: 'AccessDeniedException' })
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'ann',
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: 'kinesis:PutRecord', Resource: arnOf(StreamName) },
      }),
    }),
  )
  await putting()
  await expect(ann.send(new DescribeStreamCommand({ StreamName }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  })
  const Statement = {
    Effect: 'Deny',
    Principal: { AWS: 'arn:aws:iam::000000000000:user/ann' },
    Action: 'kinesis:PutRecord',
    Resource: arnOf(StreamName),
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [Statement] })
  await kinesis.send(new PutResourcePolicyCommand({ ResourceARN: arnOf(StreamName), Policy }))
  await expect(putting()).rejects.toMatchObject({ name: 'AccessDeniedException' })
})
