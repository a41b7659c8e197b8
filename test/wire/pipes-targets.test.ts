import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  GetLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { CreatePipeCommand, type CreatePipeCommandInput, DescribePipeCommand, PipesClient } from '@aws-sdk/client-pipes'
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { makeLake, makeStream, objectsUnder } from './firehose-support.ts'
import { logging, makeFunction, makeRole } from './lambda-support.ts'
import { arnOf, bodies, makeQueue, take, unique } from './scheduler-support.ts'

let node: TestNode
let RoleArn: string
const patient = { timeout: 45_000 }

beforeAll(async () => {
  node = await startNode({ isolation: false })
  const Action = ['sqs:*', 'lambda:InvokeFunction', 'logs:PutLogEvents', 'firehose:PutRecord']
  RoleArn = await makeRole(node, 'pipes', [{ Effect: 'Allow', Action, Resource: '*' }], 'pipes.amazonaws.com')
})
afterAll(() => node?.close())

const describePipe = (Name: string) => node.client(PipesClient).send(new DescribePipeCommand({ Name }))

/** A pipe from a new queue, with all of its messages in a batch. Answers its name and how to send them. */
async function pipeTo(Target: string, more: Partial<CreatePipeCommandInput> = {}) {
  const from = await makeQueue(node, { VisibilityTimeout: '1' })
  const Name = unique('pipe')
  await node.client(PipesClient).send(new CreatePipeCommand({ Name, RoleArn, Source: from.arn, Target, ...more }))
  await vi.waitFor(async () => expect((await describePipe(Name)).CurrentState).toBe('RUNNING'), patient)
  const send = (...texts: string[]) => {
    const Entries = texts.map((MessageBody, index) => ({ Id: `${index}`, MessageBody }))
    return node.client(SQSClient).send(new SendMessageBatchCommand({ QueueUrl: from.url, Entries }))
  }
  return { Name, send }
}

async function enrichment(source: string): Promise<string> {
  const name = unique('f')
  const role = await makeRole(node, unique('role'), [logging])
  await makeFunction(node.client(LambdaClient), name, role, source)
  return arnOf('lambda', `function:${name}`)
}

test('a Firehose gets each event as a record', async () => {
  await makeLake(node)
  const stream = await makeStream(node, 'piped')
  const TargetParameters = { InputTemplate: '"<$.body>;"' }
  const { send } = await pipeTo(arnOf('firehose', `deliverystream/${stream}`), { TargetParameters })
  await send('a', 'b', 'c')
  await vi.waitFor(async () => {
    node.clock.advance(60_000)
    const found = [...(await objectsUnder(node, 'piped/')).values()].map(String).join('')
    // As the clock moves, messages may become visible again: what is promised is at least once.
    expect(new Set(found.split(';'))).toEqual(new Set(['a', 'b', 'c', '']))
  }, patient)
})

test('each line goes to the log stream that it names itself', async () => {
  const logs = node.client(CloudWatchLogsClient)
  const logGroupName = 'named'
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  for (const logStreamName of ['one', 'two'])
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
  const { send } = await pipeTo(arnOf('logs', `log-group:${logGroupName}`), {
    SourceParameters: { SqsQueueParameters: { BatchSize: 10, MaximumBatchingWindowInSeconds: 0 } },
    TargetParameters: { InputTemplate: '<$.body.n>', CloudWatchLogsParameters: { LogStreamName: '$.body.to' } },
  })
  await send('{"to":"one","n":1}', '{"to":"two","n":2}', '{"to":"one","n":3}')
  const lines = async (logStreamName: string) => {
    const { events = [] } = await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName }))
    return events.map(({ message }) => message).sort()
  }
  await vi.waitFor(async () => expect([await lines('one'), await lines('two')]).toEqual([['1', '3'], ['2']]), patient)
})

test('of an enrichment that answers nothing the target is not told, however nothing is said', async () => {
  const to = await makeQueue(node)
  const Enrichment = await enrichment(
    `exports.handler = async ([{ body }]) => ({ text: '', object: {}, list: [], 'one that is empty': [{}] })[body]`,
  )
  const SourceParameters = { SqsQueueParameters: { BatchSize: 1 } }
  const { send } = await pipeTo(to.arn, { Enrichment, SourceParameters })
  await send('text', 'object', 'list', 'one that is empty')
  expect(await bodies(node, to.url, 1)).toEqual(['{}'])
  expect(await take(node, to.url, 0)).toEqual([])
})

test('a target is not told of more than it takes at once: the pipe says why, and the messages come again', async () => {
  const to = await makeQueue(node)
  const Enrichment = await enrichment(
    `exports.handler = async ([{ body, attributes }]) => Array(attributes.ApproximateReceiveCount > 1 ? 10 : 11).fill({ body })`,
  )
  const { Name, send } = await pipeTo(to.arn, { Enrichment })
  await send('many')
  await vi.waitFor(async () => {
    expect((await describePipe(Name)).StateReason).toMatch(/11 events.* 10 at once/)
  }, patient)
  expect(await take(node, to.url, 0)).toEqual([])
  node.clock.advance(2_000)
  expect(await bodies(node, to.url, 10)).toHaveLength(10)
})
