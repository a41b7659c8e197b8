import { parseArn } from '../../kernel/arn.ts'
import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { listOfTags, tagsOfList, withoutTags } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { find, ownRegistry } from './repositories.ts'
import { repository } from './state.ts'

/** Tags of repositories, at most 50. */
export const tags = operations<Api>()({
  TagResource: {
    authorize: ({ resourceArn, tags: list }) => [
      { action: 'ecr:TagResource', resource: resourceArn, context: requestTags(tagsOfList(list)) },
    ],
    async write(tx, { resourceArn, tags: list }, ctx) {
      const found = await tagged(tx, resourceArn, ctx)
      const next = { ...found.tags, ...tagsOfList(list) }
      if (Object.keys(next).length > 50) {
        throw awsError('TooManyTagsException', 'A repository can have at most 50 tags.')
      }
      tx.set(repository(found.name), { ...found, tags: next })
      return {}
    },
  },
  UntagResource: {
    authorize: ({ resourceArn, tagKeys }) => [
      { action: 'ecr:UntagResource', resource: resourceArn, context: { 'aws:TagKeys': tagKeys } },
    ],
    async write(tx, { resourceArn, tagKeys }, ctx) {
      const found = await tagged(tx, resourceArn, ctx)
      tx.set(repository(found.name), { ...found, tags: withoutTags(found.tags, tagKeys) })
      return {}
    },
  },
  ListTagsForResource: {
    authorize: ({ resourceArn }) => [{ action: 'ecr:ListTagsForResource', resource: resourceArn }],
    read: async (tx, { resourceArn }, ctx) => ({ tags: listOfTags((await tagged(tx, resourceArn, ctx)).tags) }),
  },
})

/** The repository that an ARN names, in the caller's account and region. */
async function tagged(tx: ReadTx, arn: string, ctx: Ctx) {
  const { resource = '', service, region, account } = parseArn(arn) ?? {}
  if (service !== 'ecr' || !resource.startsWith('repository/') || region !== ctx.region) {
    throw awsError('InvalidParameterException', `${arn} is not the ARN of a repository in ${ctx.region}.`)
  }
  ownRegistry(account, ctx)
  return await find(tx, resource.slice('repository/'.length), ctx)
}
