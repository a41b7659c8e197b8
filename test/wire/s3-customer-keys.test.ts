import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const Bucket = 'sealed'
let node: TestNode
let s3: S3Client

beforeAll(async () => {
  node = await startNode()
  s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket }))
})
afterAll(() => node.close())

const own = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'k'.repeat(32) }
const other = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'x'.repeat(32) }
const source = {
  CopySourceSSECustomerAlgorithm: own.SSECustomerAlgorithm,
  CopySourceSSECustomerKey: own.SSECustomerKey,
}
const put = (Key: string, Body: string | Uint8Array, more: object = own) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))
const bytes = async (Key: string, more: object = own) =>
  Buffer.from(await (await s3.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body!.transformToByteArray())

function pattern(size: number): Buffer {
  const body = Buffer.alloc(size)
  for (let index = 0; index < size; index++) body[index] = (index * 13) ^ (index >> 7)
  return body
}

/** Whether some file of the data folder holds these bytes. */
function isOnDisk(text: string, folder = node.dataDir): boolean {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).some(
    (entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text),
  )
}

describe('a key that the client holds', () => {
  test('opens what was stored with it, and no other key does', async () => {
    const answer = await put('small', 'hello')
    expect(answer).toMatchObject({ SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: expect.any(String) })
    expect([answer.ServerSideEncryption, answer.ETag]).not.toContain('"5d41402abc4b2a76b9719d911017c592"')
    expect(String(await bytes('small'))).toBe('hello')
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'small', ...own }))).toMatchObject({
      ContentLength: 5,
      SSECustomerAlgorithm: 'AES256',
    })
    await expect(bytes('small', {})).rejects.toMatchObject({ name: 'InvalidRequest' })
    await expect(bytes('small', other)).rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(
      s3.send(new GetObjectAttributesCommand({ Bucket, Key: 'small', ObjectAttributes: ['ETag'] })),
    ).rejects.toMatchObject({ name: 'InvalidRequest' })
    await put('plain', 'hello', {})
    await expect(bytes('plain')).rejects.toMatchObject({ name: 'InvalidRequest' })
  })

  test('neither the key nor the bytes are in the data folder', async () => {
    const secret = 'a sentence that nobody else writes '
    await put('secret-small', secret)
    await put('secret-large', secret.repeat(4_000))
    await put('open', 'a sentence that everybody may read', {})
    expect(isOnDisk('a sentence that everybody may read')).toBe(true)
    expect([isOnDisk(secret), isOnDisk(own.SSECustomerKey)]).toEqual([false, false])
  })

  test('any range comes back, also across the parts of an upload', async () => {
    const body = pattern(300_000)
    await put('large', body)
    expect(Buffer.compare(await bytes('large'), body)).toBe(0)
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts', ...own }))
    const first = pattern(5 * 1024 * 1024 + 7)
    const part = { Bucket, Key: 'parts', UploadId }
    await expect(
      s3.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: first, ...other })),
    ).rejects.toMatchObject({ name: 'AccessDenied' })
    const one = await s3.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: first, ...own }))
    const two = await s3.send(
      new UploadPartCopyCommand({ ...part, PartNumber: 2, CopySource: `${Bucket}/large`, ...source, ...own }),
    )
    const Parts = [
      { PartNumber: 1, ETag: one.ETag },
      { PartNumber: 2, ETag: two.CopyPartResult!.ETag },
    ]
    await s3.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload: { Parts } }))
    const whole = Buffer.concat([first, body])
    expect(Buffer.compare(await bytes('parts'), whole)).toBe(0)
    for (const [start, end] of [
      [0, 0],
      [17, 40],
      [first.length - 5, first.length + 4],
      [first.length, first.length + 31],
      [whole.length - 3, whole.length - 1],
    ] as const) {
      const range = await bytes('parts', { Range: `bytes=${start}-${end}`, ...own })
      expect(Buffer.compare(range, whole.subarray(start, end + 1))).toBe(0)
    }
    expect(Buffer.compare(await bytes('parts', { PartNumber: 2, ...own }), body)).toBe(0)
  })

  test('a copy is opened with the one and sealed with the other, or with none', async () => {
    await put('copied', 'copy me')
    const copy = (Key: string, more: object) =>
      s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/copied`, ...more }))
    await expect(copy('to', {})).rejects.toMatchObject({ name: 'InvalidRequest' })
    await copy('to-other', { ...source, ...other })
    expect(String(await bytes('to-other', other))).toBe('copy me')
    await copy('to-plain', source)
    expect(String(await bytes('to-plain', {}))).toBe('copy me')
  })

  test('does not go with another encryption, nor half', async () => {
    await expect(put('bad', 'x', { ...own, ServerSideEncryption: 'AES256' })).rejects.toMatchObject({
      name: 'InvalidArgument',
    })
    await expect(put('bad', 'x', { ...own, SSECustomerAlgorithm: 'DES' })).rejects.toMatchObject({
      name: 'InvalidEncryptionAlgorithmError',
    })
  })
})
