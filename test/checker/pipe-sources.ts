import { CreateStreamCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis'
import { CreatePipeCommand, type CreatePipeCommandInput, DescribePipeCommand, PipesClient } from '@aws-sdk/client-pipes'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { KillableNode } from '../crash/killable.ts'
import { makeRole } from '../wire/lambda-support.ts'
import { arnOf, eventOf, makeQueue, type Source, textOf } from './source.ts'

/** In order, and at least once: what was sent on and not yet taken from the source is sent on again. */
const inOrder = { order: true, once: false }
const one = (body: string) => [eventOf(body)]

/** A FIFO queue whose messages a pipe carries to another, each group in its order. */
export async function queuePipeSource(node: KillableNode): Promise<Source> {
  const sqs = node.client(SQSClient)
  const from = await makeQueue(node, 'piped-from.fifo')
  const queueUrl = await pipeTo(node, 'piped', {
    Source: arnOf('sqs', 'piped-from.fifo'),
    TargetParameters: {
      InputTemplate: '"<$.body>"',
      SqsQueueParameters: { MessageGroupId: '$.attributes.MessageGroupId', MessageDeduplicationId: '$.messageId' },
    },
  })
  return {
    ...{ name: 'SQS FIFO through a pipe', promises: inOrder, queueUrl, lanes: ['a', 'b'], sendsAgain: true, read: one },
    async send(event) {
      const order = { MessageGroupId: event.lane, MessageDeduplicationId: `${event.n}` }
      await sqs.send(new SendMessageCommand({ QueueUrl: from, MessageBody: textOf(event), ...order }))
    },
  }
}

/** A data stream whose records a pipe carries to a FIFO queue, those of a partition key in their order. */
export async function shardPipeSource(node: KillableNode): Promise<Source> {
  const StreamName = 'piped'
  const kinesis = node.client(KinesisClient)
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }))
  const queueUrl = await pipeTo(node, 'piped-stream', {
    Source: arnOf('kinesis', `stream/${StreamName}`),
    SourceParameters: { KinesisStreamParameters: { StartingPosition: 'TRIM_HORIZON', BatchSize: 10 } },
    TargetParameters: {
      InputTemplate: '"<$.data>"',
      SqsQueueParameters: { MessageGroupId: '$.partitionKey', MessageDeduplicationId: '$.sequenceNumber' },
    },
  })
  return {
    ...{ name: 'Kinesis stream through a pipe', promises: inOrder, queueUrl, lanes: ['a', 'b'], sendsAgain: false },
    read: (body) => one(Buffer.from(body, 'base64').toString()),
    async send(event) {
      const record = { StreamName, PartitionKey: event.lane, Data: Buffer.from(textOf(event)) }
      await kinesis.send(new PutRecordCommand(record))
    },
  }
}

/** A pipe that runs, to a FIFO queue of its name, whose URL it answers. */
async function pipeTo(
  node: KillableNode,
  Name: string,
  more: Pick<CreatePipeCommandInput, 'SourceParameters' | 'TargetParameters'> & { readonly Source: string },
): Promise<string> {
  const pipes = node.client(PipesClient)
  const queueUrl = await makeQueue(node, `${Name}.fifo`)
  const access = { Effect: 'Allow', Action: ['sqs:*', 'kinesis:*'], Resource: '*' }
  const RoleArn = await makeRole(node, Name, [access], 'pipes.amazonaws.com')
  await pipes.send(new CreatePipeCommand({ Name, RoleArn, Target: arnOf('sqs', `${Name}.fifo`), ...more }))
  for (;;) {
    const { CurrentState, StateReason } = await pipes.send(new DescribePipeCommand({ Name }))
    if (CurrentState === 'RUNNING') return queueUrl
    if (CurrentState !== 'CREATING') throw new Error(`the pipe is ${CurrentState}: ${StateReason}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
