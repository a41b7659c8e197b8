import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DeleteDashboardsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DescribeAlarmsForMetricCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  GetDashboardCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListDashboardsCommand,
  ListMetricsCommand,
  ListTagsForResourceCommand,
  type MetricDataQuery,
  PutCompositeAlarmCommand,
  PutDashboardCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch'
import { AddPermissionCommand, GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { earlyInTheHour, startNode, type TestNode } from '../harness.ts'
import { makeFunction, makeRole } from './lambda-support.ts'

const patient = { timeout: 45_000, interval: 30 }
const minuteMs = 60_000
const account = '000000000000'
let node: TestNode
let cloudwatch: CloudWatchClient

beforeAll(async () => {
  node = await startNode({ hostMs: earlyInTheHour() })
  cloudwatch = node.client(CloudWatchClient)
})
afterAll(() => node.close())

const put = (MetricName: string, Value: number, rest: object = {}) =>
  cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: 'App',
      MetricData: [{ MetricName, Value, Timestamp: new Date(node.clock.nowMs()), ...rest }],
    }),
  )
const alarm = (AlarmName: string, rest: Partial<PutMetricAlarmCommandInput> = {}) =>
  cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: 'App',
      MetricName: AlarmName,
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 5,
      ComparisonOperator: 'GreaterThanThreshold',
      ...rest,
    }),
  )
async function described(name: string) {
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
  )
  return [...MetricAlarms, ...CompositeAlarms][0]
}
const becomes = (name: string, value: string) =>
  vi.waitFor(async () => expect((await described(name))?.StateValue).toBe(value), patient)
/** Goes to just after the next minute's evaluation. */
function nextMinute(): void {
  const now = node.clock.nowMs()
  node.clock.advance(Math.floor((now - 5_000) / minuteMs) * minuteMs + minuteMs + 5_500 - now)
}
async function history(AlarmName: string, HistoryItemType?: 'Action' | 'StateUpdate' | 'ConfigurationUpdate') {
  const { AlarmHistoryItems = [] } = await cloudwatch.send(
    new DescribeAlarmHistoryCommand({ AlarmName, ...(HistoryItemType && { HistoryItemType }) }),
  )
  return AlarmHistoryItems
}

