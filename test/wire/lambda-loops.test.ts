import {
  CreateEventSourceMappingCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  PutFunctionRecursionConfigCommand,
} from '@aws-sdk/client-lambda'
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { call, logging, makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let sqs: SQSClient
let role: string
const size = { Timeout: 20, MemorySize: 256 }
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`
beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  lambda = node.client(LambdaClient)
  sqs = node.client(SQSClient)
  role = await makeRole(node, 'loops', [logging, { Effect: 'Allow', Action: ['sqs:*', 'lambda:*'], Resource: '*' }])
})
afterAll(async () => {
  for (const client of [lambda, sqs]) client.destroy()
  await node.close()
})

async function makeQueue(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? ''
}

/** Calls itself until it is told to stop, and says how often it was called. */
const caller = `const { LambdaClient, InvokeCommand } = require('@aws-sdk/client-lambda')
  const lambda = new LambdaClient({ maxAttempts: 1 })
  exports.handler = async ({ depth, most }, context) => {
    if (depth >= most) return { depth }
    try {
      const Payload = JSON.stringify({ depth: depth + 1, most })
      const { Payload: answer } = await lambda.send(new InvokeCommand({ FunctionName: context.functionName, Payload }))
      return JSON.parse(Buffer.from(answer).toString())
    } catch (error) { return { depth, error: error.name } }
  }`

test('a function that calls itself is stopped at the 17th call, unless it may', async () => {
  await makeFunction(lambda, 'caller', role, caller, size)
  expect((await call(lambda, 'caller', { depth: 1, most: 18 })).value).toEqual({
    depth: 16,
    error: 'RecursiveInvocationException',
  })
  await lambda.send(new PutFunctionRecursionConfigCommand({ FunctionName: 'caller', RecursiveLoop: 'Allow' }))
  expect((await call(lambda, 'caller', { depth: 1, most: 18 })).value).toEqual({ depth: 18 })
})

test('an event that goes round ends at the destination of failures', async () => {
  const failed = await makeQueue('loop-failed')
  const source = `const { LambdaClient, InvokeCommand } = require('@aws-sdk/client-lambda')
    const lambda = new LambdaClient({})
    exports.handler = async ({ n }, context) => {
      const Payload = JSON.stringify({ n: n + 1 })
      await lambda.send(new InvokeCommand({ FunctionName: context.functionName, InvocationType: 'Event', Payload }))
    }`
  await makeFunction(lambda, 'events', role, source, size)
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: 'events',
      DestinationConfig: { OnFailure: { Destination: queueArn('loop-failed') } },
    }),
  )
  await call(lambda, 'events', { n: 1 }, { InvocationType: 'Event' })
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: failed, WaitTimeSeconds: 20 }))
  expect(JSON.parse(Messages?.[0]?.Body ?? '{}')).toMatchObject({
    requestContext: { condition: 'RetriesExhausted' },
    requestPayload: { n: 17 },
  })
})

test('a message that goes round ends with the dead letters of its queue', async () => {
  const dead = await makeQueue('loop-dead')
  const log = await makeQueue('loop-log')
  const queue = await makeQueue('loop-queue', {
    VisibilityTimeout: '20',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn('loop-dead'), maxReceiveCount: '1' }),
  })
  const source = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
    const sqs = new SQSClient({})
    exports.handler = async ({ Records }) => {
      const MessageBody = String(Number(Records[0].body) + 1)
      await sqs.send(new SendMessageCommand({ QueueUrl: '${log}', MessageBody }))
      await sqs.send(new SendMessageCommand({ QueueUrl: '${queue}', MessageBody }))
    }`
  await makeFunction(lambda, 'round', role, source, size)
  const EventSourceArn = queueArn('loop-queue')
  await lambda.send(new CreateEventSourceMappingCommand({ FunctionName: 'round', EventSourceArn, BatchSize: 1 }))
  await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: '1' }))
  const seen: (string | undefined)[] = []
  while (!seen.includes('17')) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: log, WaitTimeSeconds: 20, MaxNumberOfMessages: 10 }),
    )
    expect(Messages).not.toEqual([])
    seen.push(...Messages.map(({ Body }) => Body))
  }
  const deadLetter = async () => {
    // Past the visibility timeout of the message that was received and refused.
    node.clock.advance(21_000)
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: dead, WaitTimeSeconds: 1 }))
    return Messages?.[0]?.Body
  }
  await expect.poll(deadLetter).toBe('17')
})
