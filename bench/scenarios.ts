import { type Answer, openCaller } from './load.ts'
import type { Server } from './servers.ts'
import { type AccessKey, jsonRequest } from './sign.ts'

export interface Scenario {
  readonly name: string
  /** CPU per request, in multiples of the bare server's, that DESIGN §9 asks for. */
  readonly limit: number
  /** How many wait for answers at once; 64 unless it says so. */
  readonly callers?: number
  prepare(node: Server, options?: PrepareOptions): Promise<Prepared>
}

/** What another program beside Landfall may need. */
export interface PrepareOptions {
  /** The key it takes, where that is not the well-known one. */
  readonly key?: AccessKey
  /** How many messages wait at first, where filling takes it long. */
  readonly backlog?: number
}

export interface Prepared extends AsyncDisposable {
  next(n: number, previous: Answer | undefined): Buffer
}

const body = 'x'.repeat(200)

/** One signed request, answered or the bench ends. */
export async function once(
  node: Server,
  service: string,
  target: string,
  version: '1.0' | '1.1',
  input: object,
): Promise<Record<string, unknown>> {
  const caller = await openCaller(node.port)
  const answer = await caller.request(jsonRequest(node.port, service, target, version, input))
  caller.close()
  if (answer.status >= 300) throw new Error(`${target}: ${answer.status} ${answer.body}`)
  return JSON.parse(answer.body)
}

/** Nothing to take down. */
export const prepared = (next: Prepared['next']): Prepared => ({ next, async [Symbol.asyncDispose]() {} })

const sqs = (node: Server, operation: string, input: object) =>
  jsonRequest(node.port, 'sqs', `AmazonSQS.${operation}`, '1.0', input)
const dynamodb = (node: Server, operation: string, input: object) =>
  jsonRequest(node.port, 'dynamodb', `DynamoDB_20120810.${operation}`, '1.0', input)

export const scenarios: readonly Scenario[] = [
  {
    name: 'SQS send',
    limit: 1.3,
    async prepare(node) {
      const { QueueUrl } = await once(node, 'sqs', 'AmazonSQS.CreateQueue', '1.0', { QueueName: 'bench-send' })
      const request = sqs(node, 'SendMessage', { QueueUrl, MessageBody: body })
      return prepared(() => request)
    },
  },
  {
    name: 'SQS receive and delete (a request each)',
    limit: 1.8,
    async prepare(node, { backlog = 40_000 } = {}) {
      const { QueueUrl } = await once(node, 'sqs', 'AmazonSQS.CreateQueue', '1.0', { QueueName: 'bench-receive' })
      const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: `e${index}`, MessageBody: body }))
      for (let sent = 0; sent < backlog; sent += 10)
        await once(node, 'sqs', 'AmazonSQS.SendMessageBatch', '1.0', { QueueUrl, Entries })
      const receive = sqs(node, 'ReceiveMessage', { QueueUrl })
      return prepared((_, previous) => {
        const handle = previous && /"ReceiptHandle":"([^"]+)"/.exec(previous.body)?.[1]
        return handle ? sqs(node, 'DeleteMessage', { QueueUrl, ReceiptHandle: handle }) : receive
      })
    },
  },
  ...table('DynamoDB get', 1.3, (node, TableName) => {
    const requests = keys.map((id) => dynamodb(node, 'GetItem', { TableName, Key: { id: { S: id } } }))
    return (n) => requests[n % requests.length]!
  }),
  ...table('DynamoDB put', 1.3, (node, TableName) => {
    const requests = keys.map((id) =>
      dynamodb(node, 'PutItem', { TableName, Item: { id: { S: `put-${id}` }, body: { S: body } } }),
    )
    return (n) => requests[n % requests.length]!
  }),
  ...table('DynamoDB conditional update', 1.8, (node, TableName) => {
    const requests = keys.map((id) =>
      dynamodb(node, 'UpdateItem', {
        TableName,
        Key: { id: { S: id } },
        UpdateExpression: 'SET hits = if_not_exists(hits, :zero) + :one',
        ConditionExpression: 'attribute_exists(id)',
        ExpressionAttributeValues: { ':zero': { N: '0' }, ':one': { N: '1' } },
      }),
    )
    return (n) => requests[n % requests.length]!
  }),
]

const keys = Array.from({ length: 1_000 }, (_, index) => `key-${index}`)

function table(
  name: string,
  limit: number,
  requests: (node: Server, TableName: string) => Prepared['next'],
): Scenario[] {
  return [
    {
      name,
      limit,
      async prepare(node) {
        const TableName = `bench-${name.replaceAll(/\W/g, '-')}`
        await once(node, 'dynamodb', 'DynamoDB_20120810.CreateTable', '1.0', {
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        })
        for (let at = 0; at < keys.length; at += 25) {
          const puts = keys
            .slice(at, at + 25)
            .map((id) => ({ PutRequest: { Item: { id: { S: id }, body: { S: body } } } }))
          await once(node, 'dynamodb', 'DynamoDB_20120810.BatchWriteItem', '1.0', {
            RequestItems: { [TableName]: puts },
          })
        }
        return prepared(requests(node, TableName))
      },
    },
  ]
}
