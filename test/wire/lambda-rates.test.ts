import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionConcurrencyCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  LambdaClient,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda'
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findVersion } from '../../src/services/lambda/find.ts'
import { enter, type Place } from '../../src/services/lambda/places.ts'
import { startNode, type TestNode } from '../harness.ts'
import { call, logging, makeFunction, makeRole } from './lambda-support.ts'

// Time stands still but for what a test moves it by: however slow the machine, a second has as many requests as are sent.
const startedMs = Date.now()
const still = { hostMs: () => startedMs }
const source = 'exports.handler = async (event) => event.n ?? 0'
const polls = {
  Effect: 'Allow',
  Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  Resource: '*',
}

let node: TestNode
let lambda: LambdaClient
let role: string
beforeAll(async () => {
  node = await startNode({ functions: { concurrency: 3 }, ...still })
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'rates', [logging, polls])
})
afterAll(async () => {
  lambda.destroy()
  await node.close()
})

const throttled = (Reason: string) => ({
  name: 'TooManyRequestsException',
  Reason,
  Type: 'User',
  $metadata: { httpStatusCode: 429 },
})

/** One after the other, so that they are never refused for being too many at once. */
async function calls(name: string, count: number, more = {}): Promise<void> {
  for (let n = 0; n < count; n += 1) expect((await call(lambda, name, { n }, more)).value).toBe(n)
}

async function publicUrl(FunctionName: string): Promise<string> {
  const anybody = { FunctionName, Principal: '*' }
  const calls = { ...anybody, StatementId: 'call', Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true }
  const opens = { ...anybody, StatementId: 'url', Action: 'lambda:InvokeFunctionUrl' }
  await lambda.send(new AddPermissionCommand(calls))
  await lambda.send(new AddPermissionCommand({ ...opens, FunctionUrlAuthType: 'NONE' }))
  const made = await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' }))
  return made.FunctionUrl ?? ''
}

async function sumOf(MetricName: string, FunctionName: string): Promise<number> {
  await node.node.host.metrics.flush()
  const cloudwatch = node.client(CloudWatchClient)
  const { Datapoints = [] } = await cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/Lambda',
      MetricName,
      Dimensions: [{ Name: 'FunctionName', Value: FunctionName }],
      StartTime: new Date(node.clock.nowMs() - 3_600_000),
      EndTime: new Date(node.clock.nowMs() + 60_000),
      Period: 3600,
      Statistics: ['Sum'],
    }),
  )
  cloudwatch.destroy()
  return Datapoints.reduce((total, { Sum = 0 }) => total + Sum, 0)
}

test('a reservation is for ten requests a second each; events and queues lose nothing by it', async () => {
  await makeFunction(lambda, 'reserved', role, source)
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'reserved', ReservedConcurrentExecutions: 1 }))
  const url = await publicUrl('reserved')
  await calls('reserved', 10)
  const refused = throttled('ReservedFunctionInvocationRateLimitExceeded')
  await expect(call(lambda, 'reserved')).rejects.toMatchObject(refused)
  node.clock.advance(100)
  await calls('reserved', 1)
  await expect(call(lambda, 'reserved')).rejects.toMatchObject(refused)
  expect((await fetch(url)).status).toBe(429)

  const before = await sumOf('Invocations', 'reserved')
  expect((await call(lambda, 'reserved', {}, { InvocationType: 'Event' })).status).toBe(202)
  await expect.poll(() => sumOf('Invocations', 'reserved')).toBe(before + 1)

  const sqs = node.client(SQSClient)
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: 'in', Attributes: { VisibilityTimeout: '600' } }),
  )
  const EventSourceArn = 'arn:aws:sqs:us-east-1:000000000000:in'
  const throttles = await sumOf('Throttles', 'reserved')
  await lambda.send(new CreateEventSourceMappingCommand({ FunctionName: 'reserved', EventSourceArn }))
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
  await expect.poll(() => sumOf('Throttles', 'reserved')).toBeGreaterThan(throttles)
  node.clock.advance(5_000)
  const left = async () => {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
    return [Attributes?.ApproximateNumberOfMessages, Attributes?.ApproximateNumberOfMessagesNotVisible]
  }
  await expect.poll(left).toEqual(['0', '0'])
  sqs.destroy()
})

test('functions without one have ten for each place of the account, and share those', async () => {
  for (const name of ['one', 'two']) await makeFunction(lambda, name, role, source)
  node.clock.advance(5_000)
  await calls('one', 30)
  await expect(call(lambda, 'one')).rejects.toMatchObject(throttled('FunctionInvocationRateLimitExceeded'))
  await expect(call(lambda, 'two')).rejects.toMatchObject(throttled('CallerRateLimitExceeded'))
  node.clock.advance(1_000)
  await calls('two', 1)
})

test('provisioned instances serve ten requests a second each; what is more goes to others', async () => {
  await makeFunction(lambda, 'kept', role, source)
  await lambda.send(new PublishVersionCommand({ FunctionName: 'kept' }))
  const kept = { FunctionName: 'kept', Qualifier: '1' }
  await lambda.send(new PutProvisionedConcurrencyConfigCommand({ ...kept, ProvisionedConcurrentExecutions: 1 }))
  const status = async () => (await lambda.send(new GetProvisionedConcurrencyConfigCommand(kept))).Status
  await expect.poll(status).toBe('READY')
  node.clock.advance(5_000)
  await calls('kept', 12, { Qualifier: '1' })
  expect(await sumOf('ProvisionedConcurrencyInvocations', 'kept')).toBe(10)
  expect(await sumOf('ProvisionedConcurrencySpilloverInvocations', 'kept')).toBe(2)
  await lambda.send(new DeleteProvisionedConcurrencyConfigCommand(kept))
})

test('a function grows by a thousand at once, and a hundred a second', async () => {
  await using large = await startNode({ functions: { concurrency: 3_000 }, ...still })
  const client = large.client(LambdaClient)
  await makeFunction(client, 'grows', await makeRole(large, 'r'), source)
  client.destroy()
  const { host } = large.node
  const name = { scope: { account: '000000000000', region: 'us-east-1' }, name: 'grows' }
  const found = await host.records.read(name.scope, (tx) => findVersion(tx, name))
  const places: Place[] = []
  const grow = async (by: number) => {
    for (let n = 0; n < by; n += 1) places.push(await enter(host, found))
    await expect(enter(host, found)).rejects.toMatchObject({ members: { Reason: 'ConcurrentInvocationLimitExceeded' } })
  }
  await grow(1_000)
  large.clock.advance(1_000)
  await grow(100)
  // Those it has by now serve as many again, and no more.
  for (const place of places.splice(0)) place.leave()
  await grow(1_100)
})

test('there are as many places as there are, however many come at once', async () => {
  await makeFunction(lambda, 'crowded', role, source)
  const { host } = node.node
  const name = { scope: { account: '000000000000', region: 'us-east-1' }, name: 'crowded' }
  const found = await host.records.read(name.scope, (tx) => findVersion(tx, name))
  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: 'reserved' }))
  node.clock.advance(1_000)
  const entered = await Promise.allSettled(Array.from({ length: 12 }, () => enter(host, found)))
  const places = entered.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  expect(places).toHaveLength(3)
  for (const place of places) place.leave()
})
