import { invokeRequest, makeFunction, makeRole } from './lambda.ts'
import { drive } from './load.ts'
import { once, type Prepared } from './scenarios.ts'
import type { Server } from './servers.ts'
import { jsonRequest, s3Request, signedRequest } from './sign.ts'

/** How much of everything a node holds. */
export interface Contents {
  readonly items: number
  readonly objects: number
  readonly messages: number
  readonly schedules: number
  readonly functions: number
}

export interface GrowthLoad {
  readonly name: string
  readonly callers?: number
  /** In multiples of its cost on the node that holds little. Default 1.3. */
  readonly toReach?: number
  prepare(node: Server, holds: Contents): Prepared['next']
}

const table = 'growth'
const bucket = '/growth'
const queueUrl = (node: Server) => `http://127.0.0.1:${node.port}/000000000000/growth`
const text = 'x'.repeat(200)
/** Spread over the key space: neighbours are not made one after the other. */
const nameOf = (n: number) => `${((n * 2_654_435_761) >>> 0).toString(16).padStart(8, '0')}-${n}`
const account = '000000000000'
const schedulerRole = 'growth-scheduler'
const functionOf = (n: number) => `growth-${n}`

const dynamodb = (node: Server, operation: string, input: object) =>
  jsonRequest(node.port, 'dynamodb', `DynamoDB_20120810.${operation}`, '1.0', input)
const sqs = (node: Server, operation: string, input: object) =>
  jsonRequest(node.port, 'sqs', `AmazonSQS.${operation}`, '1.0', { QueueUrl: queueUrl(node), ...input })

/** Fills an empty node; says what took how long. */
export async function fill(node: Server, holds: Contents, say: (text: string) => void): Promise<void> {
  const timed = async (what: string, work: Promise<void>) => {
    const from = performance.now()
    await work
    say(`filled with ${what} in ${((performance.now() - from) / 1000).toFixed(0)} s`)
  }
  await timed(`${holds.items} items`, fillTable(node, holds.items))
  await timed(`${holds.objects} objects`, fillBucket(node, holds.objects))
  await timed(`${holds.messages} messages`, fillQueue(node, holds.messages))
  await timed(`${holds.schedules} schedules`, fillSchedules(node, holds.schedules))
  await timed(`${holds.functions} functions`, fillFunctions(node, holds.functions))
}

async function fillTable(node: Server, items: number): Promise<void> {
  await once(node, 'dynamodb', 'DynamoDB_20120810.CreateTable', '1.0', {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  })
  const item = (n: number) => ({ PutRequest: { Item: { id: { S: nameOf(n) }, text: { S: text } } } })
  await send(node, items / 25, (batch) =>
    dynamodb(node, 'BatchWriteItem', {
      RequestItems: { [table]: Array.from({ length: 25 }, (_, i) => item(batch * 25 + i)) },
    }),
  )
}

async function fillBucket(node: Server, objects: number): Promise<void> {
  await send(node, 1, () => s3Request(node.port, 'PUT', bucket))
  await send(node, objects, (n) => s3Request(node.port, 'PUT', `${bucket}/${nameOf(n)}`, text))
}

async function fillQueue(node: Server, messages: number): Promise<void> {
  await once(node, 'sqs', 'AmazonSQS.CreateQueue', '1.0', { QueueName: 'growth' })
  const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: `e${i}`, MessageBody: text }))
  const batch = sqs(node, 'SendMessageBatch', { Entries })
  await send(node, messages / 10, () => batch)
}

async function fillSchedules(node: Server, schedules: number): Promise<void> {
  await makeRole(node, schedulerRole, 'scheduler')
  await send(node, schedules, (n) => scheduler(node, 'POST', nameOf(n), scheduled(n)))
}

/** A schedule for a time of its own, after this run. */
function scheduled(n: number): object {
  const at = new Date(Date.now() + 86_400_000 + n * 1_000).toISOString().slice(0, 19)
  return {
    ScheduleExpression: `at(${at})`,
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: `arn:aws:sqs:us-east-1:${account}:growth`,
      RoleArn: `arn:aws:iam::${account}:role/${schedulerRole}`,
      Input: text,
    },
  }
}

