import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { CreateEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { logging, makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let EventSourceArn: string

const account = '000000000000'
const reads = { Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' }
const allow = (...Action: string[]) => ({ Effect: 'Allow', Action, Resource: '*' })
const topicArn = `arn:aws:sns:us-east-1:${account}:given-up`

beforeAll(async () => {
  node = await startNode()
  lambda = node.client(LambdaClient)
  const db = node.client(DynamoDBClient)
  const { TableDescription } = await db.send(
    new CreateTableCommand({
      TableName: 'orders',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  )
  EventSourceArn = TableDescription?.LatestStreamArn ?? ''
  await db.send(new PutItemCommand({ TableName: 'orders', Item: { id: { S: 'bad' } } }))
  await node.client(SNSClient).send(new CreateTopicCommand({ Name: 'given-up' }))
  await node.client(S3Client).send(new CreateBucketCommand({ Bucket: 'given-up' }))
})
afterAll(() => node.close())

/** A function that always fails, whose role may do this besides, and its mapping with this destination. */
async function failing(name: string, Destination: string, ...statements: object[]) {
  const role = await makeRole(node, name, [logging, reads, ...statements])
  await makeFunction(lambda, name, role, `exports.handler = async () => { throw new Error('no') }`)
  return lambda.send(
    new CreateEventSourceMappingCommand({
      ...{ FunctionName: name, EventSourceArn, StartingPosition: 'TRIM_HORIZON', MaximumRetryAttempts: 0 },
      DestinationConfig: { OnFailure: { Destination } },
    }),
  )
}

const givenUp = {
  requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 1 },
  responseContext: { statusCode: 200, functionError: 'Unhandled' },
  DDBStreamBatchInfo: { batchSize: 1 },
}

test('a topic is told of a batch that is given up', async () => {
  const sqs = node.client(SQSClient)
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({
      QueueName: 'given-up',
      Attributes: {
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ ...allow('sqs:SendMessage'), Principal: { Service: 'sns.amazonaws.com' } }],
        }),
      },
    }),
  )
  const Endpoint = `arn:aws:sqs:us-east-1:${account}:given-up`
  await node.client(SNSClient).send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint }))
  await failing('to-topic', topicArn, allow('sns:Publish'))
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  const { Message, TopicArn } = JSON.parse(Messages?.[0]?.Body ?? '{}')
  expect(TopicArn).toBe(topicArn)
  expect(JSON.parse(Message)).toMatchObject(givenUp)
  expect(JSON.parse(Message)).not.toHaveProperty('payload')
})

test('a bucket gets the batch that is given up, with its records', async () => {
  const s3 = node.client(S3Client)
  const { UUID } = await failing('to-bucket', 'arn:aws:s3:::given-up', allow('s3:PutObject', 's3:ListBucket'))
  const keys = async () =>
    (await s3.send(new ListObjectsV2Command({ Bucket: 'given-up' }))).Contents?.map(({ Key }) => Key ?? '') ?? []
  await expect.poll(keys).toHaveLength(1)
  const [Key = ''] = await keys()
  expect(Key.split('/')).toEqual([
    ...['aws', 'lambda', UUID, expect.stringMatching(/^shardId-/)],
    ...[expect.stringMatching(/^\d{4}$/), expect.stringMatching(/^\d\d$/), expect.stringMatching(/^\d\d$/)],
    expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/),
  ])
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'given-up', Key }))
  const { payload, ...record } = JSON.parse((await Body?.transformToString()) ?? '')
  expect(record).toMatchObject(givenUp)
  expect(JSON.parse(payload)).toMatchObject({
    Records: [{ eventName: 'INSERT', dynamodb: { Keys: { id: { S: 'bad' } } } }],
  })
})

test('a destination is refused that the role may not use, or that mappings do not have', async () => {
  const invalid = (message: RegExp) => ({
    name: 'InvalidParameterValueException',
    message: expect.stringMatching(message),
  })
  await expect(failing('no-topic', topicArn)).rejects.toMatchObject(invalid(/Publish on SNS/))
  const bucket = 'arn:aws:s3:::given-up'
  await expect(failing('no-bucket', bucket, allow('s3:ListBucket'))).rejects.toMatchObject(invalid(/PutObject on S3/))
  const other = `arn:aws:lambda:us-east-1:${account}:function:to-topic`
  await expect(failing('to-function', other, allow('lambda:*'))).rejects.toMatchObject(invalid(/queues, topics/))
})
