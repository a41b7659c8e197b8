import { gunzipSync } from 'node:zlib'
import {
  CloudWatchLogsClient,
  CreateExportTaskCommand,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteAccountPolicyCommand,
  DescribeAccountPoliciesCommand,
  DescribeExportTasksCommand,
  DescribeLogGroupsCommand,
  GetLogEventsCommand,
  GetQueryResultsCommand,
  PutAccountPolicyCommand,
  PutDataProtectionPolicyCommand,
  PutLogEventsCommand,
  PutTransformerCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const patient = { timeout: 45_000, interval: 30 }
const [transforming, protecting] = ['TRANSFORMER_POLICY', 'DATA_PROTECTION_POLICY'] as const
const gone = '*'.repeat('ann@example.com'.length)
let node: TestNode
let logs: CloudWatchLogsClient

beforeAll(async () => {
  node = await startNode()
  logs = node.client(CloudWatchLogsClient)
})
afterAll(() => node?.close())

async function group(logGroupName: string): Promise<void> {
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }))
}
const put = (logGroupName: string, message: string) => {
  const logEvents = [{ timestamp: node.clock.nowMs(), message }]
  return logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: 's', logEvents }))
}
const messagesOf = async (logGroupName: string, unmask = false) => {
  const asked = new GetLogEventsCommand({ logGroupName, logStreamName: 's', startFromHead: true, unmask })
  return (await logs.send(asked)).events?.map(({ message }) => message)
}
const policy = (policyName: string, policyType: typeof transforming | typeof protecting, document: unknown) =>
  new PutAccountPolicyCommand({ policyName, policyType, policyDocument: JSON.stringify(document) })
const transformer = (policyName: string, prefix: string, document: unknown) =>
  logs.send(
    new PutAccountPolicyCommand({
      ...{ policyName, policyType: transforming, policyDocument: JSON.stringify(document) },
      selectionCriteria: `LogGroupNamePrefix = "${prefix}"`,
    }),
  )
function protection(...names: string[]) {
  const DataIdentifier = names.map((name) => `arn:aws:dataprotection::aws:data-identifier/${name}`)
  const Statement = [
    { DataIdentifier, Operation: { Audit: { FindingsDestination: {} } } },
    { DataIdentifier, Operation: { Deidentify: { MaskConfig: {} } } },
  ]
  return { Name: 'p', Version: '2021-06-01', Statement }
}
const fieldOf = (logGroupName: string, name: string) =>
  vi.waitFor(async () => {
    const times = { startTime: 0, endTime: Math.ceil(node.clock.nowMs() / 1_000) + 1 }
    const asked = { logGroupName, queryString: `fields ${name}`, ...times }
    const { queryId = '' } = await logs.send(new StartQueryCommand(asked))
    const found = await vi.waitFor(async () => {
      const got = await logs.send(new GetQueryResultsCommand({ queryId }))
      expect(got.status).toBe('Complete')
      return got
    }, patient)
    const value = found.results?.[0]?.find(({ field }) => field === name)?.value
    expect(value).toBeDefined()
    return value
  }, patient)

test('a transformer of the account is of the groups with its prefix that have none of their own', async () => {
  for (const name of ['app/one', 'app/own', 'other']) await group(name)
  const csv = (...columns: string[]) => [{ csv: { columns } }]
  const { accountPolicy } = await transformer('apps', 'app/', csv('level', 'text'))
  expect(accountPolicy).toMatchObject({ policyName: 'apps', policyType: transforming, scope: 'ALL' })
  const own = new PutTransformerCommand({ logGroupIdentifier: 'app/own', transformerConfig: csv('mine', 'text') })
  await logs.send(own)
  for (const name of ['app/one', 'app/own', 'other']) await put(name, 'ERROR,lost')
  expect(await fieldOf('app/one', 'level')).toBe('ERROR')
  expect(await fieldOf('app/own', 'mine')).toBe('ERROR')
  expect(await messagesOf('app/one')).toEqual(['ERROR,lost'])
  await expect(fieldOf('other', '@message')).resolves.toBe('ERROR,lost')
  const refused = (message: RegExp) => ({ name: 'InvalidParameterException', message: expect.stringMatching(message) })
  await expect(transformer('some', 'app/o', csv('a'))).rejects.toMatchObject(refused(/some of the same log groups/))
  await expect(transformer('some', 'x', [{ lowerCaseString: { withKeys: ['a'] } }])).rejects.toMatchObject(
    refused(/must be a parser/),
  )
  await expect(transformer('some', 'x', { parseJSON: {} })).rejects.toMatchObject(refused(/list of processors/))
  await expect(transformer('some', 'x', [1])).rejects.toMatchObject(refused(/cannot be converted/))
  // What a processor has not is not kept unseen, for who transforms to meet it.
  const odd = [{ parseJSON: {} }, { nothing: 1, trimString: { withKeys: ['a'] } }]
  await expect(transformer('some', 'x', odd)).rejects.toMatchObject(refused(/must be one processor/))
  let deep: object = {}
  for (let depth = 0; depth < 4_000; depth++) deep = { deep }
  await expect(transformer('some', 'x', [{ parseJSON: deep }])).rejects.toMatchObject(refused(/list of processors/))
  const listed = new DescribeAccountPoliciesCommand({ policyType: transforming })
  expect((await logs.send(listed)).accountPolicies?.map(({ policyName }) => policyName)).toEqual(['apps'])
  await logs.send(new DeleteAccountPolicyCommand({ policyType: transforming, policyName: 'apps' }))
  expect((await logs.send(listed)).accountPolicies).toEqual([])
})

