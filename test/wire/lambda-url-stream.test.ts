import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  LambdaClient,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let role: string

beforeAll(async () => {
  node = await startNode()
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'url-stream-role')
})
afterAll(async () => {
  lambda.destroy()
  await node.close()
})

const streams = (body: string) => `exports.handler = awslambda.streamifyResponse(async (event, stream) => {${body}})`

/** A function with a public URL that streams. */
async function streamingUrl(FunctionName: string, source: string, more: object = {}): Promise<string> {
  await makeFunction(lambda, FunctionName, role, source, more)
  const common = { FunctionName, Principal: '*' }
  const byUrl = { Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' } as const
  await lambda.send(new AddPermissionCommand({ ...common, ...byUrl, StatementId: 'url' }))
  const call = { Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true } as const
  await lambda.send(new AddPermissionCommand({ ...common, ...call, StatementId: 'call' }))
  const made = await lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' }),
  )
  expect(made.InvokeMode).toBe('RESPONSE_STREAM')
  return made.FunctionUrl ?? ''
}

test('status, headers and cookies come first, then the body as it is written', async () => {
  const url = await streamingUrl(
    'prelude',
    streams(`
      const metadata = { statusCode: 201, headers: { 'X-Own': 'yes', 'content-type': 'text/event-stream' }, cookies: ['a=1', 'b=2'] }
      stream = awslambda.HttpResponseStream.from(stream, metadata)
      stream.write('path ' + event.rawPath + ';')
      await new Promise((done) => setTimeout(done, 200))
      stream.end('last')`),
  )
  const response = await fetch(`${url}some`)
  expect(response.status).toBe(201)
  expect(response.headers.get('x-own')).toBe('yes')
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  expect(response.headers.get('transfer-encoding')).toBe('chunked')
  expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/)
  const parts: string[] = []
  const decoder = new TextDecoder()
  for await (const part of response.body ?? []) parts.push(decoder.decode(part))
  expect(parts).toEqual(['path /some;', 'last'])
})

test('without metadata the answer is 200, of the type that was set; what was not streamed is the body as it is', async () => {
  const plain = await fetch(
    await streamingUrl('plain', streams("stream.setContentType('text/css'); stream.end('a{}')")),
  )
  expect([plain.status, plain.headers.get('content-type'), await plain.text()]).toEqual([200, 'text/css', 'a{}'])
  const untyped = await fetch(await streamingUrl('untyped', streams('stream.end()')))
  expect([untyped.status, untyped.headers.get('content-type'), await untyped.text()]).toEqual([
    200,
    'application/octet-stream',
    '',
  ])
  const whole = await fetch(
    await streamingUrl('whole', 'exports.handler = async () => ({ statusCode: 404, body: "x" })'),
  )
  expect([whole.status, await whole.json()]).toEqual([200, { statusCode: 404, body: 'x' }])
})

test('a failure before the first byte is a 502; one after it breaks the connection', async () => {
  const early = await fetch(await streamingUrl('early', streams("throw new Error('early')")))
  expect([early.status, await early.text()]).toEqual([502, 'Internal Server Error'])
  const late = await fetch(await streamingUrl('late', streams("stream.write('some'); throw new Error('late')")))
  expect(late.status).toBe(200)
  await expect(late.text()).rejects.toThrow()
  const slow = await fetch(
    await streamingUrl('slow', streams("stream.write('some'); await new Promise(() => {})"), { Timeout: 2 }),
  )
  await expect(slow.text()).rejects.toThrow()
})

test('metadata that cannot be read, or never comes, is a 502', async () => {
  const from = 'stream = awslambda.HttpResponseStream.from(stream, '
  for (const [name, body] of [
    ['bad-status', `${from}{ statusCode: 9000 }); stream.end(stream.write('x') && '')`],
    ['bad-header', `${from}{ headers: { a: 'b\\r\\nc: d' } }); stream.write('x'); stream.end()`],
    ['odd-header', `${from}{ headers: { a: '✓' } }); stream.write('x'); stream.end()`],
    ['unwritten', `${from}{ statusCode: 204 }); stream.end()`],
    [
      'endless',
      "stream.setContentType('application/vnd.awslambda.http-integration-response'); stream.end('x'.repeat(400_000))",
    ],
  ] as const) {
    const response = await fetch(await streamingUrl(name, streams(body)))
    expect([name, response.status]).toEqual([name, 502])
  }
})

test('a large body passes whole; in BUFFERED mode a stream is gathered, up to 6 MB', async () => {
  const url = await streamingUrl(
    'large',
    streams(`const { Readable } = require('node:stream')
      const mb = Number(event.queryStringParameters.mb)
      const piece = Buffer.alloc(1_048_576, 'x')
      await require('node:stream/promises').pipeline(Readable.from(Array.from({ length: mb }, () => piece)), stream)`),
    { MemorySize: 512 },
  )
  expect((await (await fetch(`${url}?mb=20`)).arrayBuffer()).byteLength).toBe(20 * 1_048_576)
  await lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName: 'large', InvokeMode: 'BUFFERED' }))
  const gathered = await fetch(`${url}?mb=5`)
  expect([gathered.status, (await gathered.arrayBuffer()).byteLength]).toEqual([200, 5 * 1_048_576])
  expect((await fetch(`${url}?mb=7`)).status).toBe(502)
})

test('requests are checked, and limited, before anything runs', async () => {
  const url = await streamingUrl('checked', streams("stream.end('x')"))
  expect((await fetch(url, { method: 'POST', body: 'x'.repeat(6_291_457) })).status).toBe(413)
  await lambda.send(new UpdateFunctionUrlConfigCommand({ FunctionName: 'checked', AuthType: 'AWS_IAM' }))
  expect((await fetch(url)).status).toBe(403)
})

test('a template sets the mode, and changes it', async () => {
  const stacks = node.client(CloudFormationClient)
  await makeFunction(lambda, 'templated', role, streams("stream.end('x')"))
  const template = (InvokeMode?: string) =>
    JSON.stringify({
      Resources: {
        Url: {
          Type: 'AWS::Lambda::Url',
          Properties: { AuthType: 'AWS_IAM', TargetFunctionArn: 'templated', ...(InvokeMode && { InvokeMode }) },
        },
      },
    })
  const status = async () =>
    (await stacks.send(new DescribeStacksCommand({ StackName: 'mode' }))).Stacks?.[0]?.StackStatus
  const mode = async () =>
    (await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName: 'templated' }))).InvokeMode
  await stacks.send(new CreateStackCommand({ StackName: 'mode', TemplateBody: template('RESPONSE_STREAM') }))
  await expect.poll(status).toBe('CREATE_COMPLETE')
  expect(await mode()).toBe('RESPONSE_STREAM')
  await stacks.send(new UpdateStackCommand({ StackName: 'mode', TemplateBody: template() }))
  await expect.poll(status).toBe('UPDATE_COMPLETE')
  expect(await mode()).toBe('BUFFERED')
  stacks.destroy()
})
