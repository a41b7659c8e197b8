import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { programsNamed } from '../../src/functions/runner.fixture.ts'
import { logging, makeFunction, makeRole } from '../wire/lambda-support.ts'
import { type KillableNode, killableNode } from './killable.ts'

const patient = { timeout: 60_000, interval: 100 }
const title = 'landfall-of-a-killed-node'
/** Tells when it begins and when it is done, which is not before there is a queue called `go`. */
const source = `process.title = '${title}'
const { GetQueueUrlCommand, SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
const sqs = new SQSClient({})
exports.handler = async ({ queue, name }) => {
  const tell = (what) => sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: name + ' ' + what }))
  await tell('began')
  const mayGo = () => sqs.send(new GetQueueUrlCommand({ QueueName: 'go' })).then(() => true, () => false)
  while (!(await mayGo())) await new Promise((resolve) => setTimeout(resolve, 100))
  await tell('done')
  return name
}`

describe('a node that is killed while its functions run', { timeout: 120_000 }, () => {
  let node: KillableNode
  beforeAll(async () => {
    node = await killableNode([])
  })
  afterAll(() => node[Symbol.asyncDispose]())

  test('leaves none of them running; who waits for an answer has none; an event is delivered again', async () => {
    const role = await makeRole(node, 'r', [logging, { Effect: 'Allow', Action: 'sqs:*', Resource: '*' }])
    const lambda = node.client(LambdaClient)
    const { QueueUrl } = await node.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'told' }))
    await makeFunction(lambda, 'slow', role, source, { Timeout: 90, MemorySize: 256 })
    const told: string[] = []
    const listen = async () => {
      const sqs = node.client(SQSClient)
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
      for (const { Body = '', ReceiptHandle } of Messages) {
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
        told.push(Body)
      }
      sqs.destroy()
    }
    const invoke = (name: string, InvocationType: 'Event' | 'RequestResponse') => {
      const Payload = Buffer.from(JSON.stringify({ queue: QueueUrl, name }))
      return lambda.send(new InvokeCommand({ FunctionName: 'slow', InvocationType, Payload }))
    }
    await invoke('event', 'Event')
    const waiting = invoke('call', 'RequestResponse').then(
      () => 'answered',
      () => 'broken',
    )
    await vi.waitFor(async () => {
      await listen()
      expect([...told].sort()).toEqual(['call began', 'event began'])
    }, patient)
    await node.kill()
    expect(await waiting).toBe('broken')
    await vi.waitFor(async () => expect(await programsNamed(title)).toEqual([]), patient)

    await node.start()
    await node.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'go' }))
    await vi.waitFor(async () => {
      await listen()
      expect(told).toContain('event done')
    }, patient)
    expect(told.filter((one) => one === 'event began')).toHaveLength(2)
    expect(told).not.toContain('call done')
    lambda.destroy()
  })
})
