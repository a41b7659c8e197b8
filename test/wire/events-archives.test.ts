import {
  CancelReplayCommand,
  CreateArchiveCommand,
  CreateEventBusCommand,
  DeleteArchiveCommand,
  DescribeArchiveCommand,
  DescribeReplayCommand,
  EventBridgeClient,
  ListArchivesCommand,
  ListReplaysCommand,
  PutEventsCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  StartReplayCommand,
  type StartReplayCommandInput,
  UpdateArchiveCommand,
} from '@aws-sdk/client-eventbridge'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ensureAdministrator } from '../../src/services/iam/bootstrap.ts'
import { patiently, startNode, type TestNode } from '../harness.ts'

const account = '000000000000'
const busArn = (name: string, of = account, region = 'us-east-1') => `arn:aws:events:${region}:${of}:event-bus/${name}`
const ruleArn = (bus: string, name: string) => `arn:aws:events:us-east-1:${account}:rule/${bus}/${name}`
let node: TestNode
let events: EventBridgeClient
let sqs: SQSClient
let serial = 0

beforeAll(async () => {
  node = await startNode()
  connect()
})
afterAll(() => node.close())
function connect() {
  events = node.client(EventBridgeClient)
  sqs = node.client(SQSClient)
}

async function makeBus() {
  const Name = `bus${++serial}`
  await events.send(new CreateEventBusCommand({ Name }))
  return Name
}

/** A rule of a bus whose events come to a queue. */
async function listen(bus: string, client = events, queues = sqs, of = account, region = 'us-east-1') {
  const name = `rule${++serial}`
  const arn = `arn:aws:sqs:${region}:${of}:${name}`
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      ...{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn },
    },
  })
  const { QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName: name, Attributes: { Policy } }))
  await client.send(new PutRuleCommand({ Name: name, EventBusName: bus, EventPattern: '{"source":["shop"]}' }))
  const Targets = [{ Id: 'queue', Arn: arn }]
  await client.send(new PutTargetsCommand({ Rule: name, EventBusName: bus, Targets }))
  const told = async (count: number): Promise<Record<string, unknown>[]> => {
    const found: Record<string, unknown>[] = []
    const until = performance.now() + 45_000
    while (found.length < count && performance.now() < until) {
      const asked = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 })
      for (const { Body = '', ReceiptHandle } of (await queues.send(asked)).Messages ?? []) {
        found.push(JSON.parse(Body) as Record<string, unknown>)
        await queues.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
      }
    }
    return found
  }
  return { name, told, QueueUrl }
}
const numbers = (told: readonly Record<string, unknown>[]) =>
  told.map(({ detail }) => (detail as { n: number }).n).sort((a, b) => a - b)

const put = (EventBusName: string, from: number, to: number, Source = 'shop') =>
  events.send(
    new PutEventsCommand({
      Entries: Array.from({ length: to - from }, (_, index) => ({
        ...{ EventBusName, Source, DetailType: 'Order', Detail: JSON.stringify({ n: from + index }) },
      })),
    }),
  )

async function makeArchive(bus: string, more: { EventPattern?: string; RetentionDays?: number } = {}) {
  const ArchiveName = `archive${++serial}`
  const made = new CreateArchiveCommand({ ArchiveName, EventSourceArn: busArn(bus), ...more })
  return { name: ArchiveName, arn: (await events.send(made)).ArchiveArn! }
}
const count = async (ArchiveName: string) => (await events.send(new DescribeArchiveCommand({ ArchiveName }))).EventCount

async function replay(archive: string, bus: string, more: Partial<StartReplayCommandInput> = {}) {
  const ReplayName = `replay${++serial}`
  const given = {
    ...{ ReplayName, EventSourceArn: archive, Destination: { Arn: busArn(bus) } },
    ...{ EventStartTime: new Date(node.clock.nowMs() - 3_600_000), EventEndTime: new Date(node.clock.nowMs() + 1_000) },
  }
  expect((await events.send(new StartReplayCommand({ ...given, ...more }))).State).toBe('STARTING')
  return ReplayName
}
const ended = (ReplayName: string, State: string) =>
  vi.waitFor(
    async () => {
      const found = await events.send(new DescribeReplayCommand({ ReplayName }))
      expect(found.State).toBe(State)
      return found
    },
    { timeout: 45_000, interval: 50 },
  )