describe('alarms', () => {
  test('follow their metric by the clock, and say why and when', async () => {
    await alarm('Load')
    expect(await described('Load')).toMatchObject({
      StateValue: 'INSUFFICIENT_DATA',
      StateReason: 'Unchecked: Initial alarm creation',
      AlarmArn: `arn:aws:cloudwatch:us-east-1:${account}:alarm:Load`,
    })
    nextMinute()
    await put('Load', 6)
    nextMinute()
    await becomes('Load', 'ALARM')
    const now = await described('Load')
    expect(now?.StateReason).toMatch(/^Threshold Crossed: 1 out of the last 1 datapoints \[6\.0 \(.*\)\] was greater/)
    expect(JSON.parse(now?.StateReasonData ?? '')).toMatchObject({ threshold: 5, recentDatapoints: [6], period: 60 })
    await put('Load', 1)
    nextMinute()
    await becomes('Load', 'OK')
    node.clock.advance(5 * minuteMs)
    nextMinute()
    await becomes('Load', 'INSUFFICIENT_DATA')
    expect((await history('Load', 'StateUpdate')).map(({ HistorySummary }) => HistorySummary)).toEqual([
      'Alarm updated from OK to INSUFFICIENT_DATA',
      'Alarm updated from ALARM to OK',
      'Alarm updated from INSUFFICIENT_DATA to ALARM',
    ])
    expect((await history('Load', 'ConfigurationUpdate'))[0]).toMatchObject({ HistorySummary: 'Alarm "Load" created' })

    // Of a day of minutes the newest are told, as far as there is room.
    const MetricData = Array.from({ length: 1_000 }, (_, index) => ({
      ...{ MetricName: 'Day', Value: 10 + index },
      Timestamp: new Date(node.clock.nowMs() - index * minuteMs),
    }))
    await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'App', MetricData }))
    await alarm('Day', { EvaluationPeriods: 1_440, DatapointsToAlarm: 1 })
    nextMinute()
    await becomes('Day', 'ALARM')
    const { StateReasonData = '' } = (await described('Day')) ?? {}
    expect(StateReasonData.length).toBeLessThanOrEqual(4_000)
    const { recentDatapoints, evaluatedDatapoints } = JSON.parse(StateReasonData)
    expect(recentDatapoints.at(-1)).toBe(10)
    expect(evaluatedDatapoints[0]).toMatchObject({ value: 10 })
    expect(evaluatedDatapoints.length).toBe(recentDatapoints.length)
  })

  test('on metric math, a percentile, and M of N', async () => {
    const stat = (MetricName: string) => ({
      MetricStat: { Metric: { Namespace: 'App', MetricName }, Period: 60, Stat: 'Sum' },
      ReturnData: false,
    })
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: 'ErrorRate',
        EvaluationPeriods: 1,
        Threshold: 10,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
        Metrics: [
          { Id: 'errors', ...stat('Errors') },
          { Id: 'calls', ...stat('Calls') },
          { Id: 'rate', Expression: 'IF(calls > 0, 100 * errors / calls, 0)', ReturnData: true },
        ],
      }),
    )
    await alarm('Slow', { Statistic: undefined, ExtendedStatistic: 'p90', EvaluationPeriods: 3, DatapointsToAlarm: 2 })
    nextMinute()
    await becomes('ErrorRate', 'OK')
    for (const [errors, slow] of [
      [1, 9],
      [5, 1],
      [20, 9],
    ] as const) {
      await put('Errors', errors)
      await put('Calls', 100)
      await put('Slow', slow)
      nextMinute()
    }
    await becomes('ErrorRate', 'ALARM')
    await becomes('Slow', 'ALARM')
  })

  test('treat data that is missing as they were told to', async () => {
    const treatments = { breaching: 'ALARM', notBreaching: 'OK', missing: 'INSUFFICIENT_DATA', ignore: 'ALARM' }
    const names = Object.keys(treatments)
    for (const TreatMissingData of names) await alarm(TreatMissingData, { MetricName: 'Rare', TreatMissingData })
    nextMinute()
    await put('Rare', 6)
    nextMinute()
    for (const name of names) await becomes(name, 'ALARM')
    node.clock.advance(5 * minuteMs)
    nextMinute()
    for (const [name, state] of Object.entries(treatments)) await becomes(name, state)
    // One that ignores them goes on from what it was when there are data again.
    await put('Rare', 1)
    nextMinute()
    await becomes('ignore', 'OK')
    expect(await history('ignore', 'StateUpdate')).toHaveLength(2)
  })

  test('a function is called with what happened; one that may not be called is told of in the history', async () => {
    const sqs = node.client(SQSClient)
    const lambda = node.client(LambdaClient)
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'told' }))
    const role = await makeRole(node, 'teller', [{ Effect: 'Allow', Action: '*', Resource: '*' }])
    await makeFunction(
      lambda,
      'tell',
      role,
      `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
       exports.handler = (event) => new SQSClient({}).send(new SendMessageCommand({
         QueueUrl: '${QueueUrl}', MessageBody: JSON.stringify(event) }))`,
    )
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: 'tell' }))
    const target = Configuration?.FunctionArn ?? ''
    const topic = `arn:aws:sns:us-east-1:${account}:nowhere`
    await alarm('Tell', { AlarmDescription: 'd', AlarmActions: [target, topic], OKActions: [target] })
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: 'tell',
        StatementId: 'alarms',
        Action: 'lambda:InvokeFunction',
        Principal: 'lambda.alarms.cloudwatch.amazonaws.com',
        SourceArn: `arn:aws:cloudwatch:us-east-1:${account}:alarm:Tell`,
      }),
    )
    await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'Tell', StateValue: 'ALARM', StateReason: 'a test' }))
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
    expect(JSON.parse(Messages?.[0]?.Body ?? '')).toMatchObject({
      source: 'aws.cloudwatch',
      alarmArn: `arn:aws:cloudwatch:us-east-1:${account}:alarm:Tell`,
      accountId: account,
      region: 'us-east-1',
      alarmData: {
        alarmName: 'Tell',
        state: { value: 'ALARM', reason: 'a test' },
        previousState: { value: 'INSUFFICIENT_DATA' },
        configuration: { description: 'd', metrics: [{ metricStat: { stat: 'Sum', period: 60 }, returnData: true }] },
      },
    })
    await vi.waitFor(async () => {
      node.clock.advance(minuteMs)
      const items = await history('Tell', 'Action')
      expect(items.map(({ HistorySummary = '' }) => HistorySummary.split('.')[0])).toEqual(
        expect.arrayContaining([
          expect.stringContaining(`Successfully executed action ${target}`),
          expect.stringContaining(`Failed to execute action ${topic}`),
        ]),
      )
    }, patient)
    await alarm('Mute', { AlarmActions: [target] })
    await cloudwatch.send(new DisableAlarmActionsCommand({ AlarmNames: ['Mute'] }))
    const set = (StateValue: 'ALARM' | 'OK') =>
      cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'Mute', StateValue, StateReason: 'a test' }))
    await set('ALARM')
    expect(await described('Mute')).toMatchObject({ ActionsEnabled: false, StateValue: 'ALARM' })
    await cloudwatch.send(new EnableAlarmActionsCommand({ AlarmNames: ['Mute'] }))
    await set('OK')
    await set('ALARM')
    // Not allowed for this alarm: the one action that was tried has failed.
    await vi.waitFor(async () => {
      node.clock.advance(minuteMs)
      const items = await history('Mute', 'Action')
      expect(items.map(({ HistorySummary }) => HistorySummary)).toEqual([
        expect.stringContaining('Failed to execute action'),
      ])
    }, patient)
  })

  test('composite alarms follow their rule, through other composite alarms, and outlive a restart', async () => {
    await alarm('A')
    await alarm('B')
    const compose = (AlarmName: string, AlarmRule: string) =>
      cloudwatch.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule }))
    const set = (AlarmName: string, StateValue: 'ALARM' | 'OK') =>
      cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'a test' }))
    await compose('Both', `ALARM(A) AND ALARM("arn:aws:cloudwatch:us-east-1:${account}:alarm:B")`)
    await compose('Not both', 'NOT ALARM(Both)')
    expect((await described('Both'))?.StateValue).toBe('OK')
    expect((await described('Not both'))?.StateValue).toBe('ALARM')
    await set('A', 'ALARM')
    expect((await described('Both'))?.StateValue).toBe('OK')
    await set('B', 'ALARM')
    expect((await described('Both'))?.StateValue).toBe('ALARM')
    expect((await described('Not both'))?.StateValue).toBe('OK')
    await node.restart()
    cloudwatch = node.client(CloudWatchClient)
    await set('A', 'OK')
    expect((await described('Both'))?.StateValue).toBe('OK')
    expect((await described('Not both'))?.StateValue).toBe('ALARM')
    const related = async (rest: object) => {
      const found = await cloudwatch.send(new DescribeAlarmsCommand(rest))
      return [...(found.MetricAlarms ?? []), ...(found.CompositeAlarms ?? [])].map(({ AlarmName }) => AlarmName)
    }
    expect(await related({ ChildrenOfAlarmName: 'Both' })).toEqual(['A', 'B'])
    expect(await related({ ParentsOfAlarmName: 'Both' })).toEqual(['Not both'])
    await expect(cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ['A'] }))).rejects.toMatchObject({
      message: expect.stringContaining('composite alarms depending on it'),
    })
    await expect(compose('Wrong', 'ALARM(A) AND')).rejects.toMatchObject({
      message: expect.stringContaining('AlarmRule'),
    })
    await expect(compose('Wrong', 'ALARM(Nobody)')).rejects.toMatchObject({
      message: expect.stringContaining('Nobody'),
    })
    await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ['Not both', 'Both', 'A'] }))
    expect(await described('Both')).toBeUndefined()
  })

  test('composite alarms that each look at two others change once a level, not twice as often with each', async () => {
    const levels = 16
    const names = ['a', 'b'].flatMap((side) => Array.from({ length: levels }, (_, level) => `${side}-${level}`))
    await alarm('a-0')
    await alarm('b-0')
    for (let level = 1; level < levels; level++) {
      const [a, b] = [`ALARM(a-${level - 1})`, `ALARM(b-${level - 1})`]
      const AlarmRule = `(${a} AND NOT ${b}) OR (NOT ${a} AND ${b})`
      for (const side of ['a', 'b'])
        await cloudwatch.send(new PutCompositeAlarmCommand({ AlarmName: `${side}-${level}`, AlarmRule }))
    }
    await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'a-0', StateValue: 'ALARM', StateReason: 'a test' }))
    expect([(await described('b-1'))?.StateValue, (await described('b-2'))?.StateValue]).toEqual(['ALARM', 'OK'])
    expect(await history(`b-${levels - 1}`, 'StateUpdate')).toHaveLength(1)
    await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: names }))
  })

  test('are listed by pages, prefix, state and metric; wrong ones are refused by name', async () => {
    for (const name of ['Page1', 'Page2', 'Page3'])
      await alarm(name, { MetricName: 'Paged', Dimensions: [{ Name: 'n', Value: name }] })
    const first = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: 'Page', MaxRecords: 2 }))
    const second = await cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: 'Page', MaxRecords: 2, NextToken: first.NextToken }),
    )
    const names = [first, second].flatMap(({ MetricAlarms = [] }) => MetricAlarms.map(({ AlarmName }) => AlarmName))
    expect(names).toEqual(['Page1', 'Page2', 'Page3'])
    expect(second.NextToken).toBeUndefined()
    const { MetricAlarms } = await cloudwatch.send(
      new DescribeAlarmsForMetricCommand({
        Namespace: 'App',
        MetricName: 'Paged',
        Dimensions: [{ Name: 'n', Value: 'Page2' }],
      }),
    )
    expect(MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(['Page2'])
    const refused = (rest: Partial<PutMetricAlarmCommandInput>, text: string) =>
      expect(alarm('Bad', rest)).rejects.toMatchObject({ message: expect.stringContaining(text) })
    await refused({ Statistic: undefined }, 'Statistic')
    await refused({ Period: 7 }, 'Period')
    await refused({ DatapointsToAlarm: 2 }, 'DatapointsToAlarm')
    await refused({ ComparisonOperator: 'GreaterThanUpperThreshold' }, 'ComparisonOperator')
    await refused({ AlarmActions: ['arn:aws:automate:us-east-1:ec2:stop'] }, 'automate')
    await refused({ Metrics: [{ Id: 'a', Expression: 'SUM(' }] }, 'Namespace')
    const bare = { Namespace: undefined, MetricName: undefined, Statistic: undefined, Period: undefined }
    const Metrics = Array.from({ length: 11 }, (_, index) => ({ Id: `e${index}`, Expression: '1' }))
    await refused({ ...bare, Metrics }, 'at most 10 elements with Expression')
    await expect(
      cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'None', StateValue: 'OK', StateReason: 'x' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFound' })
  })

  test('tags', async () => {
    await alarm('Tagged', { Tags: [{ Key: 'a', Value: '1' }] })
    const ResourceARN = (await described('Tagged'))?.AlarmArn
    await cloudwatch.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'b', Value: '2' }] }))
    await cloudwatch.send(new UntagResourceCommand({ ResourceARN, TagKeys: ['a'] }))
    const other = ResourceARN!.replace('cloudwatch', 'monitoring')
    await expect(cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN: other }))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    })
    expect((await cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags).toEqual([
      { Key: 'b', Value: '2' },
    ])
  })
})

