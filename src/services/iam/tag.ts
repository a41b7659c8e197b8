import { awsError } from '../../kernel/errors.ts'

export type Tags = Readonly<Record<string, string>>
type TagList = readonly { Key: string; Value: string }[]

const maxTags = 50

/** `before` with the given tags set. Keys compare without case, as IAM's do. Throws InvalidInput, LimitExceeded. */
export function withTags(before: Tags, given: TagList | undefined): Tags {
  const seen = new Set<string>()
  let tags: Record<string, string> = { ...before }
  for (const { Key, Value } of given ?? []) {
    const lowerKey = Key.toLowerCase()
    if (seen.has(lowerKey))
      throw awsError(
        'InvalidInputException',
        'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
      )
    if (lowerKey.startsWith('aws:'))
      throw awsError('InvalidInputException', 'Tag keys that begin with aws: are reserved for system use.')
    seen.add(lowerKey)
    tags = { ...withoutTags(tags, [Key]), [Key]: Value }
  }
  if (Object.keys(tags).length > maxTags) {
    throw awsError('LimitExceededException', `The number of tags has reached the maximum limit of ${maxTags}.`, {
      status: 409,
    })
  }
  return tags
}

export function withoutTags(before: Tags, keys: readonly string[]): Tags {
  const gone = new Set(keys.map((key) => key.toLowerCase()))
  return Object.fromEntries(Object.entries(before).filter(([key]) => !gone.has(key.toLowerCase())))
}
