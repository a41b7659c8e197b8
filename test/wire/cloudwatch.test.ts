import {
  CloudWatchClient,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch'
import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
} from '@aws-sdk/client-ecr'
import { AwsQueryProtocol } from '@aws-sdk/core/protocols'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let cloudwatch: CloudWatchClient

beforeAll(async () => {
  node = await startNode()
  cloudwatch = node.client(CloudWatchClient)
})
afterAll(async () => {
  cloudwatch.destroy()
  await node.close()
})

function statistics(MetricName: string, rest: object) {
  const now = node.clock.nowMs()
  return cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'Shop',
      MetricName,
      StartTime: new Date(now - 3_600_000),
      EndTime: new Date(now + 60_000),
      Period: 7_200,
      ...rest,
    }),
  )
}

test('what is put is counted, averaged and ranked, per set of dimensions', async () => {
  const Dimensions = [{ Name: 'Page', Value: 'cart' }]
  const values = Array.from({ length: 100 }, (_, index) => index + 1)
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: 'Shop',
      MetricData: [
        { MetricName: 'Ms', Values: values, Unit: 'Milliseconds', Dimensions },
        { MetricName: 'Ms', Value: 7 },
      ],
    }),
  )
  const { Datapoints } = await statistics('Ms', {
    Dimensions,
    Statistics: ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount'],
  })
  expect(Datapoints).toMatchObject([
    { Sum: 5_050, Average: 50.5, Minimum: 1, Maximum: 100, SampleCount: 100, Unit: 'Milliseconds' },
  ])
  const ranked = await statistics('Ms', { Dimensions, ExtendedStatistics: ['p90'] })
  const p90 = ranked.Datapoints?.[0]?.ExtendedStatistics?.p90 ?? 0
  expect(Math.abs(p90 - 90)).toBeLessThan(2)
  expect((await statistics('Ms', { Statistics: ['Sum'] })).Datapoints).toMatchObject([{ Sum: 7 }])
})

test('a query that a client has compressed, as older SDKs do, is read', async () => {
  const packs = node.client(CloudWatchClient, {
    protocol: AwsQueryProtocol,
    requestMinCompressionSizeBytes: 100,
  } as object)
  const encodings: unknown[] = []
  packs.middlewareStack.add(
    (next) => (args) => {
      encodings.push((args.request as { headers: Record<string, string> }).headers['content-encoding'])
      return next(args)
    },
    { step: 'finalizeRequest' },
  )
  const MetricName = 'Packed'
  const MetricData = Array.from({ length: 200 }, () => ({ MetricName, Value: 1 }))
  await packs.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData }))
  packs.destroy()
  const { Datapoints } = await statistics(MetricName, { Statistics: ['Sum'] })
  expect(encodings).toEqual(['gzip'])
  expect(Datapoints).toMatchObject([{ Sum: 200 }])
})

test('metrics are listed by name and dimension', async () => {
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: 'List',
      MetricData: [
        { MetricName: 'A', Value: 1, Dimensions: [{ Name: 'x', Value: '1' }] },
        { MetricName: 'B', Value: 1 },
      ],
    }),
  )
  const { Metrics } = await cloudwatch.send(new ListMetricsCommand({ Namespace: 'List', Dimensions: [{ Name: 'x' }] }))
  expect(Metrics).toEqual([{ Namespace: 'List', MetricName: 'A', Dimensions: [{ Name: 'x', Value: '1' }] }])
})

test('wrong questions are refused', async () => {
  await expect(statistics('Ms', { Statistics: ['Sum'], Period: 7 })).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
  })
  await expect(statistics('Ms', {})).rejects.toMatchObject({
    name: expect.stringMatching(/MissingParameter|MissingRequiredParameter/),
  })
})

test('repositories: one that is not there is not found, one that was made is', async () => {
  const ecr = node.client(ECRClient)
  const find = () => ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['shop'] }))
  await expect(find()).rejects.toMatchObject({ name: 'RepositoryNotFoundException' })
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'shop' }))
  expect((await find()).repositories).toMatchObject([{ repositoryName: 'shop' }])
  await ecr.send(new DeleteRepositoryCommand({ repositoryName: 'shop' }))
  await expect(find()).rejects.toMatchObject({ name: 'RepositoryNotFoundException' })
  ecr.destroy()
})