describe('metric data', () => {
  async function results(MetricDataQueries: MetricDataQuery[], rest: object = {}) {
    const now = node.clock.nowMs()
    const { MetricDataResults = [] } = await cloudwatch.send(
      new GetMetricDataCommand({
        MetricDataQueries,
        StartTime: new Date(now - 10 * minuteMs),
        EndTime: new Date(now + minuteMs),
        ScanBy: 'TimestampAscending',
        ...rest,
      }),
    )
    return Object.fromEntries(MetricDataResults.map(({ Id, Values }) => [Id, Values]))
  }
  const of = (Id: string, MetricName: string, rest: object = {}) => ({
    Id,
    MetricStat: { Metric: { Namespace: 'App', MetricName }, Period: 60, Stat: 'Sum', ...rest },
  })

  test('is calculated with', async () => {
    node.clock.advance(20 * minuteMs)
    for (const [x, y] of [
      [1, 10],
      [2, undefined],
      [4, 30],
    ] as const) {
      await put('x', x)
      if (y !== undefined) await put('y', y)
      node.clock.advance(minuteMs)
    }
    const found = await results([
      of('x', 'x'),
      of('y', 'y'),
      ...Object.entries({
        sum: 'x + y * 2 ^ 2',
        minus: '-(x - 1) / 2',
        total: 'SUM([x, y])',
        average: 'AVG(METRICS())',
        filled: 'FILL(y, REPEAT)',
        linear: 'SLICE(SORT([FILL(y, LINEAR)], SUM, DESC), 1)',
        rate: 'RATE(x)',
        running: 'RUNNING_SUM(x)',
        chosen: 'IF(x >= 2 AND x < 4, 100, x)',
        share: 'x / SUM(x) * 100',
        constant: 'x - x + PERIOD(x)',
      }).map(([Id, Expression]) => ({ Id, Expression })),
    ])
    expect(found).toMatchObject({
      x: [1, 2, 4],
      y: [10, 30],
      sum: [41, 124],
      minus: [0, -0.5, -1.5],
      total: [11, 2, 34],
      average: [5.5, 2, 17],
      linear: [10, 20, 30],
      rate: [1 / 60, 2 / 60],
      running: [1, 3, 7],
      chosen: [1, 100, 4],
      constant: [60, 60, 60],
    })
    expect(found.filled?.slice(0, 3)).toEqual([10, 10, 30])
    expect(found.share?.map((value: number) => Math.round(value))).toEqual([14, 29, 57])
  })

  test('wrong questions are refused by name', async () => {
    const refused = (queries: MetricDataQuery[], text: string) =>
      expect(results(queries)).rejects.toMatchObject({ message: expect.stringContaining(text) })
    await refused([{ Id: 'e', Expression: 'SEARCH("x", "Sum", 60)' }], 'SEARCH')
    await refused([{ Id: 'e', Expression: 'm1 + 1' }], 'm1')
    await refused(
      [
        { Id: 'e', Expression: 'f + 1' },
        { Id: 'f', Expression: 'e' },
      ],
      'itself',
    )
    await refused([{ Id: 'E', Expression: '1' }], 'Id')
    await refused([{ Id: 'e', Expression: `${'('.repeat(200)}1` }], 'deeply')
    await refused([of('x', 'x', { Stat: 'Median' })], 'Median')
    await refused([of('x', 'x', { Period: 45 })], 'Period')
  })

  test('comes in pages', async () => {
    const now = node.clock.nowMs()
    const ask = (NextToken?: string) =>
      cloudwatch.send(
        new GetMetricDataCommand({
          MetricDataQueries: [of('x', 'x'), of('y', 'y')],
          StartTime: new Date(now - 10 * minuteMs),
          EndTime: new Date(now + minuteMs),
          ScanBy: 'TimestampAscending',
          MaxDatapoints: 2,
          NextToken,
        }),
      )
    const values: number[][] = []
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const page = await ask(token)
      values.push((page.MetricDataResults ?? []).flatMap(({ Values = [] }) => Values))
      token = page.NextToken
    }
    expect(values).toEqual([[1, 2], [4, 10], [30]])
  })

  test('is kept by the second when asked to, in units apart, and rolled up as it grows old', async () => {
    node.clock.advance(minuteMs)
    const startMs = Math.ceil(node.clock.nowMs() / minuteMs) * minuteMs + minuteMs
    node.clock.advance(startMs - node.clock.nowMs())
    for (const [second, Value] of [
      [0, 1],
      [1, 2],
      [30, 4],
    ] as const)
      await put('fine', Value, { StorageResolution: 1, Timestamp: new Date(startMs + second * 1_000), Unit: 'Count' })
    await put('fine', 9, { Unit: 'Bytes', Timestamp: new Date(startMs) })
    const statistics = async (Period: number, rest: object = {}, fromMs = startMs, toMs = startMs + minuteMs) => {
      const { Datapoints = [] } = await cloudwatch.send(
        new GetMetricStatisticsCommand({
          Namespace: 'App',
          MetricName: 'fine',
          StartTime: new Date(fromMs),
          EndTime: new Date(toMs),
          Period,
          Statistics: ['Sum'],
          ...rest,
        }),
      )
      return Datapoints.map(({ Sum }) => Sum)
    }
    expect(await statistics(1, { Unit: 'Count' })).toEqual([1, 2, 4])
    expect(await statistics(10, { Unit: 'Count' })).toEqual([3, 4])
    expect(await statistics(60)).toEqual([7, 9])
    expect(await statistics(60, { Unit: 'Bytes' })).toEqual([9])
    const hourMs = Math.floor(startMs / 3_600_000) * 3_600_000
    const days = (count: number) => node.clock.advance(count * 86_400_000)
    days(1)
    await vi.waitFor(async () => expect(await statistics(1, { Unit: 'Count' })).toEqual([]), patient)
    expect(await statistics(60, { Unit: 'Count' })).toEqual([7])
    days(16)
    await vi.waitFor(async () => expect(await statistics(60)).toEqual([]), patient)
    expect(await statistics(300, {}, hourMs, hourMs + 3_600_000)).toEqual([7, 9])
    days(60)
    await vi.waitFor(async () => expect(await statistics(300, {}, hourMs, hourMs + 3_600_000)).toEqual([]), patient)
    expect(await statistics(3_600, {}, hourMs, hourMs + 3_600_000)).toEqual([7, 9])
    days(400)
    await vi.waitFor(async () => expect(await statistics(3_600, {}, hourMs, hourMs + 3_600_000)).toEqual([]), patient)
  })
})

