import { isAwsError } from '../../kernel/errors.ts'
import type { ResourceCtx, ResourceReader } from '../../kernel/resource.ts'
import { removedTags, resourceTags } from '../../kernel/resource-tags.ts'

export type Tags = { Key: string; Value: string }[]

/** Brings the tags of what an ARN names to those of a template. */
export async function updateTags(
  ResourceARN: string,
  own: Tags | undefined,
  previous: Tags | undefined,
  rx: ResourceCtx,
): Promise<void> {
  const gone = removedTags(own, previous, rx)
  if (gone.length > 0) await rx.invoke('cloudwatch:UntagResource', { ResourceARN, TagKeys: gone })
  const { Tags: next } = tagInput(resourceTags(own, rx))
  if (next) await rx.invoke('cloudwatch:TagResource', { ResourceARN, Tags: next })
}

/** The member `Tags` of what makes something; none without tags. */
export function tagInput(tags: Readonly<Record<string, string>>): { Tags?: Tags } {
  const entries = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
  return entries.length === 0 ? {} : { Tags: entries }
}

export async function tagsOf(ResourceARN: string, rx: ResourceReader): Promise<unknown> {
  return (await rx.invoke<{ Tags?: unknown }>('cloudwatch:ListTagsForResource', { ResourceARN })).Tags
}

export function ignoreMissing(error: unknown): void {
  if (!isAwsError(error, 'ResourceNotFound', 'ResourceNotFoundException', 'DashboardNotFoundError')) throw error
}
