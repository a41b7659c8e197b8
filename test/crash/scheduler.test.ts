import { CreateScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { makeRole } from '../wire/lambda-support.ts'
import { killableNode, takeUntil } from './killable.ts'

const arn = 'arn:aws:sqs:us-east-1:000000000000:told'

test('a node that is killed while schedules come and fire calls the target for each that it acknowledged', async () => {
  await using node = await killableNode()
  const made = new CreateQueueCommand({ QueueName: 'told' })
  const { QueueUrl } = await node.client(SQSClient).send(made)
  const sending = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arn }
  const RoleArn = await makeRole(node, 'sends', [sending], 'scheduler.amazonaws.com')
  const acknowledged: number[] = []
  let next = 0
  for (let round = 0; round < 3; round++) {
    const scheduler = node.client(SchedulerClient)
    const killed = new AbortController()
    const making = Array.from({ length: 4 }, async () => {
      while (!killed.signal.aborted) {
        const n = next++
        const inTwoSeconds = new Date(Date.now() + 2_000).toISOString().slice(0, 19)
        const given = {
          Name: `once-${n}`,
          ScheduleExpression: `at(${inTwoSeconds})`,
          ActionAfterCompletion: 'DELETE' as const,
          FlexibleTimeWindow: { Mode: 'OFF' as const },
          Target: { Arn: arn, RoleArn, Input: String(n) },
        }
        const answer = await scheduler.send(new CreateScheduleCommand(given)).catch(() => undefined)
        if (answer) acknowledged.push(n)
      }
    })
    const wanted = acknowledged.length + 40
    while (acknowledged.length < wanted) await new Promise((resolve) => setTimeout(resolve, 5))
    await node.kill()
    killed.abort()
    await Promise.all(making)
    await node.start()
  }

  const told = new Set<number>()
  await takeUntil(
    node.client(SQSClient),
    QueueUrl,
    (body) => told.add(Number(body)),
    () => acknowledged.filter((n) => !told.has(n)),
  )
  const { Schedules } = await node.client(SchedulerClient).send(new ListSchedulesCommand({}))
  expect(Schedules).toEqual([])
})
