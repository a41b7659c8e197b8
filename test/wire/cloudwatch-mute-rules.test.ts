import {
  CloudWatchClient,
  DeleteAlarmMuteRuleCommand,
  DescribeAlarmHistoryCommand,
  GetAlarmMuteRuleCommand,
  ListAlarmMuteRulesCommand,
  PutAlarmMuteRuleCommand,
  type PutAlarmMuteRuleCommandInput,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateTopicCommand, SetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { earlyInTheHour, startNode, type TestNode } from '../harness.ts'

const patient = { timeout: 45_000, interval: 30 }
const hourMs = 3_600_000
const dayMs = 24 * hourMs
let node: TestNode
let cloudwatch: CloudWatchClient
let topic: string

beforeAll(async () => {
  node = await startNode({ hostMs: earlyInTheHour() })
  cloudwatch = node.client(CloudWatchClient)
  const sns = node.client(SNSClient)
  topic = (await sns.send(new CreateTopicCommand({ Name: 'told' }))).TopicArn ?? ''
  const Principal = { Service: 'cloudwatch.amazonaws.com' }
  const Statement = [{ Effect: 'Allow', Principal, Action: 'sns:Publish', Resource: topic }]
  const AttributeValue = JSON.stringify({ Version: '2012-10-17', Statement })
  await sns.send(new SetTopicAttributesCommand({ TopicArn: topic, AttributeName: 'Policy', AttributeValue }))
})
afterAll(() => node.close())

const alarm = (AlarmName: string) =>
  cloudwatch.send(
    new PutMetricAlarmCommand({
      ...{ AlarmName, Namespace: 'None', MetricName: 'None', Statistic: 'Sum', Period: 60, EvaluationPeriods: 1 },
      ...{ Threshold: 1, ComparisonOperator: 'GreaterThanThreshold', TreatMissingData: 'ignore' },
      ...{ AlarmActions: [topic], OKActions: [topic] },
    }),
  )
const becomes = (AlarmName: string, StateValue: 'OK' | 'ALARM') =>
  cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'so it is said' }))
const mute = (Name: string, Expression: string, Duration: string, rest: Partial<PutAlarmMuteRuleCommandInput> = {}) =>
  cloudwatch.send(new PutAlarmMuteRuleCommand({ Name, Rule: { Schedule: { Expression, Duration } }, ...rest }))
const told = async (AlarmName: string) =>
  (
    await cloudwatch.send(new DescribeAlarmHistoryCommand({ AlarmName, HistoryItemType: 'Action' }))
  ).AlarmHistoryItems?.filter(({ HistorySummary }) => HistorySummary?.startsWith('Successfully')).length ?? 0
const isTold = (name: string, count: number) => vi.waitFor(async () => expect(await told(name)).toBe(count), patient)
const statusOf = async (AlarmMuteRuleName: string) =>
  (await cloudwatch.send(new GetAlarmMuteRuleCommand({ AlarmMuteRuleName }))).Status
/** `at(…)` for so long from now. */
const at = (inMs: number) => `at(${new Date(node.clock.nowMs() + inMs).toISOString().slice(0, 16)})`

test('what changes in a window is told at its end, if it still is so, and once', async () => {
  await alarm('deploy')
  await mute('window', at(hourMs), 'PT2H', { MuteTargets: { AlarmNames: ['deploy'] } })
  expect(await statusOf('window')).toBe('SCHEDULED')
  await becomes('deploy', 'ALARM')
  await isTold('deploy', 1)
  node.clock.advance(hourMs + 1_000)
  expect(await statusOf('window')).toBe('ACTIVE')
  await becomes('deploy', 'OK')
  await becomes('deploy', 'ALARM')
  await alarm('other')
  await becomes('other', 'ALARM')
  await isTold('other', 1)
  expect(await told('deploy')).toBe(1)
  // What is held back is kept on disk.
  const nowMs = node.clock.nowMs()
  await node.restart()
  cloudwatch = node.client(CloudWatchClient)
  node.clock.advance(nowMs - node.clock.nowMs())
  expect(await told('deploy')).toBe(1)
  node.clock.advance(2 * hourMs)
  await isTold('deploy', 2)
  expect(await statusOf('window')).toBe('EXPIRED')
})

