import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let s3: S3Client
const Bucket = 'objects'
let count = 0
const freshKey = () => `key-${++count}`

beforeAll(async () => {
  node = await startNode()
  s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket }))
})
afterAll(() => node.close())

const put = (Key: string, Body: string | Uint8Array = 'hello', more = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))
const get = (Key: string, more = {}) => s3.send(new GetObjectCommand({ Bucket, Key, ...more }))
const text = async (Key: string, more = {}) => (await get(Key, more)).Body!.transformToString()
const md5 = (bytes: string | Uint8Array) => createHash('md5').update(bytes).digest('hex')

describe('objects', () => {
  test('bytes and what was said of them come back as they were put', async () => {
    const Key = freshKey()
    const { ETag } = await put(Key, 'hello', {
      ContentType: 'text/plain',
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment; filename="a.txt"',
      ContentEncoding: 'identity',
      ContentLanguage: 'en',
      Expires: new Date('2030-01-01T00:00:00Z'),
      Metadata: { filesha256: 'abc=', other: 'x y' },
      StorageClass: 'STANDARD_IA',
      Tagging: 'a=1&b=two%20words',
    })
    expect(ETag).toBe(`"${md5('hello')}"`)
    const answer = await get(Key)
    expect(await answer.Body!.transformToString()).toBe('hello')
    expect(answer).toMatchObject({
      ETag,
      ContentLength: 5,
      ContentType: 'text/plain',
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment; filename="a.txt"',
      ContentEncoding: 'identity',
      ContentLanguage: 'en',
      ExpiresString: 'Tue, 01 Jan 2030 00:00:00 GMT',
      Metadata: { filesha256: 'abc=', other: 'x y' },
      StorageClass: 'STANDARD_IA',
      TagCount: 2,
      AcceptRanges: 'bytes',
      ServerSideEncryption: 'AES256',
    })
    const { $metadata, Body, ...described } = answer
    const { $metadata: _, ...head } = await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
    expect(head).toEqual(described)
    expect(Body).toBeDefined()
    expect($metadata.httpStatusCode).toBe(200)
  })

  test('an empty object has no bytes and the MD5 of nothing', async () => {
    const Key = freshKey()
    await put(Key, '')
    const { ETag, ContentLength, Body } = await get(Key)
    expect([ETag, ContentLength, await Body!.transformToString()]).toEqual([`"${md5('')}"`, 0, ''])
  })

  test('a stream of a megabyte arrives whole, its trailing checksum verified', async () => {
    const Key = freshKey()
    const bytes = Buffer.alloc(1_000_003, 'abcdefg')
    const Body = Readable.from([bytes.subarray(0, 300_000), bytes.subarray(300_000)])
    const answer = await s3.send(
      new PutObjectCommand({ Bucket, Key, Body, ContentLength: bytes.length, ChecksumAlgorithm: 'CRC32C' }),
    )
    expect(answer.ETag).toBe(`"${md5(bytes)}"`)
    expect(answer.ChecksumCRC32C).toMatch(/^[\w+/]{6}==$/)
    const got = await get(Key, { ChecksumMode: 'ENABLED' })
    expect(got.ChecksumCRC32C).toBe(answer.ChecksumCRC32C)
    expect(md5(await got.Body!.transformToByteArray())).toBe(md5(bytes))
  })

  test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'a wrong %s is a BadDigest and stores nothing',
    async (algorithm) => {
      const Key = freshKey()
      const sizes = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 }
      const wrong = Buffer.alloc(sizes[algorithm], 1).toString('base64')
      await expect(put(Key, 'hello', { [`Checksum${algorithm}`]: wrong })).rejects.toMatchObject({ name: 'BadDigest' })
      await expect(get(Key)).rejects.toMatchObject({ name: 'NoSuchKey' })
    },
  )

  test('a wrong Content-MD5 is a BadDigest, and one that is none an InvalidDigest', async () => {
    const Key = freshKey()
    await expect(put(Key, 'hello', { ContentMD5: Buffer.alloc(16).toString('base64') })).rejects.toMatchObject({
      name: 'BadDigest',
    })
    await expect(put(Key, 'hello', { ContentMD5: 'nonsense' })).rejects.toMatchObject({ name: 'InvalidDigest' })
    await put(Key, 'hello', { ContentMD5: createHash('md5').update('hello').digest('base64') })
  })

  test('an object put without a checksum has a CRC-64/NVME', async () => {
    const Key = freshKey()
    const url = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key }), {
      unhoistableHeaders: new Set(['x-amz-checksum-crc32']),
    })
    const plain = new URL(url)
    expect(plain.searchParams.get('X-Amz-Signature')).toBeTruthy()
    const bare = node.client(S3Client, { requestChecksumCalculation: 'WHEN_REQUIRED' } as object)
    await bare.send(new PutObjectCommand({ Bucket, Key, Body: '123456789' }))
    const { ChecksumCRC64NVME, ChecksumType } = await s3.send(
      new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }),
    )
    expect([ChecksumCRC64NVME, ChecksumType]).toEqual([
      Buffer.from('ae8b14860a799888', 'hex').toString('base64'),
      'FULL_OBJECT',
    ])
  })

  test.each([
    ['bytes=0-0', 'h', 'bytes 0-0/11'],
    ['bytes=6-', 'world', 'bytes 6-10/11'],
    ['bytes=6-99', 'world', 'bytes 6-10/11'],
    ['bytes=-5', 'world', 'bytes 6-10/11'],
    ['bytes=-99', 'hello world', 'bytes 0-10/11'],
  ])('the range %s answers 206 with that part', async (Range, expected, contentRange) => {
    const Key = 'ranged'
    await put(Key, 'hello world')
    const answer = await get(Key, { Range })
    expect(await answer.Body!.transformToString()).toBe(expected)
    expect([answer.$metadata.httpStatusCode, answer.ContentRange, answer.ContentLength]).toEqual([
      206,
      contentRange,
      expected.length,
    ])
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key, Range }))
    expect([head.$metadata.httpStatusCode, head.ContentRange]).toEqual([206, contentRange])
  })

  test('ranges of a large object come from the middle of the stored body', async () => {
    const Key = freshKey()
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251))
    await put(Key, bytes)
    const part = await (await get(Key, { Range: 'bytes=65530-131080' })).Body!.transformToByteArray()
    expect(Buffer.from(part).equals(bytes.subarray(65_530, 131_081))).toBe(true)
  })

  test.each(['bytes=abc', 'bytes=5-2', 'bytes=0-1,3-4', 'items=0-1'])(
    'the range %s is not understood and the whole is sent',
    async (Range) => {
      const Key = 'ranged-whole'
      await put(Key, 'hello world')
      const answer = await get(Key, { Range })
      expect([answer.$metadata.httpStatusCode, await answer.Body!.transformToString()]).toEqual([200, 'hello world'])
    },
  )

  test.each(['bytes=11-', 'bytes=-0'])('the range %s past the end is an InvalidRange', async (Range) => {
    const Key = 'ranged-past'
    await put(Key, 'hello world')
    await expect(get(Key, { Range })).rejects.toMatchObject({
      name: 'InvalidRange',
      $metadata: { httpStatusCode: 416 },
    })
  })

  test('conditions on reading: 304 for a current copy, 412 for another', async () => {
    const Key = freshKey()
    const { ETag } = await put(Key)
    const { LastModified } = await s3.send(new HeadObjectCommand({ Bucket, Key }))
    const earlier = new Date(LastModified!.getTime() - 60_000)
    const status = (more: object) =>
      get(Key, more).then(
        ({ $metadata }) => $metadata.httpStatusCode,
        (error: { $metadata: { httpStatusCode: number } }) => error.$metadata.httpStatusCode,
      )
    expect(await status({ IfMatch: ETag })).toBe(200)
    expect(await status({ IfMatch: '"other"' })).toBe(412)
    expect(await status({ IfNoneMatch: ETag })).toBe(304)
    expect(await status({ IfNoneMatch: '"other"' })).toBe(200)
    expect(await status({ IfModifiedSince: LastModified })).toBe(304)
    expect(await status({ IfModifiedSince: earlier })).toBe(200)
    expect(await status({ IfUnmodifiedSince: earlier })).toBe(412)
    expect(await status({ IfMatch: ETag, IfUnmodifiedSince: earlier })).toBe(200)
    expect(await status({ IfNoneMatch: '"other"', IfModifiedSince: LastModified })).toBe(200)
  })

  test('a 304 tells the ETag', async () => {
    const Key = freshKey()
    const { ETag } = await put(Key)
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key }))
    const answer = await fetch(url, { headers: { 'if-none-match': ETag! } })
    expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([304, ETag, ''])
  })

  test('conditions on writing: only a free key, or only this ETag', async () => {
    const Key = freshKey()
    const { ETag } = await put(Key, 'one', { IfNoneMatch: '*' })
    await expect(put(Key, 'two', { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    })
    await expect(put(Key, 'two', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' })
    await put(Key, 'two', { IfMatch: ETag })
    expect(await text(Key)).toBe('two')
    await expect(put(freshKey(), 'x', { IfMatch: ETag })).rejects.toMatchObject({ name: 'NoSuchKey' })
    await expect(put(Key, 'x', { IfNoneMatch: ETag })).rejects.toMatchObject({ name: 'NotImplemented' })
  })

  test('answer headers can be chosen by the request', async () => {
    const Key = freshKey()
    await put(Key)
    const answer = await get(Key, {
      ResponseContentType: 'text/x',
      ResponseContentDisposition: 'inline',
      ResponseCacheControl: 'no-store',
    })
    expect(answer).toMatchObject({ ContentType: 'text/x', ContentDisposition: 'inline', CacheControl: 'no-store' })
  })

  test('a missing key is NoSuchKey, NotFound where there is no body to say so, and deleting it succeeds', async () => {
    const Key = freshKey()
    await expect(get(Key)).rejects.toMatchObject({ name: 'NoSuchKey', Key, $metadata: { httpStatusCode: 404 } })
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ name: 'NotFound' })
    await s3.send(new DeleteObjectCommand({ Bucket, Key }))
  })

  test('a missing bucket is NoSuchBucket', async () => {
    await expect(s3.send(new GetObjectCommand({ Bucket: 'nowhere', Key: 'a' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    })
    await expect(s3.send(new PutObjectCommand({ Bucket: 'nowhere', Key: 'a', Body: 'x' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    })
  })

  test.each(['a/b/c', 'naïve ☃ 😀', 'with space+plus&amp=1', '%2F%41', '../up', 'a//b', '.', 'quote"\'<>'])(
    'the key %s is kept as it is',
    async (key) => {
      await put(key, key)
      expect(await text(key)).toBe(key)
    },
  )

  test('a key of 1,024 bytes works and one more is refused', async () => {
    const Key = `${'€'.repeat(341)}x`
    await put(Key, 'long')
    expect(await text(Key)).toBe('long')
    await expect(put(`${Key}x`)).rejects.toMatchObject({ name: 'KeyTooLongError' })
  })

  test('metadata over 2 KB is refused', async () => {
    await expect(put(freshKey(), 'x', { Metadata: { big: 'v'.repeat(2100) } })).rejects.toMatchObject({
      name: 'MetadataTooLarge',
    })
  })

  test.each([
    [{ ACL: 'public-read' as const }, 'AccessControlListNotSupported'],
    [{ GrantRead: 'id=x' }, 'AccessControlListNotSupported'],
    [{ ObjectLockMode: 'GOVERNANCE' as const }, 'InvalidRequest'],
    [{ StorageClass: 'OUTPOSTS' as const }, 'NotImplemented'],
    [{ SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'too short' }, 'InvalidArgument'],
    [{ SSEKMSEncryptionContext: 'e30=', ServerSideEncryption: 'aws:kms' as const }, 'NotImplemented'],
    [{ ServerSideEncryption: 'aws:kms:dsse' as const }, 'NotImplemented'],
    [{ Tagging: 'a=1&a=2' }, 'InvalidTag'],
    [{ ExpectedBucketOwner: '111111111111' }, 'AccessDenied'],
  ])('PutObject with %j is refused', async (more, name) => {
    await expect(put(freshKey(), 'x', more)).rejects.toMatchObject({ name })
  })

  test('deleting many names each, quietly when asked', async () => {
    const keys = [freshKey(), freshKey(), '<&>"\r\n']
    for (const key of keys) await put(key)
    const { Deleted, Errors } = await s3.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [...keys.map((Key) => ({ Key })), { Key: 'never-was' }, { Key: 'x', VersionId: 'bad' }] },
      }),
    )
    expect(Deleted?.map(({ Key }) => Key)).toEqual([...keys.slice(0, 2), expect.any(String), 'never-was'])
    expect(Errors).toMatchObject([{ Key: 'x', VersionId: 'bad', Code: 'InvalidArgument' }])
    for (const key of keys) await expect(get(key)).rejects.toMatchObject({ name: 'NoSuchKey' })
    await put(keys[0]!)
    expect(
      (await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Quiet: true, Objects: [{ Key: keys[0]! }] } })))
        .Deleted,
    ).toBeUndefined()
  })

  test('more than 1,000 deletions at once are refused', async () => {
    const Objects = Array.from({ length: 1001 }, (_, i) => ({ Key: `k${i}` }))
    await expect(s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))).rejects.toMatchObject({
      name: 'MalformedXML',
    })
  })

  test('a deletion on condition of an ETag', async () => {
    const Key = freshKey()
    const { ETag } = await put(Key)
    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: '"other"' }))).rejects.toMatchObject({
      name: 'PreconditionFailed',
    })
    await s3.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: ETag }))
    await expect(get(Key)).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  test('a copy has the bytes, metadata and tags of its source, or what it is told', async () => {
    const source = 'kopie/ä b'
    await put(source, 'content', {
      ContentType: 'text/x',
      Metadata: { m: '1' },
      Tagging: 't=1',
      WebsiteRedirectLocation: '/x',
    })
    const CopySource = `${Bucket}/${encodeURIComponent(source)}`
    const Key = freshKey()
    const { CopyObjectResult } = await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource }))
    expect(CopyObjectResult?.ETag).toBe(`"${md5('content')}"`)
    const copy = await get(Key)
    expect(await copy.Body!.transformToString()).toBe('content')
    expect([copy.ContentType, copy.Metadata, copy.TagCount, copy.WebsiteRedirectLocation]).toEqual([
      'text/x',
      { m: '1' },
      1,
      undefined,
    ])

    await s3.send(
      new CopyObjectCommand({
        Bucket,
        Key,
        CopySource,
        MetadataDirective: 'REPLACE',
        Metadata: { n: '2' },
        TaggingDirective: 'REPLACE',
        ChecksumAlgorithm: 'SHA256',
      }),
    )
    const replaced = await get(Key, { ChecksumMode: 'ENABLED' })
    expect([replaced.Metadata, replaced.TagCount, replaced.ChecksumSHA256]).toEqual([
      { n: '2' },
      undefined,
      createHash('sha256').update('content').digest('base64'),
    ])
  })

  test('a copy onto itself must change something; conditions on its source are kept', async () => {
    const Key = freshKey()
    const { ETag } = await put(Key, 'self', { Metadata: { a: '1' } })
    const copy = (more: object) =>
      s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `/${Bucket}/${Key}`, ...more }))
    await expect(copy({})).rejects.toMatchObject({ name: 'InvalidRequest' })
    await copy({ MetadataDirective: 'REPLACE', Metadata: { a: '2' } })
    expect((await get(Key)).Metadata).toEqual({ a: '2' })
    expect(await text(Key)).toBe('self')
    await expect(copy({ MetadataDirective: 'REPLACE', CopySourceIfNoneMatch: ETag })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    })
    await expect(
      s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/missing` })),
    ).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  test('tags of an object are set, read and removed', async () => {
    const Key = freshKey()
    await put(Key)
    await s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: 'k', Value: 'v' }] } }))
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet).toEqual([{ Key: 'k', Value: 'v' }])
    await expect(
      s3.send(
        new PutObjectTaggingCommand({
          Bucket,
          Key,
          Tagging: { TagSet: Array.from({ length: 11 }, (_, i) => ({ Key: `k${i}`, Value: '' })) },
        }),
      ),
    ).rejects.toMatchObject({ name: 'BadRequest' })
  })

  test('attributes are told as asked', async () => {
    const Key = freshKey()
    await put(Key, 'hello')
    const answer = await s3.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key,
        ObjectAttributes: ['ETag', 'ObjectSize', 'StorageClass', 'Checksum'],
      }),
    )
    expect(answer).toMatchObject({
      ETag: md5('hello'),
      ObjectSize: 5,
      StorageClass: 'STANDARD',
      Checksum: { ChecksumType: 'FULL_OBJECT' },
    })
  })

  test('a replaced object is its last bytes, small or large', async () => {
    const Key = freshKey()
    const large = Buffer.alloc(50_000, 'z')
    for (const body of ['small', large, 'again', Buffer.concat([large, large]), '']) {
      await put(Key, body)
      expect(md5(await (await get(Key)).Body!.transformToByteArray())).toBe(md5(body))
    }
  })

  test('a presigned link reads and writes, keeping to what it signs', async () => {
    const Key = 'signed ünicode/key'
    const write = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key, ContentType: 'text/plain' }))
    expect(
      (await fetch(write, { method: 'PUT', body: 'by link', headers: { 'content-type': 'text/plain' } })).status,
    ).toBe(200)
    const read = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key, ResponseContentType: 'text/x-chosen' }))
    const answer = await fetch(read)
    expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual([
      200,
      'by link',
      'text/x-chosen',
    ])
    const forged = read.replace('text%2Fx-chosen', 'text%2Fhtml')
    expect((await fetch(forged)).status).toBe(403)
  })

  test('what a presigned link says of the object is part of it, and needs no headers', async () => {
    const Key = freshKey()
    const command = new PutObjectCommand({
      Bucket,
      Key,
      Metadata: { owner: 'me' },
      StorageClass: 'ONEZONE_IA',
      Tagging: 'a=1',
    })
    const url = await getSignedUrl(s3, command)
    expect((await fetch(url, { method: 'PUT', body: 'body' })).status).toBe(200)
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key }))
    expect([head.Metadata, head.StorageClass, head.TagCount]).toEqual([{ owner: 'me' }, 'ONEZONE_IA', 1])
    const open = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key, ACL: 'public-read' }))
    const refused = await fetch(open, { method: 'PUT', body: 'body' })
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining('AccessControlListNotSupported'),
    ])
  })

  test('everything is there after a restart', async () => {
    const Key = freshKey()
    const large = Buffer.alloc(100_000, 'r')
    await put(Key, large, { Metadata: { kept: 'yes' } })
    await node.restart()
    s3 = node.client(S3Client)
    const answer = await get(Key)
    expect([answer.Metadata, md5(await answer.Body!.transformToByteArray())]).toEqual([{ kept: 'yes' }, md5(large)])
  })
})
