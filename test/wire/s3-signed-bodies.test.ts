import { createHash, createHmac } from 'node:crypto'
import { request } from 'node:http'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type KeyPair, startNode, type TestNode } from '../harness.ts'

let node: TestNode
let s3: S3Client
let poor: KeyPair
const root: KeyPair = { accessKeyId: 'test', secretAccessKey: 'test' }
beforeAll(async () => {
  node = await startNode()
  s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket: 'signed' }))
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'poor' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'poor' }))
  poor = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
})
afterAll(() => node.close())

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const sha256 = (data: string) => createHash('sha256').update(data).digest('hex')
/** What a chunk signs, after the signature of the one before it. */
type Chunk = (data: string, before: string) => { text: string; signature: string }
interface Put {
  readonly path?: string
  readonly by?: KeyPair
  readonly digest?: string
  readonly headers?: Record<string, string>
  readonly body: string | ((chunk: Chunk, seed: string) => string)
}

/** A PutObject signed by hand (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html); resolves to its status and error. */
function put({ path = '/signed/key', by = root, digest, headers: more = {}, body }: Put): Promise<string> {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${time.slice(0, 8)}/us-east-1/s3/aws4_request`
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${by.secretAccessKey}`)
  const sign = (algorithm: string, text: string) =>
    hmac(key, `AWS4-HMAC-SHA256${algorithm}\n${time}\n${scope}\n${text}`).toString('hex')
  const host = new URL(node.endpoint).host
  const headers: Record<string, string> = {
    ...{ host, 'x-amz-date': time, ...more },
    ...(digest !== undefined && { 'x-amz-content-sha256': digest }),
  }
  const names = Object.keys(headers).sort()
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('')
  const hashed = digest ?? sha256(typeof body === 'string' ? body : '')
  const seed = sign('', sha256(`PUT\n${path}\n\n${lines}\n${names.join(';')}\n${hashed}`))
  const chunk: Chunk = (data, before) => {
    const signature = sign('-PAYLOAD', `${before}\n${sha256('')}\n${sha256(data)}`)
    return { text: `${data.length.toString(16)};chunk-signature=${signature}\r\n${data}\r\n`, signature }
  }
  const text = typeof body === 'string' ? body : body(chunk, seed)
  const authorization = `AWS4-HMAC-SHA256 Credential=${by.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${seed}`
  const all = { ...headers, authorization, 'content-length': String(text.length) }
  return new Promise((resolve, reject) => {
    const sent = request(`${node.endpoint}${path}`, { method: 'PUT', headers: all }, (response) => {
      let answer = ''
      response.on('data', (data) => (answer += data))
      response.on('end', () => resolve(`${response.statusCode} ${/<Code>(\w+)/.exec(answer)?.[1] ?? ''}`.trim()))
    })
    sent.on('error', reject).end(text)
  })
}

test.each([
  ['small', 'small'],
  ['large', 'large'.repeat(50_000)],
])('what is wrong with a body is told to who may write it, however much came with its head (%s)', async (_, text) => {
  const hash = { body: text, digest: sha256(text) }
  expect(await put(hash)).toBe('200')
  expect(await put({ body: text, digest: 'UNSIGNED-PAYLOAD' })).toBe('200')
  expect(await put({ body: text })).toBe('400 InvalidRequest')

  const chunked = (wrongly = ''): Put => ({
    digest: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    headers: { 'x-amz-decoded-content-length': String(text.length), 'content-encoding': 'aws-chunked' },
    body(chunk, seed) {
      const first = chunk(text, seed)
      return first.text + chunk('', wrongly || first.signature).text
    },
  })
  expect(await put({ ...chunked(), path: '/signed/chunked' })).toBe('200')
  const stored = await s3.send(new GetObjectCommand({ Bucket: 'signed', Key: 'chunked' }))
  expect(await stored.Body!.transformToString()).toBe(text)

  const wrongHash = { ...hash, digest: sha256('other') }
  expect(await put({ ...wrongHash, path: '/signed/wrong' })).toBe('400 XAmzContentSHA256Mismatch')
  expect(await put({ ...chunked('00'), path: '/signed/wrong' })).toBe('403 SignatureDoesNotMatch')
  for (const wrong of [wrongHash, chunked('00')]) {
    expect(await put({ ...wrong, by: poor })).toBe('403 AccessDenied')
    expect(await put({ ...wrong, path: '/not-there/key' })).toBe('404 NoSuchBucket')
  }
  const none = s3.send(new GetObjectCommand({ Bucket: 'signed', Key: 'wrong' }))
  await expect(none).rejects.toMatchObject({ name: 'NoSuchKey' })
})
