import type { Bounds, KeyPart, KeyRange, ReadTx } from '../../kernel/records.ts'
import { invalidArgument } from './refuse.ts'

export interface ListOptions {
  readonly prefix: string
  /** Keys that have it after the prefix are told as one common prefix. Empty: none. */
  readonly delimiter: string
  /** The first key parts that may be listed: `[key]`, or `[key, uploadId]`. Absent: from the prefix on. */
  readonly from?: readonly KeyPart[] | undefined
  readonly max: number
}

export interface Listed<V> {
  readonly items: readonly { readonly key: string; readonly last: string; readonly value: V }[]
  readonly prefixes: readonly string[]
  /** Where the next page begins, when there is more; and what was listed last: a key's item or a common prefix. */
  readonly next?: { readonly from: readonly [string, ...string[]]; readonly after: string; readonly isPrefix: boolean }
}

/** Rows read at a time, growing until a prefix is sought past. */
const firstBatch = 16
/** Rows of one common prefix that are read past before the next prefix is sought: a seek costs more than a few rows. */
const mostSkipped = 4

/**
 * Lists records whose key is bucket, object key and perhaps more, in the order of UTF-8 bytes. A common prefix is
 * passed over by seeking to what follows it, whatever it holds.
 */
export async function list<V, P extends readonly [bucket: string, key: string, ...rest: string[]]>(
  tx: ReadTx,
  span: (bounds: Bounds) => KeyRange<V, P>,
  options: ListOptions,
): Promise<Listed<V>> {
  return listRows((bounds, limit) => tx.range(span(bounds), { limit }), options)
}

/** A row of what is listed: its key begins with bucket and object key. */
export interface Row<V> {
  readonly key: readonly [bucket: string, key: string, ...rest: string[]]
  readonly value: V
}

/** The same for rows from anywhere, in key order. */
export async function listRows<V>(
  rows: (bounds: Bounds, limit: number) => AsyncIterable<Row<V>>,
  { prefix, delimiter, from, max }: ListOptions,
): Promise<Listed<V>> {
  const items: { key: string; last: string; value: V }[] = []
  const prefixes: string[] = []
  if (max === 0) return { items, prefixes }
  const past = successor(prefix)
  const to = past === undefined ? {} : { to: [past] }
  let start: readonly KeyPart[] = from && compareUtf8(String(from[0]), prefix) >= 0 ? from : [prefix]
  let after = ''
  let isPrefix = false
  let batch = delimiter === '' ? max + 1 : firstBatch
  let group: string | undefined
  let skipped = 0

  scan: for (;;) {
    if (past !== undefined && compareUtf8(String(start[0]), past) >= 0) return { items, prefixes }
    let count = 0
    for await (const { key: parts, value } of rows({ from: start, ...to }, batch)) {
      count++
      const key = parts[1]
      if (group !== undefined && key.startsWith(group)) {
        if (++skipped < mostSkipped) continue
        batch = firstBatch
        continue scan
      }
      const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
      if (items.length + prefixes.length === max)
        return { items, prefixes, next: { from: start as [string], after, isPrefix } }
      if (at === -1) {
        items.push({ key, last: parts.at(-1)!, value })
        const rest = parts.slice(1)
        start = [...rest.slice(0, -1), `${rest.at(-1)}\0`]
        after = key
        isPrefix = false
        continue
      }
      group = key.slice(0, at + delimiter.length)
      skipped = 0
      prefixes.push(group)
      after = group
      isPrefix = true
      const next = successor(group)
      if (next === undefined) return { items, prefixes }
      start = [next]
    }
    if (count < batch) return { items, prefixes }
    batch = Math.min(batch * 4, max + 1)
  }
}

/** The least string greater than all that begin with `prefix`; undefined when there is none. */
export function successor(prefix: string): string | undefined {
  const points = [...prefix]
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const point = last.codePointAt(0)!
    // Surrogates are no characters of their own: the next one after them is U+E000.
    if (point < 0x10ffff) return points.join('') + String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1)
  }
  return undefined
}

/** Compares by UTF-8 bytes, which is the order of code points and not of JavaScript's strings. */
export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** `max-keys` and its like: 0 to 1,000 at most, 1,000 unless told. */
export function pageSize(name: string, value: number | undefined): number {
  if (value === undefined) return 1000
  if (value < 0 || value > 2 ** 31 - 1)
    throw invalidArgument(name, value, `Argument ${name} must be an integer between 0 and 2147483647`)
  return Math.min(value, 1000)
}

/** Writes keys as `encoding-type=url` wants them: form encoding that leaves slashes, for clients whose XML can't hold them. */
export function keyEncoder(encodingType: string | undefined): (key: string) => string {
  if (encodingType === undefined) return (key) => key
  if (encodingType !== 'url')
    throw invalidArgument('encoding-type', encodingType, 'Invalid Encoding Method specified in Request')
  return (key) =>
    encodeURIComponent(key)
      .replaceAll('%20', '+')
      .replaceAll('%2F', '/')
      .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}
