import type { ResourceReader } from './resource.ts'

export interface Listing {
  /** The operation's answer has them in this list. */
  readonly items: string
  /** The member of each that is the identifier; absent where a list has nothing but that. */
  readonly id?: string
  /** Members that the token of the next page comes out of the answer by, and goes into the request by. Default: NextToken. */
  readonly token?: readonly [from: string, to: string]
  readonly input?: (rx: ResourceReader) => object
  /** Leaves out what the list has besides. Default: nothing. */
  readonly only?: (item: Readonly<Record<string, unknown>>) => boolean
}

/** A resource type's `list`, of an operation of its service that answers a page at a time. */
export function listing(operation: string, how: Listing): (rx: ResourceReader) => AsyncIterable<string> {
  const { items, id, token: [from, to] = ['NextToken', 'NextToken'], input, only } = how
  return async function* list(rx) {
    let token: unknown
    do {
      const page = await rx.invoke(operation, { ...input?.(rx), ...(token !== undefined && { [to]: token }) })
      for (const item of (page[items] ?? []) as readonly (string | Readonly<Record<string, string>>)[]) {
        if (typeof item === 'object' && only?.(item) === false) continue
        const found = typeof item === 'string' ? item : item[id ?? '']
        if (found !== undefined) yield found
      }
      token = page[from] || undefined
    } while (token !== undefined)
  }
}
