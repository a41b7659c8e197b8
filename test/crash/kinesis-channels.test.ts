import {
  CreateChannelCommand,
  CreateStreamCommand,
  DescribeChannelCommand,
  KinesisClient,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { askNode } from '../../src/control.ts'
import { objectsUnder } from '../wire/firehose-support.ts'
import { makeRole } from '../wire/lambda-support.ts'
import { killableNode } from './killable.ts'

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

test('a node that is killed while a channel delivers delivers all that was acknowledged', async () => {
  await using node = await killableNode()
  const StreamName = 'killed'
  const bucketArn = 'arn:aws:s3:::lake'
  await node.client(S3Client).send(new CreateBucketCommand({ Bucket: 'lake' }))
  const s3 = { Effect: 'Allow', Action: ['s3:ListBucket', 's3:PutObject'], Resource: [bucketArn, `${bucketArn}/*`] }
  const ServiceExecutionRoleARN = await makeRole(node, 'channel', [s3], 'kinesis.amazonaws.com')
  const kinesis = node.client(KinesisClient)
  const StreamModeDetails = { StreamMode: 'ON_DEMAND' as const }
  await kinesis.send(new CreateStreamCommand({ StreamName, StreamModeDetails }))
  const StreamARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`
  const StorageConfiguration = {
    BucketARN: bucketArn,
    ExpectedBucketOwner: '000000000000',
    CompressionType: 'NONE' as const,
  }
  const { ChannelDescription } = await kinesis.send(
    new CreateChannelCommand({
      ...{ ChannelName: 'killed', ServiceExecutionRoleARN },
      StreamConfigurationList: [{ StreamARN, RecordConfiguration: { RecordFormatType: 'JSON' } }],
      S3DestinationConfiguration: { StorageConfiguration },
    }),
  )
  const { ChannelARN } = ChannelDescription!
  // Killed at once, it is set up by the next.
  await node.kill()
  await node.start()
  const status = async () => {
    const found = await node.client(KinesisClient).send(new DescribeChannelCommand({ ChannelARN }))
    return found.ChannelDescription?.ChannelStatus
  }
  await expect.poll(status).toBe('ACTIVE')
  /** Moves the node's clock by the time that records wait. */
  const moveOn = () => {
    const at = { endpoint: node.endpoint, region: 'us-east-1', credentials }
    return askNode(at, '/_landfall/clock', {}, { method: 'POST', body: { advanceMs: 301_000 } }).catch(() => undefined)
  }
  const acknowledged: string[] = []
  let next = 0
  for (let round = 0; round < 3; round++) {
    const client = node.client(KinesisClient)
    const wanted = acknowledged.length + 200
    let killed = false
    const putting = [0, 1, 2].map(async () => {
      while (!killed) {
        const ids = Array.from({ length: 10 }, () => `${next++}`)
        const Records = ids.map((id) => ({ Data: Buffer.from(`{"id":${id}}`), PartitionKey: id }))
        const put = await client.send(new PutRecordsCommand({ StreamName, Records })).catch(() => undefined)
        if (put?.FailedRecordCount === 0) acknowledged.push(...ids)
      }
    })
    while (acknowledged.length < wanted - 100) await new Promise((resolve) => setTimeout(resolve, 5))
    void moveOn()
    while (acknowledged.length < wanted) await new Promise((resolve) => setTimeout(resolve, 5))
    await node.kill()
    killed = true
    await Promise.all(putting)
    await node.start()
  }
  const missing = async () => {
    await moveOn()
    const bodies = [...(await objectsUnder(node, 'kinesis-channel/killed/')).values()].map(String)
    const there = new Set(bodies.flatMap((body) => [...body.matchAll(/"id":(\d+)/g)].map(([, id]) => id)))
    return acknowledged.filter((id) => !there.has(id))
  }
  await expect.poll(missing, { timeout: 45_000, interval: 200 }).toEqual([])
})
