import {
  CloudWatchClient,
  DeleteAnomalyDetectorCommand,
  DeleteMetricStreamCommand,
  DescribeAlarmsCommand,
  DescribeAnomalyDetectorsCommand,
  GetMetricDataCommand,
  GetMetricStreamCommand,
  ListMetricStreamsCommand,
  ListTagsForResourceCommand,
  PutAnomalyDetectorCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  PutMetricStreamCommand,
  type PutMetricStreamCommandInput,
  StartMetricStreamsCommand,
  StopMetricStreamsCommand,
} from '@aws-sdk/client-cloudwatch'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { earlyInTheHour, startNode, type TestNode } from '../harness.ts'
import { makeLake, makeStream, objectsUnder } from './firehose-support.ts'
import { makeRole } from './lambda-support.ts'

const patient = { timeout: 45_000, interval: 30 }
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const account = '000000000000'
const firehoseArn = `arn:aws:firehose:us-east-1:${account}:deliverystream/metrics`
let node: TestNode
let cloudwatch: CloudWatchClient
let RoleArn: string

beforeAll(async () => {
  node = await startNode({ hostMs: earlyInTheHour() })
  cloudwatch = node.client(CloudWatchClient)
  await makeLake(node)
  await makeStream(node, 'metrics')
  const putting = { Effect: 'Allow', Action: ['firehose:PutRecord', 'firehose:PutRecordBatch'], Resource: firehoseArn }
  RoleArn = await makeRole(node, 'streaming', [putting], 'streams.metrics.cloudwatch.amazonaws.com')
})
afterAll(() => node.close())

const putStream = (Name: string, rest: Partial<PutMetricStreamCommandInput> = {}) =>
  cloudwatch.send(
    new PutMetricStreamCommand({ Name, FirehoseArn: firehoseArn, RoleArn, OutputFormat: 'json', ...rest }),
  )
const put = (Namespace: string, MetricName: string, Value: number, rest: object = {}) =>
  cloudwatch.send(
    new PutMetricDataCommand({
      Namespace,
      MetricData: [{ MetricName, Value, Timestamp: new Date(node.clock.nowMs()), ...rest }],
    }),
  )
/** Goes to just after the next minute's evaluation. */
function nextMinute(): void {
  const now = node.clock.nowMs()
  node.clock.advance(Math.floor((now - 5_000) / minuteMs) * minuteMs + minuteMs + 5_500 - now)
}
interface Line {
  metric_stream_name: string
  namespace: string
  metric_name: string
  value: Record<string, number>
}
async function delivered(): Promise<Line[]> {
  const objects = await objectsUnder(node, 'metrics/')
  return [...objects.values()]
    .flatMap((body) => body.toString().trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as Line)
}

