import { isDeepStrictEqual } from 'node:util'
import { isAwsError } from '../../kernel/errors.ts'
import type { ResourceCtx } from '../../kernel/resource.ts'
import { removedTags, resourceTags } from '../../kernel/resource-tags.ts'
import type { Kind } from './names.ts'

export type TagProperty = { Key: string; Value: string }[]

/** The tags of a resource that is about to be made. */
export function specification(ResourceType: Kind, own: TagProperty | undefined, rx: ResourceCtx) {
  const Tags = Object.entries(resourceTags(own, rx)).map(([Key, Value]) => ({ Key, Value }))
  return Tags.length > 0 ? [{ ResourceType, Tags }] : []
}

export async function retag(
  id: string,
  own: TagProperty | undefined,
  previous: TagProperty | undefined,
  rx: ResourceCtx,
) {
  const gone = removedTags(own, previous, rx)
  if (gone.length > 0) await rx.invoke('ec2:DeleteTags', { Resources: [id], Tags: gone.map((Key) => ({ Key })) })
  const next = resourceTags(own, rx)
  if (Object.keys(next).length === 0 || isDeepStrictEqual(next, { ...rx.previousTags, ...record(previous) })) return
  const Tags = Object.entries(next).map(([Key, Value]) => ({ Key, Value }))
  await rx.invoke('ec2:CreateTags', { Resources: [id], Tags })
}

const record = (tags: TagProperty = []) => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))

/** Deleting what is gone already is done; reading it finds nothing. */
export function ignore(...codes: string[]) {
  return (error: unknown): undefined => {
    if (!isAwsError(error, ...codes)) throw error
  }
}
