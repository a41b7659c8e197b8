import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmContributorsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  ListTagsForResourceCommand,
  PutCompositeAlarmCommand,
  PutLogAlarmCommand,
  type PutLogAlarmCommandInput,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { resultOf } from '../../src/services/cloudwatch/log-query.ts'
import { earlyInTheHour, startNode, type TestNode } from '../harness.ts'
import { makeRole } from './lambda-support.ts'

const patient = { timeout: 45_000, interval: 50 }
const everyMs = 5 * 60_000
const logGroupName = '/app/orders'
const account = '000000000000'
const arn = (name: string) => `arn:aws:cloudwatch:us-east-1:${account}:alarm:${name}`
let node: TestNode
let cloudwatch: CloudWatchClient
let roles: { runs: string; lines: string; none: string }

const queries = [{ Effect: 'Allow', Action: ['logs:StartQuery', 'logs:GetQueryResults'], Resource: '*' }]

beforeAll(async () => {
  node = await startNode({ hostMs: earlyInTheHour() })
  cloudwatch = node.client(CloudWatchClient)
  const logs = node.client(CloudWatchLogsClient)
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }))
  roles = {
    runs: await makeRole(node, 'runs', queries, 'logs.amazonaws.com'),
    lines: await makeRole(node, 'lines', queries, 'cloudwatch.amazonaws.com'),
    none: await makeRole(node, 'none', [], 'logs.amazonaws.com'),
  }
})
afterAll(() => node?.close())

type Query = Partial<NonNullable<PutLogAlarmCommandInput['ScheduledQueryConfiguration']>>
const settings = (AlarmName: string, rest: Partial<PutLogAlarmCommandInput> = {}, query: Query = {}) => ({
  ...{ AlarmName, QueryResultsToEvaluate: 1, QueryResultsToAlarm: 1, Threshold: 1 },
  ComparisonOperator: 'GreaterThanThreshold' as const,
  ...rest,
  ScheduledQueryConfiguration: {
    QueryString: 'fields @message | filter @message like /ERROR/ # only errors',
    LogGroupIdentifiers: [logGroupName],
    ScheduledQueryRoleARN: roles.runs,
    ScheduleConfiguration: { ScheduleExpression: 'rate(5 minutes)', StartTimeOffset: 300 },
    AggregationExpression: 'count(*)',
    ...query,
  },
})
const put = (...given: Parameters<typeof settings>) => cloudwatch.send(new PutLogAlarmCommand(settings(...given)))
async function described(name: string) {
  const { LogAlarms = [] } = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ['LogAlarm'] }),
  )
  return LogAlarms[0]
}
const becomes = (name: string, what: object) =>
  vi.waitFor(async () => expect(await described(name)).toMatchObject(what), patient)
const log = (...messages: string[]) =>
  node.client(CloudWatchLogsClient).send(
    new PutLogEventsCommand({
      ...{ logGroupName, logStreamName: 's' },
      logEvents: messages.map((message) => ({ message, timestamp: node.clock.nowMs() })),
    }),
  )
/** Goes to the next time of the schedule. */
const nextRun = () => {
  const now = node.clock.nowMs()
  return node.clock.advance(Math.floor(now / everyMs) * everyMs + everyMs + 100 - now)
}
async function messages(QueueUrl: string): Promise<Record<string, unknown>[]> {
  const { Messages = [] } = await node
    .client(SQSClient)
    .send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }))
  return Messages.map(({ Body = '' }) => JSON.parse(Body) as Record<string, unknown>)
}

