import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { CreateEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Folder, temporaryFolder } from '../e2e/folder.ts'
import { type Background, background } from '../e2e/process.ts'
import { logging, makeFunction, makeRole } from '../wire/lambda-support.ts'

let data: Folder
let node: Background
let endpoint = ''

beforeAll(async () => {
  data = await temporaryFolder()
  await start()
})
afterAll(async () => {
  await node?.[Symbol.asyncDispose]()
  await data?.[Symbol.asyncDispose]()
})

/** On the port it had before. */
async function start(): Promise<void> {
  const port = endpoint === '' ? '0' : new URL(endpoint).port
  node = background(['start', '--dev', '--no-isolation', '--port', port, '--data', data.path], { outlivesTest: true })
  endpoint = (await node.line<{ endpoint?: string }>((line) => line.endpoint !== undefined)).endpoint!
}
function client<C>(ctor: new (config: never) => C): C {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  return new ctor({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 } as never)
}

test('a function gets every acknowledged change of a table whose node is killed', {
  timeout: 120_000,
}, async () => {
  const QueueUrl = `${endpoint}/000000000000/told`
  await client(SQSClient).send(new CreateQueueCommand({ QueueName: 'told' }))
  const { TableDescription } = await client(DynamoDBClient).send(
    new CreateTableCommand({
      TableName: 'watched',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  )
  const role = await makeRole({ client: client as never }, 'reader', [
    logging,
    { Effect: 'Allow', Action: ['dynamodb:*', 'sqs:SendMessage'], Resource: '*' },
  ])
  const lambda = client(LambdaClient)
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
    const db = client(DynamoDBClient)
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
          if (--left === 0) await node.stop('SIGKILL')
        }
      }),
    )
    await start()
  }

  const sqs = client(SQSClient)
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
