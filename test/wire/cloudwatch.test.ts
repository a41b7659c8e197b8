import {
  CloudWatchClient,
  GetMetricDataCommand,
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
import { earlyInTheHour, startNode, type TestNode } from '../harness.ts'

let node: TestNode
let cloudwatch: CloudWatchClient

beforeAll(async () => {
  node = await startNode({ hostMs: earlyInTheHour() })
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

test('metrics without a label are called by what tells them apart', async () => {
  const labels = async (...asked: [name: string, dimensions: Record<string, string>, more?: object][]) => {
    const MetricDataQueries = asked.map(([MetricName, dimensions, more], index) => {
      const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
      const Metric = { Namespace: 'Shop', MetricName, Dimensions }
      return { Id: `m${index}`, MetricStat: { Metric, Stat: 'Sum', Period: 60, ...more } }
    })
    const EndTime = new Date(node.clock.nowMs())
    const StartTime = new Date(EndTime.getTime() - 3_600_000)
    const { MetricDataResults = [] } = await cloudwatch.send(
      new GetMetricDataCommand({ MetricDataQueries, StartTime, EndTime }),
    )
    return MetricDataResults.map(({ Label }) => Label)
  }
  const [a, b] = [
    { App: 'x', Host: 'a' },
    { App: 'x', Host: 'b' },
  ]
  expect(await labels(['Cpu', a])).toEqual(['Cpu'])
  expect(await labels(['Cpu', a], ['Cpu', b])).toEqual(['a', 'b'])
  expect(await labels(['Cpu', a], ['Ram', a])).toEqual(['Cpu', 'Ram'])
  expect(await labels(['Cpu', a], ['Ram', b])).toEqual(['a Cpu', 'b Ram'])
  expect(await labels(['Cpu', a], ['Cpu', {}])).toEqual(['x a', 'Cpu'])
  const average = { Stat: 'Average', Period: 300 }
  expect(await labels(['Cpu', a], ['Cpu', a, average])).toEqual(['Cpu Sum 60', 'Cpu Average 300'])
  const both = {
    Id: 'm1',
    Period: 60,
    MetricStat: { Metric: { Namespace: 'Shop', MetricName: 'Cpu' }, Stat: 'Sum', Period: 60 },
  }
  const times = { StartTime: new Date(0), EndTime: new Date(60_000) }
  await expect(cloudwatch.send(new GetMetricDataCommand({ MetricDataQueries: [both], ...times }))).rejects.toThrow(
    /MetricDataQueries\.member\.1\.Period and .*\.MetricStat are mutually exclusive/,
  )
})

test('what no metric can have is refused by where it stands', async () => {
  const put = (datum: object, Namespace = 'Shop') =>
    cloudwatch.send(
      new PutMetricDataCommand({
        Namespace,
        MetricData: [
          { MetricName: 'M', Value: 1 },
          { MetricName: 'M', ...datum },
        ],
      }),
    )
  const dimensions = (Name: string, Value: string) => ({ Value: 1, Dimensions: [{ Name, Value }] })
  const set = { Sum: 1, SampleCount: 1, Minimum: 1, Maximum: 1 }
  const bad: [RegExp, object][] = [
    [/MetricData\.member\.2\.Dimensions\.member\.1\.Value contains non-ASCII/, dimensions('Stadt', 'Köln')],
    [/Dimensions\.member\.1\.Name contains non-ASCII/, dimensions('Größe', '1')],
    [/Value contains non-ASCII/, dimensions('a', 'b\n')],
    [/no space/, dimensions('a', ' ')],
    [/colon/, dimensions(':a', 'b')],
    [/member\.2\.MetricName contains non-ASCII/, { MetricName: 'é', Value: 1 }],
    [/The value NaN for parameter MetricData\.member\.2\.Value is invalid/, { Value: Number.NaN }],
    [/Values is invalid/, { Values: [1, Number.POSITIVE_INFINITY] }],
    [/Value is invalid/, { Value: -1e109 }],
    [/Counts is invalid/, { Values: [1], Counts: [-1] }],
    [/StatisticValues\.Sum is invalid/, { StatisticValues: { ...set, Sum: Number.NaN } }],
    [/SampleCount is invalid/, { StatisticValues: { ...set, SampleCount: -1 } }],
    [/Maximum must be greater/, { StatisticValues: { ...set, Maximum: 0 } }],
    [/Values and .*Counts must be of the same size/, { Values: [1, 2], Counts: [1] }],
    [/Value and .*Values are mutually exclusive/, { Value: 1, Values: [1] }],
  ]
  for (const [why, datum] of bad) await expect(put(datum)).rejects.toThrow(why)
  await expect(put({ Value: 1 }, 'Städte')).rejects.toThrow(/parameter Namespace contains non-ASCII/)
  // A name is a name, whatever it means elsewhere.
  await put(dimensions('__proto__', 'kept'), 'Proto')
  const { Metrics } = await cloudwatch.send(new ListMetricsCommand({ Namespace: 'Proto' }))
  expect(Metrics?.flatMap(({ Dimensions }) => Dimensions ?? [])).toEqual([{ Name: '__proto__', Value: 'kept' }])
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
