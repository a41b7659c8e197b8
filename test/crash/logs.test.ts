import {
  CloudWatchLogsClient,
  CreateDeliveryCommand,
  CreateLogAnomalyDetectorCommand,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  CreateScheduledQueryCommand,
  FilterLogEventsCommand,
  GetLogAnomalyDetectorCommand,
  GetScheduledQueryHistoryCommand,
  ListAnomaliesCommand,
  PutDeliveryDestinationCommand,
  PutDeliverySourceCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateEventBusCommand, EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { CreateBucketCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { makeRole } from '../wire/lambda-support.ts'
import { type KillableNode, killableNode } from './killable.ts'

const patient = { timeout: 60_000, interval: 20 }
const [hourMs, minuteMs] = [3_600_000, 60_000]
const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:000000000000:${resource}`
const advance = (node: KillableNode, advanceMs: number) =>
  fetch(`${node.endpoint}/_landfall/clock`, { method: 'POST', body: JSON.stringify({ advanceMs }) })

async function groupOf(logs: CloudWatchLogsClient, logGroupName: string): Promise<void> {
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }))
}

test('a node that is killed while a bus logs what it does delivers every record to the log group, once', async () => {
  await using node = await killableNode()
  let logs = node.client(CloudWatchLogsClient)
  let events = node.client(EventBridgeClient)
  await events.send(new CreateEventBusCommand({ Name: 'bus', LogConfig: { Level: 'INFO' } }))
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'vended' }))
  const to = { destinationResourceArn: arn('logs', 'log-group:vended') }
  await logs.send(new PutDeliveryDestinationCommand({ name: 'to', deliveryDestinationConfiguration: to }))
  const source = { name: 'from', logType: 'INFO_LOGS', resourceArn: arn('events', 'event-bus/bus') }
  await logs.send(new PutDeliverySourceCommand(source))
  const deliveryDestinationArn = arn('logs', 'delivery-destination:to')
  await logs.send(new CreateDeliveryCommand({ deliverySourceName: 'from', deliveryDestinationArn }))

  const acknowledged: string[] = []
  const entry = { EventBusName: 'bus', Source: 'app', DetailType: 'made', Detail: '{}' }
  for (let round = 0; round < 3; round++) {
    const wanted = acknowledged.length + 40
    let killed = false
    const putting = [0, 1, 2].map(async () => {
      while (!killed) {
        const put = await events.send(new PutEventsCommand({ Entries: [entry] })).catch(() => undefined)
        const id = put?.Entries?.[0]?.EventId
        if (id !== undefined) acknowledged.push(id)
      }
    })
    await expect.poll(() => acknowledged.length, patient).toBeGreaterThanOrEqual(wanted)
    // Time for some of them to be on their way.
    await advance(node, 1_000)
    await node.kill()
    killed = true
    await Promise.all(putting)
    await node.start()
    logs = node.client(CloudWatchLogsClient)
    events = node.client(EventBridgeClient)
  }
  const delivered = async () => {
    const ids: string[] = []
    let nextToken: string | undefined
    do {
      const asked = { logGroupName: 'vended', filterPattern: '{ $.message_type = "EVENT_INGEST_SUCCESS" }', nextToken }
      const page = await logs.send(new FilterLogEventsCommand(asked))
      for (const { message = '' } of page.events ?? []) ids.push((JSON.parse(message) as { event_id: string }).event_id)
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    return ids
  }
  const missing = async () => {
    await advance(node, 1_000)
    const found = new Set(await delivered())
    return acknowledged.filter((id) => !found.has(id))
  }
  await expect.poll(missing, patient).toEqual([])
  const all = await delivered()
  expect(new Set(all).size).toBe(all.length)
})

test('a node that is killed as scheduled queries come due runs them, and brings their results to the bucket', async () => {
  await using node = await killableNode()
  let logs = node.client(CloudWatchLogsClient)
  let s3 = node.client(S3Client)
  await groupOf(logs, 'queried')
  await s3.send(new CreateBucketCommand({ Bucket: 'results' }))
  const allowed = [{ Effect: 'Allow', Action: ['logs:StartQuery', 's3:PutObject'], Resource: '*' }]
  const roleArn = await makeRole(node, 'scheduled', allowed, 'logs.amazonaws.com')
  const startedAt = Date.now()
  await logs.send(
    new CreateScheduledQueryCommand({
      ...{ name: 'hourly', queryLanguage: 'CWLI', queryString: 'fields @message', logGroupIdentifiers: ['queried'] },
      ...{ scheduleExpression: 'cron(0 * * * ? *)', executionRoleArn: roleArn },
      destinationConfiguration: { s3Configuration: { destinationIdentifier: 's3://results/q', roleArn } },
    }),
  )
  const history = async () => {
    const times = { startTime: startedAt, endTime: startedAt + 24 * hourMs }
    const asked = new GetScheduledQueryHistoryCommand({ identifier: 'hourly', ...times })
    return (await logs.send(asked)).triggerHistory ?? []
  }
  let known = 0
  for (let round = 0; round < 3; round++) {
    await advance(node, hourMs)
    await node.kill()
    await node.start()
    logs = node.client(CloudWatchLogsClient)
    s3 = node.client(S3Client)
    // Whether it came due before the node was killed or comes due now.
    await advance(node, hourMs)
    const ended = async () => {
      const runs = await history()
      const all = runs.every(
        (one) => one.executionStatus === 'Complete' && one.destinations?.[0]?.status === 'COMPLETE',
      )
      return all ? runs.length : 0
    }
    await expect.poll(ended, patient).toBeGreaterThan(known)
    known = (await history()).length
  }
  const runs = await history()
  const hours = runs.map(({ triggeredTimestamp = 0 }) => triggeredTimestamp / hourMs)
  expect(hours.every(Number.isInteger)).toBe(true)
  expect(new Set(hours).size).toBe(hours.length)
  for (const { destinations } of runs) {
    const Key = destinations?.[0]?.processedIdentifier?.slice('s3://results/'.length) ?? ''
    await s3.send(new HeadObjectCommand({ Bucket: 'results', Key }))
  }
})

test('a node that is killed while a detector learns, and as it has a window to look at, finds what is new, once', async () => {
  await using node = await killableNode()
  let logs = node.client(CloudWatchLogsClient)
  const logGroupName = 'watched'
  await groupOf(logs, logGroupName)
  const put = (...logEvents: { timestamp: number; message: string }[]) =>
    logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: 's', logEvents }))
  const fromMs = Date.now() - 40 * minuteMs
  const usual = (n: number) => `GET /items/${n} took ${n + 3} ms`
  await put(...Array.from({ length: 80 }, (_, n) => ({ timestamp: fromMs + n * 30_000, message: usual(n) })))
  const { anomalyDetectorArn } = await logs.send(
    new CreateLogAnomalyDetectorCommand({
      logGroupArnList: [arn('logs', `log-group:${logGroupName}`)],
      evaluationFrequency: 'ONE_MIN',
    }),
  )
  const again = async () => {
    await node.kill()
    await node.start()
    logs = node.client(CloudWatchLogsClient)
  }
  await again()
  const status = async () =>
    (await logs.send(new GetLogAnomalyDetectorCommand({ anomalyDetectorArn }))).anomalyDetectorStatus
  await expect.poll(status, patient).toBe('ANALYZING')
  await put({ timestamp: Date.now(), message: 'ERROR order 17 is lost' })
  await advance(node, 3 * minuteMs)
  await again()
  await advance(node, 3 * minuteMs)
  const anomalies = async () => (await logs.send(new ListAnomaliesCommand({ anomalyDetectorArn }))).anomalies ?? []
  await expect.poll(async () => (await anomalies()).length, patient).toBe(1)
  const [found] = await anomalies()
  expect(found?.patternString).toBe('ERROR order <*> is lost')
  expect(Object.values(found?.histogram ?? {})).toEqual([1])
})
