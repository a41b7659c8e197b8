import { openCaller } from './load.ts'
import { once, prepared, type Scenario } from './scenarios.ts'
import type { Server } from './servers.ts'
import { type AccessKey, jsonRequest, signedRequest } from './sign.ts'

type EventScenario = Pick<Scenario, 'name' | 'callers' | 'prepare'>

const body = 'x'.repeat(200)
const queues = 10
const rules = 100
const account = '000000000000'

/** A message for a topic with ten queues. What it costs holds the bringing as far as that keeps up while it is measured. */
export const fanOut: EventScenario = {
  name: 'SNS publish to 10 queues',
  async prepare(node, { key } = {}) {
    const topic = textIn(await query(node, { Action: 'CreateTopic', Name: 'bench' }, key), 'TopicArn')
    for (let n = 0; n < queues; n++) {
      const Endpoint = await makeQueue(node, `bench-told-${n}`, 'sns')
      await query(node, { Action: 'Subscribe', TopicArn: topic, Protocol: 'sqs', Endpoint }, key)
    }
    const publish = queryRequest(node, { Action: 'Publish', TopicArn: topic, Message: body }, key)
    return prepared(() => publish)
  },
}

/** Records for as many shards as take them: each refuses what is beyond 1,000 a second. */
export const kinesisPut: EventScenario = {
  name: 'Kinesis put',
  async prepare(node) {
    const StreamName = 'bench'
    const caller = await openCaller(node.port)
    await caller.request(kinesis(node, 'CreateStream', { StreamName, ShardCount: 10 }))
    caller.close()
    const Data = Buffer.from(body).toString('base64')
    const puts = Array.from({ length: 1_000 }, (_, n) =>
      kinesis(node, 'PutRecord', { StreamName, PartitionKey: `key-${n}`, Data }),
    )
    return prepared((n) => puts[n % puts.length]!)
  },
}

/** Events for a bus with a hundred rules, one of which matches, with a queue as its target. */
export const putEvents: EventScenario = {
  name: 'EventBridge put, 100 rules',
  async prepare(node) {
    const Arn = await makeQueue(node, 'bench-matched', 'events')
    for (let n = 0; n < rules; n++) {
      const rule = { Name: `bench-${n}`, EventPattern: JSON.stringify({ source: ['bench'], detail: { n: [n] } }) }
      await once(node, 'events', 'AWSEvents.PutRule', '1.1', rule)
    }
    const targets = { Rule: 'bench-50', Targets: [{ Id: 'q', Arn }] }
    await once(node, 'events', 'AWSEvents.PutTargets', '1.1', targets)
    const Entries = [{ Source: 'bench', DetailType: 'Event', Detail: JSON.stringify({ n: 50, text: body }) }]
    const put = jsonRequest(node.port, 'events', 'AWSEvents.PutEvents', '1.1', { Entries })
    return prepared(() => put)
  },
}

/** Makes a queue that lets that service in; its ARN. */
async function makeQueue(node: Server, QueueName: string, service: string): Promise<string> {
  const Resource = `arn:aws:sqs:us-east-1:${account}:${QueueName}`
  const Principal = { Service: `${service}.amazonaws.com` }
  const Statement = [{ Effect: 'Allow', Principal, Action: 'sqs:SendMessage', Resource }]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await once(node, 'sqs', 'AmazonSQS.CreateQueue', '1.0', { QueueName, Attributes: { Policy } })
  return Resource
}

const kinesis = (node: Server, operation: string, input: object) =>
  jsonRequest(node.port, 'kinesis', `Kinesis_20131202.${operation}`, '1.1', input)

function queryRequest(node: Server, parameters: Record<string, string>, key?: AccessKey): Buffer {
  return signedRequest(node.port, {
    service: 'sns',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ...parameters, Version: '2010-03-31' }).toString(),
    ...(key && { key }),
  })
}

async function query(node: Server, parameters: Record<string, string>, key?: AccessKey): Promise<string> {
  const caller = await openCaller(node.port)
  const answer = await caller.request(queryRequest(node, parameters, key))
  caller.close()
  if (answer.status >= 300) throw new Error(`${parameters.Action}: ${answer.status} ${answer.body}`)
  return answer.body
}

function textIn(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? ''
}
