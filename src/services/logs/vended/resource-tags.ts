import type { ResourceCtx } from '../../../kernel/resource.ts'
import { removedTags, resourceTags, type TagProperty } from '../../../kernel/resource-tags.ts'

/** The operations take tags or none, not an empty set. */
export function tagged({ Tags }: { Tags?: TagProperty }, rx: ResourceCtx): { tags?: Record<string, string> } {
  const tags = resourceTags(Tags, rx)
  return Object.keys(tags).length > 0 ? { tags } : {}
}

export async function untag(
  resourceArn: string,
  own: TagProperty | undefined,
  previous: TagProperty | undefined,
  rx: ResourceCtx,
) {
  const tagKeys = removedTags(own, previous, rx)
  if (tagKeys.length > 0) await rx.invoke('logs:UntagResource', { resourceArn, tagKeys })
}

export function listed(tags: Readonly<Record<string, string>> = {}) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}
