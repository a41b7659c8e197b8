import { createHash } from 'node:crypto'
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketCorsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let s3: S3Client
let count = 0

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  s3 = node.client(S3Client)
})
afterAll(() => node.close())

async function openBucket(...statements: object[]): Promise<string> {
  const Bucket = `access-${++count}`
  await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'public/a', Body: 'open' }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'private/b', Body: 'closed' }))
  if (statements.length > 0) {
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }))
    await setPolicy(Bucket, ...statements)
  }
  return Bucket
}

const setPolicy = (Bucket: string, ...Statement: object[]) =>
  s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }))
const everybody = (Action: string | string[], Resource: string, more = {}) => ({
  Effect: 'Allow',
  Principal: '*',
  Action,
  Resource: `arn:aws:s3:::${Resource}`,
  ...more,
})
const next = () => `access-${count + 1}`
const anonymously = async (path: string, init: RequestInit = {}) => {
  const answer = await fetch(`${node.endpoint}/${path}`, init)
  const body = await answer.text()
  return { status: answer.status, body, code: /<Code>(\w+)<\/Code>/.exec(body)?.[1], headers: answer.headers }
}

describe('who may do what with a bucket', () => {
  test('nobody without credentials, unless the policy says so', async () => {
    const closed = await openBucket()
    expect(await anonymously(`${closed}/public/a`)).toMatchObject({ status: 403, code: 'AccessDenied' })
    const open = await openBucket(everybody('s3:GetObject', `${next()}/public/*`))
    expect(await anonymously(`${open}/public/a`)).toMatchObject({ status: 200, body: 'open' })
    expect(await anonymously(`${open}/private/b`)).toMatchObject({ status: 403, code: 'AccessDenied' })
    expect(await anonymously(`${open}/public/new`, { method: 'PUT', body: 'x' })).toMatchObject({
      status: 403,
      code: 'AccessDenied',
    })
    expect(await anonymously(open)).toMatchObject({ status: 403 })
    expect(await anonymously('nowhere-at-all/k')).toMatchObject({ status: 404, code: 'NoSuchBucket' })
  })

  test('a missing key is told to those who may list, and AccessDenied to others', async () => {
    const Bucket = await openBucket(everybody('s3:GetObject', `${next()}/*`))
    expect(await anonymously(`${Bucket}/missing`)).toMatchObject({ status: 403, code: 'AccessDenied' })
    await setPolicy(Bucket, everybody('s3:GetObject', `${Bucket}/*`), everybody('s3:ListBucket', Bucket))
    expect(await anonymously(`${Bucket}/missing`)).toMatchObject({ status: 404, code: 'NoSuchKey' })
  })

  test('listing can be allowed for one prefix', async () => {
    const Bucket = await openBucket(
      everybody('s3:ListBucket', next(), { Condition: { StringEquals: { 's3:prefix': 'public/' } } }),
    )
    expect(await anonymously(`${Bucket}?list-type=2&prefix=public/`)).toMatchObject({ status: 200 })
    expect(await anonymously(`${Bucket}?list-type=2&prefix=private/`)).toMatchObject({ status: 403 })
    expect(await anonymously(`${Bucket}?list-type=2`)).toMatchObject({ status: 403 })
  })

  test('an object can be opened by its tag', async () => {
    const Bucket = await openBucket(
      everybody('s3:GetObject', `${next()}/*`, { Condition: { StringEquals: { 's3:ExistingObjectTag/open': 'yes' } } }),
    )
    await s3.send(new PutObjectCommand({ Bucket, Key: 'tagged', Body: 'x', Tagging: 'open=yes' }))
    expect((await anonymously(`${Bucket}/tagged`)).status).toBe(200)
    expect((await anonymously(`${Bucket}/public/a`)).status).toBe(403)
  })

  test('a batch deletes what may be deleted and tells of the rest, key by key', async () => {
    const Bucket = await openBucket(everybody('s3:DeleteObject', `${next()}/public/*`))
    const body = '<Delete><Object><Key>public/a</Key></Object><Object><Key>private/b</Key></Object></Delete>'
    const answer = await anonymously(`${Bucket}?delete`, {
      method: 'POST',
      body,
      headers: { 'content-md5': createHash('md5').update(body).digest('base64') },
    })
    expect(answer.status).toBe(200)
    expect(answer.body).toContain('<Deleted><Key>public/a</Key></Deleted>')
    expect(answer.body).toMatch(/<Error><Key>private\/b<\/Key><Code>AccessDenied<\/Code>/)
    expect(
      (await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'private/b' }] } }))).Errors,
    ).toBeUndefined()
  })

  test('a batch without a digest of its body is refused', async () => {
    const Bucket = await openBucket(everybody('s3:DeleteObject', `${next()}/*`))
    const body = '<Delete><Object><Key>public/a</Key></Object></Delete>'
    expect(await anonymously(`${Bucket}?delete`, { method: 'POST', body })).toMatchObject({
      status: 400,
      code: 'InvalidRequest',
    })
    const wrong = { 'content-md5': Buffer.alloc(16).toString('base64') }
    expect(await anonymously(`${Bucket}?delete`, { method: 'POST', body, headers: wrong })).toMatchObject({
      status: 400,
      code: 'BadDigest',
    })
  })

  test('a policy comes back as it was given, and is gone when deleted', async () => {
    const Bucket = await openBucket()
    const read = new GetBucketPolicyCommand({ Bucket })
    await expect(s3.send(read)).rejects.toMatchObject({ name: 'NoSuchBucketPolicy' })
    const Policy = `{ "Version":"2012-10-17", "Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::${Bucket}/no/*"}] }`
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
    expect((await s3.send(read)).Policy).toBe(Policy)
    expect((await s3.send(new GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus).toEqual({ IsPublic: false })
    await expect(s3.send(new PutObjectCommand({ Bucket, Key: 'no/x', Body: 'x' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }))
    await s3.send(new PutObjectCommand({ Bucket, Key: 'no/x', Body: 'x' }))
  })

  test.each([
    ['no JSON', () => '{', 'MalformedPolicy'],
    ['another bucket', () => JSON.stringify({ Statement: [everybody('s3:*', 'other-bucket/*')] }), 'MalformedPolicy'],
    [
      'another service',
      (Bucket: string) => JSON.stringify({ Statement: [everybody('sqs:SendMessage', `${Bucket}/*`)] }),
      'MalformedPolicy',
    ],
    [
      'no principal',
      (Bucket: string) =>
        JSON.stringify({ Statement: [{ ...everybody('s3:*', `${Bucket}/*`), Principal: undefined }] }),
      'MalformedPolicy',
    ],
    [
      'too long',
      (Bucket: string) => JSON.stringify({ Statement: [{ ...everybody('s3:*', `${Bucket}/${'x'.repeat(21_000)}`) }] }),
      'MalformedPolicy',
    ],
  ])('a policy with %s is refused', async (_what, policy, name) => {
    const Bucket = await openBucket()
    await expect(s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policy(Bucket) }))).rejects.toMatchObject({
      name,
    })
  })

  test('blocked public access refuses public policies, and restricts one that is there', async () => {
    const Bucket = await openBucket()
    const open = everybody('s3:GetObject', `${Bucket}/*`)
    await expect(setPolicy(Bucket, open)).rejects.toMatchObject({ name: 'AccessDenied' })
    await setPolicy(Bucket, { ...open, Condition: { IpAddress: { 'aws:SourceIp': '10.1.0.0/16' } } })
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }))
    await setPolicy(Bucket, open)
    expect((await s3.send(new GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus).toEqual({ IsPublic: true })
    expect((await anonymously(`${Bucket}/public/a`)).status).toBe(200)
    await s3.send(
      new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { RestrictPublicBuckets: true } }),
    )
    expect((await anonymously(`${Bucket}/public/a`)).status).toBe(403)
  })

  test('a policy that insists on TLS, as deployment tools give their buckets, holds on the loopback', async () => {
    const Bucket = await openBucket()
    const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`]
    await setPolicy(Bucket, {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource,
      Condition: { Bool: { 'aws:SecureTransport': false } },
    })
    await s3.send(new PutObjectCommand({ Bucket, Key: 'state.json', Body: '{}' }))
  })

  test('an anonymous link must not choose what a browser takes the object for', async () => {
    const Bucket = await openBucket(everybody('s3:GetObject', `${next()}/*`))
    expect(await anonymously(`${Bucket}/public/a?response-content-type=text/html`)).toMatchObject({
      status: 400,
      code: 'InvalidRequest',
    })
  })

  test('a signed link has the rights of its signer, and ends when it says', async () => {
    const Bucket = await openBucket()
    const { GetObjectCommand } = await import('@aws-sdk/client-s3')
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'private/b' }), { expiresIn: 60 })
    expect(await (await fetch(url)).text()).toBe('closed')
    const old = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'private/b' }), {
      expiresIn: 60,
      signingDate: new Date('2020-01-01T00:00:00Z'),
    })
    expect((await fetch(old)).status).toBe(403)
  })
})

describe('requests of web pages', () => {
  const rule = {
    AllowedOrigins: ['https://*.example.com'],
    AllowedMethods: ['GET', 'PUT'],
    AllowedHeaders: ['x-amz-*', 'content-type'],
    ExposeHeaders: ['ETag'],
    MaxAgeSeconds: 300,
  }
  const preflight = (path: string, origin: string, method: string, headers = '') =>
    fetch(`${node.endpoint}/${path}`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        ...(headers && { 'access-control-request-headers': headers }),
      },
    })

  test('are answered as the bucket allows them', async () => {
    const Bucket = await openBucket(everybody('s3:GetObject', `${next()}/*`))
    await expect(s3.send(new GetBucketCorsCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchCORSConfiguration',
    })
    expect((await preflight(`${Bucket}/public/a`, 'https://app.example.com', 'GET')).status).toBe(403)
    await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }))
    expect((await s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules).toEqual([rule])

    const allowed = await preflight(`${Bucket}/public/a`, 'https://app.example.com', 'PUT', 'X-Amz-Date, Content-Type')
    expect([
      allowed.status,
      allowed.headers.get('access-control-allow-origin'),
      allowed.headers.get('access-control-allow-headers'),
      allowed.headers.get('access-control-max-age'),
    ]).toEqual([200, 'https://app.example.com', 'x-amz-date, content-type', '300'])
    expect((await preflight(`${Bucket}/public/a`, 'https://example.org', 'GET')).status).toBe(403)
    expect((await preflight(`${Bucket}/public/a`, 'https://app.example.com', 'DELETE')).status).toBe(403)
    expect((await preflight(`${Bucket}/public/a`, 'https://app.example.com', 'GET', 'x-other')).status).toBe(403)

    const read = await anonymously(`${Bucket}/public/a`, { headers: { origin: 'https://app.example.com' } })
    expect([
      read.status,
      read.body,
      read.headers.get('access-control-allow-origin'),
      read.headers.get('access-control-expose-headers'),
    ]).toEqual([200, 'open', 'https://app.example.com', 'ETag'])
    expect((await anonymously(`${Bucket}/public/a`, { headers: { origin: 'https://evil.test' } })).status).toBe(403)
  })

  test.each([
    [{ ...rule, AllowedMethods: ['PATCH'] }],
    [{ ...rule, AllowedOrigins: ['*.*'] }],
    [{ ...rule, ExposeHeaders: ['x-*'] }],
  ])('the rule %j is refused', async (bad) => {
    const Bucket = await openBucket()
    await expect(
      s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [bad] } })),
    ).rejects.toMatchObject({ name: 'InvalidRequest' })
  })
})
