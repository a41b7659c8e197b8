/** An entry as it is stored. Buffers are the store's own: copy before changing, do not keep past the transaction. */
export interface Entry {
  readonly key: Uint8Array
  /** Empty when only keys were asked for. */
  readonly value: Uint8Array
}

export interface Range {
  readonly gte: Uint8Array
  readonly lt: Uint8Array
  readonly limit?: number
  readonly reverse?: boolean
  readonly keysOnly?: boolean
}

/** Reads of one consistent snapshot. What a writing transaction reads is also what its commit depends on. */
export interface Reader {
  /** A promise only where the engine has to wait: most requests read several keys, and most of those are at hand. */
  get(key: Uint8Array): Promise<Uint8Array | undefined> | Uint8Array | undefined
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>
  /** Entries in byte order of their keys, as of the snapshot (plus the transaction's own writes). */
  range(range: Range): AsyncIterable<Entry>
  /** The same reads without taking part in conflict detection. */
  readonly snapshot: Reader
}

export interface Transaction extends Reader {
  /** Both buffers are the store's from here on, as are those given to `delete`, `add` and `append`: do not change them. */
  set(key: Uint8Array, value: Uint8Array): void
  delete(key: Uint8Array): void
  /** Deletes every key k with gte <= k < lt, those written earlier in this transaction included. */
  clearRange(gte: Uint8Array, lt: Uint8Array): void
  /** Adds to a counter (absent is 0; stored as 8-byte big-endian two's complement). Never conflicts with another add. */
  add(key: Uint8Array, n: number): void
  /**
   * Stores `value` under `prefix` followed by a 12-byte position that is greater than that of every append
   * committed earlier anywhere in the store: outboxes, stream records, change feeds. No byte of a position is zero, so
   * that it needs no escape inside a tuple; `suffix` follows it in the key. The transaction itself does not see the entry.
   */
  append(prefix: Uint8Array, value: Uint8Array, suffix?: Uint8Array): Appended
  /**
   * Has `fn` run once, when the commit is durable and before `write` answers; never when the transaction fails, and not
   * for a run that lost to a conflict. For what only this process knows: metrics, tokens. It may not throw, and a crash
   * may come before it: what must not be lost is written in the transaction.
   */
  afterCommit(fn: () => void): void
}

/** What was appended. */
export interface Appended {
  /** Where it is; undefined before the transaction has committed. */
  readonly position: Uint8Array | undefined
}

/** Limits every implementation keeps, whatever its engine could do. */
export const storeLimits = {
  keyBytes: 1_900,
  valueBytes: 1_250_000,
  transactionBytes: 16_000_000,
  transactionMs: 5_000,
} as const

/** An ordered, transactional key-value store. The contract is `store/contract/`, run against every implementation. */
export interface Store extends AsyncDisposable {
  /** Runs `fn` over one snapshot. It resolves only when all that `fn` saw is durable. */
  read<T>(fn: (tx: Reader) => T | Promise<T>): Promise<T>
  /**
   * Runs `fn` and commits what it wrote: serializable, resolving when durable. `fn` may run again after a
   * conflict, so it does no I/O. A throw commits nothing. A handle used after `fn` settled throws.
   */
  write<T>(fn: (tx: Transaction) => T | Promise<T>): Promise<T>
  /** Yields once after subscribing, then after commits that touch a key with `prefix`, coalesced. Ends when aborted. */
  watch(prefix: Uint8Array, signal: AbortSignal): AsyncIterable<void>
}

/** What a store implementation throws. `full` and `io` mean that nothing more is accepted until it is reopened. */
export class StoreError extends Error {
  readonly reason: 'limit' | 'timeout' | 'closed' | 'full' | 'io' | 'locked' | 'format' | 'conflict'
  constructor(reason: StoreError['reason'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.reason = reason
  }
}
