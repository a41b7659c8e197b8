import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteQueryDefinitionCommand,
  DescribeQueriesCommand,
  DescribeQueryDefinitionsCommand,
  GetLogGroupFieldsCommand,
  GetLogRecordCommand,
  GetQueryResultsCommand,
  ListLogGroupsForQueryCommand,
  PutLogEventsCommand,
  PutQueryDefinitionCommand,
  StartQueryCommand,
  type StartQueryCommandInput,
  StopQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const patient = { timeout: 45_000, interval: 30 }
const dayMs = 86_400_000
let node: TestNode
let logs: CloudWatchLogsClient
let nowMs: number

async function write(logGroupName: string, messages: readonly string[], stepMs = 1) {
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }))
  const logEvents = messages.map((message, index) => ({
    timestamp: nowMs - (messages.length - index) * stepMs,
    message,
  }))
  for (let at = 0; at < logEvents.length; at += 5_000) {
    const some = logEvents.slice(at, at + 5_000)
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: 's', logEvents: some }))
  }
}
beforeAll(async () => {
  node = await startNode()
  logs = node.client(CloudWatchLogsClient)
  nowMs = node.clock.nowMs()
  const message = (n: number) => JSON.stringify({ n, level: n % 5 === 0 ? 'error' : 'info', ms: n * 2 })
  await write(
    '/app/a',
    Array.from({ length: 50 }, (_, n) => message(n)),
    1_000,
  )
  await write('/app/b', ['plain text', 'and other'], 1_400)
})
afterAll(() => node.close())

const seconds = (ms: number) => Math.floor(ms / 1000)
const start = async (queryString: string, more: Partial<StartQueryCommandInput> = {}, client = logs) => {
  const times = { startTime: seconds(nowMs) - 3_600, endTime: seconds(nowMs) + 60 }
  const groups = more.logGroupNames || more.logGroupIdentifiers ? {} : { logGroupName: '/app/a' }
  const { queryId } = await client.send(new StartQueryCommand({ ...times, ...groups, queryString, ...more }))
  return queryId!
}
const over = async (queryId: string, more = {}) => {
  const get = () => logs.send(new GetQueryResultsCommand({ queryId, ...more }))
  await expect.poll(async () => (await get()).status, patient).not.toMatch(/Scheduled|Running/)
  return get()
}
const rowsOf = async (queryString: string, more: Partial<StartQueryCommandInput> = {}) => {
  const { status, results = [] } = await over(await start(queryString, more))
  expect(status).toBe('Complete')
  return results.map((row) => Object.fromEntries(row.map(({ field, value }) => [field, value])))
}

test('a query runs over the events of its time, newest first, and says what it looked at', async () => {
  const rows = await rowsOf('fields n | filter level = "error" | limit 3')
  expect(rows).toMatchObject([{ n: '45' }, { n: '40' }, { n: '35' }])
  const counted = await over(await start('filter level = "error" | stats count(*) as errors, max(ms) by level'))
  expect(counted).toMatchObject({
    results: [
      [
        { field: 'level', value: 'error' },
        { field: 'errors', value: '10' },
        { field: 'max(ms)', value: '90' },
      ],
    ],
    statistics: { recordsMatched: 10, recordsScanned: 50, logGroupsScanned: 1 },
  })
  expect(counted.statistics?.bytesScanned).toBeGreaterThan(1_000)
  expect(await rowsOf('stats count(*) as n', { startTime: seconds(nowMs) - 5, endTime: seconds(nowMs) })).toEqual([
    { n: expect.stringMatching(/^[3-5]$/) },
  ])
})

test('several groups are one, in order of time', async () => {
  const arn = 'arn:aws:logs:us-east-1:000000000000:log-group:/app/b'
  const rows = await rowsOf('fields @log, @message | limit 4', { logGroupIdentifiers: ['/app/a', arn] })
  expect(rows.map((row) => row['@log']?.split(':')[1])).toEqual(['/app/a', '/app/b', '/app/a', '/app/b'])
  expect(await rowsOf('stats count(*) as n', { logGroupNames: ['/app/a', '/app/b'] })).toEqual([{ n: '52' }])
})

