import { requestTags } from '../../kernel/authorization.ts'
import { operations } from '../../kernel/operation.ts'
import { listOfTags, type Tags, tagsOfList, withoutTags } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { asking, find, findActive, invalid } from './names.ts'
import { deliveryStream } from './state.ts'

const mostTags = 50

export const tags = operations<Api>()({
  TagDeliveryStream: {
    authorize: ({ DeliveryStreamName, Tags }, ctx) => [
      { ...asking('TagDeliveryStream', DeliveryStreamName, ctx), context: requestTags(tagsOfList(Tags)) },
    ],
    async write(tx, { DeliveryStreamName, Tags }) {
      const found = await findActive(tx, DeliveryStreamName)
      const next = { ...found.tags, ...tagsOfList(Tags) }
      checkTags(next)
      tx.set(deliveryStream(found.name), { ...found, tags: next })
      return {}
    },
  },
  UntagDeliveryStream: {
    authorize: ({ DeliveryStreamName, TagKeys }, ctx) => [
      { ...asking('UntagDeliveryStream', DeliveryStreamName, ctx), context: { 'aws:TagKeys': TagKeys } },
    ],
    async write(tx, { DeliveryStreamName, TagKeys }) {
      const found = await findActive(tx, DeliveryStreamName)
      tx.set(deliveryStream(found.name), { ...found, tags: withoutTags(found.tags, TagKeys) })
      return {}
    },
  },
  ListTagsForDeliveryStream: {
    authorize: ({ DeliveryStreamName }, ctx) => [asking('ListTagsForDeliveryStream', DeliveryStreamName, ctx)],
    async read(tx, { DeliveryStreamName, ExclusiveStartTagKey: after, Limit = mostTags }) {
      const sorted = listOfTags((await find(tx, DeliveryStreamName)).tags).sort((a, b) => (a.Key < b.Key ? -1 : 1))
      const rest = sorted.filter(({ Key }) => after === undefined || Key > after)
      return { Tags: rest.slice(0, Limit), HasMoreTags: rest.length > Limit }
    },
  },
})

/** Throws InvalidArgumentException for more tags than a stream can have. */
export function checkTags(given: Tags): void {
  if (Object.keys(given).length > mostTags) throw invalid(`A Firehose can have at most ${mostTags} tags.`)
}
