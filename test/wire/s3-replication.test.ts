import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  DeleteBucketReplicationCommand,
  DeleteObjectCommand,
  GetBucketReplicationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
  type ReplicationRule,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { makeRole } from './lambda-support.ts'

const patient = { timeout: 45_000, interval: 30 }
let node: TestNode
let s3: S3Client
let west: S3Client
let role: string
let serial = 0

const connect = () => {
  s3 = node.client(S3Client)
  west = node.client(S3Client, { region: 'us-west-2' })
}
beforeAll(async () => {
  node = await startNode()
  connect()
  const replicating = [
    { Effect: 'Allow', Action: ['s3:GetObjectVersion*'], Resource: 'arn:aws:s3:::from-*' },
    {
      Effect: 'Allow',
      Action: ['s3:Replicate*', 's3:ObjectOwnerOverrideToBucketOwner'],
      Resource: 'arn:aws:s3:::to-*',
    },
  ]
  role = await makeRole(node, 'replication', replicating, 's3.amazonaws.com')
})
afterAll(() => node.close())

async function versioned(client: S3Client, prefix: string): Promise<string> {
  const Bucket = `${prefix}-${++serial}`
  await client.send(new CreateBucketCommand({ Bucket }))
  const VersioningConfiguration = { Status: 'Enabled' as const }
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
  return Bucket
}
const on = { Status: 'Enabled' as const }
const off = { Status: 'Disabled' as const }
const rule = (to: string, more: Partial<ReplicationRule> = {}): ReplicationRule => ({
  ...{ Status: 'Enabled', Priority: 1, Filter: { Prefix: '' }, DeleteMarkerReplication: on },
  Destination: { Bucket: `arn:aws:s3:::${to}` },
  ...more,
})
const replicate = (Bucket: string, Rules: ReplicationRule[], Role = role, client = s3) =>
  client.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration: { Role, Rules } }))
const put = (Bucket: string, Key: string, more: Partial<PutObjectCommandInput> = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: Key, ...more }))
const head = (client: S3Client, Bucket: string, Key: string) => client.send(new HeadObjectCommand({ Bucket, Key }))
const statusOf = async (Bucket: string, Key: string) => (await head(s3, Bucket, Key)).ReplicationStatus
const settled = (Bucket: string, Key: string, status: string) =>
  expect.poll(() => statusOf(Bucket, Key), patient).toBe(status)
const versionsOf = async (client: S3Client, Bucket: string) => {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }))
  return [...Versions, ...DeleteMarkers].map(({ Key, VersionId, IsLatest }) => [Key, VersionId, IsLatest]).sort()
}

test('versions, markers, metadata and changed tags reach a bucket of another region, with their ids', async () => {
  const [from, to] = [await versioned(s3, 'from'), await versioned(west, 'to')]
  await put(from, 'before')
  await replicate(from, [rule(to, { Destination: { Bucket: `arn:aws:s3:::${to}`, StorageClass: 'STANDARD_IA' } })])
  await put(from, 'k', { Body: 'one' })
  const large = 'x'.repeat(100_000)
  const { VersionId } = await put(from, 'k', {
    Body: large,
    Metadata: { a: '1' },
    Tagging: 'team=x',
    ContentType: 'text/x',
  })
  await settled(from, 'k', 'COMPLETED')
  const replica = await west.send(new GetObjectCommand({ Bucket: to, Key: 'k' }))
  expect(await replica.Body?.transformToString()).toBe(large)
  expect(replica).toMatchObject({
    ...{ VersionId, Metadata: { a: '1' }, ContentType: 'text/x', StorageClass: 'STANDARD_IA' },
    ReplicationStatus: 'REPLICA',
  })
  // What was there before is not replicated, nor has it a status.
  expect(await statusOf(from, 'before')).toBeUndefined()

  const tags = async () => (await west.send(new GetObjectTaggingCommand({ Bucket: to, Key: 'k' }))).TagSet
  expect(await tags()).toEqual([{ Key: 'team', Value: 'x' }])
  const TagSet = [{ Key: 'team', Value: 'y' }]
  await s3.send(new PutObjectTaggingCommand({ Bucket: from, Key: 'k', Tagging: { TagSet } }))
  await expect.poll(tags, patient).toEqual(TagSet)

  await s3.send(new DeleteObjectCommand({ Bucket: from, Key: 'k' }))
  await put(from, 'later')
  await settled(from, 'later', 'COMPLETED')
  const wanted = (await versionsOf(s3, from)).filter(([key]) => key !== 'before')
  expect(wanted).toHaveLength(4)
  await expect.poll(() => versionsOf(west, to), patient).toEqual(wanted)
  // Deleting a version for good stays where it is done.
  await s3.send(new DeleteObjectCommand({ Bucket: from, Key: 'k', VersionId }))
  expect(await versionsOf(west, to)).toEqual(wanted)
})

