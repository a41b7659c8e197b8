import {
  CloudWatchClient,
  DescribeAlarmContributorsCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type MetricDataQuery,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { earlyInTheHour, startNode, type TestNode } from '../harness.ts'

const patient = { timeout: 45_000, interval: 30 }
const minuteMs = 60_000
let node: TestNode
let cloudwatch: CloudWatchClient

beforeAll(async () => {
  node = await startNode({ hostMs: earlyInTheHour() })
  cloudwatch = node.client(CloudWatchClient)
})
afterAll(() => node.close())

const put = (Namespace: string, dimensions: Record<string, string>, ...values: number[]) =>
  cloudwatch.send(
    new PutMetricDataCommand({
      Namespace,
      MetricData: values.map((Value) => ({
        ...{ MetricName: 'Load', Value, Timestamp: new Date(node.clock.nowMs()) },
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      })),
    }),
  )
const run = (MetricDataQueries: MetricDataQuery[]) =>
  cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(node.clock.nowMs() - 10 * minuteMs),
      EndTime: new Date(node.clock.nowMs() + minuteMs),
      MetricDataQueries,
    }),
  )
const select = async (Expression: string) =>
  Object.fromEntries(
    ((await run([{ Id: 'q1', Expression, Period: 60 }])).MetricDataResults ?? []).map(({ Label, Values }) => [
      Label,
      Values,
    ]),
  )
/** Goes to just after the next minute's evaluation. */
function nextMinute(): void {
  const now = node.clock.nowMs()
  node.clock.advance(Math.floor((now - 5_000) / minuteMs) * minuteMs + minuteMs + 5_500 - now)
}

test('queries in SQL choose, group, order and limit metrics', async () => {
  await put('My/Shop', { Host: 'a', Zone: '1' }, 10, 20)
  await put('My/Shop', { Host: 'b', Zone: '1' }, 2)
  await put('My/Shop', { Host: 'c', Zone: '2' }, 40)
  await put('My/Shop', { Host: "d'Or" }, 100)
  await put('Plain', {}, 7)
  expect(await select('SELECT AVG(Load) FROM SCHEMA("My/Shop", Host, Zone)')).toEqual({ q1: [18] })
  expect(await select('select count(Load) from "My/Shop"')).toEqual({ q1: [5] })
  expect(await select('SELECT SUM(Load) FROM SCHEMA("My/Shop", Zone, Host) GROUP BY Zone')).toEqual({
    1: [32],
    2: [40],
  })
  const top = 'SELECT MAX("Load") FROM "My/Shop" GROUP BY Host ORDER BY MAX() DESC LIMIT 2'
  expect(await select(top)).toEqual({ "d'Or": [100], c: [40] })
  expect(await select(`SELECT MIN(Load) FROM "My/Shop" WHERE Zone = '1' AND Host != 'b'`)).toEqual({ q1: [10] })
  expect(await select(`SELECT MIN(Load) FROM "My/Shop" WHERE Host = 'd''Or'`)).toEqual({ q1: [100] })
  expect(await select('SELECT SUM(Load) FROM SCHEMA(Plain)')).toEqual({ q1: [7] })
  expect(await select('SELECT SUM(Load) FROM Nowhere GROUP BY Host')).toEqual({})
  const both = await run([
    { Id: 'q1', Expression: 'SELECT SUM(Load) FROM SCHEMA("My/Shop", Host, Zone) GROUP BY Zone', ReturnData: false },
    { Id: 'e1', Expression: 'SUM(q1)' },
  ])
  expect(both.MetricDataResults?.map(({ Values }) => Values)).toEqual([[72]])
})

