import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import {
  AddPermissionCommand,
  type DestinationConfig,
  GetPolicyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import {
  CreateQueueCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findVersion } from '../../src/services/lambda/find.ts'
import { enter } from '../../src/services/lambda/places.ts'
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
  const Action = ['sqs:SendMessage', 'lambda:InvokeFunction']
  const sends = { Effect: 'Allow', Action, Resource: '*' }
  const ends = {
    Effect: 'Allow',
    Action: ['events:PutEvents', 's3:PutObject', 's3:ListBucket'],
    Resource: ['arn:aws:events:*:*:event-bus/default', 'arn:aws:s3:::ends', 'arn:aws:s3:::ends/*'],
  }
  role = await makeRole(node, 'events', [logging, sends, ends])
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
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'throttled', ReservedConcurrentExecutions: 1 }))
  const { host } = node.node
  const name = { scope: { account: '000000000000', region: 'us-east-1' }, name: 'throttled' }
  const taken = await enter(host, await host.records.read(name.scope, (tx) => findVersion(tx, name)))
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
  taken.leave()
})

test('an instance that is killed in the middle of an event gives it to the next; who waits is told', async () => {
  const QueueUrl = await makeQueue('killed')
  const source = "exports.handler = () => { process.kill(process.pid, 'SIGKILL'); return new Promise(() => {}) }"
  await makeFunction(lambda, 'killed', role, source)
  expect((await call(lambda, 'killed')).value).toMatchObject({ errorType: 'Runtime.ExitError' })
  const DestinationConfig = { OnFailure: { Destination: queueArn('killed') } }
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: 'killed', DestinationConfig }))
  await call(lambda, 'killed', { n: 1 }, { InvocationType: 'Event' })
  let told: Message | undefined
  const received = async () => {
    node.clock.advance(61_000)
    return (await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }))).Messages?.[0]
  }
  await expect.poll(async () => (told = await received())).toBeDefined()
  expect(JSON.parse(told?.Body ?? '{}')).toMatchObject({
    requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
    requestPayload: { n: 1 },
    responsePayload: { errorType: 'Runtime.ExitError' },
  })
})

test('an event for a function that is switched off is told of at once', async () => {
  const QueueUrl = await makeQueue('switched-off')
  const FunctionName = 'off'
  await makeFunction(lambda, FunctionName, role, 'exports.handler = async () => 1')
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }))
  const DestinationConfig = { OnFailure: { Destination: queueArn('switched-off') } }
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig }))
  await call(lambda, FunctionName, { n: 1 }, { InvocationType: 'Event' })
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  expect(JSON.parse(Messages?.[0]?.Body ?? '{}')).toMatchObject({
    requestContext: { condition: 'ZeroReservedConcurrency', approximateInvokeCount: 0 },
    requestPayload: { n: 1 },
  })
})

test('what can’t be a destination or take dead letters is refused by name', async () => {
  await makeFunction(lambda, 'sender', role, 'exports.handler = async () => 1')
  await makeQueue('ordered.fifo')
  const FunctionName = 'sender'
  for (const Destination of [
    queueArn('ordered.fifo'),
    'arn:aws:sns:us-east-1:000000000000:topic.fifo',
    'arn:aws:kinesis:us-east-1:000000000000:stream/stream',
    // Those that the role may not use.
    'arn:aws:events:us-east-1:000000000000:event-bus/other',
    'arn:aws:s3:::bucket',
    arn('sender'),
    `${arn('sender')}:live`,
    arn('nobody'),
  ]) {
    const DestinationConfig = { OnFailure: { Destination } }
    await expect(
      lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig })),
      Destination,
    ).rejects.toMatchObject({ name: expect.stringMatching(/^(InvalidParameterValue|Validation)Exception$/) })
  }
  const put = (DestinationConfig?: DestinationConfig) =>
    lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig }))
  await expect(put()).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: 'You must specify at least one of error handling or destination setting.',
  })
  await expect(put({ OnFailure: { Destination: arn('nobody') } })).rejects.toMatchObject({
    message: `The destination ARN ${arn('nobody')} is invalid.`,
  })
  await expect(put({ OnSuccess: { Destination: 'arn:aws:s3:::ends' } })).rejects.toMatchObject({
    message: expect.stringContaining('a bucket is told of failures only'),
  })
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

test('an event bus is told of any end, and a bucket of failures', async () => {
  const [s3, events] = [node.client(S3Client), node.client(EventBridgeClient)]
  await s3.send(new CreateBucketCommand({ Bucket: 'ends' }))
  const QueueUrl = await makeQueue('from-the-bus')
  await events.send(new PutRuleCommand({ Name: 'ends', EventPattern: '{"source":["lambda"]}' }))
  await events.send(new PutTargetsCommand({ Rule: 'ends', Targets: [{ Id: '1', Arn: queueArn('from-the-bus') }] }))
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queueArn('from-the-bus'),
    },
  ]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))

  const FunctionName = 'ends'
  await makeFunction(lambda, FunctionName, role, "exports.handler = async (e) => { if (e.fail) throw new Error('no') }")
  const bus = 'arn:aws:events:us-east-1:000000000000:event-bus/default'
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnSuccess: { Destination: bus }, OnFailure: { Destination: 'arn:aws:s3:::ends' } },
    }),
  )
  await call(lambda, FunctionName, { n: 1 }, { InvocationType: 'Event' })
  await call(lambda, FunctionName, { fail: true }, { InvocationType: 'Event' })
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  expect(JSON.parse(Messages?.[0]?.Body ?? '{}')).toMatchObject({
    source: 'lambda',
    'detail-type': 'Lambda Function Invocation Result - Success',
    resources: [`${arn(FunctionName)}:$LATEST`, bus],
    detail: { requestContext: { condition: 'Success' }, requestPayload: { n: 1 }, responsePayload: null },
  })
  const keys = async () => (await s3.send(new ListObjectsV2Command({ Bucket: 'ends' }))).Contents?.map(({ Key }) => Key)
  await expect.poll(keys).toHaveLength(1)
  const [Key = ''] = (await keys()) ?? []
  expect(Key).toMatch(
    /^aws\/lambda\/async\/ends\/(\d{4})\/(\d\d)\/(\d\d)\/\1-\2-\3T\d\d\.\d\d\.\d\d-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  )
  const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket: 'ends', Key }))
  expect(ContentType).toBe('application/json')
  expect(JSON.parse((await Body?.transformToString()) ?? '{}')).toMatchObject({
    requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 1 },
    responsePayload: { errorMessage: 'no' },
  })
  s3.destroy()
  events.destroy()
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
