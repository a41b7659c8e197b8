import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  GetLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { LambdaClient } from '@aws-sdk/client-lambda'
import {
  CreatePipeCommand,
  type CreatePipeCommandInput,
  DeletePipeCommand,
  DescribePipeCommand,
  ListPipesCommand,
  ListTagsForResourceCommand,
  PipesClient,
  StartPipeCommand,
  StopPipeCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdatePipeCommand,
} from '@aws-sdk/client-pipes'
import { SendMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { patiently, startNode, type TestNode } from '../harness.ts'
import { logging, makeFunction, makeRole } from './lambda-support.ts'
import { arnOf, bodies, makeQueue, take, unique } from './scheduler-support.ts'

let node: TestNode
let RoleArn: string
let functionRole: string
const pipes = () => node.client(PipesClient)
const read = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility']
const role = (...actions: string[]) =>
  makeRole(
    node,
    unique('role'),
    [{ Effect: 'Allow', Action: [...read, ...actions], Resource: '*' }],
    'pipes.amazonaws.com',
  )
const put = (QueueUrl: string, body: unknown) =>
  node
    .client(SQSClient)
    .send(new SendMessageCommand({ QueueUrl, MessageBody: typeof body === 'string' ? body : JSON.stringify(body) }))

beforeAll(async () => {
  node = await startNode({ isolation: false })
  RoleArn = await role('sqs:SendMessage', 'lambda:InvokeFunction', 'events:PutEvents', 'logs:PutLogEvents')
  functionRole = await makeRole(node, unique('role'), [logging])
})
afterAll(() => node?.close())

async function reach(Name: string, state: string) {
  return vi.waitFor(
    async () => {
      const found = await pipes().send(new DescribePipeCommand({ Name }))
      expect(found.CurrentState).toBe(state)
      return found
    },
    { timeout: 45_000 },
  )
}

/** Makes a pipe that runs. Answers its name. */
async function makePipe(
  more: Omit<Partial<CreatePipeCommandInput>, 'Source' | 'Target'> & { Source: string; Target: string },
) {
  const Name = unique('pipe')
  const made = await pipes().send(new CreatePipeCommand({ Name, RoleArn, ...more }))
  expect(made).toMatchObject({ Arn: arnOf('pipes', `pipe/${Name}`), CurrentState: 'CREATING', DesiredState: 'RUNNING' })
  await reach(Name, 'RUNNING')
  return Name
}

async function makeCode(source: string) {
  const name = unique('f')
  await makeFunction(node.client(LambdaClient), name, functionRole, source)
  return arnOf('lambda', `function:${name}`)
}

describe('a pipe', () => {
  test('carries what its filter lets through, as its template says, over a restart too', async () => {
    const [from, to] = [await makeQueue(node), await makeQueue(node)]
    const InputTemplate =
      '{"id": <$.body.id>, "of": "<$.body.kind> by <aws.pipes.pipe-name>", "all": <aws.pipes.event.json>}'
    const name = await makePipe({
      Source: from.arn,
      Target: to.arn,
      SourceParameters: { FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["order"]}}' }] } },
      TargetParameters: { InputTemplate },
    })
    await put(from.url, { kind: 'other' })
    await put(from.url, { kind: 'order', id: 1 })
    const [first = ''] = await bodies(node, to.url, 1)
    expect(JSON.parse(first)).toMatchObject({
      id: 1,
      of: `order by ${name}`,
      all: { eventSource: 'aws:sqs', eventSourceARN: from.arn, body: { kind: 'order', id: 1 } },
    })
    await node.restart()
    await put(from.url, { kind: 'order', id: 2 })
    expect((await bodies(node, to.url, 1)).map((body) => (JSON.parse(body!) as { id: number }).id)).toEqual([2])
    expect(await take(node, from.url, 0)).toEqual([])
  })

  test('asks a function for more, and sends nothing when that answers nothing', async () => {
    const [from, to] = [await makeQueue(node), await makeQueue(node)]
    const Enrichment = await makeCode(
      'exports.handler = async (events) => events.filter(({ n }) => n > 1).map(({ n }) => ({ double: n * 2 }))',
    )
    await makePipe({
      Source: from.arn,
      Target: to.arn,
      Enrichment,
      EnrichmentParameters: { InputTemplate: '{"n": <$.body.n>}' },
    })
    await put(from.url, { n: 1 })
    await put(from.url, { n: 3 })
    expect((await bodies(node, to.url, 1)).map((body) => JSON.parse(body!))).toEqual([{ double: 6 }])
    expect(await take(node, to.url, 0)).toEqual([])
  })

  test('gives a function a batch, and gives it again what the function says has failed', async () => {
    const from = await makeQueue(node, { VisibilityTimeout: '2' })
    const dead = await makeQueue(node)
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 })
    await node
      .client(SQSClient)
      .send(new SetQueueAttributesCommand({ QueueUrl: from.url, Attributes: { RedrivePolicy } }))
    const Target = await makeCode(
      `exports.handler = async (events) => ({
        batchItemFailures: events.filter(({ body }) => body === 'bad').map(({ messageId }) => ({ itemIdentifier: messageId })),
      })`,
    )
    await makePipe({ Source: from.arn, Target })
    await put(from.url, 'good')
    await put(from.url, 'bad')
    const found = vi.waitFor(async () => {
      node.clock.advance(3_000)
      const messages = await take(node, dead.url, 0)
      expect(messages.map(({ Body }) => Body)).toEqual(['bad'])
    }, patiently)
    await found
  })

  test('puts events on a bus and lines in a log group', async () => {
    const [from, heard] = [await makeQueue(node), await makeQueue(node)]
    const events = node.client(EventBridgeClient)
    const Principal = { Service: 'events.amazonaws.com' }
    const Statement = { Effect: 'Allow', Principal, Action: 'sqs:SendMessage', Resource: heard.arn }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    const opened = { QueueUrl: heard.url, Attributes: { Policy } }
    await node.client(SQSClient).send(new SetQueueAttributesCommand(opened))
    await events.send(new PutRuleCommand({ Name: 'piped', EventPattern: '{"source":["shop"]}' }))
    await events.send(new PutTargetsCommand({ Rule: 'piped', Targets: [{ Id: 'q', Arn: heard.arn }] }))
    await makePipe({
      Source: from.arn,
      Target: arnOf('events', 'event-bus/default'),
      TargetParameters: {
        InputTemplate: '{"n": <$.body.n>}',
        EventBridgeEventBusParameters: { DetailType: '$.body.kind', Source: 'shop' },
      },
    })
    await put(from.url, { kind: 'Order', n: 1 })
    const [event = ''] = await bodies(node, heard.url, 1)
    expect(JSON.parse(event)).toMatchObject({ source: 'shop', 'detail-type': 'Order', detail: { n: 1 } })

    const logs = node.client(CloudWatchLogsClient)
    const at = { logGroupName: 'piped', logStreamName: 'one' }
    await logs.send(new CreateLogGroupCommand(at))
    await logs.send(new CreateLogStreamCommand(at))
    const other = await makeQueue(node)
    await makePipe({
      Source: other.arn,
      Target: arnOf('logs', 'log-group:piped'),
      TargetParameters: { InputTemplate: '<$.body>', CloudWatchLogsParameters: { LogStreamName: 'one' } },
    })
    await put(other.url, 'a line')
    await vi.waitFor(async () => {
      const { events: lines = [] } = await logs.send(new GetLogEventsCommand({ ...at, startFromHead: true }))
      expect(lines.map(({ message }) => message)).toEqual(['a line'])
    }, patiently)
  })

  test('is stopped, started, changed and deleted', async () => {
    const [from, to] = [await makeQueue(node), await makeQueue(node)]
    const Name = await makePipe({ Source: from.arn, Target: to.arn, Description: 'before' })
    await pipes().send(new StopPipeCommand({ Name }))
    await reach(Name, 'STOPPED')
    await put(from.url, 'one')
    expect(await take(node, to.url, 0)).toEqual([])
    const TargetParameters = { InputTemplate: '"<$.body>!"' }
    await pipes().send(new UpdatePipeCommand({ Name, RoleArn, TargetParameters }))
    expect(await reach(Name, 'STOPPED')).toMatchObject({ Description: 'before', TargetParameters })
    await pipes().send(new StartPipeCommand({ Name }))
    await reach(Name, 'RUNNING')
    await expect(pipes().send(new StartPipeCommand({ Name }))).rejects.toMatchObject({ name: 'ConflictException' })
    expect(await bodies(node, to.url, 1)).toEqual(['one!'])
    expect(await pipes().send(new DeletePipeCommand({ Name }))).toMatchObject({ CurrentState: 'DELETING' })
    await vi.waitFor(
      () =>
        expect(pipes().send(new DescribePipeCommand({ Name }))).rejects.toMatchObject({ name: 'NotFoundException' }),
      patiently,
    )
  })

  test('whose role may not send says so, and loses nothing', async () => {
    const [from, to] = [await makeQueue(node), await makeQueue(node)]
    const narrow = await role()
    const Name = await makePipe({ Source: from.arn, Target: to.arn, RoleArn: narrow })
    await put(from.url, 'kept')
    await vi.waitFor(async () => {
      const { StateReason } = await pipes().send(new DescribePipeCommand({ Name }))
      expect(StateReason).toContain('sqs:SendMessage')
    }, patiently)
    await pipes().send(new UpdatePipeCommand({ Name, RoleArn }))
    await reach(Name, 'RUNNING')
    node.clock.advance(31_000)
    expect(JSON.parse((await bodies(node, to.url, 1))[0]!)).toMatchObject({ body: 'kept' })
  })

  test('that can not run is CREATE_FAILED, and says why', async () => {
    const { arn } = await makeQueue(node)
    const Name = unique('pipe')
    const other = await makeRole(node, unique('role'), [], 'lambda.amazonaws.com')
    await pipes().send(new CreatePipeCommand({ Name, RoleArn: other, Source: arn, Target: arn }))
    expect((await reach(Name, 'CREATE_FAILED')).StateReason).toContain('pipes.amazonaws.com')
  })
})

