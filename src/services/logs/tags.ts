import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { type Tags, withoutTags } from '../../kernel/tag-list.ts'
import { group } from '../../telemetry/log-state.ts'
import { detector, detectorOf } from './anomalies/state.ts'
import type { Api } from './api.ts'
import { destination, destinationArn, destinationName } from './destination-state.ts'
import { findGroup, groupResource, nameOf } from './find.ts'
import { lookupTable, lookupTableOf } from './insights/lookup-state.ts'
import { scheduledQuery, scheduledQueryOf } from './insights/scheduled-state.ts'
import { vendedOfArn } from './vended/names.ts'

/** Tags of log groups and what else has them, by ARN and, as the API once had it, by name. At most 50. */
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
      await change(tx, resourceArn, (tags) => withoutTags(tags, tagKeys))
      return {}
    },
  },
  ListTagsForResource: {
    authorize: ({ resourceArn }) => [{ action: 'logs:ListTagsForResource', resource: resourceArn }],
    async read(tx, { resourceArn }) {
      return { tags: { ...(await tagged(tx, resourceArn)).tags } }
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
      await change(tx, input.logGroupName, (tags) => withoutTags(tags, input.tags))
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

/** What has tags, and how it is given others. */
interface Tagged {
  readonly tags: Tags
  keep(tx: Tx, tags: Tags): void
}

/** Gives what is named, a group also by name, the tags that `next` makes of its own. */
async function change(tx: Tx, resource: string, next: (tags: Tags) => Tags): Promise<void> {
  const found = await tagged(tx, resource)
  found.keep(tx, checked(next(found.tags)))
}

/** What an ARN, or the name of a group, names. Throws ResourceNotFoundException when it is not here. */
async function tagged(tx: ReadTx, resource: string): Promise<Tagged> {
  const name = destinationName(resource)
  if (name !== undefined) {
    const found = resource === destinationArn(tx.scope, name) ? await tx.get(destination(name)) : undefined
    if (!found) throw awsError('ResourceNotFoundException', 'The specified destination does not exist.')
    return { tags: found.tags, keep: (to, tags) => to.set(destination(name), { ...found, tags }) }
  }
  if (resource.includes(':lookup-table:')) {
    const found = await lookupTableOf(tx, resource)
    if (!found) throw awsError('ResourceNotFoundException', 'The specified lookup table does not exist.')
    return { tags: found.tags, keep: (to, tags) => to.set(lookupTable(found.name), { ...found, tags }) }
  }
  if (resource.includes(':scheduled-query:')) {
    const found = await scheduledQueryOf(tx, resource)
    if (!found) throw awsError('ResourceNotFoundException', 'The specified scheduled query does not exist.')
    return { tags: found.tags, keep: (to, tags) => to.set(scheduledQuery(found.name), { ...found, tags }) }
  }
  if (resource.includes(':anomaly-detector:')) {
    const found = await detectorOf(tx, resource)
    if (!found) throw awsError('ResourceNotFoundException', 'The specified log anomaly detector does not exist.')
    return { tags: found.tags, keep: (to, tags) => to.set(detector(found.id), { ...found, tags }) }
  }
  if (/:delivery(-source|-destination)?:/.test(resource)) {
    const vended = await vendedOfArn(tx, resource)
    if (!vended) throw awsError('ResourceNotFoundException', `${resource} does not exist.`)
    const { found, key } = vended
    return { tags: found.tags, keep: (to, tags) => to.set(key, { ...found, tags }) }
  }
  const found = await findGroup(tx, nameOf(resource, tx.scope))
  return { tags: found.tags, keep: (to, tags) => to.set(group(found.name), { ...found, tags }) }
}

function checked(tags: Tags): Tags {
  checkTags(tags)
  return tags
}

/** The tags of what an ARN is of, which may be a stream of a group; undefined when it is not here. */
export async function findTags(tx: ReadTx, arn: string): Promise<Record<string, string> | undefined> {
  const other = (await lookupTableOf(tx, arn)) ?? (await scheduledQueryOf(tx, arn)) ?? (await detectorOf(tx, arn))
  if (other) return { ...other.tags }
  const vended = await vendedOfArn(tx, arn)
  if (vended) return { ...vended.found.tags }
  const name = /:log-group:([^:]+)/.exec(arn)?.[1]
  const found = name === undefined ? undefined : await tx.get(group(name))
  return found && { ...found.tags }
}

export function checkTags(given: Tags): void {
  if (Object.keys(given).length > 50) throw awsError('TooManyTagsException', 'A resource can have at most 50 tags.')
}
