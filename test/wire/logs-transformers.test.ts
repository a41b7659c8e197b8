import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteTransformerCommand,
  DescribeMetricFiltersCommand,
  GetLogEventsCommand,
  GetQueryResultsCommand,
  GetTransformerCommand,
  type Processor,
  PutLogEventsCommand,
  PutMetricFilterCommand,
  PutTransformerCommand,
  StartQueryCommand,
  TestTransformerCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const patient = { timeout: 45_000, interval: 30 }
const logGroupName = '/app/transformed'
const csv: Processor[] = [
  { csv: { columns: ['level', 'ms'] } },
  { typeConverter: { entries: [{ key: 'ms', type: 'integer' }] } },
]
let node: TestNode
let logs: CloudWatchLogsClient

beforeAll(async () => {
  node = await startNode()
  logs = node.client(CloudWatchLogsClient)
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }))
})
afterAll(() => node?.close())

const put = (...messages: string[]) =>
  logs.send(
    new PutLogEventsCommand({
      ...{ logGroupName, logStreamName: 's' },
      logEvents: messages.map((message) => ({ timestamp: node.clock.nowMs(), message })),
    }),
  )
const putTransformer = (transformerConfig: Processor[], logGroupIdentifier = logGroupName) =>
  logs.send(new PutTransformerCommand({ logGroupIdentifier, transformerConfig }))

async function query(queryString: string) {
  const nowSec = Math.floor(node.clock.nowMs() / 1_000)
  const { queryId } = await logs.send(
    new StartQueryCommand({ logGroupName, startTime: nowSec - 3_600, endTime: nowSec + 60, queryString }),
  )
  return await vi.waitFor(async () => {
    const found = await logs.send(new GetQueryResultsCommand({ queryId }))
    expect(found.status).toBe('Complete')
    return found.results?.map((row) => Object.fromEntries(row.map(({ field, value }) => [field, value])))
  }, patient)
}

test('events are transformed as they come: filters and queries see that, reads do not', async () => {
  await put('before,1')
  await putTransformer(csv)
  const metric = { metricName: 'Slow', metricNamespace: 'T', metricValue: '$.ms' }
  const filter = { logGroupName, filterPattern: '{ $.level = "error" }', metricTransformations: [metric] }
  await logs.send(new PutMetricFilterCommand({ ...filter, filterName: 'made', applyOnTransformedLogs: true }))
  const raw = { ...metric, metricName: 'Raw' }
  await logs.send(new PutMetricFilterCommand({ ...filter, filterName: 'raw', metricTransformations: [raw] }))
  const { metricFilters } = await logs.send(new DescribeMetricFiltersCommand({ logGroupName }))
  expect(metricFilters?.map(({ applyOnTransformedLogs }) => applyOnTransformedLogs)).toEqual([true, undefined])
  await put('info,5', 'error,70')
  await node.restart()
  logs = node.client(CloudWatchLogsClient)
  await vi.waitFor(async () => {
    const rows = await query('filter ms > 50 | fields level, ms, @message')
    expect(rows).toMatchObject([{ level: 'error', ms: '70', '@message': 'error,70' }])
  }, patient)
  const { events } = await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName: 's', startFromHead: true }))
  expect(events?.map(({ message }) => message)).toEqual(['before,1', 'info,5', 'error,70'])
  const sums = (MetricName: string) =>
    node.client(CloudWatchClient).send(
      new GetMetricStatisticsCommand({
        ...{ Namespace: 'T', MetricName, Period: 3_600, Statistics: ['Sum'] },
        StartTime: new Date(node.clock.nowMs() - 3_600_000),
        EndTime: new Date(node.clock.nowMs() + 3_600_000),
      }),
    )
  await vi.waitFor(async () => expect((await sums('Slow')).Datapoints).toMatchObject([{ Sum: 70 }]), patient)
  expect((await sums('Raw')).Datapoints).toEqual([])
})

test('a transformer is there until it is deleted', async () => {
  await putTransformer(csv)
  const found = await logs.send(new GetTransformerCommand({ logGroupIdentifier: logGroupName }))
  expect(found).toMatchObject({ transformerConfig: csv, creationTime: expect.any(Number) })
  await logs.send(new DeleteTransformerCommand({ logGroupIdentifier: logGroupName }))
  const gone = { name: 'ResourceNotFoundException' }
  await expect(logs.send(new GetTransformerCommand({ logGroupIdentifier: logGroupName }))).rejects.toMatchObject(gone)
  await expect(putTransformer(csv, '/absent')).rejects.toMatchObject(gone)
})

test('a transformer is tried out, and one that would not end is ended', async () => {
  const tried = (transformerConfig: Processor[], ...logEventMessages: string[]) =>
    logs.send(new TestTransformerCommand({ transformerConfig, logEventMessages }))
  const { transformedLogs } = await tried(csv, 'error,70')
  expect(transformedLogs).toEqual([
    { eventNumber: 1, eventMessage: 'error,70', transformedEventMessage: '{"level":"error","ms":70}' },
  ])
  const endless = [{ grok: { match: '(a+)+%{INT:n}b' } }]
  await expect(tried(endless, 'a'.repeat(40))).rejects.toMatchObject({ name: 'InvalidParameterException' })
})

test('what breaks the rules of transformers is refused', async () => {
  const json = { parseJSON: {} }
  const refused: Processor[][] = [
    [{ addKeys: { entries: [{ key: 'a', value: 'b' }] } }],
    [json, { parseVPC: {} }],
    [json, json, json, json, json, json],
    [json, { grok: { match: '%{INT:a}' } }, { grok: { match: '%{INT:b}' } }],
    [{ grok: { match: '%{NOPE:a}' } }],
    [{ grok: { match: '%{INT}' } }],
    [{ parseJSON: { source: 'a' } }],
    [{ parseToOCSF: { eventSource: 'VPCFlow', ocsfVersion: 'V1.1' } }],
    [json, { substituteString: { entries: [{ source: 'a', from: '(', to: 'b' }] } }],
    [json, { dateTimeConverter: { source: 'a', target: 'b', matchPatterns: ['QQQ'] } }],
    [json, { dateTimeConverter: { source: 'a', target: 'b', matchPatterns: ['yyyy'], sourceTimezone: 'Mars' } }],
  ]
  for (const config of refused)
    await expect(putTransformer(config), JSON.stringify(config)).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })
})

test('who has no permission is told so', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const denied = node.client(CloudWatchLogsClient, { credentials })
  for (const command of [
    new PutTransformerCommand({ logGroupIdentifier: logGroupName, transformerConfig: csv }),
    new TestTransformerCommand({ transformerConfig: csv, logEventMessages: ['a'] }),
  ])
    await expect(denied.send(command as PutTransformerCommand)).rejects.toMatchObject({ name: 'AccessDeniedException' })
})
