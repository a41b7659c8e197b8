import type { Bounds } from './records.ts'

/** An opaque token for where a page ended: the parts of a key. */
export function toPageToken(...parts: (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** The parts that `toPageToken` was given, of which there must be `count`; undefined for what is no such token. */
export function fromPageToken(token: string, count = 1): (string | number)[] | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (!Array.isArray(parts) || parts.length !== count) return undefined
    return parts.every((part) => typeof part === 'string' || typeof part === 'number') ? parts : undefined
  } catch {
    // What does not parse was not made here.
    return undefined
  }
}

/**
 * The bounds of the page that a token asks for, to be given to `between`; of the first page without one. `refuse` makes
 * the service's own error for what is no token of `count` parts.
 */
export function boundsOfPage(token: string | undefined, refuse: () => Error, count = 1): Bounds {
  if (token === undefined) return {}
  const after = fromPageToken(token, count)
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
