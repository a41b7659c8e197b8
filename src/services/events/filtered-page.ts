import { toPageToken } from '../../kernel/page-token.ts'

/** Looked at for one page: one that few of them belong on ends there, and the next goes on behind. */
const mostLookedAt = 1_000

interface Named {
  readonly name: string
}

/** Those that are wanted, up to a limit, with the token of the next page; which may have none, and a token again. */
export async function filteredPage<T extends Named>(
  found: AsyncIterable<{ readonly value: T }>,
  limit: number,
  prefix: string,
  isWanted: (one: T) => boolean,
): Promise<{ items: T[]; next?: string }> {
  const items: T[] = []
  let [lookedAt, last] = [0, '']
  for await (const { value } of found) {
    if (!value.name.startsWith(prefix)) break
    if (items.length === limit || lookedAt === mostLookedAt) return { items, next: toPageToken(last) }
    lookedAt++
    last = value.name
    if (isWanted(value)) items.push(value)
  }
  return { items }
}
