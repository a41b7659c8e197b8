import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { logging, makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let sqs: SQSClient
let role: string
let serial = 0
const functionArn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`
const polls = {
  Effect: 'Allow',
  Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:SendMessage'],
  Resource: '*',
}

beforeAll(async () => {
  node = await startNode()
  lambda = node.client(LambdaClient)
  sqs = node.client(SQSClient)
  role = await makeRole(node, 'poll-role', [logging, polls])
})
afterAll(async () => {
  lambda.destroy()
  sqs.destroy()
  await node.close()
})

/** Passes what it gets on to the queue `out`; `body` is the rest of the handler. */
function passesOn(out: string, body = ''): string {
  return `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
    const sqs = new SQSClient({})
    exports.handler = async (event) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: ${JSON.stringify(out)}, MessageBody: JSON.stringify(event.Records) }))
      ${body}
    }`
}

interface EventRecord {
  body: string
  messageId: string
  attributes: Record<string, string>
}

async function makeQueue(name: string, Attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }))
  return QueueUrl ?? ''
}

/** A queue, a function that passes on what it gets, a mapping between them, and the queue that it passes it on to. */
async function pipe(
  body = '',
  mapping: Partial<CreateEventSourceMappingCommandInput> = {},
  attributes: Record<string, string> = {},
) {
  serial += 1
  const fifo = attributes.FifoQueue ? '.fifo' : ''
  const name = `in-${serial}${fifo}`
  const FunctionName = `pipe-${serial}`
  const input = await makeQueue(name, attributes)
  const output = await makeQueue(`out-${serial}`)
  await makeFunction(lambda, FunctionName, role, passesOn(output, body), { Timeout: 20, MemorySize: 256 })
  const made = await lambda.send(
    new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: queueArn(name), ...mapping }),
  )
  return { input, output, FunctionName, UUID: made.UUID ?? '', name, made }
}

const send = (QueueUrl: string, MessageBody: string, more: object = {}) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }))

/** The next batch that the function got. */
async function nextBatch(QueueUrl: string): Promise<EventRecord[]> {
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  const [message] = Messages ?? []
  if (!message) return []
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }))
  return JSON.parse(message.Body ?? '[]') as EventRecord[]
}

async function counts(QueueUrl: string): Promise<[visible: number, inFlight: number]> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  return [Number(Attributes?.ApproximateNumberOfMessages), Number(Attributes?.ApproximateNumberOfMessagesNotVisible)]
}

/** Resolves when the queue holds so many messages, and fails when that never comes. */
async function holds(QueueUrl: string, expected: [number, number]): Promise<void> {
  await expect.poll(() => counts(QueueUrl)).toEqual(expected)
}

describe('a queue as a source', () => {
  test('its messages reach the function as Lambda gives them, and are deleted', async () => {
    const { input, output, name, made } = await pipe()
    expect(made).toMatchObject({ State: 'Creating', BatchSize: 10, EventSourceArn: queueArn(name) })
    await send(input, 'hello', { MessageAttributes: { kind: { DataType: 'String', StringValue: 'greeting' } } })
    const [record] = await nextBatch(output)
    expect(record).toEqual({
      messageId: expect.any(String),
      receiptHandle: expect.any(String),
      body: 'hello',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: expect.any(String),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: {
        kind: { stringValue: 'greeting', stringListValues: [], binaryListValues: [], dataType: 'String' },
      },
      md5OfMessageAttributes: expect.any(String),
      md5OfBody: '5d41402abc4b2a76b9719d911017c592',
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn(name),
      awsRegion: 'us-east-1',
    })
    await holds(input, [0, 0])
  })

  test('when the function fails, its messages come again, and then go to the dead-letter queue', async () => {
    const dead = await makeQueue('dead')
    const { input, output } = await pipe(
      "throw new Error('no')",
      {},
      {
        VisibilityTimeout: '30',
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn('dead'), maxReceiveCount: 2 }),
      },
    )
    await send(input, 'poison')
    expect((await nextBatch(output))[0]?.attributes.ApproximateReceiveCount).toBe('1')
    node.clock.advance(30_000)
    expect((await nextBatch(output))[0]?.attributes.ApproximateReceiveCount).toBe('2')
    node.clock.advance(30_000)
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: dead, WaitTimeSeconds: 20 }))
    expect(Messages?.[0]?.Body).toBe('poison')
  })

  test('with ReportBatchItemFailures only what failed comes again', async () => {
    const { input, output } = await pipe(
      `const bad = event.Records.filter((record) => record.body === 'bad' && record.attributes.ApproximateReceiveCount === '1')
       return { batchItemFailures: bad.map(({ messageId }) => ({ itemIdentifier: messageId })) }`,
      { FunctionResponseTypes: ['ReportBatchItemFailures'], MaximumBatchingWindowInSeconds: 1 },
    )
    await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: input,
        Entries: ['good', 'bad', 'fine'].map((MessageBody, i) => ({ Id: String(i), MessageBody })),
      }),
    )
    const seen: string[] = []
    while (seen.length < 3) seen.push(...(await nextBatch(output)).map(({ body }) => body))
    expect(seen.sort()).toEqual(['bad', 'fine', 'good'])
    await holds(input, [0, 1])
    node.clock.advance(31_000)
    expect((await nextBatch(output)).map(({ body }) => body)).toEqual(['bad'])
    await holds(input, [0, 0])
  })

  test('what the filters do not want is deleted unseen', async () => {
    const Pattern = JSON.stringify({ body: { kind: ['order'], amount: [{ numeric: ['>', 10] }] } })
    const { input, output } = await pipe('', { FilterCriteria: { Filters: [{ Pattern }] } })
    for (const body of ['{"kind":"order","amount":5}', 'plain', '{"kind":"order","amount":11}']) await send(input, body)
    expect((await nextBatch(output)).map(({ body }) => body)).toEqual(['{"kind":"order","amount":11}'])
    await holds(input, [0, 0])
  })

  test('a window gathers messages up to the batch size', async () => {
    const { input, output } = await pipe('', { BatchSize: 20, MaximumBatchingWindowInSeconds: 300 })
    for (let from = 0; from < 20; from += 10) {
      const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: String(i), MessageBody: String(from + i) }))
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: input, Entries }))
    }
    expect(await nextBatch(output)).toHaveLength(20)
  })

  test('a FIFO queue keeps the order of a group, also past a failure', async () => {
    const { input, output } = await pipe(
      "if (event.Records.some(({ body, attributes }) => body === '2' && attributes.ApproximateReceiveCount === '1')) throw new Error('once')",
      { BatchSize: 1 },
      { FifoQueue: 'true', ContentBasedDeduplication: 'true' },
    )
    for (const body of ['1', '2', '3']) await send(input, body, { MessageGroupId: 'g' })
    expect((await nextBatch(output)).map(({ body }) => body)).toEqual(['1'])
    expect((await nextBatch(output)).map(({ body }) => body)).toEqual(['2'])
    await holds(input, [1, 1])
    node.clock.advance(31_000)
    expect((await nextBatch(output)).map(({ body }) => body)).toEqual(['2'])
    expect((await nextBatch(output)).map(({ body }) => body)).toEqual(['3'])
  })

  test('of a FIFO group, what one event has no room for comes when that is done with', async () => {
    const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true' }
    const input = await makeQueue('heavy.fifo', fifo)
    const output = await makeQueue('heavy-out.fifo', {
      ...fifo,
      FifoThroughputLimit: 'perMessageGroupId',
      DeduplicationScope: 'messageGroup',
    })
    const says = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
      const sqs = new SQSClient({})
      const say = (MessageBody) => sqs.send(new SendMessageCommand({ QueueUrl: ${JSON.stringify(output)}, MessageGroupId: 'g', MessageBody }))
      exports.handler = async ({ Records }) => {
        await say('from ' + Records[0].body[0])
        await new Promise((resolve) => setTimeout(resolve, 100))
        await say('to ' + Records.at(-1).body[0])
      }`
    await makeFunction(lambda, 'heavy', role, says, { Timeout: 20, MemorySize: 256 })
    for (let n = 0; n < 7; n++) await send(input, `${n}${'x'.repeat(1_000_000)}`, { MessageGroupId: 'g' })
    const asked = { FunctionName: 'heavy', EventSourceArn: queueArn('heavy.fifo'), BatchSize: 10 }
    await lambda.send(new CreateEventSourceMappingCommand(asked))
    await holds(input, [0, 0])
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: output, MaxNumberOfMessages: 10 }))
    expect(Messages.map(({ Body }) => Body)).toEqual(['from 0', 'to 4', 'from 5', 'to 6'])
  })
})

