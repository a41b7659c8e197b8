import { gunzipSync } from 'node:zlib'
import {
  CloudWatchLogsClient,
  CreateDeliveryCommand,
  CreateLogGroupCommand,
  DeleteDeliveryCommand,
  DeleteDeliveryDestinationCommand,
  DeleteDeliveryDestinationPolicyCommand,
  DeleteDeliverySourceCommand,
  DescribeConfigurationTemplatesCommand,
  DescribeDeliveriesCommand,
  DescribeDeliveryDestinationsCommand,
  DescribeDeliverySourcesCommand,
  FilterLogEventsCommand,
  GetDeliveryCommand,
  GetDeliveryDestinationPolicyCommand,
  GetDeliverySourceCommand,
  ListTagsForResourceCommand,
  PutDeliveryDestinationCommand,
  PutDeliveryDestinationPolicyCommand,
  PutDeliverySourceCommand,
  paginateFilterLogEvents,
  TagResourceCommand,
  UpdateDeliveryConfigurationCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateEventBusCommand,
  DescribeEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  UpdateEventBusCommand,
} from '@aws-sdk/client-eventbridge'
import { CreateDeliveryStreamCommand, DescribeDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ensureAdministrator } from '../../src/services/iam/bootstrap.ts'
import { startNode, type TestNode } from '../harness.ts'
import { makeRole } from './lambda-support.ts'

