import type { RootDatabase } from 'lmdb'
import { StoreError } from '../kernel/store.ts'
import type { Version } from './overlay.ts'

/** What becomes durable together. */
export interface Flush {
  readonly number: number
  readonly versions: Version[]
  /** The newest version in it. */
  lastVersion: number
  bytes: number
  readonly durable: Promise<void>
  settle(error?: StoreError): void
}

/** What a flush needs of LMDB. */
export type Engine = Pick<RootDatabase<Buffer, Uint8Array>, 'batch' | 'put' | 'remove'>

/** Turns of the event loop that a flush waits for company. */
export const launchTurns = 3

/** Commits wait for room while more than this waits to be written, so that slow disks do not fill the memory. */
const queuedBytesAtMost = 64_000_000

/**
 * Makes commits durable: all that gather while one LMDB transaction is on its way form the next. The LMDB transaction
 * syncs its pages, then its meta page, before its promise resolves, so an acknowledged write is on disk. One that fails
 * rejects every caller in it and in the next, and nothing is accepted any more: what is on disk is then unknown.
 */
export class Flusher {
  /** Flushes that are durable. */
  done = 0
  durableVersion = 0
  failed: StoreError | undefined

  readonly #db: Engine
  readonly #freeBytes: () => number
  readonly #onDurable: (flush: Flush) => void
  readonly #onFailed: (error: StoreError) => void
  #gathering: Flush
  #inFlight: Flush | undefined

  constructor(
    db: Engine,
    freeBytes: () => number,
    onDurable: (flush: Flush) => void,
    onFailed: (error: StoreError) => void,
    made?: Promise<void>,
  ) {
    this.#db = db
    this.#freeBytes = freeBytes
    this.#onDurable = onDurable
    this.#onFailed = onFailed
    this.#gathering = createFlush(1)
    // A store that is being made has one flush under way already: the file itself.
    const making = made && createFlush(0)
    this.#inFlight = making
    if (making) {
      made.then(
        () => this.#succeed(making),
        (error: unknown) => this.#fail(making, error),
      )
    }
  }

  /** Adds committed versions to the next flush; the promise resolves when they are durable. */
  queue(versions: readonly Version[], version: number, bytes: number): Promise<void> {
    const flush = this.#gathering
    for (const written of versions) flush.versions.push(written)
    flush.lastVersion = version
    flush.bytes += bytes
    if (!this.#inFlight && flush.versions.length === versions.length) this.#launchSoon()
    return flush.durable
  }

  /** Resolves when everything up to `version` is durable. */
  whenDurable(version: number): Promise<void> | undefined {
    if (this.failed) return Promise.reject(this.failed)
    if (version <= this.durableVersion) return undefined
    return this.#inFlight && version <= this.#inFlight.lastVersion ? this.#inFlight.durable : this.#gathering.durable
  }

  /** Undefined while there is room for another commit; else resolves when there may be. */
  whenRoom(): Promise<void> | undefined {
    return this.#gathering.bytes < queuedBytesAtMost ? undefined : this.#inFlight?.durable
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (!this.failed) {
      const wait = this.#gathering.versions.length > 0 ? this.#gathering : this.#inFlight
      if (!wait) return
      await wait.durable.catch(() => undefined)
    }
  }

  /**
   * A few turns of the event loop later, which take no time when nothing happens in them: commits that were woken by
   * the same flush, and those of requests that arrive meanwhile, share the next.
   */
  #launchSoon(turns: number = launchTurns): void {
    setImmediate(() => (turns > 1 ? this.#launchSoon(turns - 1) : this.#launch()))
  }

  #launch(): void {
    const flush = this.#gathering
    this.#gathering = createFlush(flush.number + 1)
    this.#inFlight = flush
    const db = this.#db
    let written: Promise<boolean>
    try {
      written = db.batch(() => {
        for (const { slot, value, newer } of flush.versions) {
          // Of several versions of a key in one flush only the newest needs writing.
          if (newer) continue
          if (value === undefined) db.remove(slot.bytes)
          else db.put(slot.bytes, value as Buffer)
        }
      })
    } catch (error) {
      this.#fail(flush, error)
      return
    }
    written.then(
      () => this.#succeed(flush),
      (error: unknown) => causeOf(error).then((cause) => this.#fail(flush, cause)),
    )
  }

  #succeed(flush: Flush): void {
    this.done = flush.number
    this.durableVersion = flush.lastVersion
    this.#inFlight = undefined
    flush.settle()
    this.#onDurable(flush)
    if (this.#gathering.versions.length > 0) this.#launchSoon()
  }

  #fail(flush: Flush, cause: unknown): void {
    const error = writeError(cause, this.#freeBytes())
    this.failed = error
    this.#inFlight = undefined
    flush.settle(error)
    this.#gathering.settle(error)
    this.#onFailed(error)
  }
}

function createFlush(number: number): Flush {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // Nobody may be waiting when a flush fails.
  promise.catch(() => undefined)
  return {
    number,
    versions: [],
    lastVersion: 0,
    bytes: 0,
    durable: promise,
    settle: (error) => (error ? reject(error) : resolve()),
  }
}

/** LMDB's binding rejects with a general error whose `commitError` promise rejects with the real one. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error
  try {
    await error.commitError
    return error
  } catch (cause) {
    return cause
  }
}

/** ENOSPC, EDQUOT, as LMDB and as Node say them, and LMDB's own map full. */
const fullCodes = new Set<unknown>([28, 122, -30792, 'ENOSPC', 'EDQUOT'])
/** Less is as good as none: LMDB reports a disk that filled up in the middle of a write as an I/O error. */
const roomBytes = 1_000_000

function writeError(cause: unknown, freeBytes: number): StoreError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const detail = cause instanceof Error ? cause.message : String(cause)
  return fullCodes.has(code) || freeBytes < roomBytes
    ? new StoreError('full', `The disk is full; free some space and start again (${detail}).`, { cause })
    : new StoreError(
        'io',
        `The store could not write to disk and has stopped; check the disk, then start again (${detail}).`,
        { cause },
      )
}
