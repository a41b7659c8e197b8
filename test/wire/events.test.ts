import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation'
import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutPermissionCommand,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  RemovePermissionCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  type Target,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge'
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { makeFunction, makeRole } from './lambda-support.ts'

const account = '000000000000'
const ruleArn = (name: string) => `arn:aws:events:us-east-1:${account}:rule/${name}`
let node: TestNode
let events: EventBridgeClient
let sqs: SQSClient
let lambda: LambdaClient
let serial = 0

beforeAll(async () => {
  node = await startNode()
  connect()
})
afterAll(() => node.close())
function connect() {
  events = node.client(EventBridgeClient)
  sqs = node.client(SQSClient)
  lambda = node.client(LambdaClient)
}

/** A queue that EventBridge may send to. */
async function makeQueue(open = true, attributes: Record<string, string> = {}) {
  const name = `q${++serial}${attributes.FifoQueue ? '.fifo' : ''}`
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }))
  const arn = `arn:aws:sqs:us-east-1:${account}:${name}`
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: arn,
        Condition: { ArnLike: { 'aws:SourceArn': ruleArn('*') } },
      },
    ],
  })
  if (open) await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  return { url: QueueUrl!, arn }
}
async function receive(QueueUrl: string, count: number): Promise<Message[]> {
  const found: Message[] = []
  const until = performance.now() + 45_000
  while (found.length < count && performance.now() < until) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['All'],
      }),
    )
    found.push(...Messages)
    for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
  }
  return found
}
const bodies = async (url: string, count: number) =>
  (await receive(url, count)).map(({ Body }) => JSON.parse(Body!) as Record<string, unknown>)

async function makeRule(input: Partial<PutRuleCommandInput>, ...targets: Omit<Target, 'Id'>[]) {
  const Name = input.Name ?? `rule${++serial}`
  await events.send(new PutRuleCommand({ Name, ...input }))
  const Targets = targets.map((one, index) => ({ Id: `t${index}`, ...one }) as Target)
  const { EventBusName } = input
  if (Targets.length > 0) await events.send(new PutTargetsCommand({ Rule: Name, EventBusName, Targets }))
  return Name
}
const put = (...entries: Partial<PutEventsRequestEntry>[]) =>
  events.send(
    new PutEventsCommand({
      Entries: entries.map((one) => ({ Source: 'shop', DetailType: 'Order', Detail: '{}', ...one })),
    }),
  )
const matching = (source: string) => JSON.stringify({ source: [source] })

