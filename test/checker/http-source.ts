import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { KillableNode } from '../crash/killable.ts'
import { eventOf, makeQueue, type Source, textOf } from './source.ts'

/** Tried again soon, and for longer than the node is mistreated. */
const healthyRetryPolicy = { minDelayTarget: 1, maxDelayTarget: 20, numRetries: 100 }

interface Posted {
  readonly Type: string
  readonly Message: string
  readonly SubscribeURL?: string
}

/** A topic that posts to an endpoint, which puts what it gets into a queue before it says that it has it. */
export async function httpSource(node: KillableNode): Promise<Source & AsyncDisposable> {
  const sns = node.client(SNSClient)
  const sqs = node.client(SQSClient)
  const queueUrl = await makeQueue(node, 'posted')
  const confirmed = Promise.withResolvers<void>()
  const server = createServer(async (request, response) => {
    const { Type, Message, SubscribeURL } = JSON.parse(await text(request)) as Posted
    const done =
      Type === 'SubscriptionConfirmation'
        ? fetch(SubscribeURL ?? '').then(() => confirmed.resolve())
        : sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: Message }))
    await done.then(
      () => response.writeHead(200).end(),
      () => response.writeHead(503).end(),
    )
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const Endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'posting' }))
  const Attributes = { DeliveryPolicy: JSON.stringify({ healthyRetryPolicy }) }
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint, Attributes }))
  await confirmed.promise
  return {
    ...{ name: 'SNS to an HTTP endpoint', promises: { order: false, once: false }, queueUrl },
    ...{ lanes: ['a', 'b'], sendsAgain: false, read: (body) => [eventOf(body)] },
    async send(event) {
      await sns.send(new PublishCommand({ TopicArn, Message: textOf(event) }))
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