function scheduler(node: Server, method: string, name: string, input?: object): Buffer {
  const headers = { 'content-type': 'application/json' }
  const body = input ? JSON.stringify(input) : ''
  return signedRequest(node.port, { method, path: `/schedules/${name}`, service: 'scheduler', headers, body })
}

async function fillFunctions(node: Server, functions: number): Promise<void> {
  const role = await makeRole(node)
  let next = 0
  const make = async () => {
    while (next < functions) await makeFunction(node, functionOf(next++), role)
  }
  await Promise.all(Array.from({ length: 8 }, make))
}

async function send(node: Server, requests: number, next: (n: number) => Buffer): Promise<void> {
  const { errors } = await drive({ port: node.port, callers: 32, requests, next }, node.pid)
  if (errors > 0) throw new Error(`${errors} of ${requests} requests failed: ${next(0)}`)
}

/** Requests for some of so many, spread evenly, signed ahead. */
function some(of: number, request: (n: number) => Buffer): Prepared['next'] {
  const requests = Array.from({ length: 2_000 }, (_, i) => request(Math.floor((i * of) / 2_000)))
  return (n) => requests[(n * 7) % requests.length]!
}

export const growthLoads: readonly GrowthLoad[] = [
  {
    name: 'DynamoDB get',
    prepare: (node, { items }) =>
      some(items, (n) => dynamodb(node, 'GetItem', { TableName: table, Key: { id: { S: nameOf(n) } } })),
  },
  {
    name: 'DynamoDB put',
    prepare: (node, { items }) =>
      some(items, (n) =>
        dynamodb(node, 'PutItem', { TableName: table, Item: { id: { S: nameOf(n) }, text: { S: text } } }),
      ),
  },
  {
    name: 'DynamoDB conditional update',
    prepare: (node, { items }) =>
      some(items, (n) =>
        dynamodb(node, 'UpdateItem', {
          TableName: table,
          Key: { id: { S: nameOf(n) } },
          UpdateExpression: 'ADD hits :one',
          ConditionExpression: 'attribute_exists(id)',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        }),
      ),
  },
  {
    name: 'S3 get',
    prepare: (node, { objects }) => some(objects, (n) => s3Request(node.port, 'GET', `${bucket}/${nameOf(n)}`)),
  },
  {
    name: 'S3 put',
    prepare: (node, { objects }) => some(objects, (n) => s3Request(node.port, 'PUT', `${bucket}/${nameOf(n)}`, text)),
  },
  {
    name: 'SQS send',
    toReach: 1.2,
    prepare(node) {
      const request = sqs(node, 'SendMessage', { MessageBody: text })
      return () => request
    },
  },
  {
    name: 'SQS receive and delete',
    toReach: 1.2,
    prepare(node) {
      const receive = sqs(node, 'ReceiveMessage', {})
      return (_, previous) => {
        const handle = previous && /"ReceiptHandle":"([^"]+)"/.exec(previous.body)?.[1]
        return handle ? sqs(node, 'DeleteMessage', { ReceiptHandle: handle }) : receive
      }
    },
  },
  {
    name: 'Scheduler get',
    toReach: 1.2,
    prepare: (node, { schedules }) => some(schedules, (n) => scheduler(node, 'GET', nameOf(n))),
  },
  {
    name: 'Scheduler update',
    toReach: 1.2,
    prepare: (node, { schedules }) => some(schedules, (n) => scheduler(node, 'PUT', nameOf(n), scheduled(n))),
  },
  {
    name: 'GetFunctionConfiguration',
    prepare: (node, { functions }) =>
      some(functions, (n) =>
        signedRequest(node.port, {
          method: 'GET',
          path: `/2015-03-31/functions/${functionOf(n)}/configuration`,
          service: 'lambda',
          headers: {},
          body: '',
        }),
      ),
  },
  {
    name: 'warm invoke',
    callers: 8,
    prepare(node) {
      const request = invokeRequest(node, functionOf(0), '{}')
      return () => request
    },
  },
]
