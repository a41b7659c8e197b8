import { requestTags } from '../../kernel/authorization.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { listOfTags, type Tags, tagsOfList, withoutTags } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { type LocatedTopic, locateTopic } from './names.ts'
import { topic } from './state.ts'

/** Tags of topics, at most 50. */
export const tags = operations<Api>()({
  TagResource: {
    authorize: ({ ResourceArn, Tags }) => [
      { action: 'sns:TagResource', resource: ResourceArn, context: requestTags(tagsOfList(Tags)) },
    ],
    async write(tx, { ResourceArn, Tags }) {
      const { topic: found, scope } = await tagged(tx, ResourceArn)
      const next = { ...found.tags, ...tagsOfList(Tags) }
      checkTags(next)
      tx.in(scope).set(topic(found.name), { ...found, tags: next })
      return {}
    },
  },
  UntagResource: {
    authorize: ({ ResourceArn, TagKeys }) => [
      { action: 'sns:UntagResource', resource: ResourceArn, context: { 'aws:TagKeys': TagKeys } },
    ],
    async write(tx, { ResourceArn, TagKeys }) {
      const { topic: found, scope } = await tagged(tx, ResourceArn)
      tx.in(scope).set(topic(found.name), { ...found, tags: withoutTags(found.tags, TagKeys) })
      return {}
    },
  },
  ListTagsForResource: {
    authorize: ({ ResourceArn }) => [{ action: 'sns:ListTagsForResource', resource: ResourceArn }],
    async read(tx, { ResourceArn }) {
      return { Tags: listOfTags((await tagged(tx, ResourceArn)).topic.tags) }
    },
  },
})

export function checkTags(given: Tags): void {
  if (Object.keys(given).length > 50) {
    throw awsError('TagLimitExceededException', 'Could not complete request: tag quota of per resource exceeded')
  }
}

/** These operations have another name for what is not there. */
async function tagged(tx: ReadTx, arn: string): Promise<LocatedTopic> {
  try {
    return await locateTopic(tx, arn, 'ResourceArn')
  } catch (error) {
    if (!isAwsError(error, 'NotFoundException')) throw error
    throw awsError('ResourceNotFoundException', 'Resource does not exist')
  }
}