test('a log alarm follows what its query finds, and tells topics, rules and its history', async () => {
  const sqs = node.client(SQSClient)
  const open = (name: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: ['sns.amazonaws.com', 'events.amazonaws.com'] },
          Action: 'sqs:SendMessage',
          Resource: `arn:aws:sqs:us-east-1:${account}:${name}`,
        },
      ],
    })
  const queue = (QueueName: string) =>
    sqs.send(new CreateQueueCommand({ QueueName, Attributes: { Policy: open(QueueName) } }))
  const { QueueUrl: told = '' } = await queue('told')
  const { QueueUrl: ruled = '' } = await queue('ruled')
  const sns = node.client(SNSClient)
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'alarms' }))
  await sns.send(
    new SubscribeCommand({
      ...{ TopicArn, Protocol: 'sqs', Endpoint: `arn:aws:sqs:us-east-1:${account}:told` },
      Attributes: { RawMessageDelivery: 'true' },
    }),
  )
  const events = node.client(EventBridgeClient)
  await events.send(new PutRuleCommand({ Name: 'alarms', EventPattern: '{"source":["aws.cloudwatch"]}' }))
  const Targets = [{ Id: 'q', Arn: `arn:aws:sqs:us-east-1:${account}:ruled` }]
  await events.send(new PutTargetsCommand({ Rule: 'alarms', Targets }))

  const more = {
    ...{ AlarmActions: [TopicArn], ActionLogLineCount: 2, ActionLogLineRoleArn: roles.lines },
    Tags: [{ Key: 'team', Value: 'shop' }],
  }
  await put('errors', more)
  expect(await described('errors')).toMatchObject({
    ...{ AlarmArn: arn('errors'), StateValue: 'INSUFFICIENT_DATA', Threshold: 1, ActionLogLineCount: 2 },
    ScheduledQueryConfiguration: settings('errors').ScheduledQueryConfiguration,
  })
  const untyped = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ['errors'] }))
  expect(untyped.MetricAlarms).toEqual([])
  expect((await cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN: arn('errors') }))).Tags).toEqual(
    more.Tags,
  )
  // What was under way when a node ended goes on.
  await node.restart()
  cloudwatch = node.client(CloudWatchClient)
  await nextRun()
  await log('ERROR one', 'fine', 'ERROR two', 'ERROR three')
  await nextRun()
  await becomes('errors', {
    StateValue: 'ALARM',
    StateReason: expect.stringMatching(/^Threshold Crossed: 1 out of the last 1 query results \[3\.0 \(.*greater than/),
  })
  const [message] = await messages(told)
  expect(message).toMatchObject({ AlarmName: 'errors', NewStateValue: 'ALARM', Trigger: { Threshold: 1 } })
  expect(message?.LogLines).toHaveLength(2)
  expect(String(message?.LogLines)).toMatch(/^ERROR \w+,ERROR \w+$/)
  const [event] = await messages(ruled)
  expect(event).toMatchObject({
    'detail-type': 'CloudWatch Alarm State Change',
    detail: { alarmName: 'errors', state: { value: 'ALARM' } },
  })
  const { AlarmHistoryItems = [] } = await cloudwatch.send(
    new DescribeAlarmHistoryCommand({ AlarmTypes: ['LogAlarm'], HistoryItemType: 'StateUpdate' }),
  )
  expect(AlarmHistoryItems[0]).toMatchObject({ AlarmName: 'errors', AlarmType: 'LogAlarm' })

  // A composite alarm is about it as about any other, and it can be set by hand.
  await cloudwatch.send(new PutCompositeAlarmCommand({ AlarmName: 'both', AlarmRule: 'ALARM(errors)' }))
  await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'errors', StateValue: 'OK', StateReason: 'by hand' }))
  expect(await described('errors')).toMatchObject({ StateValue: 'OK', StateReason: 'by hand' })
  await expect(cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ['errors'] }))).rejects.toThrow(/composite/)
  await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ['errors', 'both'] }))
  expect(await described('errors')).toBeUndefined()
})

test('several groups are contributors, of which those that breach are told', async () => {
  await put(
    'slow',
    { QueryResultsToEvaluate: 2, QueryResultsToAlarm: 2, Threshold: 100, TreatMissingData: 'notBreaching' },
    {
      QueryString: 'parse @message "host=* ms=*" as host, ms',
      AggregationExpression: 'max(ms) as worst by host | sort desc',
    },
  )
  await nextRun()
  await log('host=a ms=500', 'host=b ms=20')
  await nextRun()
  await becomes('slow', { StateValue: 'OK' })
  await log('host=a ms=700', 'host=b ms=900')
  await nextRun()
  await becomes('slow', { StateValue: 'ALARM' })
  const { AlarmContributors = [] } = await cloudwatch.send(new DescribeAlarmContributorsCommand({ AlarmName: 'slow' }))
  expect(AlarmContributors.map((one) => one.ContributorAttributes)).toEqual([{ host: 'a' }])
  await nextRun()
  await becomes('slow', { StateValue: 'OK' })
})

test('what cannot be run is said, and is made good by what runs', async () => {
  // So that there are two whole runs while the last of them warms up, and the third is after it.
  await nextRun()
  await put('denied', {}, { ScheduledQueryRoleARN: roles.none })
  await put('gone', {}, { LogGroupIdentifiers: ['/nothing/here'] })
  // Log lines that cannot be had are no reason to say nothing.
  const nowhere = { AlarmActions: [`arn:aws:sns:us-east-1:${account}:nowhere`] }
  await put('lineless', { ...nowhere, ActionLogLineCount: 1, ActionLogLineRoleArn: roles.none })
  await put('warming', {
    WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 12, OnlyStartEvaluatingAfterWarmUpPeriodEnds: true },
    ...{ ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'breaching' },
  })
  await nextRun()
  await becomes('denied', {
    ...{ StateValue: 'INSUFFICIENT_DATA', EvaluationState: 'EVALUATION_ERROR' },
    StateReason: expect.stringContaining('logs:StartQuery'),
  })
  await becomes('gone', { EvaluationState: 'EVALUATION_ERROR' })
  const document = JSON.stringify({ Version: '2012-10-17', Statement: queries })
  await node
    .client(IAMClient)
    .send(new PutRolePolicyCommand({ RoleName: 'none', PolicyName: 'inline', PolicyDocument: document }))
  await log('ERROR a', 'ERROR b')
  await nextRun()
  await becomes('denied', { StateValue: 'ALARM' })
  await becomes('lineless', { StateValue: 'ALARM' })
  expect((await described('denied'))?.EvaluationState).toBeUndefined()
  expect(await described('warming')).toMatchObject({ StateValue: 'INSUFFICIENT_DATA' })
  await nextRun()
  await becomes('warming', { StateValue: 'ALARM' })
})