test('changes of a replica come back where its rules say so, and go round no further', async () => {
  const [from, to] = [await versioned(s3, 'from'), await versioned(s3, 'to')]
  const both = await makeRole(
    node,
    'both-ways',
    [{ Effect: 'Allow', Action: ['s3:GetObjectVersion*', 's3:Replicate*'], Resource: '*' }],
    's3.amazonaws.com',
  )
  const back = (ReplicaModifications: typeof on | typeof off) =>
    replicate(to, [rule(from, { SourceSelectionCriteria: { ReplicaModifications } })], both)
  await replicate(from, [rule(to)], both)
  await back(off)
  await put(from, 'k', { Tagging: 'team=a' })
  await settled(from, 'k', 'COMPLETED')
  const tag = (Bucket: string, Value: string) =>
    s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet: [{ Key: 'team', Value }] } }))
  const teamOf = async (Bucket: string) =>
    (await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }))).TagSet?.[0]?.Value
  await tag(to, 'stays')
  await back(on)
  expect(await teamOf(from)).toBe('a')
  await tag(to, 'b')
  await expect.poll(() => teamOf(from), patient).toBe('b')
  expect([await statusOf(from, 'k'), (await head(s3, to, 'k')).ReplicationStatus]).toEqual(['COMPLETED', 'REPLICA'])
  await tag(from, 'c')
  await expect.poll(() => teamOf(to), patient).toBe('c')
  // A version of its own that the other has not is none of those.
  await put(to, 'own', { Tagging: 'team=x' })
  await settled(to, 'own', 'COMPLETED')
  expect(await versionsOf(s3, from)).toHaveLength(2)
  expect([await teamOf(from), await teamOf(to)]).toEqual(['c', 'c'])
})

test('rules choose by prefix, tags and priority, and each bucket is told of once', async () => {
  const [from, a, b] = [await versioned(s3, 'from'), await versioned(s3, 'to'), await versioned(s3, 'to')]
  const And = { Prefix: 'logs/', Tags: [{ Key: 'keep', Value: 'yes' }] }
  const glacier = { Bucket: `arn:aws:s3:::${a}`, StorageClass: 'GLACIER_IR' as const }
  await replicate(from, [
    rule(a, { ID: 'low', Priority: 1, Filter: { Prefix: 'logs/' } }),
    rule(a, { ID: 'high', Priority: 9, Filter: { Prefix: 'logs/cold/' }, Destination: glacier }),
    rule(b, { ID: 'tagged', Priority: 2, Filter: { And }, DeleteMarkerReplication: off }),
    rule(b, { ID: 'off', Priority: 3, Status: 'Disabled' }),
  ])
  await put(from, 'other')
  await put(from, 'logs/1', { Tagging: 'keep=yes' })
  await put(from, 'logs/cold/1')
  await put(from, 'logs/kms', { ServerSideEncryption: 'aws:kms' })
  for (const key of ['logs/1', 'logs/cold/1']) await settled(from, key, 'COMPLETED')
  const keys = async (bucket: string) => (await versionsOf(s3, bucket)).map(([key]) => key)
  expect([await keys(a), await keys(b)]).toEqual([['logs/1', 'logs/cold/1'], ['logs/1']])
  expect((await head(s3, a, 'logs/cold/1')).StorageClass).toBe('GLACIER_IR')
  expect([await statusOf(from, 'other'), await statusOf(from, 'logs/kms')]).toEqual([undefined, undefined])
  await s3.send(new DeleteObjectCommand({ Bucket: from, Key: 'logs/1' }))
  await expect.poll(async () => (await versionsOf(s3, a)).length, patient).toBe(3)
  expect(await keys(b)).toEqual(['logs/1'])
})

