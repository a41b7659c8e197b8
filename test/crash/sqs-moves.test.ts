import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { killableNode } from './killable.ts'

const arnOf = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`
const count = 900
const patient = { timeout: 60_000, interval: 20 }

test('a node that is killed while it moves messages goes on, and moves each of them once', async () => {
  await using node = await killableNode()
  let sqs = node.client(SQSClient)
  const make = async (QueueName: string, Attributes: Record<string, string> = {}) =>
    (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? ''
  const waiting = async (QueueUrl: string) => {
    const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] })
    return Number((await sqs.send(asked)).Attributes?.ApproximateNumberOfMessages)
  }
  const task = async () => {
    const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf('dead') }))
    return Results?.[0]
  }

  const dead = await make('dead')
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 1 })
  await make('source', { RedrivePolicy })
  const target = await make('target', { VisibilityTimeout: '3600' })
  for (let at = 0; at < count; at += 10) {
    const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: `i${index}`, MessageBody: `${at + index}` }))
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: dead, Entries }))
  }
  await sqs.send(
    new StartMessageMoveTaskCommand({
      ...{ SourceArn: arnOf('dead'), DestinationArn: arnOf('target'), MaxNumberOfMessagesPerSecond: 150 },
    }),
  )
  for (const some of [1, 300]) {
    await expect.poll(async () => (await task())?.ApproximateNumberOfMessagesMoved, patient).toBeGreaterThan(some)
    await node.kill()
    await node.start()
    sqs = node.client(SQSClient)
  }
  await expect.poll(async () => (await task())?.Status, patient).toBe('COMPLETED')
  expect((await task())?.ApproximateNumberOfMessagesMoved).toBe(count)
  expect([await waiting(dead), await waiting(target)]).toEqual([0, count])

  const bodies: (string | undefined)[] = []
  while (bodies.length < count) {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: target, MaxNumberOfMessages: 10 }))
    if (!Messages) break
    bodies.push(...Messages.map(({ Body }) => Body))
  }
  expect(bodies.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index))
})
