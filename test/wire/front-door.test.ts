import { request } from 'node:http'
import { connect } from 'node:net'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import {
  CreateQueueCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signedRequest } from '../../bench/sign.ts'
import { altered, startNode, type TestNode } from '../harness.ts'

let node: TestNode
beforeAll(async () => {
  node = await startNode({ limits: { headerBytes: 16_384, headersMs: 300, idleMs: 500 } })
})
afterAll(() => node.close())

const port = () => node.node.port

/** Sends bytes as they are and answers all that came back until the connection closed or an answer was whole. */
function raw(bytes: Buffer | string, to = port()): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(to, '127.0.0.1', () => socket.write(bytes))
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
      const head = text.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
      if (head !== -1 && text.length >= head + 4 + length) socket.destroy()
    })
    socket.on('close', () => resolve(text))
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve(text) : reject(error)))
  })
}

function send(
  options: {
    method?: string
    path?: string
    headers?: Record<string, string>
    body?: string
  },
  to = port(),
): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const req = request({ host: '127.0.0.1', method: 'GET', ...options, port: to }, (res) => {
      let body = ''
      res.on('data', (chunk) => {
        body += chunk
      })
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body, headers: res.headers }))
    })
    req.on('error', reject)
    req.end(options.body)
  })
}

const signed = (target: string, body: string, headers: Record<string, string> = {}, service = 'sqs') =>
  signedRequest(port(), {
    service,
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target, ...headers },
    body,
  })

