import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { KillableNode } from '../crash/killable.ts'
import { makeRole } from '../wire/lambda-support.ts'
import type { Verdict } from './promises.ts'
import { arnOf, makeQueue } from './source.ts'

const minuteMs = 60_000

/** A rule that fires every minute of the node's time, and a queue that counts the minutes. */
export async function ruleCheck(node: KillableNode): Promise<Check> {
  const QueueUrl = await makeQueue(node, 'ticks', 'events')
  const events = node.client(EventBridgeClient)
  await events.send(new PutRuleCommand({ Name: 'ticks', ScheduleExpression: 'rate(1 minute)' }))
  const Targets = [{ Id: 'q', Arn: arnOf('sqs', 'ticks'), InputPath: '$.time' }]
  await events.send(new PutTargetsCommand({ Rule: 'ticks', Targets }))
  return minutesIn(node, 'scheduled rule', QueueUrl, (body) => JSON.parse(body) as string)
}

/** A schedule of EventBridge Scheduler, likewise. */
export async function scheduleCheck(node: KillableNode): Promise<Check> {
  const QueueUrl = await makeQueue(node, 'scheduled')
  const Arn = arnOf('sqs', 'scheduled')
  const sending = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: Arn }
  const RoleArn = await makeRole(node, 'schedules', [sending], 'scheduler.amazonaws.com')
  await node.client(SchedulerClient).send(
    new CreateScheduleCommand({
      ...{ Name: 'scheduled', ScheduleExpression: 'cron(* * * * ? *)', FlexibleTimeWindow: { Mode: 'OFF' } },
      Target: { Arn, RoleArn, Input: '<aws.scheduler.scheduled-time>' },
    }),
  )
  return minutesIn(node, 'schedule', QueueUrl, (body) => body)
}

interface Check {
  verdict(): Promise<Verdict>
}

/** `timeOf` tells the time that a message is about. */
function minutesIn(node: KillableNode, source: string, QueueUrl: string, timeOf: (body: string) => string): Check {
  return {
    /** Every minute between the first and the last that came has to be there. */
    async verdict() {
      const sqs = node.client(SQSClient)
      const came: number[] = []
      const minutes = new Set<number>()
      const missing = () => {
        const last = Math.max(...minutes)
        const found: number[] = []
        for (let atMs = Math.min(...minutes); atMs <= last; atMs += minuteMs) if (!minutes.has(atMs)) found.push(atMs)
        return found
      }
      // One that is missing may be on its way yet.
      for (let empty = 0; empty < 20; ) {
        const asked = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2 })
        const { Messages = [] } = await sqs.send(asked)
        if (Messages.length === 0) empty = came.length > 0 && missing().length === 0 ? 20 : empty + 1
        for (const { Body = '', ReceiptHandle } of Messages) {
          const atMs = Date.parse(timeOf(Body))
          came.push(atMs)
          minutes.add(atMs)
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
        }
      }
      const violations = missing().map((atMs) => `lost: the minute ${new Date(atMs).toISOString()}`)
      if (came.length === 0) violations.push('lost: every minute')
      const [first = 0, last = -1] = [Math.min(...came), Math.max(...came)]
      const acknowledged = Math.round((last - first) / minuteMs) + 1
      const duplicates = came.length - minutes.size
      return { source, acknowledged, arrived: minutes.size, duplicates, violations }
    },
  }
}
