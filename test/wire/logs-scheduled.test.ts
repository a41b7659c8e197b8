import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  CreateScheduledQueryCommand,
  DeleteScheduledQueryCommand,
  GetScheduledQueryCommand,
  GetScheduledQueryHistoryCommand,
  ListScheduledQueriesCommand,
  PutLogEventsCommand,
  UpdateScheduledQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { askNode } from '../../src/control.ts'
import { startNode, type TestNode } from '../harness.ts'
import { makeRole } from './lambda-support.ts'

const patient = { timeout: 45_000, interval: 30 }
const hourMs = 3_600_000
const logGroupName = '/app/scheduled'
let node: TestNode
let logs: CloudWatchLogsClient
let roles: { runs: string; puts: string; none: string }

beforeAll(async () => {
  node = await startNode()
  logs = node.client(CloudWatchLogsClient)
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }))
  await node.client(S3Client).send(new CreateBucketCommand({ Bucket: 'results' }))
  const trusted = 'logs.amazonaws.com'
  roles = {
    runs: await makeRole(node, 'runs', [{ Effect: 'Allow', Action: 'logs:StartQuery', Resource: '*' }], trusted),
    puts: await makeRole(node, 'puts', [{ Effect: 'Allow', Action: 's3:PutObject', Resource: '*' }], trusted),
    none: await makeRole(node, 'none', [], trusted),
  }
})
afterAll(() => node?.close())

const settings = (more: object = {}) => ({
  ...{ queryLanguage: 'CWLI' as const, queryString: 'fields @message | filter @message like /wanted/' },
  ...{ logGroupIdentifiers: [logGroupName], scheduleExpression: 'cron(0 * * * ? *)', executionRoleArn: roles.runs },
  ...more,
})
const create = (name: string, more: object = {}) =>
  logs.send(new CreateScheduledQueryCommand({ name, ...settings(more) }))
const historyOf = async (identifier: string) => {
  const times = { startTime: 0, endTime: node.clock.nowMs() + hourMs }
  return (await logs.send(new GetScheduledQueryHistoryCommand({ identifier, ...times }))).triggerHistory ?? []
}

test('a scheduled query runs at its times as its role, over a restart, and its results go to a bucket', async () => {
  const to = { destinationIdentifier: 's3://results/a', roleArn: roles.puts }
  const { scheduledQueryArn } = await create('hourly', {
    destinationConfiguration: { s3Configuration: to },
    tags: { a: 'b' },
  })
  expect(scheduledQueryArn).toMatch(/^arn:aws:logs:us-east-1:000000000000:scheduled-query:[\w-]+$/)
  await node.restart()
  logs = node.client(CloudWatchLogsClient)
  const timestamp = node.clock.nowMs()
  const logEvents = ['wanted', 'other'].map((message) => ({ timestamp, message }))
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: 's', logEvents }))
  await node.clock.advance(hourMs)
  const [run] = await vi.waitFor(async () => {
    const runs = await historyOf('hourly')
    expect(runs).toMatchObject([{ executionStatus: 'Complete', destinations: [{ status: 'COMPLETE' }] }])
    return runs
  }, patient)
  expect(run?.triggeredTimestamp).toBe(Math.ceil(timestamp / hourMs) * hourMs)
  const uri = run?.destinations?.[0]?.processedIdentifier ?? ''
  expect(uri).toMatch(/^s3:\/\/results\/a\/hourly\//)
  const { Body } = await node
    .client(S3Client)
    .send(new GetObjectCommand({ Bucket: 'results', Key: uri.slice('s3://results/'.length) }))
  expect(JSON.parse((await Body?.transformToString()) ?? '')).toMatchObject({ results: [{ '@message': 'wanted' }] })
  const found = await logs.send(new GetScheduledQueryCommand({ identifier: scheduledQueryArn }))
  expect(found).toMatchObject({ name: 'hourly', lastExecutionStatus: 'Complete', state: 'ENABLED' })
})

test('a bucket that is busy gets the results later', async () => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const there = { endpoint: node.endpoint, region: 'us-east-1', credentials }
  const body = { action: 'throttle', service: 's3', operation: 'PutObject', count: 2 }
  await askNode(there, '/_landfall/faults', {}, { method: 'POST', body })
  const s3Configuration = { destinationIdentifier: 's3://results/busy', roleArn: roles.puts }
  await create('busy', { destinationConfiguration: { s3Configuration } })
  await node.clock.advance(hourMs)
  await vi.waitFor(async () => {
    expect(await historyOf('busy')).toMatchObject([{ destinations: [{ status: 'COMPLETE' }] }])
  }, patient)
  const { faults } = await askNode<{ faults: object[] }>(there, '/_landfall/faults')
  expect(faults).toMatchObject([{ hits: 2 }])
  await askNode(there, '/_landfall/faults', {}, { method: 'DELETE' })
  await logs.send(new DeleteScheduledQueryCommand({ identifier: 'busy' }))
})

test('a run whose role may not do it is told as failed, and disabled there is none', async () => {
  await create('denied', { executionRoleArn: roles.none })
  await node.clock.advance(hourMs)
  await vi.waitFor(
    async () =>
      expect(await historyOf('denied')).toMatchObject([
        { executionStatus: 'Failed', errorMessage: expect.any(String) },
      ]),
    patient,
  )
  const off = { identifier: 'denied', ...settings({ state: 'DISABLED', description: 'off' }) }
  expect(await logs.send(new UpdateScheduledQueryCommand(off))).toMatchObject({ state: 'DISABLED', description: 'off' })
  const { scheduledQueries } = await logs.send(new ListScheduledQueriesCommand({ state: 'DISABLED' }))
  expect(scheduledQueries).toMatchObject([{ name: 'denied', lastExecutionStatus: 'Failed' }])
  const before = (await historyOf('hourly')).length
  await node.clock.advance(hourMs)
  await vi.waitFor(async () => expect((await historyOf('hourly')).length).toBeGreaterThan(before), patient)
  expect(await historyOf('denied')).toHaveLength(1)
  await logs.send(new DeleteScheduledQueryCommand({ identifier: 'denied' }))
  await expect(historyOf('denied')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

test('what can not be scheduled is refused', async () => {
  await expect(create('hourly')).rejects.toMatchObject({ name: 'ConflictException' })
  for (const more of [
    { queryLanguage: 'SQL' },
    { queryString: 'nonsense' },
    { scheduleExpression: 'rate(1 hour)' },
    { scheduleExpression: 'cron(1)' },
    { timezone: 'Mars' },
    { logGroupIdentifiers: undefined },
    { startTimeOffset: -1 },
    { scheduleStartTime: 5, scheduleEndTime: 4 },
  ])
    await expect(create('bad', more), JSON.stringify(more)).rejects.toMatchObject({ name: 'ValidationException' })
})

test('who may not hand over the role is told so', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const Statement = { Effect: 'Allow', Action: 'logs:*', Resource: '*' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'logs', PolicyDocument }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const client = node.client(CloudWatchLogsClient, { credentials })
  await expect(client.send(new CreateScheduledQueryCommand({ name: 'hers', ...settings() }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('iam:PassRole'),
  })
})
