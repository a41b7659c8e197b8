import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
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

async function bucketWith(Status?: 'Enabled' | 'Suspended'): Promise<string> {
  const Bucket = `versions-${++count}`
  await s3.send(new CreateBucketCommand({ Bucket }))
  if (Status) await setVersioning(Bucket, Status)
  return Bucket
}
const setVersioning = (Bucket: string, Status: 'Enabled' | 'Suspended') =>
  s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
const put = (Bucket: string, Key: string, Body: string, more = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))
const text = async (Bucket: string, Key: string, VersionId?: string) =>
  (await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body!.transformToString()
const remove = (Bucket: string, Key: string, VersionId?: string) =>
  s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))

/** All versions of a bucket as `key latest? body-or-marker`, a page of `MaxKeys` at a time. */
async function versions(Bucket: string, more: { MaxKeys?: number; Prefix?: string } = {}) {
  const found: { Key: string; VersionId: string; latest: boolean; marker: boolean }[] = []
  let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {}
  while (next) {
    const page: Awaited<ReturnType<typeof list>> = await list(next)
    const merged = [
      ...(page.Versions ?? []).map((one) => ({ ...one, marker: false })),
      ...(page.DeleteMarkers ?? []).map((one) => ({ ...one, marker: true })),
    ]
    for (const one of merged)
      found.push({ Key: one.Key!, VersionId: one.VersionId!, latest: one.IsLatest!, marker: one.marker })
    next = page.IsTruncated ? { KeyMarker: page.NextKeyMarker!, VersionIdMarker: page.NextVersionIdMarker! } : undefined
  }
  return found

  function list(markers: object) {
    return s3.send(new ListObjectVersionsCommand({ Bucket, ...more, ...markers }))
  }
}