const patient = { timeout: 45_000, interval: 30 }
const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:000000000000:${resource}`
const busArn = arn('events', 'event-bus/orders')
let node: TestNode
let logs: CloudWatchLogsClient
let events: EventBridgeClient
let s3: S3Client

beforeAll(async () => {
  node = await startNode()
  logs = node.client(CloudWatchLogsClient)
  events = node.client(EventBridgeClient)
  s3 = node.client(S3Client)
  const LogConfig = { Level: 'TRACE' as const, IncludeDetail: 'FULL' as const }
  await events.send(new CreateEventBusCommand({ Name: 'orders', LogConfig }))
  const EventPattern = JSON.stringify({ source: ['app'] })
  await events.send(new PutRuleCommand({ Name: 'matching', EventBusName: 'orders', EventPattern }))
  const sqs = node.client(SQSClient)
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'taken' }))
  await sqs.send(new CreateQueueCommand({ QueueName: 'closed' }))
  const Statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: arn('sqs', 'taken') }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  const Targets = ['taken', 'closed'].map((name) => ({ Id: name, Arn: arn('sqs', name) }))
  await events.send(new PutTargetsCommand({ Rule: 'matching', EventBusName: 'orders', Targets }))
})
afterAll(() => node?.close())

const source = (name: string, logType: string, resourceArn = busArn) =>
  logs.send(new PutDeliverySourceCommand({ name, logType, resourceArn, tags: { of: 'orders' } }))
async function destination(name: string, destinationResourceArn: string, more: object = {}): Promise<string> {
  const to = { name, deliveryDestinationConfiguration: { destinationResourceArn }, ...more }
  const made = await logs.send(new PutDeliveryDestinationCommand(to))
  return made.deliveryDestination?.arn ?? ''
}
const deliver = async (deliverySourceName: string, deliveryDestinationArn: string, more: object = {}) =>
  (await logs.send(new CreateDeliveryCommand({ deliverySourceName, deliveryDestinationArn, ...more }))).delivery ?? {}
const put = (Source: string, Detail = '{"id":1}') =>
  events.send(new PutEventsCommand({ Entries: [{ EventBusName: 'orders', Source, DetailType: 'made', Detail }] }))
async function linesOf(logGroupName: string, least: number): Promise<Record<string, unknown>[]> {
  return vi.waitFor(async () => {
    const names = { logGroupName, logStreamNamePrefix: 'EventBridge' }
    const { events: found = [] } = await logs.send(new FilterLogEventsCommand(names))
    expect(found.length).toBeGreaterThanOrEqual(least)
    return found.map(({ message = '' }) => JSON.parse(message) as Record<string, unknown>)
  }, patient)
}
async function objectsOf(Bucket: string, least: number): Promise<{ key: string; text: string }[]> {
  const { Contents = [] } = await vi.waitFor(async () => {
    const listed = await s3.send(new ListObjectsV2Command({ Bucket }))
    expect(listed.KeyCount).toBeGreaterThanOrEqual(least)
    return listed
  }, patient)
  return Promise.all(
    Contents.map(async ({ Key: key = '' }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key }))
      return { key, text: gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString() }
    }),
  )
}

test('what a bus does with events is delivered to a log group, each level by its own source, over a restart', async () => {
  const group = '/aws/vendedlogs/events/event-bus/orders'
  await logs.send(new CreateLogGroupCommand({ logGroupName: group }))
  const to = await destination('group', arn('logs', `log-group:${group}`))
  for (const level of ['ERROR', 'INFO', 'TRACE']) {
    expect((await source(level, `${level}_LOGS`)).deliverySource).toEqual({
      ...{ name: level, arn: arn('logs', `delivery-source:${level}`), resourceArns: [busArn], service: 'events' },
      ...{ logType: `${level}_LOGS`, tags: { of: 'orders' } },
    })
    expect(await deliver(level, to)).toMatchObject({ deliverySourceName: level, deliveryDestinationType: 'CWL' })
  }
  await put('app')
  await put('other')
  await put('app', 'no json')
  await node.restart()
  logs = node.client(CloudWatchLogsClient)
  events = node.client(EventBridgeClient)
  s3 = node.client(S3Client)
  await node.clock.advance(2_000)
  const lines = await linesOf(group, 17)
  const count = new Map<string, number>()
  for (const { message_type: type } of lines) count.set(String(type), (count.get(String(type)) ?? 0) + 1)
  expect(Object.fromEntries(count)).toEqual({
    ...{ EVENT_RECEIPT: 2, EVENT_INGEST_SUCCESS: 2, EVENT_INGEST_FAILURE: 1, RULE_MATCH_START: 2, RULE_MATCH: 1 },
    ...{ NO_STANDARD_RULES_MATCHED: 1, INVOCATION_START: 2, INVOCATION_ATTEMPT_START: 2, INVOCATION_SUCCESS: 1 },
    ...{ INVOCATION_ATTEMPT_SUCCESS: 1, INVOCATION_ATTEMPT_PERMANENT_FAILURE: 1, INVOCATION_FAILURE: 1 },
  })
  const of = (type: string) => lines.find(({ message_type: one }) => one === type)
  expect(of('EVENT_INGEST_SUCCESS')).toMatchObject({
    ...{ resource_arn: busArn, event_bus_name: 'orders', log_level: 'INFO' },
    details: { caller_account_id: '000000000000', source: 'app', detail_type: 'made', event_detail: '{"id":1}' },
  })
  expect(of('EVENT_INGEST_FAILURE')).toMatchObject({ log_level: 'ERROR', error: { aws_service: 'events' } })
  expect(of('INVOCATION_FAILURE')).toMatchObject({
    ...{ log_level: 'ERROR', error: { aws_service: 'sqs' } },
    details: { target_arn: arn('sqs', 'closed'), final_invocation_status: 'NO_PERMISSIONS', total_attempts: 1 },
  })
  expect(of('RULE_MATCH')).toMatchObject({
    details: {
      target_arns: [arn('sqs', 'taken'), arn('sqs', 'closed')],
      rule_arn: arn('events', 'rule/orders/matching'),
    },
  })
})

test('a bus tells as much as its LogConfig says', async () => {
  const LogConfig = { Level: 'ERROR' as const, IncludeDetail: 'NONE' as const }
  await events.send(new CreateEventBusCommand({ Name: 'quiet' }))
  expect((await events.send(new DescribeEventBusCommand({ Name: 'quiet' }))).LogConfig).toBeUndefined()
  expect((await events.send(new UpdateEventBusCommand({ Name: 'quiet', LogConfig }))).LogConfig).toEqual(LogConfig)
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'quiet' }))
  const to = await destination('quiet', arn('logs', 'log-group:quiet:*'))
  for (const level of ['ERROR', 'INFO']) {
    await source(`quiet-${level}`, `${level}_LOGS`, arn('events', 'event-bus/quiet'))
    await deliver(`quiet-${level}`, to)
  }
  const entry = { EventBusName: 'quiet', Source: 'app', DetailType: 'made' }
  await events.send(new PutEventsCommand({ Entries: ['{}', 'no json'].map((Detail) => ({ ...entry, Detail })) }))
  await node.clock.advance(2_000)
  const [line, ...more] = await linesOf('quiet', 1)
  expect(more).toEqual([])
  expect(line).toMatchObject({ message_type: 'EVENT_INGEST_FAILURE' })
  expect(line?.details).not.toHaveProperty('event_detail')
  await events.send(new UpdateEventBusCommand({ Name: 'quiet', LogConfig: { Level: 'OFF' } }))
  await events.send(new PutEventsCommand({ Entries: [{ ...entry, Detail: 'no json' }] }))
  await node.clock.advance(2_000)
  expect(await linesOf('quiet', 1)).toHaveLength(1)
})

test('a bucket gets objects of fields and form, at a path, that the delivery says, and is opened for them', async () => {
  for (const Bucket of ['vended', 'prefixed']) await s3.send(new CreateBucketCommand({ Bucket }))
  const json = await destination('bucket', 'arn:aws:s3:::vended', { outputFormat: 'json' })
  const w3c = await destination('w3c', 'arn:aws:s3:::prefixed/mine', { outputFormat: 'w3c' })
  const made = await deliver('INFO', json)
  expect(made.s3DeliveryConfiguration).toEqual({
    ...{ suffixPath: '{region}/{yyyy}/{MM}/{dd}/{HH}/', enableHiveCompatiblePath: false },
  })
  const fields = ['resource_arn', 'message_timestamp_ms', 'message_type', 'log_level']
  const s3DeliveryConfiguration = { suffixPath: 'by/{yyyy}/{dd}', enableHiveCompatiblePath: true }
  const more = { recordFields: fields, fieldDelimiter: '|', s3DeliveryConfiguration }
  expect(await deliver('INFO', w3c, more)).toMatchObject(more)
  // What is open already is left as it is.
  const { id } = await deliver('ERROR', json)
  const { Policy = '' } = await s3.send(new GetBucketPolicyCommand({ Bucket: 'vended' }))
  expect(JSON.parse(Policy)).toMatchObject({
    Statement: [
      {
        Principal: { Service: 'delivery.logs.amazonaws.com' },
        Resource: 'arn:aws:s3:::vended/AWSLogs/000000000000/EventBusLogs/*',
      },
    ],
  })
  // Where objects begin otherwise from now on, the bucket lets them in there.
  const hive = { s3DeliveryConfiguration: { enableHiveCompatiblePath: true } }
  await logs.send(new UpdateDeliveryConfigurationCommand({ id, ...hive }))
  const { Policy: opened = '' } = await s3.send(new GetBucketPolicyCommand({ Bucket: 'vended' }))
  expect(opened).toContain('arn:aws:s3:::vended/AWSLogs/aws-account-id=000000000000/EventBusLogs/*')
  const at = new Date(node.clock.nowMs())
  await put('other')
  await node.clock.advance(300_000)
  const [year, month, day, hour] = at.toISOString().split(/[-T:]/)
  const [plain] = await objectsOf('vended', 1)
  expect(plain?.key).toContain(`AWSLogs/000000000000/EventBusLogs/us-east-1/${year}/${month}/${day}/${hour}/0000`)
  expect(
    plain?.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).message_type),
  ).toEqual([...['EVENT_INGEST_SUCCESS', 'NO_STANDARD_RULES_MATCHED']])
  const [lines] = await objectsOf('prefixed', 1)
  expect(lines?.key).toContain(`mine/by/year=${year}/day=${day}/`)
  const [version, names, first] = lines?.text.split('\n') ?? []
  expect([version, names]).toEqual(['#Version: 1.0', `#Fields: ${fields.join(' ')}`])
  expect(first).toBe(`${busArn}|${first?.split('|')[1]}|EVENT_INGEST_SUCCESS|INFO`)
})

