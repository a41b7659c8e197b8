import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCommandInput,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KeyPair, TestNode } from '../harness.ts'
import { makeFunction, makeRole } from './lambda-support.ts'
import { hasBoto3, type Python, startPython } from './python.ts'

let python: Python
let node: TestNode
let lambda: LambdaClient
let role: string

const streams = (body: string) =>
  `exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {${body}})`

beforeAll(async () => {
  python = await startPython()
  node = python.node
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'stream-role')
  await makeFunction(
    lambda,
    'streams',
    role,
    streams(`console.log('begun')
      for (let i = 0; i < event.n; i += 1) {
        stream.write('piece ' + i + ';')
        await new Promise((done) => setTimeout(done, 5))
      }
      stream.end(context.clientContext?.custom?.a ?? '')`),
  )
  await makeFunction(lambda, 'whole', role, 'exports.handler = async (event) => ({ n: event.n })')
  await makeFunction(lambda, 'fails', role, streams("stream.write('some'); throw new RangeError('late')"))
})
afterAll(async () => {
  lambda.destroy()
  await python[Symbol.asyncDispose]()
})

async function call(
  FunctionName: string,
  event: unknown = {},
  more: Partial<InvokeWithResponseStreamCommandInput> = {},
  client = lambda,
) {
  const answer = await client.send(
    new InvokeWithResponseStreamCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)), ...more }),
  )
  const chunks: Buffer[] = []
  let complete: { ErrorCode?: string; ErrorDetails?: string; LogResult?: string } | undefined
  for await (const { PayloadChunk, InvokeComplete } of answer.EventStream ?? []) {
    if (PayloadChunk?.Payload) chunks.push(Buffer.from(PayloadChunk.Payload))
    if (InvokeComplete) complete = InvokeComplete as typeof complete
  }
  return { answer, text: Buffer.concat(chunks).toString('utf8'), chunks: chunks.length, complete }
}

test('a stream comes in events as it is written, and ends with its log when asked for', async () => {
  const ClientContext = Buffer.from('{"custom":{"a":"end"}}').toString('base64')
  const { answer, text, chunks, complete } = await call('streams', { n: 4 }, { LogType: 'Tail', ClientContext })
  expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' })
  expect(text).toBe('piece 0;piece 1;piece 2;piece 3;end')
  expect(chunks).toBeGreaterThan(1)
  expect(complete?.ErrorCode).toBeUndefined()
  expect(Buffer.from(complete?.LogResult ?? '', 'base64').toString()).toMatch(/begun\n(.*\n)*REPORT RequestId/)
  expect((await call('streams', { n: 1 })).complete).toEqual({})
})

test('a handler that does not stream is answered in the same way; Invoke takes a stream whole', async () => {
  expect(await call('whole', { n: 1 })).toMatchObject({ text: '{"n":1}', complete: {} })
  const whole = await lambda.send(new InvokeCommand({ FunctionName: 'streams', Payload: '{"n":2}' }))
  expect(Buffer.from(whole.Payload ?? []).toString()).toBe('piece 0;piece 1;')
  expect(whole.FunctionError).toBeUndefined()
})

test('a failure is in the last event, whether something came before it or not', async () => {
  const late = await call('fails')
  expect(late).toMatchObject({ text: 'some', complete: { ErrorCode: 'Unhandled' } })
  expect(JSON.parse(late.complete?.ErrorDetails ?? '')).toMatchObject({ errorType: 'RangeError', errorMessage: 'late' })
  await makeFunction(lambda, 'early', role, "exports.handler = async () => { throw new TypeError('early') }")
  const early = await call('early')
  expect(early).toMatchObject({ text: '', complete: { ErrorCode: 'Unhandled' } })
  await makeFunction(lambda, 'slow', role, streams("stream.write('a'); await new Promise(() => {})"), { Timeout: 2 })
  const slow = await call('slow')
  expect(slow).toMatchObject({ text: 'a', complete: { ErrorCode: 'Unhandled' } })
  expect(JSON.parse(slow.complete?.ErrorDetails ?? '')).toMatchObject({ errorType: 'Sandbox.Timedout' })
})

test('a dry run runs nothing; bad input, missing functions and limits are errors of the API', async () => {
  expect((await call('streams', { n: 1 }, { InvocationType: 'DryRun' })).answer.StatusCode).toBe(204)
  await expect(call('nope')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await expect(call('streams', {}, { Payload: Buffer.from('{') })).rejects.toMatchObject({
    name: 'InvalidRequestContentException',
  })
  await expect(call('streams', 'x'.repeat(6_291_456))).rejects.toMatchObject({ name: 'RequestTooLargeException' })
  await expect(call('streams', {}, { ClientContext: '!' })).rejects.toMatchObject({
    name: 'InvalidRequestContentException',
  })
  await expect(call('streams', {}, { TenantId: 't' })).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
  await makeFunction(lambda, 'limited', role, streams('stream.end()'))
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'limited', ReservedConcurrentExecutions: 0 }))
  await expect(call('limited')).rejects.toMatchObject({ name: 'TooManyRequestsException' })
})

test('it takes lambda:InvokeFunction', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'streamer' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'streamer' }))
  const credentials: KeyPair = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const other = node.client(LambdaClient, { credentials })
  await expect(call('streams', { n: 1 }, {}, other)).rejects.toMatchObject({ name: 'AccessDeniedException' })
  const Resource = 'arn:aws:lambda:us-east-1:000000000000:function:streams'
  const Statement = [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'streamer', PolicyName: 'p', PolicyDocument }))
  expect((await call('streams', { n: 1 }, {}, other)).text).toBe('piece 0;')
  iam.destroy()
  other.destroy()
})

test('a client that reads slowly holds the function up; one that goes away does not end it', async () => {
  await makeFunction(
    lambda,
    'much',
    role,
    `const { Readable } = require('node:stream')
     const { pipeline } = require('node:stream/promises')
     ${streams(`const piece = Buffer.alloc(65536, 'x')
       let made = 0
       await pipeline(Readable.from((function* () { for (; made < 640; made += 1) yield piece })()), stream)
       console.log('made ' + made)`)}`,
    { Timeout: 30, MemorySize: 512 },
  )
  const client = node.client(LambdaClient)
  const logs = node.client(CloudWatchLogsClient)
  const printed = async () => {
    const search = new FilterLogEventsCommand({ logGroupName: '/aws/lambda/much' })
    const { events } = await logs.send(search).catch(() => ({ events: [] }))
    return events?.map(({ message }) => message).join('\n')
  }
  const answer = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: 'much' }))
  await answer.EventStream?.[Symbol.asyncIterator]().next()
  // 40 MB are to come, and nothing reads them: the function is not through.
  await new Promise((done) => setTimeout(done, 500))
  expect(await printed()).not.toContain('made')
  client.destroy()
  await expect.poll(printed).toContain('made 640')
  logs.destroy()
})

describe.runIf(hasBoto3())('boto3', () => {
  test('reads the events', async () => {
    expect(await python.script('lambda_stream')).toEqual({
      stream: [200, '$LATEST', 'piece 0;piece 1;piece 2;', true],
      whole: ['{"n":3}', []],
      fails: ['some', 'Unhandled', 'late'],
      missing: 'ResourceNotFoundException',
    })
  })
})