describe('a bucket with versioning', () => {
  test('keeps every version; the latest is read without an id, each with its own', async () => {
    const Bucket = await bucketWith('Enabled')
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled')
    const ids: string[] = []
    for (const body of ['one', 'two', 'x'.repeat(30_000)]) ids.push((await put(Bucket, 'k', body)).VersionId!)
    expect(new Set(ids).size).toBe(3)
    expect(await text(Bucket, 'k')).toBe('x'.repeat(30_000))
    expect(await text(Bucket, 'k', ids[0])).toBe('one')
    expect(await text(Bucket, 'k', ids[1])).toBe('two')
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }))).VersionId).toBe(ids[2])
    expect(await versions(Bucket)).toEqual(
      [2, 1, 0].map((index) => ({ Key: 'k', VersionId: ids[index], latest: index === 2, marker: false })),
    )
    const listed = await s3.send(new ListObjectsV2Command({ Bucket }))
    expect(listed.Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([['k', 30_000]])
    expect(
      await s3.send(
        new GetObjectAttributesCommand({ Bucket, Key: 'k', VersionId: ids[1], ObjectAttributes: ['ObjectSize'] }),
      ),
    ).toMatchObject({ ObjectSize: 3, VersionId: ids[1] })
  })

  test('a deletion puts a marker on top; deleting the marker brings the object back', async () => {
    const Bucket = await bucketWith('Enabled')
    const { VersionId } = await put(Bucket, 'k', 'body')
    const deleted = await remove(Bucket, 'k')
    expect(deleted).toMatchObject({ DeleteMarker: true, VersionId: expect.any(String) })
    const missing = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' })).catch((error: unknown) => error)
    expect(missing).toMatchObject({ name: 'NoSuchKey', $response: { headers: { 'x-amz-delete-marker': 'true' } } })
    const direct = await s3
      .send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: deleted.VersionId }))
      .catch((error: unknown) => error)
    expect(direct).toMatchObject({
      name: 'MethodNotAllowed',
      $metadata: { httpStatusCode: 405 },
      $response: { headers: { 'x-amz-delete-marker': 'true', allow: 'DELETE' } },
    })
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0)
    expect(await versions(Bucket)).toEqual([
      { Key: 'k', VersionId, latest: false, marker: false },
      { Key: 'k', VersionId: deleted.VersionId, latest: true, marker: true },
    ])
    await expect(s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketNotEmpty' })
    expect(await remove(Bucket, 'k', deleted.VersionId)).toMatchObject({
      DeleteMarker: true,
      VersionId: deleted.VersionId,
    })
    expect(await text(Bucket, 'k')).toBe('body')
    expect(await remove(Bucket, 'k', VersionId)).toMatchObject({ VersionId })
    expect(await versions(Bucket)).toEqual([])
    await s3.send(new DeleteBucketCommand({ Bucket }))
  })

  test('deleting the latest version makes the one before it the latest', async () => {
    const Bucket = await bucketWith('Enabled')
    await put(Bucket, 'k', 'one')
    const { VersionId } = await put(Bucket, 'k', 'two')
    await remove(Bucket, 'k', VersionId)
    expect(await text(Bucket, 'k')).toBe('one')
    await expect(text(Bucket, 'k', VersionId)).rejects.toMatchObject({ name: 'NoSuchVersion' })
    await expect(text(Bucket, 'k', 'not-an-id')).rejects.toMatchObject({ name: 'InvalidArgument' })
  })

  test('what was there before, and what is written while suspended, is the one null version', async () => {
    const Bucket = await bucketWith()
    expect((await put(Bucket, 'k', 'before')).VersionId).toBeUndefined()
    await setVersioning(Bucket, 'Enabled')
    expect((await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }))).VersionId).toBe('null')
    const { VersionId } = await put(Bucket, 'k', 'enabled')
    expect(await text(Bucket, 'k', 'null')).toBe('before')
    await setVersioning(Bucket, 'Suspended')
    expect((await put(Bucket, 'k', 'suspended')).VersionId).toBe('null')
    expect(await text(Bucket, 'k', 'null')).toBe('suspended')
    await put(Bucket, 'k', 'suspended again')
    expect((await versions(Bucket)).map((one) => [one.VersionId, one.latest])).toEqual([
      ['null', true],
      [VersionId, false],
    ])
    expect(await remove(Bucket, 'k')).toMatchObject({ DeleteMarker: true, VersionId: 'null' })
    expect((await versions(Bucket)).map((one) => [one.VersionId, one.marker])).toEqual([
      [VersionId, false],
      ['null', true],
    ])
    await remove(Bucket, 'k', 'null')
    expect(await text(Bucket, 'k')).toBe('enabled')
  })

  test('a version is copied, tagged and deleted in a batch by its id', async () => {
    const Bucket = await bucketWith('Enabled')
    const first = (await put(Bucket, 'k', 'one', { Tagging: 'a=1' })).VersionId!
    const second = (await put(Bucket, 'k', 'two')).VersionId!
    const copied = await s3.send(
      new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/k?versionId=${first}` }),
    )
    expect(copied).toMatchObject({ CopySourceVersionId: first, VersionId: expect.any(String) })
    expect(await text(Bucket, 'copy')).toBe('one')
    await s3.send(
      new PutObjectTaggingCommand({
        Bucket,
        Key: 'k',
        VersionId: first,
        Tagging: { TagSet: [{ Key: 'b', Value: '2' }] },
      }),
    )
    const tagsOf = async (VersionId: string) =>
      (await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'k', VersionId }))).TagSet
    expect([await tagsOf(first), await tagsOf(second)]).toEqual([[{ Key: 'b', Value: '2' }], []])
    const { Deleted } = await s3.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [{ Key: 'k', VersionId: first }, { Key: 'copy' }, { Key: 'never' }] },
      }),
    )
    expect(Deleted).toMatchObject([
      { Key: 'k', VersionId: first },
      { Key: 'copy', DeleteMarker: true, DeleteMarkerVersionId: expect.any(String) },
      { Key: 'never', DeleteMarker: true },
    ])
    const marker = Deleted![1]!.DeleteMarkerVersionId!
    await expect(
      s3.send(new CopyObjectCommand({ Bucket, Key: 'x', CopySource: `${Bucket}/copy?versionId=${marker}` })),
    ).rejects.toMatchObject({ name: 'InvalidRequest' })
    expect(await text(Bucket, 'k')).toBe('two')
  })

  test('conditions look at the latest version; a key under a delete marker is free', async () => {
    const Bucket = await bucketWith('Enabled')
    const { ETag } = await put(Bucket, 'k', 'one', { IfNoneMatch: '*' })
    await expect(put(Bucket, 'k', 'two', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' })
    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', IfMatch: '"other"' }))).rejects.toMatchObject({
      name: 'PreconditionFailed',
    })
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', IfMatch: ETag }))
    await put(Bucket, 'k', 'three', { IfNoneMatch: '*' })
    expect((await versions(Bucket)).filter(({ Key }) => Key === 'k')).toHaveLength(3)
  })

  test('everything is as it was after a restart', async () => {
    const Bucket = await bucketWith('Enabled')
    const { VersionId } = await put(Bucket, 'k', 'one')
    await put(Bucket, 'k', 'two')
    await remove(Bucket, 'k')
    const before = await versions(Bucket, { MaxKeys: 1 })
    await node.restart()
    s3 = node.client(S3Client)
    expect(await versions(Bucket)).toEqual(expect.arrayContaining(before))
    expect(await text(Bucket, 'k', VersionId)).toBe('one')
    const { VersionId: next } = await put(Bucket, 'k', 'three')
    expect((await versions(Bucket))[0]).toMatchObject({ VersionId: next, latest: true })
  })
})