describe('a metric stream', () => {
  test('tells a Firehose of each minute of the metrics it is about, with the statistics asked for', async () => {
    const { Arn = '' } = await putStream('shop', {
      IncludeFilters: [{ Namespace: 'Shop' }, { Namespace: 'Web', MetricNames: ['Hits'] }],
      StatisticsConfigurations: [
        { IncludeMetrics: [{ Namespace: 'Shop', MetricName: 'Ms' }], AdditionalStatistics: ['p90', 'tm90'] },
      ],
      Tags: [{ Key: 'team', Value: 'shop' }],
    })
    expect(Arn).toBe(`arn:aws:cloudwatch:us-east-1:${account}:metric-stream/shop`)
    nextMinute()
    const atMs = Math.floor(node.clock.nowMs() / minuteMs) * minuteMs
    const Dimensions = [{ Name: 'Page', Value: 'a&b=c' }]
    await put('Shop', 'Ms', 10, { Unit: 'Milliseconds', Dimensions })
    await put('Shop', 'Ms', 30, { Unit: 'Milliseconds', Dimensions })
    await put('Web', 'Hits', 1)
    await put('Web', 'Misses', 1)
    nextMinute()
    await vi.waitFor(async () => {
      node.clock.advance(1_000)
      expect(await delivered()).toHaveLength(2)
    }, patient)
    const lines = await delivered()
    expect(lines.find(({ namespace }) => namespace === 'Shop')).toEqual({
      metric_stream_name: 'shop',
      account_id: account,
      region: 'us-east-1',
      namespace: 'Shop',
      metric_name: 'Ms',
      dimensions: { Page: 'a&b=c' },
      timestamp: atMs,
      value: { count: 2, sum: 40, max: 30, min: 10, p90: expect.closeTo(30, 0), tm90: expect.any(Number) },
      unit: 'Milliseconds',
    })
    expect(lines.find(({ namespace }) => namespace === 'Web')).toMatchObject({ metric_name: 'Hits' })
    expect(await cloudwatch.send(new GetMetricStreamCommand({ Name: 'shop' }))).toMatchObject({
      State: 'running',
      FirehoseArn: firehoseArn,
      IncludeFilters: [{ Namespace: 'Shop' }, { Namespace: 'Web', MetricNames: ['Hits'] }],
    })
    expect(await cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN: Arn }))).toMatchObject({
      Tags: [{ Key: 'team', Value: 'shop' }],
    })
  })

  test('says nothing while it is stopped, and nothing of what it leaves out', async () => {
    await putStream('rest', { ExcludeFilters: [{ Namespace: 'Shop' }] })
    await cloudwatch.send(new StopMetricStreamsCommand({ Names: ['shop', 'rest'] }))
    await put('Unseen', 'A', 1)
    nextMinute()
    await cloudwatch.send(new StartMetricStreamsCommand({ Names: ['rest'] }))
    await put('Seen', 'B', 1)
    await put('Shop', 'Ms', 1)
    nextMinute()
    await vi.waitFor(async () => {
      node.clock.advance(1_000)
      expect((await delivered()).some(({ namespace }) => namespace === 'Seen')).toBe(true)
    }, patient)
    const told = (await delivered()).filter((line) => line.metric_stream_name === 'rest')
    expect(told.map(({ namespace }) => namespace)).not.toContain('Unseen')
    expect(told.map(({ namespace }) => namespace)).not.toContain('Shop')
    const { Entries = [] } = await cloudwatch.send(new ListMetricStreamsCommand({ MaxResults: 1 }))
    expect(Entries.map(({ Name, State }) => [Name, State])).toEqual([['rest', 'running']])
    await cloudwatch.send(new DeleteMetricStreamCommand({ Name: 'rest' }))
    await expect(cloudwatch.send(new GetMetricStreamCommand({ Name: 'rest' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  test('is refused with what is not here, and for who may not pass the role', async () => {
    for (const [rest, message] of [
      [{ OutputFormat: 'opentelemetry1.0' }, /OutputFormat opentelemetry1.0 is not supported/],
      [{ FirehoseArn: 'arn:aws:sqs:us-east-1:000000000000:q' }, /FirehoseArn/],
      [{ IncludeFilters: [{ Namespace: 'A' }], ExcludeFilters: [{ Namespace: 'B' }] }, /together/],
      [{ IncludeLinkedAccountsMetrics: true }, /IncludeLinkedAccountsMetrics/],
    ] as const)
      await expect(putStream('bad', rest as Partial<PutMetricStreamCommandInput>)).rejects.toThrow(message)
    await expect(cloudwatch.send(new StartMetricStreamsCommand({ Names: ['shop', 'nobody'] }))).rejects.toThrow(
      /nobody does not exist/,
    )
    const iam = node.client(IAMClient)
    await iam.send(new CreateUserCommand({ UserName: 'streamer' }))
    const allow = (Action: string[]) => {
      const PolicyDocument = JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action, Resource: '*' },
      })
      return iam.send(new PutUserPolicyCommand({ UserName: 'streamer', PolicyName: 'p', PolicyDocument }))
    }
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'streamer' }))
    const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
    const given = { Name: 'his', FirehoseArn: firehoseArn, RoleArn, OutputFormat: 'json' as const }
    const put = () => node.client(CloudWatchClient, { credentials }).send(new PutMetricStreamCommand(given))
    await allow(['cloudwatch:PutMetricStream'])
    await expect(put()).rejects.toThrow(/iam:PassRole/)
    await allow(['cloudwatch:PutMetricStream', 'iam:PassRole'])
    await put()
  })
})

