import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteBucketCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDigest } from '../../src/services/s3/checksums.ts'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let s3: S3Client
const Bucket = 'multipart'
let count = 0
const freshKey = () => `key-${++count}`
const partBytes = 5 * 1024 * 1024
const big = Buffer.alloc(partBytes, 'p')

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket }))
})
afterAll(() => node.close())

const md5 = (bytes: Uint8Array | string) => createHash('md5').update(bytes).digest()
const begin = async (Key: string, more: Partial<CreateMultipartUploadCommandInput> = {}) =>
  (await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId!
const send = async (Key: string, UploadId: string, PartNumber: number, Body: Uint8Array | string, more = {}) =>
  s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...more }))
const complete = (Key: string, UploadId: string, Parts: CompletedPart[], more = {}) =>
  s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }))

describe('multipart uploads', () => {
  test('parts become one object, in order of their numbers, with an ETag that counts them', async () => {
    const Key = freshKey()
    const UploadId = await begin(Key, { ContentType: 'text/x', Metadata: { m: '1' }, Tagging: 't=1' })
    const last = await send(Key, UploadId, 7, 'the end')
    const first = await send(Key, UploadId, 2, big)
    await send(Key, UploadId, 9, 'left out')
    const answer = await complete(Key, UploadId, [
      { PartNumber: 2, ETag: first.ETag },
      { PartNumber: 7, ETag: last.ETag },
    ])
    const etag = `"${md5(Buffer.concat([md5(big), md5('the end')])).toString('hex')}-2"`
    expect(answer).toMatchObject({ ETag: etag, Bucket, Key, ChecksumType: 'FULL_OBJECT' })
    const whole = Buffer.concat([big, Buffer.from('the end')])
    const got = await s3.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))
    expect(got).toMatchObject({
      ETag: etag,
      ContentType: 'text/x',
      Metadata: { m: '1' },
      TagCount: 1,
      ContentLength: whole.length,
    })
    const digest = createDigest('CRC64NVME')
    digest.update(whole)
    expect(got.ChecksumCRC64NVME).toBe(digest.digest().toString('base64'))
    expect(md5(await got.Body!.transformToByteArray()).equals(md5(whole))).toBe(true)

    const second = await s3.send(new GetObjectCommand({ Bucket, Key, PartNumber: 2 }))
    expect([await second.Body!.transformToString(), second.PartsCount, second.$metadata.httpStatusCode]).toEqual([
      'the end',
      2,
      206,
    ])
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key, PartNumber: 1 }))).ContentLength).toBe(partBytes)
    await expect(s3.send(new GetObjectCommand({ Bucket, Key, PartNumber: 3 }))).rejects.toMatchObject({
      name: 'InvalidPartNumber',
    })
  })

  test('completing again answers the same; after an abort there is nothing to complete', async () => {
    const Key = freshKey()
    const UploadId = await begin(Key)
    const { ETag } = await send(Key, UploadId, 1, 'only')
    const once = await complete(Key, UploadId, [{ PartNumber: 1, ETag }])
    const twice = await complete(Key, UploadId, [{ PartNumber: 1, ETag }])
    expect([twice.ETag, twice.Location]).toEqual([once.ETag, once.Location])
    await expect(complete(Key, UploadId, [{ PartNumber: 1, ETag: '"other"' }])).rejects.toMatchObject({
      name: 'NoSuchUpload',
    })

    const other = await begin(Key)
    await send(Key, other, 1, 'x')
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: other }))
    await expect(complete(Key, other, [{ PartNumber: 1, ETag }])).rejects.toMatchObject({ name: 'NoSuchUpload' })
    await expect(send(Key, other, 1, 'x')).rejects.toMatchObject({ name: 'NoSuchUpload' })
    await expect(s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: other }))).rejects.toMatchObject({
      name: 'NoSuchUpload',
    })
  })

  test('wrong lists of parts are refused by what is wrong with them', async () => {
    const Key = freshKey()
    const UploadId = await begin(Key)
    const one = await send(Key, UploadId, 1, 'small')
    const two = await send(Key, UploadId, 2, 'tiny')
    const parts = [
      { PartNumber: 1, ETag: one.ETag },
      { PartNumber: 2, ETag: two.ETag },
    ]
    await expect(complete(Key, UploadId, [])).rejects.toMatchObject({ name: 'MalformedXML' })
    await expect(complete(Key, UploadId, [...parts].reverse())).rejects.toMatchObject({ name: 'InvalidPartOrder' })
    await expect(complete(Key, UploadId, [{ PartNumber: 1, ETag: two.ETag }])).rejects.toMatchObject({
      name: 'InvalidPart',
    })
    await expect(complete(Key, UploadId, [{ PartNumber: 3, ETag: two.ETag }])).rejects.toMatchObject({
      name: 'InvalidPart',
    })
    await expect(complete(Key, UploadId, parts)).rejects.toMatchObject({
      name: 'EntityTooSmall',
      MinSizeAllowed: String(partBytes),
    })
    await expect(complete(Key, UploadId, [parts[0]!], { MpuObjectSize: 99 })).rejects.toMatchObject({
      name: 'InvalidRequest',
    })
    await expect(send(Key, UploadId, 0, 'x')).rejects.toMatchObject({ name: 'InvalidArgument' })
    await expect(send(Key, UploadId, 10_001, 'x')).rejects.toMatchObject({ name: 'InvalidArgument' })
    await complete(Key, UploadId, [parts[0]!])
  })

  test('a composite checksum is made of the parts, which the complete request must name', async () => {
    const Key = freshKey()
    const UploadId = await begin(Key, { ChecksumAlgorithm: 'SHA256' })
    const part = await send(Key, UploadId, 1, 'body', { ChecksumAlgorithm: 'SHA256' })
    const value = createHash('sha256').update('body').digest()
    expect(part.ChecksumSHA256).toBe(value.toString('base64'))
    await expect(send(Key, UploadId, 2, 'body', { ChecksumAlgorithm: 'CRC32' })).rejects.toMatchObject({
      name: 'InvalidRequest',
    })
    await expect(complete(Key, UploadId, [{ PartNumber: 1, ETag: part.ETag }])).rejects.toMatchObject({
      name: 'InvalidRequest',
    })
    const wrong = Buffer.alloc(32).toString('base64')
    await expect(
      complete(Key, UploadId, [{ PartNumber: 1, ETag: part.ETag, ChecksumSHA256: wrong }]),
    ).rejects.toMatchObject({ name: 'InvalidPart' })
    const answer = await complete(Key, UploadId, [
      { PartNumber: 1, ETag: part.ETag, ChecksumSHA256: part.ChecksumSHA256 },
    ])
    const composite = `${createHash('sha256').update(value).digest('base64')}-1`
    expect([answer.ChecksumSHA256, answer.ChecksumType]).toEqual([composite, 'COMPOSITE'])
    const attributes = await s3.send(
      new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ObjectParts', 'Checksum'] }),
    )
    expect(attributes.ObjectParts).toMatchObject({
      TotalPartsCount: 1,
      Parts: [{ PartNumber: 1, Size: 4, ChecksumSHA256: part.ChecksumSHA256 }],
    })
  })

  test('a full-object checksum of the whole is verified on completion', async () => {
    const Key = freshKey()
    const UploadId = await begin(Key, { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' })
    const { ETag } = await send(Key, UploadId, 1, 'body', { ChecksumAlgorithm: 'CRC32' })
    await expect(
      complete(Key, UploadId, [{ PartNumber: 1, ETag }], { ChecksumCRC32: 'AAAAAA==' }),
    ).rejects.toMatchObject({ name: 'BadDigest' })
    const digest = createDigest('CRC32')
    digest.update(Buffer.from('body'))
    const value = digest.digest().toString('base64')
    expect(
      (await complete(Key, UploadId, [{ PartNumber: 1, ETag }], { ChecksumCRC32: value, ChecksumType: 'FULL_OBJECT' }))
        .ChecksumCRC32,
    ).toBe(value)
    await expect(begin(Key, { ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' })).rejects.toMatchObject({
      name: 'InvalidRequest',
    })
  })

  test('parts are listed, pages at a time, a part sent again being the last one sent', async () => {
    const Key = freshKey()
    const UploadId = await begin(Key)
    for (const number of [3, 1, 2]) await send(Key, UploadId, number, `part ${number}`)
    await send(Key, UploadId, 2, 'changed')
    const first = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId, MaxParts: 2 }))
    expect(first).toMatchObject({
      IsTruncated: true,
      NextPartNumberMarker: '2',
      Parts: [{ PartNumber: 1 }, { PartNumber: 2, ETag: `"${md5('changed').toString('hex')}"`, Size: 7 }],
    })
    const rest = await s3.send(
      new ListPartsCommand({ Bucket, Key, UploadId, PartNumberMarker: first.NextPartNumberMarker }),
    )
    expect([rest.IsTruncated, rest.Parts?.map(({ PartNumber }) => PartNumber)]).toEqual([false, [3]])
  })

  test('uploads are listed by key, those of one key oldest first, with common prefixes', async () => {
    const listing = 'uploads-listed'
    await s3.send(new CreateBucketCommand({ Bucket: listing }))
    const made: string[] = []
    for (const Key of ['a', 'a', 'dir/x', 'dir/y', 'z']) {
      made.push((await s3.send(new CreateMultipartUploadCommand({ Bucket: listing, Key }))).UploadId!)
      node.clock.advance(10)
    }
    const all = await s3.send(new ListMultipartUploadsCommand({ Bucket: listing }))
    expect(all.Uploads?.map(({ UploadId }) => UploadId)).toEqual(made)
    const grouped = await s3.send(new ListMultipartUploadsCommand({ Bucket: listing, Delimiter: '/', MaxUploads: 1 }))
    expect(grouped).toMatchObject({ IsTruncated: true, NextKeyMarker: 'a', NextUploadIdMarker: made[0] })
    const next = await s3.send(
      new ListMultipartUploadsCommand({
        Bucket: listing,
        Delimiter: '/',
        KeyMarker: grouped.NextKeyMarker,
        UploadIdMarker: grouped.NextUploadIdMarker,
      }),
    )
    expect([next.Uploads?.map(({ UploadId }) => UploadId), next.CommonPrefixes]).toEqual([
      [made[1], made[4]],
      [{ Prefix: 'dir/' }],
    ])
    await s3.send(new DeleteBucketCommand({ Bucket: listing }))
  })

  test('a part can be copied from a range of an object', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: '0123456789' }))
    const Key = freshKey()
    const UploadId = await begin(Key)
    const copy = (CopySourceRange?: string) =>
      s3.send(
        new UploadPartCopyCommand({
          Bucket,
          Key,
          UploadId,
          PartNumber: 1,
          CopySource: `${Bucket}/source`,
          CopySourceRange,
        }),
      )
    await expect(copy('bytes=5-10')).rejects.toMatchObject({ name: 'InvalidArgument' })
    await expect(copy('5-6')).rejects.toMatchObject({ name: 'InvalidArgument' })
    const { CopyPartResult } = await copy('bytes=2-4')
    await complete(Key, UploadId, [{ PartNumber: 1, ETag: CopyPartResult!.ETag }])
    expect(await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString()).toBe('234')
  })

  test('lib-storage uploads a stream of unknown length in parts', async () => {
    const Key = freshKey()
    const bytes = Buffer.concat([big, big, Buffer.from('tail')])
    const Body = Readable.from([bytes.subarray(0, 3_000_000), bytes.subarray(3_000_000)])
    await new Upload({ client: s3, params: { Bucket, Key, Body }, partSize: partBytes, queueSize: 2 }).done()
    const got = await s3.send(new GetObjectCommand({ Bucket, Key }))
    expect(got.ETag).toMatch(/-3"$/)
    expect(md5(await got.Body!.transformToByteArray()).equals(md5(bytes))).toBe(true)
  })
})
