import { gunzipSync } from 'node:zlib'
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteSubscriptionFilterCommand,
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
  DescribeResourcePoliciesCommand,
  DescribeSubscriptionFiltersCommand,
  FilterLogEventsCommand,
  ListLogGroupsCommand,
  PutLogEventsCommand,
  PutMetricFilterCommand,
  PutResourcePolicyCommand,
  PutRetentionPolicyCommand,
  PutSubscriptionFilterCommand,
  StartLiveTailCommand,
  TestMetricFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { AddPermissionCommand, GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { earlyInTheHour, startNode, type TestNode } from '../harness.ts'
import { makeFunction, makeRole } from './lambda-support.ts'

const patient = { timeout: 45_000, interval: 30 }
const account = '000000000000'
let node: TestNode
let logs: CloudWatchLogsClient

beforeAll(async () => {
  node = await startNode({ hostMs: earlyInTheHour() })
  logs = node.client(CloudWatchLogsClient)
})
afterAll(() => node.close())

async function makeGroup(logGroupName: string): Promise<void> {
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }))
}
const put = (logGroupName: string, ...messages: string[]) =>
  logs.send(
    new PutLogEventsCommand({
      logGroupName,
      logStreamName: 's',
      logEvents: messages.map((message, index) => ({ timestamp: node.clock.nowMs() + index, message })),
    }),
  )

async function sums(Namespace: string, MetricName: string, dimensions: Record<string, string> = {}) {
  const now = node.clock.nowMs()
  const { Datapoints = [] } = await node.client(CloudWatchClient).send(
    new GetMetricStatisticsCommand({
      Namespace,
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(now - 600_000),
      EndTime: new Date(now + 120_000),
      Period: 60,
      Statistics: ['Sum', 'SampleCount'],
    }),
  )
  return Datapoints.sort((a, b) => Number(a.Timestamp) - Number(b.Timestamp)).map(({ Sum, SampleCount, Unit }) => ({
    Sum,
    SampleCount,
    Unit,
  }))
}

