import { gunzipSync } from 'node:zlib'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteAccountPolicyCommand,
  DeleteDataProtectionPolicyCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  GetDataProtectionPolicyCommand,
  GetLogEventsCommand,
  GetLogRecordCommand,
  GetQueryResultsCommand,
  PutAccountPolicyCommand,
  PutDataProtectionPolicyCommand,
  PutLogEventsCommand,
  paginateFilterLogEvents,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const logGroupName = '/app/protected'
const arnOf = (name: string) => `arn:aws:dataprotection::aws:data-identifier/${name}`
const all = ['EmailAddress', 'IpAddress', 'CreditCardNumber', 'AwsSecretKey', 'OpenSshPrivateKey', 'PkcsPrivateKey']
let node: TestNode
let logs: CloudWatchLogsClient

beforeAll(async () => {
  node = await startNode()
  logs = node.client(CloudWatchLogsClient)
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 's' }))
})
afterAll(() => node?.close())

function document(names: readonly string[], more: object = {}, FindingsDestination: object = {}) {
  const DataIdentifier = names.map(arnOf)
  const Statement = [
    { Sid: 'audit', DataIdentifier, Operation: { Audit: { FindingsDestination } } },
    { Sid: 'mask', DataIdentifier, Operation: { Deidentify: { MaskConfig: {} } } },
  ]
  return JSON.stringify({ Name: 'p', Version: '2021-06-01', Statement, ...more })
}
const protect = (policyDocument: string) =>
  logs.send(new PutDataProtectionPolicyCommand({ logGroupIdentifier: logGroupName, policyDocument }))
const put = (...messages: string[]) =>
  logs.send(
    new PutLogEventsCommand({
      ...{ logGroupName, logStreamName: 's' },
      logEvents: messages.map((message) => ({ timestamp: node.clock.nowMs(), message })),
    }),
  )
const read = async (unmask = false, client = logs) => {
  const { events } = await client.send(
    new GetLogEventsCommand({ logGroupName, logStreamName: 's', startFromHead: true, unmask }),
  )
  return events?.map(({ message }) => message)
}

test('what is sensitive in events from then on is masked wherever they are read', async () => {
  await put('before: ann@example.com')
  await protect(document(all))
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
  const written = [
    'mail ann.lee@mail.example.com, from 192.168.10.1 or 2001:db8::1, at 12:34:56',
    'card 4111 1111 1111 1111, no card 4111 1111 1111 1112',
    `aws_secret_access_key=${secret} but not ${'-'.repeat(70)} ${secret}`,
    'key -----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- end',
  ]
  await put(...written)
  const masked = [
    'before: ann@example.com',
    `mail ${'*'.repeat(24)}, from ${'*'.repeat(12)} or ${'*'.repeat(11)}, at 12:34:56`,
    `card ${'*'.repeat(19)}, no card 4111 1111 1111 1112`,
    `aws_secret_access_key=${'*'.repeat(40)} but not ${'-'.repeat(70)} ${secret}`,
    `key ${'*'.repeat(65)} end`,
  ]
  expect(await read()).toEqual(masked)
  await node.restart()
  logs = node.client(CloudWatchLogsClient)
  expect(await read(true)).toEqual([masked[0], ...written])
  const filtered = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: 'ann.lee' }))
  expect(filtered.events).toEqual([])
  const nowSec = Math.floor(node.clock.nowMs() / 1_000)
  const { queryId } = await logs.send(
    new StartQueryCommand({
      ...{ logGroupName, startTime: nowSec - 3_600, endTime: nowSec + 60 },
      queryString: 'filter @message like /^mail/ | fields @message, @ptr',
    }),
  )
  const row = await vi.waitFor(
    async () => {
      const found = await logs.send(new GetQueryResultsCommand({ queryId }))
      expect(found.status).toBe('Complete')
      return Object.fromEntries(found.results![0]!.map(({ field, value }) => [field, value]))
    },
    { timeout: 45_000, interval: 30 },
  )
  expect(row['@message']).toBe(masked[1])
  const record = await logs.send(new GetLogRecordCommand({ logRecordPointer: row['@ptr'], unmask: true }))
  expect(record.logRecord?.['@message']).toBe(written[0])
})

test('only who may unmask sees it', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const Statement = { Effect: 'Allow', Action: ['logs:GetLogEvents', 'logs:FilterLogEvents'], Resource: '*' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'read', PolicyDocument }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const client = node.client(CloudWatchLogsClient, { credentials })
  expect(await read(false, client)).toHaveLength(5)
  const denied = { name: 'AccessDeniedException', message: expect.stringContaining('logs:Unmask') }
  await expect(read(true, client)).rejects.toMatchObject(denied)
  await expect(client.send(new FilterLogEventsCommand({ logGroupName, unmask: true }))).rejects.toMatchObject(denied)
})

