import { ownResource } from '../../kernel/arn.ts'
import { requestTags } from '../../kernel/authorization.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { withoutTags } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { findPipe, invalid } from './names.ts'
import { pipe } from './state.ts'

/** Tags of pipes, at most 50. */
export const tags = operations<Api>()({
  TagResource: {
    authorize: ({ resourceArn, tags: given }) => [
      { action: 'pipes:TagResource', resource: resourceArn, context: requestTags(given) },
    ],
    async write(tx, { resourceArn, tags: given }) {
      const found = await tagged(tx, resourceArn)
      const next = { ...found.tags, ...given }
      if (Object.keys(next).length > 50) throw invalid('A pipe can have at most 50 tags.')
      tx.set(pipe(found.name), { ...found, tags: next })
      return {}
    },
  },
  UntagResource: {
    authorize: ({ resourceArn, tagKeys }) => [
      { action: 'pipes:UntagResource', resource: resourceArn, context: { 'aws:TagKeys': tagKeys } },
    ],
    async write(tx, { resourceArn, tagKeys }) {
      const found = await tagged(tx, resourceArn)
      tx.set(pipe(found.name), { ...found, tags: withoutTags(found.tags, tagKeys) })
      return {}
    },
  },
  ListTagsForResource: {
    authorize: ({ resourceArn }) => [{ action: 'pipes:ListTagsForResource', resource: resourceArn }],
    read: async (tx, { resourceArn }) => ({ tags: { ...(await tagged(tx, resourceArn)).tags } }),
  },
})

/** The pipe that an ARN names. */
async function tagged(tx: ReadTx, arn: string) {
  const [, name] = /^pipe\/(.+)$/.exec(ownResource(arn, 'pipes', tx.scope) ?? '') ?? []
  if (name === undefined) throw invalid(`${arn} is no pipe of this account and Region.`)
  return findPipe(tx, name)
}
