/** What a transformer makes of an event: JSON. Keys name its members with dots between (`store.book`). */
export type Fields = Record<string, unknown>

/** The event that is transformed, and what is known of it besides. */
export interface Source {
  readonly message: string
  readonly logGroup: string
  readonly logStream: string
  readonly account: string
  readonly region: string
}

/** What keys that begin with @ stand for; copyValue takes them all, parsers `@message`. */
const ofEvent: Readonly<Record<string, (source: Source) => string>> = {
  '@message': ({ message }) => message,
  '@logGroupName': ({ logGroup }) => logGroup,
  '@logGroupStream': ({ logStream }) => logStream,
  '@accountId': ({ account }) => account,
  '@regionName': ({ region }) => region,
}

/** Names that would reach what an object inherits. */
const notMembers = new Set(['__proto__', 'constructor', 'prototype'])

/** The value under a key; undefined when there is none. */
export function valueAt(fields: Fields, key: string, source?: Source): unknown {
  const known = source && Object.hasOwn(ofEvent, key) ? ofEvent[key] : undefined
  if (known && source) return known(source)
  // A member may have dots in its own name.
  if (Object.hasOwn(fields, key)) return fields[key]
  let value: unknown = fields
  for (const name of key.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined
    value = (value as Fields)[name]
  }
  return value
}

/** Puts a value under a key, and makes what has to be around it. One that is there stays, unless `overwrite`. */
export function setAt(fields: Fields, key: string, value: unknown, overwrite = true): void {
  if (!overwrite && valueAt(fields, key) !== undefined) return
  const names = key.split('.')
  if (names.some((name) => notMembers.has(name))) return
  const last = names.pop() ?? key
  let at = fields
  for (const name of names) {
    if (!isFields(at[name])) at[name] = {}
    at = at[name] as Fields
  }
  at[last] = value
}

export function deleteAt(fields: Fields, key: string): void {
  if (Object.hasOwn(fields, key)) {
    delete fields[key]
    return
  }
  const names = key.split('.')
  const last = names.pop() ?? key
  const around = names.length === 0 ? fields : valueAt(fields, names.join('.'))
  if (isFields(around)) delete around[last]
}

/** Its characters and members, in all of its depth. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (value === null || typeof value !== 'object') return 1
  let size = 1
  for (const [name, inner] of Object.entries(value)) size += name.length + sizeOf(inner)
  return size
}

export function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** Puts members at a key, or at the root where none is given. */
export function mergeAt(fields: Fields, key: string | undefined, members: Fields, overwrite = true): void {
  for (const [name, value] of Object.entries(members)) {
    if (notMembers.has(name)) continue
    if (key !== undefined) setAt(fields, `${key}.${name}`, value, overwrite)
    else if (overwrite || !Object.hasOwn(fields, name)) fields[name] = value
  }
}
