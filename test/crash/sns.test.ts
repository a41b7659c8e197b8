import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../e2e/folder.ts'
import { type Background, background } from '../e2e/process.ts'

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
  await using data = await temporaryFolder()
  let node: Background
  let endpoint = ''
  const start = async () => {
    const port = endpoint === '' ? '0' : new URL(endpoint).port
    node = background(['start', '--dev', '--no-isolation', '--port', port, '--data', data.path], { outlivesTest: true })
    endpoint = (await node.line<{ endpoint?: string }>((line) => line.endpoint !== undefined)).endpoint ?? ''
  }
  const client = <C>(ctor: new (config: object) => C): C =>
    new ctor({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    })
  await start()
  try {
    let sns = client(SNSClient)
    const make = async (name: string, fifo: Record<string, string>) => {
      const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name, Attributes: fifo }))
      const { FifoTopic } = fifo
      const Attributes = { Policy: policy(name), ...(FifoTopic && { FifoQueue: FifoTopic }) }
      const { QueueUrl } = await client(SQSClient).send(new CreateQueueCommand({ QueueName: name, Attributes }))
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
      await node!.stop('SIGKILL')
      killed.abort()
      await Promise.all(publishing)
      await start()
      sns = client(SNSClient)
    }

    const sqs = client(SQSClient)
    const drain = async (QueueUrl: string | undefined, expected: readonly number[]) => {
      const told: string[] = []
      await expect
        .poll(
          async () => {
            const asked = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 })
            const { Messages = [] } = await sqs.send(asked)
            for (const { Body = '', ReceiptHandle } of Messages) {
              told.push(Body)
              await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
            }
            const seen = new Set(told.map((body) => Number(body.split(' ')[1])))
            return expected.filter((n) => !seen.has(n))
          },
          { timeout: 60_000, interval: 1 },
        )
        .toEqual([])
      return told
    }
    await drain(standard.QueueUrl, acknowledged.standard)
    const told = await drain(fifo.QueueUrl, acknowledged.fifo)
    for (const worker of ['0', '1']) {
      const numbers = told.filter((body) => body.startsWith(`${worker} `)).map((body) => Number(body.split(' ')[1]))
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    }
  } finally {
    await node!.stop('SIGKILL')
  }
}, 120_000)
