import { gunzipSync } from 'node:zlib'
import {
  AssociateKmsKeyCommand,
  CancelExportTaskCommand,
  CloudWatchLogsClient,
  CreateExportTaskCommand,
  type CreateExportTaskCommandInput,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeExportTasksCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  DisassociateKmsKeyCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const logGroupName = '/app/exported'
let node: TestNode
let logs: CloudWatchLogsClient
let s3: S3Client
let nowMs: number

beforeAll(async () => {
  node = await startNode()
  logs = node.client(CloudWatchLogsClient)
  s3 = node.client(S3Client)
  nowMs = node.clock.nowMs()
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  for (const logStreamName of ['web/1', 'web/2', 'db']) {
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
    const logEvents = [1, 2, 3].map((n) => ({ timestamp: nowMs - 4_000 + n * 1_000, message: `${logStreamName} ${n}` }))
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }))
  }
  for (const Bucket of ['open-to-logs', 'closed']) await s3.send(new CreateBucketCommand({ Bucket }))
  const Principal = { Service: 'logs.us-east-1.amazonaws.com' }
  const Condition = { StringEquals: { 'aws:SourceAccount': '000000000000' } }
  const Statement = [
    { Effect: 'Allow', Principal, Condition, Action: 's3:GetBucketAcl', Resource: 'arn:aws:s3:::open-to-logs' },
    { Effect: 'Allow', Principal, Condition, Action: 's3:PutObject', Resource: 'arn:aws:s3:::open-to-logs/*' },
  ]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'open-to-logs', Policy }))
})
afterAll(async () => {
  logs.destroy()
  s3.destroy()
  await node.close()
})

const start = (more: Partial<CreateExportTaskCommandInput> = {}, client = logs) =>
  client.send(
    new CreateExportTaskCommand({
      logGroupName,
      from: nowMs - 60_000,
      to: nowMs + 60_000,
      destination: 'open-to-logs',
      ...more,
    }),
  )
const task = async (taskId: string) => (await logs.send(new DescribeExportTasksCommand({ taskId }))).exportTasks![0]!
const completed = (taskId: string) => expect.poll(async () => (await task(taskId)).status?.code).toBe('COMPLETED')
const keysOf = async (Prefix: string) => {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'open-to-logs', Prefix }))
  return Contents.map(({ Key }) => Key!)
}

test('an export writes a compressed file for each stream, and says when it is done', async () => {
  const { taskId } = await start({ taskName: 'nightly', logStreamNamePrefix: 'web/', from: nowMs - 2_000 })
  await completed(taskId!)
  const folder = `exportedlogs/${taskId}`
  expect(await keysOf(folder)).toEqual([`${folder}/web-1/000000.gz`, `${folder}/web-2/000000.gz`])
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'open-to-logs', Key: `${folder}/web-2/000000.gz` }))
  const time = (n: number) => new Date(nowMs - 4_000 + n * 1_000).toISOString()
  expect(gunzipSync(await Body!.transformToByteArray()).toString()).toBe(`${time(2)} web/2 2\n${time(3)} web/2 3\n`)
  expect(await keysOf('exportedlogs/aws-logs')).toEqual(['exportedlogs/aws-logs-write-test'])
  expect(await task(taskId!)).toMatchObject({ taskName: 'nightly', destinationPrefix: 'exportedlogs', logGroupName })
  await expect(logs.send(new CancelExportTaskCommand({ taskId }))).rejects.toMatchObject({
    name: 'InvalidOperationException',
  })
})

test('tasks are listed page by page, and by what became of them', async () => {
  await completed((await start({ destinationPrefix: 'again' })).taskId!)
  const page = await logs.send(new DescribeExportTasksCommand({ limit: 1, statusCode: 'COMPLETED' }))
  const { nextToken } = page
  const rest = await logs.send(new DescribeExportTasksCommand({ nextToken }))
  expect(page.exportTasks!.concat(rest.exportTasks!).length).toBe(2)
  expect((await logs.send(new DescribeExportTasksCommand({ statusCode: 'FAILED' }))).exportTasks).toEqual([])
  for (const command of [
    new DescribeExportTasksCommand({ nextToken: 'made-up' }),
    // Of another list, in which a place has two parts.
    new DescribeLogStreamsCommand({ logGroupName, orderBy: 'LastEventTime', nextToken }),
  ]) {
    await expect(logs.send(command as DescribeExportTasksCommand)).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })
  }
})

test('a bucket that does not let the service, and times the wrong way round, are refused', async () => {
  await expect(start({ destination: 'closed' })).rejects.toThrow(/GetBucketAcl call on the given bucket failed/)
  await expect(start({ from: nowMs + 60_001 })).rejects.toMatchObject({ name: 'InvalidParameterException' })
  await expect(start({ logGroupName: 'no-such-group' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

test('who may not write to the bucket may not have an export written there', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'ann',
      PolicyName: 'logs',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: 'logs:*', Resource: '*' },
      }),
    }),
  )
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const hers = node.client(CloudWatchLogsClient, { credentials })
  await expect(start({}, hers)).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('s3:PutObject'),
  })
  iam.destroy()
  hers.destroy()
})

test('a group is said to be under a key until that is taken back', async () => {
  const kmsKeyId = 'arn:aws:kms:us-east-1:000000000000:key/14e0db71-96d7-4c3e-8d5f-3b0f2d9c8a11'
  const shown = async () =>
    (await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }))).logGroups![0]!.kmsKeyId
  await logs.send(new AssociateKmsKeyCommand({ logGroupName, kmsKeyId }))
  expect(await shown()).toBe(kmsKeyId)
  const resourceIdentifier = `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`
  await logs.send(new DisassociateKmsKeyCommand({ resourceIdentifier }))
  expect(await shown()).toBeUndefined()
  await expect(logs.send(new AssociateKmsKeyCommand({ logGroupName, kmsKeyId: 'alias/mine' }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  })
})
