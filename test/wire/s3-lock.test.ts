import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const dayMs = 86_400_000
const Bucket = 'locked'
let node: TestNode
let s3: S3Client

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }))
})
afterAll(() => node.close())

const inDays = (days: number) => new Date(Math.floor(node.clock.nowMs() / 1000) * 1000 + days * dayMs)
const put = async (Key: string, more = {}) =>
  (await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }))).VersionId!
const remove = (Key: string, VersionId: string, more = {}) =>
  s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId, ...more }))
const denied = { name: 'AccessDenied', message: expect.stringContaining('object lock') }

describe('object lock', () => {
  test('a retained version stays until its time, whoever asks', async () => {
    const until = inDays(10)
    const VersionId = await put('k', { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until })
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }))).toMatchObject({
      ObjectLockMode: 'COMPLIANCE',
      ObjectLockRetainUntilDate: until,
    })
    await expect(remove('k', VersionId)).rejects.toMatchObject(denied)
    await expect(remove('k', VersionId, { BypassGovernanceRetention: true })).rejects.toMatchObject(denied)
    const shorter = { Mode: 'COMPLIANCE' as const, RetainUntilDate: inDays(5) }
    await expect(
      s3.send(new PutObjectRetentionCommand({ Bucket, Key: 'k', Retention: shorter, BypassGovernanceRetention: true })),
    ).rejects.toMatchObject(denied)
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
    node.clock.advance(11 * dayMs)
    await remove('k', VersionId)
  })

  test('governance is for those to bypass who may', async () => {
    const Retention = { Mode: 'GOVERNANCE' as const, RetainUntilDate: inDays(10) }
    const VersionId = await put('g')
    await s3.send(new PutObjectRetentionCommand({ Bucket, Key: 'g', Retention }))
    expect((await s3.send(new GetObjectRetentionCommand({ Bucket, Key: 'g' }))).Retention).toEqual(Retention)
    await expect(remove('g', VersionId)).rejects.toMatchObject(denied)
    await remove('g', VersionId, { BypassGovernanceRetention: true })
  })

  test('a legal hold stays until it is lifted', async () => {
    const VersionId = await put('h', { ObjectLockLegalHoldStatus: 'ON' })
    node.clock.advance(1000 * dayMs)
    await expect(remove('h', VersionId)).rejects.toMatchObject(denied)
    await s3.send(new PutObjectLegalHoldCommand({ Bucket, Key: 'h', LegalHold: { Status: 'OFF' } }))
    expect((await s3.send(new GetObjectLegalHoldCommand({ Bucket, Key: 'h' }))).LegalHold).toEqual({ Status: 'OFF' })
    await remove('h', VersionId)
  })

  test('a default of the bucket is that of new objects', async () => {
    const Rule = { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days: 3 } }
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const, Rule }
    await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }))
    expect((await s3.send(new GetObjectLockConfigurationCommand({ Bucket }))).ObjectLockConfiguration).toEqual(
      ObjectLockConfiguration,
    )
    const VersionId = await put('d')
    await expect(remove('d', VersionId)).rejects.toMatchObject(denied)
    node.clock.advance(3 * dayMs + 1)
    await remove('d', VersionId)
  })

  test('versioning stays on, and other buckets have no locks', async () => {
    await expect(
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } })),
    ).rejects.toMatchObject({ name: 'InvalidBucketState' })
    await s3.send(new CreateBucketCommand({ Bucket: 'unlocked' }))
    await expect(s3.send(new GetObjectLockConfigurationCommand({ Bucket: 'unlocked' }))).rejects.toMatchObject({
      name: 'ObjectLockConfigurationNotFoundError',
    })
    await expect(
      s3.send(
        new PutObjectLockConfigurationCommand({
          Bucket: 'unlocked',
          ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' },
        }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidBucketState' })
    await expect(
      put('bad', { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: inDays(-1) }),
    ).rejects.toMatchObject({ name: 'InvalidArgument' })
  })
})