test('a replica that comes late goes where its id says, below what is newer', async () => {
  const [from, to] = [await versioned(s3, 'from'), await versioned(s3, 'to')]
  await replicate(from, [rule(to)])
  await put(from, 'k', { Body: 'replicated' })
  node.clock.advance(1_000)
  await put(to, 'k', { Body: 'newer' })
  await settled(from, 'k', 'COMPLETED')
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: to, Key: 'k' }))
  expect(await Body?.transformToString()).toBe('newer')
  expect(await versionsOf(s3, to)).toHaveLength(2)
})

test('what the role may not do has failed, is told, and leaves nothing', async () => {
  const [from, to, other] = [await versioned(s3, 'from'), await versioned(s3, 'to'), await versioned(s3, 'elsewhere')]
  const sqs = node.client(SQSClient)
  const QueueArn = 'arn:aws:sqs:us-east-1:000000000000:failures'
  const Statement = { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sqs:*', Resource: QueueArn }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'failures', Attributes: { Policy } }))
  const QueueConfigurations = [{ QueueArn, Events: ['s3:Replication:*' as const] }]
  const NotificationConfiguration = { QueueConfigurations }
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: from, NotificationConfiguration }))
  await replicate(from, [rule(to, { ID: 'good' }), rule(other, { ID: 'bad', Priority: 2 })])
  await put(from, 'k')
  await settled(from, 'k', 'FAILED')
  await expect.poll(() => versionsOf(s3, to), patient).toHaveLength(1)
  expect(await versionsOf(s3, other)).toEqual([])
  const records: unknown[] = []
  await expect
    .poll(async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }))
      for (const { Body = '{}' } of Messages) records.push(...(JSON.parse(Body).Records ?? []))
      return records
    }, patient)
    .toMatchObject([
      {
        ...{ eventName: 'Replication:OperationFailedReplication', eventVersion: '2.2' },
        replicationEventData: {
          ...{ replicationRuleId: 'bad', destinationBucket: `arn:aws:s3:::${other}` },
          failureReason: 'DstPutObjectNotPermitted',
        },
      },
    ])

  const stranger = await makeRole(node, 'stranger', [], 'lambda.amazonaws.com')
  await replicate(from, [rule(to)], stranger)
  await put(from, 'k2')
  await settled(from, 'k2', 'FAILED')
})

test('a configuration is told as it was given, goes, and holds the versioning', async () => {
  const [from, to] = [await versioned(s3, 'from'), await versioned(s3, 'to')]
  const Rules: ReplicationRule[] = [
    {
      ...{ ID: 'all', Status: 'Enabled', Priority: 0, DeleteMarkerReplication: off },
      Filter: { And: { Prefix: 'a', Tags: [{ Key: 'k', Value: 'v' }] } },
      SourceSelectionCriteria: { SseKmsEncryptedObjects: on, ReplicaModifications: off },
      Destination: {
        ...{ Bucket: `arn:aws:s3:::${to}`, Account: '000000000000', StorageClass: 'STANDARD' },
        AccessControlTranslation: { Owner: 'Destination' },
        EncryptionConfiguration: { ReplicaKmsKeyID: 'key' },
        Metrics: { Status: 'Enabled', EventThreshold: { Minutes: 15 } },
        ReplicationTime: { Status: 'Enabled', Time: { Minutes: 15 } },
      },
    },
  ]
  await replicate(from, Rules)
  const told = async () => (await s3.send(new GetBucketReplicationCommand({ Bucket: from }))).ReplicationConfiguration
  expect(await told()).toEqual({ Role: role, Rules })
  const suspend = { Bucket: from, VersioningConfiguration: { Status: 'Suspended' as const } }
  await expect(s3.send(new PutBucketVersioningCommand(suspend))).rejects.toMatchObject({ name: 'InvalidBucketState' })
  // Rules of the first version have a prefix, and replicate markers.
  const first = [{ ID: '1', Status: 'Enabled' as const, Prefix: 'x', Destination: { Bucket: `arn:aws:s3:::${to}` } }]
  await replicate(from, first)
  expect((await told())?.Rules).toEqual(first)
  await s3.send(new DeleteBucketReplicationCommand({ Bucket: from }))
  await expect(told()).rejects.toMatchObject({ name: 'ReplicationConfigurationNotFoundError' })
  await s3.send(new PutBucketVersioningCommand(suspend))
})

