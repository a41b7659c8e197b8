import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateEventSourceMappingCommand } from '@aws-sdk/client-lambda'
import { invokeRequest, lambdaClient, makeFunction, makeRole, settings } from './lambda.ts'
import { openCaller } from './load.ts'
import { median } from './median.ts'
import { once } from './scenarios.ts'
import type { Server } from './servers.ts'
import { jsonRequest } from './sign.ts'

const queueName = 'bench-latency'
const queueArn = `arn:aws:sqs:us-east-1:000000000000:${queueName}`
const warmUp = 100
const pauseMs = 15

/** Messages leave as times; the function says how old each was when it came, until it is asked for all of them. */
const source = `
const now = () => performance.timeOrigin + performance.now()
let ages = []
exports.handler = async (event) => {
  if (!event.Records) { const told = ages; ages = []; return told }
  for (const { body } of event.Records) ages.push(now() - Number(body))
}`

export interface QueueLatency {
  /** From before a message is sent until the function has it, one message after the other: half of them take no longer. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** One caller that invokes the same function and waits. */
  readonly warmInvokeMs: number
}

/** How long a message takes from its sender through a queue to a function that is warm. The node has one instance of it. */
export async function queueLatency(node: Server, messages: number): Promise<QueueLatency> {
  const role = await makeRole(node, 'bench-latency')
  const iam = new IAMClient(settings(node))
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: queueArn }],
  })
  await iam.send(new PutRolePolicyCommand({ RoleName: 'bench-latency', PolicyName: 'p', PolicyDocument }))
  iam.destroy()
  await makeFunction(node, queueName, role, source)
  const { QueueUrl } = await once(node, 'sqs', 'AmazonSQS.CreateQueue', '1.0', { QueueName: queueName })
  const lambda = lambdaClient(node)
  const mapping = { FunctionName: queueName, EventSourceArn: queueArn, BatchSize: 1 }
  await lambda.send(new CreateEventSourceMappingCommand(mapping))
  lambda.destroy()
  const caller = await openCaller(node.port)
  const ask = invokeRequest(node, queueName, '{}')
  const told = async () => JSON.parse((await caller.request(ask)).body) as number[]
  const ages: number[] = []
  for (let n = 0; n < warmUp + messages; n++) {
    const MessageBody = String(performance.timeOrigin + performance.now())
    await caller.request(jsonRequest(node.port, 'sqs', 'AmazonSQS.SendMessage', '1.0', { QueueUrl, MessageBody }))
    const before = ages.length
    // Not asked at once: the question would take the instance that the message needs.
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    while (ages.length === before) ages.push(...(await told()))
  }
  const invoked: number[] = []
  for (let n = 0; n < messages; n++) {
    const from = performance.now()
    await told()
    invoked.push(performance.now() - from)
  }
  caller.close()
  const sorted = ages.slice(warmUp).sort((a, b) => a - b)
  return { p50Ms: median(sorted), p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0, warmInvokeMs: median(invoked) }
}
