import { takeToken } from '../../gateway/throttle.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { Queue } from './state.ts'

/** Requests a second, of one kind, that a FIFO queue takes; or, in high throughput, one of its message groups. */
const limit = { rate: 300, burst: 300 }

/** What each request was let in for: a write that runs again, or a batch's next message of a group, takes no more. */
const admitted = new WeakMap<Ctx, Set<string>>()

/**
 * Holds requests to a FIFO queue to 300 a second of each kind; a batch is one request, so that 3,000 messages go in.
 * With high throughput (`FifoThroughputLimit` is `perMessageGroupId`) the limit is that of a partition: here every
 * message group has one of its own, and only sending is limited. Throws ThrottlingException.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
export function admit(ctx: Ctx, { fifo, generation, settings }: Queue, kind: 'send' | 'receive' | 'delete'): void {
  if (fifo && settings.throughputLimit !== 'perMessageGroupId') take(ctx, `sqs ${generation} ${kind}`)
}

/** The same for one message, when its queue's limit is that of its message group. */
export function admitToGroup(ctx: Ctx, { fifo, generation, settings }: Queue, groupId: string | undefined): void {
  if (fifo && settings.throughputLimit === 'perMessageGroupId') take(ctx, `sqs ${generation} group ${groupId}`)
}

function take(ctx: Ctx, bucket: string): void {
  const before = admitted.get(ctx)
  if (before?.has(bucket)) return
  if (!takeToken(bucket, limit, ctx.nowMs)) throw awsError('ThrottlingException', 'Rate exceeded')
  if (before) before.add(bucket)
  else admitted.set(ctx, new Set([bucket]))
}
