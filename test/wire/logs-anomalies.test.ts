import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch'
import {
  CloudWatchLogsClient,
  CreateLogAnomalyDetectorCommand,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogAnomalyDetectorCommand,
  GetLogAnomalyDetectorCommand,
  ListAnomaliesCommand,
  ListLogAnomalyDetectorsCommand,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  UpdateAnomalyCommand,
  UpdateLogAnomalyDetectorCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const patient = { timeout: 45_000, interval: 30 }
const minuteMs = 60_000
const logGroupName = '/app/watched'
const logGroupArnList = [`arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`]
let node: TestNode
let logs: CloudWatchLogsClient
let anomalyDetectorArn: string

const put = (logEvents: { timestamp: number; message: string }[]) =>
  logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: 's', logEvents }))
/** Messages at the beginning of the next minute, and the time at which that minute has been looked at. */
async function inNextMinute(...messages: string[]) {
  await node.clock.advance(minuteMs - (node.clock.nowMs() % minuteMs))
  await put(messages.map((message) => ({ timestamp: node.clock.nowMs(), message })))
  await node.clock.advance(2 * minuteMs + 1_000)
}
const anomalies = async (more = {}) =>
  (await logs.send(new ListAnomaliesCommand({ anomalyDetectorArn, ...more }))).anomalies ?? []
const get = () => logs.send(new GetLogAnomalyDetectorCommand({ anomalyDetectorArn }))
const usual = (n: number) => `GET /items/${n} took ${n + 3} ms`

beforeAll(async () => {
  node = await startNode()
  logs = node.client(CloudWatchLogsClient)
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }))
  const fromMs = node.clock.nowMs() - 40 * minuteMs
  await put(Array.from({ length: 80 }, (_, n) => ({ timestamp: fromMs + n * 30_000, message: usual(n) })))
  const made = await logs.send(
    new CreateLogAnomalyDetectorCommand({
      ...{ detectorName: 'watch', logGroupArnList, evaluationFrequency: 'ONE_MIN', tags: { a: 'b' } },
    }),
  )
  anomalyDetectorArn = made.anomalyDetectorArn ?? ''
})
afterAll(() => node?.close())

test('a detector learns from what was there, and finds a pattern that is new, over a restart', async () => {
  expect(anomalyDetectorArn).toMatch(/^arn:aws:logs:us-east-1:000000000000:anomaly-detector:[\w-]{36}$/)
  await expect.poll(async () => (await get()).anomalyDetectorStatus, patient).toBe('ANALYZING')
  await node.restart()
  logs = node.client(CloudWatchLogsClient)
  await inNextMinute(usual(1), usual(2), 'ERROR order 17 of ann@example.com is lost')
  await expect.poll(() => anomalies(), patient).toHaveLength(1)
  const [found] = await anomalies()
  expect(found).toMatchObject({
    ...{ state: 'Active', active: true, suppressed: false, priority: 'HIGH', logGroupArnList },
    patternString: 'ERROR order <*> of <*> is lost',
    logSamples: [{ message: 'ERROR order 17 of ann@example.com is lost' }],
  })
  expect(Object.values(found?.histogram ?? {})).toEqual([1])
  expect(found?.patternTokens?.filter(({ isDynamic }) => isDynamic)).toMatchObject([
    { dynamicTokenPosition: 1, tokenString: '<*>' },
    { dynamicTokenPosition: 2 },
  ])
  expect('ERROR order 99 of b@example.com is lost').toMatch(new RegExp(found?.patternRegex ?? '(?!)'))
  const { Metrics } = await node
    .client(CloudWatchClient)
    .send(new ListMetricsCommand({ Namespace: 'AWS/Logs', MetricName: 'AnomalyCount' }))
  expect(Metrics).toMatchObject([
    {
      Dimensions: [
        { Name: 'LogAnomalyDetector', Value: 'watch' },
        { Name: 'LogAnomalyPriority', Value: 'HIGH' },
      ],
    },
  ])
})