test('a Firehose gets records, and the tag that lets them in', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'streamed' }))
  const putting = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
  const RoleARN = await makeRole(node, 'streams', [putting], 'firehose.amazonaws.com')
  const firehose = node.client(FirehoseClient)
  const BufferingHints = { IntervalInSeconds: 60, SizeInMBs: 1 }
  const settings = { RoleARN, BucketARN: 'arn:aws:s3:::streamed', BufferingHints, CompressionFormat: 'GZIP' as const }
  const named = { DeliveryStreamName: 'vended' }
  await firehose.send(new CreateDeliveryStreamCommand({ ...named, ExtendedS3DestinationConfiguration: settings }))
  await vi.waitFor(async () => {
    const { DeliveryStreamDescription: found } = await firehose.send(new DescribeDeliveryStreamCommand(named))
    expect(found?.DeliveryStreamStatus).toBe('ACTIVE')
  }, patient)
  const fields = ['resource_arn', 'message_timestamp_ms', 'message_type', 'log_level']
  const to = await destination('stream', arn('firehose', 'deliverystream/vended'), { outputFormat: 'plain' })
  await deliver('INFO', to, { recordFields: fields, fieldDelimiter: ',' })
  await put('other')
  await node.clock.advance(2_000)
  // Both are due in turn: the record at the stream, then the stream's buffer.
  await vi.waitFor(async () => {
    await node.clock.advance(61_000)
    expect((await s3.send(new ListObjectsV2Command({ Bucket: 'streamed' }))).KeyCount).toBeGreaterThan(0)
  }, patient)
  const text = (await objectsOf('streamed', 1)).map((one) => one.text).join('')
  expect(text).toMatch(/^arn:aws:events:us-east-1:000000000000:event-bus\/orders,\d+,EVENT_INGEST_SUCCESS,INFO\n/)
})

