import { createHmac } from 'node:crypto'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const Bucket = 'forms'
let node: TestNode
let s3: S3Client

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket }))
})
afterAll(() => node.close())

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

/** The fields of a form that `test` signed, as a server hands them to a browser. */
function signed(conditions: unknown[], fields: Record<string, string>, { expiresMs = 600_000, secret = 'test' } = {}) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const date = time.slice(0, 8)
  const credential = {
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': `test/${date}/us-east-1/s3/aws4_request`,
    'x-amz-date': time,
  }
  const policy = Buffer.from(
    JSON.stringify({
      expiration: new Date(Date.now() + expiresMs).toISOString(),
      conditions: [...conditions, ...Object.entries(credential).map(([name, value]) => ({ [name]: value }))],
    }),
  ).toString('base64')
  const key = ['us-east-1', 's3', 'aws4_request'].reduce<Buffer>(
    (before, part) => hmac(before, part),
    hmac(`AWS4${secret}`, date),
  )
  return { ...fields, ...credential, policy, 'x-amz-signature': hmac(key, policy).toString('hex') }
}

async function post(
  fields: Record<string, string>,
  file: string | Uint8Array<ArrayBuffer> | undefined,
  name = 'a.txt',
  headers = {},
) {
  const form = new FormData()
  for (const [field, value] of Object.entries(fields)) form.append(field, value)
  if (file !== undefined) form.append('file', new Blob([file]), name)
  const response = await fetch(`${node.endpoint}/${Bucket}`, {
    method: 'POST',
    body: form,
    redirect: 'manual',
    headers,
  })
  const body = await response.text()
  return { status: response.status, headers: response.headers, body, code: /<Code>(.*)<\/Code>/.exec(body)?.[1] }
}
const text = async (Key: string) => (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString()

describe('a form upload', () => {
  const to = (key: string) => [{ bucket: Bucket }, ['starts-with', '$key', key]]

  test('stores the file with what the fields say, and answers as they ask', async () => {
    const conditions = [
      ...to('up/'),
      ['starts-with', '$Content-Type', 'text/'],
      { 'x-amz-meta-who': 'me' },
      { success_action_status: '201' },
    ]
    const fields = signed(conditions, {
      key: 'up/${filename}',
      'Content-Type': 'text/plain',
      'x-amz-meta-who': 'me',
      success_action_status: '201',
    })
    const { status, body, headers } = await post(fields, 'hello', 'grüße.txt')
    expect([status, headers.get('etag')]).toEqual([201, '"5d41402abc4b2a76b9719d911017c592"'])
    expect(body).toContain('<PostResponse>')
    expect(body).toContain('<Key>up/grüße.txt</Key>')
    expect(await text('up/grüße.txt')).toBe('hello')
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'up/grüße.txt' }))).toMatchObject({
      ContentType: 'text/plain',
      Metadata: { who: 'me' },
    })
  })

  test('is answered without a body, or sent on', async () => {
    expect(await post(signed(to('k'), { key: 'k' }), 'x')).toMatchObject({ status: 204, body: '' })
    const redirect = 'https://app.example/done?from=form'
    const fields = signed([...to('k'), { success_action_redirect: redirect }], {
      key: 'k',
      success_action_redirect: redirect,
    })
    const { status, headers } = await post(fields, 'x')
    expect([status, headers.get('location')]).toEqual([
      303,
      `${redirect}&bucket=${Bucket}&key=k&etag=%229dd4e461268c8034f5c8564e155c67a6%22`,
    ])
  })

  test('of a large file streams, and its bytes are the same', async () => {
    const bytes = new Uint8Array(12_000_000)
    for (let index = 0; index < bytes.length; index++) bytes[index] = (index * 7) ^ (index >> 9)
    expect((await post(signed(to('large'), { key: 'large' }), bytes)).status).toBe(204)
    const stored = await (await s3.send(new GetObjectCommand({ Bucket, Key: 'large' }))).Body!.transformToByteArray()
    expect(Buffer.compare(stored, bytes)).toBe(0)
  })

  test('may hold what looks like its boundary', async () => {
    const file = 'a\r\n--not\r\n------WebKit\r\n\r\n--\r\n'
    await post(signed(to('tricky'), { key: 'tricky' }), file)
    expect(await text('tricky')).toBe(file)
  })

  test('is bounded in size as its policy says', async () => {
    const limited = (key: string) => signed([...to('s'), ['content-length-range', 3, 5]], { key })
    expect(await post(limited('s1'), 'ab')).toMatchObject({ status: 400, code: 'EntityTooSmall' })
    expect(await post(limited('s2'), 'abcdef')).toMatchObject({ status: 400, code: 'EntityTooLarge' })
    expect(await post(limited('s3'), 'abcd')).toMatchObject({ status: 204 })
    await expect(text('s2')).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  test.each([
    ['another key than allowed', () => signed(to('mine/'), { key: 'yours/x' }), 403, 'AccessDenied'],
    ['a field the policy does not name', () => signed(to('k'), { key: 'k', acl: 'private' }), 403, 'AccessDenied'],
    ['another bucket', () => signed([{ bucket: 'other' }, { key: 'k' }], { key: 'k' }), 403, 'AccessDenied'],
    ['an expired policy', () => signed(to('k'), { key: 'k' }, { expiresMs: -1 }), 403, 'AccessDenied'],
    ['another secret', () => signed(to('k'), { key: 'k' }, { secret: 'x' }), 403, 'SignatureDoesNotMatch'],
    [
      'a changed policy',
      () => ({ ...signed(to('k'), { key: 'k' }), policy: signed(to(''), {}, { expiresMs: 9e9 }).policy }),
      403,
      'SignatureDoesNotMatch',
    ],
    ['nothing signed', () => ({ key: 'k' }), 403, 'AccessDenied'],
    ['no key', () => signed(to('k'), {}), 400, 'InvalidArgument'],
  ])('with %s is refused', async (_, fields, status, code) => {
    expect(await post(fields(), 'x')).toMatchObject({ status, code })
  })

  test('without a file, or with too many fields, is refused', async () => {
    expect(await post(signed(to('k'), { key: 'k' }), undefined)).toMatchObject({ status: 400, code: 'InvalidArgument' })
    expect(await post({ key: 'k', 'x-ignore-it': 'x'.repeat(30_000) }, 'x')).toMatchObject({
      status: 400,
      code: 'MaxPostPreDataLengthExceeded',
    })
    const cut = await fetch(`${node.endpoint}/${Bucket}`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: '--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nk',
    })
    expect([cut.status, await cut.text()]).toEqual([400, expect.stringContaining('MalformedPOSTRequest')])
  })

  test('keeps what would not fit a header out, and letters of any language in', async () => {
    const fields = (more: Record<string, string>) =>
      signed([...to('h'), ...Object.entries(more).map(([name, value]) => ({ [name]: value }))], { key: 'h', ...more })
    for (const more of [
      { 'x-amz-meta-a': 'b\r\nx: y' },
      { 'x-amz-meta-a b': 'c' },
      { 'Content-Type': 'text/\r\nplain' },
    ])
      expect(await post(fields(more), 'x')).toMatchObject({ status: 400, code: 'InvalidArgument' })
    expect((await post(fields({ 'x-amz-meta-greeting': 'grüße' }), 'x')).status).toBe(204)
    const head = await fetch(`${node.endpoint}/${Bucket}/h`, { method: 'HEAD' })
    expect(head.status).toBe(403)
    expect(await text('h')).toBe('x')
  })

  test('of anybody is taken where the bucket says so', async () => {
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: {} }))
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/drop/*` },
      ],
    })
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
    expect((await post({ key: 'drop/x' }, 'dropped')).status).toBe(204)
    expect(await text('drop/x')).toBe('dropped')
    expect((await post({ key: 'elsewhere' }, 'x')).status).toBe(403)
  })
})
