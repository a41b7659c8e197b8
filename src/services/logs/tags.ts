import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { group } from '../../telemetry/log-state.ts'
import type { Api } from './api.ts'
import { type Destination, destination, destinationArn, destinationName } from './destination-state.ts'
import { findGroup, groupResource, nameOf } from './find.ts'

/** Tags of log groups and destinations, by ARN and, as the API once had it, by name. At most 50. */
export const tags = operations<Api>()({
  TagResource: {
    authorize: ({ resourceArn, tags }) => [
      { action: 'logs:TagResource', resource: resourceArn, context: requestTags(tags) },
    ],
    async write(tx, input) {
      await change(tx, input.resourceArn, (tags) => ({ ...tags, ...input.tags }))
      return {}
    },
  },
  UntagResource: {
    authorize: ({ resourceArn, tagKeys }) => [
      { action: 'logs:UntagResource', resource: resourceArn, context: { 'aws:TagKeys': tagKeys } },
    ],
    async write(tx, { resourceArn, tagKeys }) {
      await change(tx, resourceArn, (tags) => without(tags, tagKeys))
      return {}
    },
  },
  ListTagsForResource: {
    authorize: ({ resourceArn }) => [{ action: 'logs:ListTagsForResource', resource: resourceArn }],
    async read(tx, { resourceArn }) {
      const { tags } = (await ownDestination(tx, resourceArn)) ?? (await findGroup(tx, nameOf(resourceArn)))
      return { tags: { ...tags } }
    },
  },
  TagLogGroup: {
    authorize: ({ logGroupName, tags }, ctx) => [
      { action: 'logs:TagLogGroup', resource: groupResource(ctx, logGroupName), context: requestTags(tags) },
    ],
    async write(tx, input) {
      await change(tx, input.logGroupName, (tags) => ({ ...tags, ...input.tags }))
      return {}
    },
  },
  UntagLogGroup: {
    authorize: ({ logGroupName }, ctx) => [
      { action: 'logs:UntagLogGroup', resource: groupResource(ctx, logGroupName) },
    ],
    async write(tx, input) {
      await change(tx, input.logGroupName, (tags) => without(tags, input.tags))
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

type Tags = Readonly<Record<string, string>>

/** Gives a group, by name or ARN, or a destination the tags that `next` makes of its own. */
async function change(tx: Tx, resource: string, next: (tags: Tags) => Tags): Promise<void> {
  const to = await ownDestination(tx, resource)
  if (to) {
    tx.set(destination(to.name), { ...to, tags: checked(next(to.tags)) })
    return
  }
  const found = await findGroup(tx, nameOf(resource))
  tx.set(group(found.name), { ...found, tags: checked(next(found.tags)) })
}

/** The destination of an ARN; undefined for what is none. Throws ResourceNotFoundException when it is not here. */
async function ownDestination(tx: ReadTx, arn: string): Promise<Destination | undefined> {
  const name = destinationName(arn)
  if (name === undefined) return undefined
  const found = arn === destinationArn(tx.scope, name) ? await tx.get(destination(name)) : undefined
  if (!found) throw awsError('ResourceNotFoundException', 'The specified destination does not exist.')
  return found
}

function without(tags: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)))
}

function checked(tags: Tags): Tags {
  checkTags(tags)
  return tags
}

/** The tags of the group that an ARN is of, or of a stream in it; undefined when there is none. */
export async function findTags(tx: ReadTx, arn: string): Promise<Record<string, string> | undefined> {
  const name = /:log-group:([^:]+)/.exec(arn)?.[1]
  const found = name === undefined ? undefined : await tx.get(group(name))
  return found && { ...found.tags }
}

export function checkTags(given: Tags): void {
  if (Object.keys(given).length > 50) throw awsError('TooManyTagsException', 'A resource can have at most 50 tags.')
}