describe('an archive', () => {
  test('keeps the events that match, and a replay brings them to the rules with its name, and not back to the archive', async () => {
    const bus = await makeBus()
    const archive = await makeArchive(bus, { EventPattern: '{"source":["shop"]}' })
    await put(bus, 0, 10)
    await put(bus, 10, 15, 'other')
    expect(await count(archive.name)).toBe(10)
    const { told } = await listen(bus)
    const name = await replay(archive.arn, bus)
    const found = await told(10)
    expect(numbers(found)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(new Set(found.map((event) => event['replay-name']))).toEqual(new Set([name]))
    expect(await ended(name, 'COMPLETED')).toMatchObject({
      EventLastReplayedTime: expect.any(Date),
      ReplayEndTime: expect.any(Date),
      Destination: { Arn: busArn(bus) },
    })
    expect(await count(archive.name)).toBe(10)
    const { Replays } = await events.send(new ListReplaysCommand({ EventSourceArn: archive.arn }))
    expect(Replays).toMatchObject([{ ReplayName: name, State: 'COMPLETED' }])
  })

  test('is replayed to the rules that are named, from and until the times that are given', async () => {
    const bus = await makeBus()
    const archive = await makeArchive(bus)
    await put(bus, 0, 3)
    node.clock.advance(60_000)
    const EventStartTime = new Date(node.clock.nowMs())
    await put(bus, 3, 6)
    const [one, other] = [await listen(bus), await listen(bus)]
    const Destination = { Arn: busArn(bus), FilterArns: [ruleArn(bus, one.name)] }
    await ended(await replay(archive.arn, bus, { EventStartTime, Destination }), 'COMPLETED')
    expect(numbers(await one.told(3))).toEqual([3, 4, 5])
    await put(bus, 6, 7)
    expect(numbers(await other.told(1)), 'only what came afterwards').toEqual([6])
  })

  test('forgets events after its days, and those of a deleted one are gone', async () => {
    const bus = await makeBus()
    const archive = await makeArchive(bus, { RetentionDays: 2 })
    await put(bus, 0, 3)
    node.clock.advance(86_400_000)
    await put(bus, 3, 5)
    await events.send(new UpdateArchiveCommand({ ArchiveName: archive.name, Description: 'kept for two days' }))
    expect(await count(archive.name)).toBe(5)
    node.clock.advance(86_400_000 + 3_700_000)
    await vi.waitFor(async () => expect(await count(archive.name)).toBe(2), patiently)
    await events.send(new DeleteArchiveCommand({ ArchiveName: archive.name }))
    await expect(count(archive.name)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await put(bus, 5, 6)
  })

  test('and its replay go on when the node restarts; a replay that is cancelled ends', async () => {
    const bus = await makeBus()
    const archive = await makeArchive(bus)
    for (let n = 0; n < 200; n += 10) await put(bus, n, n + 10)
    const { QueueUrl } = await listen(bus)
    const name = await replay(archive.arn, bus)
    await node.restart()
    connect()
    await ended(name, 'COMPLETED')
    await vi.waitFor(async () => {
      const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] })
      expect((await sqs.send(asked)).Attributes).toEqual({ ApproximateNumberOfMessages: '200' })
    }, patiently)
    const cancelled = await replay(archive.arn, bus)
    const cancel = new CancelReplayCommand({ ReplayName: cancelled })
    await events.send(cancel).catch((error: unknown) => expect(error).toMatchObject({ name: 'IllegalStatusException' }))
    await vi.waitFor(async () => {
      const { State } = await events.send(new DescribeReplayCommand({ ReplayName: cancelled }))
      expect(['CANCELLED', 'COMPLETED']).toContain(State)
    }, patiently)
    await expect(events.send(cancel)).rejects.toMatchObject({ name: 'IllegalStatusException' })
  })

  test.each([
    ['another bus as its destination', { Destination: { Arn: busArn('default') } }, /Cross event bus replay/],
    ['no bus as its destination', { Destination: { Arn: 'arn:aws:sqs:us-east-1:000000000000:q' } }, /event bus ARN/],
    ['times in the wrong order', { EventEndTime: new Date(0) }, /must be before EventEndTime/],
    [
      'no archive',
      { EventSourceArn: `arn:aws:events:us-east-1:${account}:archive/none` },
      /Archive none does not exist/,
    ],
  ])('is not replayed with %s', async (_, more, message) => {
    const bus = await makeBus()
    const { arn } = await makeArchive(bus)
    await expect(replay(arn, bus, more)).rejects.toThrow(message)
  })

  test('is refused twice, for a bus that is not there, with a pattern that is none, with a key, and without permission', async () => {
    const bus = await makeBus()
    const { name } = await makeArchive(bus)
    const make = (more: object, client = events) =>
      client.send(new CreateArchiveCommand({ ArchiveName: 'x', EventSourceArn: busArn(bus), ...more }))
    await expect(make({ ArchiveName: name })).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' })
    await expect(make({ EventSourceArn: busArn('none') })).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await expect(make({ EventPattern: '{"a":1}' })).rejects.toMatchObject({ name: 'InvalidEventPatternException' })
    await expect(make({ KmsKeyIdentifier: 'alias/key' })).rejects.toThrow('KmsKeyIdentifier')
    const iam = node.client(IAMClient)
    await iam.send(new CreateUserCommand({ UserName: 'nobody' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'nobody' }))
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
    const denied = node.client(EventBridgeClient, { credentials })
    await expect(make({}, denied)).rejects.toMatchObject({ name: 'AccessDeniedException' })
    const { Archives } = await events.send(new ListArchivesCommand({ NamePrefix: name }))
    expect(Archives).toMatchObject([{ ArchiveName: name, State: 'ENABLED', EventCount: 0 }])
  })
})

