import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { startNode } from './harness.ts'

const queueArn = 'arn:aws:sqs:us-east-1:000000000000:ticks'
const Policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: {
    ...{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' } },
    ...{ Action: 'sqs:SendMessage', Resource: queueArn },
  },
})

test('while the clock of the host goes back an hour, schedules and visibility timeouts neither fire twice nor stall', async () => {
  let backMs = 0
  await using node = await startNode({ hostMs: () => Date.now() - backMs })
  const sqs = node.client(SQSClient)
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'ticks', Attributes: { Policy } }))
  const { QueueUrl: other } = await sqs.send(new CreateQueueCommand({ QueueName: 'other' }))
  const events = node.client(EventBridgeClient)
  await events.send(new PutRuleCommand({ Name: 'hourly', ScheduleExpression: 'rate(1 hour)' }))
  await events.send(
    new PutTargetsCommand({ Rule: 'hourly', Targets: [{ Id: 'q', Arn: queueArn, InputPath: '$.time' }] }),
  )
  const told: string[] = []
  const ticks = async (count: number) => {
    await expect
      .poll(async () => {
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
        for (const { Body = '', ReceiptHandle } of Messages) {
          told.push(Body)
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
        }
        return told.length
      })
      .toBe(count)
  }
  node.clock.advance(3_600_000)
  await ticks(1)
  await sqs.send(new SendMessageCommand({ QueueUrl: other, MessageBody: 'x' }))
  const receive = async () => {
    const asked = new ReceiveMessageCommand({ QueueUrl: other, VisibilityTimeout: 3_600, WaitTimeSeconds: 0 })
    return (await sqs.send(asked)).Messages?.length ?? 0
  }
  expect(await receive()).toBe(1)

  backMs = 3_600_000
  node.clock.advance(1_800_000)
  expect(await receive()).toBe(0)
  node.clock.advance(1_800_000)
  await ticks(2)
  expect(await receive()).toBe(1)
  // Back where it was: the node is ahead no more than it was moved.
  backMs = 0
  node.clock.advance(3_600_000)
  await ticks(3)
  expect(new Set(told).size).toBe(3)
})
