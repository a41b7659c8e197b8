import { awsError } from '../../kernel/errors.ts'
import type { Tags } from './state.ts'

interface TagEntry {
  Key: string
  Value: string
}

export const maxObjectTags = 10
export const maxBucketTags = 50

/** Tags of a request's body, checked. https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-managing.html */
export function tagsFromSet(
  set: readonly { Key?: string | undefined; Value?: string | undefined }[],
  max: number,
): Tags {
  return collect(
    set.map(({ Key = '', Value = '' }) => [Key, Value]),
    max,
  )
}

/** Tags of the `x-amz-tagging` header: `a=1&b=2`, URL-encoded. */
export function tagsFromHeader(header: string): Tags {
  const pairs = header.split('&').filter((pair) => pair !== '')
  return collect(
    pairs.map((pair) => {
      const equals = pair.indexOf('=')
      const [key, value] = equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
      try {
        return [decode(key), decode(value)]
      } catch {
        throw awsError('InvalidArgument', 'The header x-amz-tagging must be URL-encoded: a=1&b=2.', {
          status: 400,
          members: { ArgumentName: 'x-amz-tagging', ArgumentValue: header.slice(0, 200) },
        })
      }
    }),
    maxObjectTags,
  )
}

const decode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '))

function collect(pairs: readonly (readonly [string, string])[], max: number): Tags {
  if (pairs.length > max) {
    throw awsError('BadRequest', `${max === maxObjectTags ? 'Object' : 'Bucket'} tags cannot be greater than ${max}`, {
      status: 400,
    })
  }
  // Without a prototype: a tag may be called __proto__.
  const tags: Record<string, string> = Object.create(null)
  for (const [key, value] of pairs) {
    if (key === '' || [...key].length > 128)
      throw invalidTag('The TagKey you have provided is invalid: it must have 1 to 128 characters.', key)
    if ([...value].length > 256)
      throw invalidTag('The TagValue you have provided is invalid: it must have at most 256 characters.', key)
    if (!allowed.test(key))
      throw invalidTag('The TagKey you have provided is invalid: use letters, digits, spaces and + - = . _ : / @.', key)
    if (!allowed.test(value))
      throw invalidTag(
        'The TagValue you have provided is invalid: use letters, digits, spaces and + - = . _ : / @.',
        key,
      )
    if (key.toLowerCase().startsWith('aws:') && max === maxObjectTags) {
      throw invalidTag('System tags (aws:…) cannot be added or updated by the requester.', key)
    }
    if (key in tags) throw invalidTag('Cannot provide multiple Tags with the same key.', key)
    tags[key] = value
  }
  return { ...tags }
}

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

function invalidTag(message: string, key: string): Error {
  return awsError('InvalidTag', message, { status: 400, members: { TagKey: key } })
}

export function tagSet(tags: Tags): TagEntry[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

/** Condition keys about the tags a request sets on an object. */
export function requestTagContext(tags: Tags | undefined): Record<string, string | string[]> {
  if (!tags) return {}
  const context: Record<string, string | string[]> = { 's3:RequestObjectTagKeys': Object.keys(tags) }
  for (const [key, value] of Object.entries(tags)) context[`s3:RequestObjectTag/${key}`] = value
  return context
}

/** Tags that the service or a stack sets. */
export function isSystemTag(key: string): boolean {
  return key.toLowerCase().startsWith('aws:')
}
