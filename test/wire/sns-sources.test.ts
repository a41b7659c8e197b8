import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation'
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch'
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { InvokeCommand, LambdaClient, PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda'
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns'
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { makeFunction, makeRole } from './lambda-support.ts'

const account = '000000000000'
const topicArn = (name: string) => `arn:aws:sns:us-east-1:${account}:${name}`
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:${account}:${name}`
let node: TestNode
let sns: SNSClient
let sqs: SQSClient

beforeAll(async () => {
  node = await startNode()
  sns = node.client(SNSClient)
  sqs = node.client(SQSClient)
})
afterAll(() => node.close())

const allow = (service: string, action: string, resource: string, condition?: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      ...{ Effect: 'Allow', Principal: { Service: service }, Action: action, Resource: resource },
      ...(condition && { Condition: condition }),
    },
  })

/** A topic of that name and a queue that is told what is published to it. */
async function makeTopic(Name: string) {
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name }))
  const Policy = allow('sns.amazonaws.com', 'sqs:SendMessage', queueArn(Name))
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: Name, Attributes: { Policy } }))
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queueArn(Name) }))
  return { arn: TopicArn!, url: QueueUrl! }
}
const permit = (TopicArn: string, service: string, condition?: object) =>
  sns.send(
    new SetTopicAttributesCommand({
      ...{ TopicArn, AttributeName: 'Policy' },
      AttributeValue: allow(service, 'sns:Publish', TopicArn, condition),
    }),
  )

async function next(QueueUrl: string): Promise<{ Message: string; Subject?: string }> {
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  const { Body, ReceiptHandle } = Messages![0]!
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
  return JSON.parse(Body!) as { Message: string; Subject?: string }
}

test('a bucket tells a topic whose policy lets it in, and the topic a queue', async () => {
  const s3 = node.client(S3Client)
  const { arn, url } = await makeTopic('uploads')
  await s3.send(new CreateBucketCommand({ Bucket: 'uploads' }))
  const notify = () =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: 'uploads',
        NotificationConfiguration: { TopicConfigurations: [{ TopicArn: arn, Events: ['s3:ObjectCreated:*'] }] },
      }),
    )
  await expect(notify()).rejects.toThrow('Unable to validate the following destination configurations')
  await permit(arn, 's3.amazonaws.com', { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::other' } })
  await expect(notify()).rejects.toThrow('Unable to validate the following destination configurations')
  await permit(arn, 's3.amazonaws.com', {
    ...{ ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::uploads' }, StringEquals: { 'aws:SourceAccount': account } },
  })
  await notify()
  expect(JSON.parse((await next(url)).Message)).toMatchObject({ Event: 's3:TestEvent' })
  await s3.send(new PutObjectCommand({ Bucket: 'uploads', Key: 'a', Body: 'x' }))
  const told = await next(url)
  expect(told.Subject).toBe('Amazon S3 Notification')
  expect(JSON.parse(told.Message).Records[0].s3.object.key).toBe('a')
})

test('an alarm tells a topic of its account without a policy', async () => {
  const { arn, url } = await makeTopic('alarms')
  const cloudwatch = node.client(CloudWatchClient)
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      ...{ AlarmName: 'high', Namespace: 'App', MetricName: 'm', Statistic: 'Sum', Period: 60, EvaluationPeriods: 1 },
      ...{ Threshold: 1, ComparisonOperator: 'GreaterThanThreshold', AlarmActions: [arn] },
    }),
  )
  await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'high', StateValue: 'ALARM', StateReason: 'try' }))
  const told = await next(url)
  expect(told.Subject).toBe('ALARM: "high" in us-east-1')
  expect(JSON.parse(told.Message)).toMatchObject({ AlarmName: 'high', NewStateValue: 'ALARM' })
})

test('a rule tells a topic that lets EventBridge in', async () => {
  const { arn, url } = await makeTopic('events')
  await permit(arn, 'events.amazonaws.com')
  const events = node.client(EventBridgeClient)
  await events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["shop"]}' }))
  await events.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 't', Arn: arn, InputPath: '$.detail' }] }))
  await events.send(new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 'd', Detail: '{"n":1}' }] }))
  expect((await next(url)).Message).toBe('{"n":1}')
})

test('a function has a topic as the destination of its failures', async () => {
  const { arn, url } = await makeTopic('failures')
  const lambda = node.client(LambdaClient)
  const role = await makeRole(node, 'failing', [{ Effect: 'Allow', Action: ['logs:*', 'sns:Publish'], Resource: '*' }])
  await makeFunction(lambda, 'failing', role, `exports.handler = async () => { throw new Error('no') }`)
  const DestinationConfig = { OnFailure: { Destination: arn } }
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({ FunctionName: 'failing', MaximumRetryAttempts: 0, DestinationConfig }),
  )
  await lambda.send(new InvokeCommand({ FunctionName: 'failing', InvocationType: 'Event', Payload: Buffer.from('{}') }))
  expect(JSON.parse((await next(url)).Message)).toMatchObject({ requestContext: { condition: 'RetriesExhausted' } })
})

test('a stack makes topics, subscriptions and policies, as osls writes them for an sns event; changes and removes them', async () => {
  const stacks = node.client(CloudFormationClient)
  const role = await makeRole(node, 'stack-told', [{ Effect: 'Allow', Action: ['logs:*', 'sqs:*'], Resource: '*' }])
  const Policy = allow('sns.amazonaws.com', 'sqs:SendMessage', '*')
  const made = new CreateQueueCommand({
    QueueName: 'stack',
    Attributes: { Policy: Policy.replace('"*"', `"${queueArn('*')}"`) },
  })
  const { QueueUrl } = await sqs.send(made)
  const ZipFile = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
    exports.handler = async (event) => new SQSClient({}).send(new SendMessageCommand({ QueueUrl: '${QueueUrl}', MessageBody: JSON.stringify(event.Records[0].Sns) }))`
  const template = (DisplayName: string, kind: string) =>
    JSON.stringify({
      Resources: {
        Fn: {
          Type: 'AWS::Lambda::Function',
          Properties: { Code: { ZipFile }, Runtime: 'nodejs22.x', Handler: 'index.handler', Role: role, Timeout: 20 },
        },
        SNSTopicOrders: {
          Type: 'AWS::SNS::Topic',
          Properties: {
            ...{ TopicName: 'stack-orders', DisplayName, Tags: [{ Key: 'a', Value: 'b' }] },
            Subscription: [{ Endpoint: { 'Fn::GetAtt': ['Fn', 'Arn'] }, Protocol: 'lambda' }],
          },
        },
        Permission: {
          Type: 'AWS::Lambda::Permission',
          Properties: {
            ...{ FunctionName: { 'Fn::GetAtt': ['Fn', 'Arn'] }, Action: 'lambda:InvokeFunction' },
            ...{ Principal: 'sns.amazonaws.com', SourceArn: topicArn('stack-orders') },
          },
        },
        ToQueue: {
          Type: 'AWS::SNS::Subscription',
          Properties: {
            ...{ TopicArn: { Ref: 'SNSTopicOrders' }, Protocol: 'sqs', Endpoint: queueArn('stack') },
            ...{ RawMessageDelivery: true, FilterPolicy: { kind: [kind] } },
          },
        },
        Policy: {
          Type: 'AWS::SNS::TopicPolicy',
          Properties: {
            Topics: [{ Ref: 'SNSTopicOrders' }],
            PolicyDocument: JSON.parse(allow('events.amazonaws.com', 'sns:Publish', topicArn('stack-orders'))),
          },
        },
      },
    })
  const StackName = 'topics'
  const wait = { client: stacks, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }
  await stacks.send(new CreateStackCommand({ StackName, TemplateBody: template('one', 'queue') }))
  await waitUntilStackCreateComplete(wait, { StackName })
  const TopicArn = topicArn('stack-orders')
  await sns.send(new PublishCommand({ TopicArn, Message: 'to the function' }))
  expect((await next(QueueUrl!)).Message).toBe('to the function')
  const topic = async () => (await sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes!
  expect(await topic()).toMatchObject({ DisplayName: 'one', SubscriptionsConfirmed: '2' })
  expect((await topic()).Policy).toContain('events.amazonaws.com')

  await stacks.send(new UpdateStackCommand({ StackName, TemplateBody: template('two', 'other') }))
  await waitUntilStackUpdateComplete(wait, { StackName })
  expect(await topic()).toMatchObject({ DisplayName: 'two' })
  const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
  const { SubscriptionArn } = Subscriptions!.find(({ Protocol }) => Protocol === 'sqs')!
  const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
  expect(Attributes).toMatchObject({ FilterPolicy: '{"kind":["other"]}', RawMessageDelivery: 'true' })

  await stacks.send(new DeleteStackCommand({ StackName }))
  await waitUntilStackDeleteComplete(wait, { StackName })
  await expect(topic()).rejects.toMatchObject({ name: 'NotFoundException' })
})
