import type { Transaction as LmdbTransaction, RootDatabase } from 'lmdb'
import { type Entry, StoreError } from '../kernel/store.ts'

/** One LMDB snapshot, shared by all transactions that begin between two flushes. */
export interface Base {
  /** How many flushes it is known to contain. It may contain the one in flight, whose entries the overlay has too. */
  readonly flushes: number
  get(key: Uint8Array): Uint8Array | undefined
  /** Entries with gte <= key < lt. The cursor is closed when the iteration ends, so drain it without awaiting. */
  range(gte: Uint8Array, lt: Uint8Array, options: BaseRange): Iterable<Entry>
}

export interface BaseRange {
  readonly limit: number | undefined
  readonly reverse: boolean
  readonly keysOnly: boolean
}

/**
 * The snapshots in use. Sharing them saves opening one per transaction; counting them tells which entries of the overlay
 * somebody still needs.
 */
export class Bases {
  readonly #db: RootDatabase<Buffer, Uint8Array>
  /** Oldest first; the last is the current one if it is not retired. */
  readonly #open: { base: Base; txn: LmdbTransaction; users: number; retired: boolean }[] = []
  readonly #onRelease: () => void
  #closed = false

  constructor(db: RootDatabase<Buffer, Uint8Array>, onRelease: () => void) {
    this.#db = db
    this.#onRelease = onRelease
  }

  /** The newest snapshot. Give it back with `release`. */
  acquire(flushes: number): Base {
    const last = this.#open.at(-1)
    if (last && !last.retired) {
      last.users++
      return last.base
    }
    const txn = this.#db.useReadTransaction()
    const opened = { base: createBase(this.#db, txn, flushes), txn, users: 1, retired: false }
    this.#open.push(opened)
    return opened.base
  }

  /** The newest snapshot for use at once, without keeping it. */
  newest(flushes: number): Base {
    const base = this.acquire(flushes)
    this.release(base)
    return base
  }

  /** Gives all up, in use or not: the engine must not be closed under them. */
  close(): void {
    this.#closed = true
    for (const { txn } of this.#open.splice(0)) txn.done()
  }

  release(base: Base): void {
    if (this.#closed) return
    const entry = this.#open.find((candidate) => candidate.base === base)
    if (!entry) throw new Error('A snapshot was released twice.')
    entry.users--
    if (entry.users === 0 && entry.retired) {
      this.#sweep()
      this.#onRelease()
    }
  }

  /** After a flush: whoever begins from here on gets a snapshot that contains it. */
  retire(): void {
    const last = this.#open.at(-1)
    if (last) last.retired = true
    this.#db.resetReadTxn()
    this.#sweep()
  }

  /** The flushes that every snapshot in use contains, of `flushes` done. */
  containedByAll(flushes: number): number {
    const first = this.#open[0]
    return first ? Math.min(first.base.flushes, flushes) : flushes
  }

  #sweep(): void {
    for (let i = this.#open.length - 1; i >= 0; i--) {
      const entry = this.#open[i]!
      if (entry.users > 0 || !entry.retired) continue
      this.#open.splice(i, 1)
      entry.txn.done()
    }
  }
}

function createBase(db: RootDatabase<Buffer, Uint8Array>, transaction: LmdbTransaction, flushes: number): Base {
  const inSnapshot = { transaction }
  // The typings leave out the options that getBinary takes like get.
  const getBinary = db.getBinary as (key: Uint8Array, options: typeof inSnapshot) => Buffer | undefined
  return {
    flushes,
    get(key) {
      try {
        return getBinary.call(db, key, inSnapshot)
      } catch (error) {
        throw readError(error)
      }
    },
    range(gte, lt, { limit, reverse, keysOnly }) {
      const ends = reverse
        ? { start: lt, exclusiveStart: true, end: gte, inclusiveEnd: true, reverse: true }
        : { start: gte, end: lt }
      const options = { ...ends, ...(limit === undefined ? {} : { limit }), transaction }
      return keysOnly ? keysOf(db.getKeys(options)) : readable(db.getRange(options))
    },
  }
}

function* keysOf(keys: Iterable<Uint8Array>): Generator<Entry> {
  for (const key of readable(keys)) yield { key, value: noValue }
}

function* readable<T>(items: Iterable<T>): Generator<T> {
  try {
    yield* items
  } catch (error) {
    throw readError(error)
  }
}

const readError = (cause: unknown) =>
  new StoreError(
    'io',
    `The store’s file cannot be read (${cause instanceof Error ? cause.message : cause}). Check the disk.`,
    { cause },
  )

const noValue = new Uint8Array(0)
