import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteAccountPolicyCommand,
  DeleteIndexPolicyCommand,
  DescribeAccountPoliciesCommand,
  DescribeFieldIndexesCommand,
  DescribeIndexPoliciesCommand,
  GetQueryResultsCommand,
  PutAccountPolicyCommand,
  PutDataProtectionPolicyCommand,
  PutIndexPolicyCommand,
  PutLogEventsCommand,
  PutTransformerCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const patient = { timeout: 45_000, interval: 30 }
let node: TestNode
let logs: CloudWatchLogsClient

beforeAll(async () => {
  node = await startNode()
  logs = node.client(CloudWatchLogsClient)
})
afterAll(() => node.close())

const made = (logGroupName: string) => logs.send(new CreateLogGroupCommand({ logGroupName }))
/** Each batch is a chunk of its own. */
async function put(logGroupName: string, messages: readonly object[], logStreamName = 's') {
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName })).catch(() => undefined)
  const logEvents = messages.map((one) => ({ timestamp: node.clock.nowMs(), message: JSON.stringify(one) }))
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }))
}
const index = (logGroupIdentifier: string, policy: object) =>
  logs.send(new PutIndexPolicyCommand({ logGroupIdentifier, policyDocument: JSON.stringify(policy) }))
async function ask(queryString: string, ...logGroupNames: string[]) {
  const endTime = Math.floor(node.clock.nowMs() / 1000) + 60
  const { queryId } = await logs.send(
    new StartQueryCommand({ queryString, logGroupNames, startTime: endTime - 7_200, endTime }),
  )
  const get = () => logs.send(new GetQueryResultsCommand({ queryId: queryId! }))
  await expect.poll(async () => (await get()).status, patient).toBe('Complete')
  const { results = [], statistics } = await get()
  return { rows: results.map((row) => row.find(({ field }) => field === 'n')?.value), statistics }
}
const fieldsOf = async (...logGroupIdentifiers: string[]) =>
  (await logs.send(new DescribeFieldIndexesCommand({ logGroupIdentifiers }))).fieldIndexes

test('a query that asks for values of indexed fields passes over the events that have others, and finds the same', async () => {
  await made('/i/a')
  await put('/i/a', [{ n: 0, user: 'ann' }])
  await index('/i/a', { Fields: ['user'], FieldsV2: { 'http.status': { type: 'FACET' } } })
  await put('/i/a', [
    { n: 1, user: 'ann', http: { status: 200 } },
    { n: 2, user: 'bob', http: { status: 404 } },
  ])
  await put('/i/a', [{ n: 3, user: 'cas', http: { status: 200 } }], 'other')
  await put('/i/a', [{ n: 4, user: 'ann', http: { status: 500 } }])
  // What came before the policy is read, for it may have the value.
  expect(await ask('fields n | filter user = "ann" | sort n', '/i/a')).toMatchObject({
    rows: ['0', '1', '4'],
    statistics: { recordsScanned: 4, estimatedRecordsSkipped: 1, recordsMatched: 3 },
  })
  expect(await ask('fields n | filter user in ["cas", "dan"] and n > 1', '/i/a')).toMatchObject({
    rows: ['3'],
    statistics: { recordsScanned: 2, estimatedRecordsSkipped: 3 },
  })
  // Text that says a number is the number, as for filters.
  expect(await ask('fields n | filter http.status = "404"', '/i/a')).toMatchObject({
    rows: ['2'],
    statistics: { recordsScanned: 3, estimatedRecordsSkipped: 2 },
  })
  expect(await ask('fields n | filter @logStream = "other"', '/i/a')).toMatchObject({
    rows: ['3'],
    statistics: { recordsScanned: 1, estimatedRecordsSkipped: 4 },
  })
  // None of these says what the events themselves have to have.
  for (const query of [
    'fields n, "ann" as user | filter user = "ann" | sort n',
    'fields n | filter user = "zoe" or n >= 0 | sort n',
  ])
    expect((await ask(query, '/i/a')).rows).toEqual(['0', '1', '2', '3', '4'])
})

test('filterIndex finds indexed events alone, of all the groups that it is asked of', async () => {
  await made('/i/plain')
  await put('/i/plain', [{ n: 10, user: 'ann', traceId: 't1' }])
  expect(await ask('filterIndex user = "ann" | fields n | sort n', '/i/a', '/i/plain')).toMatchObject({
    rows: ['1', '4'],
    statistics: { estimatedRecordsSkipped: 3 },
  })
  expect((await ask('filterIndex traceId = "t1" | fields n', '/i/a', '/i/plain')).rows).toEqual(['10'])
  for (const wrong of ['filterIndex user like /a/', 'stats count(*) by user | filterIndex user = "ann"'])
    await expect(ask(wrong, '/i/a')).rejects.toMatchObject({ name: 'MalformedQueryException' })
})

