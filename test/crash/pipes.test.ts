import { SQSClient } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { createMischief } from '../checker/mischief.ts'
import { queuePipeSource, shardPipeSource } from '../checker/pipe-sources.ts'
import { judge } from '../checker/promises.ts'
import { startTraffic } from '../checker/traffic.ts'
import { killableNode } from './killable.ts'

test('what the sources of pipes acknowledged arrives, in order, while the node is killed again and again', async () => {
  await using node = await killableNode()
  const sources = [await queuePipeSource(node), await shardPipeSource(node)]
  const traffic = sources.map((source) => startTraffic(source, node.client(SQSClient), 2))
  const acknowledged = () =>
    Math.min(
      ...traffic.map((one) => [...one.history().acknowledged.values()].reduce((sum, { length }) => sum + length, 0)),
    )
  for (let round = 0; round < 3; round++) {
    const wanted = acknowledged() + 40
    while (acknowledged() < wanted) await new Promise((resolve) => setTimeout(resolve, 5))
    await node.kill()
    await node.start()
  }
  await Promise.all(traffic.map((one) => one.stopSending()))
  const { advance } = createMischief(node, 1)
  const isComplete = async () => {
    // What the pipes had in their hands when the node was killed becomes visible again.
    await advance(31_000)
    return traffic.map((one) => one.isComplete())
  }
  await expect.poll(isComplete, { timeout: 60_000, interval: 500 }).toEqual([true, true])
  await Promise.all(traffic.map((one) => one.stopReceiving()))
  expect(traffic.flatMap((one) => judge(one.history()).violations)).toEqual([])
})
