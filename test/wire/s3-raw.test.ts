import { request } from 'node:http'
import { connect } from 'node:net'
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDigest } from '../../src/services/s3/checksums.ts'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let s3: S3Client
const Bucket = 'raw-requests'

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }))
  const Statement = [
    {
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:*'],
      Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
    },
  ]
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }))
})
afterAll(() => node.close())

interface Answer {
  status: number
  code: string | undefined
  body: string
}

/** A request whose headers are exactly these; `write` sends the body. */
function raw(
  method: string,
  path: string,
  headers: Record<string, string>,
  write = (req: ReturnType<typeof request>) => void req.end(),
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request(`${node.endpoint}${path}`, { method, headers }, (res) => {
      let body = ''
      res.setEncoding('utf8').on('data', (chunk) => (body += chunk))
      res.on('end', () => resolve({ status: res.statusCode!, code: /<Code>(\w+)<\/Code>/.exec(body)?.[1], body }))
    })
    req.on('error', reject)
    write(req)
  })
}
const put = (key: string, body: string, headers: Record<string, string> = {}) =>
  raw(
    'PUT',
    `/${Bucket}/${key}`,
    { 'content-length': String(Buffer.byteLength(body)), ...headers },
    (req) => void req.end(body),
  )
const exists = (Key: string) =>
  s3.send(new HeadObjectCommand({ Bucket, Key })).then(
    () => true,
    () => false,
  )
const crc32 = (text: string) => {
  const digest = createDigest('CRC32')
  digest.update(Buffer.from(text))
  return digest.digest().toString('base64')
}

