import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { killableNode, takeUntil } from './killable.ts'

const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`
const policy = (name: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      ...{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' } },
      ...{ Action: 'sqs:SendMessage', Resource: queueArn(name) },
    },
  })
const RawMessageDelivery = 'true'

test('a node that is killed while messages are published loses none, and a FIFO topic neither repeats nor reorders', async () => {
  await using node = await killableNode()
  let sns = node.client(SNSClient)
  const make = async (name: string, fifo: Record<string, string>) => {
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name, Attributes: fifo }))
    const { FifoTopic } = fifo
    const Attributes = { Policy: policy(name), ...(FifoTopic && { FifoQueue: FifoTopic }) }
    const { QueueUrl } = await node.client(SQSClient).send(new CreateQueueCommand({ QueueName: name, Attributes }))
    const to = { TopicArn, Protocol: 'sqs', Endpoint: queueArn(name), Attributes: { RawMessageDelivery } }
    await sns.send(new SubscribeCommand(to))
    return { TopicArn, QueueUrl }
  }
  const standard = await make('told', {})
  const fifo = await make('told.fifo', { FifoTopic: 'true' })

  const acknowledged = { standard: [] as number[], fifo: [] as number[] }
  let next = 0
  for (let round = 0; round < 3; round++) {
    const killed = new AbortController()
    const publishing = [0, 1, 2, 3].map(async (worker) => {
      while (!killed.signal.aborted) {
        const n = next++
        const group = { MessageGroupId: `g${worker}`, MessageDeduplicationId: `${n}` }
        const ordered = worker < 2
        const to = ordered ? { TopicArn: fifo.TopicArn, ...group } : { TopicArn: standard.TopicArn }
        const put = await sns.send(new PublishCommand({ ...to, Message: `${worker} ${n}` })).catch(() => undefined)
        if (put) acknowledged[ordered ? 'fifo' : 'standard'].push(n)
      }
    })
    const wanted = acknowledged.standard.length + 20
    const alsoWanted = acknowledged.fifo.length + 20
    while (acknowledged.standard.length < wanted || acknowledged.fifo.length < alsoWanted) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await node.kill()
    killed.abort()
    await Promise.all(publishing)
    await node.start()
    sns = node.client(SNSClient)
  }

  const sqs = node.client(SQSClient)
  const drain = async (QueueUrl: string | undefined, expected: readonly number[]) => {
    const told: string[] = []
    const missing = () => {
      const known = new Set(told.map((body) => Number(body.split(' ')[1])))
      return expected.filter((n) => !known.has(n))
    }
    await takeUntil(sqs, QueueUrl, (body) => told.push(body), missing)
    return told
  }
  await drain(standard.QueueUrl, acknowledged.standard)
  const told = await drain(fifo.QueueUrl, acknowledged.fifo)
  for (const worker of ['0', '1']) {
    const numbers = told.filter((body) => body.startsWith(`${worker} `)).map((body) => Number(body.split(' ')[1]))
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
  }
})

test('a replay that the node is killed in goes on: nothing is left out, and each group stays in its order', async () => {
  await using node = await killableNode()
  const sns = node.client(SNSClient)
  const Attributes = { FifoTopic: 'true', ArchivePolicy: '{"MessageRetentionPeriod":1}' }
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'kept.fifo', Attributes }))
  const { Attributes: topic } = await sns.send(new GetTopicAttributesCommand({ TopicArn }))
  const groups = ['a', 'b', 'c']
  const perGroup = 200
  for (let n = 0; n < perGroup; n += 10) {
    for (const group of groups) {
      const PublishBatchRequestEntries = Array.from({ length: 10 }, (_, i) => ({
        ...{ Id: `e${i}`, Message: `${group} ${n + i}` },
        ...{ MessageGroupId: group, MessageDeduplicationId: `${group}${n + i}` },
      }))
      await sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }))
    }
  }
  const ReplayPolicy = JSON.stringify({ PointType: 'Timestamp', StartingPoint: topic!.BeginningArchiveTime })
  const replay = async (QueueName: string) => {
    const Attributes = { FifoQueue: 'true', Policy: policy(QueueName) }
    const { QueueUrl } = await node.client(SQSClient).send(new CreateQueueCommand({ QueueName, Attributes }))
    const to = { TopicArn, Protocol: 'sqs', Endpoint: queueArn(QueueName) }
    const subscribe = new SubscribeCommand({ ...to, Attributes: { RawMessageDelivery, ReplayPolicy } })
    const { SubscriptionArn } = await sns.send(subscribe)
    const { Attributes: now } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
    return { QueueUrl, status: now!.ReplayStatus }
  }
  // It is killed while there is something left to be brought: one that was through before we looked is not counted.
  let begun = await replay('again-0.fifo')
  for (let n = 1; begun.status === 'Completed'; n++) begun = await replay(`again-${n}.fifo`)
  const { QueueUrl } = begun
  for (let round = 0; round < 3; round++) {
    await node.kill()
    await node.start()
  }

  const told: string[] = []
  const expected = groups.flatMap((group) => Array.from({ length: perGroup }, (_, n) => `${group} ${n}`))
  const missing = () => {
    const known = new Set(told)
    return expected.filter((body) => !known.has(body))
  }
  await takeUntil(node.client(SQSClient), QueueUrl, (body) => told.push(body), missing)
  for (const group of groups) {
    expect(told.filter((body) => body.startsWith(group))).toEqual(expected.filter((body) => body.startsWith(group)))
  }
})

test('what was acknowledged reaches an HTTP endpoint, however often the node is killed and the endpoint fails', async () => {
  const told = new Set<string>()
  const links: string[] = []
  let posts = 0
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const message = JSON.parse(body) as { Type: string; Message: string; SubscribeURL?: string }
    if (message.SubscribeURL) links.push(message.SubscribeURL)
    // Every seventh is refused with what asks for another attempt, after the endpoint has had it.
    const refused = message.Type === 'Notification' && ++posts % 7 === 0
    if (message.Type === 'Notification' && !refused) told.add(message.Message)
    response.writeHead(refused ? 503 : 200).end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port: hookPort } = server.address() as AddressInfo
  await using node = await killableNode()
  let sns = node.client(SNSClient)
  try {
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'hooked' }))
    const DeliveryPolicy = JSON.stringify({
      healthyRetryPolicy: { numRetries: 50, numMinDelayRetries: 50, minDelayTarget: 1, maxDelayTarget: 1 },
    })
    const Endpoint = `http://127.0.0.1:${hookPort}/hook`
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint, Attributes: { DeliveryPolicy } }))
    await expect.poll(() => links.length).toBeGreaterThan(0)
    expect((await fetch(links[0]!)).status).toBe(200)

    const acknowledged: string[] = []
    for (let round = 0; round < 3; round++) {
      const killed = new AbortController()
      const publishing = [0, 1, 2].map(async (worker) => {
        for (let n = 0; !killed.signal.aborted; n++) {
          const Message = `${round} ${worker} ${n}`
          const put = await sns.send(new PublishCommand({ TopicArn, Message })).catch(() => undefined)
          if (put) acknowledged.push(Message)
        }
      })
      const wanted = acknowledged.length + 30
      while (acknowledged.length < wanted) await new Promise((resolve) => setTimeout(resolve, 5))
      await node.kill()
      killed.abort()
      await Promise.all(publishing)
      await node.start()
      sns = node.client(SNSClient)
    }
    await expect
      .poll(() => acknowledged.filter((message) => !told.has(message)), { timeout: 60_000, interval: 100 })
      .toEqual([])
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
