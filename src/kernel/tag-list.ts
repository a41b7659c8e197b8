export type Tags = Readonly<Record<string, string>>

/** A list of keys and values, as most APIs take and answer tags. */
export type TagList = readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[]

/** The tags of a list; of a key that is given twice the last value. */
export function tagsOfList(list: TagList = []): Record<string, string> {
  return Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value]))
}

export function listOfTags(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

export function withoutTags(tags: Tags, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)))
}