test('what the account protects is masked in every group, besides what a group protects itself', async () => {
  for (const name of ['plain', 'both']) await group(name)
  const policyDocument = JSON.stringify(protection('IpAddress'))
  await logs.send(new PutDataProtectionPolicyCommand({ logGroupIdentifier: 'both', policyDocument }))
  await put('plain', 'before ann@example.com')
  await logs.send(policy('all', protecting, protection('EmailAddress')))
  for (const name of ['plain', 'both']) await put(name, 'ann@example.com at 10.0.0.1')
  expect(await messagesOf('plain')).toEqual(['before ann@example.com', `${gone} at 10.0.0.1`])
  expect(await messagesOf('both')).toEqual([`${gone} at ${'*'.repeat(8)}`])
  expect(await messagesOf('both', true)).toEqual(['ann@example.com at 10.0.0.1'])
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: 'plain' }))
  expect(logGroups).toMatchObject([{ inheritedProperties: ['ACCOUNT_DATA_PROTECTION'] }])
  await expect(logs.send(policy('second', protecting, protection('IpAddress')))).rejects.toMatchObject({
    name: 'LimitExceededException',
  })
  const chosen = {
    policyName: 'all',
    policyType: protecting,
    policyDocument,
    selectionCriteria: 'LogGroupNamePrefix = "a"',
  }
  await expect(logs.send(new PutAccountPolicyCommand(chosen))).rejects.toThrow(/selectionCriteria/)
  await logs.send(new DeleteAccountPolicyCommand({ policyType: protecting, policyName: 'all' }))
  await put('plain', 'after ann@example.com')
  expect((await messagesOf('plain'))?.at(-1)).toBe('after ann@example.com')
})

test('an export writes what is protected masked', async () => {
  await group('exported')
  const policyDocument = JSON.stringify(protection('EmailAddress'))
  await logs.send(new PutDataProtectionPolicyCommand({ logGroupIdentifier: 'exported', policyDocument }))
  await put('exported', 'mail ann@example.com')
  const s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket: 'exports' }))
  const Principal = { Service: 'logs.us-east-1.amazonaws.com' }
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal, Action: 's3:GetBucketAcl', Resource: 'arn:aws:s3:::exports' },
      { Effect: 'Allow', Principal, Action: 's3:PutObject', Resource: 'arn:aws:s3:::exports/*' },
    ],
  })
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'exports', Policy }))
  const asked = { logGroupName: 'exported', from: 0, to: node.clock.nowMs() + 1_000, destination: 'exports' }
  const { taskId } = await logs.send(new CreateExportTaskCommand(asked))
  await vi.waitFor(async () => {
    const { exportTasks } = await logs.send(new DescribeExportTasksCommand({ taskId }))
    expect(exportTasks?.[0]?.status?.code).toBe('COMPLETED')
  }, patient)
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: 'exports', Prefix: `exportedlogs/${taskId}` }),
  )
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'exports', Key: Contents[0]?.Key }))
  const text = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString()
  expect(text).toMatch(/mail \*{15}\n$/)
  expect(text).not.toContain('ann@example.com')
})

test('policies of an account need the permission for groups, too', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'some' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'some' }))
  const [accessKeyId, secretAccessKey] = [AccessKey?.AccessKeyId ?? '', AccessKey?.SecretAccessKey ?? '']
  const theirs = node.client(CloudWatchLogsClient, { credentials: { accessKeyId, secretAccessKey } })
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'logs:*AccountPolic*', Resource: '*' },
  })
  await iam.send(new PutUserPolicyCommand({ UserName: 'some', PolicyName: 'p', PolicyDocument }))
  await expect(theirs.send(policy('a', transforming, [{ parseJSON: {} }]))).rejects.toThrow(/logs:PutTransformer/)
  await expect(theirs.send(policy('a', protecting, protection('IpAddress')))).rejects.toThrow(
    /logs:PutDataProtectionPolicy/,
  )
  for (const [policyType, remove, see] of [
    ['SUBSCRIPTION_FILTER_POLICY', 'DeleteSubscriptionFilter', 'DescribeSubscriptionFilters'],
    ['FIELD_INDEX_POLICY', 'DeleteIndexPolicy', 'DescribeIndexPolicies'],
    [transforming, 'DeleteTransformer', 'GetTransformer'],
    [protecting, 'DeleteDataProtectionPolicy', 'GetDataProtectionPolicy'],
  ] as const) {
    const deleting = new DeleteAccountPolicyCommand({ policyName: 'a', policyType })
    await expect(theirs.send(deleting)).rejects.toThrow(`logs:${remove}`)
    await expect(theirs.send(new DescribeAccountPoliciesCommand({ policyType }))).rejects.toThrow(`logs:${see}`)
  }
})
