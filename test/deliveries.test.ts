import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { askNode, type WaitingPage } from '../src/control.ts'
import { startNode, type TestNode } from './harness.ts'

let node: TestNode
beforeEach(async () => {
  node = await startNode()
})
afterEach(() => node.close())

const testKey = { accessKeyId: 'test', secretAccessKey: 'test' }
const target = (credentials = testKey) => ({ endpoint: node.endpoint, region: 'us-east-1', credentials })
const list = (query: Record<string, string> = {}) => askNode<WaitingPage>(target(), '/_landfall/deliveries', query)
const act = (id: string, method: 'POST' | 'DELETE') => askNode(target(), `/_landfall/deliveries/${id}`, {}, { method })

/** Rules that hand events to queues which throttle whoever sends: they wait to be tried again. */
async function eventsWait(count: number, names = ['orders']) {
  const events = node.client(EventBridgeClient)
  for (const name of names) {
    const arn = `arn:aws:sqs:us-east-1:000000000000:${name}`
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        ...{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' } },
        ...{ Action: 'sqs:SendMessage', Resource: arn },
      },
    })
    await node.client(SQSClient).send(new CreateQueueCommand({ QueueName: name, Attributes: { Policy } }))
    await events.send(new PutRuleCommand({ Name: name, EventPattern: '{"source":["shop"]}' }))
    await events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: 'q', Arn: arn, InputPath: '$.detail.n' }] }))
  }
  const fault = { action: 'throttle', service: 'events', operation: 'deliver' }
  await askNode(target(), '/_landfall/faults', {}, { method: 'POST', body: fault })
  for (let n = 0; n < count; n++) {
    const Entry = { Source: 'shop', DetailType: 'Order', Detail: JSON.stringify({ n }) }
    await events.send(new PutEventsCommand({ Entries: [Entry] }))
  }
  await expect
    .poll(async () => (await list()).deliveries.filter(({ state }) => state === 'retrying').length)
    .toBe(count * names.length)
}

const wellAgain = () => askNode(target(), '/_landfall/faults', {}, { method: 'DELETE' })

async function bodies(queue: string): Promise<(string | undefined)[]> {
  const QueueUrl = `${node.endpoint}/000000000000/${queue}`
  const { Messages = [] } = await node
    .client(SQSClient)
    .send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }))
  return Messages.map(({ Body }) => Body)
}

test('what waits is shown with its target, its attempts, why the last one failed and when the next one is', async () => {
  await eventsWait(1)
  const { deliveries, next } = await list()
  expect(next).toBeUndefined()
  expect(deliveries).toEqual([
    expect.objectContaining({
      kind: 'events:deliver',
      target: 'arn:aws:sqs:us-east-1:000000000000:orders',
      state: 'retrying',
      attempts: expect.any(Number),
      lastError: expect.stringContaining('Rate exceeded'),
      dueAt: expect.stringMatching(/Z$/),
    }),
  ])
  expect(JSON.stringify(deliveries)).not.toContain('shop')
  await node.restart()
  expect((await list()).deliveries).toHaveLength(1)
})

test('it is found by kind and by target, page after page', async () => {
  await eventsWait(3, ['orders', 'bills'])
  expect((await list({ target: 'bills' })).deliveries).toHaveLength(3)
  expect((await list({ kind: 'sns:deliver' })).deliveries).toEqual([])
  expect((await list({ kind: 'events:deliver' })).deliveries).toHaveLength(6)
  // The node's own upkeep waits as well, and is nobody's business.
  expect((await list({ kind: 'events:tick' })).deliveries).toEqual([])
  const ids = new Set<string>()
  let after: string | undefined
  do {
    const page: WaitingPage = await list({ limit: '2', ...(after && { after }) })
    expect(page.deliveries.length).toBeLessThanOrEqual(2)
    for (const { id } of page.deliveries) ids.add(id)
    after = page.next
  } while (after)
  expect(ids.size).toBeGreaterThanOrEqual(6)
  expect(
    (await askNode<WaitingPage>({ ...target(), region: 'eu-west-1' }, '/_landfall/deliveries')).deliveries,
  ).toEqual([])
})

test('it is tried now when its target is back, or dropped, which makes an end of it', async () => {
  await eventsWait(2)
  const { deliveries } = await list()
  await act(deliveries[0]!.id, 'DELETE')
  await expect(act(deliveries[0]!.id, 'DELETE')).rejects.toMatchObject({ status: 404 })
  await wellAgain()
  await expect
    .poll(async () => {
      const waiting = (await list()).deliveries
      for (const { id } of waiting) await act(id, 'POST').catch(() => undefined)
      return waiting.length
    })
    .toBe(0)
  expect(await bodies('orders')).toHaveLength(1)
})

test('it is for those who may, and an id that is none is refused', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'curious' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'curious' }))
  const curious = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  for (const [method, path] of [
    ['GET', ''],
    ['POST', '/abc'],
    ['DELETE', '/abc'],
  ] as const) {
    const asked = askNode(target(curious), `/_landfall/deliveries${path}`, {}, { method })
    await expect(asked).rejects.toMatchObject({ status: 403 })
  }
  await expect(act('abc', 'POST')).rejects.toMatchObject({ code: 'ValidationException' })
  await expect(list({ after: 'abc' })).rejects.toMatchObject({ code: 'ValidationException' })
  await expect(list({ limit: '0' })).rejects.toMatchObject({ code: 'ValidationException' })
})

test('metrics tell how much waits, since when, and what attempts come to', async () => {
  await eventsWait(2)
  const sum = async (MetricName: string) => {
    await node.node.host.metrics.flush()
    const nowMs = node.clock.nowMs()
    const { Datapoints = [] } = await node.client(CloudWatchClient).send(
      new GetMetricStatisticsCommand({
        ...{ Namespace: 'Landfall/Delivery', MetricName, Dimensions: [{ Name: 'Kind', Value: 'events:deliver' }] },
        ...{ StartTime: new Date(nowMs - 3_600_000), EndTime: new Date(nowMs + 60_000), Period: 60 },
        Statistics: ['Sum', 'Maximum'],
      }),
    )
    return Datapoints.reduce((most, { Maximum = 0 }) => Math.max(most, Maximum), -1)
  }
  expect(await sum('Attempts')).toBe(1)
  expect(await sum('Failures')).toBe(1)
  node.clock.advance(61_000)
  await expect.poll(() => sum('Depth')).toBe(2)
  expect(await sum('AgeOfOldest')).toBeGreaterThanOrEqual(60)
})
