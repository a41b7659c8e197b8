import { gunzipSync } from 'node:zlib'
import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutDataProtectionPolicyCommand,
  PutLogEventsCommand,
  PutMetricFilterCommand,
  PutSubscriptionFilterCommand,
  PutTransformerCommand,
  StartLiveTailCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateStreamCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { makeRole } from './lambda-support.ts'

const patient = { timeout: 45_000, interval: 50 }
const [logGroupName, logStreamName, StreamName] = ['/app/masked', 's', 'masked']
const mask = '*'.repeat('ann@example.com'.length)
let node: TestNode
let logs: CloudWatchLogsClient

beforeAll(async () => {
  node = await startNode()
  logs = node.client(CloudWatchLogsClient)
  await node.client(KinesisClient).send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
  const putting = { Effect: 'Allow', Action: 'kinesis:PutRecord', Resource: '*' }
  const roleArn = await makeRole(node, 'puts', [putting], 'logs.amazonaws.com')
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
  const DataIdentifier = ['arn:aws:dataprotection::aws:data-identifier/EmailAddress']
  const Statement = [
    { DataIdentifier, Operation: { Audit: { FindingsDestination: {} } } },
    { DataIdentifier, Operation: { Deidentify: { MaskConfig: {} } } },
  ]
  const policyDocument = JSON.stringify({ Name: 'p', Version: '2021-06-01', Statement })
  await logs.send(new PutDataProtectionPolicyCommand({ logGroupIdentifier: logGroupName, policyDocument }))
  const transformerConfig = [{ parseJSON: {} }, { addKeys: { entries: [{ key: 'made', value: 'yes' }] } }]
  await logs.send(new PutTransformerCommand({ logGroupIdentifier: logGroupName, transformerConfig }))
  const destinationArn = `arn:aws:kinesis:us-east-1:000000000000:stream/${StreamName}`
  for (const [filterName, applyOnTransformedLogs] of [
    ['raw', false],
    ['made', true],
  ] as const)
    await logs.send(
      new PutSubscriptionFilterCommand({
        ...{ logGroupName, filterName, filterPattern: '', destinationArn, roleArn, applyOnTransformedLogs },
      }),
    )
  for (const [filterName, filterPattern] of [
    ['plain', '"ann@example.com"'],
    ['starred', `"${mask}"`],
  ] as const)
    await logs.send(
      new PutMetricFilterCommand({
        ...{ logGroupName, filterName, filterPattern },
        metricTransformations: [{ metricName: filterName, metricNamespace: 'Masked', metricValue: '1' }],
      }),
    )
})
afterAll(() => node?.close())

/** What subscribers were given, by the names of their filters. */
async function delivered() {
  const kinesis = node.client(KinesisClient)
  const at = { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' as const }
  const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(at))
  await node.clock.advance(1_000)
  const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }))
  const said = Records.map(({ Data }) => JSON.parse(gunzipSync(Data!).toString()))
  const given = said.filter(({ messageType }) => messageType === 'DATA_MESSAGE')
  return Object.fromEntries(
    given.map(({ subscriptionFilters, logEvents }) => [subscriptionFilters[0], JSON.parse(logEvents[0].message)]),
  )
}

test('what is masked is so in subscriptions, also of transformed events, in metric filters and in live tail', async () => {
  // The SDK would put stream- before the address.
  const tailing = node.client(CloudWatchLogsClient, { disableHostPrefix: true } as object)
  const { responseStream } = await tailing.send(
    new StartLiveTailCommand({
      logGroupIdentifiers: [`arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`],
    }),
  )
  const message = JSON.stringify({ mail: 'ann@example.com' })
  const logEvents = [{ timestamp: node.clock.nowMs(), message }]
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }))
  await expect.poll(delivered, patient).toEqual({ raw: { mail: mask }, made: { mail: mask, made: 'yes' } })
  const live: (string | undefined)[] = []
  for await (const { sessionUpdate } of responseStream ?? []) {
    live.push(...(sessionUpdate?.sessionResults ?? []).map((one) => one.message))
    if (live.length > 0) break
    await node.clock.advance(1_000)
  }
  tailing.destroy()
  expect(live).toEqual([JSON.stringify({ mail: mask })])
  const { Metrics = [] } = await node.client(CloudWatchClient).send(new ListMetricsCommand({ Namespace: 'Masked' }))
  expect(Metrics.map(({ MetricName }) => MetricName)).toEqual(['starred'])
})
