import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { type Tags, withoutTags } from '../../kernel/tag-list.ts'
import { asking } from './access.ts'
import type { Api } from './api.ts'
import { locateById } from './find.ts'
import { markerOf, pageOf } from './page.ts'
import { key } from './state.ts'
import { checkCustomer, checkNotDeleted } from './usable.ts'

/** Tags of keys, at most 50. */
export const tags = operations<Api>()({
  TagResource: {
    authorize: ({ KeyId, Tags }, ctx, tx) =>
      asking('TagResource', KeyId, ctx, tx, { context: requestTags(tagsOf(Tags)) }),
    async write(tx, { KeyId, Tags }) {
      const at = await locateById(tx, KeyId)
      checkCustomer(at)
      checkNotDeleted(at)
      const next = { ...at.key.tags, ...tagsOf(Tags) }
      checkTags(next)
      tx.in(at.scope).set(key(at.key.id), { ...at.key, tags: next })
      return {}
    },
  },
  UntagResource: {
    authorize: ({ KeyId, TagKeys }, ctx, tx) =>
      asking('UntagResource', KeyId, ctx, tx, { context: { 'aws:TagKeys': TagKeys } }),
    async write(tx, { KeyId, TagKeys }) {
      const at = await locateById(tx, KeyId)
      checkCustomer(at)
      checkNotDeleted(at)
      tx.in(at.scope).set(key(at.key.id), { ...at.key, tags: withoutTags(at.key.tags, TagKeys) })
      return {}
    },
  },
  ListResourceTags: {
    authorize: ({ KeyId }, ctx, tx) => asking('ListResourceTags', KeyId, ctx, tx),
    async read(tx, { KeyId, Limit = 50, Marker }) {
      const { tags: all } = (await locateById(tx, KeyId)).key
      const after = markerOf(Marker)
      const left = async function* () {
        for (const TagKey of Object.keys(all).sort()) {
          if (after === undefined || TagKey > after) yield { TagKey, TagValue: all[TagKey] ?? '' }
        }
      }
      const { items, rest } = await pageOf(left(), Limit, ({ TagKey }) => TagKey)
      return { Tags: items, ...rest }
    },
  },
})

export function tagsOf(list: readonly { TagKey?: string | undefined; TagValue?: string | undefined }[] = []) {
  return Object.fromEntries(list.map(({ TagKey = '', TagValue = '' }) => [TagKey, TagValue]))
}

export function checkTags(given: Tags): void {
  if (Object.keys(given).length > 50) throw awsError('LimitExceededException', 'A key can have at most 50 tags.')
  const reserved = Object.keys(given).find((name) => /^aws:/i.test(name) && !name.startsWith('aws:cloudformation:'))
  if (reserved !== undefined)
    throw awsError('TagException', `Tag keys that begin with aws: are reserved, as ${reserved}.`)
}
