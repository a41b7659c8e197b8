import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { lowerAlphanumeric } from '../../kernel/ids.ts'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, toPageToken } from '../../kernel/page-token.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { countMessages } from './counts.ts'
import { scheduleRetention } from './forget.ts'
import {
  allowsRedriveFrom,
  applyAttributes,
  attributeNames,
  defaultSettings,
  describeSettings,
} from './queue-attributes.ts'
import { arnOfUrl, locate, locateArn, queueArn, queueUrl } from './queue-url.ts'
import { deadLetterSource, deleted, type Located, type Queue, queue } from './state.ts'
import { checkTags } from './tags.ts'

const nameAgainMs = 60_000

/** Queues themselves: made, found, listed, configured, emptied, deleted. */
export const queues = operations<Api>()({
  CreateQueue: {
    authorize: ({ QueueName, tags }, ctx) => [
      {
        action: 'sqs:CreateQueue',
        resource: queueArn(ctx.scope, QueueName),
        context: requestTags(tags),
      },
    ],
    async write(tx, { QueueName, Attributes = {}, tags = {} }, ctx) {
      const fifo = Attributes.FifoQueue !== undefined
      checkName(QueueName, fifo)
      checkTags(tags)
      const settings = applyAttributes(defaultSettings, Attributes as Record<string, string>, fifo)
      const url = queueUrl(ctx.baseUrl, ctx.account, QueueName)
      const existing = await tx.get(queue(QueueName))
      if (existing) {
        // Making it again is fine as long as it asks for nothing else than what is there.
        const asked = applyAttributes(existing.settings, Attributes as Record<string, string>, fifo)
        if (JSON.stringify(asked) !== JSON.stringify(existing.settings)) {
          throw awsError(
            'QueueNameExists',
            'A queue already exists with the same name and a different value for an attribute.',
          )
        }
        return { QueueUrl: url }
      }
      const before = await tx.get(deleted(QueueName))
      if (before && before.atMs + nameAgainMs > ctx.nowMs) {
        throw awsError(
          'QueueDeletedRecently',
          'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
        )
      }
      tx.delete(deleted(QueueName))
      const made: Queue = {
        name: QueueName,
        generation: ctx.ids.token(12, lowerAlphanumeric),
        createdAtMs: ctx.nowMs,
        modifiedAtMs: ctx.nowMs,
        fifo,
        settings,
        tags,
      }
      await checkRedrive(tx, { queue: made, scope: tx.scope })
      tx.set(queue(QueueName), made)
      scheduleRetention(tx, ctx.host, ctx.nowMs)
      if (settings.redrive) tx.set(deadLetterSource(nameIn(settings.redrive.deadLetterTargetArn), QueueName), true)
      return { QueueUrl: url }
    },
  },

  DeleteQueue: {
    authorize: ({ QueueUrl }, ctx) => [{ action: 'sqs:DeleteQueue', resource: arnOfUrl(QueueUrl, ctx) }],
    async write(tx, { QueueUrl }, ctx) {
      const at = await locate(tx, QueueUrl)
      const { name, generation, settings } = at.queue
      const home = tx.in(at.scope)
      home.delete(queue(name))
      home.set(deleted(name), { atMs: ctx.nowMs })
      if (settings.redrive) home.delete(deadLetterSource(nameIn(settings.redrive.deadLetterTargetArn), name))
      ctx.host.deliveries.schedule(home, { kind: 'sqs:drop', scope: at.scope, data: { generation } })
      return {}
    },
  },

  PurgeQueue: {
    authorize: ({ QueueUrl }, ctx) => [{ action: 'sqs:PurgeQueue', resource: arnOfUrl(QueueUrl, ctx) }],
    async write(tx, { QueueUrl }, ctx) {
      const at = await locate(tx, QueueUrl)
      if (at.queue.purgedAtMs !== undefined && at.queue.purgedAtMs + nameAgainMs > ctx.nowMs) {
        throw awsError(
          'PurgeQueueInProgress',
          `Only one PurgeQueue operation on ${at.queue.name} is allowed every 60 seconds.`,
        )
      }
      const home = tx.in(at.scope)
      home.set(queue(at.queue.name), {
        ...at.queue,
        generation: ctx.ids.token(12, lowerAlphanumeric),
        purgedAtMs: ctx.nowMs,
      })
      ctx.host.deliveries.schedule(home, {
        kind: 'sqs:drop',
        scope: at.scope,
        data: { generation: at.queue.generation },
      })
      return {}
    },
  },

  GetQueueUrl: {
    authorize: ({ QueueName, QueueOwnerAWSAccountId }, ctx) => [
      {
        action: 'sqs:GetQueueUrl',
        resource: queueArn({ ...ctx.scope, account: QueueOwnerAWSAccountId ?? ctx.account }, QueueName),
      },
    ],
    async read(tx, { QueueName, QueueOwnerAWSAccountId }, ctx) {
      const account = QueueOwnerAWSAccountId ?? ctx.account
      if (!(await tx.in({ account }).get(queue(QueueName))))
        throw awsError('QueueDoesNotExist', 'The specified queue does not exist.')
      return { QueueUrl: queueUrl(ctx.baseUrl, account, QueueName) }
    },
  },

  ListQueues: {
    // The table of actions knows no resource of it; the guide does, and policies name it so:
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
    authorize: (_, ctx) => [{ action: 'sqs:ListQueues', resource: queueArn(ctx.scope, '*') }],
    async read(tx, { QueueNamePrefix = '', MaxResults, NextToken }, ctx) {
      const max = pageSize(MaxResults)
      const names: string[] = []
      const bounds = NextToken === undefined ? { from: [QueueNamePrefix] } : boundsOfPage(NextToken, badToken)
      for await (const [name] of tx.keys(queue.between([], bounds), { limit: max + 1 })) {
        if (!name.startsWith(QueueNamePrefix)) break
        names.push(name)
      }
      const more = names.length > max
      const page = names.slice(0, max)
      return {
        QueueUrls: page.length > 0 ? page.map((name) => queueUrl(ctx.baseUrl, ctx.account, name)) : undefined,
        // Without MaxResults the real service answers the first thousand and no token.
        NextToken: more && MaxResults !== undefined ? toPageToken(page.at(-1)!) : undefined,
      }
    },
  },

  ListDeadLetterSourceQueues: {
    authorize: ({ QueueUrl }, ctx) => [{ action: 'sqs:ListDeadLetterSourceQueues', resource: arnOfUrl(QueueUrl, ctx) }],
    async read(tx, { QueueUrl, MaxResults, NextToken }, ctx) {
      const at = await locate(tx, QueueUrl)
      const max = pageSize(MaxResults)
      const names: string[] = []
      const range = deadLetterSource.between([at.queue.name], boundsOfPage(NextToken, badToken))
      for await (const [, name] of tx.in(at.scope).keys(range, { limit: max + 1 })) names.push(name)
      const page = names.slice(0, max)
      return {
        queueUrls: page.map((name) => queueUrl(ctx.baseUrl, at.scope.account, name)),
        NextToken: names.length > max && MaxResults !== undefined ? toPageToken(page.at(-1)!) : undefined,
      }
    },
  },

  GetQueueAttributes: {
    authorize: ({ QueueUrl }, ctx) => [{ action: 'sqs:GetQueueAttributes', resource: arnOfUrl(QueueUrl, ctx) }],
    async read(tx, { QueueUrl, AttributeNames = [] }, ctx) {
      for (const name of AttributeNames) {
        if (!attributeNames.includes(name)) throw awsError('InvalidAttributeName', `Unknown Attribute ${name}.`)
      }
      const at = await locate(tx, QueueUrl)
      if (AttributeNames.length === 0) return {}
      const all = AttributeNames.includes('All')
      const described = describeSettings(at.queue, queueArn(at.scope, at.queue.name))
      if (all || AttributeNames.some((name) => name.startsWith('Approximate'))) {
        const counts = await countMessages(tx.in(at.scope).snapshot, at.queue, ctx.nowMs)
        described.ApproximateNumberOfMessages = String(counts.visible)
        described.ApproximateNumberOfMessagesNotVisible = String(counts.inFlight)
        described.ApproximateNumberOfMessagesDelayed = String(counts.delayed)
      }
      const wanted = Object.entries(described).filter(([name]) => all || AttributeNames.some((asked) => asked === name))
      return wanted.length > 0 ? { Attributes: Object.fromEntries(wanted) } : {}
    },
  },

  SetQueueAttributes: {
    authorize: ({ QueueUrl }, ctx) => [{ action: 'sqs:SetQueueAttributes', resource: arnOfUrl(QueueUrl, ctx) }],
    async write(tx, { QueueUrl, Attributes }, ctx) {
      const at = await locate(tx, QueueUrl)
      if (Attributes.FifoQueue !== undefined) throw awsError('InvalidAttributeName', 'Unknown Attribute FifoQueue.')
      const settings = applyAttributes(at.queue.settings, Attributes as Record<string, string>, at.queue.fifo)
      await changeSettings(tx, at, { ...at.queue, settings, modifiedAtMs: ctx.nowMs })
      return {}
    },
  },
})

