import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { type Tags, tagsOfList, withoutTags } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { asking, locateLive } from './find.ts'
import { store } from './versions.ts'

/** Tags of secrets, at most 50. */
export const tags = operations<Api>()({
  TagResource: {
    authorize: ({ SecretId, Tags }, ctx, tx) => asking('TagResource', SecretId, ctx, tx, requestTags(tagsOfList(Tags))),
    async write(tx, { SecretId, Tags }) {
      const at = await locateLive(tx, SecretId)
      const next = { ...at.secret.tags, ...tagsOfList(Tags) }
      checkTags(next)
      store(tx.in(at.scope), at, { ...at.secret, tags: next })
      return {}
    },
  },
  UntagResource: {
    authorize: ({ SecretId, TagKeys }, ctx, tx) =>
      asking('UntagResource', SecretId, ctx, tx, { 'aws:TagKeys': TagKeys }),
    async write(tx, { SecretId, TagKeys }) {
      const at = await locateLive(tx, SecretId)
      store(tx.in(at.scope), at, { ...at.secret, tags: withoutTags(at.secret.tags, TagKeys) })
      return {}
    },
  },
})

export function checkTags(given: Tags): void {
  if (Object.keys(given).length > 50) throw awsError('InvalidParameterException', 'A secret can have at most 50 tags.')
  const reserved = Object.keys(given).find((key) => /^aws:/i.test(key) && !key.startsWith('aws:cloudformation:'))
  if (reserved !== undefined) {
    throw awsError('InvalidParameterException', `Tag keys that begin with aws: are reserved, as ${reserved}.`)
  }
}
