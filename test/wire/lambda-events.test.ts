import {
  AddPermissionCommand,
  GetPolicyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { CreateQueueCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { call, logging, makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let sqs: SQSClient
let role: string
const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`
beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  lambda = node.client(LambdaClient)
  sqs = node.client(SQSClient)
  const sends = { Effect: 'Allow', Action: ['sqs:SendMessage', 'lambda:InvokeFunction'], Resource: '*' }
  role = await makeRole(node, 'events', [logging, sends])
})
afterAll(async () => {
  for (const client of [lambda, sqs]) client.destroy()
  await node.close()
})
async function makeQueue(QueueName: string): Promise<string> {
  const Attributes = QueueName.endsWith('.fifo') ? { FifoQueue: 'true' } : {}
  return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? ''
}

test('an event that waits longer than it may is told of without having been given to the function', async () => {
  const [old, letters] = [await makeQueue('too-old'), await makeQueue('too-old-letters')]
  await makeFunction(lambda, 'throttled', role, 'exports.handler = async () => 1', {
    DeadLetterConfig: { TargetArn: queueArn('too-old-letters') },
  })
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'throttled', ReservedConcurrentExecutions: 0 }))
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: 'throttled',
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: queueArn('too-old') } },
    }),
  )
  await call(lambda, 'throttled', { n: 1 }, { InvocationType: 'Event' })
  const received = async (QueueUrl: string): Promise<Message | undefined> => {
    node.clock.advance(61_000)
    const asked = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1, MessageAttributeNames: ['All'] })
    return (await sqs.send(asked)).Messages?.[0]
  }
  let told: Message | undefined
  await expect.poll(async () => (told = await received(old))).toBeDefined()
  const record = JSON.parse(told?.Body ?? '{}') as { timestamp: string; requestContext: { requestId: string } }
  expect(record).toEqual({
    version: '1.0',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    requestContext: {
      requestId: expect.any(String),
      functionArn: `${arn('throttled')}:$LATEST`,
      condition: 'EventAgeExceeded',
      approximateInvokeCount: 0,
    },
    requestPayload: { n: 1 },
  })
  let letter: Message | undefined
  await expect.poll(async () => (letter = await received(letters))).toBeDefined()
  expect(letter?.Body).toBe('{"n":1}')
  expect(letter?.MessageAttributes?.RequestID?.StringValue).toBe(record.requestContext.requestId)
  expect(Object.keys(letter?.MessageAttributes ?? {}).sort()).toEqual(['ErrorCode', 'ErrorMessage', 'RequestID'])
})

test('what can’t be a destination or take dead letters is refused by name', async () => {
  await makeFunction(lambda, 'sender', role, 'exports.handler = async () => 1')
  await makeQueue('ordered.fifo')
  const FunctionName = 'sender'
  for (const Destination of [
    queueArn('ordered.fifo'),
    'arn:aws:sns:us-east-1:000000000000:topic.fifo',
    'arn:aws:events:us-east-1:000000000000:event-bus/default',
    'arn:aws:s3:::bucket',
    arn('sender'),
    `${arn('sender')}:live`,
  ]) {
    const DestinationConfig = { OnFailure: { Destination } }
    await expect(
      lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig })),
      Destination,
    ).rejects.toMatchObject({ name: expect.stringMatching(/^(InvalidParameterValue|Validation)Exception$/) })
  }
  for (const TargetArn of [queueArn('ordered.fifo'), 'arn:aws:sns:us-east-1:000000000000:topic.fifo']) {
    await expect(
      lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, DeadLetterConfig: { TargetArn } })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
  }
  const mute = await makeRole(node, 'mute')
  await expect(
    makeFunction(lambda, 'mute', mute, 'exports.handler = async () => 1', {
      DeadLetterConfig: { TargetArn: queueArn('ordered') },
    }),
  ).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: 'The provided execution role does not have permissions to call SendMessage on SQS',
  })
})

test('every condition of a permission is in its statement', async () => {
  const FunctionName = 'conditions'
  await makeFunction(lambda, FunctionName, role, 'exports.handler = async () => 1')
  const add = { FunctionName, Action: 'lambda:InvokeFunction' }
  await lambda.send(
    new AddPermissionCommand({
      ...add,
      StatementId: 'a',
      Principal: 's3.amazonaws.com',
      SourceArn: 'arn:aws:s3:::bucket',
      SourceAccount: '111111111111',
    }),
  )
  await lambda.send(
    new AddPermissionCommand({ ...add, StatementId: 'b', Principal: 'alexa-appkit.amazon.com', EventSourceToken: 't' }),
  )
  await lambda.send(
    new AddPermissionCommand({
      ...add,
      Action: 'lambda:InvokeFunctionUrl',
      StatementId: 'c',
      Principal: '*',
      FunctionUrlAuthType: 'NONE',
    }),
  )
  const { Policy = '' } = await lambda.send(new GetPolicyCommand({ FunctionName }))
  const { Statement } = JSON.parse(Policy) as { Statement: { Sid: string; Condition: object }[] }
  expect(Object.fromEntries(Statement.map(({ Sid, Condition }) => [Sid, Condition]))).toEqual({
    a: { StringEquals: { 'AWS:SourceAccount': '111111111111' }, ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::bucket' } },
    b: { StringEquals: { 'lambda:EventSourceToken': 't' } },
    c: { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } },
  })
})
