import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import {
  CreateEventSourceMappingCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
} from '@aws-sdk/client-lambda'
import type { KillableNode } from '../crash/killable.ts'
import { logging, makeFunction, makeRole } from '../wire/lambda-support.ts'
import { arnOf, eventOf, makeQueue, type Source, textOf } from './source.ts'

const size = { Timeout: 20, MemorySize: 256 }
const access = [logging, { Effect: 'Allow', Action: ['dynamodb:*', 'sqs:SendMessage'], Resource: '*' }]

/** A table whose stream a function reads, which sends what it reads on, in that order. */
export async function streamSource(node: KillableNode): Promise<Source> {
  const db = node.client(DynamoDBClient)
  const queueUrl = await makeQueue(node, 'stream.fifo')
  const { TableDescription } = await db.send(
    new CreateTableCommand({
      TableName: 'watched',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  )
  const lambda = node.client(LambdaClient)
  const source = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
    const sqs = new SQSClient({})
    exports.handler = async ({ Records }) => {
      for (const { dynamodb: { NewImage: { id, n } } } of Records) {
        const order = { MessageGroupId: id.S, MessageDeduplicationId: id.S + '-' + n.N }
        const MessageBody = id.S + ' ' + n.N
        await sqs.send(new SendMessageCommand({ QueueUrl: ${JSON.stringify(queueUrl)}, MessageBody, ...order }))
      }
    }`
  await makeFunction(lambda, 'stream', await makeRole(node, 'stream', access), source, size)
  await lambda.send(
    new CreateEventSourceMappingCommand({
      ...{
        FunctionName: 'stream',
        EventSourceArn: TableDescription?.LatestStreamArn,
        StartingPosition: 'TRIM_HORIZON',
      },
      ...{ BatchSize: 10, ParallelizationFactor: 2 },
    }),
  )
  return {
    ...{ name: 'DynamoDB stream to function', promises: { order: true, once: false }, queueUrl },
    ...{ lanes: ['a', 'b'], sendsAgain: false, read: (body) => [eventOf(body)] },
    async send({ lane, n }) {
      await db.send(new PutItemCommand({ TableName: 'watched', Item: { id: { S: lane }, n: { N: `${n}` } } }))
    },
  }
}

/** A function that is called without waiting, and whose ends are told to a queue. */
export async function invokeSource(node: KillableNode): Promise<Source> {
  const lambda = node.client(LambdaClient)
  const queueUrl = await makeQueue(node, 'invoked')
  const role = await makeRole(node, 'invoked', access)
  await makeFunction(lambda, 'invoked', role, 'exports.handler = async () => "done"', size)
  const Destination = arnOf('sqs', 'invoked')
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: 'invoked',
      DestinationConfig: { OnSuccess: { Destination }, OnFailure: { Destination } },
    }),
  )
  return {
    ...{ name: 'asynchronous invocation', promises: { order: false, once: false }, queueUrl },
    ...{ lanes: ['a'], sendsAgain: false },
    read: (body) => [eventOf((JSON.parse(body) as { requestPayload: { text: string } }).requestPayload.text)],
    async send(event) {
      const Payload = Buffer.from(JSON.stringify({ text: textOf(event) }))
      await lambda.send(new InvokeCommand({ FunctionName: 'invoked', InvocationType: 'Event', Payload }))
    },
  }
}
