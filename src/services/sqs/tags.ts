import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { arnOfUrl, locate } from './queue-url.ts'
import { queue } from './state.ts'

/** Tags of queues: at most 50, keys up to 128 characters, values up to 256. */
export const tags = operations<Api>()({
  TagQueue: {
    authorize: ({ QueueUrl, Tags }, ctx) => [
      { action: 'sqs:TagQueue', resource: arnOfUrl(QueueUrl, ctx), context: requestTags(Tags) },
    ],
    async write(tx, { QueueUrl, Tags }) {
      const at = await locate(tx, QueueUrl)
      const next = { ...at.queue.tags, ...Tags }
      checkTags(next)
      tx.in(at.scope).set(queue(at.queue.name), { ...at.queue, tags: next })
      return {}
    },
  },
  UntagQueue: {
    authorize: ({ QueueUrl, TagKeys }, ctx) => [
      { action: 'sqs:UntagQueue', resource: arnOfUrl(QueueUrl, ctx), context: { 'aws:TagKeys': TagKeys } },
    ],
    async write(tx, { QueueUrl, TagKeys }) {
      const at = await locate(tx, QueueUrl)
      const left = Object.entries(at.queue.tags).filter(([key]) => !TagKeys.includes(key))
      tx.in(at.scope).set(queue(at.queue.name), { ...at.queue, tags: Object.fromEntries(left) })
      return {}
    },
  },
  ListQueueTags: {
    authorize: ({ QueueUrl }, ctx) => [{ action: 'sqs:ListQueueTags', resource: arnOfUrl(QueueUrl, ctx) }],
    async read(tx, { QueueUrl }) {
      const at = await locate(tx, QueueUrl)
      return Object.keys(at.queue.tags).length > 0 ? { Tags: { ...at.queue.tags } } : {}
    },
  },
})

/** Throws InvalidParameterValue for tags that are too many, too long, or reserved. */
export function checkTags(given: Readonly<Record<string, string>>): void {
  const entries = Object.entries(given)
  if (entries.length > 50) throw awsError('InvalidParameterValue', 'A queue can have at most 50 tags.')
  for (const [key, value] of entries) {
    if (key.length < 1 || key.length > 128)
      throw awsError('InvalidParameterValue', 'Tag keys must be between 1 and 128 characters in length.')
    if (value.length > 256)
      throw awsError('InvalidParameterValue', `The value of tag ${key} must be at most 256 characters in length.`)
  }
}