test('it goes on while it comes again, not while it is suppressed, and is usual once it is the baseline', async () => {
  const [first] = await anomalies()
  const update = (more: object) => logs.send(new UpdateAnomalyCommand({ anomalyDetectorArn, ...more }))
  await inNextMinute('ERROR order 18 of bob@example.com is lost')
  const counts = async () => Object.values((await anomalies())[0]?.histogram ?? {})
  await expect.poll(counts, patient).toEqual([1, 1])
  const suppressionPeriod = { value: 1, suppressionUnit: 'HOURS' as const }
  await update({ anomalyId: first?.anomalyId, suppressionType: 'LIMITED', suppressionPeriod })
  expect(await anomalies({ suppressionState: 'SUPPRESSED' })).toMatchObject([{ state: 'Suppressed', active: false }])
  await inNextMinute('ERROR order 19 of bob@example.com is lost', 'another that is new')
  await expect.poll(() => anomalies(), patient).toHaveLength(2)
  expect(await anomalies({ suppressionState: 'UNSUPPRESSED' })).toMatchObject([
    { patternString: 'another that is new', priority: 'LOW' },
  ])
  await update({ patternId: first?.patternId, baseline: true })
  const now = (await anomalies()).find(({ patternId }) => patternId === first?.patternId)
  expect(now).toMatchObject({ state: 'Baseline', suppressed: false, histogram: first?.histogram })
  const { nextToken } = await logs.send(new ListAnomaliesCommand({ anomalyDetectorArn, limit: 1 }))
  expect(
    (await logs.send(new ListAnomaliesCommand({ anomalyDetectorArn, limit: 1, nextToken }))).anomalies,
  ).toHaveLength(1)
  await expect(update({})).rejects.toMatchObject({ name: 'InvalidParameterException' })
})

test('of messages so large that they are looked at by a few, all are counted', async () => {
  const large = (n: number) => ({ timestamp: node.clock.nowMs(), message: `large ${n} ${'x'.repeat(1_000_000)}` })
  await node.clock.advance(minuteMs - (node.clock.nowMs() % minuteMs))
  for (let n = 0; n < 10; n++) await put([large(n)])
  await node.clock.advance(2 * minuteMs + 1_000)
  const counts = async () => {
    const found = (await anomalies()).find(({ patternString }) => patternString?.startsWith('large <*> xx'))
    expect(found?.logSamples?.map(({ message }) => message?.length)).toEqual(Array(5).fill(1_000))
    return Object.values(found?.histogram ?? {})
  }
  await expect.poll(counts, patient).toEqual([10])
})

test('a pattern that comes much more often than it does is found; paused, a detector finds nothing', async () => {
  await inNextMinute(...Array.from({ length: 60 }, (_, n) => usual(n)))
  const spikes = async () => (await anomalies()).filter(({ patternString }) => patternString === 'GET <*> took <*> ms')
  await expect.poll(spikes, patient).toMatchObject([{ priority: 'MEDIUM', state: 'Active' }])
  expect(Object.values((await spikes())[0]?.histogram ?? {})).toEqual([60])
  await logs.send(new UpdateLogAnomalyDetectorCommand({ anomalyDetectorArn, enabled: false, anomalyVisibilityTime: 7 }))
  expect(await get()).toMatchObject({ anomalyDetectorStatus: 'PAUSED', anomalyVisibilityTime: 7 })
  // What was visible for its time is usual.
  await node.clock.advance(8 * 86_400_000)
  expect((await anomalies()).map(({ state }) => state)).toEqual(Array(4).fill('Baseline'))
})

test('detectors are listed, tagged and deleted; what is wrong or not allowed is refused', async () => {
  const list = (more = {}) => logs.send(new ListLogAnomalyDetectorsCommand(more))
  expect((await list({ filterLogGroupArn: logGroupArnList[0] })).anomalyDetectors).toMatchObject([
    { detectorName: 'watch', evaluationFrequency: 'ONE_MIN', logGroupArnList },
  ])
  expect(await logs.send(new ListTagsForResourceCommand({ resourceArn: anomalyDetectorArn }))).toMatchObject({
    tags: { a: 'b' },
  })
  const make = (more: object, client = logs) =>
    client.send(new CreateLogAnomalyDetectorCommand({ logGroupArnList, ...more }))
  await expect(make({ logGroupArnList: [`${logGroupArnList[0]}-none`] })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
  await expect(make({ filterPattern: '{ $.a = ' })).rejects.toMatchObject({ name: 'InvalidParameterException' })
  await expect(make({ logGroupArnList: [logGroupName] })).rejects.toMatchObject({ name: 'InvalidParameterException' })
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'nobody' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'nobody' }))
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  await expect(make({}, node.client(CloudWatchLogsClient, { credentials }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  })
  await logs.send(new DeleteLogAnomalyDetectorCommand({ anomalyDetectorArn }))
  await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  expect((await list()).anomalyDetectors).toEqual([])
  expect((await logs.send(new ListAnomaliesCommand({}))).anomalies).toEqual([])
})
