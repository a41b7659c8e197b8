import { createHash, createHmac } from 'node:crypto'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { describe, expect, test } from 'vitest'
import { anonymous, type Principal } from '../kernel/principal.ts'
import { type Authentication, type AuthnDeps, type AuthnRequest, authenticate } from './authenticate.ts'
import { dechunk } from './dechunk.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
const principal: Principal = { ...anonymous, kind: 'user', name: 'ann' }

/** The request an SDK client would send, as Node's server would see it. */
async function captured(send: (handler: object) => Promise<unknown>): Promise<AuthnRequest & { body: Buffer }> {
  let request: (AuthnRequest & { body: Buffer }) | undefined
  const handler = {
    async handle(sent: {
      method: string
      path: string
      query: Record<string, string>
      headers: Record<string, string>
      body?: unknown
    }) {
      const query = Object.entries(sent.query ?? {}).map(
        ([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`,
      )
      request = made(sent.method, `${sent.path}?${query.join('&')}`, sent.headers, await bytes(sent.body))
      throw new Error('captured')
    },
  }
  await send(handler).catch((error: Error) => {
    if (error.message !== 'captured') throw error
  })
  if (!request) throw new Error('nothing was sent')
  return request
}

async function bytes(body: unknown): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0)
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body as string)
  const parts: Buffer[] = []
  for await (const part of body as AsyncIterable<Uint8Array>) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}

function made(method: string, target: string, headers: Record<string, string>, body: Buffer = Buffer.alloc(0)) {
  const mark = target.indexOf('?')
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return {
    method,
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    headers: lower,
    rawHeaders: Object.entries(lower).flat(),
    body,
  }
}

const deps = (changes: Partial<AuthnDeps> = {}): AuthnDeps => ({
  findKey: (id) =>
    id === credentials.accessKeyId ? { secretAccessKey: credentials.secretAccessKey, principal } : undefined,
  wallNowMs: Date.now,
  style: 's3',
  ...changes,
})

const client = { region: 'eu-west-1', credentials, endpoint: 'http://127.0.0.1:4566', forcePathStyle: true }
const sqsRequest = () =>
  captured((requestHandler) =>
    new SQSClient({ ...client, requestHandler: requestHandler as never }).send(
      new SendMessageCommand({ QueueUrl: 'http://127.0.0.1:4566/1/q', MessageBody: 'héllo' }),
    ),
  )
const putRequest = (input: object = {}) =>
  captured((requestHandler) =>
    new S3Client({ ...client, requestHandler: requestHandler as never }).send(
      new PutObjectCommand({ Bucket: 'bucket', Key: "a b/ü(1)'+.txt", Body: 'hello', ...input }),
    ),
  )

describe('requests of the SDK', () => {
  test('a JSON request is accepted', async () => {
    const auth = await authenticate(await sqsRequest(), deps({ style: 'json', signingNames: ['sqs'] }))
    expect(auth).toMatchObject({
      principal,
      region: 'eu-west-1',
      service: 'sqs',
      signature: 'v4-header',
      signedPayload: 'hash',
    })
  })
  test('an S3 key with unusual characters is accepted', async () => {
    expect(await authenticate(await putRequest(), deps())).toMatchObject({ service: 's3', signature: 'v4-header' })
  })
  test('a presigned URL is accepted until it expires, with nothing changed', async () => {
    const url = new URL(
      await getSignedUrl(new S3Client(client), new GetObjectCommand({ Bucket: 'b', Key: 'ü x' }), { expiresIn: 60 }),
    )
    const request = made('GET', url.pathname + url.search, { host: '127.0.0.1:4566' })
    expect(await authenticate(request, deps())).toMatchObject({ signature: 'v4-query', signedPayload: 'unsigned' })
    const later = deps({ wallNowMs: () => Date.now() + 62_000 })
    await expect(authenticate(request, later)).rejects.toMatchObject({
      code: 'AccessDenied',
      message: 'Request has expired',
    })
    await expect(authenticate({ ...request, path: `${request.path}2` }, deps())).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    })
    await expect(authenticate({ ...request, query: `${request.query}&a=b` }, deps())).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    })
  })
  test('a presigned URL lasts seven days at most', async () => {
    const url = new URL(
      await getSignedUrl(new S3Client(client), new GetObjectCommand({ Bucket: 'b', Key: 'x' }), { expiresIn: 60 }),
    )
    const query = url.search.slice(1).replace('X-Amz-Expires=60', 'X-Amz-Expires=604801')
    await expect(
      authenticate({ ...made('GET', url.pathname, { host: '127.0.0.1:4566' }), query }, deps()),
    ).rejects.toMatchObject({
      code: 'AuthorizationQueryParametersError',
    })
  })
})

describe('what is changed on the way is refused', () => {
  test.each([
    ['the body', (r: AuthnRequest) => ({ ...r, body: Buffer.from('{}') })],
    ['the path', (r: AuthnRequest) => ({ ...r, path: '/other' })],
    ['the query', (r: AuthnRequest) => ({ ...r, query: 'a=b' })],
    ['the method', (r: AuthnRequest) => ({ ...r, method: 'PUT' })],
    [
      'a signed header',
      (r: AuthnRequest) => ({ ...r, headers: { ...r.headers, 'x-amz-target': 'AmazonSQS.PurgeQueue' } }),
    ],
    [
      'an added x-amz header',
      (r: AuthnRequest) =>
        made(r.method, r.path, { ...(r.headers as Record<string, string>), 'x-amz-other': '1' }, r.body as Buffer),
    ],
  ])('%s', async (_, change) => {
    const error = { code: 'InvalidSignatureException', status: 400 }
    await expect(authenticate(change(await sqsRequest()), deps({ style: 'json' }))).rejects.toMatchObject(error)
  })
})

describe('each family has its words', () => {
  test.each([
    ['json', 'UnrecognizedClientException', 400],
    ['rest-json', 'UnrecognizedClientException', 403],
    ['query', 'InvalidClientTokenId', 403],
    ['s3', 'InvalidAccessKeyId', 403],
  ] as const)('an unknown key for %s', async (style, code, status) => {
    await expect(authenticate(await sqsRequest(), deps({ style, findKey: () => undefined }))).rejects.toMatchObject({
      code,
      status,
    })
  })
  test.each([
    [
      'json',
      'InvalidSignatureException',
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)$/,
    ],
    ['query', 'SignatureDoesNotMatch', /^Signature expired: /],
    ['s3', 'RequestTimeTooSkewed', /^The difference between the request time and the current time is too large\.$/],
  ] as const)('an old request for %s', async (style, code, message) => {
    const late = deps({ style, wallNowMs: () => Date.now() + 16 * 60_000 })
    await expect(authenticate(await sqsRequest(), late)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
  })
  test('a request from the future', async () => {
    const early = deps({ style: 'json', wallNowMs: () => Date.now() - 16 * 60_000 })
    await expect(authenticate(await sqsRequest(), early)).rejects.toThrow('Signature not yet current')
  })
  test.each([
    ['json', 'ExpiredTokenException', 'UnrecognizedClientException'],
    ['query', 'ExpiredToken', 'InvalidClientTokenId'],
    ['s3', 'ExpiredToken', 'InvalidToken'],
  ] as const)('an expired and a bad token for %s', async (style, expired, bad) => {
    const findKey = (problem: 'expired' | 'bad-token') => () => ({ ...credentials, principal, problem })
    await expect(authenticate(await sqsRequest(), deps({ style, findKey: findKey('expired') }))).rejects.toMatchObject({
      code: expired,
    })
    await expect(
      authenticate(await sqsRequest(), deps({ style, findKey: findKey('bad-token') })),
    ).rejects.toMatchObject({ code: bad })
  })
  test('a header that lacks its parts names them', async () => {
    const request = made('POST', '/', {
      host: 'x',
      authorization: 'AWS4-HMAC-SHA256 Credential=a/b',
      'x-amz-date': '20260101T000000Z',
    })
    await expect(authenticate(request, deps({ style: 'query' }))).rejects.toMatchObject({
      code: 'IncompleteSignature',
      message:
        "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
    })
  })
  test('a scope of another service', async () => {
    await expect(authenticate(await sqsRequest(), deps({ style: 'query', signingNames: ['sns'] }))).rejects.toThrow(
      "Credential should be scoped to correct service: 'sns'.",
    )
  })
  test('no credentials are nobody’s', async () => {
    expect(await authenticate(made('GET', '/b/k', { host: 'x' }), deps())).toMatchObject({
      principal: anonymous,
      signature: 'none',
    })
  })
  test.each(['Bearer x', 'AWS4-ECDSA-P256-SHA256 Credential=x', 'Basic eDp5'])(
    '%s is no signature',
    async (authorization) => {
      await expect(authenticate(made('GET', '/', { host: 'x', authorization }), deps())).rejects.toMatchObject({
        status: 400,
      })
    },
  )
})

describe('the older S3 signature', () => {
  const sign = (text: string) => createHmac('sha1', credentials.secretAccessKey).update(text).digest('base64')
  const presigned = (expires: number, extra = '', signed = '') => {
    const signature = sign(`GET\n\n\n${expires}\n/bucket/a%20b${signed}`)
    return made(
      'GET',
      `/bucket/a%20b?AWSAccessKeyId=${credentials.accessKeyId}&Signature=${encodeURIComponent(signature)}&Expires=${expires}${extra}`,
      { host: 'x' },
    )
  }
  const soon = Math.floor(Date.now() / 1000) + 60

  test('in a query is accepted until it expires', async () => {
    expect(await authenticate(presigned(soon), deps())).toMatchObject({
      principal,
      signature: 'v2-query',
      signedPayload: 'unsigned',
    })
    await expect(authenticate(presigned(soon - 120), deps())).rejects.toMatchObject({
      code: 'AccessDenied',
      message: 'Request has expired',
    })
  })
  test('signs sub-resources and response headers', async () => {
    const extra = '&versionId=3&response-content-type=text%2Fplain'
    const request = presigned(soon, extra, '?response-content-type=text/plain&versionId=3')
    expect(await authenticate(request, deps())).toMatchObject({ signature: 'v2-query' })
    await expect(authenticate(presigned(soon, extra), deps())).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' })
  })
  test('names the bucket that the host named', async () => {
    const signature = encodeURIComponent(sign(`GET\n\n\n${soon}\n/bucket/key`))
    const request = made(
      'GET',
      `/key?AWSAccessKeyId=${credentials.accessKeyId}&Signature=${signature}&Expires=${soon}`,
      { host: 'bucket.localhost' },
    )
    expect(await authenticate(request, deps({ hostBucket: 'bucket' }))).toMatchObject({ signature: 'v2-query' })
    await expect(authenticate(request, deps())).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' })
  })
  test('in a header is accepted while it is fresh', async () => {
    const date = new Date().toUTCString()
    const authorization = `AWS ${credentials.accessKeyId}:${sign(`PUT\n\ntext/plain\n${date}\nx-amz-meta-a:1\n/bucket/key`)}`
    const headers = { host: 'x', date, authorization, 'content-type': 'text/plain', 'x-amz-meta-a': '1' }
    expect(await authenticate(made('PUT', '/bucket/key', headers), deps())).toMatchObject({ signature: 'v2-header' })
    await expect(
      authenticate(made('PUT', '/bucket/key', { ...headers, 'x-amz-meta-a': '2' }), deps()),
    ).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' })
  })
  test('is S3’s alone', async () => {
    await expect(authenticate(presigned(soon), deps({ style: 'query' }))).rejects.toMatchObject({
      code: 'IncompleteSignature',
    })
  })
})

async function read(body: Buffer, auth: Authentication, partBytes = body.length || 1) {
  async function* parts() {
    for (let at = 0; at < body.length; at += partBytes) yield body.subarray(at, at + partBytes)
  }
  const found: { body?: string; trailers?: ReadonlyMap<string, string> } = {}
  const chunks: Uint8Array[] = []
  const options = {
    onTrailers: (trailers: ReadonlyMap<string, string>) => {
      found.trailers = trailers
    },
  }
  for await (const chunk of dechunk(parts(), auth, options)) chunks.push(chunk)
  return { ...found, body: Buffer.concat(chunks).toString() }
}

describe('bodies', () => {
  test('a body that streams is checked against its hash at its end', async () => {
    const { body, ...request } = await sqsRequest()
    const auth = await authenticate(request, deps({ style: 'json' }))
    expect(auth.payloadHash).toBe(createHash('sha256').update(body).digest('hex'))
    expect((await read(body, auth, 7)).body).toBe(body.toString())
    await expect(read(Buffer.from('{}'), auth)).rejects.toMatchObject({ code: 'InvalidSignatureException' })
  })

  test('the SDK’s stream with a trailing checksum is unwrapped, however it is cut', async () => {
    async function* source() {
      yield Buffer.from('hello ')
      yield Buffer.from('world')
    }
    const { Readable } = await import('node:stream')
    const { body, ...request } = await putRequest({
      Body: Readable.from(source()),
      ContentLength: 11,
      ChecksumAlgorithm: 'CRC32',
    })
    const auth = await authenticate(request, deps())
    expect(auth).toMatchObject({
      signedPayload: 'unsigned-trailer',
      trailers: ['x-amz-checksum-crc32'],
      decodedLength: 11,
    })
    for (const partBytes of [1, 2, 5, 1000]) {
      const got = await read(body, auth, partBytes)
      expect(got.body).toBe('hello world')
      expect(got.trailers?.get('x-amz-checksum-crc32')).toBe('DUoRhQ==')
    }
    await expect(read(Buffer.from(body.subarray(0, body.length - 33)), auth)).rejects.toMatchObject({
      code: 'MalformedTrailerError',
    })
    await expect(read(Buffer.concat([body, Buffer.from('more')]), auth)).rejects.toMatchObject({ status: 400 })
  })

  test('the published example of signed chunks is accepted, and not when a byte of it changes', async () => {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
    const example: AuthnDeps = {
      findKey: () => ({ secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', principal }),
      wallNowMs: () => Date.UTC(2013, 4, 24),
      style: 's3',
    }
    const request = made('PUT', '/examplebucket/chunkObject.txt', {
      Host: 's3.amazonaws.com',
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'Content-Encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '66560',
      'Content-Length': '66824',
      Authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class,Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    })
    const auth = await authenticate({ ...request, body: undefined }, example)
    expect(auth.signedPayload).toBe('chunked-signed')
    const chunk = (size: number, signature: string) =>
      `${size.toString(16)};chunk-signature=${signature}\r\n${'a'.repeat(size)}\r\n`
    const body =
      chunk(65_536, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648') +
      chunk(1_024, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497') +
      chunk(0, 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9')
    expect(body).toHaveLength(66_824)
    for (const partBytes of [1_000, 66_824])
      expect((await read(Buffer.from(body), auth, partBytes)).body).toBe('a'.repeat(66_560))
    const changed = Buffer.from(body)
    changed[200] = 0x62
    await expect(read(changed, auth)).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' })
    await expect(read(Buffer.from(body.slice(0, 66_000)), auth)).rejects.toMatchObject({ code: 'IncompleteBody' })
    // Leaving a whole chunk out breaks the chain, or the promised length.
    await expect(read(Buffer.from(body.slice(0, 65_626) + body.slice(66_739)), auth)).rejects.toMatchObject({
      status: expect.any(Number),
    })
  })

  test.each([
    ['a size that is no number', 'x\r\n'],
    ['a header without end', `${'0'.repeat(5000)}`],
    ['a chunk that promises more than the whole', 'fffff\r\nabc'],
    ['a size without end', `${'f'.repeat(40)}\r\n`],
    ['an unannounced trailer', '3\r\nabc\r\n0\r\nx-amz-other:1\r\n\r\n'],
  ])('%s is refused', async (_, body) => {
    const auth: Authentication = {
      principal,
      signature: 'none',
      signedPayload: 'unsigned-trailer',
      trailers: [],
      decodedLength: 3,
      style: 's3',
    }
    await expect(read(Buffer.from(body), auth)).rejects.toMatchObject({ status: 400 })
  })
})
