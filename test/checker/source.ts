import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { KillableNode } from '../crash/killable.ts'
import type { Promises } from './promises.ts'

/** An event as a consumer finds it in a message. */
export interface Event {
  readonly lane: string
  readonly n: number
}

/** A way from a producer to a queue, whatever lies between. */
export interface Source {
  readonly name: string
  readonly promises: Promises
  readonly queueUrl: string
  /** Producers, each of which sends one event after the other. */
  readonly lanes: readonly string[]
  /** What was not acknowledged is sent again, with the same id: for sources that tell repetitions. */
  readonly sendsAgain: boolean
  /** Resolves when it is acknowledged. */
  send(event: Event): Promise<void>
  /** What a message holds. */
  read(body: string): readonly Event[]
}

export const arnOf = (service: string, name: string) => `arn:aws:${service}:us-east-1:000000000000:${name}`
export const textOf = ({ lane, n }: Event) => `${lane} ${n}`

/** Of what `textOf` made. */
export function eventOf(text: string): Event {
  const [lane = '', n = ''] = text.split(' ')
  return { lane, n: Number(n) }
}

/** Makes a queue that lets that service in. */
export async function makeQueue(node: KillableNode, name: string, service?: string): Promise<string> {
  const fifo = name.endsWith('.fifo')
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      ...{ Effect: 'Allow', Principal: { Service: `${service}.amazonaws.com` } },
      ...{ Action: 'sqs:SendMessage', Resource: arnOf('sqs', name) },
    },
  })
  const Attributes = {
    ...(fifo && { FifoQueue: 'true', FifoThroughputLimit: 'perMessageGroupId', DeduplicationScope: 'messageGroup' }),
    ...(service !== undefined && { Policy }),
  }
  const made = await node.client(SQSClient).send(new CreateQueueCommand({ QueueName: name, Attributes }))
  return made.QueueUrl ?? ''
}
