import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { listOfTags, type Tags, tagsOfList, withoutTags } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { parameterArn } from './names.ts'
import { type Parameter, parameter } from './state.ts'

/** Tags of parameters, at most 50. Other resources of Systems Manager are not here. */
export const tags = operations<Api>()({
  AddTagsToResource: {
    authorize: ({ ResourceId, Tags }, ctx) => [
      {
        action: 'ssm:AddTagsToResource',
        resource: parameterArn(ctx.scope, ResourceId),
        context: requestTags(tagsOfList(Tags)),
      },
    ],
    async write(tx, { ResourceType, ResourceId, Tags }) {
      const found = await tagged(tx, ResourceType, ResourceId)
      const next = { ...found.tags, ...tagsOfList(Tags) }
      checkTags(next)
      tx.set(parameter(found.name), { ...found, tags: next })
      return {}
    },
  },
  RemoveTagsFromResource: {
    authorize: ({ ResourceId, TagKeys }, ctx) => [
      {
        action: 'ssm:RemoveTagsFromResource',
        resource: parameterArn(ctx.scope, ResourceId),
        context: { 'aws:TagKeys': TagKeys },
      },
    ],
    async write(tx, { ResourceType, ResourceId, TagKeys }) {
      const found = await tagged(tx, ResourceType, ResourceId)
      tx.set(parameter(found.name), { ...found, tags: withoutTags(found.tags, TagKeys) })
      return {}
    },
  },
  ListTagsForResource: {
    authorize: ({ ResourceId }, ctx) => [
      { action: 'ssm:ListTagsForResource', resource: parameterArn(ctx.scope, ResourceId) },
    ],
    async read(tx, { ResourceType, ResourceId }) {
      return { TagList: listOfTags((await tagged(tx, ResourceType, ResourceId)).tags) }
    },
  },
})

export function checkTags(given: Tags): void {
  if (Object.keys(given).length > 50) throw awsError('TooManyTagsError', 'A parameter can have at most 50 tags.')
}

async function tagged(tx: ReadTx, type: string, id: string): Promise<Parameter> {
  if (type !== 'Parameter') {
    throw awsError('InvalidResourceType', `The ResourceType ${type} is not here: Landfall has Parameter.`)
  }
  const found = await tx.get(parameter(id))
  if (!found) throw awsError('InvalidResourceId', `There is no parameter ${id}.`)
  return found
}
