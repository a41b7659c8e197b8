import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { DescribeDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose'
import { GetSubscriptionAttributesCommand, ListSubscriptionsCommand, SNSClient } from '@aws-sdk/client-sns'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { describeStack, settledStack } from './stack-support.ts'

let node: TestNode
const StackName = 'lakes'
const Capabilities = ['CAPABILITY_IAM' as const]

beforeAll(async () => {
  node = await startNode()
})
afterAll(() => node?.close())

const att = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] })
const statement = (more: object) => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] })
const role = (service: string, Action: string) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: statement({ Principal: { Service: service }, Action: 'sts:AssumeRole' }),
    Policies: [{ PolicyName: 'p', PolicyDocument: statement({ Action, Resource: '*' }) }],
  },
})
const bucket = { RoleARN: att('Role'), BucketARN: att('Lake') }

/** Streams of every kind, and a topic that is kept in one of them. */
const template = (CompressionFormat: string, Url: string) => {
  const stream = (Properties: object) => ({ Type: 'AWS::KinesisFirehose::DeliveryStream', Properties })
  const EndpointConfiguration = { Url, Name: 'in', AccessKey: 'secret' }
  return JSON.stringify({
    Resources: {
      Lake: { Type: 'AWS::S3::Bucket' },
      Role: role('firehose.amazonaws.com', '*'),
      Telling: role('sns.amazonaws.com', 'firehose:*'),
      Source: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } },
      Plain: stream({
        DeliveryStreamName: 'plain',
        S3DestinationConfiguration: { ...bucket, CompressionFormat },
      }),
      Reading: stream({
        DeliveryStreamName: 'reading',
        DeliveryStreamType: 'KinesisStreamAsSource',
        KinesisStreamSourceConfiguration: { KinesisStreamARN: att('Source'), RoleARN: att('Role') },
        ExtendedS3DestinationConfiguration: bucket,
      }),
      Posting: stream({
        DeliveryStreamName: 'posting',
        HttpEndpointDestinationConfiguration: { EndpointConfiguration, S3Configuration: bucket },
      }),
      Topic: { Type: 'AWS::SNS::Topic' },
      Kept: {
        Type: 'AWS::SNS::Subscription',
        Properties: {
          TopicArn: { Ref: 'Topic' },
          Protocol: 'firehose',
          Endpoint: att('Plain'),
          SubscriptionRoleArn: att('Telling'),
        },
      },
    },
  })
}
const destinationOf = async (DeliveryStreamName: string) => {
  const { DeliveryStreamDescription: found } = await node
    .client(FirehoseClient)
    .send(new DescribeDeliveryStreamCommand({ DeliveryStreamName }))
  return { type: found?.DeliveryStreamType, version: found?.VersionId, ...found?.Destinations?.[0] }
}

test('templates make, change and delete streams of every kind', async () => {
  const cfn = node.client(CloudFormationClient)
  await cfn.send(new CreateStackCommand({ StackName, Capabilities, TemplateBody: template('GZIP', 'https://a.test/') }))
  await settledStack(cfn, StackName)
  expect((await describeStack(cfn, StackName)).StackStatus).toBe('CREATE_COMPLETE')
  expect((await destinationOf('plain')).S3DestinationDescription?.CompressionFormat).toBe('GZIP')
  expect((await destinationOf('reading')).type).toBe('KinesisStreamAsSource')
  const sns = node.client(SNSClient)
  const { Subscriptions = [] } = await sns.send(new ListSubscriptionsCommand({}))
  const { SubscriptionArn } = Subscriptions.find(({ Protocol }) => Protocol === 'firehose')!
  const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
  expect(Attributes?.SubscriptionRoleArn).toContain('Telling')

  await cfn.send(new UpdateStackCommand({ StackName, Capabilities, TemplateBody: template('ZIP', 'https://b.test/') }))
  await settledStack(cfn, StackName)
  expect((await describeStack(cfn, StackName)).StackStatus).toBe('UPDATE_COMPLETE')
  expect(await destinationOf('plain')).toMatchObject({
    version: '2',
    S3DestinationDescription: { CompressionFormat: 'ZIP' },
  })
  const { HttpEndpointDestinationDescription: endpoint, version } = await destinationOf('posting')
  expect([version, endpoint?.EndpointConfiguration]).toEqual(['2', { Url: 'https://b.test/', Name: 'in' }])

  await cfn.send(new DeleteStackCommand({ StackName }))
  await expect.poll(() => destinationOf('plain').catch(({ name }) => name)).toBe('ResourceNotFoundException')
})
