import { type Entry, type Range, type Reader, StoreError, storeLimits, type Transaction } from '../kernel/store.ts'
import type { Base } from './base.ts'
import { packCounter, unpackCounter } from './counter.ts'
import { checkKey, justAfter, keyFromText, keyText, shortBound } from './key-text.ts'
import { type Overlay, versionAt } from './overlay.ts'
import { isCleared, type Span, scan, type View, type Write } from './scan.ts'
import { Untracked } from './untracked.ts'

/** Where a transaction reads: fixed at its first read, so that blind writes need none. */
export interface Snapshot {
  readonly base: Base
  readonly version: number
}

export interface Append {
  readonly prefix: Uint8Array
  readonly value: Uint8Array
  readonly suffix: Uint8Array
  /** How many ranges had been cleared before it; later ones delete it if they cover it. */
  readonly clearsBefore: number
  /** Given when it commits. */
  position: Uint8Array | undefined
}

/** A range as far as it was consumed: what lies beyond the last entry taken was not read. */
interface ReadSpan {
  gte: string
  lt: string
}

/** One attempt of a transaction: what it read, what it will write, and the handle that user code holds. */
export class Attempt implements Transaction {
  readonly reads = new Set<string>()
  readonly ranges: ReadSpan[] = []
  readonly writes = new Map<string, Write>()
  readonly clears: Span[] = []
  readonly appends: Append[] = []
  /** What runs when it is durable; mostly nothing. */
  committed: (() => void)[] | undefined
  /** The newest version of the overlay that it saw: it may not answer before that is durable. */
  seenVersion = 0
  snapshotTaken: Snapshot | undefined

  readonly #overlay: Overlay
  readonly #takeSnapshot: () => Snapshot
  readonly #limitBytes: number
  #bytes = 0
  #sorted: Write[] | undefined
  #untracked: Reader | undefined
  #ended: StoreError | undefined

  constructor(overlay: Overlay, takeSnapshot: () => Snapshot, limitBytes: number) {
    this.#overlay = overlay
    this.#takeSnapshot = takeSnapshot
    this.#limitBytes = limitBytes
  }

  get isReadOnly(): boolean {
    return this.writes.size === 0 && this.clears.length === 0 && this.appends.length === 0
  }

  /** From here on every use of the handle throws what `error` says. */
  end(error: StoreError): void {
    this.#ended ??= error
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#use()
    return this.#get(key, true)
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    this.#use()
    return keys.map((key) => this.#get(key, true))
  }

  range(range: Range): AsyncIterable<Entry> {
    this.#use()
    return this.#range(range, true)
  }

  get snapshot(): Reader {
    this.#use()
    this.#untracked ??= new Untracked(
      (key) => {
        this.#use()
        return this.#get(key, false)
      },
      (range) => {
        this.#use()
        return this.#range(range, false)
      },
    )
    return this.#untracked
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.#use()
    checkKey(key)
    checkValue(value)
    this.#put({ key: keyText(key), bytes: key, value, add: undefined })
  }

  delete(key: Uint8Array): void {
    this.#use()
    checkKey(key)
    this.#put({ key: keyText(key), bytes: key, value: undefined, add: undefined })
  }

  add(key: Uint8Array, n: number): void {
    this.#use()
    checkKey(key)
    if (!Number.isSafeInteger(n)) throw new RangeError(`A counter takes whole numbers up to 2^53, not ${n}.`)
    const text = keyText(key)
    const before = this.writes.get(text)
    if (before?.add !== undefined) {
      this.#put({ key: text, bytes: key, value: undefined, add: before.add + BigInt(n) })
    } else if (before || isCleared(this.clears, text)) {
      this.#put({ key: text, bytes: key, value: packCounter(unpackCounter(before?.value) + BigInt(n)), add: undefined })
    } else this.#put({ key: text, bytes: key, value: undefined, add: BigInt(n) })
  }

  clearRange(gte: Uint8Array, lt: Uint8Array): void {
    this.#use()
    const span = { gte: keyText(shortBound(gte)), lt: keyText(shortBound(lt)) }
    if (span.gte >= span.lt) return
    for (const write of this.writes.values()) {
      if (write.key < span.gte || write.key >= span.lt) continue
      this.writes.delete(write.key)
      this.#bytes -= sizeOf(write)
    }
    this.#sorted = undefined
    this.clears.push(span)
    this.#grow(gte.length + lt.length)
  }

