import {
  DeleteFunctionConcurrencyCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda'
import { expect, test } from 'vitest'
import { startNode } from '../harness.ts'
import { call, makeFunction, makeRole, zipOf } from '../wire/lambda-support.ts'

/** A function with an internal extension that goes on for 3 seconds after each answer. */
const source = `import http from 'node:http'
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')
const ask = (method, path, headers, body = '') => new Promise((resolve, reject) => {
  const request = http.request({ host, port, method, path: '/2020-01-01/extension/' + path, headers }, (response) => {
    response.resume().on('end', () => resolve(response.headers))
  })
  request.on('error', reject).end(body)
})
const registered = await ask('POST', 'register', { 'Lambda-Extension-Name': 'own' }, '{"events":["INVOKE"]}')
const headers = { 'Lambda-Extension-Identifier': registered['lambda-extension-identifier'] }
void (async () => {
  for (;;) {
    await ask('GET', 'event/next', headers)
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    console.log('the extension is done')
  }
})()
export const handler = async () => 'done'`

test('a request whose extensions go on after its answer takes its place of the concurrency', async () => {
  await using node = await startNode()
  const lambda = node.client(LambdaClient)
  const Code = { ZipFile: await zipOf({ 'index.mjs': source }) }
  await makeFunction(lambda, 'goes-on', await makeRole(node, 'goes-on-role'), '', { Code, Timeout: 20 })
  const limit = { FunctionName: 'goes-on', ReservedConcurrentExecutions: 1 }
  await lambda.send(new PutFunctionConcurrencyCommand(limit))
  expect((await call(lambda, 'goes-on')).value).toBe('done')
  await expect(call(lambda, 'goes-on')).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
  })
  await expect
    .poll(() => call(lambda, 'goes-on').catch((error: Error) => error.name), { timeout: 45_000, interval: 200 })
    .toMatchObject({ value: 'done' })
  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: 'goes-on' }))
  // Who asks for the log waits for the end of it.
  const { log } = await call(lambda, 'goes-on', {}, { LogType: 'Tail' })
  expect(log).toMatch(/START RequestId[\s\S]*the extension is done[\s\S]*END RequestId[\s\S]*REPORT RequestId/)
  const streamed = { FunctionName: 'goes-on', LogType: 'Tail' } as const
  const { EventStream = [] } = await lambda.send(new InvokeWithResponseStreamCommand(streamed))
  for await (const { InvokeComplete } of EventStream) {
    if (InvokeComplete)
      expect(Buffer.from(InvokeComplete.LogResult!, 'base64').toString()).toContain('REPORT RequestId')
  }
  lambda.destroy()
})
