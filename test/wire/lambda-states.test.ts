import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudFormationClient, CreateStackCommand, DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
  waitUntilPublishedVersionActive,
} from '@aws-sdk/client-lambda'
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { call, logging, makeRole, settled } from './lambda-support.ts'
import { podmanStandIn, type StandIn } from './podman-stand-in.ts'
import { settledStack } from './stack-support.ts'

/** Answers with its first argument, so that it is seen which image ran. */
const program = `
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/'
;(async () => {
  for (;;) {
    const next = await fetch(api + 'next')
    const id = next.headers.get('lambda-runtime-aws-request-id')
    console.log(await next.text())
    await fetch(api + id + '/response', { method: 'POST', body: JSON.stringify(process.argv[2]) })
  }
})()`

let dir: string
let podman: StandIn
let node: TestNode
let lambda: LambdaClient
let role: string
const id = (digit: string) => `sha256:${digit.repeat(64)}`
const here = 'registry.example/here:1'
let count = 0
/** An image that only the registry has. */
async function remote(word: string, digit = 'b') {
  count += 1
  const uri = `registry.example/far:${count}`
  await podman.tag(uri, { id: id(digit), entryPoint: [process.execPath, join(dir, 'app.cjs')], command: [word] }, true)
  return uri
}
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'landfall-states-'))
  await writeFile(join(dir, 'app.cjs'), program)
  await chmod(dir, 0o755)
  podman = await podmanStandIn()
  await podman.tag(here, { id: id('a'), entryPoint: [process.execPath, join(dir, 'app.cjs')], command: ['here'] })
  node = await startNode({ functions: { containerEngine: podman.program } })
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'states', [logging, { Effect: 'Allow', Action: 'sqs:*', Resource: '*' }])
})
beforeEach(() => podman.holdPulls(true))
afterAll(async () => {
  await podman.holdPulls(false).catch(() => undefined)
  await node.close()
  await podman[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

const create = (FunctionName: string, ImageUri: string, more: Partial<CreateFunctionCommandInput> = {}) =>
  lambda.send(
    new CreateFunctionCommand({ FunctionName, Role: role, PackageType: 'Image', Code: { ImageUri }, ...more }),
  )
const look = (FunctionName: string, Qualifier?: string) =>
  lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier }))
const conflict = (message: RegExp) => ({
  name: 'ResourceConflictException',
  $metadata: expect.objectContaining({ httpStatusCode: 409 }),
  message: expect.stringMatching(message),
})
const pending =
  /^The operation cannot be performed at this time\. The function is currently in the following state: Pending$/
const waiter = () => ({ client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 })

test('a function whose image has to be pulled is Pending until it is there, refuses what needs it, and then is Active', async () => {
  const made = await create('far', await remote('pulled'), { Publish: true })
  const state = { State: 'Pending', StateReason: 'The function is being created.', StateReasonCode: 'Creating' }
  expect(made).toMatchObject({ ...state, Version: '1' })
  expect(made.LastUpdateStatus).toBeUndefined()
  expect(made.CodeSha256).toBeUndefined()
  const before = await look('far')
  expect(before).toMatchObject(state)
  expect(await look('far', '1')).toMatchObject(state)
  const { Functions } = await lambda.send(new ListFunctionsCommand({}))
  expect(Functions?.find(({ FunctionName }) => FunctionName === 'far')?.State).toBe('Pending')
  for (const refused of [
    new InvokeCommand({ FunctionName: 'far' }),
    new InvokeCommand({ FunctionName: 'far', Qualifier: '1' }),
    new UpdateFunctionCodeCommand({ FunctionName: 'far', ImageUri: here }),
    new UpdateFunctionConfigurationCommand({ FunctionName: 'far', Timeout: 9 }),
    new PublishVersionCommand({ FunctionName: 'far' }),
  ]) {
    await expect(lambda.send(refused as InvokeCommand)).rejects.toMatchObject(conflict(pending))
  }
  await podman.holdPulls(false)
  await waitUntilFunctionActiveV2(waiter(), { FunctionName: 'far' })
  await waitUntilPublishedVersionActive(waiter(), { FunctionName: 'far', Qualifier: '1' })
  const after = await look('far')
  expect(after).toMatchObject({ State: 'Active', LastUpdateStatus: 'Successful', CodeSha256: 'b'.repeat(64) })
  expect(after.StateReason).toBeUndefined()
  expect(after.RevisionId).not.toBe(before.RevisionId)
  expect((await call(lambda, 'far')).value).toBe('pulled')
  expect((await call(lambda, 'far:1')).value).toBe('pulled')
  // Nothing has changed since it was published.
  expect((await lambda.send(new PublishVersionCommand({ FunctionName: 'far' }))).Version).toBe('1')
})

