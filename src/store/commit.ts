import type { Base } from './base.ts'
import { packCounter, unpackCounter } from './counter.ts'
import { keyFromText, keyText } from './key-text.ts'
import type { Overlay, Version } from './overlay.ts'
import type { Positions } from './positions.ts'
import { isCleared, scan } from './scan.ts'
import { type Attempt, tooLarge } from './transaction.ts'

/** What a commit will store: decided before anything is changed, since deciding may throw. */
export interface Change {
  readonly key: string
  readonly bytes: Uint8Array
  readonly value: Uint8Array | undefined
}

/** Whether something that the attempt read has changed since its snapshot. */
export function hasLost(attempt: Attempt, overlay: Overlay, newestVersion: number): boolean {
  const { snapshotTaken, reads, ranges } = attempt
  if (!snapshotTaken || snapshotTaken.version === newestVersion) return false
  const { version } = snapshotTaken
  for (const key of reads) {
    const newest = overlay.slot(key)?.newest
    if (newest && newest.version > version) return true
  }
  for (const { gte, lt } of ranges) if (overlay.changedSince(version, gte, lt)) return true
  return false
}

/**
 * What the attempt's writes come to over the newest state: additions become sums, cleared ranges the deletion of each
 * key that is there now, appended entries get their positions. Throws StoreError('limit') when clearing deletes too much.
 */
export function changesOf(
  attempt: Attempt,
  overlay: Overlay,
  newest: () => Base,
  positions: Positions,
  limitBytes: number,
): Change[] {
  const changes: Change[] = []
  for (const { key, bytes, value, add } of attempt.writes.values()) {
    if (add === undefined) {
      changes.push({ key, bytes, value })
      continue
    }
    const slot = overlay.slot(key)
    const current = slot ? slot.newest!.value : newest().get(bytes)
    changes.push({ key, bytes, value: packCounter(unpackCounter(current) + add) })
  }
  if (attempt.clears.length > 0) pushCleared(changes, attempt, overlay, newest(), limitBytes)
  for (const entry of attempt.appends) {
    const { prefix, value, suffix, clearsBefore } = entry
    entry.position = positions.next()
    const bytes = Buffer.concat([prefix, entry.position, suffix])
    const key = keyText(bytes)
    const later = attempt.clears.length > clearsBefore ? attempt.clears.slice(clearsBefore) : []
    if (!isCleared(later, key)) changes.push({ key, bytes, value })
  }
  return changes
}

function pushCleared(changes: Change[], attempt: Attempt, overlay: Overlay, base: Base, limitBytes: number): void {
  let bytes = attempt.bytes
  const seen = new Set<string>()
  const view = {
    base,
    overlay,
    version: Number.MAX_SAFE_INTEGER,
    own: [],
    clears: [],
    sum: () => noValue,
    seen: () => {},
  }
  for (const { gte, lt } of attempt.clears) {
    const { entries } = scan(view, keyFromText(gte), keyFromText(lt), Number.MAX_SAFE_INTEGER, false, true)
    for (const entry of entries) {
      const key = keyText(entry.key)
      if (seen.has(key) || attempt.writes.has(key)) continue
      seen.add(key)
      bytes += entry.key.length
      if (bytes > limitBytes) throw tooLarge(limitBytes)
      changes.push({ key, bytes: entry.key, value: undefined })
    }
  }
}

const noValue = new Uint8Array(0)

/** Puts the changes into the overlay under one version: from here on everyone sees them. */
export function apply(
  changes: readonly Change[],
  overlay: Overlay,
  version: number,
): { versions: Version[]; bytes: number } {
  let bytes = 0
  const versions = changes.map(({ key, bytes: keyBytes, value }) => {
    bytes += keyBytes.length + (value?.length ?? 0)
    return overlay.put(key, keyBytes, value, version)
  })
  return { versions, bytes }
}