test('what a configuration cannot have is refused', async () => {
  const [from, to] = [await versioned(s3, 'from'), await versioned(s3, 'to')]
  const plain = `plain-${++serial}`
  await s3.send(new CreateBucketCommand({ Bucket: plain }))
  const Tag = { Key: 'a', Value: 'b' }
  const refusals: [ReplicationRule[], object][] = [
    [[], { name: 'MalformedXML' }],
    [[rule(plain)], { message: 'Destination bucket must have versioning enabled.' }],
    [[rule('nowhere')], { message: 'Destination bucket must exist.' }],
    [[rule(from)], { name: 'InvalidRequest' }],
    [[rule(to, { Priority: undefined })], { message: expect.stringContaining('Priority must be specified') }],
    [[rule(to, { DeleteMarkerReplication: undefined })], { name: 'InvalidRequest' }],
    [[rule(to, { Filter: { Tag } })], { message: expect.stringContaining('any Tag filter') }],
    [[rule(to), rule(to)], { name: 'InvalidRequest' }],
    [[rule(to, { ExistingObjectReplication: on })], { name: 'NotImplemented' }],
    [[rule(to, { SourceSelectionCriteria: { SseKmsEncryptedObjects: on } })], { name: 'InvalidRequest' }],
  ]
  for (const [rules, error] of refusals) await expect(replicate(from, rules)).rejects.toMatchObject(error)
  await expect(replicate(plain, [rule(to)])).rejects.toMatchObject({ message: expect.stringContaining('Versioning') })
  const never = [{ QueueArn: 'arn:aws:sqs:us-east-1:000000000000:q', Events: ['s3:IntelligentTiering' as const] }]
  const NotificationConfiguration = { QueueConfigurations: never }
  await expect(
    s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: from, NotificationConfiguration })),
  ).rejects.toMatchObject({ name: 'NotImplemented', message: expect.stringContaining('s3:IntelligentTiering') })

  // Who sets it needs to be allowed to hand over the role.
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const Statement = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const hers = replicate(from, [rule(to)], role, node.client(S3Client, { credentials }))
  await expect(hers).rejects.toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('iam:PassRole') })
})

test('a template sets it, and what waits is done after a restart', async () => {
  const to = await versioned(s3, 'to')
  const client = node.client(CloudFormationClient)
  const [ON, destination] = [{ Status: 'Enabled' }, { Bucket: `arn:aws:s3:::${to}` }]
  const And = { Prefix: 'in/', TagFilters: [{ Key: 'a', Value: 'b' }] }
  const Rules = [
    {
      ...{ Id: 'r', ...ON, Priority: 1 },
      Filter: { Prefix: 'in/' },
      DeleteMarkerReplication: ON,
      Destination: destination,
    },
    { Id: 's', ...ON, Priority: 2, Filter: { And }, DeleteMarkerReplication: off, Destination: destination },
  ]
  const ReplicationConfiguration = { Role: role, Rules }
  const Properties = { BucketName: 'from-template', VersioningConfiguration: ON, ReplicationConfiguration }
  const TemplateBody = JSON.stringify({ Resources: { Files: { Type: 'AWS::S3::Bucket', Properties } } })
  await client.send(new CreateStackCommand({ StackName: 'replicating', TemplateBody }))
  const wait = { client, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.1 }
  await waitUntilStackCreateComplete(wait, { StackName: 'replicating' })
  for (let i = 0; i < 20; i++) await put('from-template', `in/${i}`)
  await node.restart()
  connect()
  await expect.poll(async () => (await versionsOf(s3, to)).length, patient).toBe(20)
  await settled('from-template', 'in/19', 'COMPLETED')
})
