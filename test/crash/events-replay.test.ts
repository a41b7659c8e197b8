import {
  CreateArchiveCommand,
  DescribeReplayCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  StartReplayCommand,
} from '@aws-sdk/client-eventbridge'
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { killableNode } from './killable.ts'

const queueArn = 'arn:aws:sqs:us-east-1:000000000000:replayed'
const bus = 'arn:aws:events:us-east-1:000000000000:event-bus/default'
const total = 400

test('a replay goes on after the node was killed, and brings every event of the archive to its target', async () => {
  await using node = await killableNode()
  let events = node.client(EventBridgeClient)
  const { ArchiveArn } = await events.send(new CreateArchiveCommand({ ArchiveName: 'all', EventSourceArn: bus }))
  for (let n = 0; n < total; n += 10) {
    const Entries = Array.from({ length: 10 }, (_, index) => ({
      ...{ Source: 'shop', DetailType: 'Order', Detail: JSON.stringify({ n: n + index }) },
    }))
    await events.send(new PutEventsCommand({ Entries }))
  }
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: queueArn },
  })
  const made = new CreateQueueCommand({ QueueName: 'replayed', Attributes: { Policy } })
  const { QueueUrl } = await node.client(SQSClient).send(made)
  await events.send(new PutRuleCommand({ Name: 'all', EventPattern: '{"source":["shop"]}' }))
  const Targets = [{ Id: 'q', Arn: queueArn, InputPath: '$.detail.n' }]
  await events.send(new PutTargetsCommand({ Rule: 'all', Targets }))
  const EventEndTime = new Date(Date.now() + 60_000)
  const times = { EventStartTime: new Date(0), EventEndTime }
  const given = { ReplayName: 'again', EventSourceArn: ArchiveArn, Destination: { Arn: bus }, ...times }
  await events.send(new StartReplayCommand(given))
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 30))
    await node.kill()
    await node.start()
    events = node.client(EventBridgeClient)
  }
  const state = async () => (await events.send(new DescribeReplayCommand({ ReplayName: 'again' }))).State
  await expect.poll(state, { timeout: 60_000 }).toBe('COMPLETED')

  const told = new Set<number>()
  const sqs = node.client(SQSClient)
  const missing = async () => {
    const asked = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 })
    for (const { Body, ReceiptHandle } of (await sqs.send(asked)).Messages ?? []) {
      told.add(Number(Body))
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    }
    return total - told.size
  }
  await expect.poll(missing, { timeout: 60_000, interval: 1 }).toBe(0)
})
