import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  ListTagsForResourceCommand,
  paginateListSchedules,
  SchedulerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { clear } from '../../src/services/scheduler/clear.ts'
import { patiently, startNode, type TestNode } from '../harness.ts'
import { makeRole } from './lambda-support.ts'
import { account, arnOf, atIn, bodies, makeQueue, makeSchedule, take, unique } from './scheduler-support.ts'

const hourMs = 3_600_000
let node: TestNode
let RoleArn: string
const scheduler = () => node.client(SchedulerClient)
const get = (Name: string, GroupName?: string) => scheduler().send(new GetScheduleCommand({ Name, GroupName }))

beforeAll(async () => {
  node = await startNode()
  const all = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }
  RoleArn = await makeRole(node, 'sends', [all], 'scheduler.amazonaws.com')
})
afterAll(() => node?.close())

describe('a schedule', () => {
  test('at a time fires once, after a restart too, says so by its keywords, and is deleted when told', async () => {
    const { url, arn } = await makeQueue(node)
    const Input =
      '<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> <aws.scheduler.execution-id> <aws.scheduler.attempt-number> <aws.scheduler.other>'
    const ScheduleExpression = atIn(node, hourMs)
    const ActionAfterCompletion = 'DELETE'
    const name = await makeSchedule(
      node,
      { Arn: arn, RoleArn, Input },
      { ScheduleExpression, ActionAfterCompletion, Description: 'once' },
    )
    await node.restart()
    expect(await get(name)).toMatchObject({
      Arn: arnOf('scheduler', `schedule/default/${name}`),
      GroupName: 'default',
      Description: 'once',
      ScheduleExpression,
      ScheduleExpressionTimezone: 'UTC',
      State: 'ENABLED',
      ActionAfterCompletion,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: arn,
        RoleArn,
        Input,
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    })
    expect(await take(node, url, 0)).toEqual([])
    node.clock.advance(hourMs)
    const [told = ''] = await bodies(node, url, 1)
    const [scheduleArn, time, id, attempt, unknown] = told.split(' ')
    expect(scheduleArn).toBe(arnOf('scheduler', `schedule/default/${name}`))
    expect(`at(${time})`).toBe(ScheduleExpression.replace(')', 'Z)'))
    expect(id).toMatch(/^[0-9a-f]{16}$/)
    expect([attempt, unknown]).toEqual(['1', '<aws.scheduler.other>'])
    await expect(get(name)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Schedule ${name} does not exist.`,
    })
  })

  test('at a time that has passed fires at once, and not again when it is changed or enabled', async () => {
    const { url, arn } = await makeQueue(node)
    const given = { ScheduleExpression: atIn(node, -hourMs) }
    const target = { Arn: arn, RoleArn, Input: 'x' }
    const Name = await makeSchedule(node, target, given)
    expect(await bodies(node, url, 1)).toEqual(['x'])
    const FlexibleTimeWindow = { Mode: 'OFF' } as const
    for (const State of ['DISABLED', 'ENABLED'] as const) {
      const next = { ...given, Name, FlexibleTimeWindow, State, Target: { ...target, Input: 'y' } }
      await scheduler().send(new UpdateScheduleCommand(next))
    }
    expect(await take(node, url, 0)).toEqual([])
    expect(await get(Name)).toMatchObject({ State: 'ENABLED', Target: { Input: 'y' } })
  })

  test('at a rate begins at once and ends with its EndDate; disabled it makes up for nothing', async () => {
    const { url, arn } = await makeQueue(node)
    const EndDate = new Date(node.clock.nowMs() + 4.5 * hourMs)
    const target = { Arn: arn, RoleArn, Input: '<aws.scheduler.scheduled-time>' }
    const given = { ScheduleExpression: 'rate(1 hours)', EndDate }
    const Name = await makeSchedule(node, target, given)
    expect(await bodies(node, url, 1)).toHaveLength(1)
    node.clock.advance(hourMs)
    expect(await bodies(node, url, 1)).toHaveLength(1)
    const FlexibleTimeWindow = { Mode: 'OFF' } as const
    const change = (State: 'ENABLED' | 'DISABLED') =>
      scheduler().send(new UpdateScheduleCommand({ ...given, Name, FlexibleTimeWindow, State, Target: target }))
    await change('DISABLED')
    node.clock.advance(hourMs)
    await change('ENABLED')
    expect(await take(node, url, 0)).toEqual([])
    node.clock.advance(8 * hourMs)
    expect(await bodies(node, url, 2)).toHaveLength(2)
    expect(await take(node, url, 0)).toEqual([])
  })

  test('neither fires twice nor stops when the clock goes backwards', async () => {
    const { url, arn } = await makeQueue(node)
    await makeSchedule(node, { Arn: arn, RoleArn, Input: 'x' }, { ScheduleExpression: 'rate(1 hour)' })
    expect(await bodies(node, url, 1)).toHaveLength(1)
    const { offsetMs } = node.clock
    node.clock.advance(2 * hourMs)
    expect(await bodies(node, url, 2)).toHaveLength(2)
    await node.restart()
    expect(node.clock.offsetMs).toBeLessThan(offsetMs + 2 * hourMs)
    node.clock.advance(offsetMs + hourMs - node.clock.offsetMs)
    expect(await take(node, url, 0)).toEqual([])
    node.clock.advance(2 * hourMs)
    expect(await bodies(node, url, 1)).toHaveLength(1)
  })

  test('by cron, in its time zone, from its StartDate on', async () => {
    const { url, arn } = await makeQueue(node)
    const StartDate = new Date(node.clock.nowMs() + 48 * hourMs)
    const target = { Arn: arn, RoleArn, Input: '<aws.scheduler.scheduled-time>' }
    const ScheduleExpressionTimezone = 'Asia/Kolkata'
    await makeSchedule(node, target, {
      ScheduleExpression: 'cron(30 9 * * ? *)',
      ScheduleExpressionTimezone,
      StartDate,
    })
    node.clock.advance(47 * hourMs)
    expect(await take(node, url, 0)).toEqual([])
    node.clock.advance(25 * hourMs)
    const [time = ''] = await bodies(node, url, 1)
    expect(time).toMatch(/T04:00:00Z$/)
    expect(Date.parse(time)).toBeGreaterThanOrEqual(StartDate.getTime())
  })

  test('with a flexible window fires within it, always at the same place', async () => {
    const { url, arn } = await makeQueue(node)
    const FlexibleTimeWindow = { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 } as const
    const at = atIn(node, hourMs)
    const target = { Arn: arn, RoleArn, Input: '<aws.scheduler.scheduled-time>' }
    await makeSchedule(node, target, { ScheduleExpression: at, FlexibleTimeWindow })
    node.clock.advance(2 * hourMs + 60_000)
    expect((await bodies(node, url, 1)).map((time) => `at(${time})`)).toEqual([at.replace(')', 'Z)')])
  })
})

test('a ClientToken makes a request once, and a name is there once', async () => {
  const { arn } = await makeQueue(node)
  const given: CreateScheduleCommandInput = {
    Name: unique('s'),
    ClientToken: 'one',
    ScheduleExpression: 'rate(1 day)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: arn, RoleArn },
  }
  const first = await scheduler().send(new CreateScheduleCommand(given))
  const again = await scheduler().send(new CreateScheduleCommand(given))
  expect(again.ScheduleArn).toBe(first.ScheduleArn)
  for (const other of [
    { ...given, ClientToken: 'two' },
    { ...given, Description: 'other' },
  ]) {
    await expect(scheduler().send(new CreateScheduleCommand(other))).rejects.toMatchObject({
      name: 'ConflictException',
    })
  }
})

describe('groups', () => {
  test('have tags and schedules, and take these with them', async () => {
    const { url, arn } = await makeQueue(node)
    const Tags = [{ Key: 'team', Value: 'a' }]
    const { ScheduleGroupArn: ResourceArn } = await scheduler().send(
      new CreateScheduleGroupCommand({ Name: 'nightly', Tags }),
    )
    expect(ResourceArn).toBe(arnOf('scheduler', 'schedule-group/nightly'))
    await scheduler().send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'cost', Value: '7' }] }))
    await scheduler().send(new UntagResourceCommand({ ResourceArn, TagKeys: ['team'] }))
    const listed = await scheduler().send(new ListTagsForResourceCommand({ ResourceArn }))
    expect(listed.Tags).toEqual([{ Key: 'cost', Value: '7' }])
    const of = { GroupName: 'nightly', ScheduleExpression: atIn(node, hourMs) }
    for (const Name of ['a', 'b', 'c']) await makeSchedule(node, { Arn: arn, RoleArn, Input: 'x' }, { Name, ...of })
    const names: (string | undefined)[] = []
    const pages = paginateListSchedules({ client: scheduler(), pageSize: 2 }, { GroupName: 'nightly' })
    for await (const { Schedules = [] } of pages) names.push(...Schedules.map(({ Name }) => Name))
    expect(names).toEqual(['a', 'b', 'c'])
    await scheduler().send(new DeleteScheduleGroupCommand({ Name: 'nightly' }))
    await vi.waitFor(
      () =>
        expect(scheduler().send(new GetScheduleGroupCommand({ Name: 'nightly' }))).rejects.toMatchObject({
          name: 'ResourceNotFoundException',
        }),
      patiently,
    )
    await expect(get('a', 'nightly')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    // A node that is killed may do that once more, when there is another group of the name.
    await scheduler().send(new CreateScheduleGroupCommand({ Name: 'nightly' }))
    const [{ host }, nowMs] = [node.node, node.clock.nowMs()]
    const scope = { account, region: 'us-east-1' }
    await clear.run({ group: 'nightly' }, { host, scope, nowMs, createdAtMs: nowMs, attempt: 1, signal: host.signal })
    expect((await scheduler().send(new GetScheduleGroupCommand({ Name: 'nightly' }))).State).toBe('ACTIVE')
    node.clock.advance(hourMs)
    expect(await take(node, url, 0)).toEqual([])
  })

  test('the default one is there, and stays', async () => {
    const { ScheduleGroups = [] } = await scheduler().send(new ListScheduleGroupsCommand({ NamePrefix: 'def' }))
    expect(ScheduleGroups.map(({ Name, State }) => [Name, State])).toEqual([['default', 'ACTIVE']])
    await expect(scheduler().send(new DeleteScheduleGroupCommand({ Name: 'default' }))).rejects.toMatchObject({
      name: 'ValidationException',
    })
  })
})

test('schedules are found by prefix and state', async () => {
  const { arn } = await makeQueue(node)
  const of = { ScheduleExpression: 'rate(1 day)' }
  for (const [Name, State] of [
    ['find-a', 'ENABLED'],
    ['find-b', 'DISABLED'],
    ['found', 'DISABLED'],
  ] as const) {
    await makeSchedule(node, { Arn: arn, RoleArn }, { Name, State, ...of })
  }
  const list = async (more: object) =>
    (await scheduler().send(new ListSchedulesCommand(more))).Schedules?.map(({ Name }) => Name)
  expect(await list({ NamePrefix: 'find-' })).toEqual(['find-a', 'find-b'])
  expect(await list({ NamePrefix: 'fi', State: 'DISABLED', GroupName: 'default' })).toEqual(['find-b'])
  await scheduler().send(new DeleteScheduleCommand({ Name: 'find-b' }))
  expect(await list({ NamePrefix: 'find-' })).toEqual(['find-a'])
})

describe('what is refused', () => {
  const queue = arnOf('sqs', 'q')
  const universal = (action: string) => `arn:aws:scheduler:::aws-sdk:${action}`
  const target = (more: object) => ({ Target: { Arn: queue, RoleArn: `arn:aws:iam::${account}:role/sends`, ...more } })
  test.each<[string, object, string]>([
    ['an expression', { ScheduleExpression: 'cron(0 12 * * * *)' }, 'Invalid Schedule Expression cron(0 12 * * * *).'],
    ['a date', { ScheduleExpression: 'at(2026-02-30T00:00:00)' }, 'Invalid Schedule Expression'],
    ['a time zone', { ScheduleExpressionTimezone: 'Europe/Nowhere' }, 'Europe/Nowhere'],
    ['a StartDate', { StartDate: new Date('2020-01-01') }, 'cannot be earlier than 5 minutes ago'],
    ['an EndDate', { StartDate: new Date('2100-01-02'), EndDate: new Date('2100-01-01') }, 'EndDate'],
    ['a window', { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, 'MaximumWindowInMinutes'],
    ['a role that is not there', target({ RoleArn: `arn:aws:iam::${account}:role/none` }), 'execution role'],
    ['a target', target({ Arn: arnOf('ecs', 'cluster/c') }), 'is not supported by Landfall'],
    ['parameters of other targets', target({ EcsParameters: { TaskDefinitionArn: 'a' } }), 'EcsParameters'],
    ['a FIFO queue without a group', target({ Arn: `${queue}.fifo` }), 'MessageGroupId'],
    ['a bus without parameters', target({ Arn: arnOf('events', 'event-bus/default') }), 'EventBridgeParameters'],
    ['no JSON for a function', target({ Arn: arnOf('lambda', 'function:f'), Input: 'x' }), 'JSON'],
    ['reading', target({ Arn: universal('sqs:receiveMessage') }), 'only reads'],
    ['a service that is not here', target({ Arn: universal('rds:stopDBCluster') }), 'is not supported by Landfall'],
    ['an operation that is not here', target({ Arn: universal('sqs:makeTea') }), 'is not supported by Landfall'],
    ['no JSON for a universal target', target({ Arn: universal('sqs:sendMessage'), Input: 'x' }), 'JSON'],
  ])('%s', async (_, more, message) => {
    const given = { ScheduleExpression: 'rate(1 day)', FlexibleTimeWindow: { Mode: 'OFF' }, ...target({}), ...more }
    const asked = scheduler().send(
      new CreateScheduleCommand({ Name: 'refused', ...given } as CreateScheduleCommandInput),
    )
    await expect(asked).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message),
    })
  })

  test('a group that is not there, and a role that trusts others', async () => {
    const { arn } = await makeQueue(node)
    const other = await makeRole(node, 'not-trusting', [], 'lambda.amazonaws.com')
    const of = { ScheduleExpression: 'rate(1 day)' }
    await expect(makeSchedule(node, { Arn: arn, RoleArn }, { ...of, GroupName: 'none' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Schedule group none does not exist.',
    })
    await expect(makeSchedule(node, { Arn: arn, RoleArn: other }, of)).rejects.toMatchObject({
      message: 'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
    })
  })
})

test('who has no permission is told so, and who may not pass the role too', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const hers = node.client(SchedulerClient, { credentials })
  const { arn } = await makeQueue(node)
  const made = () =>
    hers.send(
      new CreateScheduleCommand({
        Name: 'hers',
        ScheduleExpression: 'rate(1 day)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Arn: arn, RoleArn },
      }),
    )
  const denied = (action: string) => ({ name: 'AccessDeniedException', message: expect.stringContaining(action) })
  await expect(made()).rejects.toMatchObject(denied('scheduler:CreateSchedule'))
  const Statement = { Effect: 'Allow', Action: 'scheduler:*', Resource: '*' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'p', PolicyDocument }))
  await expect(made()).rejects.toMatchObject(denied('iam:PassRole'))
})
