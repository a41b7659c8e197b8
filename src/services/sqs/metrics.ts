import type { Ctx } from '../../kernel/context.ts'
import type { Host } from '../../kernel/host.ts'
import { dimensionsNamed } from '../../kernel/metric-dimensions.ts'
import type { Scope, Tx } from '../../kernel/records.ts'

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
const namespace = 'AWS/SQS'
const minuteMs = 60_000

/** What this process knows of a region's queues: who was used lately, and until when the gauges are surely read. */
export interface Activity {
  readonly lastMs: Map<string, number>
  gaugedUntilMs: number
}

const activities = new WeakMap<Host, Map<string, Activity>>()

export function activityOf(host: Host, { account, region }: Scope): Activity {
  const known = activities.get(host) ?? new Map<string, Activity>()
  activities.set(host, known)
  const key = `${account}/${region}`
  const found = known.get(key) ?? { lastMs: new Map<string, number>(), gaugedUntilMs: 0 }
  known.set(key, found)
  return found
}

const dimensionsOf = dimensionsNamed('QueueName')

export function measure(
  host: Host,
  scope: Scope,
  queueName: string,
  name: string,
  value: number,
  unit: 'Count' | 'Bytes' | 'Seconds' = 'Count',
): void {
  host.metrics.put(scope, {
    namespace,
    name,
    dimensions: dimensionsOf(queueName),
    unit,
    value,
    atMs: host.clock.nowMs(),
  })
}

type Now = Pick<Ctx, 'host' | 'nowMs'>

/** Counts messages that a request or another service sent, once they are kept, and has their queue's gauges read from now on. */
export function countSent(tx: Tx, ctx: Now, scope: Scope, queueName: string, sizesBytes: readonly number[]): void {
  const activity = activityOf(ctx.host, scope)
  const gauging = activity.gaugedUntilMs < ctx.nowMs
  if (gauging) {
    const dueAtMs = (Math.floor(ctx.nowMs / minuteMs) + 1) * minuteMs
    ctx.host.deliveries.schedule(tx, { kind: 'sqs:gauge', scope, key: 'minute', data: {}, dueAtMs })
  }
  tx.afterCommit(() => {
    if (gauging) activity.gaugedUntilMs = ctx.nowMs + 2 * minuteMs
    activity.lastMs.set(queueName, ctx.nowMs)
    if (sizesBytes.length === 0) return
    measure(ctx.host, scope, queueName, 'NumberOfMessagesSent', sizesBytes.length)
    for (const size of sizesBytes) measure(ctx.host, scope, queueName, 'SentMessageSize', size, 'Bytes')
  })
}

/** Counts a message that a FIFO queue knew already. */
export function countRepeated(tx: Tx, { host }: Now, scope: Scope, queueName: string): void {
  tx.afterCommit(() => measure(host, scope, queueName, 'NumberOfDeduplicatedSentMessages', 1))
}

export function countDeleted(tx: Tx, { host, nowMs }: Now, scope: Scope, queueName: string, count: number): void {
  tx.afterCommit(() => {
    activityOf(host, scope).lastMs.set(queueName, nowMs)
    if (count > 0) measure(host, scope, queueName, 'NumberOfMessagesDeleted', count)
  })
}

export function countReceived(host: Host, scope: Scope, queueName: string, count: number): void {
  activityOf(host, scope).lastMs.set(queueName, host.clock.nowMs())
  if (count === 0) measure(host, scope, queueName, 'NumberOfEmptyReceives', 1)
  else measure(host, scope, queueName, 'NumberOfMessagesReceived', count)
}