test('while an update is under way the function is what it was, and one that fails leaves it so', async () => {
  await create('changed', here)
  await settled(lambda, 'changed')
  const ImageUri = await remote('changed', 'c')
  const updated = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'changed', ImageUri, Publish: true }))
  expect(updated).toMatchObject({ Version: '1', State: 'Pending' })
  const progress = { State: 'Active', LastUpdateStatus: 'InProgress', LastUpdateStatusReason: expect.any(String) }
  expect(await look('changed')).toMatchObject(progress)
  const { Code } = await lambda.send(new GetFunctionCommand({ FunctionName: 'changed' }))
  expect(Code).toMatchObject({ ImageUri })
  expect((await call(lambda, 'changed')).value).toBe('here')
  const busy =
    /^The operation cannot be performed at this time\. An update is in progress for resource: arn:aws:lambda:us-east-1:\d+:function:changed$/
  for (const refused of [
    new UpdateFunctionCodeCommand({ FunctionName: 'changed', ImageUri: here }),
    new UpdateFunctionConfigurationCommand({ FunctionName: 'changed', Timeout: 9 }),
    new PublishVersionCommand({ FunctionName: 'changed' }),
  ]) {
    await expect(lambda.send(refused as PublishVersionCommand)).rejects.toMatchObject(conflict(busy))
  }
  await podman.holdPulls(false)
  await waitUntilFunctionUpdatedV2(waiter(), { FunctionName: 'changed' })
  expect((await call(lambda, 'changed')).value).toBe('changed')
  expect((await call(lambda, 'changed:1')).value).toBe('changed')
  const none = 'registry.example/none:1'
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'changed', ImageUri: none }))
  await expect(waitUntilFunctionUpdatedV2(waiter(), { FunctionName: 'changed' })).rejects.toThrow(/FAILURE|Failed/i)
  expect(await settled(lambda, 'changed')).toMatchObject({
    State: 'Active',
    LastUpdateStatus: 'Failed',
    LastUpdateStatusReason: expect.stringMatching(/none:1 does not exist.*manifest unknown/),
    LastUpdateStatusReasonCode: 'ImageDeleted',
    CodeSha256: 'c'.repeat(64),
  })
  expect((await call(lambda, 'changed')).value).toBe('changed')
  // What is changed next takes the failure away.
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'changed', Timeout: 9 }))
  expect(await look('changed')).toMatchObject({ LastUpdateStatus: 'Successful' })
  await podman.holdPulls(true)
})

test.each([
  ['ImageAccessDenied', 'unauthorized: authentication required', /may not be pulled/],
  ['ImageDeleted', 'manifest unknown', /does not exist/],
  ['InvalidImage', 'no image found in manifest list for architecture amd64', /none that can be run/],
])('what no image comes of is Failed (%s), cannot be called, and can be mended', async (code, said, reason) => {
  const FunctionName = `failed-${code}`
  const uri = await remote('late')
  await podman.refusePulls(said)
  await create(FunctionName, uri)
  await podman.holdPulls(false)
  const failed = await settled(lambda, FunctionName)
  await podman.refusePulls(undefined)
  expect(failed).toMatchObject({ State: 'Failed', StateReasonCode: code, StateReason: expect.stringMatching(reason) })
  expect(failed).toMatchObject({ LastUpdateStatus: 'Failed', LastUpdateStatusReasonCode: code })
  await expect(call(lambda, FunctionName)).rejects.toMatchObject(conflict(/in the following state: Failed$/))
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 }))
  expect(await look(FunctionName)).toMatchObject({ State: 'Failed', Timeout: 9 })
  const again = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ImageUri: uri }))
  expect(again.State).toBe('Pending')
  expect(await settled(lambda, FunctionName)).toMatchObject({ State: 'Active' })
  expect((await call(lambda, FunctionName)).value).toBe('late')
  await podman.holdPulls(true)
})

test.each([
  ['created', async (FunctionName: string, ImageUri: string) => create(FunctionName, ImageUri, { Publish: true })],
  [
    'updated',
    async (FunctionName: string, ImageUri: string) => {
      await create(FunctionName, here)
      await settled(lambda, FunctionName)
      return lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ImageUri, Publish: true }))
    },
  ],
])('a version whose image did not come (%s) is not what is published the next time', async (how, change) => {
  const FunctionName = `unpublished-${how}`
  const ImageUri = await remote('late')
  await podman.refusePulls('manifest unknown')
  await podman.holdPulls(false)
  expect(await change(FunctionName, ImageUri)).toMatchObject({ Version: '1', State: 'Pending' })
  await settled(lambda, FunctionName)
  expect(await look(FunctionName, '1')).toMatchObject({ State: 'Failed' })
  await podman.refusePulls(undefined)
  const again = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ImageUri, Publish: true }))
  expect(again).toMatchObject({ Version: '2', State: 'Pending' })
  await settled(lambda, FunctionName)
  expect(await look(FunctionName, '1')).toMatchObject({ State: 'Failed' })
  expect((await call(lambda, `${FunctionName}:2`)).value).toBe('late')
  await podman.holdPulls(true)
})

