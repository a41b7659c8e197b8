import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { call, makeFunction, makeRole } from './lambda-support.ts'

const unlessThrottled = (error: Error) => {
  if (error.name !== 'TooManyRequestsException') throw error
}

let node: TestNode
let lambda: LambdaClient
let role: string
/** One that waits ends when there is a queue called `go`. */
const source = `const { GetQueueUrlCommand, SQSClient } = require('@aws-sdk/client-sqs')
const mayGo = () => new SQSClient({}).send(new GetQueueUrlCommand({ QueueName: 'go' })).then(() => true, () => false)
exports.handler = async ({ waits }) => {
  while (waits && !(await mayGo())) await new Promise((resolve) => setTimeout(resolve, 50))
  return 'done'
}`

beforeAll(async () => {
  node = await startNode({ functions: { concurrency: 2 } })
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'concurrency-role', [{ Effect: 'Allow', Action: 'sqs:GetQueueUrl', Resource: '*' }])
})
afterAll(async () => {
  lambda.destroy()
  await node.close()
})

test('more requests than an account may have at once are throttled, in that region alone', async () => {
  for (const name of ['one', 'two']) await makeFunction(lambda, name, role, source, { Timeout: 120 })
  const west = node.client(LambdaClient, { region: 'us-west-2' })
  await makeFunction(west, 'one', role, source)
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}))
  expect(AccountLimit).toMatchObject({ ConcurrentExecutions: 2, UnreservedConcurrentExecutions: 2 })

  /** Takes one of the two places; where the request below had it first, as soon as that is through. */
  const hold = async (name: string): Promise<unknown> => {
    for (;;) {
      const answered = await call(lambda, name, { waits: true }).catch(unlessThrottled)
      if (answered) return answered.value
    }
  }
  const running = [hold('one'), hold('two')]
  const refused = await expect
    .poll(() => call(lambda, 'one', {}).catch((error: unknown) => error))
    .toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ConcurrentInvocationLimitExceeded',
      Type: 'User',
      retryAfterSeconds: '1',
      $metadata: { httpStatusCode: 429 },
    })
    .then(() => true)
  expect(refused).toBe(true)
  expect((await call(west, 'one', {})).value).toBe('done')
  await node.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'go' }))
  expect(await Promise.all(running)).toEqual(['done', 'done'])
  expect((await call(lambda, 'one', {})).value).toBe('done')
  west.destroy()
})
