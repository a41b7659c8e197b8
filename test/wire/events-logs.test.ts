import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test, vi } from 'vitest'
import { startNode } from '../harness.ts'

test('a log group gets the events of a rule once a resource policy lets EventBridge write, else the dead-letter queue does', async () => {
  await using node = await startNode()
  const events = node.client(EventBridgeClient)
  const logs = node.client(CloudWatchLogsClient)
  const sqs = node.client(SQSClient)
  const logGroupName = '/aws/events/orders'
  const arnOf = (service: string, resource: string) => `arn:aws:${service}:us-east-1:000000000000:${resource}`
  const allow = (service: string, Action: string[], Resource: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action, Resource }],
    })
  await logs.send(new CreateLogGroupCommand({ logGroupName }))
  const Policy = allow('events.amazonaws.com', ['sqs:SendMessage'], arnOf('sqs', 'dead'))
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'dead', Attributes: { Policy } }))
  await events.send(new PutRuleCommand({ Name: 'orders', EventPattern: '{"source":["shop"]}' }))
  const InputTransformer = {
    InputPathsMap: { n: '$.detail.n' },
    InputTemplate: `{"timestamp": ${node.clock.nowMs()}, "message": "order <n>"}`,
  }
  const Arn = arnOf('logs', `log-group:${logGroupName}`)
  const DeadLetterConfig = { Arn: arnOf('sqs', 'dead') }
  await events.send(
    new PutTargetsCommand({
      Rule: 'orders',
      Targets: [
        { Id: 'whole', Arn, DeadLetterConfig },
        { Id: 'made', Arn: `${Arn}:*`, DeadLetterConfig, InputTransformer },
      ],
    }),
  )
  const put = (n: number) =>
    events.send(new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 'Order', Detail: `{"n":${n}}` }] }))

  await put(1)
  const asked = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ['All'] })
  const [dead] = (await sqs.send(asked)).Messages ?? []
  expect(dead?.MessageAttributes).toMatchObject({ ERROR_CODE: { StringValue: 'NO_PERMISSIONS' } })

  const actions = ['logs:CreateLogStream', 'logs:PutLogEvents']
  const policyDocument = allow('events.amazonaws.com', actions, `${Arn}:*`)
  await logs.send(new PutResourcePolicyCommand({ policyName: 'events', policyDocument }))
  await put(2)
  const lines = await vi.waitFor(
    async () => {
      const found = (await logs.send(new FilterLogEventsCommand({ logGroupName }))).events ?? []
      expect(found).toHaveLength(2)
      return found.map(({ message }) => message ?? '').sort()
    },
    { timeout: 45_000, interval: 50 },
  )
  expect(lines[0]).toBe('order 2')
  expect(JSON.parse(lines[1]!)).toMatchObject({ source: 'shop', detail: { n: 2 } })
})