test('dashboards are kept as they are given, and checked', async () => {
  const DashboardBody = '{ "widgets": [{ "type": "text", "properties": { "markdown": "hi" } }] }'
  await cloudwatch.send(new PutDashboardCommand({ DashboardName: 'shop', DashboardBody }))
  expect(await cloudwatch.send(new GetDashboardCommand({ DashboardName: 'shop' }))).toMatchObject({
    DashboardArn: `arn:aws:cloudwatch::${account}:dashboard/shop`,
    DashboardBody,
  })
  await expect(
    cloudwatch.send(new PutDashboardCommand({ DashboardName: 'bad', DashboardBody: '{"widgets":[{"type":"pie"}]}' })),
  ).rejects.toMatchObject({
    name: 'DashboardInvalidInputError',
    dashboardValidationMessages: [{ DataPath: '/widgets/0/type' }, { DataPath: '/widgets/0/properties' }],
  })
  const { DashboardEntries } = await cloudwatch.send(new ListDashboardsCommand({ DashboardNamePrefix: 's' }))
  expect(DashboardEntries).toMatchObject([{ DashboardName: 'shop', Size: DashboardBody.length }])
  await cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames: ['shop'] }))
  await expect(cloudwatch.send(new GetDashboardCommand({ DashboardName: 'shop' }))).rejects.toMatchObject({
    name: expect.stringMatching(/NotFound/),
  })
})

