import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import fc from '../fast-check.ts'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let s3: S3Client
let count = 0

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  s3 = node.client(S3Client)
})
afterAll(() => node.close())

async function bucketWith(keys: readonly string[]): Promise<string> {
  const Bucket = `lists-${++count}`
  await s3.send(new CreateBucketCommand({ Bucket }))
  await Promise.all(keys.map((Key) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))))
  return Bucket
}

interface Entry {
  kind: 'key' | 'prefix'
  name: string
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** What S3's documentation says a complete list holds, computed the slow way. */
function expected(keys: readonly string[], prefix: string, delimiter: string, startAfter = ''): Entry[] {
  const out: Entry[] = []
  for (const name of [...keys].sort(byBytes)) {
    if (!name.startsWith(prefix) || byBytes(name, startAfter) <= 0) continue
    const at = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length)
    if (at === -1) out.push({ kind: 'key', name })
    else {
      const group = name.slice(0, at + delimiter.length)
      if (group !== startAfter && out.at(-1)?.name !== group) out.push({ kind: 'prefix', name: group })
    }
  }
  return out
}

async function listed(input: ListObjectsV2CommandInput): Promise<{ entries: Entry[]; pages: number[] }> {
  const entries: Entry[] = []
  const pages: number[] = []
  let ContinuationToken: string | undefined
  do {
    const page = await s3.send(new ListObjectsV2Command({ ...input, ContinuationToken }))
    const names = [
      ...(page.Contents ?? []).map(({ Key }) => ({ kind: 'key' as const, name: Key! })),
      ...(page.CommonPrefixes ?? []).map(({ Prefix }) => ({ kind: 'prefix' as const, name: Prefix! })),
    ].sort((a, b) => byBytes(a.name, b.name))
    expect(page.KeyCount).toBe(names.length)
    expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined)
    entries.push(...names)
    pages.push(names.length)
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
  return { entries, pages }
}

describe('lists of objects', () => {
  test('whatever the keys, prefix, delimiter and page size, pages add up to the whole list in byte order', async () => {
    const piece = fc.constantFrom('a', 'b', '/', '//', '-', 'é', '\uff5e', '😀', '.', '%', ' ')
    const key = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''))
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key, { maxLength: 25 }),
        fc.array(piece, { maxLength: 2 }).map((pieces) => pieces.join('')),
        fc.constantFrom('', '/', '//', 'a', 'é/', '😀'),
        fc.integer({ min: 1, max: 7 }),
        fc.option(key, { nil: '' }),
        async (keys, prefix, delimiter, max, startAfter) => {
          const Bucket = await bucketWith(keys)
          const { entries, pages } = await listed({
            Bucket,
            Prefix: prefix,
            Delimiter: delimiter,
            MaxKeys: max,
            StartAfter: startAfter,
          })
          expect(entries).toEqual(expected(keys, prefix, delimiter, startAfter))
          expect(pages.slice(0, -1).every((size) => size === max)).toBe(true)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('a thousand keys a page, the largest prefix skipped and not read', async () => {
    const keys = Array.from({ length: 1205 }, (_, i) => `deep/${String(i).padStart(5, '0')}`)
    const Bucket = await bucketWith([...keys, 'after'])
    const flat = await listed({ Bucket })
    expect(flat.pages).toEqual([1000, 206])
    expect((await listed({ Bucket, Delimiter: '/' })).entries).toEqual([
      { kind: 'key', name: 'after' },
      { kind: 'prefix', name: 'deep/' },
    ])
    expect((await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 5000 }))).Contents).toHaveLength(1000)
  })

  test('version 1 goes on from the last key, or from the marker it is given when there is a delimiter', async () => {
    const Bucket = await bucketWith(['a', 'b/1', 'b/2', 'c', 'd/1'])
    const first = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 2 }))
    expect([first.Contents?.map(({ Key }) => Key), first.NextMarker, first.IsTruncated]).toEqual([
      ['a', 'b/1'],
      undefined,
      true,
    ])
    const rest = await s3.send(new ListObjectsCommand({ Bucket, Marker: 'b/1' }))
    expect(rest.Contents?.map(({ Key }) => Key)).toEqual(['b/2', 'c', 'd/1'])
    const grouped = await s3.send(new ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: 2 }))
    expect([grouped.Contents?.map(({ Key }) => Key), grouped.CommonPrefixes, grouped.NextMarker]).toEqual([
      ['a'],
      [{ Prefix: 'b/' }],
      'b/',
    ])
    const next = await s3.send(new ListObjectsCommand({ Bucket, Delimiter: '/', Marker: 'b/' }))
    expect([next.Contents?.map(({ Key }) => Key), next.CommonPrefixes, next.IsTruncated]).toEqual([
      ['c'],
      [{ Prefix: 'd/' }],
      false,
    ])
  })

  test('an entry tells size, ETag, class, time and, when asked, the owner', async () => {
    const Bucket = await bucketWith(['k'])
    const [plain] = (await s3.send(new ListObjectsV2Command({ Bucket }))).Contents!
    expect(plain).toMatchObject({
      Key: 'k',
      Size: 1,
      ETag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
      StorageClass: 'STANDARD',
      LastModified: expect.any(Date),
    })
    expect(plain?.Owner).toBeUndefined()
    const [owned] = (await s3.send(new ListObjectsV2Command({ Bucket, FetchOwner: true }))).Contents!
    expect(owned?.Owner?.ID).toMatch(/^[0-9a-f]{64}$/)
  })

  test('keys that XML cannot hold are listed url-encoded', async () => {
    const Bucket = await bucketWith(['a b/\u0001+~'])
    const page = await s3.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url', Delimiter: '|' }))
    expect([page.Contents?.[0]?.Key, page.Delimiter, page.EncodingType]).toEqual(['a+b/%01%2B%7E', '%7C', 'url'])
  })

  test('no keys are asked for and none come; a wrong token is refused', async () => {
    const Bucket = await bucketWith(['a'])
    expect(await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }))).toMatchObject({
      KeyCount: 0,
      IsTruncated: false,
    })
    await expect(s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken: 'nonsense!' }))).rejects.toMatchObject({
      name: 'InvalidArgument',
    })
    await expect(s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: -1 }))).rejects.toMatchObject({
      name: 'InvalidArgument',
    })
  })

  test('each object has one version, null, and can be deleted by it', async () => {
    const Bucket = await bucketWith(['a', 'b'])
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1 }))
    expect(page).toMatchObject({
      IsTruncated: true,
      NextKeyMarker: 'a',
      NextVersionIdMarker: 'null',
      Versions: [{ Key: 'a', VersionId: 'null', IsLatest: true }],
    })
    const rest = await s3.send(
      new ListObjectVersionsCommand({
        Bucket,
        KeyMarker: page.NextKeyMarker,
        VersionIdMarker: page.NextVersionIdMarker,
      }),
    )
    expect(rest.Versions?.map(({ Key }) => Key)).toEqual(['b'])
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a', VersionId: 'null' }] } }))
    expect((await listed({ Bucket })).entries).toEqual([{ kind: 'key', name: 'b' }])
  })
})
