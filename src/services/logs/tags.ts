import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { group } from '../../telemetry/log-state.ts'
import type { Api } from './api.ts'
import { findGroup, groupResource, nameOf } from './find.ts'

/** Tags of log groups, by ARN and, as the API once had it, by name. At most 50. */
export const tags = operations<Api>()({
  TagResource: {
    authorize: ({ resourceArn, tags }) => [
      { action: 'logs:TagResource', resource: resourceArn, context: requestTags(tags) },
    ],
    async write(tx, input) {
      await add(tx, nameOf(input.resourceArn), input.tags)
      return {}
    },
  },
  UntagResource: {
    authorize: ({ resourceArn, tagKeys }) => [
      { action: 'logs:UntagResource', resource: resourceArn, context: { 'aws:TagKeys': tagKeys } },
    ],
    async write(tx, { resourceArn, tagKeys }) {
      await remove(tx, nameOf(resourceArn), tagKeys)
      return {}
    },
  },
  ListTagsForResource: {
    authorize: ({ resourceArn }) => [{ action: 'logs:ListTagsForResource', resource: resourceArn }],
    async read(tx, { resourceArn }) {
      return { tags: { ...(await findGroup(tx, nameOf(resourceArn))).tags } }
    },
  },
  TagLogGroup: {
    authorize: ({ logGroupName, tags }, ctx) => [
      { action: 'logs:TagLogGroup', resource: groupResource(ctx, logGroupName), context: requestTags(tags) },
    ],
    async write(tx, input) {
      await add(tx, input.logGroupName, input.tags)
      return {}
    },
  },
  UntagLogGroup: {
    authorize: ({ logGroupName }, ctx) => [
      { action: 'logs:UntagLogGroup', resource: groupResource(ctx, logGroupName) },
    ],
    async write(tx, input) {
      await remove(tx, input.logGroupName, input.tags)
      return {}
    },
  },
  ListTagsLogGroup: {
    authorize: ({ logGroupName }, ctx) => [
      { action: 'logs:ListTagsLogGroup', resource: groupResource(ctx, logGroupName) },
    ],
    async read(tx, { logGroupName }) {
      return { tags: { ...(await findGroup(tx, logGroupName)).tags } }
    },
  },
})

async function add(tx: Tx, name: string, given: Readonly<Record<string, string>>): Promise<void> {
  const found = await findGroup(tx, name)
  const next = { ...found.tags, ...given }
  checkTags(next)
  tx.set(group(name), { ...found, tags: next })
}

async function remove(tx: Tx, name: string, keys: readonly string[]): Promise<void> {
  const found = await findGroup(tx, name)
  tx.set(group(name), {
    ...found,
    tags: Object.fromEntries(Object.entries(found.tags).filter(([key]) => !keys.includes(key))),
  })
}

/** The tags of the group that an ARN is of, or of a stream in it; undefined when there is none. */
export async function findTags(tx: ReadTx, arn: string): Promise<Record<string, string> | undefined> {
  const name = /:log-group:([^:]+)/.exec(arn)?.[1]
  const found = name === undefined ? undefined : await tx.get(group(name))
  return found && { ...found.tags }
}

export function checkTags(given: Readonly<Record<string, string>>): void {
  if (Object.keys(given).length > 50) throw awsError('TooManyTagsException', 'A log group can have at most 50 tags.')
}