test('a function gets the events that match, compressed, of those filters that may call it', async () => {
  const sqs = node.client(SQSClient)
  const lambda = node.client(LambdaClient)
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'heard' }))
  const role = await makeRole(node, 'hearer', [{ Effect: 'Allow', Action: '*', Resource: '*' }])
  await makeFunction(
    lambda,
    'hear',
    role,
    `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
     exports.handler = (event) => new SQSClient({}).send(new SendMessageCommand({
       QueueUrl: '${QueueUrl}', MessageBody: event.awslogs.data }))`,
  )
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: 'hear' }))
  const destinationArn = Configuration?.FunctionArn ?? ''
  await makeGroup('said')
  const subscribe = (filterName: string, rest: object = {}) =>
    logs.send(
      new PutSubscriptionFilterCommand({
        logGroupName: 'said',
        filterName,
        filterPattern: '{ $.level = "ERROR" }',
        destinationArn,
        ...rest,
      }),
    )
  await expect(subscribe('errors')).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: expect.stringContaining('Could not execute the lambda function'),
  })
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'hear',
      StatementId: 'logs',
      Action: 'lambda:InvokeFunction',
      Principal: 'logs.us-east-1.amazonaws.com',
      SourceArn: `arn:aws:logs:us-east-1:${account}:log-group:said:*`,
    }),
  )
  await subscribe('errors')
  await expect(
    subscribe('e', { destinationArn: `arn:aws:kinesis:us-east-1:${account}:stream/s` }),
  ).rejects.toMatchObject({
    message: expect.stringContaining('kinesis'),
  })
  await expect(subscribe('e', { logGroupName: '/aws/lambda/hear' })).rejects.toMatchObject({
    message: expect.stringContaining('reserved for the function logs'),
  })
  await expect(subscribe('e', { filterPattern: '{ $.a' })).rejects.toMatchObject({ name: 'InvalidParameterException' })
  await put('said', '{"level":"INFO"}', '{"level":"ERROR","n":1}', '{"level":"ERROR","n":2}')
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  const heard = JSON.parse(gunzipSync(Buffer.from(Messages?.[0]?.Body ?? '', 'base64')).toString())
  expect(heard).toMatchObject({
    messageType: 'DATA_MESSAGE',
    owner: account,
    logGroup: 'said',
    logStream: 's',
    subscriptionFilters: ['errors'],
    logEvents: [{ message: '{"level":"ERROR","n":1}' }, { message: '{"level":"ERROR","n":2}' }],
  })
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: 'said' }))
  expect(events.map(({ eventId }) => eventId)).toEqual(
    expect.arrayContaining(heard.logEvents.map(({ id }: { id: string }) => id)),
  )
  expect(
    (await logs.send(new DescribeSubscriptionFiltersCommand({ logGroupName: 'said' }))).subscriptionFilters,
  ).toMatchObject([{ filterName: 'errors', destinationArn, distribution: 'ByLogStream' }])
  await subscribe('second')
  await expect(subscribe('third')).rejects.toMatchObject({ name: 'LimitExceededException' })
  await logs.send(new DeleteSubscriptionFilterCommand({ logGroupName: 'said', filterName: 'second' }))
  await expect(
    logs.send(new DeleteSubscriptionFilterCommand({ logGroupName: 'said', filterName: 'second' })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

test('metric filters count events, take values and dimensions out of them, and fill in a default', async () => {
  await makeGroup('counted')
  const filter = (filterName: string, filterPattern: string, transformation: object) =>
    logs.send(
      new PutMetricFilterCommand({
        logGroupName: 'counted',
        filterName,
        filterPattern,
        metricTransformations: [
          { metricName: filterName, metricNamespace: 'Site', metricValue: '1', ...transformation },
        ],
      }),
    )
  await filter('errors', 'ERROR', { defaultValue: 0 })
  await filter('ms', '{ $.ms > 0 }', { metricValue: '$.ms', unit: 'Milliseconds', dimensions: { page: '$.page' } })
  await filter('bytes', '[ip, status = 2*, bytes]', { metricValue: '$bytes' })
  const minute = Math.ceil(node.clock.nowMs() / 60_000) * 60_000
  node.clock.advance(minute + 1_000 - node.clock.nowMs())
  await put('counted', 'all is well')
  await put(
    'counted',
    'ERROR one',
    'ERROR two',
    '{"ms":12,"page":"a"}',
    '{"ms":30,"page":"a"}',
    '{"ms":5}',
    '1.1.1.1 200 512',
  )
  node.clock.advance(60_000)
  await put('counted', 'quiet', '{"ms":7,"page":"b"}')
  expect(await sums('Site', 'errors')).toEqual([
    { Sum: 2, SampleCount: 3, Unit: 'None' },
    { Sum: 0, SampleCount: 1, Unit: 'None' },
  ])
  expect(await sums('Site', 'ms', { page: 'a' })).toEqual([{ Sum: 42, SampleCount: 2, Unit: 'Milliseconds' }])
  expect(await sums('Site', 'ms', { page: 'b' })).toEqual([{ Sum: 7, SampleCount: 1, Unit: 'Milliseconds' }])
  expect(await sums('Site', 'bytes')).toEqual([{ Sum: 512, SampleCount: 1, Unit: 'None' }])
  const { metricFilters } = await logs.send(new DescribeMetricFiltersCommand({ logGroupName: 'counted', limit: 2 }))
  expect(metricFilters?.map(({ filterName }) => filterName)).toEqual(['bytes', 'errors'])
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: 'counted' }))
  expect(logGroups?.[0]?.metricFilterCount).toBe(3)
  const refused = (pattern: string, transformation: object, text: string) =>
    expect(filter('bad', pattern, transformation)).rejects.toMatchObject({ message: expect.stringContaining(text) })
  await refused('ERROR', { metricValue: '$.ms' }, 'words')
  await refused('ERROR', { metricValue: 'many' }, 'metricValue')
  await refused('{ $.a = 1 }', { metricValue: '$.a', defaultValue: 0, dimensions: { a: '$.a' } }, 'mutually exclusive')
})

test('a filter is tried on messages', async () => {
  const tried = async (filterPattern: string, ...logEventMessages: string[]) =>
    (await logs.send(new TestMetricFilterCommand({ filterPattern, logEventMessages }))).matches
  expect(await tried('[ip, ..., status = 4*, bytes]', '1.1.1.1 - x 404 12', '1.1.1.1 - x 200 12')).toEqual([
    {
      eventNumber: 1,
      eventMessage: '1.1.1.1 - x 404 12',
      extractedValues: { $ip: '1.1.1.1', $status: '404', $bytes: '12' },
    },
  ])
  expect(await tried('{ $.a.b = 1 && $.c EXISTS }', '{}', '{"a":{"b":1},"c":"x"}')).toMatchObject([
    { eventNumber: 2, extractedValues: { '$.a.b': '1', '$.c': 'x' } },
  ])
})

