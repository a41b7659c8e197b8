import { request } from 'node:http'
import {
  CreateBucketCommand,
  DeleteBucketWebsiteCommand,
  GetBucketWebsiteCommand,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
  PutBucketWebsiteCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  type WebsiteConfiguration,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const Bucket = 'my-site'
let node: TestNode
let s3: S3Client

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: {} }))
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: '*',
        Action: ['s3:GetObject', 's3:ListBucket'],
        Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
      },
      { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/secret*` },
    ],
  })
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
  const put = (Key: string, Body: string, more = {}) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'text/html', ...more }))
  await put('index.html', 'home')
  await put('docs/index.html', 'docs')
  await put('error.html', 'sorry')
  await put('secret.html', 'secret')
  await put('moved', '', { WebsiteRedirectLocation: '/docs/' })
  await put('away', '', { WebsiteRedirectLocation: 'https://example.com/x' })
  await configure({
    IndexDocument: { Suffix: 'index.html' },
    ErrorDocument: { Key: 'error.html' },
    RoutingRules: [
      { Condition: { KeyPrefixEquals: 'old/' }, Redirect: { ReplaceKeyPrefixWith: 'docs/', HttpRedirectCode: '302' } },
      {
        Condition: { KeyPrefixEquals: 'api/', HttpErrorCodeReturnedEquals: '404' },
        Redirect: { HostName: 'api.example.com', Protocol: 'https' },
      },
    ],
  })
})
afterAll(() => node.close())

const configure = (WebsiteConfiguration: WebsiteConfiguration) =>
  s3.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }))

/** A visit by path; redirects are not followed. */
async function visit(path: string, init: RequestInit = {}) {
  const response = await fetch(`${node.endpoint}/_aws/s3-website/${Bucket}${path}`, { redirect: 'manual', ...init })
  return { status: response.status, location: response.headers.get('location'), body: await response.text() }
}

/** A visit by the website's host name. */
function byHost(
  host: string,
  path: string,
): Promise<{ status: number | undefined; location: string | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(node.endpoint)
    request({ port, host: '127.0.0.1', path, headers: { host } }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode, location: response.headers.location, body }))
    })
      .on('error', reject)
      .end()
  })
}

describe('a website', () => {
  test('has index documents in every folder, and an error document', async () => {
    expect(await visit('/')).toMatchObject({ status: 200, body: 'home' })
    expect(await visit('/docs/')).toMatchObject({ status: 200, body: 'docs' })
    expect(await visit('/docs')).toMatchObject({ status: 302, location: `/_aws/s3-website/${Bucket}/docs/` })
    expect(await visit('/missing')).toMatchObject({ status: 404, body: 'sorry' })
    expect(await visit('/secret.html')).toMatchObject({ status: 403, body: 'sorry' })
    expect(await visit('/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
    expect(await visit('/', { method: 'DELETE' })).toMatchObject({ status: 405 })
  })

  test('is found by its host name, of either form', async () => {
    for (const host of [`${Bucket}.s3-website-us-east-1.amazonaws.com`, `${Bucket}.s3-website.eu-west-1.localhost:1`]) {
      expect(await byHost(host, '/docs/')).toMatchObject({ status: 200, body: 'docs' })
      expect(await byHost(host, '/docs')).toMatchObject({ status: 302, location: '/docs/' })
    }
  })

  test('redirects by its rules and by what objects say', async () => {
    const base = `${node.endpoint}/_aws/s3-website/${Bucket}`
    expect(await visit('/old/page')).toMatchObject({ status: 302, location: `${base}/docs/page` })
    expect(await visit('/api/x')).toMatchObject({ status: 301, location: 'https://api.example.com/api/x' })
    expect(await visit('/moved')).toMatchObject({ status: 301, location: `/_aws/s3-website/${Bucket}/docs/` })
    expect(await visit('/away')).toMatchObject({ status: 301, location: 'https://example.com/x' })
  })

  test('answers conditions and ranges, and other origins as its CORS rules say', async () => {
    const whole = await fetch(`${node.endpoint}/_aws/s3-website/${Bucket}/`)
    expect(whole.headers.get('content-type')).toBe('text/html')
    const etag = whole.headers.get('etag')!
    expect((await visit('/', { headers: { 'if-none-match': etag } })).status).toBe(304)
    expect(await visit('/', { headers: { range: 'bytes=1-2' } })).toMatchObject({ status: 206, body: 'om' })
    const CORSConfiguration = { CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['https://page.example'] }] }
    await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration }))
    const cross = await fetch(`${node.endpoint}/_aws/s3-website/${Bucket}/`, {
      headers: { origin: 'https://page.example' },
    })
    expect(cross.headers.get('access-control-allow-origin')).toBe('https://page.example')
  })

  test('names what is missing in HTML', async () => {
    const url = `${node.endpoint}/_aws/s3-website/`
    const absent = await fetch(`${url}no-such-bucket/`)
    expect([absent.status, absent.headers.get('content-type'), await absent.text()]).toEqual([
      404,
      expect.stringContaining('text/html'),
      expect.stringContaining('NoSuchBucket'),
    ])
    await s3.send(new CreateBucketCommand({ Bucket: 'no-site' }))
    expect(await (await fetch(`${url}no-site/`)).text()).toContain('NoSuchWebsiteConfiguration')
  })

  test('a private bucket shows nothing', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'private-site' }))
    await s3.send(new PutObjectCommand({ Bucket: 'private-site', Key: 'index.html', Body: 'x' }))
    const WebsiteConfiguration = { IndexDocument: { Suffix: 'index.html' } }
    await s3.send(new PutBucketWebsiteCommand({ Bucket: 'private-site', WebsiteConfiguration }))
    expect((await fetch(`${node.endpoint}/_aws/s3-website/private-site/`)).status).toBe(403)
  })
})

describe('the configuration', () => {
  test('is told as it was given', async () => {
    const { $metadata: _, ...website } = await s3.send(new GetBucketWebsiteCommand({ Bucket }))
    expect(website).toMatchObject({
      IndexDocument: { Suffix: 'index.html' },
      ErrorDocument: { Key: 'error.html' },
      RoutingRules: [{ Redirect: { ReplaceKeyPrefixWith: 'docs/' } }, { Redirect: { HostName: 'api.example.com' } }],
    })
  })

  test.each<[string, WebsiteConfiguration]>([
    ['no index document', { ErrorDocument: { Key: 'x' } }],
    ['a folder as index', { IndexDocument: { Suffix: 'a/b' } }],
    ['both kinds', { RedirectAllRequestsTo: { HostName: 'x' }, IndexDocument: { Suffix: 'i' } }],
    ['a bad code', { IndexDocument: { Suffix: 'i' }, RoutingRules: [{ Redirect: { HttpRedirectCode: '200' } }] }],
    ['no target', { IndexDocument: { Suffix: 'i' }, RoutingRules: [{ Redirect: {} }] }],
  ])('with %s is refused', async (_, website) => {
    await expect(configure(website)).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } })
  })

  test('redirects everything, or is gone', async () => {
    await configure({ RedirectAllRequestsTo: { HostName: 'www.example.com', Protocol: 'https' } })
    expect(await visit('/a b')).toMatchObject({ status: 301, location: 'https://www.example.com/a%20b' })
    await s3.send(new DeleteBucketWebsiteCommand({ Bucket }))
    expect((await visit('/')).body).toContain('NoSuchWebsiteConfiguration')
  })
})