test('sources, destinations, their policies and deliveries are described, changed and deleted', async () => {
  const { deliverySources } = await logs.send(new DescribeDeliverySourcesCommand({ resourceArns: [busArn] }))
  expect(deliverySources?.map(({ name }) => name)).toEqual(['ERROR', 'INFO', 'TRACE'])
  const first = await logs.send(new DescribeDeliveryDestinationsCommand({ limit: 1 }))
  const { nextToken } = first
  const rest = await logs.send(new DescribeDeliveryDestinationsCommand({ nextToken }))
  expect([...(first.deliveryDestinations ?? []), ...(rest.deliveryDestinations ?? [])].map(({ name }) => name)).toEqual(
    [...['bucket', 'group', 'quiet', 'stream', 'w3c']],
  )
  const { deliveries = [] } = await logs.send(new DescribeDeliveriesCommand({ deliverySourceNames: ['TRACE'] }))
  const { id = '', arn: deliveryArn = '' } = deliveries[0] ?? {}
  expect(deliveryArn).toBe(arn('logs', `delivery:${id}`))
  await logs.send(new TagResourceCommand({ resourceArn: deliveryArn, tags: { a: 'b' } }))
  const tagged = await logs.send(new ListTagsForResourceCommand({ resourceArn: deliveryArn }))
  expect(tagged.tags).toEqual({ a: 'b' })
  const recordFields = ['message_type', 'log_level', 'resource_arn', 'message_timestamp_ms']
  await logs.send(new UpdateDeliveryConfigurationCommand({ id, recordFields }))
  expect((await logs.send(new GetDeliveryCommand({ id }))).delivery).toMatchObject({ recordFields, tags: { a: 'b' } })
  const deliveryDestinationPolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'logs:CreateDelivery', Resource: '*' },
  })
  const named = { deliveryDestinationName: 'bucket' }
  await logs.send(new PutDeliveryDestinationPolicyCommand({ ...named, deliveryDestinationPolicy }))
  const { policy } = await logs.send(new GetDeliveryDestinationPolicyCommand(named))
  expect(policy).toEqual({ deliveryDestinationPolicy })
  await logs.send(new DeleteDeliveryDestinationPolicyCommand(named))
  await expect(logs.send(new DeleteDeliverySourceCommand({ name: 'TRACE' }))).rejects.toMatchObject({
    name: 'ConflictException',
  })
  await expect(logs.send(new DeleteDeliveryDestinationCommand({ name: 'group' }))).rejects.toMatchObject({
    name: 'ConflictException',
  })
  await logs.send(new DeleteDeliveryCommand({ id }))
  await expect(logs.send(new GetDeliveryCommand({ id }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await logs.send(new DeleteDeliverySourceCommand({ name: 'TRACE' }))
  await expect(logs.send(new GetDeliverySourceCommand({ name: 'TRACE' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})

test('templates say what can be delivered, and what can not be is refused by what there is', async () => {
  const of = { service: 'events', deliveryDestinationTypes: ['S3' as const] }
  const { configurationTemplates = [] } = await logs.send(new DescribeConfigurationTemplatesCommand(of))
  expect(configurationTemplates.map(({ logType }) => logType)).toEqual(['ERROR_LOGS', 'INFO_LOGS', 'TRACE_LOGS'])
  expect(configurationTemplates[0]).toMatchObject({
    ...{ resourceType: 'event-bus', allowedOutputFormats: ['json', 'plain', 'w3c', 'raw'] },
    allowedActionForAllowVendedLogsDeliveryForResource: 'events:AllowVendedLogDeliveryForResource',
  })
  const refused = (message: RegExp | string) => ({
    name: 'ValidationException',
    message: expect.stringMatching(message),
  })
  await expect(source('x', 'ACCESS_LOGS', arn('cloudfront', 'distribution/d'))).rejects.toMatchObject(
    refused(/ERROR_LOGS of events event-bus/),
  )
  await expect(source('x', 'INFO_LOGS', arn('events', 'event-bus/none'))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
  await expect(destination('x', 'arn:aws:s3:::vended', { outputFormat: 'parquet' })).rejects.toMatchObject(
    refused(/parquet is not supported/),
  )
  await expect(destination('bucket', 'arn:aws:s3:::vended', { outputFormat: 'raw' })).rejects.toMatchObject({
    name: 'ConflictException',
  })
  await expect(destination('x', arn('sqs', 'taken'))).rejects.toMatchObject(refused(/must be of a bucket/))
  const to = arn('logs', 'delivery-destination:bucket')
  for (const [more, message] of [
    [{ recordFields: ['message_type'] }, /mandatory field resource_arn/],
    [{ recordFields: ['nothing'] }, /not nothing/],
    [{ fieldDelimiter: ',' }, /outputFormat plain/],
    [{ s3DeliveryConfiguration: { suffixPath: '{nothing}' } }, /suffixPath is invalid/],
  ] as const)
    await expect(deliver('ERROR', to, more)).rejects.toMatchObject(refused(message))
  await expect(deliver('INFO', to)).rejects.toMatchObject({ name: 'ConflictException' })
})

test('a source needs to be allowed on its resource, and a delivery may not open what its maker may not', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'maker' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'maker' }))
  const [accessKeyId, secretAccessKey] = [AccessKey?.AccessKeyId ?? '', AccessKey?.SecretAccessKey ?? '']
  const theirs = node.client(CloudWatchLogsClient, { credentials: { accessKeyId, secretAccessKey } })
  const allow = (Action: string[]) =>
    iam.send(
      new PutUserPolicyCommand({
        ...{ UserName: 'maker', PolicyName: 'p' },
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: { Effect: 'Allow', Action, Resource: '*' },
        }),
      }),
    )
  await allow(['logs:*Delivery*'])
  const asked = new PutDeliverySourceCommand({ name: 'theirs', logType: 'TRACE_LOGS', resourceArn: busArn })
  await expect(theirs.send(asked)).rejects.toThrow(/events:AllowVendedLogDeliveryForResource/)
  await allow(['logs:*Delivery*', 'events:AllowVendedLogDeliveryForResource'])
  await theirs.send(asked)
  await s3.send(new CreateBucketCommand({ Bucket: 'closed' }))
  const to = await destination('closed', 'arn:aws:s3:::closed')
  const delivery = new CreateDeliveryCommand({ deliverySourceName: 'theirs', deliveryDestinationArn: to })
  await expect(theirs.send(delivery)).rejects.toMatchObject({ name: 'AccessDeniedException' })
})

