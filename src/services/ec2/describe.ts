import type { Filter } from '@aws-sdk/client-ec2'
import type { ReadTx, RecordType } from '../../kernel/records.ts'
import { combination, invalidValue } from './errors.ts'
import { type Tags, tagsOf } from './tagging.ts'

export interface DescribeInput {
  readonly Filters?: readonly Filter[]
  readonly MaxResults?: number
  readonly NextToken?: string
}

/** What a filter looks at, by its name: the values that a resource has there. */
export type FilterTable<T> = Readonly<Record<string, (item: T) => readonly (string | undefined)[]>>

/** The most that are answered at once, also to who asks for no pages. */
const mostAtOnce = 1_000

/** A predicate for filters: all of them hold, each with one of its values, in which `*` and `?` are wildcards. */
export function filtering<T>(filters: readonly Filter[] | undefined, table: FilterTable<T>) {
  const tests = (filters ?? []).map(({ Name = '', Values }) => {
    const values = (item: T, tags: Tags) => {
      if (Name === 'tag-key') return Object.keys(tags)
      if (Name.startsWith('tag:')) return Object.hasOwn(tags, Name.slice(4)) ? [tags[Name.slice(4)]] : []
      return table[Name]?.(item) ?? []
    }
    if (Name !== 'tag-key' && !Name.startsWith('tag:') && !Object.hasOwn(table, Name)) {
      throw invalidValue(`The filter '${Name}' is invalid`)
    }
    if (!Values?.length) throw invalidValue(`The filter '${Name}' has no values`)
    if (Values.length > 200) throw invalidValue(`The filter '${Name}' has more than 200 values`)
    const wanted = Values.map(wildcard)
    return (item: T, tags: Tags) =>
      values(item, tags).some((value) => value !== undefined && wanted.some((test) => test(value)))
  })
  return (item: T, tags: Tags = {}) => tests.every((test) => test(item, tags))
}

/** `*` matches any text and `?` any character; a backslash takes that away. Compared part by part, never by backtracking. */
function wildcard(pattern: string): (value: string) => boolean {
  if (!/[*?\\]/.test(pattern)) return (value) => value === pattern
  const tokens = [...pattern.matchAll(/\\([\s\S])|[\s\S]/g)].map(([whole, escaped]) =>
    escaped === undefined
      ? { text: whole, special: whole === '*' || whole === '?' }
      : { text: escaped, special: false },
  )
  return (value) => {
    let [t, v, star, mark] = [0, 0, -1, 0]
    while (v < value.length) {
      const token = tokens[t]
      if (token?.special && token.text === '*') [star, mark, t] = [t, v, t + 1]
      else if (token && (token.special || token.text === value[v])) [t, v] = [t + 1, v + 1]
      else if (star >= 0) [t, mark, v] = [star + 1, mark + 1, mark + 1]
      else return false
    }
    while (tokens[t]?.special && tokens[t]?.text === '*') t += 1
    return t === tokens.length
  }
}

/**
 * One page of the resources of a record, in order of their ids: those named, or all that pass the filters. `missing`
 * makes the error for an id that there is none of.
 */
export async function describe<T extends { readonly id: string }, R>(
  tx: ReadTx,
  record: RecordType<T, [id: string]>,
  input: DescribeInput,
  {
    ids,
    table,
    missing,
    render,
  }: {
    ids: readonly string[] | undefined
    table: FilterTable<T>
    missing(id: string): Error
    render(item: T, tags: Tags): R
  },
): Promise<{ items: R[]; next: { NextToken?: string } }> {
  const keep = filtering(input.Filters, table)
  const items: R[] = []
  if (ids?.length) {
    if (input.MaxResults !== undefined) throw combination('The parameter MaxResults cannot be used with ids')
    const wanted = [...new Set(ids)]
    const found = await tx.getMany(wanted.map((id) => record(id)))
    for (const [at, item] of found.entries()) {
      if (!item) throw missing(wanted[at] as string)
      const tags = await tagsOf(tx, item.id)
      if (keep(item, tags)) items.push(render(item, tags))
    }
    return { items, next: {} }
  }
  const max = Math.min(input.MaxResults ?? mostAtOnce, mostAtOnce)
  const bounds = input.NextToken === undefined ? {} : { after: [fromToken(input.NextToken)] as const }
  let last = ''
  for await (const { value } of tx.range(record.between([], bounds))) {
    const tags = await tagsOf(tx, value.id)
    if (!keep(value, tags)) continue
    if (items.length === max) return { items, next: { NextToken: toToken(last) } }
    items.push(render(value, tags))
    last = value.id
  }
  return { items, next: {} }
}

export const toToken = (text: string) => Buffer.from(`1:${text}`).toString('base64url')

export function fromToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8')
  if (!text.startsWith('1:')) throw invalidValue('Value for parameter nextToken is invalid.')
  return text.slice(2)
}
