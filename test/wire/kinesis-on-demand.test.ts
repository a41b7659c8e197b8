import {
  CreateStreamCommand,
  DescribeAccountSettingsCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
  UpdateAccountSettingsCommand,
  UpdateStreamWarmThroughputCommand,
} from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let kinesis: KinesisClient
const hourMs = 3_600_000

beforeAll(async () => {
  node = await startNode()
  kinesis = node.client(KinesisClient)
})
afterAll(() => node?.close())

async function create(StreamName: string) {
  await kinesis.send(new CreateStreamCommand({ StreamName, StreamModeDetails: { StreamMode: 'ON_DEMAND' } }))
  return StreamName
}

async function openShards(StreamName: string) {
  const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))
  return StreamDescriptionSummary!.OpenShardCount!
}

/** Puts records that fall evenly on the quarters of the hash keys. */
async function put(StreamName: string, count: number, bytes: number) {
  const Data = Buffer.alloc(bytes, 'x')
  const Records = Array.from({ length: count }, (_, i) => ({
    ...{ Data, PartitionKey: 'k', ExplicitHashKey: String((1n << 126n) * BigInt(i % 4)) },
  }))
  return await kinesis.send(new PutRecordsCommand({ StreamName, Records }))
}

test('a stream on demand begins with four megabytes a second', async () => {
  const StreamName = await create('new')
  const { FailedRecordCount, Records } = await put(StreamName, 8, 1_000_000)
  expect(FailedRecordCount).toBe(4)
  expect(Records![7]!.ErrorCode).toBe('ProvisionedThroughputExceededException')
  node.clock.advance(1_000)
  expect((await put(StreamName, 4, 1_000_000)).FailedRecordCount).toBe(0)
  expect(await openShards(StreamName)).toBe(4)
})

test('one that gets more than half of that for a while is given twice as much', async () => {
  const StreamName = await create('growing')
  // Half of four shards is 2,000 records a second, of which 30 seconds may pass ahead.
  let offered = 0
  while ((await openShards(StreamName)) === 4) {
    await Promise.all(Array.from({ length: 10 }, () => put(StreamName, 500, 1)))
    offered += 5_000
  }
  expect(offered).toBeGreaterThanOrEqual(60_000)
  expect(await openShards(StreamName)).toBe(8)
  const { Shards } = await kinesis.send(new ListShardsCommand({ StreamName, ShardFilter: { Type: 'AT_LATEST' } }))
  expect(Shards!.every(({ ParentShardId }) => ParentShardId !== undefined)).toBe(true)
  // Watched anew: what it takes now is more than this.
  node.clock.advance(1_000)
  await put(StreamName, 500, 1)
  await node.restart()
  kinesis = node.client(KinesisClient)
  expect(await openShards(StreamName)).toBe(8)
})

test('an account commits itself for a day at least, and warms its streams meanwhile', async () => {
  const StreamName = await create('warm')
  const commit = async (Status: 'ENABLED' | 'DISABLED') => {
    const asked = { MinimumThroughputBillingCommitment: { Status } }
    return (await kinesis.send(new UpdateAccountSettingsCommand(asked))).MinimumThroughputBillingCommitment
  }
  const warm = (WarmThroughputMiBps: number) =>
    kinesis.send(new UpdateStreamWarmThroughputCommand({ StreamName, WarmThroughputMiBps }))
  await expect(warm(6)).rejects.toMatchObject({ name: 'InvalidArgumentException' })
  expect(await commit('ENABLED')).toMatchObject({ Status: 'ENABLED', EarliestAllowedEndAt: expect.any(Date) })
  expect(await warm(6)).toMatchObject({ WarmThroughput: { TargetMiBps: 6, CurrentMiBps: 6 } })
  expect(await openShards(StreamName)).toBe(6)
  expect((await warm(2)).WarmThroughput).toEqual({ TargetMiBps: 2, CurrentMiBps: 6 })
  await expect(warm(201)).rejects.toMatchObject({ name: 'LimitExceededException' })
  await kinesis.send(new CreateStreamCommand({ StreamName: 'paid', ShardCount: 1 }))
  const paid = new UpdateStreamWarmThroughputCommand({ StreamName: 'paid', WarmThroughputMiBps: 6 })
  await expect(kinesis.send(paid)).rejects.toMatchObject({ name: 'InvalidArgumentException' })

  expect(await commit('DISABLED')).toMatchObject({ Status: 'ENABLED_UNTIL_EARLIEST_ALLOWED_END' })
  expect(await commit('ENABLED')).toMatchObject({ Status: 'ENABLED' })
  await commit('DISABLED')
  node.clock.advance(25 * hourMs)
  const { MinimumThroughputBillingCommitment } = await kinesis.send(new DescribeAccountSettingsCommand({}))
  expect(MinimumThroughputBillingCommitment).toMatchObject({ Status: 'DISABLED', EndedAt: expect.any(Date) })
  await expect(warm(8)).rejects.toMatchObject({ name: 'InvalidArgumentException' })
})
