import {
  CloudWatchClient,
  DeleteInsightRulesCommand,
  DescribeAlarmsCommand,
  DescribeInsightRulesCommand,
  DisableInsightRulesCommand,
  EnableInsightRulesCommand,
  GetInsightRuleReportCommand,
  type GetInsightRuleReportCommandInput,
  GetMetricDataCommand,
  ListTagsForResourceCommand,
  PutInsightRuleCommand,
  type PutInsightRuleCommandInput,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { earlyInTheHour, startNode, type TestNode } from '../harness.ts'

const patient = { timeout: 45_000, interval: 30 }
const minuteMs = 60_000
let node: TestNode
let cloudwatch: CloudWatchClient

beforeAll(async () => {
  node = await startNode({ hostMs: earlyInTheHour() })
  cloudwatch = node.client(CloudWatchClient)
  const logs = node.client(CloudWatchLogsClient)
  for (const logGroupName of ['/shop/api', '/shop/web', '/shop-lines', '/elsewhere']) {
    await logs.send(new CreateLogGroupCommand({ logGroupName }))
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }))
  }
})
afterAll(() => node.close())

const say = (logGroupName: string, messages: readonly (string | object)[], agoMs = 0) =>
  node.client(CloudWatchLogsClient).send(
    new PutLogEventsCommand({
      ...{ logGroupName, logStreamName: 's' },
      logEvents: messages.map((one) => ({
        message: typeof one === 'string' ? one : JSON.stringify(one),
        timestamp: node.clock.nowMs() - agoMs,
      })),
    }),
  )
const definition = (rest: object = {}) =>
  JSON.stringify({
    Schema: { Name: 'CloudWatchLogRule', Version: 1 },
    LogGroupNames: ['/shop/*'],
    LogFormat: 'JSON',
    Contribution: { Keys: ['$.ip'] },
    AggregateOn: 'Count',
    ...rest,
  })
const put = (RuleName: string, rest: object = {}, more: Partial<PutInsightRuleCommandInput> = {}) =>
  cloudwatch.send(new PutInsightRuleCommand({ RuleName, RuleDefinition: definition(rest), ...more }))
const report = (RuleName: string, rest: Partial<GetInsightRuleReportCommandInput> = {}) =>
  cloudwatch.send(
    new GetInsightRuleReportCommand({
      ...{ RuleName, Period: 60, StartTime: new Date(node.clock.nowMs() - 10 * minuteMs) },
      EndTime: new Date(node.clock.nowMs() + minuteMs),
      ...rest,
    }),
  )
const valuesOf = async (name: string) =>
  Object.fromEntries(
    ((await report(name)).Contributors ?? []).map((one) => [one.Keys?.join(), one.ApproximateAggregateValue]),
  )

test('a rule tells who contributes how much of the events of its groups, by period', async () => {
  await put('count')
  const Filters = [
    { Match: '$.method', In: ['GET', 'PUT'] },
    { Match: '$.status', LessThan: 500 },
    { Match: '$.path', StartsWith: ['/a', '/b'] },
    { Match: '$.bot', IsPresent: false },
  ]
  await put('sum', {
    Contribution: { Keys: ['$.ip', '$.path'], ValueOf: '$.bytes', Filters },
    AggregateOn: 'Sum',
  })
  const get = { ip: '1.1.1.1', method: 'GET', status: 200, path: '/a', bytes: 10 }
  await say('/shop/api', [get, { ...get, bytes: 30 }, { ...get, ip: '2.2.2.2' }, { ...get, bytes: 'none' }], minuteMs)
  await say('/shop/web', [
    { ...get, ip: '2.2.2.2', path: '/b', bytes: 5 },
    { ...get, status: 500 },
    { ...get, method: 'POST' },
    { ...get, path: '/c' },
    { ...get, bot: 'yes' },
    { method: 'GET' },
    'not JSON',
  ])
  await say('/elsewhere', [get])
  const Metrics = ['UniqueContributors', 'MaxContributorValue', 'SampleCount', 'Sum', 'Minimum', 'Maximum', 'Average']
  const found = await report('sum', { Metrics })
  expect(found).toMatchObject({ KeyLabels: ['$.ip', '$.path'], AggregationStatistic: 'Sum', AggregateValue: 55 })
  expect(found.ApproximateUniqueCount).toBe(3)
  expect(
    found.Contributors?.map(({ Keys, Datapoints }) => [Keys, Datapoints?.map((one) => one.ApproximateValue)]),
  ).toEqual([
    [['1.1.1.1', '/a'], [40]],
    [['2.2.2.2', '/a'], [10]],
    [['2.2.2.2', '/b'], [5]],
  ])
  const [before, now] = found.MetricDatapoints ?? []
  expect(before).toMatchObject({ UniqueContributors: 2, MaxContributorValue: 40, SampleCount: 3, Sum: 50 })
  expect(before).toMatchObject({ Minimum: 10, Maximum: 30, Average: 50 / 3 })
  expect(now).toMatchObject({ UniqueContributors: 1, Sum: 5 })
  expect(await valuesOf('count')).toEqual({ '1.1.1.1': 7, '2.2.2.2': 2 })
  const top = await report('count', { MaxContributorCount: 1, OrderBy: 'Maximum', Period: 3600 })
  expect(top.Contributors?.map(({ Keys }) => Keys)).toEqual([['1.1.1.1']])
})

