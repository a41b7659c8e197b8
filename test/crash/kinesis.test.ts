import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import { expect, test } from 'vitest'
import { killableNode } from './killable.ts'

const StreamName = 'kept'

interface Put {
  readonly data: string
  readonly shard: string
  readonly sequence: string
}

/** All that is in a shard, from its oldest record on. */
async function readShard(kinesis: KinesisClient, ShardId: string | undefined) {
  const start = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const }
  let { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(start))
  const found: { data: string; sequence: string }[] = []
  for (;;) {
    const page = await kinesis.send(new GetRecordsCommand({ ShardIterator }))
    for (const { Data, SequenceNumber = '' } of page.Records ?? []) {
      found.push({ data: Buffer.from(Data ?? []).toString(), sequence: SequenceNumber })
    }
    if (page.MillisBehindLatest === 0) return found
    ShardIterator = page.NextShardIterator
  }
}

test('a node that is killed while records are put keeps each that it acknowledged, in order, under its own number', async () => {
  await using node = await killableNode()
  await node.client(KinesisClient).send(new CreateStreamCommand({ StreamName, ShardCount: 2 }))
  const acknowledged: Put[] = []
  let next = 0
  for (let round = 0; round < 3; round++) {
    const kinesis = node.client(KinesisClient)
    const killed = new AbortController()
    const putting = [0, 1, 2, 3].map(async (worker) => {
      while (!killed.signal.aborted) {
        const datas = [next++, next++, next++].map((n) => `${worker} ${n}`)
        const Records = datas.map((data) => ({ Data: Buffer.from(data), PartitionKey: `${worker}` }))
        const answer = await kinesis.send(new PutRecordsCommand({ StreamName, Records })).catch(() => undefined)
        for (const [i, { ShardId, SequenceNumber }] of (answer?.Records ?? []).entries()) {
          if (!ShardId || !SequenceNumber) continue
          acknowledged.push({ data: datas[i] ?? '', shard: ShardId, sequence: SequenceNumber })
        }
      }
    })
    const wanted = acknowledged.length + 60
    while (acknowledged.length < wanted) await new Promise((resolve) => setTimeout(resolve, 5))
    await node.kill()
    killed.abort()
    await Promise.all(putting)
    kinesis.destroy()
    await node.start()
  }

  const kinesis = node.client(KinesisClient)
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }))
  for (const { ShardId } of Shards) {
    const kept = await readShard(kinesis, ShardId)
    const numbers = kept.map(({ sequence }) => BigInt(sequence))
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => (a < b ? -1 : 1)))
    const places = new Map(kept.map(({ data, sequence }) => [data, sequence]))
    expect(places.size, 'records kept once').toBe(kept.length)
    const told = acknowledged.filter(({ shard }) => shard === ShardId)
    expect(told.filter(({ data, sequence }) => places.get(data) !== sequence)).toEqual([])
    // What one producer put after the other is read in that order.
    for (const worker of ['0', '1', '2', '3']) {
      const own = kept.map(({ data }) => data.split(' ')).filter(([of]) => of === worker)
      const order = own.map(([, n]) => Number(n))
      expect(order).toEqual([...order].sort((a, b) => a - b))
    }
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(180)
})
