import type { Records, Tx } from '../kernel/records.ts'
import { StoreError } from '../kernel/store.ts'
import { keyspace } from '../store/keyspace.ts'
import { type BlobId, checkedBlobId } from './blob-id.ts'

const blobs = keyspace('blobs', { scope: 'global' })
/** A body that is being written, or written and not yet named by a record. */
const intent = blobs.record<{ createdAtMs: number }, [id: string]>('intent')
/** A body that no record names any more, to be deleted when due. */
const due = blobs.record<Record<string, never>, [dueAtMs: number, id: string]>('due')

const everywhere = { account: '', region: '' }
const sweptAtOnce = 100

export interface LifetimeOptions {
  readonly records: Records
  /** The node's time. */
  readonly nowMs: () => number
  /** Time that only passes, and that nobody moves: what requests of this process have to finish in. */
  readonly monotonicMs: () => number
  readonly graceMs: number
}

/** What is known of one body of this process between its beginning and its commit. */
interface Live {
  writing: boolean
  /** When it was put, monotonic. */
  atMs: number
  /** Its time is over: the next sweep deletes it, and a commit is refused. */
  doomed: boolean
}

/**
 * From when to when a body is kept: an intent is durable before the body has its name; the transaction that names it
 * deletes the intent, the one that drops it makes it due; the sweep deletes what is due and what was intended too long ago.
 */
export class Lifetimes {
  readonly #options: LifetimeOptions
  readonly #live = new Map<BlobId, Live>()
  /** How many are being read, so that a sweep leaves them alone. */
  readonly #readers = new Map<BlobId, number>()

  constructor(options: LifetimeOptions) {
    this.#options = options
  }

  /** Durable when it resolves. */
  async begin(id: BlobId): Promise<void> {
    const { records, nowMs, monotonicMs } = this.#options
    this.#live.set(id, { writing: true, atMs: monotonicMs(), doomed: false })
    await records.write(everywhere, (tx) => tx.set(intent(id), { createdAtMs: nowMs() }))
  }

  /** The body is whole, and waits for the transaction that names it. */
  written(id: BlobId): void {
    const live = this.#live.get(id)
    if (live) Object.assign(live, { writing: false, atMs: this.#options.monotonicMs() })
  }

  /** It was never written, and nothing of it is left. */
  async failed(id: BlobId): Promise<void> {
    this.#live.delete(id)
    await this.#forget(id)
  }

  async #forget(id: BlobId): Promise<void> {
    await this.#options.records.write(everywhere, (tx) => tx.delete(intent(id)))
  }

  commit(tx: Tx, id: BlobId): void {
    if (this.#live.get(id)?.doomed) {
      throw new StoreError('timeout', 'A body was put too long before the transaction that names it. Put it again.')
    }
    tx.delete(intent(id))
  }

  release(tx: Tx, id: BlobId): void {
    tx.set(due(this.#options.nowMs() + this.#options.graceMs, id), {})
  }

  /** Call the result when done reading. */
  reading(id: BlobId): () => void {
    this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1)
    return () => {
      const left = this.#readers.get(id)! - 1
      if (left === 0) this.#readers.delete(id)
      else this.#readers.set(id, left)
    }
  }

  /** Deletes with `remove` what nobody will need any more, and says how many bodies that were. */
  async sweep(nowMs: number, remove: (id: BlobId) => Promise<void>): Promise<number> {
    return (await this.#sweepIntents(nowMs, remove)) + (await this.#sweepDue(nowMs, remove))
  }

  async #sweepIntents(nowMs: number, remove: (id: BlobId) => Promise<void>): Promise<number> {
    const { records, graceMs } = this.#options
    const startedAtMs = this.#options.monotonicMs()
    const intended = new Set<string>()
    let removed = 0
    let after: string | undefined
    for (;;) {
      const range = intent.between([], after === undefined ? {} : { after: [after] })
      const found = await records.read(everywhere, (tx) => collect(tx.range(range, { limit: sweptAtOnce })))
      for (const { key, value } of found) {
        const id = checkedBlobId(key[0])
        intended.add(id)
        if (value.createdAtMs > nowMs - graceMs || !this.#isOver(id)) continue
        // A transaction that called `commit` before it was doomed may have come through since it was listed.
        if (!(await records.read(everywhere, (tx) => tx.get(intent(id))))) continue
        await remove(id)
        await this.#forget(id)
        removed++
      }
      after = found.at(-1)?.key[0]
      if (found.length < sweptAtOnce) break
    }
    // Without an intent it was committed, and nothing needs to be known of it any more, or given up, which a late commit
    // has to be told.
    for (const [id, live] of this.#live) {
      if (live.writing || intended.has(id)) continue
      if (live.atMs < startedAtMs - (live.doomed ? rememberedMs : 0)) this.#live.delete(id)
    }
    return removed
  }

  /**
   * Whether no transaction can come any more. One of this process gets the grace in real time, since the node's may be
   * moved under a running request; it is doomed in one sweep and deleted in a later one, so that a transaction that was
   * about to commit has either done so by then or failed.
   */
  #isOver(id: BlobId): boolean {
    const live = this.#live.get(id)
    if (!live) return true
    if (live.writing) return false
    const { monotonicMs, graceMs } = this.#options
    if (live.doomed) return monotonicMs() > live.atMs + doomedMs
    if (monotonicMs() > live.atMs + graceMs) Object.assign(live, { doomed: true, atMs: monotonicMs() })
    return false
  }

  async #sweepDue(nowMs: number, remove: (id: BlobId) => Promise<void>): Promise<number> {
    const { records } = this.#options
    let removed = 0
    let after: readonly [number, string] | undefined
    for (;;) {
      const range = due.between([], { ...(after ? { after } : {}), through: [nowMs] })
      const found = await records.read(everywhere, (tx) => collect(tx.keys(range, { limit: sweptAtOnce })))
      for (const [dueAtMs, name] of found) {
        const id = checkedBlobId(name)
        if (this.#readers.has(id)) continue
        await remove(id)
        await records.write(everywhere, (tx) => tx.delete(due(dueAtMs, id)))
        removed++
      }
      after = found.at(-1)
      if (found.length < sweptAtOnce) return removed
    }
  }
}

/** Longer than a transaction takes, with what it waits before and after. */
const doomedMs = 60_000
/** How long it is remembered that a body was given up: longer than any request lasts. */
const rememberedMs = 86_400_000

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
