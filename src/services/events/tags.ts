import { ownResource } from '../../kernel/arn.ts'
import { requestTags } from '../../kernel/authorization.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { listOfTags, type Tags, tagsOfList, withoutTags } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { findBus, findRule, invalid, ruleOfArn } from './names.ts'
import { bus, rule } from './state.ts'

/** Tags of rules and buses, at most 50. */
export const tags = operations<Api>()({
  TagResource: {
    authorize: ({ ResourceARN, Tags }) => [
      { action: 'events:TagResource', resource: ResourceARN, context: requestTags(tagsOfList(Tags)) },
    ],
    async write(tx, { ResourceARN, Tags }) {
      const at = await tagged(tx, ResourceARN)
      const next = { ...at.tags, ...tagsOfList(Tags) }
      checkTags(next)
      at.store(tx, next)
      return {}
    },
  },
  UntagResource: {
    authorize: ({ ResourceARN, TagKeys }) => [
      { action: 'events:UntagResource', resource: ResourceARN, context: { 'aws:TagKeys': TagKeys } },
    ],
    async write(tx, { ResourceARN, TagKeys }) {
      const at = await tagged(tx, ResourceARN)
      at.store(tx, withoutTags(at.tags, TagKeys))
      return {}
    },
  },
  ListTagsForResource: {
    authorize: ({ ResourceARN }) => [{ action: 'events:ListTagsForResource', resource: ResourceARN }],
    async read(tx, { ResourceARN }) {
      return { Tags: listOfTags((await tagged(tx, ResourceARN)).tags) }
    },
  },
})

export function checkTags(given: Tags): void {
  if (Object.keys(given).length > 50) throw invalid('A rule or an event bus can have at most 50 tags.')
}

interface Tagged {
  readonly tags: Tags
  store(tx: Tx, tags: Tags): void
}

async function tagged(tx: ReadTx, text: string): Promise<Tagged> {
  const resource = ownResource(text, 'events', tx.scope) ?? ''
  const address = ruleOfArn(resource)
  const [, busName] = /^event-bus\/(.+)$/.exec(resource) ?? []
  if (address) {
    const found = await findRule(tx, address.bus, address.name)
    return { tags: found.tags, store: (into, next) => into.set(rule(found.bus, found.name), { ...found, tags: next }) }
  }
  if (busName === undefined) {
    throw invalid(`Parameter ResourceARN is not valid: ${text} is no rule or event bus of this account and Region.`)
  }
  const found = await findBus(tx, busName)
  return { tags: found.tags, store: (into, next) => into.set(bus(found.name), { ...found, tags: next }) }
}
