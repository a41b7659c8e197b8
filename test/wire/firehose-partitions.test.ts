import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { DeleteDeliveryStreamCommand, FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askNode, type WaitingPage } from '../../src/control.ts'
import { startNode, type TestNode } from '../harness.ts'
import { bucketArn, makeLake, makeStream, objectsUnder, partitionedBy, roleArn } from './firehose-support.ts'

let node: TestNode
beforeAll(async () => {
  node = await startNode()
  await makeLake(node)
})
afterAll(() => node?.close())

const send = (DeliveryStreamName: string, whos: readonly string[]) => {
  const Records = whos.map((who) => ({ Data: Buffer.from(JSON.stringify({ who })) }))
  return node.client(FirehoseClient).send(new PutRecordBatchCommand({ DeliveryStreamName, Records }))
}
/** When the buffers of a stream are due, in seconds from now. */
const due = async (target: string) => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const at = { endpoint: node.endpoint, region: 'us-east-1', credentials }
  const { deliveries } = await askNode<WaitingPage>(at, '/_landfall/deliveries', { target: `deliverystream/${target}` })
  return deliveries.map(({ dueAt }) => Math.round((Date.parse(dueAt) - node.clock.nowMs()) / 10_000) * 10)
}
const patiently = { timeout: 45_000 }
const who = (name: string, times = 1) => JSON.stringify({ who: name }).repeat(times)
const bodies = async (prefix: string) => [...(await objectsUnder(node, prefix)).values()].map(String)

test('each partition has a buffer and a time of its own, also over a restart', async () => {
  await makeStream(node, 'own', partitionedBy('own', 120))
  await send('own', ['ann'])
  node.clock.advance(60_000)
  await expect.poll(() => due('own'), patiently).toEqual([120])
  await send('own', ['ann', 'bob'])
  node.clock.advance(61_000)
  await expect.poll(() => due('own'), patiently).toEqual([60, 120])
  await node.restart()
  // Its clock is that of the host again.
  node.clock.advance(181_000)
  await expect.poll(() => bodies('own/'), patiently).toEqual([who('ann', 2)])
  node.clock.advance(60_000)
  await expect.poll(() => bodies('own/'), patiently).toEqual([who('ann', 2), who('bob')])
  await expect.poll(() => due('own'), patiently).toEqual([])
})

test('what is backed up of a stream has times of its own, and a bucket of its own that takes nothing keeps nothing else back', async () => {
  const S3BackupConfiguration = {
    ...{ RoleARN: roleArn, BucketARN: bucketArn, Prefix: 'kept/' },
    BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 900 },
  }
  const partitioned = partitionedBy('backed', 60)
  await makeStream(node, 'backed', { ...partitioned, S3BackupMode: 'Enabled', S3BackupConfiguration })
  const missing = { ...S3BackupConfiguration, BucketARN: 'arn:aws:s3:::not-there' }
  const unkept = { ...partitionedBy('unkept', 60), S3BackupMode: 'Enabled' as const, S3BackupConfiguration: missing }
  await makeStream(node, 'unkept', unkept)
  await send('unkept', ['ann'])
  await send('backed', ['ann'])
  node.clock.advance(31_000)
  await expect.poll(() => due('backed'), patiently).toEqual([60, 870])
  await send('backed', ['bob'])
  await node.restart()
  // Its clock is that of the host again.
  const look = async () => {
    node.clock.advance(20_000)
    return [await bodies('backed/'), await bodies('unkept/')]
  }
  const slowly = { ...patiently, interval: 100 }
  await expect.poll(look, slowly).toEqual([[who('ann'), who('bob')], [who('ann')]])
  expect(await bodies('kept/')).toEqual([])
  node.clock.advance(900_000)
  await expect.poll(() => bodies('kept/'), patiently).toEqual([`${who('ann')}${who('bob')}`])
  await expect.poll(() => due('backed'), patiently).toEqual([])
})