describe('anomaly detection', () => {
  const metric = { Namespace: 'Habits', MetricName: 'Load' }
  const stat = { Metric: metric, Period: 300, Stat: 'Average' }
  const band = [
    { Id: 'm1', MetricStat: stat },
    { Id: 'ad1', Expression: 'ANOMALY_DETECTION_BAND(m1, 3)' },
  ]
  const detector = { SingleMetricAnomalyDetector: { ...metric, Stat: 'Average' } }
  const state = async () =>
    (await cloudwatch.send(new DescribeAnomalyDetectorsCommand({ Namespace: 'Habits' }))).AnomalyDetectors?.[0]
  const bandNow = async () => {
    const now = node.clock.nowMs()
    const { MetricDataResults = [] } = await cloudwatch.send(
      new GetMetricDataCommand({
        MetricDataQueries: band,
        StartTime: new Date(now - 10 * minuteMs),
        EndTime: new Date(now),
      }),
    )
    return MetricDataResults.filter(({ Id }) => Id === 'ad1').map(({ Values = [] }) => Values[0])
  }

  test('bands what is usual, and alarms on what is not', async () => {
    await cloudwatch.send(new PutAnomalyDetectorCommand(detector))
    expect(await state()).toMatchObject({ StateValue: 'TRAINED_INSUFFICIENT_DATA', ...detector })
    expect(await bandNow()).toEqual([undefined, undefined])
    const now = node.clock.nowMs()
    for (let day = 1; day <= 3; day++) {
      const MetricData = Array.from({ length: 24 * 12 }, (_, index) => ({
        MetricName: 'Load',
        Value: 100 + (index % 5) - 2,
        Timestamp: new Date(now - day * 24 * hourMs + index * 5 * minuteMs),
      }))
      await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Habits', MetricData }))
    }
    expect((await state())?.StateValue).toBe('TRAINED')
    const [low = 0, high = 0] = await bandNow()
    expect(low).toBeGreaterThan(90)
    expect(low).toBeLessThan(98)
    expect(high).toBeGreaterThan(102)
    expect(high).toBeLessThan(110)
    // Of what is made of it, each has its own band.
    const made = (Id: string, Expression: string) => ({ Id, Expression })
    const several = await cloudwatch.send(
      new GetMetricDataCommand({
        MetricDataQueries: [
          { Id: 'm1', MetricStat: stat, ReturnData: false },
          { ...made('half', '2'), ReturnData: false },
          made('double', 'm1 * half'),
          made('triple', 'm1 + double'),
          made('ofDouble', 'ANOMALY_DETECTION_BAND(double, 3)'),
          made('ofTriple', 'ANOMALY_DETECTION_BAND(triple, 3)'),
        ],
        StartTime: new Date(node.clock.nowMs() - 10 * minuteMs),
        EndTime: new Date(node.clock.nowMs()),
      }),
    )
    const edges = (id: string) =>
      several.MetricDataResults!.filter(({ Id }) => Id === id).map(({ Values }) => Math.round(Values![0]!))
    expect(edges('ofDouble')).toEqual([low * 2, high * 2].map(Math.round))
    expect(edges('ofTriple')).toEqual([low * 3, high * 3].map(Math.round))
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: 'odd',
        EvaluationPeriods: 1,
        ComparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold',
        ThresholdMetricId: 'ad1',
        Metrics: band.map((one) => (one.MetricStat ? { ...one, MetricStat: { ...stat, Period: 60 } } : one)),
      }),
    )
    const becomes = (value: string) =>
      vi.waitFor(async () => {
        const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ['odd'] }))
        expect(MetricAlarms[0]).toMatchObject({ StateValue: value, ThresholdMetricId: 'ad1' })
        return MetricAlarms[0]
      }, patient)
    nextMinute()
    await put('Habits', 'Load', 100)
    nextMinute()
    await becomes('OK')
    await put('Habits', 'Load', 500)
    nextMinute()
    expect((await becomes('ALARM'))?.StateReason).toMatch(
      /^Thresholds Crossed: 1 out of the last 1 datapoints \[500\.0 .*greater than the upper thresholds/,
    )
    // What is left out of the training says nothing.
    const Configuration = {
      ExcludedTimeRanges: [{ StartTime: new Date(now - 20 * 24 * hourMs), EndTime: new Date(now + hourMs) }],
      MetricTimezone: 'Europe/Berlin',
    }
    await cloudwatch.send(new PutAnomalyDetectorCommand({ ...detector, Configuration }))
    expect(await bandNow()).toEqual([undefined, undefined])
    await cloudwatch.send(new DeleteAnomalyDetectorCommand(detector))
    await expect(cloudwatch.send(new DeleteAnomalyDetectorCommand(detector))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  test('is refused where it makes no sense', async () => {
    const bad = { AlarmName: 'bad', EvaluationPeriods: 1, Metrics: band }
    await expect(
      cloudwatch.send(
        new PutMetricAlarmCommand({ ...bad, ComparisonOperator: 'GreaterThanThreshold', ThresholdMetricId: 'ad1' }),
      ),
    ).rejects.toThrow(/ComparisonOperator must be one of LessThanLower/)
    await expect(
      cloudwatch.send(
        new PutMetricAlarmCommand({ ...bad, ComparisonOperator: 'GreaterThanUpperThreshold', ThresholdMetricId: 'm1' }),
      ),
    ).rejects.toThrow(/ThresholdMetricId must be the Id/)
    await expect(
      cloudwatch.send(
        new PutAnomalyDetectorCommand({ ...detector, Configuration: { MetricTimezone: 'Nowhere/Land' } }),
      ),
    ).rejects.toThrow(/time zone/)
  })
})
