import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient, DescribeLogGroupsCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionEventInvokeConfigsCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { due } from '../../src/delivery/state.ts'
import { startNode, type TestNode } from '../harness.ts'
import { call, logging, makeFunction, makeRole, zipOf } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let sqs: SQSClient
let logs: CloudWatchLogsClient
let role: string
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`
const functionArn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`

beforeAll(async () => {
  node = await startNode()
  lambda = node.client(LambdaClient)
  sqs = node.client(SQSClient)
  logs = node.client(CloudWatchLogsClient)
  const sends = { Effect: 'Allow', Action: ['sqs:SendMessage', 'lambda:InvokeFunction'], Resource: '*' }
  role = await makeRole(node, 'invoke-role', [logging, sends])
})
afterAll(async () => {
  for (const client of [lambda, sqs, logs]) client.destroy()
  await node.close()
})

async function makeQueue(name: string): Promise<string> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }))
  return QueueUrl ?? ''
}
/** Waits for one message; long polls until it comes. */
async function next(QueueUrl: string) {
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ['All'] }),
  )
  const [message] = Messages ?? []
  if (message) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }))
  return message
}
async function linesOf(name: string): Promise<string[]> {
  await node.node.host.logs.flush()
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}` }))
  return events.map(({ message = '' }) => message)
}

describe('a call that waits', () => {
  test('answers with what the function returned, its version, and on demand its log', async () => {
    await makeFunction(lambda, 'echo', role, "exports.handler = async (e) => { console.log('seen', e.n); return e }")
    const answer = await call(lambda, 'echo', { n: 7 }, { LogType: 'Tail' })
    expect(answer).toMatchObject({ status: 200, value: { n: 7 }, version: '$LATEST' })
    expect(answer.error).toBeUndefined()
    expect(answer.log).toMatch(/START RequestId: .*\n.*\tINFO\tseen 7\nEND RequestId/)
    const nothing = await lambda.send(new InvokeCommand({ FunctionName: 'echo' }))
    expect(Buffer.from(nothing.Payload ?? []).toString()).toBe('{}')
    expect((await call(lambda, 'echo', {}, { InvocationType: 'DryRun' })).status).toBe(204)
  })

  test('is sampled where the function traces, unless a caller decided', async () => {
    const source = 'exports.handler = async () => process.env._X_AMZN_TRACE_ID'
    await makeFunction(lambda, 'traced', role, source, { TracingConfig: { Mode: 'Active' } })
    await makeFunction(lambda, 'untraced', role, source)
    expect((await call(lambda, 'traced')).value).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=.*;Sampled=1;/)
    expect((await call(lambda, 'untraced')).value).toMatch(/^Root=1-.*;Sampled=0;/)
  })

  test('says that the function failed, and how', async () => {
    await makeFunction(lambda, 'fails', role, "exports.handler = async () => { throw new TypeError('wrong') }")
    expect(await call(lambda, 'fails')).toMatchObject({
      status: 200,
      error: 'Unhandled',
      value: { errorType: 'TypeError', errorMessage: 'wrong' },
    })
  })

  test('refuses what is no JSON, or too large', async () => {
    await expect(
      lambda.send(new InvokeCommand({ FunctionName: 'echo', Payload: Buffer.from('{no') })),
    ).rejects.toMatchObject({ name: 'InvalidRequestContentException' })
    await expect(call(lambda, 'echo', 'x'.repeat(6_291_456))).rejects.toMatchObject({
      name: 'RequestTooLargeException',
    })
    await expect(call(lambda, 'echo', 'x'.repeat(1_048_576), { InvocationType: 'Event' })).rejects.toMatchObject({
      name: 'RequestTooLargeException',
    })
    await expect(call(lambda, 'echo', {}, { ClientContext: 'e' })).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
    })
    expect((await call(lambda, 'echo', 'x'.repeat(5_000_000))).value).toHaveLength(5_000_000)
  })

  test('ends at the timeout, and does not hold up others', async () => {
    await makeFunction(lambda, 'slow', role, 'exports.handler = () => { for (;;) {} }', { Timeout: 1 })
    const slow = call(lambda, 'slow')
    expect((await call(lambda, 'echo', 1)).value).toBe(1)
    expect(await slow).toMatchObject({
      error: 'Unhandled',
      value: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(/Task timed out after 1\.00 seconds$/),
      },
    })
  })
})

describe('the execution role', () => {
  test('is who the function is: what it may not do is refused, what it may works', async () => {
    const own = await makeRole(node, 'own-role', [logging])
    const QueueUrl = await makeQueue('from-function')
    await makeFunction(
      lambda,
      'sender',
      own,
      `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
       const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts')
       exports.handler = async ({ QueueUrl }) => {
         const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}))
         try {
           await new SQSClient({}).send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }))
           return { Arn, sent: true }
         } catch (error) { return { Arn, name: error.name, message: error.message } }
       }`,
      { Timeout: 20, MemorySize: 256 },
    )
    const denied = (await call(lambda, 'sender', { QueueUrl })).value
    expect(denied).toMatchObject({
      Arn: 'arn:aws:sts::000000000000:assumed-role/own-role/sender',
      name: expect.stringMatching(/^AccessDenied/),
      message: expect.stringContaining('sqs:SendMessage'),
    })
    const iam = node.client(IAMClient)
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: 'own-role',
        PolicyName: 'send',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queueArn('from-function') }],
        }),
      }),
    )
    iam.destroy()
    expect((await call(lambda, 'sender', { QueueUrl })).value).toMatchObject({ sent: true })
    expect((await next(QueueUrl))?.Body).toBe('hello')
  })

  test('decides whether output is kept', async () => {
    const mute = await makeRole(node, 'mute-role', [])
    await makeFunction(lambda, 'mute', mute, "exports.handler = async () => console.log('unheard')")
    await makeFunction(lambda, 'heard', role, "exports.handler = async () => console.log('heard')")
    expect((await call(lambda, 'mute', {}, { LogType: 'Tail' })).log).toContain('unheard')
    await call(lambda, 'heard')
    expect((await linesOf('heard')).some((line) => line.includes('\tINFO\theard'))).toBe(true)
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws/lambda/mute' }))
    expect(logGroups).toEqual([])
  })

  test('lines of a call arrive in order, from START to REPORT, in a group that can be chosen', async () => {
    await makeFunction(
      lambda,
      'ordered',
      role,
      'exports.handler = async () => { for (let i = 0; i < 50; i++) console.log(i) }',
      {
        LoggingConfig: { LogGroup: '/aws/lambda/elsewhere' },
      },
    )
    await call(lambda, 'ordered')
    const lines = (await linesOf('elsewhere')).map((line) => line.split('\t').at(-1)?.trim() || line.split(' ')[0])
    expect(lines).toEqual([
      expect.stringMatching(/^START/),
      ...Array.from({ length: 50 }, (_, i) => String(i)),
      expect.stringMatching(/^END/),
      expect.stringMatching(/^REPORT/),
    ])
  })
})

describe('figures', () => {
  test('count calls, errors and throttles by function', async () => {
    await makeFunction(lambda, 'counted', role, "exports.handler = async (e) => { if (e.fail) throw new Error('x') }")
    for (const event of [{}, { fail: true }, {}]) await call(lambda, 'counted', event)
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'counted', ReservedConcurrentExecutions: 0 }))
    await expect(call(lambda, 'counted')).rejects.toThrow('Rate Exceeded.')
    await node.node.host.metrics.flush()
    const cloudwatch = node.client(CloudWatchClient)
    const sum = async (MetricName: string) => {
      const { Datapoints = [] } = await cloudwatch.send(
        new GetMetricStatisticsCommand({
          Namespace: 'AWS/Lambda',
          MetricName,
          Dimensions: [{ Name: 'FunctionName', Value: 'counted' }],
          StartTime: new Date(node.clock.nowMs() - 3_600_000),
          EndTime: new Date(node.clock.nowMs() + 60_000),
          Period: 3600,
          Statistics: ['Sum', 'SampleCount'],
        }),
      )
      return Datapoints.reduce((total, { Sum = 0 }) => total + Sum, 0)
    }
    expect(await Promise.all(['Invocations', 'Errors', 'Throttles'].map(sum))).toEqual([3, 1, 1])
    expect(await sum('Duration')).toBeGreaterThan(0)
    cloudwatch.destroy()
  })
})

describe('an event that does not wait', () => {
  test('is accepted at once, and the function gets it', async () => {
    const QueueUrl = await makeQueue('async-out')
    await makeFunction(lambda, 'async', role, sendsTo(), { Timeout: 20, MemorySize: 256 })
    const accepted = await call(lambda, 'async', { QueueUrl, n: 1 }, { InvocationType: 'Event' })
    expect(accepted).toMatchObject({ status: 202, value: undefined })
    expect(JSON.parse((await next(QueueUrl))?.Body ?? '')).toMatchObject({ n: 1 })
  })

  test('is tried three times, a minute and two apart, and then told to the dead-letter queue and the destination', async () => {
    const letters = await makeQueue('letters')
    const failed = await makeQueue('failed')
    const tries = await makeQueue('tries')
    await makeFunction(
      lambda,
      'hopeless',
      role,
      `${sendsTo('exports.first')}
      exports.handler = async (event, context) => { await exports.first(event, context); throw new Error('never') }`,
      {
        Timeout: 20,
        MemorySize: 256,
        DeadLetterConfig: { TargetArn: queueArn('letters') },
      },
    )
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: 'hopeless',
        DestinationConfig: { OnFailure: { Destination: queueArn('failed') } },
      }),
    )
    await call(lambda, 'hopeless', { QueueUrl: tries, n: 2 }, { InvocationType: 'Event' })
    const first = JSON.parse((await next(tries))?.Body ?? '') as { requestId: string }
    await settled(node)
    node.clock.advance(60_000)
    expect(JSON.parse((await next(tries))?.Body ?? '')).toMatchObject({ requestId: first.requestId })
    await settled(node)
    node.clock.advance(120_000)
    expect(JSON.parse((await next(tries))?.Body ?? '')).toMatchObject({ requestId: first.requestId })
    const letter = await next(letters)
    expect(JSON.parse(letter?.Body ?? '')).toEqual({ QueueUrl: tries, n: 2 })
    expect(letter?.MessageAttributes?.RequestID?.StringValue).toBe(first.requestId)
    expect(letter?.MessageAttributes?.ErrorMessage?.StringValue).toBe('never')
    expect(JSON.parse((await next(failed))?.Body ?? '')).toMatchObject({
      version: '1.0',
      requestContext: {
        requestId: first.requestId,
        functionArn: `${functionArn('hopeless')}:$LATEST`,
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: { n: 2 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorMessage: 'never' },
    })
  })

  test('may be configured: no retries, and a function to tell of success', async () => {
    const out = await makeQueue('told')
    await makeFunction(lambda, 'told', role, sendsTo('exports.handler', `${JSON.stringify(out)}`), {
      Timeout: 20,
      MemorySize: 256,
    })
    await makeFunction(lambda, 'teller', role, 'exports.handler = async () => ({ done: true })')
    await lambda.send(
      new PutFunctionEventInvokeConfigCommand({
        FunctionName: 'teller',
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: 60,
        DestinationConfig: { OnSuccess: { Destination: functionArn('told') } },
      }),
    )
    await call(lambda, 'teller', { a: 1 }, { InvocationType: 'Event' })
    expect(JSON.parse((await next(out))?.Body ?? '')).toMatchObject({
      requestContext: { condition: 'Success' },
      requestPayload: { a: 1 },
      responsePayload: { done: true },
    })
    await lambda.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName: 'teller', MaximumRetryAttempts: 1 }))
    expect(await lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: 'teller' }))).toMatchObject({
      MaximumRetryAttempts: 1,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnSuccess: { Destination: functionArn('told') } },
    })
    const { FunctionEventInvokeConfigs } = await lambda.send(
      new ListFunctionEventInvokeConfigsCommand({ FunctionName: 'teller' }),
    )
    expect(FunctionEventInvokeConfigs).toHaveLength(1)
    await lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: 'teller' }))
    await expect(
      lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName: 'teller' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await expect(
      lambda.send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName: 'teller',
          DestinationConfig: { OnSuccess: { Destination: 'arn:aws:s3:::bucket' } },
        }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
  })

  test('waits while its function is throttled, and outlives a restart', async () => {
    await using own = await startNode()
    const ownRole = await makeRole(own, 'r', [logging, { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' }])
    const before = own.client(LambdaClient)
    const queues = own.client(SQSClient)
    const { QueueUrl = '' } = await queues.send(new CreateQueueCommand({ QueueName: 'out' }))
    queues.destroy()
    await makeFunction(before, 'later', ownRole, "exports.handler = async () => { throw new Error('not yet') }")
    await call(before, 'later', { n: 3 }, { InvocationType: 'Event' })
    before.destroy()
    await own.restart()
    const after = own.client(LambdaClient)
    const again = own.client(SQSClient)
    const url = QueueUrl.replace(/^http:\/\/[^/]+/, own.endpoint)
    await after.send(
      new UpdateFunctionCodeCommand({
        FunctionName: 'later',
        ZipFile: await zipOf({ 'index.js': sendsTo('exports.handler', JSON.stringify(url)) }),
      }),
    )
    await settled(own)
    own.clock.advance(60_000)
    const { Messages } = await again.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }))
    expect(JSON.parse(Messages?.[0]?.Body ?? '')).toMatchObject({ n: 3 })
    await again.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x' }))
    after.destroy()
    again.destroy()
  })
})

/** Source of a handler that sends its event, with the request's id, to a queue of the event's choosing. */
function sendsTo(as = 'exports.handler', url = 'event.QueueUrl'): string {
  return `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
    const sqs = new SQSClient({})
    ${as} = async (event, context) => {
      const MessageBody = JSON.stringify({ ...event, requestId: context.awsRequestId })
      await sqs.send(new SendMessageCommand({ QueueUrl: ${url}, MessageBody }))
    }`
}

/** Resolves when no event is being worked on: what is left waits for its time. */
async function settled(of: TestNode): Promise<void> {
  const { records } = of.node.host
  const scope = { account: '', region: '' }
  for await (const _ of records.watch(scope, due.under(), AbortSignal.timeout(20_000))) {
    const busy = await records.read(scope, async (tx) => {
      const nowMs = of.clock.nowMs()
      for await (const { key, value } of tx.range(due.under('lambda:event'))) {
        if (value.node || key[1] <= nowMs) return true
      }
      return false
    })
    if (!busy) return
  }
}
