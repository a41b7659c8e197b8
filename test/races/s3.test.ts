import { createHash } from 'node:crypto'
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let s3: S3Client
const Bucket = 'races'

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket }))
})
afterAll(() => node.close())

const text = async (Key: string) => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString()

/** How many of the calls succeeded, and the names of the errors of the others. */
async function outcome(calls: Promise<unknown>[]): Promise<{ won: number[]; errors: Set<string> }> {
  const settled = await Promise.allSettled(calls)
  return {
    won: settled.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : [])),
    errors: new Set(settled.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).name] : []))),
  }
}

test.each([10, 40_000])(
  'of 100 writers who want a free key exactly one gets it (bodies of about %i bytes)',
  async (size) => {
    const Key = `free-${size}`
    const body = (index: number) => String(index).padEnd(size, '.')
    const { won, errors } = await outcome(
      Array.from({ length: 100 }, (_, index) =>
        s3.send(new PutObjectCommand({ Bucket, Key, Body: body(index), IfNoneMatch: '*' })),
      ),
    )
    expect(won).toHaveLength(1)
    expect([...errors]).toEqual(['PreconditionFailed'])
    expect(await text(Key)).toBe(body(won[0]!))
  },
)

test('of 50 writers on condition of one ETag exactly one replaces it', async () => {
  const Key = 'replaced'
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'before' }))
  const { won, errors } = await outcome(
    Array.from({ length: 50 }, (_, index) =>
      s3.send(new PutObjectCommand({ Bucket, Key, Body: `after ${index}`, IfMatch: ETag })),
    ),
  )
  expect([won.length, [...errors]]).toEqual([1, ['PreconditionFailed']])
  expect(await text(Key)).toBe(`after ${won[0]}`)
})

test('a counter that hundreds raise on condition of its ETag loses no step', async () => {
  const Key = 'counter'
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: '0', IfNoneMatch: '*' }))
  let raised = 0
  /** Reads, and writes one more if nobody wrote meanwhile; again until it did. */
  async function raise(): Promise<void> {
    for (;;) {
      const { ETag, Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
      const next = Number(await Body!.transformToString()) + 1
      const won = await s3.send(new PutObjectCommand({ Bucket, Key, Body: String(next), IfMatch: ETag })).then(
        () => true,
        (error: Error) => {
          if (error.name !== 'PreconditionFailed') throw error
          return false
        },
      )
      if (won) {
        raised++
        return
      }
    }
  }
  const callers = Array.from({ length: 12 }, async () => {
    for (let step = 0; step < 15; step++) await raise()
  })
  await Promise.all(callers)
  expect([raised, await text(Key)]).toEqual([180, '180'])
})

test('of hundreds who write, delete or complete one free key, those that won did so one after the other', async () => {
  const Key = 'contested'
  for (let round = 0; round < 5; round++) {
    const writers = Array.from({ length: 60 }, (_, index) =>
      s3.send(new PutObjectCommand({ Bucket, Key, Body: `${index}`, IfNoneMatch: '*' })),
    )
    const ETag = `"${createHash('md5').update('7').digest('hex')}"`
    const deleters = Array.from({ length: 20 }, () => s3.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: ETag })))
    const [written, deleted] = await Promise.all([outcome(writers), outcome(deleters)])
    // Each deletion that won freed the key for one more writer.
    const exists = await text(Key).then(
      () => 1,
      () => 0,
    )
    expect(written.won.length - deleted.won.length).toBe(exists)
    await s3.send(new DeleteObjectCommand({ Bucket, Key }))
  }
})

test('every one of many writers to a key with versions has a version, in one order', async () => {
  const versioned = 'races-versioned'
  await s3.send(new CreateBucketCommand({ Bucket: versioned }))
  await s3.send(new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration: { Status: 'Enabled' } }))
  const written = await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: versioned, Key: 'k', Body: `${index}` }))
      if (index % 10 === 0) await s3.send(new DeleteObjectCommand({ Bucket: versioned, Key: 'k' }))
      return VersionId!
    }),
  )
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: versioned }))
  expect(Versions.map(({ VersionId }) => VersionId).sort()).toEqual([...written].sort())
  expect(DeleteMarkers).toHaveLength(10)
  expect([...Versions, ...DeleteMarkers].filter(({ IsLatest }) => IsLatest)).toHaveLength(1)
  const all = [...Versions, ...DeleteMarkers].map(({ VersionId }) => VersionId!)
  await Promise.all(
    all.map((VersionId) => s3.send(new DeleteObjectCommand({ Bucket: versioned, Key: 'k', VersionId }))),
  )
  expect((await s3.send(new ListObjectVersionsCommand({ Bucket: versioned }))).Versions).toBeUndefined()
  await s3.send(new DeleteBucketCommand({ Bucket: versioned }))
})

test('a reader during many overwrites always gets one whole body', async () => {
  const Key = 'overwritten'
  const body = (index: number) => String(index % 10).repeat(30_000)
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: body(0) }))
  const writes = Array.from({ length: 40 }, (_, index) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body: body(index) })),
  )
  const reads = await Promise.all(Array.from({ length: 40 }, () => text(Key)))
  await Promise.all(writes)
  for (const read of reads) expect(read).toBe(read.charAt(0).repeat(30_000))
})

test('an upload completed by many at once is one object, and all are told the same', async () => {
  const Key = 'completed'
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
  const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'part' }))
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      s3.send(
        new CompleteMultipartUploadCommand({
          Bucket,
          Key,
          UploadId,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
        }),
      ),
    ),
  )
  expect(new Set(answers.map((answer) => answer.ETag)).size).toBe(1)
  expect(await text(Key)).toBe('part')
})

test('a bucket is either deleted or gets the object, never both', async () => {
  for (let round = 0; round < 10; round++) {
    const contested = `contested-${round}`
    await s3.send(new CreateBucketCommand({ Bucket: contested }))
    const [deleted, put] = await Promise.allSettled([
      s3.send(new DeleteBucketCommand({ Bucket: contested })),
      s3.send(new PutObjectCommand({ Bucket: contested, Key: 'k', Body: 'x' })),
    ])
    expect(deleted.status).not.toBe(put.status)
    const exists = await s3.send(new HeadBucketCommand({ Bucket: contested })).then(
      () => true,
      () => false,
    )
    expect(exists).toBe(put.status === 'fulfilled')
  }
})
