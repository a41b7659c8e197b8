import { CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand } from '@aws-sdk/client-cloudwatch-logs'
import { makeHttpApi, plainRequest } from './http-api.ts'
import { invokeRequest, makeFunction, makeRole, settings } from './lambda.ts'
import { type Answer, openCaller } from './load.ts'
import { once } from './scenarios.ts'
import type { Server } from './servers.ts'
import { jsonRequest, s3Request } from './sign.ts'

export interface Action {
  readonly name: string
  request(n: number): Buffer
  /** What the same caller sends next because of the answer. */
  follow?(answer: Answer): Buffer | undefined
  /** Whether the last answer is the right one. */
  expects(answer: Answer): boolean
  readonly runsFunction?: boolean
}

/** Keys and texts repeat, so that what is stored stays of one size. */
const keys = 500
const text = 'x'.repeat(500)
const tableName = 'soak'
let acknowledged = 0

/** Counted updates that were answered with success. */
export const acknowledgedUpdates = () => acknowledged

/** The sum of all counters, as the table has it. */
export async function storedUpdates(node: Server): Promise<number> {
  const input = { TableName: tableName, FilterExpression: 'attribute_exists(hits)' }
  const { Items } = (await once(node, 'dynamodb', 'DynamoDB_20120810.Scan', '1.0', input)) as {
    Items: { hits: { N: string } }[]
  }
  return Items.reduce((sum, { hits }) => sum + Number(hits.N), 0)
}

let turn = 0
/** A request that is to be cut off, or whose answer is not waited for. Never a counted update. */
export function halves(mix: readonly Action[]): { readonly bytes: Buffer; readonly whole: boolean } {
  const harmless = mix.filter(({ name }) => name !== 'DynamoDB update')
  const action = harmless[turn++ % harmless.length]!
  return { bytes: action.request(turn), whole: turn % 2 === 0 }
}