test('many events go through in pages, and results are read in pages', async () => {
  await write(
    '/app/many',
    Array.from({ length: 12_000 }, (_, n) => JSON.stringify({ n })),
  )
  const options = { logGroupNames: ['/app/many'] }
  expect(await rowsOf('stats count(*) as c, sum(n) as s, count_distinct(n) as d', options)).toEqual([
    { c: '12000', s: String((11_999 * 12_000) / 2), d: '12000' },
  ])
  const queryId = await start('fields n', options)
  const found: string[] = []
  let nextToken: string | undefined
  do {
    const page = await over(queryId, { maxItems: 4_000, ...(nextToken && { nextToken }) })
    found.push(...(page.results ?? []).map(([first]) => first?.value ?? ''))
    nextToken = page.nextToken
  } while (nextToken)
  expect([found.length, found[0], found.at(-1)]).toEqual([10_000, '11999', '2000'])
})

test('a pattern that has no end costs its query, and no other', async () => {
  await write('/app/long', [`${'a'.repeat(40)}!`])
  const stuck = await start('filter @message like /^(a+)+$/', { logGroupNames: ['/app/long'] })
  expect(await rowsOf('stats count(*) as n')).toEqual([{ n: '50' }])
  expect((await over(stuck)).status).toBe('Timeout')
})

test('queries are listed, stopped, kept over a restart, and forgotten after a week', async () => {
  const queryId = await start('fields n | limit 1')
  await over(queryId)
  const { queries = [] } = await logs.send(new DescribeQueriesCommand({ logGroupName: '/app/a', maxResults: 1 }))
  expect(queries).toMatchObject([{ queryId, status: 'Complete', queryString: 'fields n | limit 1' }])
  await expect(logs.send(new StopQueryCommand({ queryId }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  })
  const stopped = await start('filter @message like /^(a+)+$/', { logGroupNames: ['/app/long'] })
  expect(await logs.send(new StopQueryCommand({ queryId: stopped }))).toMatchObject({ success: true })
  expect((await over(stopped)).status).toBe('Cancelled')

  const waiting = await start('stats count(*) as n')
  await node.restart()
  logs = node.client(CloudWatchLogsClient)
  expect((await over(waiting)).results).toEqual([[{ field: 'n', value: '50' }]])
  expect((await over(queryId)).results?.[0]?.[0]).toEqual({ field: 'n', value: '49' })
  node.clock.advance(8 * dayMs)
  const told = () => logs.send(new GetQueryResultsCommand({ queryId })).catch((error: Error) => error.name)
  await expect.poll(told, patient).toBe('ResourceNotFoundException')
})

test('what is wrong with a query is told with its place', async () => {
  const error = await start('fields a | fetch b').catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    name: 'MalformedQueryException',
    queryCompileError: {
      location: { startCharOffset: 11, endCharOffset: 16 },
      message: expect.stringContaining('fetch'),
    },
  })
  const refused: [Partial<StartQueryCommandInput>, string][] = [
    [{ logGroupNames: ['none'] }, 'ResourceNotFoundException'],
    [{ logGroupNames: [] }, 'InvalidParameterException'],
    [{ logGroupName: '/app/a', logGroupNames: ['/app/b'] }, 'InvalidParameterException'],
    [{ endTime: 1 }, 'InvalidParameterException'],
    [{ queryLanguage: 'SQL' }, 'InvalidParameterException'],
    [{ limit: 50_000 }, 'InvalidParameterException'],
  ]
  for (const [input, name] of refused) await expect(start('fields a', input)).rejects.toMatchObject({ name })

  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const Resource = 'arn:aws:logs:us-east-1:000000000000:log-group:/app/b:*'
  const Statement = { Effect: 'Allow', Action: 'logs:StartQuery', Resource }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const hers = node.client(CloudWatchLogsClient, { credentials })
  await expect(start('fields a', { logGroupNames: ['/app/b'] }, hers)).resolves.toEqual(expect.any(String))
  // Results are told to who may ask for those of the groups.
  const queryId = await start('fields a')
  await expect(hers.send(new GetQueryResultsCommand({ queryId }))).rejects.toMatchObject({
    ...{ name: 'AccessDeniedException', message: expect.stringContaining('log-group:/app/a') },
  })
  await expect(start('fields a', { logGroupNames: ['/app/a', '/app/b'] }, hers)).rejects.toMatchObject({
    name: 'AccessDeniedException',
  })
})

