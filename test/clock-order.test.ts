import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { askNode } from '../src/control.ts'
import { startNode } from './harness.ts'

const hourMs = 3_600_000
const queueArn = 'arn:aws:sqs:us-east-1:000000000000:ticks.fifo'
const Policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: {
    ...{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' } },
    ...{ Action: 'sqs:SendMessage', Resource: queueArn },
  },
})

test('what is due on the way happens in the order of its times when the clock is moved past all of it', async () => {
  await using node = await startNode()
  const sqs = node.client(SQSClient)
  const Attributes = { Policy, FifoQueue: 'true' }
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'ticks.fifo', Attributes }))
  const events = node.client(EventBridgeClient)
  // The later one's name comes first, so that nothing but its time puts it behind.
  for (const [Name, hours] of [
    ['a-three', 3],
    ['b-two', 2],
    ['c-one', 1],
  ] as const) {
    const ScheduleExpression = hours === 1 ? 'rate(1 hour)' : `rate(${hours} hours)`
    await events.send(new PutRuleCommand({ Name, ScheduleExpression }))
    const target = { Id: 'q', Arn: queueArn, Input: JSON.stringify(Name), SqsParameters: { MessageGroupId: 'g' } }
    await events.send(new PutTargetsCommand({ Rule: Name, Targets: [target] }))
  }
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const target = { endpoint: node.endpoint, region: 'us-east-1', credentials }
  const beforeMs = node.clock.nowMs()
  await askNode(target, '/_landfall/clock', {}, { method: 'POST', body: { advanceMs: 3.5 * hourMs } })
  expect(node.clock.nowMs() - beforeMs).toBeGreaterThanOrEqual(3.5 * hourMs)
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
  const said = Messages.map(({ Body = '' }) => JSON.parse(Body) as string)
  // Rules of the same hour were made a moment after each other.
  expect(said).toEqual(['c-one', 'b-two', 'c-one', 'a-three', 'c-one'])
})
