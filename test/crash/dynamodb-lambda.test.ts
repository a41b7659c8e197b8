import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { CreateEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { logging, makeFunction, makeRole } from '../wire/lambda-support.ts'
import { type KillableNode, killableNode } from './killable.ts'

let node: KillableNode
beforeAll(async () => {
  node = await killableNode()
})
afterAll(() => node[Symbol.asyncDispose]())

test('a function gets every acknowledged change of a table whose node is killed', {
  timeout: 120_000,
}, async () => {
  const QueueUrl = `${node.endpoint}/000000000000/told`
  await node.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'told' }))
  const { TableDescription } = await node.client(DynamoDBClient).send(
    new CreateTableCommand({
      TableName: 'watched',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  )
  const role = await makeRole(node, 'reader', [
    logging,
    { Effect: 'Allow', Action: ['dynamodb:*', 'sqs:SendMessage'], Resource: '*' },
  ])
  const lambda = node.client(LambdaClient)
  await makeFunction(
    lambda,
    'told',
    role,
    `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
    const sqs = new SQSClient({})
    exports.handler = async ({ Records }) => {
      const MessageBody = JSON.stringify(Records.map(({ dynamodb: { NewImage } }) => [NewImage.id.S, Number(NewImage.n.N)]))
      await sqs.send(new SendMessageCommand({ QueueUrl: ${JSON.stringify(QueueUrl)}, MessageBody }))
    }`,
    { Timeout: 20, MemorySize: 256 },
  )
  await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: 'told',
      EventSourceArn: TableDescription!.LatestStreamArn!,
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 5,
      ParallelizationFactor: 2,
    }),
  )
  const written = new Map<string, number>()
  for (const killAfter of [20, 60, 120]) {
    const db = node.client(DynamoDBClient)
    let left = killAfter
    await Promise.all(
      Array.from({ length: 4 }, async (_, who) => {
        const id = `k${who}`
        while (left > 0) {
          const n = (written.get(id) ?? 0) + 1
          const done = await db
            .send(new PutItemCommand({ TableName: 'watched', Item: { id: { S: id }, n: { N: String(n) } } }))
            .catch((error: unknown) => {
              if (left > 0) throw error
              return undefined
            })
          if (!done) return
          written.set(id, n)
          if (--left === 0) await node.kill()
        }
      }),
    )
    await node.start()
  }

  const sqs = node.client(SQSClient)
  const seen = new Map<string, number[]>()
  const isAll = () => [...written].every(([id, n]) => seen.get(id)?.includes(n))
  while (!isAll()) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    )
    for (const { Body, ReceiptHandle } of Messages) {
      for (const [id, n] of JSON.parse(Body!) as [string, number][]) seen.set(id, [...(seen.get(id) ?? []), n])
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    }
  }
  for (const [id, last] of written) {
    // A batch that was at the function comes again; none is left out.
    expect([...new Set(seen.get(id))].filter((n) => n <= last)).toHaveLength(last)
  }
})
