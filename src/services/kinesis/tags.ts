import { type ContextValue, requestTags } from '../../kernel/authorization.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { listOfTags, type Tags, withoutTags } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { locateChannel, readChannelArn } from './channels/names.ts'
import { channel } from './channels/state.ts'
import { type Asked, arnOf, checkActive, invalid, locate, locateHolder, refuse } from './names.ts'
import { consumer, stream } from './state.ts'

const mostTags = 50

/** Tags of streams, by name or ARN, and of consumers and channels. */
export const tags = operations<Api>()({
  AddTagsToStream: {
    authorize: (input, ctx) => [
      { action: 'kinesis:AddTagsToStream', resource: arnOf(input, ctx.scope), context: requestTags(input.Tags) },
    ],
    async write(tx, input) {
      await retag(tx, arnOf(input, tx.scope), (before) => ({ ...before, ...input.Tags }))
      return {}
    },
  },

  RemoveTagsFromStream: {
    authorize: (input, ctx) => [
      {
        action: 'kinesis:RemoveTagsFromStream',
        resource: arnOf(input, ctx.scope),
        context: { 'aws:TagKeys': input.TagKeys },
      },
    ],
    async write(tx, input) {
      await retag(tx, arnOf(input, tx.scope), (before) => withoutTags(before, input.TagKeys))
      return {}
    },
  },

  ListTagsForStream: {
    authorize: (input, ctx) => [{ action: 'kinesis:ListTagsForStream', resource: arnOf(input, ctx.scope) }],
    async read(tx, input) {
      const { stream: found } = await locate(tx, input)
      const sorted = listOfTags(found.tags).sort((a, b) => (a.Key < b.Key ? -1 : 1))
      const { ExclusiveStartTagKey: start } = input
      const rest = start === undefined ? sorted : sorted.filter(({ Key }) => Key > start)
      const limit = input.Limit ?? mostTags
      return { Tags: rest.slice(0, limit), HasMoreTags: rest.length > limit }
    },
  },

  TagResource: {
    authorize: (input) => tagging('TagResource', input, requestTags(input.Tags)),
    async write(tx, { ResourceARN, Tags }) {
      await retag(tx, ResourceARN, (before) => ({ ...before, ...Tags }))
      return {}
    },
  },

  UntagResource: {
    authorize: (input) => tagging('UntagResource', input, { 'aws:TagKeys': input.TagKeys }),
    async write(tx, { ResourceARN, TagKeys }) {
      await retag(tx, ResourceARN, (before) => withoutTags(before, TagKeys))
      return {}
    },
  },

  ListTagsForResource: {
    authorize: (input) => tagging('ListTagsForResource', input),
    read: async (tx, { ResourceARN }) => ({ Tags: listOfTags(await tagsOf(tx, ResourceARN)) }),
  },
})

function tagging(
  operation: string,
  input: Asked & { readonly ResourceARN: string },
  context?: Readonly<Record<string, ContextValue>>,
) {
  refuse(input, 'StreamId')
  return [{ action: `kinesis:${operation}`, resource: input.ResourceARN, ...(context ? { context } : {}) }]
}

/** Throws InvalidArgumentException for tags that are too many, too long, or reserved. */
export function checkTags(given: Tags): void {
  const entries = Object.entries(given)
  if (entries.length > mostTags) throw invalid(`A resource can have at most ${mostTags} tags.`)
  for (const [key, value] of entries) {
    if (key.length < 1 || key.length > 128) throw invalid('Tag keys have 1 to 128 characters.')
    if (value.length > 256) throw invalid(`The value of tag ${key} has more than 256 characters.`)
  }
}

async function tagsOf(tx: ReadTx, arn: string): Promise<Tags> {
  if (readChannelArn(arn)) return (await locateChannel(tx, arn)).channel.tags
  const { stream: of, consumer: own } = await locateHolder(tx, arn)
  return (own ?? of).tags
}

async function retag(tx: Tx, arn: string, change: (before: Tags) => Tags): Promise<void> {
  if (readChannelArn(arn)) {
    const { scope, channel: before } = await locateChannel(tx, arn)
    const tags = change(before.tags)
    checkTags(tags)
    tx.in(scope).set(channel(before.id), { ...before, tags })
    return
  }
  const at = await locateHolder(tx, arn)
  checkActive(at)
  const tags = change((at.consumer ?? at.stream).tags)
  checkTags(tags)
  const own = tx.in(at.scope)
  if (at.consumer) own.set(consumer(at.stream.id, at.consumer.name), { ...at.consumer, tags })
  else own.set(stream(at.stream.name), { ...at.stream, tags })
}