describe('mappings', () => {
  test('can be switched off and on, changed, listed, deleted', async () => {
    const { input, output, UUID, FunctionName, name } = await pipe()
    await send(input, 'on')
    expect(await nextBatch(output)).toHaveLength(1)
    const off = await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false, BatchSize: 5 }))
    expect(off).toMatchObject({ State: 'Disabling', BatchSize: 5 })
    expect(await lambda.send(new GetEventSourceMappingCommand({ UUID }))).toMatchObject({ State: 'Disabled' })
    await send(input, 'off')
    // The batch before may still be on its way out of the queue; this one stays in it.
    await holds(input, [1, 0])
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }))
    expect((await nextBatch(output)).map(({ body }) => body)).toEqual(['off'])
    const listed = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName }))
    expect(listed.EventSourceMappings?.map((mapping) => mapping.UUID)).toEqual([UUID])
    const bySource = await lambda.send(new ListEventSourceMappingsCommand({ EventSourceArn: queueArn(name) }))
    expect(bySource.EventSourceMappings).toHaveLength(1)
    await expect(
      lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: queueArn(name) })),
    ).rejects.toMatchObject({ name: 'ResourceConflictException', message: expect.stringContaining(UUID) })

    // Who may change mappings of this function alone may not give them to another.
    const iam = node.client(IAMClient)
    const Condition = { ArnEquals: { 'lambda:FunctionArn': functionArn(FunctionName) } }
    const Statement = { Effect: 'Allow', Action: 'lambda:UpdateEventSourceMapping', Resource: '*', Condition }
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iam.send(new CreateUserCommand({ UserName: 'ann' }))
    await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'own', PolicyDocument }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
    const hers = node.client(LambdaClient, { credentials })
    await hers.send(new UpdateEventSourceMappingCommand({ UUID, FunctionName, BatchSize: 4 }))
    await expect(
      hers.send(new UpdateEventSourceMappingCommand({ UUID, FunctionName: 'another' })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' })
    for (const client of [iam, hers]) client.destroy()

    expect(await lambda.send(new DeleteEventSourceMappingCommand({ UUID }))).toMatchObject({ State: 'Deleting' })
    await expect(lambda.send(new GetEventSourceMappingCommand({ UUID }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    await send(input, 'after')
    await holds(input, [1, 0])
  })

  test('provisioned mode is kept and ended, and has its own bounds', async () => {
    const { UUID } = await pipe()
    const update = (ProvisionedPollerConfig: object, more = {}) =>
      lambda.send(new UpdateEventSourceMappingCommand({ UUID, ProvisionedPollerConfig, ...more }))
    expect((await update({ MinimumPollers: 3 })).ProvisionedPollerConfig).toEqual({
      MinimumPollers: 3,
      MaximumPollers: 200,
    })
    const invalid = { name: 'InvalidParameterValueException' }
    await expect(update({ MinimumPollers: 1 })).rejects.toMatchObject(invalid)
    await expect(update({ MinimumPollers: 9, MaximumPollers: 8 })).rejects.toMatchObject(invalid)
    await expect(update({ PollerGroupName: 'g' })).rejects.toMatchObject(invalid)
    const scaled = { ScalingConfig: { MaximumConcurrency: 2 } }
    await expect(update({ MaximumPollers: 8 }, scaled)).rejects.toMatchObject(invalid)
    expect((await update({}, scaled)).ProvisionedPollerConfig).toBeUndefined()
  })

  test('what can’t work is refused when it is made', async () => {
    await makeQueue('short', { VisibilityTimeout: '5' })
    await makeFunction(lambda, 'refusing', role, 'exports.handler = async () => 1', { Timeout: 10 })
    const weak = await makeRole(node, 'weak-role', [logging])
    await makeFunction(lambda, 'weak', weak, 'exports.handler = async () => 1')
    const refused = (more: Partial<CreateEventSourceMappingCommandInput>, message: RegExp) =>
      expect(
        lambda.send(
          new CreateEventSourceMappingCommand({ FunctionName: 'refusing', EventSourceArn: queueArn('short'), ...more }),
        ),
      ).rejects.toMatchObject({ name: 'InvalidParameterValueException', message: expect.stringMatching(message) })
    await refused({}, /^Queue visibility timeout: 5 seconds is less than Function timeout: 10 seconds$/)
    await refused(
      { FunctionName: 'weak' },
      /^The provided execution role does not have permissions to call ReceiveMessage on SQS$/,
    )
    await refused({ EventSourceArn: queueArn('nothing') }, /QueueDoesNotExist/)
    await refused({ EventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/c/1' }, /sources are SQS queues/)
    await refused({ BatchSize: 11 }, /must be greater than 0/)
    await refused({ StartingPosition: 'LATEST' }, /^StartingPosition/)
    await refused(
      { FilterCriteria: { Filters: [{ Pattern: '{"body":{"a":[{"like":"x"}]}}' }] } },
      /Unrecognized match type like/,
    )
  })

  test('a throttled function loses nothing', async () => {
    const { input, output, FunctionName } = await pipe('', { BatchSize: 1 })
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1 }))
    const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: String(i), MessageBody: String(i) }))
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: input, Entries }))
    const seen = new Set<string>()
    while (seen.size < 10) for (const { body } of await nextBatch(output)) seen.add(body)
    await holds(input, [0, 0])
  })

  test('polling goes on after a restart', async () => {
    await using own = await startNode()
    const ownRole = await makeRole(own, 'r', [logging, polls])
    const before = { lambda: own.client(LambdaClient), sqs: own.client(SQSClient) }
    const { QueueUrl: out = '' } = await before.sqs.send(new CreateQueueCommand({ QueueName: 'out' }))
    const { QueueUrl: input = '' } = await before.sqs.send(new CreateQueueCommand({ QueueName: 'in' }))
    const path = JSON.stringify(new URL(out).pathname)
    await makeFunction(
      before.lambda,
      'f',
      ownRole,
      passesOn(out).replace(JSON.stringify(out), `process.env.AWS_ENDPOINT_URL + ${path}`),
      { Timeout: 20, MemorySize: 256 },
    )
    await before.lambda.send(new CreateEventSourceMappingCommand({ FunctionName: 'f', EventSourceArn: queueArn('in') }))
    before.lambda.destroy()
    before.sqs.destroy()
    await own.restart()
    const after = own.client(SQSClient)
    await after.send(new SendMessageCommand({ QueueUrl: own.endpoint + new URL(input).pathname, MessageBody: 'again' }))
    const { Messages } = await after.send(
      new ReceiveMessageCommand({ QueueUrl: own.endpoint + new URL(out).pathname, WaitTimeSeconds: 20 }),
    )
    expect(JSON.parse(Messages?.[0]?.Body ?? '[]')).toMatchObject([{ body: 'again' }])
    after.destroy()
  })
})