/** Makes what the load needs, and answers the load: what is asked in turn, and what the right answer is. */
export async function prepareMix(node: Server): Promise<Action[]> {
  const sqs = (operation: string, input: object) =>
    jsonRequest(node.port, 'sqs', `AmazonSQS.${operation}`, '1.0', input)
  const table = (operation: string, input: object) =>
    jsonRequest(node.port, 'dynamodb', `DynamoDB_20120810.${operation}`, '1.0', { TableName: tableName, ...input })
  const logs = (operation: string, input: object) =>
    jsonRequest(node.port, 'logs', `Logs_20140328.${operation}`, '1.1', { logGroupName: 'soak', ...input })
  const { QueueUrl } = await once(node, 'sqs', 'AmazonSQS.CreateQueue', '1.0', { QueueName: 'soak' })
  await once(node, 'dynamodb', 'DynamoDB_20120810.CreateTable', '1.0', {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  })
  await makeLogStream(node)
  const bucket = await openCaller(node.port)
  await bucket.request(s3Request(node.port, 'PUT', '/soak'))
  bucket.close()
  const role = await makeRole(node, 'soak')
  const functions = [0, 1, 2].map((index) => `soak-${index}`)
  for (const name of functions) await makeFunction(node, name, role)
  const api = await makeHttpApi(node, functions[0]!)

  const ok = ({ status }: Answer) => status === 200
  const refused = (status: number, code: string) => (answer: Answer) =>
    answer.status === status && answer.body.includes(code)
  const object = (n: number) => `/soak/key-${n % keys}`
  const event = JSON.stringify({ text })
  return [
    { name: 'SQS send', request: () => sqs('SendMessage', { QueueUrl, MessageBody: text }), expects: ok },
    {
      name: 'SQS receive and delete',
      request: () => sqs('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 }),
      follow(answer) {
        const handles = [...answer.body.matchAll(/"ReceiptHandle":"([^"]+)"/g)].map(([, handle]) => handle)
        if (handles.length === 0) return undefined
        const Entries = handles.map((ReceiptHandle, index) => ({ Id: `e${index}`, ReceiptHandle }))
        return sqs('DeleteMessageBatch', { QueueUrl, Entries })
      },
      expects: (answer) => ok(answer) && !answer.body.includes('"Failed":[{'),
    },
    {
      name: 'DynamoDB put',
      request: (n) => table('PutItem', { Item: { id: { S: `k${n % keys}` }, text: { S: text } } }),
      expects: ok,
    },
    { name: 'DynamoDB get', request: (n) => table('GetItem', { Key: { id: { S: `k${n % keys}` } } }), expects: ok },
    {
      name: 'DynamoDB update',
      request: (n) =>
        table('UpdateItem', {
          Key: { id: { S: `count-${n % 20}` } },
          UpdateExpression: 'ADD hits :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        }),
      expects(answer) {
        if (ok(answer)) acknowledged++
        return ok(answer)
      },
    },
    { name: 'S3 put', request: (n) => s3Request(node.port, 'PUT', object(n), text), expects: ok },
    {
      name: 'S3 put and get',
      request: (n) => s3Request(node.port, 'PUT', object(n), text),
      follow: () => s3Request(node.port, 'GET', object(turn)),
      expects: ({ status }) => status === 200 || status === 404,
    },
    {
      name: 'S3 delete',
      request: (n) => s3Request(node.port, 'DELETE', object(n * 7)),
      expects: ({ status }) => status === 204,
    },
    ...functions.map(
      (name): Action => ({
        name: 'invoke',
        request: () => invokeRequest(node, name, event),
        expects: (answer) => ok(answer) && answer.body === event,
        runsFunction: true,
      }),
    ),
    { name: 'HTTP API', request: () => plainRequest(node.port, `${api}/any`, event), expects: ok, runsFunction: true },
    {
      name: 'PutLogEvents',
      request: () =>
        logs('PutLogEvents', { logStreamName: 'soak', logEvents: [{ timestamp: Date.now(), message: text }] }),
      expects: ok,
    },
    {
      name: 'GetLogEvents',
      request: () => logs('GetLogEvents', { logStreamName: 'soak', limit: 10 }),
      expects: ok,
    },
    {
      name: 'a condition that fails',
      request: (n) =>
        table('PutItem', {
          Item: { id: { S: `k${n % keys}` } },
          ConditionExpression: 'hits = :never',
          ExpressionAttributeValues: { ':never': { N: '-1' } },
        }),
      expects: refused(400, 'ConditionalCheckFailed'),
    },
    {
      name: 'a key of another table',
      request: () => table('GetItem', { Key: { other: { S: 'k' } } }),
      expects: refused(400, 'ValidationException'),
    },
    {
      name: 'a queue that is not there',
      request: () => sqs('SendMessage', { QueueUrl: `${QueueUrl}-not`, MessageBody: text }),
      expects: refused(400, 'QueueDoesNotExist'),
    },
    {
      name: 'a function that is not there',
      request: () => invokeRequest(node, 'nowhere', event),
      expects: refused(404, 'Function not found'),
    },
    {
      name: 'a wrong signature',
      request: () => altered(sqs('ListQueues', {})),
      expects: refused(400, 'InvalidSignatureException'),
    },
    {
      name: 'no JSON',
      request: () => plainRequest(node.port, '/', '{"no'),
      expects: ({ status }) => status >= 400 && status < 500,
    },
  ]
}

/** The same request with another signature. */
const altered = (request: Buffer) =>
  Buffer.from(
    request.toString('latin1').replace(/Signature=./, (was) => (was.endsWith('0') ? 'Signature=1' : 'Signature=0')),
    'latin1',
  )

async function makeLogStream(node: Server): Promise<void> {
  const client = new CloudWatchLogsClient(settings(node))
  await client.send(new CreateLogGroupCommand({ logGroupName: 'soak' }))
  await client.send(new CreateLogStreamCommand({ logGroupName: 'soak', logStreamName: 'soak' }))
  client.destroy()
}