describe('events', () => {
  test('go to the targets of every rule that matches, whole, as part, as a text, by a template', async () => {
    const [whole, part, own, filled, other] = await Promise.all([1, 2, 3, 4, 5].map(() => makeQueue()))
    const InputTransformer = {
      InputPathsMap: { who: '$.detail.who', n: '$.detail.items[0].n', items: '$.detail.items' },
      InputTemplate: '{"text": "for <who>: <n>", "n": <n>, "items": <items>, "rule": "<aws.events.rule-name>"}',
    }
    const name = await makeRule(
      { EventPattern: JSON.stringify({ source: ['whole'], detail: { items: { n: [{ numeric: ['>', 1] }] } } }) },
      { Arn: whole!.arn },
      { Arn: part!.arn, InputPath: '$.detail.who' },
      { Arn: own!.arn, Input: '{"fixed":true}' },
      { Arn: filled!.arn, InputTransformer },
    )
    await makeRule({ EventPattern: matching('other') }, { Arn: other!.arn })
    const Time = new Date('2026-01-02T03:04:05Z')
    const Detail = JSON.stringify({ who: 'Ann "A"', items: [{ n: 2 }] })
    const { Entries, FailedEntryCount } = await put(
      { Source: 'whole', Detail, Time, Resources: ['r'] },
      { Source: 'other' },
    )
    expect(FailedEntryCount).toBe(0)
    expect(await bodies(whole!.url, 1)).toEqual([
      {
        version: '0',
        id: Entries![0]!.EventId,
        'detail-type': 'Order',
        source: 'whole',
        account,
        time: '2026-01-02T03:04:05Z',
        region: 'us-east-1',
        resources: ['r'],
        detail: { who: 'Ann "A"', items: [{ n: 2 }] },
      },
    ])
    expect(await bodies(part!.url, 1)).toEqual(['Ann "A"'])
    expect(await bodies(own!.url, 1)).toEqual([{ fixed: true }])
    expect(await bodies(filled!.url, 1)).toEqual([{ text: 'for Ann "A": 2', n: 2, items: [{ n: 2 }], rule: name }])
    expect((await bodies(other!.url, 1)).length).toBe(1)
  })

  test('that a template makes too large go to the dead letters of that target, and to the others as they are', async () => {
    const [plain, large, dead] = [await makeQueue(), await makeQueue(), await makeQueue()]
    const InputTransformer = { InputPathsMap: { a: '$.detail.a' }, InputTemplate: `"${'<a>'.repeat(2_000)}"` }
    const target = { Arn: large.arn, InputTransformer, DeadLetterConfig: { Arn: dead.arn } }
    await makeRule({ EventPattern: matching('swells') }, { Arn: plain.arn }, target)
    const detail = { a: 'x'.repeat(1_000) }
    expect(await put({ Source: 'swells', Detail: JSON.stringify(detail) })).toMatchObject({ FailedEntryCount: 0 })
    expect(await bodies(plain.url, 1)).toMatchObject([{ detail }])
    const [letter] = await receive(dead.url, 1)
    expect(letter?.MessageAttributes?.ERROR_CODE?.StringValue).toBe('INVALID_PARAMETER')
    expect(JSON.parse(letter?.Body ?? '')).toMatchObject({ detail })
  })

  test('reach a function that lets EventBridge in', async () => {
    const out = await makeQueue()
    const role = await makeRole(node, 'echo', [{ Effect: 'Allow', Action: ['logs:*', 'sqs:*'], Resource: '*' }])
    const source = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
      exports.handler = async (event) => new SQSClient({}).send(new SendMessageCommand({ QueueUrl: '${out.url}', MessageBody: JSON.stringify(event) }))`
    await makeFunction(lambda, 'echo', role, source, { Timeout: 20 })
    const dead = await makeQueue()
    const Arn = `arn:aws:lambda:us-east-1:${account}:function:echo`
    const name = await makeRule({ EventPattern: matching('fn') }, { Arn, DeadLetterConfig: { Arn: dead.arn } })
    await put({ Source: 'fn', Detail: '{"n":1}' })
    const [refused] = await receive(dead.url, 1)
    expect(refused?.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: 'NO_PERMISSIONS' },
      RULE_ARN: { StringValue: ruleArn(name) },
      TARGET_ARN: { StringValue: Arn },
    })
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: 'echo',
        StatementId: 'events',
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: ruleArn(name),
      }),
    )
    await put({ Source: 'fn', Detail: '{"n":2}' })
    expect(await bodies(out.url, 1)).toMatchObject([{ source: 'fn', detail: { n: 2 } }])
  })

  test('follow every change of a rule at once', async () => {
    const [first, second] = [await makeQueue(), await makeQueue()]
    const Name = await makeRule({ EventPattern: matching('before') }, { Arn: first.arn, InputPath: '$.detail.n' })
    const numbered = (n: number, Source: string) => put({ Source, Detail: JSON.stringify({ n }) })
    await numbered(1, 'before')
    await events.send(
      new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 't0', Arn: second.arn, InputPath: '$.detail.n' }] }),
    )
    await numbered(2, 'before')
    await events.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify({ source: [{ prefix: 'aft' }] }) }))
    await numbered(3, 'before')
    await numbered(4, 'after')
    await events.send(new DisableRuleCommand({ Name }))
    await numbered(5, 'after')
    await events.send(new EnableRuleCommand({ Name }))
    await numbered(6, 'after')
    expect(await bodies(first.url, 1)).toEqual([1])
    expect((await bodies(second.url, 3)).map(Number).sort()).toEqual([2, 4, 6])
  })

  test('that are not valid are refused one by one', async () => {
    const { Entries, FailedEntryCount } = await put(
      { Detail: '{' },
      { Source: '' },
      { Source: 'aws.s3' },
      { EventBusName: 'nowhere' },
      {},
    )
    expect(FailedEntryCount).toBe(4)
    expect(Entries!.map(({ ErrorCode }) => ErrorCode)).toEqual([
      'MalformedDetail',
      'InvalidArgument',
      'NotAuthorizedForSource',
      'ResourceNotFoundException',
      undefined,
    ])
    const Detail = JSON.stringify('x'.repeat(600_000)).replace(/^/, '{"a":').replace(/$/, '}')
    await expect(put({ Detail }, { Detail })).rejects.toMatchObject({ name: 'ValidationException' })
  })

  test('are there after a restart, and a queue that comes later gets them', async () => {
    const late = await makeQueue(false)
    const dead = await makeQueue()
    const policy = { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }
    await makeRule(
      { EventPattern: matching('late') },
      { Arn: late.arn, DeadLetterConfig: { Arn: dead.arn }, RetryPolicy: policy },
    )
    for (let n = 0; n < 20; n++) await put({ Source: 'late', Detail: JSON.stringify({ n }) })
    await node.restart()
    connect()
    const url = dead.url.replace(/^https?:\/\/[^/]+/, node.endpoint)
    const found = await bodies(url, 20)
    expect(found.map(({ detail }) => (detail as { n: number }).n).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    )
  })
})

describe('schedules', () => {
  test('fire by the clock, each time that came, with the event of that time', async () => {
    const queue = await makeQueue()
    const name = await makeRule({ ScheduleExpression: 'rate(1 hour)' }, { Arn: queue.arn })
    const startedMs = node.clock.nowMs()
    node.clock.advance(3 * 3_600_000 + 1_000)
    const found = await bodies(queue.url, 3)
    expect(found[0]).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      resources: [ruleArn(name)],
      detail: {},
    })
    const times = found.map(({ time }) => Date.parse(time as string)).sort((a, b) => a - b)
    expect(times.map((time) => Math.round((time - startedMs) / 3_600_000))).toEqual([1, 2, 3])
  })

  test('a disabled rule does not fire, and of a long absence the last day is made up for', async () => {
    const queue = await makeQueue()
    const name = await makeRule(
      { ScheduleExpression: 'cron(0 12 * * ? *)', State: 'DISABLED' },
      { Arn: queue.arn, Input: '{"noon":true}' },
    )
    node.clock.advance(2 * 86_400_000)
    await events.send(new EnableRuleCommand({ Name: name }))
    node.clock.advance(5 * 86_400_000)
    expect(await bodies(queue.url, 1)).toEqual([{ noon: true }])
    await events.send(new DisableRuleCommand({ Name: name }))
    expect(await events.send(new DescribeRuleCommand({ Name: name }))).toMatchObject({ State: 'DISABLED' })
    node.clock.advance(2 * 86_400_000)
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 1 }))
    expect(Messages).toEqual([])
  })

  test('wrong ones are refused', async () => {
    await expect(makeRule({ ScheduleExpression: 'cron(0 12 * * * *)' })).rejects.toThrow(
      /ScheduleExpression is not valid/,
    )
    await expect(makeRule({ ScheduleExpression: 'rate(1 minutes)' })).rejects.toThrow(/ScheduleExpression is not valid/)
    await events.send(new CreateEventBusCommand({ Name: 'unscheduled' }))
    await expect(makeRule({ ScheduleExpression: 'rate(1 minute)', EventBusName: 'unscheduled' })).rejects.toThrow(
      /default event bus/,
    )
  })
})

describe('rules and buses', () => {
  test('are listed, described, tagged and deleted', async () => {
    const queue = await makeQueue()
    const { EventBusArn } = await events.send(new CreateEventBusCommand({ Name: 'mine', Description: 'of mine' }))
    await expect(events.send(new CreateEventBusCommand({ Name: 'mine' }))).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    })
    const { EventBuses } = await events.send(new ListEventBusesCommand({}))
    expect(EventBuses!.map(({ Name }) => Name)).toEqual(expect.arrayContaining(['default', 'mine']))
    const EventBusName = 'mine'
    for (const n of [1, 2, 3]) {
      await makeRule({ Name: `r${n}`, EventBusName, EventPattern: matching('m') }, { Arn: queue.arn })
    }
    const first = await events.send(new ListRulesCommand({ EventBusName, Limit: 2 }))
    const second = await events.send(new ListRulesCommand({ EventBusName, Limit: 2, NextToken: first.NextToken }))
    expect([first, second].map(({ Rules }) => Rules!.map(({ Name }) => Name))).toEqual([['r1', 'r2'], ['r3']])
    const named = await events.send(new ListRuleNamesByTargetCommand({ TargetArn: queue.arn, EventBusName }))
    expect(named.RuleNames).toEqual(['r1', 'r2', 'r3'])
    const ResourceARN = ruleArn('mine/r1')
    await events.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'a', Value: '1' }] }))
    // Who may not have a resource may not have it by another name either.
    const others = ['arn:aws:events:us-east-1:000000000000:mine', ResourceARN.replace('arn:aws:', 'arn:aws-cn:')]
    for (const other of others) {
      const asked = events.send(new ListTagsForResourceCommand({ ResourceARN: other }))
      await expect(asked).rejects.toMatchObject({ name: 'ValidationException' })
    }
    expect((await events.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags).toEqual([
      { Key: 'a', Value: '1' },
    ])
    await put({ EventBusName: EventBusArn, Source: 'm' })
    expect(await bodies(queue.url, 3)).toHaveLength(3)
    await expect(events.send(new DeleteRuleCommand({ Name: 'r1', EventBusName }))).rejects.toThrow(/has targets/)
    await expect(events.send(new DeleteEventBusCommand({ Name: 'mine' }))).rejects.toThrow(/has rules/)
    for (const Rule of ['r1', 'r2', 'r3']) {
      await events.send(new RemoveTargetsCommand({ Rule, EventBusName, Ids: ['t0'] }))
      await events.send(new DeleteRuleCommand({ Name: Rule, EventBusName }))
    }
    await events.send(new DeleteEventBusCommand({ Name: 'mine' }))
    await expect(events.send(new DescribeEventBusCommand({ Name: 'mine' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  test('a bus takes permissions by statement', async () => {
    await events.send(new CreateEventBusCommand({ Name: 'shared' }))
    const EventBusName = 'shared'
    const policy = async () => (await events.send(new DescribeEventBusCommand({ Name: 'shared' }))).Policy
    const given = { EventBusName, Action: 'events:PutEvents', Principal: '111111111111', StatementId: 'friend' }
    await events.send(new PutPermissionCommand(given))
    expect(JSON.parse((await policy())!)).toMatchObject({ Statement: [{ Sid: 'friend', Action: 'events:PutEvents' }] })
    await events.send(new RemovePermissionCommand({ EventBusName, StatementId: 'friend' }))
    expect(await policy()).toBeUndefined()
  })

  test('what a target can not be is refused by name', async () => {
    const name = await makeRule({ EventPattern: matching('x') })
    const target = (one: Omit<Target, 'Id'>) =>
      events.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: 'a', ...one } as Target] }))
    const Arn = `arn:aws:sqs:us-east-1:${account}:q`
    await expect(target({ Arn: `arn:aws:kinesis:us-east-1:${account}:stream/t` })).rejects.toThrow(/kinesis/)
    await expect(target({ Arn, KinesisParameters: { PartitionKeyPath: '$.id' } })).rejects.toThrow(/KinesisParameters/)
    await expect(target({ Arn: `${Arn}.fifo` })).rejects.toThrow(/MessageGroupId/)
    await expect(target({ Arn, DeadLetterConfig: { Arn: `${Arn}.fifo` } })).rejects.toThrow(/standard queue/)
    await expect(target({ Arn, InputTransformer: { InputTemplate: '<a>' } })).rejects.toThrow(/InputTemplate/)
    await expect(target({ Arn, Input: '1', InputPath: '$' })).rejects.toThrow(/Only one of/)
    await expect(makeRule({ EventPattern: '{"source":"x"}' })).rejects.toMatchObject({
      name: 'InvalidEventPatternException',
    })
    const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: name }))
    expect(Targets).toEqual([])
  })

  test('of another account are not taken for those of this one', async () => {
    const EventBusName = 'arn:aws:events:us-east-1:111111111111:event-bus/default'
    await expect(makeRule({ EventPattern: matching('x'), EventBusName })).rejects.toMatchObject({
      name: expect.stringMatching(/AccessDeniedException|ValidationException/),
    })
    await expect(put({ EventBusName })).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })

  test('a pattern is tried on an event', async () => {
    const event = {
      id: '1',
      account,
      source: 'a',
      time: '2026-01-01T00:00:00Z',
      region: 'r',
      resources: [],
      'detail-type': 't',
    }
    const tried = async (EventPattern: string, Event: object = event) =>
      (await events.send(new TestEventPatternCommand({ EventPattern, Event: JSON.stringify(Event) }))).Result
    expect([await tried('{"source":["a"]}'), await tried('{"source":["b"]}')]).toEqual([true, false])
    await expect(tried('{"source":["a"]}', { source: 'a' })).rejects.toMatchObject({ name: 'ValidationException' })
  })
})

test('a template makes a bus, a rule with a target, and takes them away', async () => {
  const queue = await makeQueue()
  const stacks = node.client(CloudFormationClient)
  const TemplateBody = JSON.stringify({
    Resources: {
      Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'templated' } },
      Allow: {
        Type: 'AWS::Events::EventBusPolicy',
        Properties: { EventBusName: { Ref: 'Bus' }, StatementId: 'all', Action: 'events:PutEvents', Principal: '*' },
      },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventBusName: { Ref: 'Bus' },
          EventPattern: { source: ['templated'] },
          Targets: [{ Id: 'q', Arn: queue.arn, InputPath: '$.detail' }],
        },
      },
    },
  })
  const StackName = 'events'
  await stacks.send(new CreateStackCommand({ StackName, TemplateBody }))
  await waitUntilStackCreateComplete({ client: stacks, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { StackName })
  await put({ EventBusName: 'templated', Source: 'templated', Detail: '{"by":"template"}' })
  expect(await bodies(queue.url, 1)).toEqual([{ by: 'template' }])
  await stacks.send(new DeleteStackCommand({ StackName }))
  const gone = () => events.send(new DescribeEventBusCommand({ Name: 'templated' })).catch((error: Error) => error.name)
  await expect.poll(gone).toBe('ResourceNotFoundException')
  stacks.destroy()
})
