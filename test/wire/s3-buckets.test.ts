import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketLoggingCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketEncryptionCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let s3: S3Client
let count = 0

beforeAll(async () => {
  node = await startNode()
  s3 = node.client(S3Client)
})
afterAll(() => node.close())

const freshBucket = async () => {
  const Bucket = `bucket-${++count}`
  await s3.send(new CreateBucketCommand({ Bucket }))
  return Bucket
}

describe('buckets', () => {
  test('a bucket is made, found, listed and deleted', async () => {
    const Bucket = await freshBucket()
    expect(await s3.send(new HeadBucketCommand({ Bucket }))).toMatchObject({ BucketRegion: 'us-east-1' })
    const { Buckets, Owner } = await s3.send(new ListBucketsCommand({ Prefix: Bucket }))
    expect(Buckets).toMatchObject([{ Name: Bucket, BucketRegion: 'us-east-1', CreationDate: expect.any(Date) }])
    expect(Owner?.ID).toMatch(/^[0-9a-f]{64}$/)
    await s3.send(new DeleteBucketCommand({ Bucket }))
    await expect(s3.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'NotFound' })
    await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'NoSuchBucket' })
  })

  test('a bucket with objects is not deleted', async () => {
    const Bucket = await freshBucket()
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))
    await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: 'BucketNotEmpty',
      $metadata: { httpStatusCode: 409 },
    })
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }))
    await s3.send(new DeleteBucketCommand({ Bucket }))
  })

  test('a name is taken by one account: its own in us-east-1 is told success again, elsewhere a conflict', async () => {
    const Bucket = await freshBucket()
    expect((await s3.send(new CreateBucketCommand({ Bucket }))).Location).toBe(`/${Bucket}`)
    const west = node.client(S3Client, { region: 'eu-west-1' })
    const European = `${Bucket}-eu`
    const create = new CreateBucketCommand({
      Bucket: European,
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    })
    await west.send(create)
    await expect(west.send(create)).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou' })
  })

  test('where a bucket is: the constraint must suit the region asked', async () => {
    const west = node.client(S3Client, { region: 'eu-west-1' })
    const make = (client: S3Client, Bucket: string, LocationConstraint?: string) =>
      client.send(
        new CreateBucketCommand({
          Bucket,
          ...(LocationConstraint && { CreateBucketConfiguration: { LocationConstraint: LocationConstraint as 'EU' } }),
        }),
      )
    // The SDK adds its own region where none is given; a constraint without a region is for other clients.
    await make(west, 'constraint-a')
    expect((await west.send(new GetBucketLocationCommand({ Bucket: 'constraint-a' }))).LocationConstraint).toBe(
      'eu-west-1',
    )
    await expect(make(west, 'constraint-b', 'us-west-2')).rejects.toMatchObject({
      name: 'IllegalLocationConstraintException',
    })
    await expect(make(s3, 'constraint-b', 'us-east-1')).rejects.toMatchObject({
      name: expect.stringMatching(/Invalid|Malformed/),
    })
    await make(s3, 'constraint-far', 'us-west-2')
    expect((await s3.send(new GetBucketLocationCommand({ Bucket: 'constraint-far' }))).LocationConstraint).toBe(
      'us-west-2',
    )
    expect(
      (await s3.send(new GetBucketLocationCommand({ Bucket: await freshBucket() }))).LocationConstraint,
    ).toBeUndefined()
  })

  test('a request signed for another region than the bucket is redirected, and a client that follows arrives', async () => {
    const Bucket = 'redirected'
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'us-west-2' } }))
    const put = new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' })
    await expect(s3.send(put)).rejects.toMatchObject({ name: 'PermanentRedirect', $metadata: { httpStatusCode: 301 } })
    const following = node.client(S3Client, { followRegionRedirects: true } as object)
    await following.send(put)
  })

  test.each(['ab', 'UPPER', 'a..b', '-a-', '192.168.1.1', 'xn--abc', 'abc-s3alias', 'under_score', 'a'.repeat(64)])(
    '%s is no bucket name',
    async (Bucket) => {
      await expect(s3.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'InvalidBucketName' })
    },
  )

  test.each([
    [{ ACL: 'public-read' as const }, 'InvalidBucketAclWithObjectOwnership'],
    [
      { ACL: 'public-read' as const, ObjectOwnership: 'ObjectWriter' as const },
      'InvalidBucketAclWithBlockPublicAccessError',
    ],
    [{ BucketNamespace: 'account-regional' as const }, 'NotImplemented'],
  ])('CreateBucket with %j is refused by name', async (more, name) => {
    await expect(s3.send(new CreateBucketCommand({ Bucket: 'refused-bucket', ...more }))).rejects.toMatchObject({
      name,
    })
    await expect(s3.send(new HeadBucketCommand({ Bucket: 'refused-bucket' }))).rejects.toMatchObject({
      name: 'NotFound',
    })
  })

  test('lists of buckets come in pages', async () => {
    for (const letter of ['a', 'b', 'c']) await s3.send(new CreateBucketCommand({ Bucket: `paged-${letter}` }))
    const names: string[] = []
    let ContinuationToken: string | undefined
    do {
      const page = await s3.send(new ListBucketsCommand({ Prefix: 'paged-', MaxBuckets: 1, ContinuationToken }))
      names.push(...page.Buckets!.map(({ Name }) => Name!))
      ContinuationToken = page.ContinuationToken
    } while (ContinuationToken)
    expect(names).toEqual(['paged-a', 'paged-b', 'paged-c'])
  })

  test('tags', async () => {
    const Bucket = await freshBucket()
    await expect(s3.send(new GetBucketTaggingCommand({ Bucket }))).rejects.toMatchObject({ name: 'NoSuchTagSet' })
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'team', Value: 'a' }] } }))
    expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual([{ Key: 'team', Value: 'a' }])
    await expect(
      s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'aws:x', Value: '1' }] } })),
    ).rejects.toMatchObject({ name: 'InvalidTag' })
    await s3.send(new DeleteBucketTaggingCommand({ Bucket }))
    await expect(s3.send(new GetBucketTaggingCommand({ Bucket }))).rejects.toMatchObject({ name: 'NoSuchTagSet' })
  })

  test('the default encryption is AES256 until another is set', async () => {
    const Bucket = await freshBucket()
    const algorithm = async () =>
      (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules?.[0]
        ?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm
    expect(await algorithm()).toBe('AES256')
    await s3.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'k' } }],
        },
      }),
    )
    expect(await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))).toMatchObject({
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'k',
    })
    await s3.send(new DeleteBucketEncryptionCommand({ Bucket }))
    expect(await algorithm()).toBe('AES256')
  })

  test('public access is blocked until told otherwise', async () => {
    const Bucket = await freshBucket()
    const all = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true }
    const read = async () => (await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration
    expect(await read()).toEqual(all)
    await s3.send(
      new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { BlockPublicPolicy: true } }),
    )
    expect(await read()).toEqual({
      ...all,
      BlockPublicAcls: false,
      IgnorePublicAcls: false,
      RestrictPublicBuckets: false,
    })
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }))
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchPublicAccessBlockConfiguration' })
  })

  test('versioning was never set, ACLs give the owner everything, ownership is the bucket owner', async () => {
    const Bucket = await freshBucket()
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined()
    const { Owner, Grants } = await s3.send(new GetBucketAclCommand({ Bucket }))
    expect(Grants).toMatchObject([{ Permission: 'FULL_CONTROL', Grantee: { ID: Owner!.ID, Type: 'CanonicalUser' } }])
    expect((await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls?.Rules).toEqual([
      { ObjectOwnership: 'BucketOwnerEnforced' },
    ])
  })

  test('a new bucket neither logs nor replicates', async () => {
    const Bucket = await freshBucket()
    expect((await s3.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled).toBeUndefined()
    await expect(s3.send(new GetBucketReplicationCommand({ Bucket }))).rejects.toMatchObject({
      name: 'ReplicationConfigurationNotFoundError',
    })
  })
})