test.each([
  ['SELECT P90(Load) FROM A', /P90 is not one of/],
  ['SELECT AVG(Load)', /FROM is missing/],
  ['SELECT AVG(Load) FROM A WHERE x > 1', /can't be read/],
  ['SELECT AVG(Load) FROM A WHERE x = 1', /single quotation marks/],
  ['SELECT AVG(Load) FROM A LIMIT 501', /LIMIT/],
  ['SELECT AVG(Load) FROM A GROUP BY tag."x"', /can't be read/],
  ['SELECT AVG(Load) FROM A HAVING x', /not expected/],
])('%s is refused', async (Expression, message) => {
  await expect(run([{ Id: 'q1', Expression }])).rejects.toThrow(message)
})

test('an alarm on the groups of a query is in ALARM as long as one is, and tells which; that is on disk', async () => {
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      ...{ AlarmName: 'fleet', EvaluationPeriods: 1, Threshold: 50, ComparisonOperator: 'GreaterThanThreshold' },
      TreatMissingData: 'notBreaching',
      Metrics: [
        { Id: 'q1', Expression: 'SELECT AVG(Load) FROM SCHEMA(Fleet, Host) GROUP BY Host ORDER BY AVG()', Period: 60 },
      ],
    }),
  )
  const state = async () =>
    (await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ['fleet'] }))).MetricAlarms?.[0]?.StateValue
  const contributors = async () =>
    (await cloudwatch.send(new DescribeAlarmContributorsCommand({ AlarmName: 'fleet' }))).AlarmContributors ?? []
  const becomes = (value: string, hosts: string[]) =>
    vi.waitFor(async () => {
      expect(await state()).toBe(value)
      expect((await contributors()).map((one) => one.ContributorAttributes?.Host).sort()).toEqual(hosts)
    }, patient)
  const minute = async (a: number, b: number, c: number) => {
    nextMinute()
    await put('Fleet', { Host: 'a' }, a)
    await put('Fleet', { Host: 'b' }, b)
    await put('Fleet', { Host: 'c' }, c)
    nextMinute()
  }
  await minute(1, 2, 3)
  await becomes('OK', [])
  await minute(90, 2, 60)
  await becomes('ALARM', ['a', 'c'])
  const [first] = await contributors()
  expect(first?.ContributorId).toMatch(/^\w{16}$/)
  expect(first?.StateReason).toMatch(/^Threshold Crossed: 1 out of the last 1 datapoints/)
  const nowMs = node.clock.nowMs()
  await node.restart()
  cloudwatch = node.client(CloudWatchClient)
  node.clock.advance(nowMs - node.clock.nowMs())
  expect(await contributors()).toHaveLength(2)
  await minute(90, 70, 3)
  await becomes('ALARM', ['a', 'b'])
  nextMinute()
  nextMinute()
  nextMinute()
  nextMinute()
  await becomes('OK', [])
  await expect(cloudwatch.send(new DescribeAlarmContributorsCommand({ AlarmName: 'none' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
  await expect(
    cloudwatch.send(new DescribeAlarmContributorsCommand({ AlarmName: 'fleet', NextToken: 'made-up' })),
  ).rejects.toMatchObject({ name: expect.stringContaining('InvalidNextToken') })
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'nobody' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'nobody' }))
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  await expect(
    node.client(CloudWatchClient, { credentials }).send(new DescribeAlarmContributorsCommand({ AlarmName: 'fleet' })),
  ).rejects.toMatchObject({ name: expect.stringMatching(/AccessDenied/) })
})

test('what a query cannot mean, and what would take all of a node, is refused', async () => {
  await put('Odd', { 1: 'one', 2: 'two' }, 5)
  await put('Odd', { a: 'A', b: 'B' }, 7)
  // Labels stand in the order that they are asked for in.
  expect(await select('SELECT SUM(Load) FROM Odd GROUP BY "2", "1"')).toEqual({ 'two one': [5] })
  const bad: [RegExp, string][] = [
    [/LIMIT/, `SELECT SUM(Load) FROM Odd GROUP BY a LIMIT '5'`],
    [/LIMIT/, 'SELECT SUM(Load) FROM Odd GROUP BY a LIMIT 0x10'],
    [/LIMIT/, 'SELECT SUM(Load) FROM Odd GROUP BY a LIMIT 1e2'],
    [/named twice/, 'SELECT SUM(Load) FROM SCHEMA(Odd, a, a)'],
    [/named twice/, 'SELECT SUM(Load) FROM Odd GROUP BY a, a'],
    [/quotation marks/, 'SELECT SUM(Load) FROM Odd WHERE a = "A"'],
  ]
  for (const [why, text] of bad) await expect(select(text), text).rejects.toThrow(why)

  const load = { Metric: { Namespace: 'Odd', MetricName: 'Load' }, Stat: 'Sum', Period: 60 }
  // Each list is twice the one before.
  const doubling = Array.from({ length: 40 }, (_, index) => ({
    Id: `e${index + 1}`,
    Expression: `[e${index}, e${index}]`,
    ReturnData: index === 39,
  }))
  await expect(run([{ Id: 'e0', MetricStat: load, ReturnData: false }, ...doubling])).rejects.toThrow(/time series/)
  const now = node.clock.nowMs()
  const everySecond = Array.from({ length: 500 }, (_, index) => ({
    Id: `m${index}`,
    MetricStat: { ...load, Period: 1 },
  }))
  const day = { StartTime: new Date(now - 30 * 60 * minuteMs), EndTime: new Date(now) }
  await expect(cloudwatch.send(new GetMetricDataCommand({ ...day, MetricDataQueries: everySecond }))).rejects.toThrow(
    /longer Period or a shorter time/,
  )
  const filled = Array.from({ length: 300 }, (_, index) => ({ Id: `f${index}`, Expression: 'FILL(m0, 0)', Period: 60 }))
  const fortnight = { StartTime: new Date(now - 14 * 24 * 60 * minuteMs), EndTime: new Date(now) }
  const one = { Id: 'm0', MetricStat: load }
  await expect(
    cloudwatch.send(new GetMetricDataCommand({ ...fortnight, MetricDataQueries: [one, ...filled] })),
  ).rejects.toThrow(/longer Period or a shorter time/)
})
