import { type AwsError, awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { arnInScope, locateArn } from './queue-url.ts'
import { deadLetterSource, type MoveTask, moveTask, total } from './state.ts'

/** How many finished tasks of a queue are remembered: as many as ListMessageMoveTasks shows. */
const mostKept = 10

/**
 * Moving messages out of a dead-letter queue.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
export const moves = operations<Api>()({
  StartMessageMoveTask: {
    // What whoever starts it must be allowed besides:
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
    authorize: ({ SourceArn, DestinationArn }, ctx) => [
      ...['sqs:StartMessageMoveTask', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'].map(
        (action) => ({ action, resource: arnInScope(SourceArn, ctx, 'SourceArn') }),
      ),
      ...(DestinationArn === undefined
        ? []
        : [{ action: 'sqs:SendMessage', resource: arnInScope(DestinationArn, ctx, 'DestinationArn') }]),
    ],
    async write(tx, { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: perSec }, ctx) {
      if (perSec !== undefined && !(perSec >= 1 && perSec <= 500))
        throw invalid('MaxNumberOfMessagesPerSecond', 'You must enter a value from 1 to 500.')
      const source = await queueOf(tx, SourceArn, 'SourceArn')
      if (DestinationArn !== undefined) {
        if (DestinationArn === SourceArn) throw invalid('DestinationArn', 'Source and destination cannot be the same.')
        const destination = await queueOf(tx, DestinationArn, 'DestinationArn')
        if (destination.queue.fifo !== source.queue.fifo)
          throw invalid('DestinationArn', 'Source and destination must be of the same type.')
      }
      const { name, generation } = source.queue
      let isDeadLetterQueue = false
      for await (const _ of tx.keys(deadLetterSource.under(name), { limit: 1 })) isDeadLetterQueue = true
      if (!isDeadLetterQueue) {
        throw awsError('InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.')
      }
      const before = await tasksOf(tx, name)
      if (before.some(({ task }) => isActive(task))) {
        throw awsError(
          'InvalidParameterValue',
          'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
        )
      }
      for (const { key } of before.slice(mostKept - 1)) tx.delete(moveTask(...key))
      const taskId = ctx.newId()
      const startedAtMs = Math.max(ctx.nowMs, (before[0]?.task.startedAtMs ?? 0) + 1)
      tx.set(moveTask(name, startedAtMs), {
        taskId,
        status: 'RUNNING',
        sourceArn: SourceArn,
        destinationArn: DestinationArn,
        perSec,
        startedAtMs,
        moved: 0,
        toMove: Math.max(0, await tx.snapshot.count(total(generation))),
        principal: ctx.principal,
      })
      ctx.host.deliveries.schedule(tx, { kind: 'sqs:move', scope: ctx.scope, data: { name, startedAtMs } })
      return { TaskHandle: toTaskHandle({ taskId, sourceArn: SourceArn }) }
    },
  },

  ListMessageMoveTasks: {
    authorize: ({ SourceArn }, ctx) => [
      { action: 'sqs:ListMessageMoveTasks', resource: arnInScope(SourceArn, ctx, 'SourceArn') },
    ],
    async read(tx, { SourceArn, MaxResults = 1 }) {
      if (!(MaxResults >= 1 && MaxResults <= mostKept))
        throw invalid('MaxResults', `You must enter a value from 1 to ${mostKept}.`)
      const { queue } = await queueOf(tx, SourceArn, 'SourceArn')
      const tasks = await tasksOf(tx, queue.name)
      return {
        Results: tasks.slice(0, MaxResults).map(({ task }) => ({
          // Only what can be cancelled has a handle.
          TaskHandle: task.status === 'RUNNING' ? toTaskHandle(task) : undefined,
          Status: task.status,
          SourceArn: task.sourceArn,
          DestinationArn: task.destinationArn,
          MaxNumberOfMessagesPerSecond: task.perSec,
          ApproximateNumberOfMessagesMoved: task.moved,
          ApproximateNumberOfMessagesToMove: task.toMove,
          FailureReason: task.failure,
          StartedTimestamp: task.startedAtMs,
        })),
      }
    },
  },

  CancelMessageMoveTask: {
    authorize: ({ TaskHandle }, ctx) => [
      {
        action: 'sqs:CancelMessageMoveTask',
        resource: arnInScope(fromTaskHandle(TaskHandle).sourceArn, ctx, 'TaskHandle'),
      },
    ],
    async write(tx, { TaskHandle }) {
      const { taskId, sourceArn } = fromTaskHandle(TaskHandle)
      const { queue } = await queueOf(tx, sourceArn, 'SourceArn')
      const found = (await tasksOf(tx, queue.name)).find(({ task }) => task.taskId === taskId)
      if (!found) throw awsError('ResourceNotFoundException', 'Task does not exist.')
      if (found.task.status !== 'RUNNING') throw awsError('UnsupportedOperation', 'Only active tasks can be cancelled.')
      tx.set(moveTask(...found.key), { ...found.task, status: 'CANCELLING' })
      return { ApproximateNumberOfMessagesMoved: found.task.moved }
    },
  },
})

function isActive({ status }: MoveTask): boolean {
  return status === 'RUNNING' || status === 'CANCELLING'
}

/** The tasks of a queue, newest first: never more than are kept. */
async function tasksOf(tx: ReadTx, name: string): Promise<{ key: readonly [string, number]; task: MoveTask }[]> {
  const found: { key: readonly [string, number]; task: MoveTask }[] = []
  for await (const { key, value } of tx.range(moveTask.under(name), { reverse: true, limit: mostKept + 1 }))
    found.push({ key, task: value })
  return found
}

async function queueOf(tx: ReadTx, arn: string, parameter: 'SourceArn' | 'DestinationArn') {
  const found = await locateArn(tx, arn).catch(() => undefined)
  if (!found) {
    throw awsError(
      'ResourceNotFoundException',
      `The resource that you specified for the ${parameter} parameter doesn't exist.`,
    )
  }
  return found
}

interface TaskAddress {
  readonly taskId: string
  readonly sourceArn: string
}

function toTaskHandle({ taskId, sourceArn }: TaskAddress): string {
  return Buffer.from(JSON.stringify({ taskId, sourceArn })).toString('base64')
}

function fromTaskHandle(handle: string): TaskAddress {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(handle, 'base64').toString())
    if (parsed !== null && typeof parsed === 'object' && 'taskId' in parsed && 'sourceArn' in parsed) {
      const { taskId, sourceArn } = parsed
      if (typeof taskId === 'string' && typeof sourceArn === 'string') return { taskId, sourceArn }
    }
  } catch (error) {
    throw invalid('TaskHandle', 'It is not one that StartMessageMoveTask answered.', error)
  }
  throw invalid('TaskHandle', 'It is not one that StartMessageMoveTask answered.')
}

function invalid(parameter: string, reason: string, cause?: unknown): AwsError {
  return awsError('InvalidParameterValue', `Value for parameter ${parameter} is invalid. Reason: ${reason}`, { cause })
}
