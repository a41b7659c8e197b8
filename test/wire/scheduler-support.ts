import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  SchedulerClient,
  type Target,
} from '@aws-sdk/client-scheduler'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { TestNode } from '../harness.ts'

export const account = '000000000000'
export const arnOf = (service: string, resource: string) => `arn:aws:${service}:us-east-1:${account}:${resource}`

let serial = 0
export const unique = (prefix: string) => `${prefix}${++serial}`

export async function makeQueue(node: TestNode, attributes: Record<string, string> = {}) {
  const name = `${unique('q')}${attributes.FifoQueue ? '.fifo' : ''}`
  const made = new CreateQueueCommand({ QueueName: name, Attributes: attributes })
  const { QueueUrl } = await node.client(SQSClient).send(made)
  return { url: QueueUrl!, arn: arnOf('sqs', name) }
}

/** Takes messages until there are `count`, or, of none expected, for as long as one that was on its way would need. */
export async function take(node: TestNode, QueueUrl: string, count: number): Promise<Message[]> {
  const sqs = node.client(SQSClient)
  const found: Message[] = []
  const until = performance.now() + (count === 0 ? 700 : 45_000)
  while (performance.now() < until && (count === 0 || found.length < count)) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: count === 0 ? 0 : 1,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    )
    found.push(...Messages)
    for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    if (count === 0) await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return found
}

export const bodies = async (node: TestNode, url: string, count: number) =>
  (await take(node, url, count)).map(({ Body }) => Body)

/** Makes a schedule in the default group, unless told otherwise. Answers its name. */
export async function makeSchedule(
  node: TestNode,
  target: Target,
  more: Partial<CreateScheduleCommandInput> & { ScheduleExpression: string },
): Promise<string> {
  const Name = more.Name ?? unique('s')
  const FlexibleTimeWindow = { Mode: 'OFF' } as const
  await node
    .client(SchedulerClient)
    .send(new CreateScheduleCommand({ FlexibleTimeWindow, ...more, Name, Target: target }))
  return Name
}

/** `at(…)`, in UTC, so long after the node's time. */
export const atIn = (node: TestNode, afterMs: number) =>
  `at(${new Date(node.clock.nowMs() + afterMs).toISOString().slice(0, 19)})`