test('patterns may hold regular expressions, in at most five filters of a group', async () => {
  await makeGroup('/regular')
  await put('/regular', 'GET /orders/17 200', 'GET /orders/x 404', '{"path":"/orders/9"}')
  const found = async (filterPattern: string) =>
    (await logs.send(new FilterLogEventsCommand({ logGroupName: '/regular', filterPattern }))).events?.map(
      ({ message }) => message,
    )
  expect(await found('%^GET\\s/orders/\\d+%')).toEqual(['GET /orders/17 200'])
  expect(await found('[method, path, status = %^4\\d{2}$%]')).toEqual(['GET /orders/x 404'])
  expect(await found('{ $.path = %orders/[0-9]$% }')).toEqual(['{"path":"/orders/9"}'])
  const metricTransformations = [{ metricName: 'n', metricNamespace: 'Own', metricValue: '1' }]
  const filter = (filterName: string, filterPattern: string) =>
    logs.send(
      new PutMetricFilterCommand({ logGroupName: '/regular', filterName, filterPattern, metricTransformations }),
    )
  for (let n = 0; n < 5; n++) await filter(`f${n}`, `%a${n}%`)
  await expect(filter('sixth', '%b%')).rejects.toMatchObject({ name: 'LimitExceededException' })
  await filter('words', 'b')
  await expect(filter('f0', '%(a)%')).rejects.toMatchObject({ name: 'InvalidParameterException' })
  await filter('f0', '{ $.a = %x% && $.b = %y% }')
})

test('metrics embedded in lines are counted, whatever precedes the JSON', async () => {
  await makeGroup('embedded')
  const line = (value: unknown) =>
    JSON.stringify({
      _aws: {
        Timestamp: node.clock.nowMs(),
        CloudWatchMetrics: [
          { Namespace: 'Emf', Dimensions: [['service'], []], Metrics: [{ Name: 'time', Unit: 'Milliseconds' }] },
        ],
      },
      service: 'shop',
      time: value,
    })
  await put('embedded', line([1, 2]), `2026-11-22T00:00:00Z\tid\tINFO\t${line(4)}`, line('none'), '{"_aws": broken')
  expect(await sums('Emf', 'time', { service: 'shop' })).toEqual([{ Sum: 7, SampleCount: 3, Unit: 'Milliseconds' }])
  expect(await sums('Emf', 'time')).toMatchObject([{ Sum: 7 }])
})

test('a live tail shows what comes after it began, and only what matches', async () => {
  await makeGroup('live')
  await put('live', 'wanted, before')
  const tail = node.client(CloudWatchLogsClient, { disableHostPrefix: true } as object)
  const { responseStream } = await tail.send(
    new StartLiveTailCommand({
      logGroupIdentifiers: [`arn:aws:logs:us-east-1:${account}:log-group:live`],
      logEventFilterPattern: 'wanted',
    }),
  )
  const seen: string[] = []
  let updates = 0
  for await (const event of responseStream ?? []) {
    if (event.sessionStart) expect(event.sessionStart.logEventFilterPattern).toBe('wanted')
    if (!event.sessionUpdate) continue
    if (updates++ === 0) await put('live', 'wanted, one', 'other', 'wanted, two')
    for (const { message = '', logGroupIdentifier } of event.sessionUpdate.sessionResults ?? []) {
      seen.push(message)
      expect(logGroupIdentifier).toBe(`${account}:live`)
    }
    node.clock.advance(1_000)
    if (updates === 4) break
  }
  expect(seen).toEqual(['wanted, one', 'wanted, two'])
  tail.destroy()
})

test('a live tail of much goes through a part of it, and says so', async () => {
  await makeGroup('loud')
  const tail = node.client(CloudWatchLogsClient, { disableHostPrefix: true } as object)
  const logGroupIdentifiers = [`arn:aws:logs:us-east-1:${account}:log-group:loud`]
  const { responseStream } = await tail.send(new StartLiveTailCommand({ logGroupIdentifiers }))
  const large = 'x'.repeat(200_000)
  let updates = 0
  for await (const { sessionUpdate } of responseStream ?? []) {
    if (!sessionUpdate) continue
    const { sessionResults = [], sessionMetadata } = sessionUpdate
    if (updates++ === 0) for (let n = 0; n < 8; n++) await put('loud', large, large, large, large)
    else if (sessionResults.length > 0) {
      expect(sessionMetadata?.sampled).toBe(true)
      expect(sessionResults.length).toBeLessThan(32)
      break
    }
    node.clock.advance(1_000)
  }
  tail.destroy()
})