test('definitions are kept, changed and deleted, also by templates', async () => {
  const clientToken = '0123456789abcdef0123456789abcdef0123'
  const first = { name: 'errors/all', queryString: 'filter level = "error"', logGroupNames: ['/app/a'], clientToken }
  const { queryDefinitionId } = await logs.send(new PutQueryDefinitionCommand(first))
  const again = await logs.send(new PutQueryDefinitionCommand(first))
  expect(again.queryDefinitionId).toBe(queryDefinitionId)
  await logs.send(new PutQueryDefinitionCommand({ queryDefinitionId, name: 'errors/some', queryString: 'limit 1' }))
  const list = async (queryDefinitionNamePrefix?: string) =>
    (await logs.send(new DescribeQueryDefinitionsCommand({ queryDefinitionNamePrefix }))).queryDefinitions ?? []
  expect(await list('errors/')).toMatchObject([{ name: 'errors/some', queryString: 'limit 1', logGroupNames: [] }])
  const gone = { queryDefinitionId: 'none', name: 'a', queryString: 'b' }
  await expect(logs.send(new PutQueryDefinitionCommand(gone))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })

  const client = node.client(CloudFormationClient)
  const Properties = { Name: 'made', QueryString: 'fields @message', LogGroupNames: ['/app/a'] }
  const TemplateBody = JSON.stringify({ Resources: { Query: { Type: 'AWS::Logs::QueryDefinition', Properties } } })
  await client.send(new CreateStackCommand({ StackName: 'queries', TemplateBody }))
  await waitUntilStackCreateComplete(
    { client, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.1 },
    { StackName: 'queries' },
  )
  expect(await list('made')).toMatchObject([{ queryString: 'fields @message', logGroupNames: ['/app/a'] }])

  await logs.send(new DeleteQueryDefinitionCommand({ queryDefinitionId }))
  expect((await list()).map(({ name }) => name)).toEqual(['made'])
})

test('the event of a result is told whole, with its fields; a pointer that is none is refused', async () => {
  const [row] = await rowsOf('filter n = 10')
  const { logRecord } = await logs.send(new GetLogRecordCommand({ logRecordPointer: row!['@ptr'] }))
  expect(logRecord).toMatchObject({ n: '10', level: 'error', ms: '20', '@logStream': 's', '@ptr': row!['@ptr'] })
  expect(JSON.parse(logRecord!['@message']!)).toEqual({ n: 10, level: 'error', ms: 20 })
  await expect(logs.send(new GetLogRecordCommand({ logRecordPointer: 'made-up' }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  })
})

test('the fields that events of a group have are told with how many have them', async () => {
  const { logGroupFields = [] } = await logs.send(
    new GetLogGroupFieldsCommand({ logGroupName: '/app/a', time: seconds(nowMs) }),
  )
  const percent = new Map(logGroupFields.map(({ name, percent: of }) => [name, of]))
  expect([percent.get('@message'), percent.get('level'), percent.get('nothing')]).toEqual([100, 100, undefined])
  const none = await logs.send(new GetLogGroupFieldsCommand({ logGroupName: '/app/a', time: 1 }))
  expect(none.logGroupFields).toEqual([])
})

test('the groups of a query are listed', async () => {
  const queryId = await start('fields @message', { logGroupNames: ['/app/a', '/app/b'] })
  const { logGroupIdentifiers } = await logs.send(new ListLogGroupsForQueryCommand({ queryId }))
  expect(logGroupIdentifiers).toEqual(['/app/a', '/app/b'])
})
