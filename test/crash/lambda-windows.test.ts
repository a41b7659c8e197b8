import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { CreateEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { logging, makeFunction, makeRole } from '../wire/lambda-support.ts'
import { killableNode, takeUntil } from './killable.ts'

interface Told {
  readonly texts: string[]
  readonly before: string[]
  readonly isFinal: boolean
}

test('a window whose node is killed comes to what all its records are, also of batches that fail and are cut in half', {
  timeout: 120_000,
}, async () => {
  await using node = await killableNode()
  const QueueUrl = `${node.endpoint}/000000000000/windows`
  await node.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'windows' }))
  const kinesis = node.client(KinesisClient)
  await kinesis.send(new CreateStreamCommand({ StreamName: 'windows', ShardCount: 1 }))
  const Action = ['kinesis:*', 'sqs:SendMessage']
  const role = await makeRole(node, 'windows', [logging, { Effect: 'Allow', Action, Resource: '*' }])
  // `bad` fails unless it is alone; the state is the texts so far.
  const source = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
    const sqs = new SQSClient({})
    exports.handler = async ({ Records, state, isFinalInvokeForWindow: isFinal }) => {
      const texts = Records.map((one) => Buffer.from(one.kinesis.data, 'base64').toString())
      if (texts.length > 1 && texts.includes('bad')) throw new Error('not with others')
      const before = state.all ?? []
      const MessageBody = JSON.stringify({ texts, before, isFinal })
      await sqs.send(new SendMessageCommand({ QueueUrl: ${JSON.stringify(QueueUrl)}, MessageBody }))
      return { state: { all: [...before, ...texts] } }
    }`
  const lambda = node.client(LambdaClient)
  await makeFunction(lambda, 'windows', role, source, { Timeout: 20, MemorySize: 256 })
  await lambda.send(
    new CreateEventSourceMappingCommand({
      ...{ FunctionName: 'windows', EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/windows' },
      ...{ StartingPosition: 'TRIM_HORIZON', BatchSize: 4, TumblingWindowInSeconds: 5 },
      BisectBatchOnFunctionError: true,
    }),
  )
  const told: Told[] = []
  const put = (...texts: string[]) => {
    const Records = texts.map((text) => ({ Data: Buffer.from(text), PartitionKey: 'k' }))
    return node.client(KinesisClient).send(new PutRecordsCommand({ StreamName: 'windows', Records }))
  }
  const wait = (missing: () => readonly unknown[]) =>
    takeUntil(node.client(SQSClient), QueueUrl, (body) => void told.push(JSON.parse(body) as Told), missing)
  const all: string[] = []
  for (const round of [1, 2, 3]) {
    const texts = [`a${round}`, 'bad', `b${round}`, `c${round}`]
    await put(...texts)
    all.push(...texts)
    // In the midst of the window, and of what the batch was cut into.
    await wait(() => (told.some((one) => one.texts.includes(`a${round}`)) ? [] : [round]))
    await node.kill()
    await node.start()
  }
  const closed = () => told.filter(({ isFinal }) => isFinal).flatMap(({ before }) => before)
  await wait(() => all.filter((text) => !closed().includes(text)))
  // What a window came to is in order, and nothing is in it twice: what was written with the state is behind it.
  for (const { isFinal, before } of told) {
    const distinct = before.filter((text) => text !== 'bad')
    if (isFinal) expect(distinct).toEqual(all.filter((text) => distinct.includes(text)))
  }
  expect(new Set(closed())).toEqual(new Set(all))
})