test('another account delivers to a destination whose policy lets it, once the bucket lets it in', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'shared' }))
  const to = await destination('shared', 'arn:aws:s3:::shared')
  const { host } = node.node
  const { accessKeyId, secretAccessKey } = await ensureAdministrator(host.records, host.ids, '111111111111', 0)
  const credentials = { accessKeyId, secretAccessKey }
  const theirs = node.client(CloudWatchLogsClient, { credentials })
  const theirEvents = node.client(EventBridgeClient, { credentials })
  await theirEvents.send(new CreateEventBusCommand({ Name: 'far', LogConfig: { Level: 'INFO' } }))
  const resourceArn = 'arn:aws:events:us-east-1:111111111111:event-bus/far'
  await theirs.send(new PutDeliverySourceCommand({ name: 'far', logType: 'INFO_LOGS', resourceArn }))
  const asked = { deliverySourceName: 'far', deliveryDestinationArn: to }
  const denied = { name: 'AccessDeniedException' }
  await expect(theirs.send(new CreateDeliveryCommand(asked))).rejects.toMatchObject(denied)
  const statement = (Principal: object, Action: string, Resource: string) =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Principal, Action, Resource } })
  const deliveryDestinationPolicy = statement({ AWS: '111111111111' }, 'logs:CreateDelivery', to)
  const policy = { deliveryDestinationName: 'shared', deliveryDestinationPolicy }
  await logs.send(new PutDeliveryDestinationPolicyCommand(policy))
  // They may not open a bucket of this account.
  await expect(theirs.send(new CreateDeliveryCommand(asked))).rejects.toMatchObject(denied)
  const Policy = statement({ Service: 'delivery.logs.amazonaws.com' }, 's3:PutObject', 'arn:aws:s3:::shared/*')
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'shared', Policy }))
  await theirs.send(new CreateDeliveryCommand(asked))
  const entry = { EventBusName: 'far', Source: 'app', DetailType: 'made', Detail: '{}' }
  await theirEvents.send(new PutEventsCommand({ Entries: [entry] }))
  await node.clock.advance(300_000)
  const [object] = await objectsOf('shared', 1)
  expect(object?.key).toMatch(/^AWSLogs\/111111111111\/EventBusLogs\//)
  expect(object?.text).toContain(resourceArn)
})

test('lines that grow as they are written, by what stands for their delimiter, are delivered all the same', async () => {
  const logGroupName = '/aws/vendedlogs/commas'
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await source('commas', 'TRACE_LOGS')
  const to = await destination('commas', arn('logs', `log-group:${logGroupName}`), { outputFormat: 'plain' })
  await deliver('commas', to, { fieldDelimiter: ',' })
  // In all 600 KB of records, and three times as much of lines. One of them alone is more than a log event may be.
  for (const commas of [200_000, 200_000, 400_000]) await put('other', JSON.stringify({ x: ','.repeat(commas) }))
  await put('other')
  await node.clock.advance(2_000)
  await vi.waitFor(async () => {
    const asked = { logGroupName, logStreamNamePrefix: 'EventBridge' }
    const lengths: number[] = []
    for await (const { events: found = [] } of paginateFilterLogEvents({ client: logs }, asked))
      for (const { message = '' } of found) if (message.includes('EVENT_RECEIPT')) lengths.push(message.length)
    expect(lengths.filter((length) => length > 600_000)).toHaveLength(2)
    expect(lengths).toHaveLength(3)
  }, patient)
})
