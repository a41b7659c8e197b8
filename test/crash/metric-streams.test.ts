import { CloudWatchClient, PutMetricDataCommand, PutMetricStreamCommand } from '@aws-sdk/client-cloudwatch'
import { expect, test } from 'vitest'
import { makeLake, makeStream, objectsUnder } from '../wire/firehose-support.ts'
import { makeRole } from '../wire/lambda-support.ts'
import { killableNode } from './killable.ts'

const FirehoseArn = 'arn:aws:firehose:us-east-1:000000000000:deliverystream/killed'

test('a node that is killed while metrics are put and streamed streams every minute that was acknowledged', async () => {
  await using node = await killableNode()
  await makeLake(node)
  await makeStream(node, 'killed', { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 } })
  const putting = { Effect: 'Allow', Action: 'firehose:PutRecordBatch', Resource: FirehoseArn }
  const RoleArn = await makeRole(node, 'streaming', [putting], 'streams.metrics.cloudwatch.amazonaws.com')
  await node
    .client(CloudWatchClient)
    .send(new PutMetricStreamCommand({ Name: 's', FirehoseArn, RoleArn, OutputFormat: 'json' }))
  const advance = () =>
    fetch(`${node.endpoint}/_landfall/clock`, { method: 'POST', body: JSON.stringify({ advanceMs: 61_000 }) })
  const acknowledged: string[] = []
  let next = 0
  for (let round = 0; round < 3; round++) {
    const cloudwatch = node.client(CloudWatchClient)
    const wanted = acknowledged.length + 60
    let killed = false
    const working = [0, 1, 2].map(async (worker) => {
      while (!killed) {
        const MetricName = `m${next++}`
        await cloudwatch
          .send(new PutMetricDataCommand({ Namespace: 'Killed', MetricData: [{ MetricName, Value: 1 }] }))
          .then(() => acknowledged.push(MetricName))
          .catch(() => undefined)
        // Minutes end, and are streamed, while others are put.
        if (worker === 0) await advance().catch(() => undefined)
      }
    })
    while (acknowledged.length < wanted) await new Promise((resolve) => setTimeout(resolve, 5))
    await node.kill()
    killed = true
    await Promise.all(working)
    await node.start()
  }
  const missing = async () => {
    await advance()
    const bodies = [...(await objectsUnder(node, 'killed/')).values()].map(String)
    const told = new Set(
      bodies.flatMap((body) => [...body.matchAll(/"metric_name":"(m\d+)"/g)].map(([, name]) => name)),
    )
    return acknowledged.filter((name) => !told.has(name))
  }
  await expect.poll(missing, { timeout: 45_000, interval: 200 }).toEqual([])
})
