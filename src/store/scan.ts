import type { Entry } from '../kernel/store.ts'
import type { Base } from './base.ts'
import { keyText } from './key-text.ts'
import { type Overlay, versionAt } from './overlay.ts'
import { lowerBound } from './sorted-keys.ts'

/** A half-open span of keys, as text. */
export interface Span {
  readonly gte: string
  readonly lt: string
}

/** A transaction's own pending write: a value, a deletion (neither) or an addition to a counter. */
export interface Write {
  readonly key: string
  readonly bytes: Uint8Array
  readonly value: Uint8Array | undefined
  readonly add: bigint | undefined
}

/** What a transaction sees: its own writes, over the overlay at its version, over the base. */
export interface View {
  readonly base: Base
  readonly overlay: Overlay
  readonly version: number
  /** In key order. */
  readonly own: readonly Write[]
  /** What it cleared before writing `own`. */
  readonly clears: readonly Span[]
  /** The sum of a pending addition and what lies below it. */
  sum(write: Write): Uint8Array
  /** Told the version of everything that comes from the overlay, deletions too. */
  seen(version: number): void
}

export interface Chunk {
  readonly entries: readonly Entry[]
  /** False when there may be more beyond the last entry. */
  readonly done: boolean
}

/** Something that lies over the base: a value, or a deletion that hides what the base has. */
interface Delta {
  readonly key: string
  readonly bytes: Uint8Array
  readonly value: Uint8Array | undefined
}

const chunkBytes = 1_000_000
const noValue = new Uint8Array(0)

/**
 * The next entries of a range, at most `want`, read at one go: a cursor of the base is never open across an await, where
 * an abandoned iteration would hold its snapshot for ever.
 */
export function scan(
  view: View,
  gte: Uint8Array,
  lt: Uint8Array,
  want: number,
  reverse: boolean,
  keysOnly: boolean,
): Chunk {
  const from = keyText(gte)
  const to = keyText(lt)
  if (from >= to) return { entries: [], done: true }

  const entries: Entry[] = []
  let bytes = 0
  /** Takes an entry and says whether that was enough. */
  const take = (key: Uint8Array, value: Uint8Array) => {
    entries.push({ key, value: keysOnly ? noValue : value })
    bytes += value.length
    return entries.length >= want || bytes > chunkBytes
  }

  const deltas = deltasOf(view, from, to, reverse)
  let delta = deltas.next().value
  const baseOnly = delta === undefined && view.clears.length === 0
  // A range that begins with deletions, as a queue's does, tends to have many: their values are not worth reading.
  const valuesLater = !keysOnly && delta !== undefined && delta.value === undefined
  const baseRange = { limit: baseOnly ? want : undefined, reverse, keysOnly: keysOnly || valuesLater }
  for (const entry of view.base.range(gte, lt, baseRange)) {
    if (!baseOnly) {
      const key = keyText(entry.key)
      while (delta && (reverse ? delta.key > key : delta.key < key)) {
        const full = delta.value && take(delta.bytes, delta.value)
        delta = deltas.next().value
        if (full) return { entries, done: false }
      }
      if (delta && delta.key === key) continue
      if (isCleared(view.clears, key)) continue
    }
    const value = valuesLater ? view.base.get(entry.key)! : entry.value
    if (take(entry.key, value)) return { entries, done: false }
  }
  for (; delta; delta = deltas.next().value) {
    if (delta.value && take(delta.bytes, delta.value)) return { entries, done: false }
  }
  return { entries, done: true }
}

/** The transaction's writes merged over the overlay's versions. */
function* deltasOf(view: View, gte: string, lt: string, reverse: boolean): Generator<Delta, undefined> {
  const { own } = view
  const first = lowerBound(own, gte)
  const last = lowerBound(own, lt) - 1
  let i = reverse ? last : first
  const more = () => i >= first && i <= last
  const takeOwn = (): Delta => {
    const write = own[i]!
    i += reverse ? -1 : 1
    return write.add === undefined ? write : { key: write.key, bytes: write.bytes, value: view.sum(write) }
  }

  for (const slot of view.overlay.range(gte, lt, reverse)) {
    const version = versionAt(slot, view.version)
    if (!version) continue
    view.seen(version.version)
    while (more() && (reverse ? own[i]!.key > slot.key : own[i]!.key < slot.key)) yield takeOwn()
    if (more() && own[i]!.key === slot.key) yield takeOwn()
    else if (!isCleared(view.clears, slot.key)) yield { key: slot.key, bytes: slot.bytes, value: version.value }
  }
  while (more()) yield takeOwn()
}

export function isCleared(clears: readonly Span[], key: string): boolean {
  for (const { gte, lt } of clears) if (key >= gte && key < lt) return true
  return false
}
