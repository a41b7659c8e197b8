import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  GetBucketAclCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type ObjectCannedACL,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureAdministrator } from '../../src/services/iam/bootstrap.ts'
import { type KeyPair, startNode, type TestNode } from '../harness.ts'

let node: TestNode
let s3: S3Client
let count = 0

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  s3 = node.client(S3Client)
})
afterAll(() => node.close())

/** A bucket that takes ACLs, public ones too unless told. */
async function open(block: object = {}): Promise<string> {
  const Bucket = `acl-${++count}`
  await s3.send(new CreateBucketCommand({ Bucket, ObjectOwnership: 'ObjectWriter' }))
  await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: block }))
  return Bucket
}
const put = (Bucket: string, Key: string, ACL?: ObjectCannedACL) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: 'hello', ACL }))
const anonymously = async (path: string, init = {}) => (await fetch(`${node.endpoint}/${path}`, init)).status

/** A user of this account without any policy. */
async function nobody(): Promise<S3Client> {
  const iam = node.client(IAMClient)
  const UserName = `nobody-${++count}`
  await iam.send(new CreateUserCommand({ UserName }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  return node.client(S3Client, {
    credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
  })
}

describe('access control lists', () => {
  test('a public object is read by everybody, others are not', async () => {
    const Bucket = await open()
    await put(Bucket, 'public', 'public-read')
    await put(Bucket, 'private')
    expect(await anonymously(`${Bucket}/public`)).toBe(200)
    expect(await anonymously(`${Bucket}/private`)).toBe(403)
    expect(await anonymously(`${Bucket}/public?acl`)).toBe(403)
    expect(await anonymously(Bucket)).toBe(403)
    await s3.send(new PutObjectAclCommand({ Bucket, Key: 'public', ACL: 'private' }))
    expect(await anonymously(`${Bucket}/public`)).toBe(403)
  })

  test('a bucket whose ACL says so is listed and written by everybody', async () => {
    const Bucket = await open()
    await s3.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read-write' }))
    expect(await anonymously(Bucket)).toBe(200)
    expect(await anonymously(`${Bucket}/k`, { method: 'PUT', body: 'x' })).toBe(200)
    expect(await anonymously(`${Bucket}/k`)).toBe(403)
    expect(await anonymously(`${Bucket}/k`, { method: 'DELETE' })).toBe(204)
    const { Grants } = await s3.send(new GetBucketAclCommand({ Bucket }))
    expect(Grants?.map(({ Permission }) => Permission)).toEqual(['FULL_CONTROL', 'READ', 'WRITE'])
  })

  test('authenticated users are those who sign', async () => {
    const Bucket = await open()
    await put(Bucket, 'k', 'authenticated-read')
    expect(await anonymously(`${Bucket}/k`)).toBe(403)
    const user = await nobody()
    await user.send(new GetObjectCommand({ Bucket, Key: 'k' }))
    await expect(user.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  test('grants are told as they were given, in headers or in the body', async () => {
    const Bucket = await open()
    const id = 'ab'.repeat(32)
    await s3.send(
      new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', GrantRead: `id="${id}"`, GrantReadACP: `id=${id}` }),
    )
    const { Owner, Grants } = await s3.send(new GetObjectAclCommand({ Bucket, Key: 'k' }))
    expect(Grants).toMatchObject([
      { Grantee: { ID: id, Type: 'CanonicalUser' }, Permission: 'READ' },
      { Grantee: { ID: id, Type: 'CanonicalUser' }, Permission: 'READ_ACP' },
    ])
    const AccessControlPolicy = {
      Owner: { ID: Owner!.ID! },
      Grants: [
        {
          Grantee: { Type: 'Group' as const, URI: 'http://acs.amazonaws.com/groups/global/AllUsers' },
          Permission: 'READ' as const,
        },
      ],
    }
    await s3.send(new PutObjectAclCommand({ Bucket, Key: 'k', AccessControlPolicy }))
    expect((await s3.send(new GetObjectAclCommand({ Bucket, Key: 'k' }))).Grants).toEqual(AccessControlPolicy.Grants)
    expect(await anonymously(`${Bucket}/k`)).toBe(200)
  })

  test('public access blocks refuse public ACLs, or ignore those there are', async () => {
    const blocked = await open({ BlockPublicAcls: true })
    await expect(put(blocked, 'k', 'public-read')).rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(s3.send(new PutBucketAclCommand({ Bucket: blocked, ACL: 'public-read' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
    const ignoring = await open()
    await put(ignoring, 'k', 'public-read')
    await s3.send(
      new PutPublicAccessBlockCommand({
        Bucket: ignoring,
        PublicAccessBlockConfiguration: { IgnorePublicAcls: true },
      }),
    )
    expect(await anonymously(`${ignoring}/k`)).toBe(403)
  })

  test('where the bucket owner owns everything there are no ACLs', async () => {
    const Bucket = await open()
    await put(Bucket, 'k', 'public-read')
    const enforced = { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' as const }] }
    await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: enforced }))
    expect(await anonymously(`${Bucket}/k`)).toBe(403)
    await expect(put(Bucket, 'k', 'public-read')).rejects.toMatchObject({ name: 'AccessControlListNotSupported' })
    await expect(s3.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }))).rejects.toMatchObject({
      name: 'AccessControlListNotSupported',
    })
    const shared = await open()
    await s3.send(new PutBucketAclCommand({ Bucket: shared, ACL: 'public-read' }))
    await expect(
      s3.send(new PutBucketOwnershipControlsCommand({ Bucket: shared, OwnershipControls: enforced })),
    ).rejects.toMatchObject({ name: 'InvalidBucketAclWithObjectOwnership' })
  })

  test('who may write may not set an ACL without permission', async () => {
    const Bucket = await open()
    await s3.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read-write' }))
    expect(
      await anonymously(`${Bucket}/k`, { method: 'PUT', body: 'x', headers: { 'x-amz-acl': 'public-read' } }),
    ).toBe(403)
  })

  test('what another account writes is its own, until it is given away or ownership is enforced', async () => {
    const { host } = node.node
    const key = (await ensureAdministrator(host.records, host.ids, '111111111111', host.clock.nowMs())) as KeyPair
    const other = node.client(S3Client, { credentials: key })
    const Bucket = await open({})
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: '111111111111' },
          Action: ['s3:PutObject', 's3:PutObjectAcl'],
          Resource: `arn:aws:s3:::${Bucket}/*`,
        },
      ],
    })
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
    const write = (Key: string, ACL?: ObjectCannedACL) =>
      other.send(new PutObjectCommand({ Bucket, Key, Body: 'theirs', ACL }))
    const read = (client: S3Client, Key: string) => client.send(new GetObjectCommand({ Bucket, Key }))
    await write('kept')
    await write('shared', 'bucket-owner-full-control')
    const user = await nobody()
    await other.send(new GetObjectCommand({ Bucket, Key: 'kept' }))
    await expect(read(user, 'kept')).rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(read(s3, 'kept')).rejects.toMatchObject({ name: 'AccessDenied' })
    await read(s3, 'shared')
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, FetchOwner: true }))
    const owners = new Set(Contents!.map(({ Owner }) => Owner!.ID))
    expect([owners.size, owners.has((await s3.send(new GetBucketAclCommand({ Bucket }))).Owner!.ID)]).toEqual([
      1,
      false,
    ])

    const own = (ObjectOwnership: 'BucketOwnerPreferred' | 'BucketOwnerEnforced') =>
      s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules: [{ ObjectOwnership }] } }))
    await own('BucketOwnerPreferred')
    await write('given', 'bucket-owner-full-control')
    await expect(read(other, 'given')).rejects.toMatchObject({ name: 'AccessDenied' })
    await own('BucketOwnerEnforced')
    await read(s3, 'kept')
    await expect(read(other, 'kept')).rejects.toMatchObject({ name: 'AccessDenied' })
  })
})