describe('a bus as a target', () => {
  test('gets events as they are, and sends none of them to a third', async () => {
    const [first, second, third] = [await makeBus(), await makeBus(), await makeBus()]
    const { name } = await listen(first)
    await events.send(
      new PutTargetsCommand({ Rule: name, EventBusName: first, Targets: [{ Id: 'bus', Arn: busArn(second) }] }),
    )
    const reached = await listen(second)
    await events.send(
      new PutTargetsCommand({ Rule: reached.name, EventBusName: second, Targets: [{ Id: 'b', Arn: busArn(third) }] }),
    )
    const kept = await makeArchive(third)
    await put(first, 0, 1)
    const [event] = await reached.told(1)
    expect(event).toMatchObject({ source: 'shop', account, region: 'us-east-1', detail: { n: 0 } })
    expect(await count(kept.name)).toBe(0)
  })

  test('in another account and Region gets them when its policy lets it, else the dead-letter queue does', async () => {
    const other = '111122223333'
    const { host } = node.node
    const { accessKeyId, secretAccessKey } = await ensureAdministrator(host.records, host.ids, other, 0)
    const options = { credentials: { accessKeyId, secretAccessKey }, region: 'eu-west-1' }
    const theirs = node.client(EventBridgeClient, options)
    await theirs.send(new CreateEventBusCommand({ Name: 'theirs' }))
    const { told } = await listen('theirs', theirs, node.client(SQSClient, options), other, 'eu-west-1')
    const bus = await makeBus()
    const dead = await listen(bus)
    const { name } = await listen(bus)
    const DeadLetterConfig = { Arn: `arn:aws:sqs:us-east-1:${account}:${dead.name}` }
    const Targets = [{ Id: 'theirs', Arn: busArn('theirs', other, 'eu-west-1'), DeadLetterConfig }]
    await events.send(new PutTargetsCommand({ Rule: name, EventBusName: bus, Targets }))
    await put(bus, 0, 1)
    // The event itself, and what could not be delivered.
    expect(numbers(await dead.told(2))).toEqual([0, 0])
    await theirs.send(
      new PutPermissionCommand({
        ...{ EventBusName: 'theirs', StatementId: 'us', Action: 'events:PutEvents', Principal: account },
      }),
    )
    await put(bus, 1, 2)
    expect(await told(1)).toMatchObject([{ account, region: 'us-east-1', detail: { n: 1 } }])
  })
})
