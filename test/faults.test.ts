import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { askNode, type Fault } from '../src/control.ts'
import { createFaults, drawFrom } from '../src/faults/faults.ts'
import { createClock } from '../src/kernel/clock.ts'
import { systemIds } from '../src/kernel/ids.ts'
import { startNode, type TestNode } from './harness.ts'

let node: TestNode
let sqs: SQSClient

beforeAll(async () => {
  node = await startNode()
  sqs = node.client(SQSClient)
})
afterEach(() => ask(undefined, 'DELETE'))
afterAll(() => node.close())

const testKey = { accessKeyId: 'test', secretAccessKey: 'test' }
const target = (credentials = testKey) => ({ endpoint: node.endpoint, region: 'us-east-1', credentials })
const ask = (body?: object, method: 'GET' | 'POST' | 'DELETE' = body ? 'POST' : 'GET', credentials = testKey) =>
  askNode<{ faults: Fault[]; fault: Fault }>(
    target(credentials),
    '/_landfall/faults',
    {},
    { method, ...(body && { body }) },
  )

async function queue(QueueName: string, Attributes: Record<string, string> = {}) {
  return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl
}

async function receive(QueueUrl: string | undefined) {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
  return Messages
}

describe('requests', () => {
  test("are throttled with the service's own error, as often as was said, then served again", async () => {
    await ask({ action: 'throttle', service: 'dynamodb', count: 2 })
    const tables = () => node.client(DynamoDBClient).send(new ListTablesCommand({}))
    for (const _time of [1, 2]) await expect(tables()).rejects.toThrow('Rate exceeded')
    await expect(tables()).resolves.toMatchObject({ TableNames: [] })
    expect((await ask()).faults).toMatchObject([{ action: 'throttle', service: 'dynamodb', hits: 2 }])
    await ask({ action: 'throttle', operation: 'ListTables', count: 1 })
    await expect(tables()).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' })
  })

  test('fail with the error and status that was asked for, of one queue alone', async () => {
    const [one, other] = [await queue('one'), await queue('other')]
    await ask({ action: 'error', queue: 'one', code: 'OverLimit', status: 403 })
    const send = (QueueUrl: string | undefined) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    await expect(send(one)).rejects.toMatchObject({ name: 'OverLimit', $metadata: { httpStatusCode: 403 } })
    await expect(send(other)).resolves.toBeDefined()
  })

  test('fail in the window of time that was asked for', async () => {
    await ask({ action: 'throttle', service: 'sqs', inMs: 60_000, forMs: 60_000 })
    await expect(queue('window')).resolves.toBeDefined()
    node.clock.advance(60_000)
    await expect(queue('window')).rejects.toThrow('Rate exceeded')
    node.clock.advance(60_000)
    await expect(queue('window')).resolves.toBeDefined()
  })

  test('take longer', async () => {
    await ask({ action: 'latency', service: 'sqs', delayMs: 300 })
    const begun = performance.now()
    await queue('slow')
    expect(performance.now() - begun).toBeGreaterThanOrEqual(295)
  })
})

describe('messages of a standard queue', () => {
  test('come twice, and are gone once one of both is deleted', async () => {
    const QueueUrl = await queue('twice')
    await ask({ action: 'duplicate', queue: 'twice', count: 1 })
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    expect(await receive(QueueUrl)).toMatchObject([{ Body: 'x' }])
    node.clock.advance(10)
    const [again] = await receive(QueueUrl)
    expect(again).toMatchObject({ Body: 'x' })
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again?.ReceiptHandle }))
    node.clock.advance(60_000)
    expect(await receive(QueueUrl)).toEqual([])
  })

  test('come late, and behind others', async () => {
    const QueueUrl = await queue('late')
    for (const MessageBody of ['a', 'b']) {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))
      node.clock.advance(10)
    }
    await ask({ action: 'delay', queue: 'late', delayMs: 60_000, count: 1 })
    expect(await receive(QueueUrl)).toMatchObject([{ Body: 'b' }])
    node.clock.advance(60_010)
    expect((await receive(QueueUrl)).map(({ Body }) => Body).toSorted()).toEqual(['a', 'b'])
    const other = await queue('behind')
    for (const MessageBody of ['a', 'b']) {
      await sqs.send(new SendMessageCommand({ QueueUrl: other, MessageBody }))
      node.clock.advance(10)
    }
    await ask({ action: 'reorder', queue: 'behind', count: 1 })
    expect(await receive(other)).toMatchObject([{ Body: 'b' }])
    node.clock.advance(10)
    expect(await receive(other)).toMatchObject([{ Body: 'a' }])
  })

  test('and those of a FIFO queue keep their promises', async () => {
    await expect(ask({ action: 'reorder', queue: 'x.fifo' })).rejects.toMatchObject({ code: 'ValidationException' })
    const QueueUrl = await queue('kept.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' })
    await ask({ action: 'duplicate' })
    await ask({ action: 'reorder' })
    for (const MessageBody of ['a', 'b'])
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: 'g' }))
    expect(await receive(QueueUrl)).toMatchObject([{ Body: 'a' }, { Body: 'b' }])
    node.clock.advance(10)
    expect(await receive(QueueUrl)).toEqual([])
  })
})

