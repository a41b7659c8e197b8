import type { ResourceCtx } from './resource.ts'

export type TagProperty = readonly { readonly Key: string; readonly Value: string }[] | Readonly<Record<string, string>>

/** The tags a resource is to have: the stack's, and over them its own `Tags` property, in either of its forms. */
export function resourceTags(own: TagProperty | undefined, rx: Pick<ResourceCtx, 'tags'>): Record<string, string> {
  return { ...rx.tags, ...tagRecord(own) }
}

/** Without CloudFormation's own (`aws:…`), for services whose API takes none of that name. */
export function unreserved(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith('aws:')))
}

/** Keys of tags that the resource had, from its property or its stack, and is to have no more. */
export function removedTags(
  own: TagProperty | undefined,
  previous: TagProperty | undefined,
  rx: Pick<ResourceCtx, 'tags' | 'previousTags'>,
): string[] {
  const next = resourceTags(own, rx)
  return Object.keys({ ...rx.previousTags, ...tagRecord(previous) }).filter((key) => !Object.hasOwn(next, key))
}

function tagRecord(tags: TagProperty | undefined): Readonly<Record<string, string>> {
  if (!tags) return {}
  const pairs = Array.isArray(tags) ? tags.map(({ Key, Value }) => [Key, Value] as const) : Object.entries(tags)
  return Object.fromEntries(pairs)
}
