import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketLoggingCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type LoggingEnabled,
  PutBucketLoggingCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const patient = { timeout: 45_000, interval: 20 }
const windowMs = 300_000
let node: TestNode
let s3: S3Client
let serial = 0

beforeAll(async () => {
  node = await startNode()
  s3 = node.client(S3Client)
})
afterAll(() => node.close())

async function freshBucket(name: string) {
  const Bucket = `${name}-${++serial}`
  await s3.send(new CreateBucketCommand({ Bucket }))
  return Bucket
}
const policyOf = (target: string, source: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      ...{ Effect: 'Allow', Principal: { Service: 'logging.s3.amazonaws.com' }, Action: 's3:PutObject' },
      Resource: `arn:aws:s3:::${target}/*`,
      Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:s3:::${source}` } },
    },
  })
const log = (Bucket: string, enabled: LoggingEnabled | undefined) =>
  s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: enabled ? { LoggingEnabled: enabled } : {} }))

/** A bucket and the one that it logs to. */
async function logging(TargetPrefix: string, rest: Partial<LoggingEnabled> = {}) {
  const [source, target] = [await freshBucket('source'), await freshBucket('target')]
  await s3.send(new PutBucketPolicyCommand({ Bucket: target, Policy: policyOf(target, source) }))
  await log(source, { TargetBucket: target, TargetPrefix, ...rest })
  return { source, target }
}
async function deploy(StackName: string, Resources: object) {
  const client = node.client(CloudFormationClient)
  await client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources }) }))
  await waitUntilStackCreateComplete({ client, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.1 }, { StackName })
}
const keysOf = async (Bucket: string) =>
  ((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key!)

/** The lines that are delivered by and by, once the clock has passed what they wait for. */
async function lines(target: string, count: number) {
  const found: string[] = []
  await expect
    .poll(async () => {
      node.clock.advance(windowMs)
      found.length = 0
      for (const Key of await keysOf(target)) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: target, Key }))
        found.push(...((await Body?.transformToString()) ?? '').trim().split('\n'))
      }
      return found.length
    }, patient)
    .toBe(count)
  return found
}

test('requests to a bucket are logged into another, with what they were and how they were answered', async () => {
  const { source: Bucket, target } = await logging('logs/')
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a key', Body: 'hello' }))
  await s3.send(new GetObjectCommand({ Bucket, Key: 'a key' }))
  await s3.send(new HeadObjectCommand({ Bucket, Key: 'a key' }))
  await s3.send(new ListObjectsV2Command({ Bucket }))
  await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({ name: 'NoSuchKey' })
  const refused = await fetch(`${node.endpoint}/${Bucket}/a%20key`, { headers: { referer: 'http://x/"\n'.trim() } })
  expect(refused.status).toBe(403)
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'a key' }), { expiresIn: 60 })
  expect((await fetch(url)).status).toBe(200)
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a key' }))

  const found = await lines(target, 8)
  const fields = found.map((line) => line.match(/"(?:[^"\\]|\\.)*"|\[[^\]]*\]|\S+/g)!)
  for (const one of fields) expect(one).toHaveLength(26)
  expect(fields.map((one) => `${one[6]} ${one[7]} ${one[9]} ${one[10]}`)).toEqual([
    'REST.PUT.OBJECT a%20key 200 -',
    'REST.GET.OBJECT a%20key 200 -',
    'REST.HEAD.OBJECT a%20key 200 -',
    'REST.GET.BUCKET - 200 -',
    'REST.GET.OBJECT none 404 NoSuchKey',
    'REST.GET.OBJECT a%20key 403 AccessDenied',
    'REST.GET.OBJECT a%20key 200 -',
    'REST.DELETE.OBJECT a%20key 204 -',
  ])
  expect(fields[1]!.slice(11, 13)).toEqual(['5', '5'])
  expect(fields[1]![1]).toBe(Bucket)
  expect(fields[1]![4]).toBe('arn:aws:iam::000000000000:root')
  expect(fields[5]![4]).toBe('-')
  expect(fields[5]![15]).toBe('"http://x/\\x22"')
  expect(fields[6]![21]).toBe('QueryString')
  expect(found[6]).not.toContain(new URL(url).searchParams.get('X-Amz-Signature'))
  expect((await keysOf(target))[0]).toMatch(/^logs\/\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}$/)
})

test('objects can be filed by account, region, bucket and day', async () => {
  const TargetObjectKeyFormat = { PartitionedPrefix: { PartitionDateSource: 'EventTime' as const } }
  const { source, target } = await logging('', { TargetObjectKeyFormat })
  const { LoggingEnabled } = await s3.send(new GetBucketLoggingCommand({ Bucket: source }))
  expect(LoggingEnabled).toEqual({ TargetBucket: target, TargetPrefix: '', TargetObjectKeyFormat })
  await lines(target, 1)
  expect((await keysOf(target))[0]).toMatch(
    new RegExp(`^000000000000/us-east-1/${source}/\\d{4}/\\d\\d/\\d\\d/[\\d-]{10}-00-00-00-[0-9A-F]{16}$`),
  )
})

test('lines wait out a restart, and stop with the logging', async () => {
  const { source: Bucket, target } = await logging('')
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
  await new Promise(setImmediate)
  await node.restart()
  s3 = node.client(S3Client)
  await lines(target, 1)
  await log(Bucket, undefined)
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
  await log(Bucket, { TargetBucket: target, TargetPrefix: '' })
  await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }))
  const found = await lines(target, 3)
  expect(found.filter((line) => line.includes('REST.PUT.OBJECT'))).toHaveLength(1)
})

test('a target that lets nobody deliver gets nothing; one whose ACL lets the group of log delivery, does', async () => {
  const [closed, open] = [await freshBucket('closed'), `open-${++serial}`]
  const AccessControl = 'LogDeliveryWrite'
  const OwnershipControls = { Rules: [{ ObjectOwnership: 'ObjectWriter' }] }
  const Properties = { BucketName: open, AccessControl, OwnershipControls }
  await deploy('open', { Open: { Type: 'AWS::S3::Bucket', Properties } })
  const [first, second] = [await freshBucket('first'), await freshBucket('second')]
  await log(first, { TargetBucket: closed, TargetPrefix: '' })
  await log(second, { TargetBucket: open, TargetPrefix: '' })
  for (const Bucket of [first, second]) await s3.send(new ListObjectsV2Command({ Bucket }))
  await lines(open, 1)
  expect(await keysOf(closed)).toEqual([])
})

test('wrong targets are refused', async () => {
  const Bucket = await freshBucket('wrong')
  await expect(log(Bucket, { TargetBucket: 'not-there', TargetPrefix: '' })).rejects.toMatchObject({
    name: 'InvalidTargetBucketForLogging',
  })
  const TargetGrants = [{ Grantee: { Type: 'CanonicalUser' as const, ID: 'x' }, Permission: 'READ' as const }]
  await expect(log(Bucket, { TargetBucket: Bucket, TargetPrefix: '', TargetGrants })).rejects.toMatchObject({
    name: 'NotImplemented',
  })
})

test('a template sets it, the bucket logged to being made first', async () => {
  const Resources = {
    Logs: { Type: 'AWS::S3::Bucket', Properties: {} },
    Files: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        BucketName: 'files-of-template',
        LoggingConfiguration: { DestinationBucketName: { Ref: 'Logs' }, LogFilePrefix: 'files/' },
      },
    },
  }
  await deploy('logged', Resources)
  const { LoggingEnabled } = await s3.send(new GetBucketLoggingCommand({ Bucket: 'files-of-template' }))
  expect(LoggingEnabled).toMatchObject({
    TargetPrefix: 'files/',
    TargetBucket: expect.stringContaining('logged-logs-'),
  })
})