test('a rule that goes lets what it held back be told; others still hold theirs', async () => {
  for (const name of ['a', 'b']) await alarm(name)
  await mute('always', 'cron(* * * * *)', 'PT5M', { MuteTargets: { AlarmNames: ['a', 'b'] } })
  await mute('too', 'cron(* * * * *)', 'P1D', { MuteTargets: { AlarmNames: ['b'] } })
  node.clock.advance(61_000)
  for (const name of ['a', 'b']) await becomes(name, 'ALARM')
  const byAlarm = new ListAlarmMuteRulesCommand({ AlarmName: 'b', Statuses: ['ACTIVE'], MaxRecords: 1 })
  const page = await cloudwatch.send(byAlarm)
  expect(page.AlarmMuteRuleSummaries).toMatchObject([{ MuteType: 'RECURRING', Status: 'ACTIVE' }])
  const rest = new ListAlarmMuteRulesCommand({ ...byAlarm.input, NextToken: page.NextToken })
  expect((await cloudwatch.send(rest)).AlarmMuteRuleSummaries).toHaveLength(1)
  await cloudwatch.send(new DeleteAlarmMuteRuleCommand({ AlarmMuteRuleName: 'always' }))
  await isTold('a', 1)
  expect(await told('b')).toBe(0)
  await mute('too', 'cron(* * * * *)', 'P1D', { MuteTargets: { AlarmNames: [] } })
  await isTold('b', 1)
})

test('schedules are those of Unix, in a time zone, between two dates', async () => {
  const now = new Date(node.clock.nowMs())
  const weekday = (now.getUTCDay() + 1) % 7
  await mute('tomorrow', `cron(0 0 * * ${weekday})`, 'P1D')
  expect(await statusOf('tomorrow')).toBe('SCHEDULED')
  node.clock.advance(dayMs - (node.clock.nowMs() % dayMs) + 1_000)
  expect(await statusOf('tomorrow')).toBe('ACTIVE')
  node.clock.advance(dayMs)
  expect(await statusOf('tomorrow')).toBe('SCHEDULED')
  const ExpireDate = new Date(node.clock.nowMs() + hourMs)
  await mute('ends', 'cron(* * * * *)', 'PT1H', { StartDate: new Date(node.clock.nowMs() - hourMs), ExpireDate })
  expect(await statusOf('ends')).toBe('ACTIVE')
  node.clock.advance(hourMs)
  expect(await statusOf('ends')).toBe('EXPIRED')
  for (const [expression, duration, message] of [
    ['cron(0 2 * *)', 'PT1H', /Expression/],
    ['rate(1 hour)', 'PT1H', /Expression/],
    ['cron(0 2 * * *)', 'PT30S', /Duration/],
    ['cron(0 2 * * *)', 'P16D', /Duration/],
    ['cron(0 2 * * *)', 'an hour', /Duration/],
  ] as const)
    await expect(mute('bad', expression, duration)).rejects.toThrow(message)
})

test('who mutes alarms may do so to each of them', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'muter' }))
  const Resource = ['arn:aws:cloudwatch:*:*:alarm-mute-rule:*', 'arn:aws:cloudwatch:*:*:alarm:a']
  const Statement = [{ Effect: 'Allow', Action: 'cloudwatch:PutAlarmMuteRule', Resource }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'muter', PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'muter' }))
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  const muter = node.client(CloudWatchClient, { credentials })
  const Rule = { Schedule: { Expression: 'cron(0 2 * * *)', Duration: 'PT1H' } }
  const put = (names: string[]) =>
    muter.send(new PutAlarmMuteRuleCommand({ Name: 'his', Rule, MuteTargets: { AlarmNames: names } }))
  await put(['a'])
  await expect(put(['a', 'b'])).rejects.toThrow(/not authorized/)
})