test('lines are read by the numbers of their fields', async () => {
  await put('lines', {
    LogGroupNames: ['/shop-lines'],
    LogFormat: 'CLF',
    Fields: { 1: 'ip', 4: 'time', 5: 'request', 6: 'status' },
    Contribution: { Keys: ['ip', 'request'], Filters: [{ Match: 'status', EqualTo: 404 }] },
  })
  await say('/shop-lines', [
    '9.9.9.9 - - [10/Oct/2000:13:55:36 -0700] "GET /a b" 404 12',
    '9.9.9.9 - - [10/Oct/2000:13:55:36 -0700] "GET /a b" 404 12',
    '9.9.9.9 - - [10/Oct/2000:13:55:36 -0700] "GET /a b" 200 12',
    'short',
  ])
  expect(await valuesOf('lines')).toEqual({ '9.9.9.9,GET /a b': 2 })
})

test('a rule looks at events while it is enabled; that and what it is are on disk', async () => {
  await put('switched', { LogGroupNames: ['/elsewhere'] }, { Tags: [{ Key: 'team', Value: 'shop' }] })
  await say('/elsewhere', [{ ip: 'first' }])
  node.clock.advance(1_000)
  expect(await cloudwatch.send(new DisableInsightRulesCommand({ RuleNames: ['switched', 'none'] }))).toMatchObject({
    Failures: [{ FailureResource: 'none', ExceptionType: 'ResourceNotFoundException' }],
  })
  await say('/elsewhere', [{ ip: 'unseen' }])
  node.clock.advance(1_000)
  const nowMs = node.clock.nowMs()
  await node.restart()
  cloudwatch = node.client(CloudWatchClient)
  node.clock.advance(nowMs - node.clock.nowMs())
  await cloudwatch.send(new EnableInsightRulesCommand({ RuleNames: ['switched'] }))
  await say('/elsewhere', [{ ip: 'second' }])
  expect(await valuesOf('switched')).toEqual({ first: 1, second: 1 })
  const { InsightRules: [first] = [], NextToken } = await cloudwatch.send(
    new DescribeInsightRulesCommand({ MaxResults: 1 }),
  )
  expect(first).toMatchObject({ Name: 'count', State: 'ENABLED', Definition: definition() })
  const { InsightRules = [] } = await cloudwatch.send(new DescribeInsightRulesCommand({ NextToken }))
  expect(InsightRules.map(({ Name }) => Name)).toEqual(['lines', 'sum', 'switched'])
  const ResourceARN = 'arn:aws:cloudwatch:us-east-1:000000000000:insight-rule/switched'
  expect((await cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags).toHaveLength(1)
  await cloudwatch.send(new DeleteInsightRulesCommand({ RuleNames: ['switched'] }))
  await expect(report('switched')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

test('metric math has the figures of a rule, and alarms go by them', async () => {
  await put('loud', { LogGroupNames: ['/shop/api'] })
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      ...{ AlarmName: 'loud', EvaluationPeriods: 1, Threshold: 2, ComparisonOperator: 'GreaterThanThreshold' },
      Metrics: [{ Id: 'e1', Expression: "INSIGHT_RULE_METRIC('loud', 'MaxContributorValue')", Period: 60 }],
    }),
  )
  await say('/shop/api', [{ ip: 'a' }, { ip: 'a' }, { ip: 'a' }, { ip: 'b' }])
  const { MetricDataResults = [] } = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(node.clock.nowMs() - 5 * minuteMs),
      EndTime: new Date(node.clock.nowMs() + minuteMs),
      MetricDataQueries: [
        { Id: 'e1', Expression: "INSIGHT_RULE_METRIC('loud', 'Sum')", Period: 60, ReturnData: false },
        { Id: 'e2', Expression: 'e1 / INSIGHT_RULE_METRIC("loud", UniqueContributors)', Period: 60 },
      ],
    }),
  )
  expect(MetricDataResults.map(({ Values }) => Values)).toEqual([[2]])
  node.clock.advance(minuteMs + 6_000)
  await vi.waitFor(async () => {
    const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ['loud'] }))
    expect(MetricAlarms[0]?.StateValue).toBe('ALARM')
  }, patient)
})

