import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { CreateRoleCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { TestNode } from '../harness.ts'

/** Larger than what is kept inside a record, so that a blob file is part of the folder. */
const large = 'landfall '.repeat(4_000)
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})
const template = JSON.stringify({
  Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 77 } } },
  Outputs: { Url: { Value: { Ref: 'Queue' } } },
})

function clientsOf(node: TestNode) {
  return {
    sqs: node.client(SQSClient),
    dynamodb: node.client(DynamoDBClient),
    s3: node.client(S3Client),
    logs: node.client(CloudWatchLogsClient),
    iam: node.client(IAMClient),
    cloudformation: node.client(CloudFormationClient),
  }
}

/** Puts something of every kind into a node: what a later release must still find. */
export async function fill(node: TestNode): Promise<void> {
  const { sqs, dynamodb, s3, logs, iam, cloudformation } = clientsOf(node)
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: 'kept', Attributes: { MessageRetentionPeriod: '1209600' } }),
  )
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: QueueUrl!,
      MessageBody: 'a message',
      MessageAttributes: { n: { DataType: 'Number', StringValue: '1' } },
    }),
  )
  await dynamodb.send(
    new CreateTableCommand({
      TableName: 'kept',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'at', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
    }),
  )
  await dynamodb.send(
    new PutItemCommand({ TableName: 'kept', Item: { id: { S: 'x' }, at: { N: '-12.5' }, tags: { SS: ['a', 'b'] } } }),
  )
  await s3.send(new CreateBucketCommand({ Bucket: 'kept' }))
  await s3.send(new PutObjectCommand({ Bucket: 'kept', Key: 'small/ü', Body: 'inline', Metadata: { who: 'ada' } }))
  await s3.send(new PutObjectCommand({ Bucket: 'kept', Key: 'large', Body: large }))
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'kept' }))
  await logs.send(new CreateLogStreamCommand({ logGroupName: 'kept', logStreamName: 's' }))
  await logs.send(
    new PutLogEventsCommand({
      logGroupName: 'kept',
      logStreamName: 's',
      logEvents: [{ timestamp: Date.now(), message: 'a line' }],
    }),
  )
  await iam.send(new CreateRoleCommand({ RoleName: 'kept', AssumeRolePolicyDocument: trust }))
  await cloudformation.send(new CreateStackCommand({ StackName: 'kept', TemplateBody: template }))
  await waitUntilStackCreateComplete({ client: cloudformation, maxWaitTime: 20, minDelay: 1 }, { StackName: 'kept' })
}

/** What a node finds of it. */
export async function find(node: TestNode) {
  const { sqs, dynamodb, s3, logs, iam, cloudformation } = clientsOf(node)
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'kept' }))
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: QueueUrl!, MessageAttributeNames: ['All'], VisibilityTimeout: 0 }),
  )
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: 'kept', Key: { id: { S: 'x' }, at: { N: '-12.5' } } }),
  )
  const small = await s3.send(new GetObjectCommand({ Bucket: 'kept', Key: 'small/ü' }))
  const big = await s3.send(new GetObjectCommand({ Bucket: 'kept', Key: 'large' }))
  const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName: 'kept' }))
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'kept' }))
  const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName: 'kept' }))
  return {
    message: Messages?.[0]?.Body,
    attribute: Messages?.[0]?.MessageAttributes?.n?.StringValue,
    item: Item,
    small: [await small.Body?.transformToString(), small.Metadata],
    large: (await big.Body?.transformToString()) === large,
    lines: events?.map(({ message }) => message),
    trust: decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''),
    stack: [Stacks?.[0]?.StackStatus, Stacks?.[0]?.Outputs?.[0]?.OutputKey],
  }
}

/** What `find` is to answer. */
export const expected = {
  message: 'a message',
  attribute: '1',
  item: { id: { S: 'x' }, at: { N: '-12.5' }, tags: { SS: ['a', 'b'] } },
  small: ['inline', { who: 'ada' }],
  large: true,
  lines: ['a line'],
  trust,
  stack: ['CREATE_COMPLETE', 'Url'],
}