test('a policy is answered, shown by its group, and deleted', async () => {
  const policyDocument = document(['EmailAddress'])
  await protect(policyDocument)
  const asked = { logGroupIdentifier: logGroupName }
  expect(await logs.send(new GetDataProtectionPolicyCommand(asked))).toMatchObject({ policyDocument })
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }))
  expect(logGroups).toMatchObject([{ dataProtectionStatus: 'ACTIVATED' }])
  await logs.send(new DeleteDataProtectionPolicyCommand(asked))
  expect((await logs.send(new GetDataProtectionPolicyCommand(asked))).policyDocument).toBeUndefined()
  await put('after: ann@example.com')
  expect((await read())?.at(-1)).toBe('after: ann@example.com')
})

test('a policy that breaks the rules, or asks for what is not here, is refused by name', async () => {
  for (const [text, says] of [
    ['{', 'JSON'],
    [document([]), 'DataIdentifier'],
    [document(['Address']), 'Address'],
    [document([]).replaceAll('[]', `${'['.repeat(6_000)}${']'.repeat(6_000)}`), 'DataIdentifier'],
    [document([]).replaceAll('[]', '[{"toString":1}]'), 'DataIdentifier'],
    [document(['EmailAddress'], {}, { constructor: { x: '1' } }), 'constructor'],
    [document(['EmailAddress'], { Version: '2012-10-17' }), 'Version'],
    [document(['EmailAddress'], { Statement: [] }), 'statements'],
    [document(['EmailAddress'], {}, { Pager: { Number: '1' } }), 'Pager'],
    [document(['EmailAddress'], {}, { S3: { LogGroup: 'b' } }), 'LogGroup'],
    [document(['EmailAddress'], { Configuration: { CustomDataIdentifier: [{}] } }), 'CustomDataIdentifier'],
  ] as const)
    await expect(protect(text), text).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining(says),
    })
})

test('what is found is told to the destinations of a policy: in which event and where, not what', async () => {
  const s3 = node.client(S3Client)
  const findings = { CloudWatchLogs: { LogGroup: 'findings' }, S3: { Bucket: 'findings' } }
  await expect(protect(document(['EmailAddress'], {}, findings))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'findings' }))
  await s3.send(new CreateBucketCommand({ Bucket: 'findings' }))
  await protect(document(['EmailAddress', 'IpAddress'], {}, findings))
  await put('nothing', 'mail bo@example.com or ann@example.com from 10.0.0.1')
  const report = {
    auditTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    resourceArn: `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}:*`,
    dataIdentifiers: [
      {
        ...{ name: 'EmailAddress', count: 2 },
        detections: [
          { start: 6, end: 19 },
          { start: 24, end: 38 },
        ],
      },
      { name: 'IpAddress', count: 1, detections: [{ start: 45, end: 52 }] },
    ],
  }
  const patient = { timeout: 45_000, interval: 30 }
  await vi.waitFor(async () => {
    const asked = { logGroupName: 'findings', logStreamNames: [logGroupName] }
    const { events = [] } = await logs.send(new FilterLogEventsCommand(asked))
    expect(events.map(({ message = '' }) => JSON.parse(message) as unknown)).toEqual([report])
  }, patient)
  await vi.waitFor(async () => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'findings' }))
    expect(Contents).toHaveLength(1)
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'findings', Key: Contents[0]?.Key }))
    const text = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString()
    expect(JSON.parse(text)).toEqual(report)
  }, patient)

  // An account's policy tells the same bucket in objects of its own, and nothing of what only the other found.
  const policy = { policyName: 'all', policyType: 'DATA_PROTECTION_POLICY' as const }
  const policyDocument = document(['PuttyPrivateKey'], {}, { S3: { Bucket: 'findings' } })
  await logs.send(new PutAccountPolicyCommand({ ...policy, policyDocument }))
  await put('eve@example.com PuTTY-User-Key-File-2: x')
  // More than one request takes, and more in one event than a report has room for.
  const many = Array.from({ length: 5_200 }, () => 'a@b.cc')
  await put(...many, 'a@b.cc '.repeat(40_000))
  await vi.waitFor(async () => {
    const asked = { logGroupName: 'findings', logStreamNames: [logGroupName] }
    const counts: number[] = []
    for await (const { events = [] } of paginateFilterLogEvents({ client: logs }, asked))
      for (const { message = '' } of events) counts.push(JSON.parse(message).dataIdentifiers[0].count)
    expect(counts).toHaveLength(2 + many.length + 1)
    expect(Math.max(...counts)).toBe(40_000)
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'findings' }))
    const found = await Promise.all(
      Contents.map(async ({ Key }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'findings', Key }))
        const lines = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString()
        return JSON.parse(lines.split('\n')[0] ?? '').dataIdentifiers[0].name
      }),
    )
    expect(found.filter((name) => name === 'PuttyPrivateKey')).toHaveLength(1)
    expect(found.filter((name) => name === 'EmailAddress').length).toBeGreaterThanOrEqual(3)
  }, patient)
  await logs.send(new DeleteAccountPolicyCommand(policy))
})
