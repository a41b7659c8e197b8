import { awsError } from '../../kernel/errors.ts'
import { fromPageToken, toPageToken } from '../../kernel/page-token.ts'
import type { KeyPart, ReadTx, RecordType } from '../../kernel/records.ts'

export interface PageInput {
  readonly Marker?: string
  readonly MaxItems?: number
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly more: { readonly IsTruncated: boolean; readonly Marker?: string }
}

const usualPage = 100

/**
 * One page of a record's values under a prefix, in order of the last part of the key, after the marker. `keep` leaves
 * values out before they are counted, so a page is full while there is more. `IsTruncated` is exact.
 */
export async function page<V, P extends readonly KeyPart[], T>(
  tx: ReadTx,
  record: RecordType<V, P>,
  prefix: Parameters<RecordType<V, P>['between']>[0],
  input: PageInput,
  keep: (value: V, key: P) => T | undefined | Promise<T | undefined>,
): Promise<Page<T>> {
  const max = input.MaxItems ?? usualPage
  const items: T[] = []
  let last = ''
  const bounds = input.Marker === undefined ? {} : { after: [fromMarker(input.Marker)] }
  for await (const { key, value } of tx.range(record.between(prefix, bounds))) {
    const item = await keep(value, key)
    if (item === undefined) continue
    if (items.length === max) return { items, more: { IsTruncated: true, Marker: toPageToken(last) } }
    items.push(item)
    last = String(key.at(-1))
  }
  return { items, more: { IsTruncated: false } }
}

/** One page of a list that is already here and in order. */
export function pageOf<T>(all: readonly T[], input: PageInput, name: (item: T) => string): Page<T> {
  const after = input.Marker === undefined ? undefined : fromMarker(input.Marker)
  const rest = after === undefined ? all : all.filter((item) => name(item) > after)
  const items = rest.slice(0, input.MaxItems ?? usualPage)
  const truncated = rest.length > items.length
  return {
    items,
    more: truncated ? { IsTruncated: true, Marker: toPageToken(name(items.at(-1)!)) } : { IsTruncated: false },
  }
}

function fromMarker(marker: string): string {
  const parts = fromPageToken(marker)
  if (!parts) throw awsError('ValidationError', 'Invalid Marker.', { status: 400 })
  return parts[0]
}
