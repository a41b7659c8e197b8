import { ownResource } from '../../kernel/arn.ts'
import { requestTags } from '../../kernel/authorization.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { listOfTags, type Tags, tagsOfList, withoutTags } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { findGroup, invalid } from './names.ts'
import { scheduleGroup } from './state.ts'

/** Tags of groups, at most 50: schedules have none. */
export const tags = operations<Api>()({
  TagResource: {
    authorize: ({ ResourceArn, Tags }) => [
      { action: 'scheduler:TagResource', resource: ResourceArn, context: requestTags(tagsOfList(Tags)) },
    ],
    async write(tx, { ResourceArn, Tags }) {
      const found = await tagged(tx, ResourceArn)
      const next = { ...found.tags, ...tagsOfList(Tags) }
      checkTags(next)
      tx.set(scheduleGroup(found.name), { ...found, tags: next })
      return {}
    },
  },
  UntagResource: {
    authorize: ({ ResourceArn, TagKeys }) => [
      { action: 'scheduler:UntagResource', resource: ResourceArn, context: { 'aws:TagKeys': TagKeys } },
    ],
    async write(tx, { ResourceArn, TagKeys }) {
      const found = await tagged(tx, ResourceArn)
      tx.set(scheduleGroup(found.name), { ...found, tags: withoutTags(found.tags, TagKeys) })
      return {}
    },
  },
  ListTagsForResource: {
    authorize: ({ ResourceArn }) => [{ action: 'scheduler:ListTagsForResource', resource: ResourceArn }],
    read: async (tx, { ResourceArn }) => ({ Tags: listOfTags((await tagged(tx, ResourceArn)).tags) }),
  },
})

export function checkTags(given: Tags): void {
  if (Object.keys(given).length > 50) throw invalid('A schedule group can have at most 50 tags.')
}

/** The group that an ARN names. */
async function tagged(tx: ReadTx, arn: string) {
  const [, name] = /^schedule-group\/(.+)$/.exec(ownResource(arn, 'scheduler', tx.scope) ?? '') ?? []
  if (name === undefined) throw invalid(`${arn} is no schedule group of this account and Region.`)
  return findGroup(tx, name)
}
