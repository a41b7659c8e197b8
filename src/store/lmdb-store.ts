import type { RootDatabase } from 'lmdb'
import { type Reader, type Store, StoreError, type Transaction } from '../kernel/store.ts'
import { Bases } from './base.ts'
import { apply, changesOf, hasLost } from './commit.ts'
import { Deadlines } from './deadlines.ts'
import { type Flush, Flusher } from './flush.ts'
import { Overlay } from './overlay.ts'
import type { Positions } from './positions.ts'
import { Attempt } from './transaction.ts'
import { Turns } from './turns.ts'
import { Watchers } from './watchers.ts'

export interface LmdbStoreOptions {
  readonly db: RootDatabase<Buffer, Uint8Array>
  /** When what has just been made of the store is on disk; absent when it was there. */
  readonly made?: Promise<void> | undefined
  readonly positions: Positions
  readonly transactionBytes: number
  readonly transactionMs: number
  /** What is left on the disk, to tell a full one from a broken one. */
  readonly freeBytes: () => number
  /** Closes the database and whatever belongs to it, after the last flush. */
  readonly dispose: () => Promise<void>
}

/**
 * The outcome of an attempt: to be run again, since somebody changed what it read, or its result once that is durable,
 * and what is to run then.
 */
type Outcome<T> =
  | 'lost'
  | { readonly result: T; readonly durable: Promise<void> | undefined; readonly attempt: Attempt }

/**
 * Optimistic transactions over an in-memory overlay of what was committed, with LMDB batches as the durable step.
 * `fn` runs against a snapshot; when it returns, and with no await in between, what it read is checked, its writes go
 * into the overlay, where everyone sees them, and into the next flush, which acknowledges them.
 */
export class LmdbStore implements Store {
  readonly #overlay = new Overlay()
  readonly #watchers = new Watchers()
  readonly #turns = new Turns()
  readonly #deadlines: Deadlines
  readonly #bases: Bases
  readonly #flusher: Flusher
  readonly #options: LmdbStoreOptions
  /** Durable flushes whose entries the overlay still has, because a snapshot in use may lack them. */
  readonly #kept: Flush[] = []
  #version = 0
  #stopped: StoreError | undefined
  #closed: Promise<void> | undefined

  constructor(options: LmdbStoreOptions) {
    this.#options = options
    this.#deadlines = new Deadlines(options.transactionMs)
    this.#bases = new Bases(options.db, () => this.#drop())
    this.#flusher = new Flusher(
      options.db,
      options.freeBytes,
      (flush) => this.#afterFlush(flush),
      (error) => this.stop(error),
      options.made,
    )
  }

  async read<T>(fn: (tx: Reader) => T | Promise<T>): Promise<T> {
    const attempt = this.#begin()
    let result: T
    try {
      result = await this.#deadlines.run(attempt, fn)
    } catch (error) {
      throw await this.#tellable(error, attempt)
    } finally {
      this.#release(attempt)
    }
    await this.#flusher.whenDurable(attempt.seenVersion)
    return result
  }

  async write<T>(fn: (tx: Transaction) => T | Promise<T>): Promise<T> {
    let outcome = await this.#attempt(fn, false)
    if (outcome === 'lost') {
      outcome = await this.#turns.wait(async () => {
        for (;;) {
          const again = await this.#attempt(fn, true)
          if (again !== 'lost') return again
        }
      })
    }
    await outcome.durable
    const { committed } = outcome.attempt
    if (committed) for (const fn of committed) fn()
    return outcome.result
  }

  watch(prefix: Uint8Array, signal: AbortSignal): AsyncIterable<void> {
    if (this.#stopped) throw this.#stopped
    return this.#watchers.watch(prefix, signal)
  }

  /** Refuses everything from here on, and rejects the transactions under way. */
  stop(error: StoreError): void {
    this.#stopped ??= error
    this.#deadlines.abortAll(error)
    this.#watchers.end(error.reason === 'closed' ? undefined : error)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.stop(new StoreError('closed', 'The store is closed.'))
    await this.#flusher.idle()
    this.#bases.close()
    await this.#options.dispose()
  }

  /** One run of `fn`, and its commit. With `inTurn`, commits that would make it lose wait for it. */
  async #attempt<T>(fn: (tx: Transaction) => T | Promise<T>, inTurn: boolean): Promise<Outcome<T>> {
    const attempt = this.#begin()
    if (inTurn) this.#turns.begin(attempt)
    try {
      const result = await this.#deadlines.run(attempt, fn)
      if (attempt.isReadOnly) return { result, durable: this.#flusher.whenDurable(attempt.seenVersion), attempt }
      for (;;) {
        const wait = this.#turns.before(attempt) ?? this.#flusher.whenRoom()
        if (!wait) break
        await wait
      }
      // No await from here to the end: the check and the commit are one step.
      if (this.#stopped) throw this.#stopped
      if (hasLost(attempt, this.#overlay, this.#version)) return 'lost'
      return { result, durable: this.#commit(attempt), attempt }
    } catch (error) {
      throw await this.#tellable(error, attempt)
    } finally {
      if (inTurn) this.#turns.end()
      this.#release(attempt)
    }
  }

  #begin(): Attempt {
    if (this.#stopped) throw this.#stopped
    return new Attempt(this.#overlay, () => this.#takeSnapshot(), this.#options.transactionBytes)
  }

  #takeSnapshot() {
    return { base: this.#bases.acquire(this.#flusher.done), version: this.#version }
  }

  #release(attempt: Attempt): void {
    if (attempt.snapshotTaken) this.#bases.release(attempt.snapshotTaken.base)
  }

  #commit(attempt: Attempt): Promise<void> | undefined {
    const { positions, transactionBytes } = this.#options
    const newest = () => this.#bases.newest(this.#flusher.done)
    const changes = changesOf(attempt, this.#overlay, newest, positions, transactionBytes)
    if (changes.length === 0) return this.#flusher.whenDurable(attempt.seenVersion)
    this.#version++
    const { versions, bytes } = apply(changes, this.#overlay, this.#version)
    return this.#flusher.queue(versions, this.#version, bytes)
  }

  /** The error, once what `fn` saw is durable: an error tells what was read as well as an answer does. */
  async #tellable(error: unknown, attempt: Attempt): Promise<unknown> {
    try {
      await this.#flusher.whenDurable(attempt.seenVersion)
      return error
    } catch (failure) {
      return failure
    }
  }

  #afterFlush(flush: Flush): void {
    this.#kept.push(flush)
    this.#bases.retire()
    this.#drop()
    if (this.#watchers.any) for (const { slot } of flush.versions) this.#watchers.changed(slot.key)
  }

  /** Forgets what is in every snapshot in use. */
  #drop(): void {
    const contained = this.#bases.containedByAll(this.#flusher.done)
    while (this.#kept.length > 0 && this.#kept[0]!.number <= contained) {
      for (const version of this.#kept.shift()!.versions) this.#overlay.drop(version)
    }
  }
}
