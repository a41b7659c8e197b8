import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { hasPublishedEvents, publishedEvent } from '../published-event.ts'
import { logging, makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let sqs: SQSClient
let kinesis: KinesisClient
let role: string

function connect(): void {
  lambda = node.client(LambdaClient)
  sqs = node.client(SQSClient)
  kinesis = node.client(KinesisClient)
}
function disconnect(): void {
  for (const client of [lambda, sqs, kinesis]) client.destroy()
}
beforeAll(async () => {
  node = await startNode()
  connect()
  const Action = ['kinesis:Get*', 'kinesis:Describe*', 'kinesis:List*', 'dynamodb:*', 'sqs:SendMessage']
  role = await makeRole(node, 'windows', [logging, { Effect: 'Allow', Action, Resource: '*' }])
})
afterAll(async () => {
  disconnect()
  await node.close()
})

interface Told {
  readonly texts: string[]
  readonly state: Record<string, unknown>
  readonly window: { readonly start: string; readonly end: string }
  readonly isFinalInvokeForWindow: boolean
  readonly isWindowTerminatedEarly: boolean
}

/** A function that tells a queue of each call, and gathers what it is given; `body` comes before its answer. */
async function gatherer(name: string, body = ''): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }))
  const source = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
    const sqs = new SQSClient({ useQueueUrlAsEndpoint: false })
    let calls = 0
    exports.handler = async ({ Records, ...rest }) => {
      calls++
      const texts = Records.map((one) => one.dynamodb?.Keys.id.S ?? Buffer.from(one.kinesis.data, 'base64').toString())
      const told = { texts, ...rest, state: (rest.state.all ?? '').length > 99 ? { long: true } : rest.state }
      await sqs.send(new SendMessageCommand({ QueueUrl: ${JSON.stringify(QueueUrl)}, MessageBody: JSON.stringify(told) }))
      const state = { all: (rest.state.all ?? '') + texts.join('') }
      ${body}
      return { state }
    }`
  await makeFunction(lambda, name, role, source, { Timeout: 20, MemorySize: 256 })
  return QueueUrl
}

async function stream(name: string, body?: string, mapping: Partial<CreateEventSourceMappingCommandInput> = {}) {
  const output = await gatherer(name, body)
  await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: 1 }))
  const EventSourceArn = `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`
  const base = { FunctionName: name, EventSourceArn, StartingPosition: 'TRIM_HORIZON', BatchSize: 2 } as const
  const map = (more: Partial<CreateEventSourceMappingCommandInput> = {}) =>
    lambda.send(new CreateEventSourceMappingCommand({ ...base, TumblingWindowInSeconds: 60, ...mapping, ...more }))
  const put = (...texts: string[]) =>
    kinesis.send(
      new PutRecordsCommand({
        StreamName: name,
        Records: texts.map((text) => ({ Data: Buffer.from(text), PartitionKey: 'k' })),
      }),
    )
  return { EventSourceArn, output, map, put }
}

/** The next calls that the function told of; the clock moves meanwhile, where something is to be tried again. */
async function next(QueueUrl: string, count: number, advanceMs = 0): Promise<Told[]> {
  const all: Told[] = []
  for (let tries = 0; tries < 600 && all.length < count; tries++) {
    const waits = advanceMs > 0 ? 0 : 1
    const asked = { QueueUrl, MaxNumberOfMessages: 1, WaitTimeSeconds: waits, VisibilityTimeout: 43_000 }
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(asked))
    all.push(...Messages.map(({ Body }) => JSON.parse(Body ?? '') as Told))
    if (advanceMs === 0) continue
    node.clock.advance(advanceMs)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return all
}

/** To the first second of a minute. */
const toNextMinute = () => node.clock.advance(60_000 - (node.clock.nowMs() % 60_000) + 1_000)
const call = (texts: string[], state: object, more: object = {}) =>
  expect.objectContaining({
    texts,
    state,
    isFinalInvokeForWindow: false,
    isWindowTerminatedEarly: false,
    ...more,
  }) as unknown
const final = { isFinalInvokeForWindow: true }

// The first: a restart takes the clock back that the others move.
test('each batch gets what the ones before it came to, also after a restart; a last call ends the window', async () => {
  const { output, map, put, EventSourceArn } = await stream('sums')
  const made = await map()
  expect(made.TumblingWindowInSeconds).toBe(60)
  toNextMinute()
  const start = new Date(node.clock.nowMs() - 1_000).toISOString().slice(0, 17)
  await put('a', 'b', 'c')
  const told = await next(output, 2)
  expect(told).toEqual([call(['a', 'b'], {}), call(['c'], { all: 'ab' })])
  expect(told[0]?.window.start).toBe(`${start}00Z`)
  expect(Date.parse(told[0]!.window.end) - Date.parse(told[0]!.window.start)).toBe(60_000)
  if (hasPublishedEvents) {
    const { Records: _, ...published } = publishedEvent<{ Records: object[] }>('kinesis-time-window-event')
    const { texts: __, ...rest } = told[0]!
    expect(Object.keys(rest).sort()).toEqual(Object.keys(published).sort())
  }
  expect(told[0]).toMatchObject({ shardId: 'shardId-000000000000', eventSourceARN: EventSourceArn })
  const nowMs = node.clock.nowMs()
  disconnect()
  await node.restart()
  connect()
  if (node.clock.nowMs() < nowMs) node.clock.advance(nowMs - node.clock.nowMs())
  await put('d')
  expect(await next(output, 1)).toEqual([call(['d'], { all: 'abc' })])
  // Nobody else comes.
  node.clock.advance(70_000)
  expect(await next(output, 1)).toEqual([call([], { all: 'abcd' }, final)])
  await put('e')
  expect(await next(output, 1)).toEqual([call(['e'], {})])
  // A record of the next window ends this one.
  toNextMinute()
  await put('f')
  expect(await next(output, 2)).toEqual([call([], { all: 'e' }, final), call(['f'], {})])
  // Without windows, that which is open ends.
  const none = { TumblingWindowInSeconds: 0, ParallelizationFactor: 2 }
  const off = new UpdateEventSourceMappingCommand({ UUID: made.UUID, ...none })
  expect((await lambda.send(off)).TumblingWindowInSeconds).toBe(0)
  expect(await next(output, 1)).toEqual([call([], { all: 'f' }, final)])
})

test('no state is a failure, a part that failed leaves the state of the rest, and a last call is made until it succeeds', async () => {
  const body = `if (texts.includes('stateless') && calls === 1) return {}
    if (texts[0] === 'b' && calls < 4) return { state: { all: 'a!' }, batchItemFailures: [{ itemIdentifier: Records[1].kinesis.sequenceNumber }] }
    if (rest.isFinalInvokeForWindow && calls < 6) throw new Error('not yet')`
  const { output, map, put } = await stream('fails', body, { FunctionResponseTypes: ['ReportBatchItemFailures'] })
  toNextMinute()
  await put('stateless', 'a', 'b', 'c')
  await map()
  expect(await next(output, 4, 50)).toEqual([
    call(['stateless', 'a'], {}),
    call(['stateless', 'a'], {}),
    call(['b', 'c'], { all: 'statelessa' }),
    call(['c'], { all: 'a!' }),
  ])
  toNextMinute()
  expect(await next(output, 2, 1_000)).toEqual([call([], { all: 'a!c' }, final), call([], { all: 'a!c' }, final)])
})

test('a state that is too large ends its window early, which then begins anew', async () => {
  const output = await gatherer('large', `if (texts.includes('big')) state.all = 'x'.repeat(1_100_000)`)
  const db = node.client(DynamoDBClient)
  const { TableDescription } = await db.send(
    new CreateTableCommand({
      TableName: 'large',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
    }),
  )
  const source = { FunctionName: 'large', EventSourceArn: TableDescription!.LatestStreamArn! }
  await lambda.send(
    new CreateEventSourceMappingCommand({ ...source, StartingPosition: 'TRIM_HORIZON', TumblingWindowInSeconds: 60 }),
  )
  toNextMinute()
  const put = (id: string) => db.send(new PutItemCommand({ TableName: 'large', Item: { id: { S: id } } }))
  await put('big')
  const early = { ...final, isWindowTerminatedEarly: true }
  expect(await next(output, 2)).toEqual([call(['big'], {}), call([], { long: true }, early)])
  await put('small')
  const [again] = await next(output, 1)
  expect(again).toEqual(call(['small'], {}))
  db.destroy()
})

test('windows are of sources that are streams, in one lane a shard', async () => {
  const { map } = await stream('refused')
  await expect(map({ ParallelizationFactor: 2 })).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
  await expect(map({ TumblingWindowInSeconds: 901 })).rejects.toThrow(/tumblingWindowInSeconds/)
})
