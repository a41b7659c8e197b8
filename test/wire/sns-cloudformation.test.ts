import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns'
import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { startNode } from '../harness.ts'
import { settledStack } from './stack-support.ts'

test('a topic of a template keeps what is published, and a subscription of it is brought that', async () => {
  await using node = await startNode()
  const [cfn, sns, sqs] = [node.client(CloudFormationClient), node.client(SNSClient), node.client(SQSClient)]
  const StackName = 'archive'
  const arn = (service: string) => `arn:aws:${service}:us-east-1:000000000000:kept.fifo`
  const template = (topic: object, replay?: object) =>
    JSON.stringify({
      Resources: {
        Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'kept.fifo', FifoTopic: true, ...topic } },
        Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'kept.fifo', FifoQueue: true } },
        Policy: {
          Type: 'AWS::SQS::QueuePolicy',
          Properties: {
            Queues: [{ Ref: 'Queue' }],
            PolicyDocument: {
              Statement: { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: arn('sqs') },
            },
          },
        },
        ...(replay && {
          Subscription: {
            Type: 'AWS::SNS::Subscription',
            DependsOn: 'Policy',
            Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'sqs', Endpoint: arn('sqs'), ReplayPolicy: replay },
          },
        }),
      },
    })
  const archive = { ArchivePolicy: { MessageRetentionPeriod: 30 } }
  await cfn.send(new CreateStackCommand({ StackName, TemplateBody: template(archive) }))
  expect((await settledStack(cfn, StackName)).StackStatus).toBe('CREATE_COMPLETE')
  node.clock.advance(10)
  const StartingPoint = new Date(node.clock.nowMs()).toISOString()
  const group = { MessageGroupId: 'g' }
  const PublishBatchRequestEntries = ['1', '2', '3'].map((Id) => ({
    ...{ ...group, Id, Message: `m${Id}`, MessageDeduplicationId: Id },
  }))
  await sns.send(new PublishBatchCommand({ TopicArn: arn('sns'), PublishBatchRequestEntries }))

  const replay = { PointType: 'Timestamp', StartingPoint }
  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody: template(archive, replay) }))
  expect((await settledStack(cfn, StackName)).StackStatus).toBe('UPDATE_COMPLETE')
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'kept.fifo' }))
  await expect
    .poll(async () => {
      const asked = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(asked))
      return Messages.map(({ Body = '{}' }) => (JSON.parse(Body) as { Message: string }).Message)
    })
    .toEqual(['m1', 'm2', 'm3'])

  // As by the API, what is kept is not deleted by the way.
  await cfn.send(new DeleteStackCommand({ StackName }))
  expect((await settledStack(cfn, StackName)).StackStatus).toBe('DELETE_FAILED')
  const { StackEvents } = await cfn.send(new DescribeStackEventsCommand({ StackName }))
  expect(StackEvents!.map((event) => event.ResourceStatusReason).join('\n')).toContain('The topic has an archive')
})

test('an archive that a template no longer has is ended, and its topic goes with the stack', async () => {
  await using node = await startNode({ ephemeral: true })
  const cfn = node.client(CloudFormationClient)
  const StackName = 'ended'
  const template = (more: object) =>
    JSON.stringify({ Resources: { Topic: { Type: 'AWS::SNS::Topic', Properties: { FifoTopic: true, ...more } } } })
  const archive = { ArchivePolicy: { MessageRetentionPeriod: 1 } }
  const { StackId } = await cfn.send(new CreateStackCommand({ StackName, TemplateBody: template(archive) }))
  expect((await settledStack(cfn, StackName)).StackStatus).toBe('CREATE_COMPLETE')
  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody: template({}) }))
  expect((await settledStack(cfn, StackName)).StackStatus).toBe('UPDATE_COMPLETE')
  await cfn.send(new DeleteStackCommand({ StackName }))
  expect((await settledStack(cfn, StackId!)).StackStatus).toBe('DELETE_COMPLETE')
})
