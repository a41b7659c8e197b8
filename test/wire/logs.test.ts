import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let logs: CloudWatchLogsClient
let serial = 0

beforeAll(async () => {
  node = await startNode()
  logs = node.client(CloudWatchLogsClient)
})
afterAll(async () => {
  logs.destroy()
  await node.close()
})

async function makeGroup(...streams: string[]) {
  const logGroupName = `/test/group-${++serial}`
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  for (const logStreamName of streams) await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
  return logGroupName
}
const put = (logGroupName: string, logStreamName: string, events: [agoMs: number, message: string][]) =>
  logs.send(
    new PutLogEventsCommand({
      logGroupName,
      logStreamName,
      logEvents: events.map(([agoMs, message]) => ({ timestamp: node.clock.nowMs() - agoMs, message })),
    }),
  )
const minuteMs = 60_000
const messages = (events: { message?: string | undefined }[] | undefined) => events?.map(({ message }) => message)

test('a group is made once, described by prefix, and gone when deleted', async () => {
  const logGroupName = await makeGroup('s')
  await expect(logs.send(new CreateLogGroupCommand({ logGroupName }))).rejects.toMatchObject({
    name: 'ResourceAlreadyExistsException',
  })
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 7 }))
  await expect(logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 8 }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  })
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }))
  expect(logGroups).toMatchObject([
    { logGroupName, retentionInDays: 7, arn: `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}:*` },
  ])
  await logs.send(new DeleteLogGroupCommand({ logGroupName }))
  await expect(logs.send(new DeleteLogGroupCommand({ logGroupName }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  expect((await logs.send(new DescribeLogStreamsCommand({ logGroupName }))).logStreams).toEqual([])
})

test('events of several streams are found in order of time, by words, by stream and in pages', async () => {
  const group = await makeGroup('a', 'b')
  await put(group, 'a', [
    [5 * minuteMs, 'a1 ERROR'],
    [3 * minuteMs, 'a2'],
    [1 * minuteMs, 'a3 ERROR'],
  ])
  await put(group, 'b', [
    [4 * minuteMs, 'b1'],
    [2 * minuteMs, 'b2 ERROR'],
  ])
  const filter = async (rest: object) => logs.send(new FilterLogEventsCommand({ logGroupName: group, ...rest }))
  expect(messages((await filter({})).events)).toEqual(['a1 ERROR', 'b1', 'a2', 'b2 ERROR', 'a3 ERROR'])
  expect(messages((await filter({ filterPattern: 'ERROR' })).events)).toEqual(['a1 ERROR', 'b2 ERROR', 'a3 ERROR'])
  expect(messages((await filter({ logStreamNames: ['b'] })).events)).toEqual(['b1', 'b2 ERROR'])
  expect(messages((await filter({ startTime: node.clock.nowMs() - 2.5 * minuteMs })).events)).toEqual([
    'b2 ERROR',
    'a3 ERROR',
  ])
  const seen: (string | undefined)[] = []
  let nextToken: string | undefined
  do {
    const page = await filter({ limit: 2, ...(nextToken ? { nextToken } : {}) })
    seen.push(...(messages(page.events) ?? []))
    nextToken = page.nextToken
  } while (nextToken)
  expect(seen).toEqual(['a1 ERROR', 'b1', 'a2', 'b2 ERROR', 'a3 ERROR'])
  await expect(filter({ filterPattern: '{ $.a' })).rejects.toMatchObject({ name: 'InvalidParameterException' })
})

test('one stream is read from its end and from its head, and its tokens go on from there', async () => {
  const group = await makeGroup('s')
  await put(group, 's', [
    [4_000, '1'],
    [3_000, '2'],
    [2_000, '3'],
    [1_000, '4'],
  ])
  const get = (rest: object) => logs.send(new GetLogEventsCommand({ logGroupName: group, logStreamName: 's', ...rest }))
  const tail = await get({ limit: 2 })
  expect(messages(tail.events)).toEqual(['3', '4'])
  const before = await get({ limit: 2, nextToken: tail.nextBackwardToken })
  expect(messages(before.events)).toEqual(['1', '2'])
  const head = await get({ limit: 3, startFromHead: true })
  expect(messages(head.events)).toEqual(['1', '2', '3'])
  const rest = await get({ nextToken: head.nextForwardToken })
  expect(messages(rest.events)).toEqual(['4'])
  const end = await get({ nextToken: rest.nextForwardToken })
  expect(end.events).toEqual([])
  expect(end.nextForwardToken).toBe(rest.nextForwardToken)
  await put(group, 's', [[0, '5']])
  expect(messages((await get({ nextToken: end.nextForwardToken })).events)).toEqual(['5'])
})

test('streams are listed by their last event, newest first', async () => {
  const group = await makeGroup('old', 'new', 'empty')
  await put(group, 'old', [[9_000, 'x']])
  await put(group, 'new', [[1_000, 'x']])
  const { logStreams } = await logs.send(
    new DescribeLogStreamsCommand({ logGroupName: group, orderBy: 'LastEventTime', descending: true }),
  )
  expect(logStreams?.map(({ logStreamName }) => logStreamName)).toEqual(['new', 'old', 'empty'])
})

test('events out of order, too old or too new are refused or reported', async () => {
  const group = await makeGroup('s')
  await expect(
    put(group, 's', [
      [1_000, 'later'],
      [2_000, 'earlier'],
    ]),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' })
  const old = await put(group, 's', [[15 * 86_400_000, 'old']])
  expect(old.rejectedLogEventsInfo).toMatchObject({ tooOldLogEventEndIndex: 1 })
  const ahead = await put(group, 's', [
    [0, 'now'],
    [-3 * 3_600_000, 'future'],
  ])
  expect(ahead.rejectedLogEventsInfo).toMatchObject({ tooNewLogEventStartIndex: 1 })
  await expect(put(group, 'missing', [[0, 'x']])).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

test('what is past its retention is not read, and is dropped within the hour', async () => {
  const group = await makeGroup('s')
  await logs.send(new PutRetentionPolicyCommand({ logGroupName: group, retentionInDays: 1 }))
  await put(group, 's', [[0, 'old']])
  node.clock.advance(86_400_001)
  await put(group, 's', [[0, 'new']])
  const found = await logs.send(new FilterLogEventsCommand({ logGroupName: group }))
  expect(messages(found.events)).toEqual(['new'])
})

test('acknowledged events are there after a restart', async () => {
  await using own = await startNode()
  const before = own.client(CloudWatchLogsClient)
  await before.send(new CreateLogGroupCommand({ logGroupName: 'kept' }))
  await before.send(new CreateLogStreamCommand({ logGroupName: 'kept', logStreamName: 's' }))
  await before.send(
    new PutLogEventsCommand({
      logGroupName: 'kept',
      logStreamName: 's',
      logEvents: [{ timestamp: own.clock.nowMs(), message: 'here' }],
    }),
  )
  before.destroy()
  await own.restart()
  const after = own.client(CloudWatchLogsClient)
  expect(messages((await after.send(new FilterLogEventsCommand({ logGroupName: 'kept' }))).events)).toEqual(['here'])
  after.destroy()
})

test('tags', async () => {
  const group = await makeGroup()
  const resourceArn = `arn:aws:logs:us-east-1:000000000000:log-group:${group}`
  await logs.send(new TagResourceCommand({ resourceArn, tags: { team: 'x' } }))
  expect((await logs.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ team: 'x' })
})

test('the ARN of another account or Region is not taken for a group of this one', async () => {
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'mine' }))
  const refused = { name: expect.stringMatching(/^(ResourceNotFound|AccessDenied)Exception$/) }
  for (const [region, account] of [
    ['us-east-1', '111122223333'],
    ['eu-west-1', '000000000000'],
  ]) {
    const resourceArn = `arn:aws:logs:${region}:${account}:log-group:mine`
    for (const asked of [
      new FilterLogEventsCommand({ logGroupIdentifier: resourceArn }),
      new DescribeLogStreamsCommand({ logGroupIdentifier: resourceArn }),
      new TagResourceCommand({ resourceArn, tags: { a: 'b' } }),
      new ListTagsForResourceCommand({ resourceArn }),
    ])
      await expect(logs.send(asked as FilterLogEventsCommand)).rejects.toMatchObject(refused)
  }
  const own = 'arn:aws:logs:us-east-1:000000000000:log-group:mine'
  await logs.send(new FilterLogEventsCommand({ logGroupIdentifier: own }))
  expect((await logs.send(new ListTagsLogGroupCommand({ logGroupName: 'mine' }))).tags).toEqual({})
})