test('resource policies are kept and listed; groups are listed by pattern', async () => {
  const policyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: '111111111111' },
        Action: 'logs:PutLogEvents',
        Resource: `arn:aws:logs:us-east-1:${account}:log-group:shared:*`,
      },
    ],
  })
  await logs.send(new PutResourcePolicyCommand({ policyName: 'p', policyDocument }))
  expect((await logs.send(new DescribeResourcePoliciesCommand({}))).resourcePolicies).toMatchObject([
    { policyName: 'p', policyDocument },
  ])
  // One that is JSON but no policy, too: what can't be read would deny all.
  for (const refused of ['no', '{"Statement":[{"Effect":"Perhaps"}]}']) {
    const put = logs.send(new PutResourcePolicyCommand({ policyName: 'q', policyDocument: refused }))
    await expect(put).rejects.toMatchObject({ name: 'InvalidParameterException' })
  }
  await makeGroup('shop/a')
  await makeGroup('shop/b')
  const { logGroups } = await logs.send(new ListLogGroupsCommand({ logGroupNamePattern: '^shop/' }))
  expect(logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(['shop/a', 'shop/b'])
})

test('what is past its retention goes, of a group that was there before the retention was set', async () => {
  await makeGroup('kept')
  await put('kept', 'old')
  await logs.send(new PutRetentionPolicyCommand({ logGroupName: 'kept', retentionInDays: 1 }))
  const storedBytes = async () =>
    (await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: 'kept' }))).logGroups?.[0]?.storedBytes
  expect(await storedBytes()).toBe(26 + 'old'.length)
  node.clock.advance(2 * 86_400_000)
  await vi.waitFor(async () => expect(await storedBytes()).toBe(0), patient)
  await logs.send(new PutRetentionPolicyCommand({ logGroupName: 'kept', retentionInDays: 7 }))
  expect((await logs.send(new FilterLogEventsCommand({ logGroupName: 'kept' }))).events).toEqual([])
})

test('templates make metric filters, subscription filters and policies', async () => {
  const cloudformation = node.client(CloudFormationClient)
  const TemplateBody = JSON.stringify({
    Resources: {
      Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'said-too' } },
      Count: {
        Type: 'AWS::Logs::MetricFilter',
        Properties: {
          LogGroupName: { Ref: 'Group' },
          FilterPattern: '{ $.a = 1 }',
          MetricTransformations: [
            {
              MetricName: 'a',
              MetricNamespace: 'T',
              MetricValue: '$.a',
              Dimensions: [{ Key: 'b', Value: '$.b' }],
            },
          ],
        },
      },
      May: {
        Type: 'AWS::Lambda::Permission',
        Properties: { FunctionName: 'hear', Action: 'lambda:InvokeFunction', Principal: 'logs.amazonaws.com' },
      },
      Hear: {
        Type: 'AWS::Logs::SubscriptionFilter',
        DependsOn: 'May',
        Properties: {
          LogGroupName: { Ref: 'Group' },
          FilterPattern: '',
          DestinationArn: `arn:aws:lambda:us-east-1:${account}:function:hear`,
        },
      },
      Policy: {
        Type: 'AWS::Logs::ResourcePolicy',
        Properties: {
          PolicyName: 'made',
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: { Effect: 'Allow', Principal: '*', Action: 'logs:PutLogEvents', Resource: '*' },
          }),
        },
      },
    },
  })
  const status = async () =>
    (await cloudformation.send(new DescribeStacksCommand({ StackName: 'logs' }))).Stacks?.[0]?.StackStatus
  await cloudformation.send(new CreateStackCommand({ StackName: 'logs', TemplateBody }))
  await vi.waitFor(async () => expect(await status()).toBe('CREATE_COMPLETE'), patient)
  const { metricFilters } = await logs.send(new DescribeMetricFiltersCommand({ logGroupName: 'said-too' }))
  expect(metricFilters).toMatchObject([{ metricTransformations: [{ dimensions: { b: '$.b' } }] }])
  await cloudformation.send(new DeleteStackCommand({ StackName: 'logs' }))
  await vi.waitFor(async () => expect(await status().catch(() => 'gone')).toBe('gone'), patient)
})