test('a registry that does not answer is asked again, and is the reason when it never does', async () => {
  await podman.refusePulls('dial tcp: i/o timeout')
  await podman.holdPulls(false)
  await create('down', await remote('never'))
  await expect
    .poll(async () => {
      node.clock.advance(60_000)
      return look('down')
    })
    .toMatchObject({
      State: 'Failed',
      StateReasonCode: 'InternalError',
      StateReason: expect.stringMatching(/i\/o timeout/),
    })
  await podman.refusePulls(undefined)
  await podman.holdPulls(true)
})

test('events and messages wait for their function; one that goes while it is Pending is gone', async () => {
  await create('waited', await remote('waited'))
  const sqs = node.client(SQSClient)
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'waits' }))
  const read = async () => {
    const AttributeNames = ['All' as const]
    return (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes ?? {}
  }
  const EventSourceArn = (await read()).QueueArn
  await lambda.send(new CreateEventSourceMappingCommand({ FunctionName: 'waited', EventSourceArn }))
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'given for the message' }))
  await lambda.send(
    new InvokeCommand({ FunctionName: 'waited', InvocationType: 'Event', Payload: '"given for the event"' }),
  )
  await create('gone', await remote('gone'))
  await lambda.send(new DeleteFunctionCommand({ FunctionName: 'gone' }))
  await podman.holdPulls(false)
  await settled(lambda, 'waited')
  await expect(look('gone')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await expect
    .poll(async () => {
      node.clock.advance(5_000)
      const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: taken } = await read()
      return [visible, taken]
    })
    .toEqual(['0', '0'])
  const logs = node.client(CloudWatchLogsClient)
  const logged = async () => {
    node.clock.advance(5_000)
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/waited' }))
    return events.map(({ message }) => message).join()
  }
  await expect.poll(logged).toMatch(/given for the message/)
  await expect.poll(logged).toMatch(/given for the event/)
  await podman.holdPulls(true)
})

test('a stack waits for the function, and fails with the reason', async () => {
  const cloudformation = node.client(CloudFormationClient)
  const templateOf = (ImageUri: string) =>
    JSON.stringify({
      Resources: {
        F: {
          Type: 'AWS::Lambda::Function',
          Properties: { FunctionName: 'stacked', Role: role, PackageType: 'Image', Code: { ImageUri } },
        },
        V: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'F' } } },
      },
    })
  const settledAs = async (name: string) =>
    (await settledStack(cloudformation, name, () => void node.clock.advance(1_000))).StackStatus
  await podman.holdPulls(false)
  const bad = { StackName: 'bad', TemplateBody: templateOf('registry.example/none:1') }
  await cloudformation.send(new CreateStackCommand(bad))
  expect(await settledAs('bad')).toBe('ROLLBACK_COMPLETE')
  const { StackEvents = [] } = await cloudformation.send(new DescribeStackEventsCommand({ StackName: 'bad' }))
  expect(StackEvents.map(({ ResourceStatusReason }) => ResourceStatusReason)).toContainEqual(
    expect.stringMatching(/none:1 does not exist.*manifest unknown/),
  )
  await expect(look('stacked')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  const good = { StackName: 'good', TemplateBody: templateOf(await remote('stacked', 'd')) }
  await cloudformation.send(new CreateStackCommand(good))
  expect(await settledAs('good')).toBe('CREATE_COMPLETE')
  expect((await call(lambda, 'stacked:1')).value).toBe('stacked')
  await podman.holdPulls(true)
})

test('a node that stops in the middle goes on with it when it is there again', async () => {
  await create('kept', await remote('kept', 'e'))
  await expect.poll(async () => (await podman.calls()).at(-1)?.[0]).toBe('pull')
  await node.restart()
  lambda = node.client(LambdaClient)
  expect(await look('kept')).toMatchObject({ State: 'Pending' })
  await podman.holdPulls(false)
  node.clock.advance(60_000)
  expect(await settled(lambda, 'kept')).toMatchObject({ State: 'Active', CodeSha256: 'e'.repeat(64) })
  expect((await call(lambda, 'kept')).value).toBe('kept')
  await podman.holdPulls(true)
})
