import {
  dueAtMs,
  expirationOf,
  noncurrentExpires,
  noncurrentTransitionOf,
  selects,
  transitionOf,
} from './lifecycle-rules.ts'
import type { Row } from './listing.ts'
import type { Bucket, DeleteMarker, StorageClass, Version } from './state.ts'
import { isDeleteMarker } from './versions.ts'

/** What rules do to a version: `expire` deletes the latest as a client would, `remove` a version for good. */
export interface Change {
  readonly key: string
  readonly version: Version
  readonly what: 'expire' | 'remove' | 'move'
  readonly to?: StorageClass
}

/** What the next row has to know of those before it. */
export interface Seen {
  readonly key?: string
  /** When the version above was written, which is when this one stopped being the latest. */
  readonly newerAtMs?: number
  /** Noncurrent versions above. */
  readonly noncurrent?: number
  /** A delete marker that is the latest, while nothing below it was seen. */
  readonly alone?: DeleteMarker | undefined
}

interface Found {
  readonly changes: Change[]
  readonly seen: Seen
  readonly rows: number
  /** Where the next page begins. */
  readonly next: string[]
}

/** What a bucket's rules do to a page of its versions, newest of each key first; `ended` after the last page. */
export async function changesOf(
  page:
    | AsyncIterable<Row<{ value: Version; isLatest: boolean }>>
    | readonly Row<{ value: Version; isLatest: boolean }>[],
  bucket: Bucket,
  before: Seen,
  nowMs: number,
  ended = false,
): Promise<Found> {
  const lifecycle = bucket.lifecycle!
  const changes: Change[] = []
  let seen = before
  let rows = 0
  let next: string[] = []
  const endOfKey = () => {
    const { key, alone } = seen
    if (key !== undefined && alone && dropsMarker(bucket, key, alone, nowMs))
      changes.push({ key, version: alone, what: 'remove' })
  }
  for await (const row of page) {
    const [, key, order = ''] = row.key
    const { value, isLatest } = row.value
    rows++
    next = [key, `${order}\0`]
    if (key !== seen.key) {
      endOfKey()
      seen = { key }
    }
    if (isLatest) {
      if (!isDeleteMarker(value)) {
        const expires = expirationOf(lifecycle, key, value)
        const to = transitionOf(lifecycle, key, value, nowMs)
        if (expires && expires.atMs <= nowMs) changes.push({ key, version: value, what: 'expire' })
        else if (to) changes.push({ key, version: value, what: 'move', to })
      }
      seen = { key, newerAtMs: value.modifiedAtMs, noncurrent: 0, alone: isDeleteMarker(value) ? value : undefined }
      continue
    }
    const { newerAtMs = value.modifiedAtMs, noncurrent = 0 } = seen
    const age = { sinceMs: newerAtMs, newer: noncurrent, nowMs }
    const measured = isDeleteMarker(value) ? { sizeBytes: 0, tags: undefined } : value
    if (noncurrentExpires(lifecycle, key, measured, age)) changes.push({ key, version: value, what: 'remove' })
    else if (!isDeleteMarker(value)) {
      const to = noncurrentTransitionOf(lifecycle, key, value, age)
      if (to) changes.push({ key, version: value, what: 'move', to })
    }
    seen = { key, newerAtMs: value.modifiedAtMs, noncurrent: noncurrent + 1 }
  }
  if (ended) endOfKey()
  return { changes, seen, rows, next }
}

/** A delete marker with nothing under it hides nothing. */
function dropsMarker({ lifecycle }: Bucket, key: string, marker: DeleteMarker, nowMs: number): boolean {
  return lifecycle!.rules.some((rule) => {
    const { expiration } = rule
    if (!expiration || !selects(rule, key, { sizeBytes: 0, tags: undefined })) return false
    if (expiration.markers) return true
    return expiration.days !== undefined && dueAtMs(marker.modifiedAtMs, expiration.days) <= nowMs
  })
}