/** Stores a queue whose settings changed, with the index of who redrives where. */
export async function changeSettings(tx: Tx, at: Located, next: Queue): Promise<void> {
  const home = tx.in(at.scope)
  await checkRedrive(home, { queue: next, scope: at.scope })
  const before = at.queue.settings.redrive
  const after = next.settings.redrive
  if (before?.deadLetterTargetArn !== after?.deadLetterTargetArn) {
    if (before) home.delete(deadLetterSource(nameIn(before.deadLetterTargetArn), next.name))
    if (after) home.set(deadLetterSource(nameIn(after.deadLetterTargetArn), next.name), true)
  }
  home.set(queue(next.name), next)
}

/** A dead-letter queue must exist, in the same account and region, and let this queue use it. */
async function checkRedrive(tx: Tx, { queue: source, scope }: Located): Promise<void> {
  const arn = source.settings.redrive?.deadLetterTargetArn
  if (arn === undefined) return
  const value = JSON.stringify(source.settings.redrive)
  if (arn !== queueArn(scope, nameIn(arn))) {
    throw awsError(
      'InvalidParameterValue',
      `Value ${value} for parameter RedrivePolicy is invalid. Reason: Dead-letter target owner should be same as the source.`,
    )
  }
  if (arn === queueArn(scope, source.name)) return
  const target = await locateArn(tx, arn).catch(() => undefined)
  if (!target)
    throw awsError(
      'InvalidParameterValue',
      `Value ${value} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.`,
    )
  if (!allowsRedriveFrom(target.queue.settings, queueArn(scope, source.name))) {
    throw awsError(
      'InvalidParameterValue',
      `Value ${value} for parameter RedrivePolicy is invalid. Reason: The dead letter target does not allow this queue as its source.`,
    )
  }
}

function nameIn(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1)
}

function checkName(name: string, fifo: boolean): void {
  if (name.endsWith('.fifo') !== fifo) {
    throw awsError(
      'InvalidParameterValue',
      fifo
        ? 'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.'
        : 'The queue name ends in .fifo, which needs the attribute FifoQueue to be true.',
    )
  }
  if (name.length > 80 || !/^[\w-]+(\.fifo)?$/.test(name)) {
    throw awsError(
      'InvalidParameterValue',
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.',
    )
  }
}

function pageSize(maxResults: number | undefined): number {
  if (maxResults !== undefined && !(maxResults >= 1 && maxResults <= 1_000)) {
    throw awsError(
      'InvalidParameterValue',
      `Value ${maxResults} for parameter MaxResults is invalid. Reason: Must be between 1 and 1000, if provided.`,
    )
  }
  return maxResults ?? 1_000
}

function badToken(): Error {
  return awsError('InvalidParameterValue', 'The NextToken is invalid. Use the token of the previous answer as it is.')
}
