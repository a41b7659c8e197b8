import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  DeleteBucketTaggingCommand,
  GetBucketAbacCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketAbacCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  S3Client,
  UpdateObjectEncryptionCommand,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let s3: S3Client
let iam: IAMClient
beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  s3 = node.client(S3Client)
  iam = node.client(IAMClient)
})
afterAll(() => node.close())

const denied = { name: 'AccessDenied' }
const abac = (Bucket: string, Status: 'Enabled' | 'Disabled', client = s3) =>
  client.send(new PutBucketAbacCommand({ Bucket, AbacStatus: { Status } }))
const tag = (Bucket: string, tags: Record<string, string>, client = s3) =>
  client.send(
    new PutBucketTaggingCommand({
      Bucket,
      Tagging: { TagSet: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
    }),
  )
async function userWith(UserName: string, Statement: object[]): Promise<S3Client> {
  await iam.send(new CreateUserCommand({ UserName }))
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  return node.client(S3Client, { credentials })
}

test.each(['aws:ResourceTag/team', 's3:BucketTag/team'])(
  'policies may ask about the tags of a bucket with %s once it says so',
  async (key) => {
    const Bucket = key.toLowerCase().replace(/[:/]/g, '-')
    await s3.send(new CreateBucketCommand({ Bucket }))
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
    await tag(Bucket, { team: 'a' })
    const Condition = { StringEquals: { [key]: 'a' } }
    const actions = ['s3:GetObject', 's3:ListBucket']
    const user = await userWith(Bucket, [{ Effect: 'Allow', Action: actions, Resource: '*', Condition }])
    const get = () => user.send(new GetObjectCommand({ Bucket, Key: 'k' }))
    const list = () => user.send(new ListObjectsV2Command({ Bucket }))

    expect((await s3.send(new GetBucketAbacCommand({ Bucket }))).AbacStatus).toEqual({ Status: 'Disabled' })
    await expect(get()).rejects.toMatchObject(denied)
    await abac(Bucket, 'Enabled')
    expect((await s3.send(new GetBucketAbacCommand({ Bucket }))).AbacStatus).toEqual({ Status: 'Enabled' })
    await get()
    await list()
    await tag(Bucket, { team: 'b' })
    await expect(get()).rejects.toMatchObject(denied)
    await expect(list()).rejects.toMatchObject(denied)
    await tag(Bucket, { team: 'a' })
    await abac(Bucket, 'Disabled')
    await expect(get()).rejects.toMatchObject(denied)
  },
)

test('where tags decide, who may set them needs to be allowed to tag resources', async () => {
  const Bucket = 'retagged'
  await s3.send(new CreateBucketCommand({ Bucket }))
  const may = (Action: string, more: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more })
  const old = await userWith('old', [may('s3:PutBucketTagging')])
  const StringEquals = { 'aws:RequestTag/team': 'a' }
  const tagger = await userWith('tagger', [
    may('s3:PutBucketTagging'),
    may('s3:TagResource', { Condition: { StringEquals } }),
  ])
  await tag(Bucket, { team: 'a' }, old)
  await expect(abac(Bucket, 'Enabled', old)).rejects.toMatchObject(denied)
  await abac(Bucket, 'Enabled')
  await expect(tag(Bucket, { team: 'b' }, old)).rejects.toMatchObject(denied)
  await expect(tag(Bucket, { team: 'b' }, tagger)).rejects.toMatchObject(denied)
  await tag(Bucket, { team: 'a', more: 'x' }, tagger)
  await expect(tag(Bucket, { team: 'a' }, tagger)).rejects.toMatchObject(denied)
  await expect(tagger.send(new DeleteBucketTaggingCommand({ Bucket }))).rejects.toMatchObject(denied)
  await s3.send(new DeleteBucketTaggingCommand({ Bucket }))
  await expect(abac(Bucket, 'On' as 'Enabled')).rejects.toMatchObject({ name: 'MalformedXML' })
})

test('a bucket made with tags needs the permission to tag resources too', async () => {
  const may = (Action: string, more: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more })
  const maker = await userWith('maker', [may('s3:CreateBucket')])
  const StringEquals = { 'aws:RequestTag/team': 'a' }
  const tagger = await userWith('making-tagger', [
    may('s3:CreateBucket'),
    may('s3:TagResource', { Condition: { StringEquals } }),
  ])
  const make = (Bucket: string, user: S3Client, team?: string) =>
    user.send(
      new CreateBucketCommand({
        Bucket,
        ...(team && { CreateBucketConfiguration: { Tags: [{ Key: 'team', Value: team }] } }),
      }),
    )
  await make('made-plain', maker)
  await expect(make('made-tagged', maker, 'a')).rejects.toMatchObject(denied)
  await expect(make('made-tagged', tagger, 'b')).rejects.toMatchObject(denied)
  await make('made-tagged', tagger, 'a')
})

test('the encryption of an object changes, and nothing else of it', async () => {
  const Bucket = 'encrypted-anew'
  await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
  const before = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }))
  const key = (account: string) => `arn:aws:kms:us-east-1:${account}:key/14e0db71-96d7-4c3e-8d5f-3b0f2d9c8a11`
  const update = (KMSKeyArn: string, Key = 'k', user = s3) =>
    user.send(
      new UpdateObjectEncryptionCommand({
        Bucket,
        Key,
        ObjectEncryption: { SSEKMS: { KMSKeyArn, BucketKeyEnabled: true } },
      }),
    )
  const own = key('000000000000')
  const reader = await userWith('no-encryptor', [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }])
  await expect(update(own, 'k', reader)).rejects.toMatchObject(denied)
  await expect(update(key('111111111111'))).rejects.toMatchObject(denied)
  await expect(update(own, 'none')).rejects.toMatchObject({ name: 'NoSuchKey' })
  node.clock.advance(5_000)
  await update(own)
  const { ETag, LastModified, VersionId, ...after } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }))
  expect(after).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: own, BucketKeyEnabled: true })
  expect({ ETag, LastModified, VersionId }).toEqual({
    ETag: before.ETag,
    LastModified: before.LastModified,
    VersionId: before.VersionId,
  })
  await s3.send(new PutObjectLegalHoldCommand({ Bucket, Key: 'k', LegalHold: { Status: 'ON' } }))
  await expect(update(own)).rejects.toMatchObject(denied)
})
