import type { Bounds } from './records.ts'

/** An opaque token for where a page ended: the parts of a key. */
export function toPageToken(...parts: (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** What the parts of a token are, in their order. */
export type PartKinds = readonly ('string' | 'number')[]

/** The types of parts of these kinds. */
export type PartsOf<K extends PartKinds> = { -readonly [I in keyof K]: K[I] extends 'number' ? number : string }

/** The parts that `toPageToken` was given; undefined for what is no token, or one of parts that are not of these kinds. */
export function fromPageToken(token: string): [string] | undefined
export function fromPageToken<const K extends PartKinds>(token: string, kinds: K): PartsOf<K> | undefined
export function fromPageToken(token: string, kinds: PartKinds = ['string']): unknown {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (!Array.isArray(parts) || parts.length !== kinds.length) return undefined
    return parts.every((part, index) => typeof part === kinds[index]) ? parts : undefined
  } catch {
    // What does not parse was not made here.
    return undefined
  }
}

/**
 * The bounds of the page that a token asks for, to be given to `between`; of the first page without one. `refuse` makes
 * the service's own error for what is no token of parts of these kinds.
 */
export function boundsOfPage(token: string | undefined, refuse: () => Error, kinds: PartKinds = ['string']): Bounds {
  if (token === undefined) return {}
  const after = fromPageToken(token, kinds)
  if (!after) throw refuse()
  return { after }
}

/**
 * One page of what is found: at most `limit`, and the token of the next page when there is one. It asks `found` for one
 * more than it answers, to know whether there is more: a range with a limit needs `limit + 1`.
 */
export async function pageOf<T>(
  found: AsyncIterable<T>,
  limit: number,
  positionOf: (item: T) => readonly (string | number)[],
): Promise<{ items: T[]; next: string | undefined }> {
  const items: T[] = []
  for await (const item of found) {
    if (items.length === limit) {
      const last = items.at(-1)
      return { items, next: last === undefined ? undefined : toPageToken(...positionOf(last)) }
    }
    items.push(item)
  }
  return { items, next: undefined }
}
