import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { CreateStreamCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis'
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
const access = [logging, { Effect: 'Allow', Action: ['dynamodb:*', 'kinesis:*', 'sqs:SendMessage'], Resource: '*' }]

/** A table whose stream a function reads, which sends what it reads on, in that order. */
export async function streamSource(node: KillableNode): Promise<Source> {
  const db = node.client(DynamoDBClient)
  const { TableDescription } = await db.send(
    new CreateTableCommand({
      TableName: 'watched',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  )
  const read = "({ dynamodb: { NewImage: { id, n } } }) => id.S + ' ' + n.N"
  const queueUrl = await sentOn(node, 'stream', TableDescription?.LatestStreamArn, read)
  return {
    ...{ name: 'DynamoDB stream to function', promises: { order: true, once: false }, queueUrl },
    ...{ lanes: ['a', 'b'], sendsAgain: false, read: (body) => [eventOf(body)] },
    async send({ lane, n }) {
      await db.send(new PutItemCommand({ TableName: 'watched', Item: { id: { S: lane }, n: { N: `${n}` } } }))
    },
  }
}

/** A data stream of two shards, which a function reads. */
export async function shardSource(node: KillableNode): Promise<Source> {
  const StreamName = 'sharded'
  await node.client(KinesisClient).send(new CreateStreamCommand({ StreamName, ShardCount: 2 }))
  const read = "({ kinesis: { data } }) => Buffer.from(data, 'base64').toString()"
  const queueUrl = await sentOn(node, StreamName, arnOf('kinesis', `stream/${StreamName}`), read)
  return {
    ...{ name: 'Kinesis stream to function', promises: { order: true, once: false }, queueUrl },
    ...{ lanes: ['a', 'b', 'c'], sendsAgain: false, read: (body) => [eventOf(body)] },
    async send(event) {
      const record = { StreamName, PartitionKey: event.lane, Data: Buffer.from(textOf(event)) }
      await node.client(KinesisClient).send(new PutRecordCommand(record))
    },
  }
}

/** A function that reads a stream, and sends what `read` (source code) makes of each record to the queue it answers. */
async function sentOn(node: KillableNode, name: string, EventSourceArn: string | undefined, read: string) {
  const lambda = node.client(LambdaClient)
  const queueUrl = await makeQueue(node, `${name}.fifo`)
  const source = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
    const sqs = new SQSClient({})
    const read = ${read}
    exports.handler = async ({ Records }) => {
      for (const MessageBody of Records.map(read)) {
        const order = { MessageGroupId: MessageBody.split(' ')[0], MessageDeduplicationId: MessageBody.replace(' ', '-') }
        await sqs.send(new SendMessageCommand({ QueueUrl: ${JSON.stringify(queueUrl)}, MessageBody, ...order }))
      }
    }`
  await makeFunction(lambda, name, await makeRole(node, name, access), source, size)
  const reading = { FunctionName: name, EventSourceArn, StartingPosition: 'TRIM_HORIZON' as const }
  await lambda.send(new CreateEventSourceMappingCommand({ ...reading, BatchSize: 10, ParallelizationFactor: 2 }))
  return queueUrl
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