  append(prefix: Uint8Array, value: Uint8Array, suffix: Uint8Array = noBytes): Append {
    this.#use()
    checkValue(value)
    const keyBytes = prefix.length + positionBytes + suffix.length
    if (keyBytes > storeLimits.keyBytes) {
      throw new StoreError(
        'limit',
        `An appended key of ${keyBytes} bytes is over the limit of ${storeLimits.keyBytes}.`,
      )
    }
    const clearsBefore = this.clears.length
    const entry: Append = { prefix, value, suffix, clearsBefore, position: undefined }
    this.appends.push(entry)
    this.#grow(keyBytes + value.length)
    return entry
  }

  afterCommit(fn: () => void): void {
    this.#use()
    this.committed ??= []
    this.committed.push(fn)
  }

  #use(): void {
    // A new one, whose stack shows where the handle was used.
    if (this.#ended) throw new StoreError(this.#ended.reason, this.#ended.message)
  }

  #snapshot(): Snapshot {
    this.snapshotTaken ??= this.#takeSnapshot()
    return this.snapshotTaken
  }

  #get(key: Uint8Array, tracked: boolean): Uint8Array | undefined {
    checkKey(key)
    const text = keyText(key)
    const own = this.writes.get(text)
    if (own && own.add === undefined) return own.value
    if (!own && isCleared(this.clears, text)) return undefined
    const below = this.#below(text, key, tracked)
    return own ? packCounter(unpackCounter(below) + own.add!) : below
  }

  /** The key's value in the snapshot, without the transaction's own writes. */
  #below(text: string, key: Uint8Array, tracked: boolean): Uint8Array | undefined {
    const { base, version } = this.#snapshot()
    if (tracked) this.reads.add(text)
    const slot = this.#overlay.slot(text)
    if (slot) {
      const found = versionAt(slot, version)
      if (!found) return base.get(key)
      this.#saw(found.version)
      return found.value
    }
    const { recent } = this.#overlay
    const known = recent.get(text)
    if (known !== undefined) return known ?? undefined
    const value = base.get(key)
    recent.remember(text, value)
    return value
  }

  async *#range(range: Range, tracked: boolean): AsyncGenerator<Entry, void> {
    const reverse = range.reverse ?? false
    const keysOnly = range.keysOnly ?? false
    let gte = shortBound(range.gte)
    let lt = shortBound(range.lt)
    let left = range.limit ?? Number.POSITIVE_INFINITY
    if (left <= 0) return
    this.#use()
    const whole: Span = { gte: keyText(gte), lt: keyText(lt) }
    const read: ReadSpan = reverse ? { gte: whole.lt, lt: whole.lt } : { gte: whole.gte, lt: whole.gte }
    if (tracked) this.ranges.push(read)
    for (let want = 32; ; want = Math.min(want * 4, 1_024)) {
      const chunk = scan(this.#view(), gte, lt, Math.min(want, left), reverse, keysOnly)
      for (const entry of chunk.entries) {
        const key = keyText(entry.key)
        if (reverse) read.gte = key
        else read.lt = justAfter(key)
        yield entry
        this.#use()
      }
      if (chunk.done) {
        Object.assign(read, whole)
        return
      }
      left -= chunk.entries.length
      if (left <= 0) return
      if (reverse) lt = keyFromText(read.gte)
      else gte = keyFromText(read.lt)
    }
  }

  #view(): View {
    const { base, version } = this.#snapshot()
    this.#sorted ??= [...this.writes.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
    return {
      base,
      overlay: this.#overlay,
      version,
      own: this.#sorted,
      clears: this.clears,
      sum: (write) => packCounter(unpackCounter(this.#below(write.key, write.bytes, false)) + write.add!),
      seen: (seen) => this.#saw(seen),
    }
  }

  #saw(version: number): void {
    if (version > this.seenVersion) this.seenVersion = version
  }

  #put(write: Write): void {
    const before = this.writes.get(write.key)
    this.#grow(sizeOf(write) - (before ? sizeOf(before) : 0))
    this.writes.set(write.key, write)
    this.#sorted = undefined
  }

  #grow(bytes: number): void {
    if (this.#bytes + bytes > this.#limitBytes) throw tooLarge(this.#limitBytes)
    this.#bytes += bytes
  }

  get bytes(): number {
    return this.#bytes
  }
}

/** What `append` puts between its prefix and its suffix. */
export const positionBytes = 12
const noBytes = new Uint8Array(0)

const sizeOf = (write: Write) => write.bytes.length + (write.add === undefined ? (write.value?.length ?? 0) : 8)

export function tooLarge(limitBytes: number): StoreError {
  return new StoreError('limit', `A transaction writes at most ${limitBytes} bytes of keys and values; split the work.`)
}

function checkValue(value: Uint8Array): void {
  if (value.length > storeLimits.valueBytes) {
    throw new StoreError(
      'limit',
      `A value of ${value.length} bytes is over the store's limit of ${storeLimits.valueBytes}.`,
    )
  }
}