describe('a fault', () => {
  test.each([
    [{}, 'action is one of'],
    [{ action: 'latency' }, 'delayMs'],
    [{ action: 'crash' }, 'before or after'],
    [{ action: 'error', probability: 2 }, 'probability is a number from 0 to 1'],
    [{ action: 'throttle', code: 'X' }, 'of the action error'],
    [{ action: 'throttle', table: 'x' }, 'A fault has no table'],
    [{ action: 'throttle', queue: 'a b' }, 'queue is a name'],
  ])('that is none is refused: %j', async (body, message) => {
    await expect(ask(body, 'POST')).rejects.toMatchObject({ status: 400, message: expect.stringContaining(message) })
  })

  test('is not for whoever has no permission, nor met by another account', async () => {
    const iam = node.client(IAMClient)
    await iam.send(new CreateUserCommand({ UserName: 'curious' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'curious' }))
    const curious = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
    await expect(ask({ action: 'throttle' }, 'POST', curious)).rejects.toMatchObject({ status: 403 })
    await expect(ask(undefined, 'GET', curious)).rejects.toMatchObject({ status: 403 })
    expect((await ask()).faults).toEqual([])
  })

  test('is allowed only where the node was told so, and is gone with it', async () => {
    await using plain = await startNode({ faults: false })
    const there = { ...target(), endpoint: plain.endpoint }
    const refused = askNode(there, '/_landfall/faults', {}, { method: 'POST', body: { action: 'throttle' } })
    await expect(refused).rejects.toMatchObject({ code: 'FaultsNotEnabled', status: 409 })
    expect(plain.node.host.faults).toBeUndefined()
    await ask({ action: 'throttle' })
    await node.restart()
    sqs = node.client(SQSClient)
    expect((await ask()).faults).toEqual([])
  })
})

describe('chance', () => {
  const place = { account: '1', service: 'sqs', operation: 'SendMessage' }
  const faults = (seed: number) => {
    const set = createFaults({ clock: createClock(), ids: systemIds, crash: () => undefined })
    set.add('1', { action: 'throttle', probability: 0.3, seed })
    return set
  }
  const run = async (seed: number) => {
    const set = faults(seed)
    const outcomes: boolean[] = []
    for (let turn = 0; turn < 200; turn++) {
      outcomes.push(
        await set
          .around(
            place,
            async () => true,
            () => undefined,
          )
          .catch(() => false),
      )
    }
    return outcomes
  }

  test('is the same again for the same seed, and another for another', async () => {
    const [first, again, other] = [await run(7), await run(7), await run(8)]
    expect(first).toEqual(again)
    expect(first).not.toEqual(other)
    const failed = first.filter((ok) => !ok).length
    expect(failed).toBeGreaterThan(30)
    expect(failed).toBeLessThan(90)
  })

  test('is spread evenly', () => {
    const draw = drawFrom(1)
    const mean = Array.from({ length: 10_000 }, draw).reduce((sum, value) => sum + value, 0) / 10_000
    expect(mean).toBeCloseTo(0.5, 1)
  })

  test('a crash comes before the acknowledgement, or after it', async () => {
    const said: string[] = []
    const set = createFaults({ clock: createClock(), ids: systemIds, crash: () => void said.push('crash') })
    const around = () =>
      set.around(
        place,
        async () => void said.push('done'),
        (then) => {
          said.push('acknowledged')
          then()
        },
      )
    set.add('1', { action: 'crash', when: 'before', probability: 1, seed: 1, count: 1 })
    await around()
    set.add('1', { action: 'crash', when: 'after', probability: 1, seed: 1, count: 1 })
    await around()
    expect(said).toEqual(['done', 'crash', 'done', 'acknowledged', 'crash'])
  })
})
