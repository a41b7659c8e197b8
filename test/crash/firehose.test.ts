import { FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose'
import { expect, test } from 'vitest'
import { makeLake, makeStream, objectsUnder, partitionedBy } from '../wire/firehose-support.ts'
import { killableNode } from './killable.ts'

const atOnce = { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 } }

test.each([
  ['as they come', atOnce],
  ['by partition', partitionedBy('killed', 1)],
])(
  'a node that is killed while records are put and delivered %s delivers all that were acknowledged',
  async (_, how) => {
    await using node = await killableNode()
    await makeLake(node)
    const DeliveryStreamName = await makeStream(node, 'killed', how)
    const acknowledged: string[] = []
    let next = 0
    for (let round = 0; round < 3; round++) {
      const firehose = node.client(FirehoseClient)
      const wanted = acknowledged.length + 100
      let killed = false
      const putting = [0, 1, 2].map(async () => {
        while (!killed) {
          const ids = Array.from({ length: 5 }, () => `${next++}`)
          const Records = ids.map((id, i) => ({ Data: Buffer.from(`{"who":${i},"id":${id}}`) }))
          const put = await firehose
            .send(new PutRecordBatchCommand({ DeliveryStreamName, Records }))
            .catch(() => undefined)
          if (put?.FailedPutCount === 0) acknowledged.push(...ids)
        }
      })
      while (acknowledged.length < wanted) await new Promise((resolve) => setTimeout(resolve, 5))
      await node.kill()
      killed = true
      await Promise.all(putting)
      await node.start()
    }
    const missing = async () => {
      const bodies = [...(await objectsUnder(node, 'killed/')).values()].map(String)
      const there = new Set(bodies.flatMap((body) => [...body.matchAll(/"id":(\d+)/g)].map(([, id]) => id)))
      return acknowledged.filter((id) => !there.has(id))
    }
    await expect.poll(missing, { timeout: 45_000, interval: 100 }).toEqual([])
  },
  90_000,
)
