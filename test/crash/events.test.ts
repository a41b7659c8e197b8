import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { test } from 'vitest'
import { killableNode, takeUntil } from './killable.ts'

const arn = 'arn:aws:sqs:us-east-1:000000000000:told'
const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn },
  ],
})

test('a node that is killed while events come in has all that it acknowledged for their target', async () => {
  await using node = await killableNode()
  const made = new CreateQueueCommand({ QueueName: 'told', Attributes: { Policy: policy } })
  const { QueueUrl } = await node.client(SQSClient).send(made)
  let events = node.client(EventBridgeClient)
  await events.send(new PutRuleCommand({ Name: 'all', EventPattern: '{"source":["shop"]}' }))
  await events.send(new PutTargetsCommand({ Rule: 'all', Targets: [{ Id: 'q', Arn: arn, InputPath: '$.detail.n' }] }))

  const acknowledged: number[] = []
  let next = 0
  for (let round = 0; round < 3; round++) {
    const killed = new AbortController()
    const putting = Array.from({ length: 4 }, async () => {
      while (!killed.signal.aborted) {
        const n = next++
        const Entry = { Source: 'shop', DetailType: 'Order', Detail: JSON.stringify({ n }) }
        const put = await events.send(new PutEventsCommand({ Entries: [Entry] })).catch(() => undefined)
        if (put?.FailedEntryCount === 0) acknowledged.push(n)
      }
    })
    const wanted = acknowledged.length + 40
    while (acknowledged.length < wanted) await new Promise((resolve) => setTimeout(resolve, 5))
    await node.kill()
    killed.abort()
    await Promise.all(putting)
    await node.start()
    events = node.client(EventBridgeClient)
  }

  const told = new Set<number>()
  await takeUntil(
    node.client(SQSClient),
    QueueUrl,
    (body) => told.add(Number(body)),
    () => acknowledged.filter((n) => !told.has(n)),
  )
})
