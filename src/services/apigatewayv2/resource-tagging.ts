import type { ResourceCtx } from '../../kernel/resource.ts'
import { removedTags, resourceTags, type TagProperty } from '../../kernel/resource-tags.ts'

/** Brings the tags of a resource to what its property, and its stack, say. */
export async function retag(
  ResourceArn: string,
  next: TagProperty | undefined,
  previous: TagProperty | undefined,
  rx: ResourceCtx,
): Promise<void> {
  const gone = removedTags(next, previous, rx)
  if (gone.length > 0) await rx.invoke('apigatewayv2:UntagResource', { ResourceArn, TagKeys: gone })
  const tags = resourceTags(next, rx)
  if (Object.keys(tags).length > 0) await rx.invoke('apigatewayv2:TagResource', { ResourceArn, Tags: tags })
}
