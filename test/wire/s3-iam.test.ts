import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureAdministrator } from '../../src/services/iam/bootstrap.ts'
import { type KeyPair, startNode, type TestNode } from '../harness.ts'

let node: TestNode
let s3: S3Client
let iam: IAMClient
const Bucket = 'guarded'
let count = 0

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  s3 = node.client(S3Client)
  iam = node.client(IAMClient)
  await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a/1', Body: 'one', Tagging: 'team=x' }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'b/2', Body: 'two' }))
})
afterAll(() => node.close())

const allow = (Action: string | string[], Resource: string | string[], more = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
})
const objects = (pattern: string) => `arn:aws:s3:::${Bucket}/${pattern}`

/** A client of a user who may do just this. */
async function userWith(...Statement: object[]): Promise<S3Client> {
  const UserName = `user-${++count}`
  await iam.send(new CreateUserCommand({ UserName }))
  if (Statement.length > 0) {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
  }
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  return node.client(S3Client, {
    credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
  })
}
const get = (client: S3Client, Key: string) => client.send(new GetObjectCommand({ Bucket, Key }))
const denied = (action: string) => ({ name: 'AccessDenied', message: expect.stringContaining(action) })

describe('what a user may do', () => {
  test('reading is by object, and a refusal names user, action and resource', async () => {
    const user = await userWith(allow('s3:GetObject', objects('a/*')))
    expect(await (await get(user, 'a/1')).Body!.transformToString()).toBe('one')
    expect((await user.send(new HeadObjectCommand({ Bucket, Key: 'a/1' }))).ContentLength).toBe(3)
    await expect(get(user, 'b/2')).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringMatching(/user\/user-\d+ .*s3:GetObject .*arn:aws:s3:::guarded\/b\/2/),
    })
    await expect(user.send(new PutObjectCommand({ Bucket, Key: 'a/1', Body: 'x' }))).rejects.toMatchObject(
      denied('s3:PutObject'),
    )
    await expect(user.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject(denied('s3:ListBucket'))
  })

  test('an absent key is told only to who may list', async () => {
    const blind = await userWith(allow('s3:GetObject', objects('*')))
    await expect(get(blind, 'missing')).rejects.toMatchObject(denied('s3:ListBucket'))
    const seeing = await userWith(allow('s3:GetObject', objects('*')), allow('s3:ListBucket', `arn:aws:s3:::${Bucket}`))
    await expect(get(seeing, 'missing')).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  test('a copy needs to read its source, write its target and, with tags, both tag rights', async () => {
    const copy = (client: S3Client, from: string) =>
      client.send(new CopyObjectCommand({ Bucket, Key: 'copied', CopySource: `${Bucket}/${from}` }))
    const reader = await userWith(allow('s3:GetObject', objects('*')))
    await expect(copy(reader, 'b/2')).rejects.toMatchObject(denied('s3:PutObject'))
    const writer = await userWith(allow('s3:PutObject', objects('*')))
    await expect(copy(writer, 'b/2')).rejects.toMatchObject(denied('s3:GetObject'))
    const both = await userWith(allow(['s3:GetObject', 's3:PutObject'], objects('*')))
    await copy(both, 'b/2')
    await expect(copy(both, 'a/1')).rejects.toMatchObject(denied('s3:GetObjectTagging'))
  })

  test('tags, ACLs and conditional writes need rights of their own', async () => {
    const user = await userWith(allow('s3:PutObject', objects('*')))
    const put = (more: object) => user.send(new PutObjectCommand({ Bucket, Key: 'a/new', Body: 'x', ...more }))
    await put({})
    await expect(put({ Tagging: 'a=1' })).rejects.toMatchObject(denied('s3:PutObjectTagging'))
    await expect(put({ ACL: 'private' })).rejects.toMatchObject(denied('s3:PutObjectAcl'))
    await expect(put({ IfMatch: '"x"' })).rejects.toMatchObject(denied('s3:GetObject'))
    await expect(
      user.send(new GetObjectAttributesCommand({ Bucket, Key: 'a/1', ObjectAttributes: ['ETag'] })),
    ).rejects.toMatchObject(denied('s3:GetObject'))
  })

  test('conditions see prefix, tags and encryption of the request', async () => {
    const user = await userWith(
      allow('s3:ListBucket', `arn:aws:s3:::${Bucket}`, { Condition: { StringLike: { 's3:prefix': 'a/*' } } }),
      allow('s3:GetObject', objects('*'), { Condition: { StringEquals: { 's3:ExistingObjectTag/team': 'x' } } }),
      allow('s3:PutObject', objects('*'), {
        Condition: { StringEquals: { 's3:x-amz-server-side-encryption': 'AES256' } },
      }),
    )
    await user.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/' }))
    await expect(user.send(new ListObjectsV2Command({ Bucket, Prefix: 'b/' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
    await get(user, 'a/1')
    await expect(get(user, 'b/2')).rejects.toMatchObject({ name: 'AccessDenied' })
    await user.send(new PutObjectCommand({ Bucket, Key: 'enc', Body: 'x', ServerSideEncryption: 'AES256' }))
    await expect(user.send(new PutObjectCommand({ Bucket, Key: 'enc', Body: 'x' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
  })

  test('a batch deletes what its user may delete', async () => {
    for (const Key of ['mine/1', 'theirs/1']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
    const user = await userWith(allow('s3:DeleteObject', objects('mine/*')))
    const answer = await user.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'mine/1' }, { Key: 'theirs/1' }] } }),
    )
    expect(answer.Deleted).toEqual([{ Key: 'mine/1' }])
    expect(answer.Errors).toMatchObject([{ Key: 'theirs/1', Code: 'AccessDenied' }])
    await s3.send(new HeadObjectCommand({ Bucket, Key: 'theirs/1' }))
  })

  test('every step of a multipart upload needs s3:PutObject', async () => {
    const Key = 'upload'
    const nobody = await userWith()
    await expect(nobody.send(new CreateMultipartUploadCommand({ Bucket, Key }))).rejects.toMatchObject(
      denied('s3:PutObject'),
    )
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    await expect(
      nobody.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'x' })),
    ).rejects.toMatchObject(denied('s3:PutObject'))
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: 'x' }] }
    await expect(
      nobody.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload })),
    ).rejects.toMatchObject(denied('s3:PutObject'))
  })

  test('a user without s3:CreateBucket makes none, and one who may not look learns nothing of a missing bucket', async () => {
    const user = await userWith()
    await expect(user.send(new CreateBucketCommand({ Bucket: 'not-made' }))).rejects.toMatchObject(
      denied('s3:CreateBucket'),
    )
    await expect(user.send(new ListObjectsV2Command({ Bucket: 'not-made' }))).rejects.toMatchObject(
      denied('s3:ListBucket'),
    )
    await expect(user.send(new ListBucketsCommand({}))).rejects.toMatchObject(denied('s3:ListAllMyBuckets'))
  })
})

describe('another account', () => {
  test('has buckets of its own, and may use this one only as both accounts allow', async () => {
    const { host } = node.node
    const key = (await ensureAdministrator(host.records, host.ids, '111111111111', host.clock.nowMs())) as KeyPair
    const other = node.client(S3Client, {
      credentials: { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey },
    })
    expect((await other.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([])
    await expect(other.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketAlreadyExists' })
    await expect(get(other, 'a/1')).rejects.toMatchObject({ name: 'AccessDenied' })

    const Statement = [
      {
        Effect: 'Allow',
        Principal: { AWS: '111111111111' },
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: objects('*'),
      },
      {
        Effect: 'Allow',
        Principal: { AWS: '111111111111' },
        Action: 's3:ListBucket',
        Resource: `arn:aws:s3:::${Bucket}`,
      },
    ]
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }))
    expect(await (await get(other, 'a/1')).Body!.transformToString()).toBe('one')
    await other.send(new PutObjectCommand({ Bucket, Key: 'from-other', Body: 'theirs' }))
    expect(await (await get(s3, 'from-other')).Body!.transformToString()).toBe('theirs')
    await expect(
      other.send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner: '111111111111' })),
    ).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
    await other.send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner: '000000000000' }))
  })
})