test('bad input and callers without permission are refused', async () => {
  const schedule = { ScheduleExpression: 'rate(5 minutes)', StartTimeOffset: 300 }
  const bad: [RegExp, Partial<PutLogAlarmCommandInput>, Query?][] = [
    [/QueryResultsToAlarm/, { QueryResultsToAlarm: 2 }],
    [/QueryResultsToEvaluate/, { QueryResultsToEvaluate: 101 }],
    [/ComparisonOperator/, { ComparisonOperator: 'LessThanLowerThreshold' }],
    [/TreatMissingData/, { TreatMissingData: 'never' }],
    [/ActionLogLineRoleArn/, { ActionLogLineCount: 1 }],
    [/ActionLogLineCount/, { ActionLogLineCount: 51, ActionLogLineRoleArn: roles.lines }],
    [/WarmUpPeriodDuration/, { WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 0 } }],
    [/ActionConfiguration/, { ActionConfiguration: { AlarmTagsPropagation: { Enabled: true } } }],
    [/AggregationExpression/, {}, { AggregationExpression: 'fields a' }],
    [/AggregationExpression/, {}, { AggregationExpression: 'count(*) | limit 3' }],
    [/one value/, {}, { AggregationExpression: 'count(*), max(ms)' }],
    [/QueryString/, {}, { QueryString: 'fields |' }],
    [/LogGroupIdentifiers/, {}, { LogGroupIdentifiers: [] }],
    [/QueryARN/, {}, { QueryARN: 'arn:aws:logs:us-east-1:000000000000:scheduled-query:a' }],
    [/ScheduledQueryRoleARN/, {}, { ScheduledQueryRoleARN: 'me' }],
    [/ScheduleExpression/, {}, { ScheduleConfiguration: { ...schedule, ScheduleExpression: 'cron(0 * * * ? *)' } }],
    [/StartTimeOffset/, {}, { ScheduleConfiguration: { ...schedule, StartTimeOffset: 2_592_001 } }],
    [/EndTimeOffset/, {}, { ScheduleConfiguration: { ...schedule, EndTimeOffset: 300 } }],
  ]
  for (const [why, rest, query] of bad)
    await expect(put('bad', rest, query)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(why),
    })
  const evaluated = { EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' as const }
  const metric = { Namespace: 'A', MetricName: 'm', Statistic: 'Sum' as const, Period: 60 }
  await put('of logs')
  await expect(
    cloudwatch.send(new PutMetricAlarmCommand({ AlarmName: 'of logs', ...evaluated, ...metric })),
  ).rejects.toThrow(/not a metric alarm/)
  await cloudwatch.send(new PutMetricAlarmCommand({ AlarmName: 'of a metric', ...evaluated, ...metric }))
  await expect(put('of a metric')).rejects.toThrow(/not a log alarm/)

  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'half' }))
  const allowed = [{ Effect: 'Allow', Action: 'cloudwatch:PutLogAlarm', Resource: '*' }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: allowed })
  await iam.send(new PutUserPolicyCommand({ UserName: 'half', PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'half' }))
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  await expect(
    node.client(CloudWatchClient, { credentials }).send(new PutLogAlarmCommand(settings('mine'))),
  ).rejects.toThrow(/iam:PassRole/)
})

test('a result keeps as many groups as are looked at, and of long names fewer', () => {
  const of = (groups: number, name: string) =>
    resultOf(
      { query: '', aggregation: 'count(*) by name' },
      Array.from({ length: groups }, (_, index) => [
        { field: 'name', value: `${index}${name}` },
        { field: 'count(*)', value: '1' },
      ]),
    )
  expect(of(500, 'a')).toMatchObject({ values: { length: 500 } })
  expect(of(500, 'a').partial).toBeUndefined()
  expect(of(501, 'a')).toMatchObject({ values: { length: 500 }, partial: true })
  expect(of(500, 'a'.repeat(2_000))).toMatchObject({ values: { length: 488 }, partial: true })
})