test('pipes have tags, and are found', async () => {
  const [from, to] = [await makeQueue(node), await makeQueue(node)]
  const Name = await makePipe({ Source: from.arn, Target: to.arn, Tags: { team: 'a' } })
  const resourceArn = arnOf('pipes', `pipe/${Name}`)
  await pipes().send(new TagResourceCommand({ resourceArn, tags: { cost: '7' } }))
  await pipes().send(new UntagResourceCommand({ resourceArn, tagKeys: ['team'] }))
  expect((await pipes().send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ cost: '7' })
  // Who may not have the pipe may not have it by another name either.
  for (const other of [`arn:aws:pipes:us-east-1:000000000000:pope/${Name}`, resourceArn.replace('pipes', 'sqs')]) {
    const asked = pipes().send(new ListTagsForResourceCommand({ resourceArn: other }))
    await expect(asked).rejects.toMatchObject({ name: 'ValidationException' })
  }
  const { Pipes = [] } = await pipes().send(new ListPipesCommand({ SourcePrefix: from.arn, CurrentState: 'RUNNING' }))
  expect(Pipes.map((one) => one.Name)).toEqual([Name])
})

describe('what is refused', () => {
  const queue = arnOf('sqs', 'q')
  test.each<[string, object, string]>([
    ['a source', { Source: arnOf('kafka', 'cluster/c') }, 'source'],
    ['an enrichment', { Enrichment: arnOf('states', 'stateMachine:s') }, 'enrichment'],
    ['a target', { Target: arnOf('ecs', 'cluster/c') }, 'target'],
    ['parameters of other targets', { TargetParameters: { StepFunctionStateMachineParameters: {} } }, 'StepFunction'],
    [
      'parameters of another target',
      { TargetParameters: { LambdaFunctionParameters: {} } },
      'LambdaFunctionParameters',
    ],
    ['logging', { LogConfiguration: { Level: 'ERROR' } }, 'LogConfiguration'],
    ['a pattern', { SourceParameters: { FilterCriteria: { Filters: [{ Pattern: '{"a":1}' }] } } }, 'pattern'],
    ['a FIFO queue without a group', { Target: `${queue}.fifo` }, 'MessageGroupId'],
    ['a batch without a window', { SourceParameters: { SqsQueueParameters: { BatchSize: 11 } } }, 'BatchSize'],
  ])('%s', async (_, more, message) => {
    const given = { Name: 'refused', RoleArn, Source: queue, Target: queue, ...more }
    await expect(pipes().send(new CreatePipeCommand(given))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message),
    })
  })

  test('who has no permission is told so', async () => {
    const iam = node.client(IAMClient)
    await iam.send(new CreateUserCommand({ UserName: 'ann' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
    const made = new CreatePipeCommand({ Name: 'hers', RoleArn, Source: queue, Target: queue })
    await expect(node.client(PipesClient, { credentials }).send(made)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('pipes:CreatePipe'),
    })
  })
})