test('keys of any kind name a partition, but for those that are empty or too long', async () => {
  await makeStream(node, 'evil', partitionedBy('evil', 60))
  const taken = [
    '../up',
    '..',
    '.',
    '/',
    'a//b',
    '\0',
    'é😀',
    '\ud800',
    '%2e%2e%2f',
    '!{timestamp:yyyy}',
    'constructor',
  ]
  await send('evil', [...taken, '', 'x'.repeat(2_000)])
  const look = async () => {
    node.clock.advance(10_000)
    // Listed alone, and encoded: clients make another path of some, and XML has no word for others.
    const listed = { Bucket: 'lake', Prefix: 'evil/', EncodingType: 'url' as const }
    const { Contents = [] } = await node.client(S3Client).send(new ListObjectsV2Command(listed))
    return Contents.map(({ Size }) => Size).sort()
  }
  const sizes = taken.map((key) => Buffer.byteLength(who(key))).sort()
  await expect.poll(look, { ...patiently, interval: 200 }).toEqual(sizes)
  const [errors = ''] = await bodies('errors-evil/processing-failed/')
  const told = errors
    .trim()
    .split('\n')
    .map((line) => Buffer.from(JSON.parse(line).rawData, 'base64').toString())
  expect(told).toEqual([who(''), who('x'.repeat(2_000))])
  await expect.poll(() => due('evil'), patiently).toEqual([])
})

test('of many records that are split none is lost, and what fails of any is told', async () => {
  const split = { ParameterName: 'SubRecordType' as const, ParameterValue: 'JSON' }
  const how = partitionedBy('split', 60)
  const Processors = [
    { Type: 'RecordDeAggregation' as const, Parameters: [split] },
    ...how.ProcessingConfiguration.Processors,
  ]
  await makeStream(node, 'split', { ...how, ProcessingConfiguration: { Enabled: true, Processors } })
  const Records = Array.from({ length: 450 }, (_, i) => ({
    Data: Buffer.from(i % 449 === 0 ? `{"nobody":${i}}` : `${who(`w${i % 3}`)}${who(`w${i % 3}`)}`),
  }))
  await node.client(FirehoseClient).send(new PutRecordBatchCommand({ DeliveryStreamName: 'split', Records }))
  const look = async () => {
    node.clock.advance(10_000)
    return (await bodies('split/')).join('').split('}').length - 1
  }
  await expect.poll(look, { ...patiently, interval: 200 }).toBe(2 * 448)
  const told = (await bodies('errors-split/')).join('').trim().split('\n')
  expect(told.map((line) => Buffer.from(JSON.parse(line).rawData, 'base64').toString()).sort()).toEqual([
    '{"nobody":0}',
    '{"nobody":449}',
  ])
})

test('a stream has 500 partitions at a time; records of more go to the prefix for errors', async () => {
  await makeStream(node, 'many', partitionedBy('many', 60))
  const names = Array.from({ length: 502 }, (_, i) => `n${i}`)
  await send('many', names.slice(0, 500))
  await send('many', [...names.slice(500), 'n0'])
  node.clock.advance(30_000)
  await expect.poll(() => bodies('errors-many/activePartitionExceeded/'), patiently).toHaveLength(1)
  const lines = (await bodies('errors-many/'))[0]!.trim().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject(
    names.slice(500).map((name) => ({
      rawData: Buffer.from(who(name)).toString('base64'),
      errorMessage: 'The number of active partitions has exceeded the configured limit',
    })),
  )
  const cloudwatch = node.client(CloudWatchClient)
  const largest = async (MetricName: string) => {
    const { Datapoints = [] } = await cloudwatch.send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/Firehose',
        MetricName,
        Dimensions: [{ Name: 'DeliveryStreamName', Value: 'many' }],
        StartTime: new Date(node.clock.nowMs() - 600_000),
        EndTime: new Date(node.clock.nowMs() + 60_000),
        Period: 3_600,
        Statistics: ['Maximum'],
      }),
    )
    return Datapoints[0]?.Maximum
  }
  await expect.poll(() => largest('PartitionCountExceeded'), patiently).toBe(1)
  expect(await largest('PartitionCount')).toBe(500)
  expect(await largest('ActivePartitionsLimit')).toBe(500)
  expect(await largest('JQProcessing.Duration')).toBeGreaterThanOrEqual(0)

  // With the stream its partitions go, and nothing of them is delivered.
  await node.client(FirehoseClient).send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: 'many' }))
  await expect.poll(() => due('many'), patiently).toEqual([])
  node.clock.advance(600_000)
  expect(await bodies('many/')).toEqual([])
})
