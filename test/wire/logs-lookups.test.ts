import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  CreateLookupTableCommand,
  DeleteLookupTableCommand,
  DescribeLookupTablesCommand,
  GetLookupTableCommand,
  GetQueryResultsCommand,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  StartQueryCommand,
  UpdateLookupTableCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const logGroupName = '/app/users'
const arnOf = (name: string) => `arn:aws:logs:us-east-1:000000000000:lookup-table:${name}`
let node: TestNode
let logs: CloudWatchLogsClient

beforeAll(async () => {
  node = await startNode()
  logs = node.client(CloudWatchLogsClient)
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }))
  const timestamp = node.clock.nowMs()
  const logEvents = [1, 2, 3].map((user) => ({ timestamp: timestamp + user, message: JSON.stringify({ user }) }))
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: 's', logEvents }))
})
afterAll(() => node?.close())

const create = (lookupTableName: string, tableBody: string, more: object = {}) =>
  logs.send(new CreateLookupTableCommand({ lookupTableName, tableBody, ...more }))
async function query(queryString: string) {
  const nowSec = Math.floor(node.clock.nowMs() / 1_000)
  const times = { startTime: nowSec - 3_600, endTime: nowSec + 60 }
  const { queryId } = await logs.send(new StartQueryCommand({ logGroupName, ...times, queryString }))
  return await vi.waitFor(
    async () => {
      const found = await logs.send(new GetQueryResultsCommand({ queryId }))
      expect(found.status).toBe('Complete')
      return found.results?.map((row) =>
        row.filter(({ field }) => field !== '@ptr').map(({ field, value }) => `${field}=${value}`),
      )
    },
    { timeout: 45_000, interval: 30 },
  )
}

test('a query adds the fields of a lookup table, which outlives a restart and can be changed', async () => {
  const body = 'id,name,team\r\n1,"Lee, Ann","a ""b"""\r\n2,Bo,c\r\n2,Second,d'
  const made = await create('users', body, { description: 'who', tags: { of: 'a' } })
  expect(made.lookupTableArn).toBe(arnOf('users'))
  await node.restart()
  logs = node.client(CloudWatchLogsClient)
  const found = await logs.send(new GetLookupTableCommand({ lookupTableArn: arnOf('users') }))
  expect(found).toMatchObject({ lookupTableName: 'users', tableBody: body, description: 'who', sizeBytes: body.length })
  const tags = await logs.send(new ListTagsForResourceCommand({ resourceArn: arnOf('users') }))
  expect(tags.tags).toEqual({ of: 'a' })
  const asked = 'fields user | lookup users id as user OUTPUT name, team | sort user'
  expect(await query(asked)).toEqual([
    ['user=1', 'name=Lee, Ann', 'team=a "b"'],
    ['user=2', 'name=Bo', 'team=c'],
    ['user=3'],
  ])
  await logs.send(new UpdateLookupTableCommand({ lookupTableArn: arnOf('users'), tableBody: 'id,name,team\n3,Cy,e\n' }))
  expect(await query('lookup users id as user OUTPUT name | filter name = "Cy" | stats count(*) as n')).toEqual([
    ['n=1'],
  ])
})

test('a table may have any name', async () => {
  await create('__proto__', 'id,name\n1,one')
  expect(await query('fields user | lookup __proto__ id as user OUTPUT name | filter ispresent(name)')).toEqual([
    ['user=1', 'name=one'],
  ])
  await logs.send(new DeleteLookupTableCommand({ lookupTableArn: arnOf('__proto__') }))
})

test('tables come in pages until they are deleted', async () => {
  for (const name of ['page_a', 'page_b', 'page_c']) await create(name, 'id,v\n1,2')
  const page = (nextToken?: string) =>
    logs.send(new DescribeLookupTablesCommand({ lookupTableNamePrefix: 'page_', maxResults: 2, nextToken }))
  const first = await page()
  expect(first.lookupTables).toMatchObject([
    { tableFields: ['id', 'v'], recordsCount: 1 },
    { lookupTableName: 'page_b' },
  ])
  expect((await page(first.nextToken)).lookupTables).toMatchObject([{ lookupTableName: 'page_c' }])
  await logs.send(new DeleteLookupTableCommand({ lookupTableArn: arnOf('page_a') }))
  const gone = { name: 'ResourceNotFoundException' }
  await expect(logs.send(new GetLookupTableCommand({ lookupTableArn: arnOf('page_a') }))).rejects.toMatchObject(gone)
  await expect(query('lookup page_a id as user OUTPUT v')).rejects.toMatchObject(gone)
})

test('what is no table, or no lookup, is refused', async () => {
  await create('twice', 'a\n1')
  await expect(create('twice', 'a\n1')).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' })
  for (const body of ['a,a\n1,2', 'a,b\n1', ',b\n1,2', '\n'])
    await expect(create('bad', body), body).rejects.toMatchObject({ name: 'ValidationException' })
  await expect(create('bad', 'a\n1', { queryId: 'q' })).rejects.toMatchObject({ name: 'InvalidParameterException' })
  const large = `a\n${'1'.repeat(9_000_000)}`
  for (const name of ['large1', 'large2', 'large3']) await create(name, large)
  const all = [1, 2, 3].map((at) => `lookup large${at} a as user output a`).join(' | ')
  await expect(query(all)).rejects.toMatchObject({ name: 'LimitExceededException' })
  await expect(query('lookup users id as user')).rejects.toMatchObject({ name: 'MalformedQueryException' })
})

test('who has no permission is told so', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const denied = node.client(CloudWatchLogsClient, { credentials })
  await expect(denied.send(new GetLookupTableCommand({ lookupTableArn: arnOf('users') }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  })
})
