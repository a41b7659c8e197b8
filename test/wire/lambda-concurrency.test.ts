import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { call, makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let role: string
const source = `exports.handler = ({ ms }) => new Promise((resolve) => setTimeout(resolve, ms, 'done'))`

beforeAll(async () => {
  node = await startNode({ functions: { concurrency: 2 } })
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'concurrency-role')
})
afterAll(async () => {
  lambda.destroy()
  await node.close()
})

test('more requests than an account may have at once are throttled, in that region alone', async () => {
  for (const name of ['one', 'two']) await makeFunction(lambda, name, role, source)
  const west = node.client(LambdaClient, { region: 'us-west-2' })
  await makeFunction(west, 'one', role, source)
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}))
  expect(AccountLimit).toMatchObject({ ConcurrentExecutions: 2, UnreservedConcurrentExecutions: 2 })

  const running = [call(lambda, 'one', { ms: 2_500 }), call(lambda, 'two', { ms: 2_500 })]
  const refused = await expect
    .poll(() => call(lambda, 'one', { ms: 0 }).catch((error: unknown) => error))
    .toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ConcurrentInvocationLimitExceeded',
      Type: 'User',
      retryAfterSeconds: '1',
      $metadata: { httpStatusCode: 429 },
    })
    .then(() => true)
  expect(refused).toBe(true)
  expect((await call(west, 'one', { ms: 0 })).value).toBe('done')
  for (const one of running) expect((await one).value).toBe('done')
  expect((await call(lambda, 'one', { ms: 0 })).value).toBe('done')
  west.destroy()
})