test('templates make alarms, composite alarms and dashboards, change and delete them', async () => {
  const cloudformation = node.client(CloudFormationClient)
  const template = (threshold: number, rule: string) =>
    JSON.stringify({
      Resources: {
        High: {
          Type: 'AWS::CloudWatch::Alarm',
          Properties: {
            AlarmName: 'High',
            Namespace: 'App',
            MetricName: 'm',
            Statistic: 'Average',
            Period: 60,
            EvaluationPeriods: 1,
            Threshold: threshold,
            ComparisonOperator: 'LessThanThreshold',
          },
        },
        Any: {
          Type: 'AWS::CloudWatch::CompositeAlarm',
          Properties: { AlarmName: 'Any', AlarmRule: { 'Fn::Sub': `${rule}(\${High})` } },
        },
        Board: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardBody: '{"widgets":[]}' } },
      },
      Outputs: { Arn: { Value: { 'Fn::GetAtt': ['High', 'Arn'] } }, Board: { Value: { Ref: 'Board' } } },
    })
  const settled = (status: string) =>
    vi.waitFor(async () => {
      const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName: 'watch' }))
      expect(Stacks?.[0]?.StackStatus).toBe(status)
      return Stacks?.[0]
    }, patient)
  await cloudformation.send(new CreateStackCommand({ StackName: 'watch', TemplateBody: template(3, 'ALARM') }))
  const made = await settled('CREATE_COMPLETE')
  const outputs = Object.fromEntries((made?.Outputs ?? []).map((one) => [one.OutputKey, one.OutputValue]))
  expect(outputs.Arn).toBe(`arn:aws:cloudwatch:us-east-1:${account}:alarm:High`)
  expect(outputs.Board).toMatch(/^watch-Board-/)
  await cloudformation.send(new UpdateStackCommand({ StackName: 'watch', TemplateBody: template(4, 'OK') }))
  await settled('UPDATE_COMPLETE')
  expect(await described('High')).toMatchObject({ Threshold: 4 })
  expect(await described('Any')).toMatchObject({ AlarmRule: 'OK(High)' })
  await cloudformation.send(new DeleteStackCommand({ StackName: 'watch' }))
  await vi.waitFor(async () => expect(await described('High')).toBeUndefined(), patient)
})

test.each(['LogAlarm'])('a template with a %s is refused by name: nothing of it is made', async (name) => {
  const Type = `AWS::CloudWatch::${name}`
  const TemplateBody = JSON.stringify({ Resources: { It: { Type } } })
  const made = node.client(CloudFormationClient).send(new CreateStackCommand({ StackName: name, TemplateBody }))
  await expect(made).rejects.toMatchObject({ name: 'ValidationError', message: expect.stringContaining(Type) })
})

test('a token that no list has given is refused', async () => {
  const NextToken = 'made-up'
  for (const [command, name] of [
    [new DescribeAlarmsCommand({ NextToken }), 'InvalidNextToken'],
    [new DescribeAlarmHistoryCommand({ NextToken }), 'InvalidNextToken'],
    [new ListMetricsCommand({ NextToken }), 'InvalidParameterValue'],
    [new ListDashboardsCommand({ NextToken }), 'InvalidParameterValue'],
  ] as const)
    await expect(cloudwatch.send(command as ListDashboardsCommand)).rejects.toMatchObject({
      name: expect.stringContaining(name),
    })
})