describe('what is asked wrongly', () => {
  test('an unknown operation', async () => {
    expect(await raw(signed('AmazonSQS.Nonsense', '{}'))).toMatch(/^HTTP\/1.1 (400|404)[\s\S]*UnknownOperation/)
  })

  test('an operation that is planned says that it is not implemented, and which', async () => {
    const answer = await raw(signed('AmazonSSM.CreateDocument', '{}', {}, 'ssm'))
    expect(answer).toMatch(/^HTTP\/1.1 501/)
    expect(answer).toContain('NotImplemented')
    expect(answer).toContain('CreateDocument')
  })

  test('a body that is no JSON, is too deep, or has the wrong types', async () => {
    expect(await raw(signed('AmazonSQS.SendMessage', '{"QueueUrl":'))).toMatch(
      /^HTTP\/1.1 400[\s\S]*SerializationException/,
    )
    expect(await raw(signed('AmazonSQS.SendMessage', '['.repeat(100_000)))).toMatch(/^HTTP\/1.1 400/)
    expect(
      await raw(signed('AmazonSQS.SendMessage', '{"QueueUrl":"http://x/000000000000/q","MessageBody":123}')),
    ).toMatch(/^HTTP\/1.1 400[\s\S]*SerializationException/)
  })

  test('a body over the limit is refused before it is read', async () => {
    const head = signed('AmazonSQS.SendMessage', '{}')
      .toString()
      .replace('content-length: 2', 'content-length: 99999999')
    expect(await raw(head)).toMatch(/^HTTP\/1.1 413/)
  })

  test('a signature that is wrong, of an unknown key, or of no one', async () => {
    const good = signed('AmazonSQS.ListQueues', '{}').toString()
    expect(await raw(good.replace(/Signature=\w{4}/, (start) => altered(start)))).toMatch(
      /^HTTP\/1.1 40[03][\s\S]*(InvalidSignatureException|SignatureDoesNotMatch)/,
    )
    expect(await raw(good.replace('Credential=test', 'Credential=AKIAIOSFODNN7EXAMPLE'))).toMatch(
      /^HTTP\/1.1 40[03][\s\S]*(UnrecognizedClientException|InvalidClientTokenId)/,
    )
    expect(await raw(good.replace(/authorization: .*\r\n/, ''))).toMatch(
      /^HTTP\/1.1 40[03][\s\S]*MissingAuthenticationToken/,
    )
  })

  test('headers that are too long, and bytes that are not HTTP', async () => {
    expect(await raw(`GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431/)
    expect(await raw('\u0000\u0001nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400/)
  })

  test('after all of it the node answers', async () => {
    expect(await send({ path: '/_landfall/health' })).toMatchObject({ status: 200 })
  })
})

describe('slow clients', () => {
  test('headers that do not come, and a body that stops, end the connection', async () => {
    const noHeaders = raw('GET / HTTP/1.1\r\n')
    const noBody = raw(signed('AmazonSQS.SendMessage', '{"MessageBody":"x"}').subarray(0, -5))
    expect(await noBody).toMatch(/^HTTP\/1.1 400[\s\S]*RequestTimeout/)
    expect(await noHeaders).toMatch(/^HTTP\/1.1 408/)
  })

  test('a body that comes a byte at a time ends the connection too, though it never stops', async () => {
    const whole = signed('AmazonSQS.SendMessage', `{"MessageBody":"${'x'.repeat(1_000)}"}`)
    const socket = connect(port(), '127.0.0.1', () => socket.write(whole.subarray(0, -1_000)))
    const dripping = setInterval(() => socket.write('x'), 100)
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    await expect.poll(() => answer).toMatch(/^HTTP\/1.1 400[\s\S]*RequestTimeout/)
    clearInterval(dripping)
    socket.destroy()
  })
})

describe('web pages', () => {
  test('a page of another origin can neither read state nor call an API, even signed', async () => {
    const page = { origin: 'https://evil.example' }
    expect(await send({ path: '/_landfall/health', headers: page })).toMatchObject({ status: 403 })
    expect(
      await send({ method: 'POST', path: '/_landfall/clock', headers: page, body: '{"advanceMs":1}' }),
    ).toMatchObject({ status: 403 })
    expect(await raw(signed('AmazonSQS.ListQueues', '{}', page))).toMatch(/^HTTP\/1.1 40[03][\s\S]*AccessDenied/)
    expect(
      (await send({ method: 'OPTIONS', path: '/', headers: { ...page, 'access-control-request-method': 'POST' } }))
        .headers,
    ).not.toHaveProperty('access-control-allow-origin')
  })

  test('a name that was rebound to this address is refused', async () => {
    expect(await send({ path: '/_landfall/health', headers: { host: 'evil.example:4566' } })).toMatchObject({
      status: 403,
    })
    const rebound = signed('AmazonSQS.ListQueues', '{}')
      .toString()
      .replace(/host: .*\r\n/, 'host: evil.example\r\n')
    expect(await raw(rebound)).toMatch(/^HTTP\/1.1 40[03][\s\S]*AccessDenied/)
  })

  test('a name that the node was given is its own', async () => {
    await using own = await startNode({ names: ['cloud.example'] })
    const ask = (host: string) => send({ path: '/_landfall/health', headers: { host } }, own.node.port)
    expect(await ask('cloud.example:4566')).toMatchObject({ status: 200 })
    expect(await ask('other.example')).toMatchObject({ status: 403 })
  })

  test('a person sees what runs and how to connect', async () => {
    const page = await send({ path: '/', headers: { accept: 'text/html' } })
    expect(page).toMatchObject({ status: 200, headers: { 'content-type': expect.stringContaining('text/html') } })
    expect(page.body).toContain('AWS_ENDPOINT_URL')
  })
})

describe("the node's own API", () => {
  test('health says ready, with the services there are', async () => {
    const { body } = await send({ path: '/_landfall/health' })
    expect(JSON.parse(body)).toMatchObject({ status: 'ready', services: expect.arrayContaining(['sqs']) })
  })

  test('the clock moves forwards only, and stays moved after a restart', async () => {
    await using own = await startNode()
    const move = (advanceMs: unknown) =>
      fetch(`${own.endpoint}/_landfall/clock`, { method: 'POST', body: JSON.stringify({ advanceMs }) })
    expect((await move(-5)).status).toBe(400)
    expect((await move('x')).status).toBe(400)
    expect(await (await move(3_600_000)).json()).toMatchObject({ offsetMs: 3_600_000 })
    await own.restart()
    expect(await (await fetch(`${own.endpoint}/_landfall/clock`)).json()).toMatchObject({ offsetMs: 3_600_000 })
  })
})

describe('a full node', () => {
  test('tells clients to slow down, and goes on when there is room', async () => {
    await using own = await startNode({ limits: { inFlight: 2 } })
    const sqs = own.client(SQSClient)
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'full' }))
    const polls = [1, 2].map(() => sqs.send(new ReceiveMessageCommand({ QueueUrl: QueueUrl!, WaitTimeSeconds: 20 })))
    await expect.poll(() => sqs.send(new ListQueuesCommand({})).catch((error: Error) => error.name)).toMatch(/Throttl/)
    const s3 = own.client(S3Client)
    await expect(s3.send(new ListBucketsCommand({}))).rejects.toMatchObject({
      name: 'SlowDown',
      $metadata: { httpStatusCode: 503 },
    })
    s3.destroy()
    own.clock.advance(20_000)
    await Promise.all(polls)
    await sqs.send(new SendMessageCommand({ QueueUrl: QueueUrl!, MessageBody: 'room again' }))
    sqs.destroy()
  })
})

test('a node takes so many connections, and no more', async () => {
  await using own = await startNode({ limits: { connections: 3 } })
  const { hostname, port } = new URL(own.endpoint)
  const sockets = Array.from({ length: 6 }, () => connect(Number(port), hostname).on('error', () => undefined))
  const open = () => sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length
  for (const socket of sockets) socket.resume()
  await expect.poll(open).toBe(3)
  for (const socket of sockets) socket.destroy()
  await expect
    .poll(() =>
      fetch(`${own.endpoint}/_landfall/health`).then(
        ({ status }) => status,
        () => 0,
      ),
    )
    .toBe(200)
})

describe('stopping', () => {
  test('requests in flight are answered, new ones refused', async () => {
    const own = await startNode()
    const sqs = own.client(SQSClient)
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'drain' }))
    const poll = sqs.send(new ReceiveMessageCommand({ QueueUrl: QueueUrl!, WaitTimeSeconds: 20 }))
    await sqs.send(new ListQueuesCommand({}))
    await own.close()
    expect((await poll).Messages).toBeUndefined()
    await expect(sqs.send(new ListQueuesCommand({}))).rejects.toThrow()
    sqs.destroy()
  })
})