describe('requests that SDKs do not send', () => {
  test('a body of unknown length is refused', async () => {
    const answer = await raw(
      'PUT',
      `/${Bucket}/unknown-length`,
      { 'transfer-encoding': 'chunked' },
      (req) => void req.end('body'),
    )
    expect(answer).toMatchObject({ status: 411, code: 'MissingContentLength' })
  })

  test('a body over 5 GB is refused before it is sent', async () => {
    const answer = await raw(
      'PUT',
      `/${Bucket}/huge`,
      { 'content-length': String(5 * 1024 ** 3 + 1) },
      (req) => void req.flushHeaders(),
    )
    expect(answer).toMatchObject({ status: 400, code: 'EntityTooLarge' })
  })

  test('two checksums, or an algorithm without one, are refused', async () => {
    const both = { 'x-amz-checksum-crc32': crc32('x'), 'x-amz-checksum-sha1': Buffer.alloc(20).toString('base64') }
    expect(await put('two', 'x', both)).toMatchObject({ status: 400, code: 'InvalidRequest' })
    expect(await put('none', 'x', { 'x-amz-sdk-checksum-algorithm': 'CRC32' })).toMatchObject({
      status: 400,
      code: 'InvalidRequest',
    })
    expect(await put('bad', 'x', { 'x-amz-checksum-crc32': 'nonsense' })).toMatchObject({
      status: 400,
      code: 'InvalidRequest',
    })
    expect(await put('later', 'x', { 'x-amz-checksum-xxhash64': 'AAAAAAAAAAA=' })).toMatchObject({
      status: 501,
      code: 'NotImplemented',
    })
  })

  const chunked = (text: string, trailer: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n${trailer}\r\n\r\n`
  const streaming = (text: string) => ({
    'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'x-amz-decoded-content-length': String(text.length),
    'x-amz-trailer': 'x-amz-checksum-crc32',
    'content-encoding': 'aws-chunked',
  })

  test('a trailing checksum is verified, and nothing is stored when it is wrong', async () => {
    expect(
      await put('trailed', chunked('hello', `x-amz-checksum-crc32:${crc32('hello')}`), streaming('hello')),
    ).toMatchObject({ status: 200 })
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'trailed' }))
    expect([head.ContentLength, head.ContentEncoding]).toEqual([5, undefined])
    expect(
      await put('trailed-wrong', chunked('hello', `x-amz-checksum-crc32:${crc32('other')}`), streaming('hello')),
    ).toMatchObject({ status: 400, code: 'BadDigest' })
    expect((await put('trailed-none', chunked('hello', ''), streaming('hello'))).status).toBe(400)
    expect(
      (await put('trailed-short', chunked('hello', `x-amz-checksum-crc32:${crc32('hello')}`), streaming('hello there')))
        .status,
    ).toBe(400)
    for (const key of ['trailed-wrong', 'trailed-none', 'trailed-short']) expect(await exists(key)).toBe(false)
  })

  test('a client that leaves in the middle of its body stores nothing', async () => {
    const { port } = new URL(node.endpoint)
    const socket = connect(Number(port), '127.0.0.1')
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
    socket.write(`PUT /${Bucket}/half HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1000\r\n\r\nhalf`)
    await s3.send(new PutObjectCommand({ Bucket, Key: 'meanwhile', Body: 'x' }))
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.destroy()
    await closed
    await s3.send(new PutObjectCommand({ Bucket, Key: 'after', Body: 'x' }))
    expect(await exists('half')).toBe(false)
  })

  /** Sends all of it at once over a connection of its own; resolves to the statuses of that many answers, or of those before its end. */
  const spoken = (answers: number, ...texts: (string | Buffer)[]) =>
    new Promise<string[]>((resolve, reject) => {
      const socket = connect(Number(new URL(node.endpoint).port), '127.0.0.1')
      let heard = ''
      const statuses = () => [...heard.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status = '']) => status)
      socket.setEncoding('latin1').on('data', (data) => {
        heard += data
        if (statuses().length === answers) socket.destroy()
      })
      socket.on('error', reject).on('close', () => resolve(statuses()))
      socket.write(Buffer.concat(texts.map((text) => Buffer.from(text))))
    })
  const head = (key: string, length: number, more = '') =>
    `PUT /${Bucket}/${key} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${length}\r\n${more}\r\n`
  const stored = async (Key: string) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    return Buffer.from(await Body!.transformToByteArray())
  }

  test('requests of one packet are told apart, whatever the length of their bodies', async () => {
    const sizes = [0, 1, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537]
    const bodyOf = (size: number) => Buffer.alloc(size, `${size}|`)
    const heard = await spoken(sizes.length, ...sizes.flatMap((size) => [head(`piped-${size}`, size), bodyOf(size)]))
    expect(heard).toEqual(sizes.map(() => '200'))
    for (const size of sizes) expect((await stored(`piped-${size}`)).equals(bodyOf(size))).toBe(true)
    const impatient = await spoken(
      3,
      head('continued', 5, 'Expect: 100-continue\r\n'),
      'hello',
      head('next', 4),
      'next',
    )
    expect(impatient).toEqual(['100', '200', '200'])
    expect([await stored('continued'), await stored('next')].map(String)).toEqual(['hello', 'next'])
    const refused = await spoken(2, head('no', 2, 'x-amz-checksum-crc32: nonsense\r\n'), 'no', head('yes', 3), 'yes')
    expect(refused).toEqual(['400', '200'])
    expect(String(await stored('yes'))).toBe('yes')
  })

  test('what is not here is refused by name, and with the reason where there is one', async () => {
    const { status, code, body } = await raw('GET', `/${Bucket}?metadataTable`, {})
    expect([status, code]).toEqual([501, 'NotImplemented'])
    expect(body).toContain('GetBucketMetadataTableConfiguration: Metadata tables and annotations are kept in S3 Tables')
    const form = await raw('POST', `/${Bucket}`, {
      'content-type': 'multipart/form-data; boundary=x',
      'content-length': '0',
    })
    expect([form.status, form.code]).toEqual([400, 'MalformedPOSTRequest'])
  })

  test('an error of a HEAD request has no body', async () => {
    expect(await raw('HEAD', `/${Bucket}/missing`, {})).toEqual({ status: 404, code: undefined, body: '' })
  })

  test('a bucket in the host name is the same bucket', async () => {
    await put('by-host', 'found')
    const { port } = new URL(node.endpoint)
    expect(await raw('GET', '/by-host', { host: `${Bucket}.s3.localhost:${port}` })).toMatchObject({
      status: 200,
      body: 'found',
    })
    expect(await raw('GET', '/by-host', { host: `${Bucket}.s3.us-east-1.amazonaws.com` })).toMatchObject({
      status: 200,
      body: 'found',
    })
  })

  test('an error says which resource it is about', async () => {
    const { body } = await raw('GET', `/${Bucket}/some/missing%20key`, {})
    expect(body).toContain('<Key>some/missing key</Key>')
    expect(body).toMatch(/<RequestId>[\w-]+<\/RequestId>/)
  })

  test('a key that is not UTF-8 is refused', async () => {
    expect((await raw('GET', `/${Bucket}/%ff%fe`, {})).status).toBe(400)
  })
})