test.each([
  ['{', 'JSON object'],
  [definition({ Schema: { Name: 'ServiceLogRule', Version: 1 } }), 'Schema'],
  [definition({ LogGroupARNs: ['a'] }), 'LogGroupARNs'],
  [definition({ LogGroupNames: [] }), 'LogGroupNames'],
  [definition({ LogFormat: 'CLF' }), 'Fields'],
  [definition({ AggregateOn: 'Sum' }), 'ValueOf'],
  [definition({ Contribution: { Keys: ['ip'] } }), 'ip'],
  [definition({ Contribution: { Keys: ['$.a'], Filters: [{ Match: '$.b', Like: 'c' }] } }), 'IsPresent'],
  [definition({ Contribution: { Keys: ['$.a'], Filters: [{ Match: '$.b', In: ['c'], NotIn: ['d'] }] } }), 'operator'],
  [definition({ Contribution: { Keys: ['$.a', '$.b', '$.c', '$.d', '$.e'] } }), 'Keys'],
  [definition({ Contributors: {} }), 'Contributors'],
])('the definition %s is refused', async (RuleDefinition, message) => {
  await expect(cloudwatch.send(new PutInsightRuleCommand({ RuleName: 'bad', RuleDefinition }))).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: expect.stringContaining(message),
  })
})

test('reports and figures need their permission; which groups a rule is about can be limited', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'looker' }))
  const Statement = [
    { Effect: 'Allow', Action: 'cloudwatch:GetMetricData', Resource: '*' },
    {
      ...{ Effect: 'Allow', Action: 'cloudwatch:PutInsightRule', Resource: '*' },
      Condition: { 'ForAllValues:StringEquals': { 'cloudwatch:requestInsightRuleLogGroups': ['/mine'] } },
    },
  ]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'looker', PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'looker' }))
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  const looker = node.client(CloudWatchClient, { credentials })
  const times = { StartTime: new Date(node.clock.nowMs() - minuteMs), EndTime: new Date(node.clock.nowMs()) }
  const denied = { name: expect.stringMatching(/AccessDenied/) }
  await expect(
    looker.send(new GetInsightRuleReportCommand({ RuleName: 'count', Period: 60, ...times })),
  ).rejects.toMatchObject(denied)
  const MetricDataQueries = [{ Id: 'e1', Expression: "INSIGHT_RULE_METRIC('count', 'Sum')", Period: 60 }]
  await expect(looker.send(new GetMetricDataCommand({ MetricDataQueries, ...times }))).rejects.toMatchObject(denied)
  const putting = (groups: string[]) =>
    looker.send(
      new PutInsightRuleCommand({ RuleName: 'theirs', RuleDefinition: definition({ LogGroupNames: groups }) }),
    )
  await expect(putting(['/mine', '/shop/api'])).rejects.toMatchObject(denied)
  await putting(['/mine'])
})