test('indexes are of what queries see: of transformed events, and of what is masked', async () => {
  await made('/i/seen')
  await index('/i/seen', { Fields: ['who', 'mail'] })
  const DataIdentifier = ['arn:aws:dataprotection::aws:data-identifier/EmailAddress']
  const Statement = [
    { DataIdentifier, Operation: { Audit: { FindingsDestination: {} } } },
    { DataIdentifier, Operation: { Deidentify: { MaskConfig: {} } } },
  ]
  const policyDocument = JSON.stringify({ Name: 'p', Version: '2021-06-01', Statement })
  await logs.send(new PutDataProtectionPolicyCommand({ logGroupIdentifier: '/i/seen', policyDocument }))
  const transformerConfig = [
    { parseJSON: {} },
    { renameKeys: { entries: [{ key: 'user', renameTo: 'who', overwriteIfExists: true }] } },
  ]
  await logs.send(new PutTransformerCommand({ logGroupIdentifier: '/i/seen', transformerConfig }))
  await put('/i/seen', [{ n: 1, user: 'ann', mail: 'ann@example.com' }])
  await put('/i/seen', [{ n: 2, user: 'bob', mail: 'none' }])
  await expect
    .poll(async () => (await ask('filterIndex who = "ann" | fields n', '/i/seen')).rows, patient)
    .toEqual(['1'])
  expect((await ask('fields n | filter mail = "ann@example.com"', '/i/seen')).rows).toEqual([])
  expect((await ask(`filterIndex mail = "${'*'.repeat(15)}" | fields n`, '/i/seen')).rows).toEqual(['1'])
})

test('policies and indexes are described, those of the account where a group has none, over a restart', async () => {
  const policyDocument = '{"Fields":["order"]}'
  const policyType = 'FIELD_INDEX_POLICY' as const
  const ofAccount = { policyName: 'orders', policyType, policyDocument }
  await made('/orders/a')
  await logs.send(new PutAccountPolicyCommand({ ...ofAccount, selectionCriteria: 'LogGroupNamePrefix = "/orders/"' }))
  await expect(
    logs.send(
      new PutAccountPolicyCommand({
        ...ofAccount,
        policyName: 'again',
        selectionCriteria: 'LogGroupNamePrefix = "/orders/a"',
      }),
    ),
  ).rejects.toMatchObject({ name: 'InvalidParameterException' })
  await node.restart()
  logs = node.client(CloudWatchLogsClient)
  const timestamp = node.clock.nowMs()
  await put('/orders/a', [{ n: 1, order: 7 }])
  expect((await ask('filterIndex order = 7 | fields n', '/orders/a')).rows).toEqual(['1'])
  const policies = async (group: string) =>
    (await logs.send(new DescribeIndexPoliciesCommand({ logGroupIdentifiers: [group] }))).indexPolicies
  expect(await policies('/orders/a')).toMatchObject([{ source: 'ACCOUNT', policyName: 'orders', policyDocument }])
  const [found, stream] = (await fieldsOf('/orders/a')) ?? []
  expect(found).toMatchObject({ fieldIndexName: 'order', type: 'FIELD_INDEX' })
  expect(found?.firstEventTime).toBeGreaterThanOrEqual(timestamp)
  expect(stream).toMatchObject({ fieldIndexName: '@logStream' })
  await index('/orders/a', { FieldsV2: { item: { type: 'FACET' } } })
  expect(await policies('/orders/a')).toMatchObject([{ source: 'LOG_GROUP' }])
  expect(await fieldsOf('/orders/a')).toMatchObject([
    { fieldIndexName: 'item', type: 'FACET' },
    { fieldIndexName: 'order', indexCategory: 'INACTIVE' },
    { fieldIndexName: '@logStream' },
  ])
  const asked = { logGroupIdentifiers: ['/orders/a'], indexCategories: ['CUSTOM' as const] }
  expect((await logs.send(new DescribeFieldIndexesCommand(asked))).fieldIndexes).toHaveLength(1)
  await logs.send(new DeleteIndexPolicyCommand({ logGroupIdentifier: '/orders/a' }))
  await expect(logs.send(new DeleteIndexPolicyCommand({ logGroupIdentifier: '/orders/a' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
  const { accountPolicies } = await logs.send(new DescribeAccountPoliciesCommand({ policyType }))
  expect(accountPolicies).toMatchObject([
    { policyName: 'orders', selectionCriteria: 'LogGroupNamePrefix = "/orders/"' },
  ])
  await logs.send(new DeleteAccountPolicyCommand({ policyName: 'orders', policyType }))
  expect(await policies('/orders/a')).toEqual([])
})

test('policies that say nothing that can be indexed, and who may not, are refused; stacks have them', async () => {
  const names = Array.from({ length: 21 }, (_, at) => `f${at}`)
  for (const policy of [{}, { Fields: ['@message'] }, { Fields: names }, { Fields: ['a', 'a'] }, { Other: 1 }])
    await expect(index('/i/a', policy)).rejects.toMatchObject({ name: 'InvalidParameterException' })
  await expect(index('/none', { Fields: ['a'] })).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'reader' }))
  const Statement = { Effect: 'Allow', Action: 'logs:PutAccountPolicy', Resource: '*' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'reader', PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'reader' }))
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  const reader = node.client(CloudWatchLogsClient, { credentials })
  const policy = { policyName: 'p', policyType: 'FIELD_INDEX_POLICY' as const, policyDocument: '{"Fields":["a"]}' }
  await expect(reader.send(new PutAccountPolicyCommand(policy))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  })
  const cloudformation = node.client(CloudFormationClient)
  const Properties = { LogGroupName: '/stack/i', FieldIndexPolicies: [{ Fields: ['user'] }] }
  const TemplateBody = JSON.stringify({ Resources: { Group: { Type: 'AWS::Logs::LogGroup', Properties } } })
  await cloudformation.send(new CreateStackCommand({ StackName: 'indexed', TemplateBody }))
  await waitUntilStackCreateComplete(
    { client: cloudformation, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.3 },
    { StackName: 'indexed' },
  )
  expect(await fieldsOf('/stack/i')).toMatchObject([{ fieldIndexName: 'user' }])
})
