import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  DeleteBucketTaggingCommand,
  GetBucketAbacCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketAbacCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
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
